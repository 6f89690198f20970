"""What happens on the table: the grasped rectangle follows the finger and pushes what is in its way.

Everything is slow, so that friction with the table decides and nothing slides on by itself (quasi-static motion). Of
all motions that keep the finger on its rectangle and the rectangles apart, the one with the least friction happens:
each rectangle resists a shift d and a turn t by mass·(d² + c²·t²), its limit surface approximated by an ellipsoid
(Howe and Cutkosky 1996). The motion is cut into small steps; in each, contacts are resolved by pushing the two
rectangles apart, and rubbing between them is limited by Coulomb's law.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.simulation.scene import Floats, Grasps, Scenes, rotated

STEPS = 48
FREE_ROUNDS, FIRM_ROUNDS = 6, 20
# In the firm rounds what is nearer to the finger hardly gives way to what it pushes (shock propagation).
FIRMNESS = 0.02
FAR = 99
RUBBING = 0.3
# The mean distance of a rectangle's points from its centre is about this share of its radius of gyration.
FRICTION_ARM = 0.94
TOUCH = 1e-3
CHUNK = 1024

Indices = NDArray[np.int64]


def simulate_all(scenes: Scenes, grasps: Grasps) -> Scenes:
    """Each scene after its finger's way."""
    parts = [
        _simulate_part(
            Scenes(scenes.centres[part], scenes.angles[part], scenes.halves[part]),
            Grasps(grasps.starts[part], grasps.ends[part]),
        )
        for part in (slice(begin, begin + CHUNK) for begin in range(0, len(scenes), CHUNK))
    ]
    return Scenes(
        np.concatenate([part.centres for part in parts]) if parts else scenes.centres.copy(),
        np.concatenate([part.angles for part in parts]) if parts else scenes.angles.copy(),
        scenes.halves,
    )


def grasped(scenes: Scenes, starts: Floats) -> Indices:
    """The rectangle under the finger in each scene, −1 where there is none."""
    local = np.abs(rotated(starts[:, None] - scenes.centres, -scenes.angles))
    under: NDArray[np.bool_] = np.all(local < scenes.halves, axis=-1)
    if under.shape[1] == 0:
        return np.full(len(scenes), -1)
    # Rectangles do not overlap; where a rim is shared, the last one drawn is on top.
    last = under.shape[1] - 1 - under[:, ::-1].argmax(axis=1)
    return np.where(under.any(axis=1), last, -1)


@dataclass
class _Table:
    """Rectangles of all scenes in one list of N·K rows; what a finger holds can only turn about it (`pivots`)."""

    centres: Floats
    angles: Floats
    halves: Floats
    pivots: Floats
    mobility: Floats  # how far a unit push shifts it: 1/mass, 0 for what a finger holds
    turnability: Floats  # how far a unit torque turns it
    links: Indices  # over how many others the finger's push reaches it in this step


def _simulate_part(scenes: Scenes, grasps: Grasps) -> Scenes:
    count, most = scenes.angles.shape
    held_column = grasped(scenes, grasps.starts)
    some = held_column >= 0
    held = np.flatnonzero(some) * most + held_column[some]
    table = _table(scenes, held)
    starts, way = grasps.starts[some], (grasps.ends - grasps.starts)[some]
    in_hand = rotated(starts - table.centres[held], -table.angles[held])
    firsts, seconds = _pairs(count, most)
    for step in range(STEPS):
        before_centres, before_angles = table.centres.copy(), table.angles.copy()
        table.links[:] = FAR
        table.links[held] = 0
        _drag(table, held, in_hand, starts + way * ((step + 1) / STEPS))
        near = _near(table, firsts, seconds)
        for number in range(FREE_ROUNDS + FIRM_ROUNDS):
            firm = number >= FREE_ROUNDS
            if not _push_apart(table, firsts[near], seconds[near], before_centres, before_angles, firm):
                break
    return Scenes(table.centres.reshape(count, most, 2), table.angles.reshape(count, most), scenes.halves)


def _table(scenes: Scenes, held: Indices) -> _Table:
    centres, angles = scenes.centres.reshape(-1, 2).copy(), scenes.angles.reshape(-1).copy()
    halves = scenes.halves.reshape(-1, 2)
    mass = np.maximum(4 * halves.prod(axis=1), 1e-9)
    resistance = mass * _friction_arm_squared(halves)
    turnability = 1 / np.maximum(resistance, 1e-9)
    table = _Table(centres, angles, halves, centres.copy(), 1 / mass, turnability, np.full(len(mass), FAR))
    table.mobility[held] = 0
    return table


def _friction_arm_squared(halves: Floats) -> Floats:
    return np.asarray(FRICTION_ARM**2 * (halves**2).sum(axis=-1) / 3)


def _pairs(count: int, most: int) -> tuple[Indices, Indices]:
    """Every pair of rectangles of the same scene."""
    first, second = np.triu_indices(most, 1)
    base = np.arange(count)[:, None] * most
    return (base + first).ravel(), (base + second).ravel()


def _drag(table: _Table, held: Indices, in_hand: Floats, fingers: Floats) -> None:
    """Moves what is held to the finger, turning it so that its centre trails (least friction)."""
    lever = rotated(in_hand, table.angles[held])
    missing = fingers - table.centres[held] - lever
    arm_squared = _friction_arm_squared(table.halves[held])
    # Least d² + c²t² with d + t·perp(lever) = missing: t = perp(lever)·missing / (c² + |lever|²).
    turn = _cross(lever, missing) / np.maximum(arm_squared + (lever**2).sum(axis=-1), 1e-9)
    table.angles[held] += turn
    lever = rotated(in_hand, table.angles[held])
    table.centres[held] = fingers - lever
    table.pivots[held] = fingers
    mass = 4 * table.halves[held].prod(axis=-1)
    table.turnability[held] = 1 / (mass * (arm_squared + (lever**2).sum(axis=-1)))


def _near(table: _Table, firsts: Indices, seconds: Indices) -> NDArray[np.bool_]:
    reach = np.linalg.norm(table.halves, axis=1)
    real = table.halves[:, 0] > 0
    apart = np.linalg.norm(table.centres[firsts] - table.centres[seconds], axis=1)
    return np.asarray(real[firsts] & real[seconds] & (apart < reach[firsts] + reach[seconds] + 1))


def _push_apart(
    table: _Table, firsts: Indices, seconds: Indices, before_centres: Floats, before_angles: Floats, firm: bool
) -> bool:
    """One round: every two rectangles that overlap are pushed apart at two points. False: none overlap."""
    overlap, sides = _overlaps(table, firsts, seconds)
    hit = np.flatnonzero(overlap > TOUCH)
    if len(hit) == 0:
        return False
    # The rectangle that owns the axis comes first: its side is what the other one's edge is pressed against.
    swap = sides[hit] >= 2
    first = np.where(swap, seconds[hit], firsts[hit])
    second = np.where(swap, firsts[hit], seconds[hit])
    normal, points, depths = _contacts(table, first, second, sides[hit] % 2)
    tangent = np.stack([-normal[:, 1], normal[:, 0]], axis=-1)

    np.minimum.at(table.links, second, table.links[first] + 1)
    np.minimum.at(table.links, first, table.links[second] + 1)
    yields = np.ones((2, len(hit)))
    if firm:
        yields[0, table.links[first] < table.links[second]] = FIRMNESS
        yields[1, table.links[second] < table.links[first]] = FIRMNESS

    pushes = _pushes(table, first, second, points, normal, depths, yields)
    # All contacts act at once; a rectangle that several press on answers each with its share only.
    contacts = np.bincount(np.concatenate([first, second]), minlength=len(table.angles))
    share = 1 / np.maximum(contacts[first], contacts[second])
    forces = []
    for point, push in zip(points, pushes, strict=True):
        slip = _moved(table, first, point, before_centres, before_angles) - _moved(
            table, second, point, before_centres, before_angles
        )
        give = _give(table, first, second, point, point, tangent, yields)
        rub = np.clip((slip * tangent).sum(axis=-1) / give, -RUBBING * push, RUBBING * push)
        forces.append((push[:, None] * normal + rub[:, None] * tangent) * share[:, None])
    for point, force in zip(points, forces, strict=True):
        _apply(table, first, point, -force * yields[0][:, None])
        _apply(table, second, point, force * yields[1][:, None])
    return True


def _overlaps(table: _Table, firsts: Indices, seconds: Indices) -> tuple[Floats, Indices]:
    """The least overlap of two rectangles over their four axes, and which: 0, 1 the first one's, 2, 3 the second's."""
    found = []
    for one, other in ((firsts, seconds), (seconds, firsts)):
        between = np.abs(rotated(table.centres[other] - table.centres[one], -table.angles[one]))
        turn = table.angles[other] - table.angles[one]
        cos, sin = np.abs(np.cos(turn))[:, None], np.abs(np.sin(turn))[:, None]
        shadow = table.halves[other] * cos + table.halves[other][:, ::-1] * sin
        found.append(table.halves[one] + shadow - between)
    overlaps = np.concatenate(found, axis=1)
    sides = overlaps.argmin(axis=1)
    return overlaps[np.arange(len(sides)), sides], sides


def _contacts(table: _Table, first: Indices, second: Indices, axis: Indices) -> tuple[Floats, Floats, Floats]:
    """Normals from first to second (P×2), and the two ends of the second one's edge on the first one's side.

    The ends (2×P×2) are clipped to that side's length; beside them their depths (2×P) below it.
    """
    rows = np.arange(len(first))
    between = rotated(table.centres[second] - table.centres[first], -table.angles[first])
    outward = np.zeros_like(between)
    outward[rows, axis] = np.where(between[rows, axis] >= 0, 1.0, -1.0)
    normal = rotated(outward, table.angles[first])
    # The edge that faces the normal most, in the first one's coordinates.
    facing = rotated(-normal, -table.angles[second])
    edge_axis = np.abs(facing).argmax(axis=1)
    middle, along = np.zeros_like(facing), np.zeros_like(facing)
    middle[rows, edge_axis] = np.sign(facing[rows, edge_axis]) * table.halves[second][rows, edge_axis]
    along[rows, 1 - edge_axis] = table.halves[second][rows, 1 - edge_axis]
    turn = table.angles[second] - table.angles[first]
    middle, along = between + rotated(middle, turn), rotated(along, turn)

    centre, reach, limit = middle[rows, 1 - axis], along[rows, 1 - axis], table.halves[first][rows, 1 - axis]
    safe = np.where(np.abs(reach) > 1e-6, reach, 1e-6)
    bounds = np.clip(np.stack([(-limit - centre) / safe, (limit - centre) / safe]), -1, 1)
    ends = middle + bounds[..., None] * along
    depths = table.halves[first][rows, axis] - (ends * outward).sum(axis=-1)
    points = table.centres[first] + rotated(ends, table.angles[first])
    return normal, points, depths


def _pushes(
    table: _Table, first: Indices, second: Indices, points: Floats, normal: Floats, depths: Floats, yields: Floats
) -> Floats:
    """The two pushes (2×P, none negative) that undo both depths, or the deeper one where that would pull."""
    near, far = (_give(table, first, second, point, point, normal, yields) for point in points)
    cross = _give(table, first, second, points[0], points[1], normal, yields)
    determinant = near * far - cross**2
    sound = determinant > 1e-3 * near * far
    safe = np.where(sound, determinant, 1.0)
    both = np.stack([far * depths[0] - cross * depths[1], near * depths[1] - cross * depths[0]]) / safe
    deeper = depths.argmax(axis=0)
    one = np.where(np.arange(2)[:, None] == deeper, depths / np.stack([near, far]), 0.0)
    return np.maximum(np.where(sound & (both >= 0).all(axis=0), both, one), 0.0)


def _give(
    table: _Table, first: Indices, second: Indices, pushed: Floats, seen: Floats, direction: Floats, yields: Floats
) -> Floats:
    """How far two rectangles part at `seen` when a unit push along the direction acts on both at `pushed`."""
    total = np.full(len(first), 1e-12)
    for one, yielding in ((first, yields[0]), (second, yields[1])):
        pivot = _pivot(table, one)
        turning = table.turnability[one] * _cross(pushed - pivot, direction) * _cross(seen - pivot, direction)
        total += yielding * (table.mobility[one] + turning)
    return total


def _pivot(table: _Table, one: Indices) -> Floats:
    return np.where(table.mobility[one][:, None] > 0, table.centres[one], table.pivots[one])


def _moved(table: _Table, one: Indices, point: Floats, before_centres: Floats, before_angles: Floats) -> Floats:
    """How far the rectangle's material at the point has come in this step."""
    turn = (table.angles - before_angles)[one][:, None]
    lever = point - table.centres[one]
    return (table.centres - before_centres)[one] + turn * np.stack([-lever[:, 1], lever[:, 0]], axis=-1)


def _apply(table: _Table, one: Indices, point: Floats, force: Floats) -> None:
    pivot = _pivot(table, one)
    turn = np.bincount(one, table.turnability[one] * _cross(point - pivot, force), minlength=len(table.angles))
    for axis in (0, 1):
        table.centres[:, axis] += np.bincount(one, table.mobility[one] * force[:, axis], minlength=len(table.angles))
    held = np.unique(one[table.mobility[one] == 0])
    table.centres[held] = table.pivots[held] + rotated(table.centres[held] - table.pivots[held], turn[held])
    table.angles += turn


def _cross(a: Floats, b: Floats) -> Floats:
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])
