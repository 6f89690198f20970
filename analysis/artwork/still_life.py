"""A ball, an egg, a cube and a ring on a table, ray-marched through their distance functions, with soft shadows."""

import numpy as np
from numpy.typing import NDArray

from analysis.artwork.canvas import Pixels

SIDE, FINE = 320, 2
STEPS, SHADOW_STEPS, FAR = 90, 40, 14.0

Floats = NDArray[np.float64]

COLOURS = np.array([[0.62, 0.47, 0.34], [0.80, 0.12, 0.10], [0.93, 0.88, 0.80], [0.12, 0.33, 0.62], [0.90, 0.62, 0.10]])
LIGHT = np.array([-0.55, 0.75, -0.45]) / np.linalg.norm([-0.55, 0.75, -0.45])


def still_life() -> Pixels:
    eye, target = np.array([0.0, 2.3, -4.6]), np.array([0.2, 0.35, 0.05])
    rays = _rays(eye, target)
    points, hit = _marched(np.broadcast_to(eye, rays.shape), rays)
    normals = _normals(points)
    things = _distances(points).argmin(axis=0)
    colours = COLOURS[things]
    grain = 0.5 + 0.5 * np.sin(points[:, 0] * 3 + 5 * np.sin(points[:, 2] * 0.9) + points[:, 2] * 14)
    colours[things == 0] *= (0.82 + 0.18 * grain[things == 0])[:, None]
    diffuse = np.clip(normals @ LIGHT, 0, 1) * _lit(points + 0.01 * normals)
    half = LIGHT - rays
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    shine = np.clip((normals * half).sum(axis=1), 0, 1) ** 60 * np.where(things == 0, 0.05, 0.6) * (diffuse > 0.01)
    ambient = 0.16 + 0.16 * normals[:, 1:2]
    shaded = colours * (ambient + 0.95 * diffuse[:, None]) + shine[:, None]
    wall = np.array([0.55, 0.60, 0.62]) * (0.75 + 0.5 * rays[:, 1:2])
    haze = np.clip((np.linalg.norm(points - eye, axis=1, keepdims=True) - 6) / 6, 0, 1)
    linear = np.where(hit[:, None], shaded * (1 - haze) + wall * haze, wall)
    fine = np.clip(linear, 0, 1) ** (1 / 2.2) * 255
    picture: Pixels = fine.reshape(SIDE, FINE, SIDE, FINE, 3).mean(axis=(1, 3)).round().astype(np.uint8)
    return picture


def _rays(eye: Floats, target: Floats) -> Floats:
    forward = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross([0.0, 1.0, 0.0], forward)
    right /= np.linalg.norm(right)
    up = np.cross(forward, right)
    places = (np.arange(SIDE * FINE) + 0.5) / (SIDE * FINE) * 2 - 1
    x, y = np.meshgrid(places, -places)
    rays = forward * 2.45 + x.reshape(-1, 1) * right + y.reshape(-1, 1) * up
    return np.asarray(rays / np.linalg.norm(rays, axis=1, keepdims=True))


def _distances(points: Floats) -> Floats:
    """From each point to the table, the ball, the egg, the cube and the ring."""
    x, y, z = points.T
    ball = np.sqrt((x + 0.95) ** 2 + (y - 0.6) ** 2 + (z - 0.25) ** 2) - 0.6
    egg = (np.sqrt((x - 0.1) ** 2 / 0.42 + (y - 0.32) ** 2 + (z + 0.85) ** 2) - 0.32) * 0.6
    turned_x, turned_z = 0.82 * (x - 0.65) - 0.57 * (z - 0.75), 0.57 * (x - 0.65) + 0.82 * (z - 0.75)
    out = np.stack([np.abs(turned_x) - 0.5, np.abs(y - 0.55) - 0.5, np.abs(turned_z) - 0.5])
    cube = np.linalg.norm(np.maximum(out, 0), axis=0) + np.minimum(out.max(axis=0), 0) - 0.05
    around = np.hypot(x - 1.35, z + 0.55) - 0.38
    ring = np.hypot(around, y - 0.16) - 0.16
    return np.stack([y, ball, egg, cube, ring])


def _marched(origins: Floats, rays: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    way = np.zeros(len(rays))
    for _ in range(STEPS):
        way = np.minimum(way + _distances(origins + way[:, None] * rays).min(axis=0), FAR)
    return origins + way[:, None] * rays, way < FAR


def _normals(points: Floats) -> Floats:
    step = 1e-4
    slopes = [
        _distances(points + step * axis).min(axis=0) - _distances(points - step * axis).min(axis=0)
        for axis in np.eye(3)
    ]
    normals = np.stack(slopes, axis=1)
    return np.asarray(normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12))


def _lit(points: Floats) -> Floats:
    """0 in shadow, 1 in the light, softly between: the narrowest gap on the way to the lamp (Quilez)."""
    way, light = np.full(len(points), 0.03), np.ones(len(points))
    for _ in range(SHADOW_STEPS):
        gap = _distances(points + way[:, None] * LIGHT).min(axis=0)
        light = np.minimum(light, np.clip(9 * gap / way, 0, 1))
        way = np.minimum(way + np.clip(gap, 0.02, 0.3), FAR)
    return light
