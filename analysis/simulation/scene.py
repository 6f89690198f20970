"""Scenes of rectangles that do not overlap, and the grasp that drags one of them; one scene or many at once.

Lengths are in pixels of the picture, x to the right and y down, angles in radians from x towards y.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

SIDE = 64
MOST_RECTANGLES = 6
HALF_LENGTHS, HALF_WIDTHS = (6.0, 13.0), (3.0, 6.5)
LONGEST_DRAG = 24.0
GAP = 0.5


@dataclass(frozen=True)
class Rectangle:
    x: float
    y: float
    angle: float
    length: float
    width: float


@dataclass(frozen=True)
class Scene:
    rectangles: tuple[Rectangle, ...]


@dataclass(frozen=True)
class Grasp:
    """A finger is put down at `start` and moves straight to `end`; it takes along the rectangle under it, if any."""

    start: tuple[float, float]
    end: tuple[float, float]


@dataclass(frozen=True)
class Scenes:
    """Many scenes of up to K rectangles: `centres` N×K×2, `angles` N×K, `halves` N×K×2 (zero: no rectangle)."""

    centres: Floats
    angles: Floats
    halves: Floats

    def __len__(self) -> int:
        return len(self.angles)

    def scene(self, number: int) -> Scene:
        return Scene(
            tuple(
                Rectangle(float(x), float(y), float(angle), float(2 * half_length), float(2 * half_width))
                for (x, y), angle, (half_length, half_width) in zip(
                    self.centres[number], self.angles[number], self.halves[number], strict=True
                )
                if half_length > 0
            )
        )


@dataclass(frozen=True)
class Grasps:
    """`starts` and `ends` N×2."""

    starts: Floats
    ends: Floats


def stacked(scenes: Sequence[Scene]) -> Scenes:
    most = max((len(scene.rectangles) for scene in scenes), default=0)
    rows = np.zeros((len(scenes), most, 5))
    for row, scene in zip(rows, scenes, strict=True):
        for place, one in zip(row, scene.rectangles, strict=False):
            place[:] = one.x, one.y, one.angle, one.length / 2, one.width / 2
    return Scenes(rows[..., :2], rows[..., 2], rows[..., 3:])


def random_scene(seed: int) -> Scene:
    return random_scenes(1, np.random.default_rng(seed)).scene(0)


def random_scenes(count: int, random: np.random.Generator) -> Scenes:
    """Each rectangle is put where it touches none of those before it; one that finds no room is left out."""
    centres = np.zeros((count, MOST_RECTANGLES, 2))
    angles = np.zeros((count, MOST_RECTANGLES))
    halves = np.zeros((count, MOST_RECTANGLES, 2))
    wanted = random.integers(3, MOST_RECTANGLES + 1, count)
    for number in range(MOST_RECTANGLES):
        half = np.stack([random.uniform(*HALF_LENGTHS, count), random.uniform(*HALF_WIDTHS, count)], axis=1)
        open_ = wanted > number
        for _ in range(12):
            angle = random.uniform(-np.pi, np.pi, count)
            reach = np.abs(np.cos(angle)) * half[:, 0] + np.abs(np.sin(angle)) * half[:, 1]
            rise = np.abs(np.sin(angle)) * half[:, 0] + np.abs(np.cos(angle)) * half[:, 1]
            margin = np.stack([reach, rise], axis=1)
            centre = margin + random.uniform(size=(count, 2)) * (SIDE - 2 * margin)
            free = open_ & ~_touches_any(centre, angle, half, centres, angles, halves)
            centres[free, number], angles[free, number], halves[free, number] = centre[free], angle[free], half[free]
            open_ &= ~free
    return Scenes(centres, angles, halves)


def random_grasps(scenes: Scenes, random: np.random.Generator) -> Grasps:
    """Somewhere on one of the rectangles, dragged by up to `LONGEST_DRAG` to a place in the picture.

    One in twenty takes hold of whatever is at a random place, mostly nothing.
    """
    count = len(scenes)
    chances = (scenes.halves[..., 0] > 0) * random.uniform(0.01, 1, scenes.angles.shape)
    rows, chosen = np.arange(count), chances.argmax(axis=1)
    local = random.uniform(-0.95, 0.95, (count, 2)) * scenes.halves[rows, chosen]
    starts = scenes.centres[rows, chosen] + rotated(local, scenes.angles[rows, chosen])
    anywhere = (random.uniform(size=count) < 0.05) | (chances.max(axis=1) == 0)
    starts = np.where(anywhere[:, None], random.uniform(0, SIDE, (count, 2)), starts)
    direction = random.uniform(-np.pi, np.pi, count)
    way = random.uniform(3, LONGEST_DRAG, count)[:, None] * np.stack([np.cos(direction), np.sin(direction)], axis=1)
    return Grasps(starts, np.clip(starts + way, 2, SIDE - 2))


def rotated(vectors: Floats, angles: Floats) -> Floats:
    """The vectors …×2 turned by `angles` from x towards y."""
    cos, sin = np.cos(angles), np.sin(angles)
    x, y = vectors[..., 0], vectors[..., 1]
    return np.stack([cos * x - sin * y, sin * x + cos * y], axis=-1)


def separation(centre: Floats, angle: Floats, half: Floats, centres: Floats, angles: Floats, halves: Floats) -> Floats:
    """How far apart two rectangles are along the best of their four axes; below zero they overlap by as much."""
    gaps = []
    for axes in (angle, angles):
        for quarter in (0.0, np.pi / 2):
            axis = np.stack([np.cos(axes + quarter), np.sin(axes + quarter)], axis=-1)
            apart = np.abs(((centre - centres) * axis).sum(axis=-1))
            gaps.append(apart - _extent(axis, angle, half) - _extent(axis, angles, halves))
    return np.asarray(np.max(gaps, axis=0), dtype=np.float64)


def _extent(axis: Floats, angle: Floats, half: Floats) -> Floats:
    """Half the length of a rectangle's shadow on the axis."""
    local = np.abs(rotated(axis, -angle))
    return np.asarray((local * half).sum(axis=-1))


def _touches_any(
    centre: Floats, angle: Floats, half: Floats, centres: Floats, angles: Floats, halves: Floats
) -> NDArray[np.bool_]:
    apart = separation(centre[:, None], angle[:, None], half[:, None], centres, angles, halves)
    return np.asarray(((apart < GAP) & (halves[..., 0] > 0)).any(axis=1))
