"""The picture of a scene (grey rectangles with bright rims) and of a grasp (a dot at its start, a line to its end).

A shape covers a pixel by its depth inside the shape, clipped to a pixel's width: soft edges without supersampling.
"""

import numpy as np
from numpy.typing import NDArray

from analysis.simulation.scene import SIDE, Floats, Grasps, Scene, Scenes, stacked

FILLING, RIM, RIM_WIDTH = 100.0, 255.0, 1.5
DOT_RADIUS, DOT, LINE_HALF_WIDTH, LINE = 2.5, 255.0, 0.8, 130.0
CHUNK = 64

Bytes = NDArray[np.uint8]
Singles = NDArray[np.float32]


def render(scene: Scene) -> Bytes:
    """SIDE×SIDE, 0 the table."""
    picture: Bytes = render_all(stacked([scene]))[0]
    return picture


def with_grasp(scene: Scene, start: tuple[float, float], end: tuple[float, float]) -> Bytes:
    """SIDE×SIDE×3 as the network and a person see it: the scene red, the grasp green."""
    picture = np.zeros((SIDE, SIDE, 3), np.uint8)
    picture[..., 0] = render(scene)
    picture[..., 1] = render_grasps(Grasps(np.array([start], float), np.array([end], float)))[0]
    return picture


def render_all(scenes: Scenes) -> Bytes:
    """N×SIDE×SIDE."""
    pictures = np.zeros((len(scenes), SIDE, SIDE), np.uint8)
    for begin in range(0, len(scenes), CHUNK):
        part = slice(begin, begin + CHUNK)
        brightness = np.zeros(pictures[part].shape, np.float32)
        for number in range(scenes.angles.shape[1]):
            _draw(brightness, scenes.centres[part, number], scenes.angles[part, number], scenes.halves[part, number])
        pictures[part] = brightness.round()
    return pictures


def render_grasps(grasps: Grasps) -> Bytes:
    """N×SIDE×SIDE: brightest where the finger is put down, half as bright on its way."""
    pictures = np.zeros((len(grasps.starts), SIDE, SIDE), np.uint8)
    for begin in range(0, len(pictures), CHUNK):
        starts, ends = grasps.starts[begin : begin + CHUNK], grasps.ends[begin : begin + CHUNK]
        length = np.linalg.norm(ends - starts, axis=1)
        along, across = _places(starts, np.arctan2(*(ends - starts).T[::-1]))
        beyond = along - np.clip(along, 0, length.astype(np.float32)[:, None, None])
        line = LINE * np.clip(LINE_HALF_WIDTH + 0.5 - np.hypot(beyond, across), 0, 1)
        dot = DOT * np.clip(DOT_RADIUS + 0.5 - np.hypot(along, across), 0, 1)
        pictures[begin : begin + CHUNK] = np.maximum(line, dot).round()
    return pictures


def _draw(brightness: Singles, centres: Floats, angles: Floats, halves: Floats) -> None:
    along, across = _places(centres, angles)
    half = halves.astype(np.float32)
    depth = np.minimum(half[:, :1, None] - np.abs(along), half[:, 1:, None] - np.abs(across))
    covered = np.clip(depth + 0.5, 0, 1) * (half[:, :1, None] > 0)
    rim = np.clip(RIM_WIDTH + 0.5 - depth, 0, 1)
    brightness += covered * (FILLING + (RIM - FILLING) * rim - brightness)


def _places(origins: Floats, angles: Floats) -> tuple[Singles, Singles]:
    """Each pixel's centre in coordinates that begin at the origin and are turned by the angle: two N×SIDE×SIDE."""
    x = np.arange(SIDE) + 0.5 - origins[:, :1]
    y = np.arange(SIDE) + 0.5 - origins[:, 1:]
    cos, sin = np.cos(angles)[:, None], np.sin(angles)[:, None]
    along = (cos * x).astype(np.float32)[:, None, :] + (sin * y).astype(np.float32)[:, :, None]
    across = (-sin * x).astype(np.float32)[:, None, :] + (cos * y).astype(np.float32)[:, :, None]
    return along, across
