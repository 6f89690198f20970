"""The table of rectangles behaves as rigid bodies with friction do."""

import math

import numpy as np
import pytest

from analysis.simulation import (
    SIDE,
    Grasp,
    Grasps,
    Rectangle,
    Scene,
    Scenes,
    random_grasps,
    random_scene,
    random_scenes,
    render,
    simulate_all,
    with_grasp,
)
from analysis.simulation.scene import separation, stacked

VISIBLE = 0.5  # pixels
BOX = Rectangle(32, 32, 0.0, 20, 10)


def simulate(scene: Scene, grasp: Grasp) -> Scene:
    """A single scene after the finger's way."""
    grasps = Grasps(np.array([grasp.start], float), np.array([grasp.end], float))
    return simulate_all(stacked([scene]), grasps).scene(0)


@pytest.fixture(scope="module")
def pushed() -> tuple[Scenes, Grasps, Scenes]:
    random = np.random.default_rng(5)
    scenes = random_scenes(200, random)
    grasps = random_grasps(scenes, random)
    return scenes, grasps, simulate_all(scenes, grasps)


def deepest_overlap(scenes: Scenes) -> float:
    deepest = 0.0
    for i in range(scenes.angles.shape[1]):
        for j in range(i):
            both = (scenes.halves[:, i, 0] > 0) & (scenes.halves[:, j, 0] > 0)
            one, other = ((scenes.centres[:, k], scenes.angles[:, k], scenes.halves[:, k]) for k in (i, j))
            deepest = max(deepest, float(-separation(*one, *other)[both].min(initial=0)))
    return deepest


def test_that_random_scenes_do_not_overlap_and_lie_in_the_picture() -> None:
    scenes = random_scenes(100, np.random.default_rng(1))
    assert deepest_overlap(scenes) == 0
    assert (scenes.centres >= 0).all()
    assert (scenes.centres <= SIDE).all()
    assert ((scenes.halves[..., 0] > 0).sum(axis=1) >= 2).all()


def test_that_nothing_overlaps_visibly_after_a_push(pushed: tuple[Scenes, Grasps, Scenes]) -> None:
    assert deepest_overlap(pushed[2]) < VISIBLE


def test_that_rectangles_keep_their_size_and_only_what_is_reached_moves(
    pushed: tuple[Scenes, Grasps, Scenes],
) -> None:
    before, grasps, after = pushed
    assert np.array_equal(before.halves, after.halves)
    moved = np.linalg.norm(after.centres - before.centres, axis=-1)
    way = np.linalg.norm(grasps.ends - grasps.starts, axis=-1)
    # A turning body's corner can push a neighbour further than the finger goes, but not by more than bodies are long.
    assert (moved.max(axis=1) <= way + 30).all()
    assert (moved.min(axis=1) < 1e-9).mean() > 0.8


def test_that_nothing_moves_when_the_table_is_touched_where_there_is_nothing() -> None:
    scene = Scene((BOX,))
    assert simulate(scene, Grasp((5, 5), (50, 50))) == scene
    assert simulate(Scene(()), Grasp((5, 5), (50, 50))) == Scene(())


def test_that_nothing_moves_when_the_finger_does_not() -> None:
    scene = random_scene(3)
    first = scene.rectangles[0]
    after = simulate(scene, Grasp((first.x, first.y), (first.x, first.y)))
    for one, other in zip(scene.rectangles, after.rectangles, strict=True):
        assert (other.x, other.y, other.angle) == pytest.approx((one.x, one.y, one.angle))


def test_that_a_box_held_at_its_centre_goes_with_the_finger_unturned() -> None:
    after = simulate(Scene((BOX,)), Grasp((32, 32), (44, 25))).rectangles[0]
    assert (after.x, after.y, after.angle) == pytest.approx((44, 25, 0.0))


@pytest.mark.parametrize("side", [-1, 1])
def test_that_a_box_dragged_off_centre_turns_until_its_centre_trails(side: int) -> None:
    after = simulate(Scene((BOX,)), Grasp((32, 32 + 4 * side), (52, 32 + 4 * side))).rectangles[0]
    # y points down: dragged to the right below the centre, the box turns from x away from y.
    assert math.copysign(1, after.angle) == -side
    assert abs(after.angle) > 0.3


def test_that_a_box_dragged_for_long_ends_behind_the_finger() -> None:
    scene, finger = Scene((BOX,)), (32.0, 36.0)
    for _ in range(12):
        scene = simulate(scene, Grasp(finger, (finger[0] + 10, 36.0)))
        finger = (finger[0] + 10, 36.0)
    box = scene.rectangles[0]
    assert (box.x - finger[0], box.y - finger[1]) == pytest.approx((-4.0, 0.0), abs=0.1)


def test_that_the_finger_keeps_hold_of_the_place_it_grasped() -> None:
    start, end = (38.0, 34.0), (20.0, 50.0)
    after = simulate(Scene((BOX,)), Grasp(start, end)).rectangles[0]
    cos, sin = math.cos(after.angle), math.sin(after.angle)
    held = (after.x + cos * 6 - sin * 2, after.y + sin * 6 + cos * 2)
    assert held == pytest.approx(end, abs=1e-6)


def test_that_a_neighbour_hit_in_the_middle_is_pushed_straight() -> None:
    pusher, neighbour = Rectangle(16, 32, 0.0, 12, 8), Rectangle(30, 32, 0.0, 10, 12)
    after = simulate(Scene((pusher, neighbour)), Grasp((16, 32), (30, 32))).rectangles[1]
    assert (after.x, after.y) == pytest.approx((41, 32), abs=0.2)
    assert after.angle == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize("side", [-1, 1])
def test_that_a_neighbour_hit_off_centre_turns(side: int) -> None:
    pusher, neighbour = Rectangle(16, 32 + 7 * side, 0.0, 12, 6), Rectangle(30, 32, 0.0, 10, 24)
    after = simulate(Scene((pusher, neighbour)), Grasp((16, 32 + 7 * side), (28, 32 + 7 * side))).rectangles[1]
    # Pushed to the right below its centre (y points down), it turns from x away from y.
    assert math.copysign(1, after.angle) == -side
    assert abs(after.angle) > 0.2
    assert after.x > 31


def test_that_a_push_goes_through_a_row_of_boxes() -> None:
    row = tuple(Rectangle(10 + 11 * n, 32, 0.0, 10, 12) for n in range(4))
    after = simulate(Scene(row), Grasp((10, 32), (20, 32))).rectangles
    gaps = np.diff([box.x for box in after])
    assert gaps == pytest.approx(np.full(3, 10.0), abs=0.15)
    assert after[-1].x > row[-1].x + 6


def test_that_friction_leaves_everything_where_the_push_ends() -> None:
    """Quasi-static: nothing has momentum, so doing nothing afterwards changes nothing, and a push is not undone."""
    scene = Scene((Rectangle(16, 32, 0.0, 12, 8), Rectangle(30, 32, 0.0, 10, 12)))
    there = simulate(scene, Grasp((16, 32), (30, 32)))
    again = simulate(there, Grasp((1, 1), (1, 1)))
    back = simulate(there, Grasp((30, 32), (16, 32)))
    assert again == there
    assert back.rectangles[1].x == pytest.approx(there.rectangles[1].x, abs=1e-6)


def test_that_of_two_neighbours_the_lighter_gives_way_more() -> None:
    """A box turned by a finger at its end pushes two others: the work against friction is least."""
    heavy, light = Rectangle(32, 14, 0.0, 26, 12), Rectangle(32, 50, 0.0, 8, 6)
    bar = Rectangle(14, 32, 0.0, 20, 5)
    wedge = Scene((bar, heavy, light))
    after = simulate(wedge, Grasp((14, 32), (40, 32)))
    moved = [math.hypot(a.x - b.x, a.y - b.y) for a, b in zip(after.rectangles, wedge.rectangles, strict=True)]
    assert moved[0] == pytest.approx(26)
    assert moved[1] <= moved[2] + 1e-9


def test_that_the_mirrored_scene_has_the_mirrored_outcome() -> None:
    random = np.random.default_rng(8)
    scenes = random_scenes(20, random)
    grasps = random_grasps(scenes, random)
    flip = np.array([-1.0, 1.0])
    width = np.array([float(SIDE), 0.0])
    mirrored = Scenes(width + flip * scenes.centres, -scenes.angles, scenes.halves)
    one = simulate_all(scenes, grasps)
    other = simulate_all(mirrored, Grasps(width + flip * grasps.starts, width + flip * grasps.ends))
    apart = np.abs(width + flip * one.centres - other.centres)[scenes.halves[..., 0] > 0]
    # Where bodies hang by a hair, rounding decides; almost all must agree to far below a pixel.
    assert np.quantile(apart, 0.97) < 1e-3


def test_that_a_scene_alone_fares_as_it_does_among_many(pushed: tuple[Scenes, Grasps, Scenes]) -> None:
    before, grasps, after = pushed
    for number in range(5):
        (sx, sy), (ex, ey) = grasps.starts[number], grasps.ends[number]
        alone = simulate(before.scene(number), Grasp((float(sx), float(sy)), (float(ex), float(ey))))
        for one, other in zip(alone.rectangles, after.scene(number).rectangles, strict=True):
            assert (one.x, one.y, one.angle) == pytest.approx((other.x, other.y, other.angle), abs=1e-6)


def test_that_the_same_seed_gives_the_same_scene() -> None:
    assert random_scene(4) == random_scene(4)
    assert random_scene(4) != random_scene(5)


def test_that_a_picture_covers_as_much_as_its_rectangles() -> None:
    covered = (render(Scene((Rectangle(32.2, 30.7, 0.4, 20, 10),))) > 90).sum()
    assert covered == pytest.approx(200, rel=0.06)
    assert render(Scene(())).max() == 0


def test_that_the_frame_shows_scene_red_and_grasp_green_with_its_start_brightest() -> None:
    frame = with_grasp(Scene((BOX,)), (20.5, 32.5), (50.5, 32.5))
    assert frame.shape == (SIDE, SIDE, 3)
    assert frame.dtype == np.uint8
    assert np.array_equal(frame[..., 0], render(Scene((BOX,))))
    assert frame[..., 2].max() == 0
    assert frame[32, 20, 1] == 255
    assert 100 < frame[32, 48, 1] < 160
    assert frame[32, 60, 1] == 0
    assert not np.array_equal(frame, with_grasp(Scene((BOX,)), (50.5, 32.5), (20.5, 32.5)))
