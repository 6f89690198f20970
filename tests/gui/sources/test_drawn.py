"""The sketch pad and the scenes: drawing with the mouse, taking back, and what the network is given of it."""

from collections import deque
from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from analysis.pictures.centring import centred_digit
from analysis.pictures.images import open_origin
from analysis.protocol.frame import Frame
from gui.sources.canvas import Canvas
from gui.sources.scenes import SceneSource
from gui.sources.sketch import SIDE, SketchSource
from gui.sources.source import Source
from tests.analysis.input_of import input_of


def frames_of(source: Source) -> list[Frame]:
    frames: list[Frame] = []
    source.frame.connect(frames.append)
    return frames


def drag(canvas: Canvas, *places: tuple[float, float]) -> None:
    """With the mouse over these shares of the canvas."""
    points = [QPoint(round(x * canvas.width()), round(y * canvas.height())) for x, y in places]
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=points[0])
    for point in points[1:]:
        QTest.mouseMove(canvas, point)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=points[-1])


@pytest.fixture
def sketch(qtbot: QtBot) -> SketchSource:
    source = SketchSource()
    source.set_centred(False)
    return source


@pytest.fixture
def canvas(sketch: SketchSource, qtbot: QtBot) -> Canvas:
    canvas = Canvas(sketch)
    qtbot.addWidget(canvas)
    canvas.resize(SIDE, SIDE)
    canvas.show()
    return canvas


def test_that_a_stroke_of_the_mouse_is_white_on_black_where_it_was_drawn(sketch: SketchSource, canvas: Canvas) -> None:
    frames = frames_of(sketch)
    sketch.start()
    drag(canvas, (0.25, 0.5), (0.5, 0.5), (0.75, 0.5))
    sketch.stop()
    pixels = frames[-1].pixels
    rows, columns = np.nonzero(pixels[..., 0] > 127)
    assert (rows.mean(), columns.mean()) == pytest.approx((139.5, 139.5), abs=1.5)
    assert np.ptp(rows) + 1 == pytest.approx(24, abs=1)
    assert np.ptp(columns) + 1 == pytest.approx(140 + 24, abs=3)
    assert pixels[140, 140].tolist() == [255, 255, 255]
    assert len(np.unique(pixels)) > 4  # its edge is soft
    assert frames[-1].origin == "sketch"


def test_that_the_frames_of_a_stroke_move_and_the_last_one_stays(sketch: SketchSource, canvas: Canvas) -> None:
    frames = frames_of(sketch)
    sketch.start()
    drag(canvas, *((0.1 + i / 50, 0.5) for i in range(40)))
    sketch.stop()
    assert [frame.moving for frame in frames] == [False] + [True] * (len(frames) - 2) + [False]
    assert np.array_equal(frames[-1].pixels, frames_after_restart(sketch))


def frames_after_restart(sketch: SketchSource) -> np.ndarray:
    frames = frames_of(sketch)
    sketch.start()
    sketch.stop()
    return frames[-1].pixels


def test_that_pictures_come_at_a_pace_and_the_newest_is_never_forgotten(sketch: SketchSource, qtbot: QtBot) -> None:
    frames = frames_of(sketch)
    sketch._pace.setInterval(20)
    sketch.start()
    sketch.press(0.1, 0.1)
    begun = len(frames)
    for i in range(200):
        sketch.drag(0.1 + i / 400, 0.5)
    assert len(frames) < begun + 100  # 200 movements, far less than 2 s
    qtbot.waitUntil(lambda: np.array_equal(frames[-1].pixels[..., 0], grey(sketch)))
    sketch.stop()


def grey(sketch: SketchSource) -> np.ndarray:
    image = sketch.image()
    return np.frombuffer(image.constBits(), np.uint8).reshape(SIDE, SIDE).copy()


def test_that_undo_takes_back_stroke_by_stroke_and_clear_all(sketch: SketchSource, canvas: Canvas) -> None:
    before = grey(sketch)
    drag(canvas, (0.2, 0.2), (0.4, 0.7))
    one = grey(sketch)
    drag(canvas, (0.8, 0.2), (0.6, 0.7))
    QTest.keyClick(canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    np.testing.assert_array_equal(grey(sketch), one)
    drag(canvas, (0.5, 0.5))
    QTest.keyClick(canvas, Qt.Key.Key_Delete)
    np.testing.assert_array_equal(grey(sketch), before)
    QTest.keyClick(canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert sketch.empty


def test_that_a_click_leaves_a_dot_as_thick_as_the_pen(sketch: SketchSource, canvas: Canvas) -> None:
    sketch.set_brush(40)
    drag(canvas, (0.5, 0.5))
    assert (grey(sketch) > 127).sum() == pytest.approx(np.pi * 20**2, rel=0.03)
    sketch.set_brush(1000)
    assert sketch.brush == 60


def test_that_a_canvas_that_is_not_square_draws_in_its_middle(sketch: SketchSource, canvas: Canvas) -> None:
    canvas.resize(SIDE * 2, SIDE)
    drag(canvas, (0.1, 0.5))  # beside the square
    assert sketch.empty
    drag(canvas, (0.5, 0.5))
    rows, columns = np.nonzero(grey(sketch))
    assert (rows.mean(), columns.mean()) == pytest.approx((139.5, 139.5), abs=1.5)


def test_that_digits_are_centred_as_mnist_has_them(sketch: SketchSource, canvas: Canvas) -> None:
    frames = frames_of(sketch)
    sketch.start()
    drag(canvas, (0.2, 0.1), (0.2, 0.3))
    sketch.set_centred(True)
    sketch.stop()
    pixels = frames[-1].pixels
    assert pixels.shape == (28, 28, 3)
    np.testing.assert_array_equal(pixels[..., 0], centred_digit(grey(sketch)))
    np.testing.assert_array_equal(pixels[..., 0], pixels[..., 2])


def test_that_a_fresh_pad_gives_black_and_says_what_it_is_for(qtbot: QtBot) -> None:
    source = SketchSource()
    frames = frames_of(source)
    source.start()
    assert frames[0].pixels.shape == (28, 28, 3)
    assert not frames[0].pixels.any()
    assert "Draw a digit" in source.hint
    source.stop()


def test_that_a_stopped_pad_can_be_drawn_on_but_gives_nothing(sketch: SketchSource, canvas: Canvas) -> None:
    frames = frames_of(sketch)
    drag(canvas, (0.2, 0.1), (0.2, 0.3))
    assert not frames
    assert not sketch.empty


def test_that_the_mouse_drags_the_grasp_of_a_scene(qtbot: QtBot) -> None:
    source = SceneSource()
    canvas = Canvas(source)
    qtbot.addWidget(canvas)
    canvas.resize(256, 256)
    canvas.show()
    frames = frames_of(source)
    source.start()
    assert frames[0].origin == "scene:0"
    drag(canvas, (0.25, 0.25), (0.5, 0.25), (0.75, 0.5))
    grasp = source.choice.grasp
    assert grasp.start == pytest.approx((16, 16), abs=0.3)
    assert grasp.end == pytest.approx((48, 32), abs=0.3)
    assert [frame.moving for frame in frames] == [False, *[True] * (len(frames) - 2), False]
    for frame in (frames[0], frames[-1]):
        np.testing.assert_array_equal(frame.pixels, open_origin(frame.origin))
    np.testing.assert_array_equal(frames[0].pixels[..., 0], frames[-1].pixels[..., 0])  # the scene itself
    assert (frames[0].pixels[..., 1] != frames[-1].pixels[..., 1]).any()
    QTest.keyClick(canvas, Qt.Key.Key_Delete)
    np.testing.assert_array_equal(frames[-1].pixels, frames[0].pixels)
    source.set_seed(1)
    assert (frames[-1].pixels[..., 0] != frames[0].pixels[..., 0]).any()
    source.stop()


def arc(x: float, y: float, rx: float, ry: float, begin: float, end: float) -> list[tuple[float, float]]:
    """A piece of an ellipse; angles in half turns, clockwise from the right."""
    angles = np.linspace(begin, end, 24) * np.pi
    return [(x + rx * float(np.cos(angle)), y + ry * float(np.sin(angle))) for angle in angles]


DIGITS = {
    0: [arc(0.5, 0.5, 0.22, 0.33, -0.5, 1.5)],
    1: [[(0.42, 0.25), (0.52, 0.15), (0.52, 0.85)]],
    2: [[*arc(0.5, 0.32, 0.2, 0.17, -1, 0.35), (0.3, 0.82), (0.72, 0.82)]],
    3: [[*arc(0.47, 0.32, 0.2, 0.17, -0.8, 0.5), *arc(0.47, 0.66, 0.22, 0.18, -0.5, 0.8)]],
    4: [[(0.4, 0.15), (0.3, 0.55), (0.72, 0.55)], [(0.62, 0.2), (0.62, 0.85)]],
    5: [[(0.68, 0.17), (0.38, 0.17), (0.36, 0.45), *arc(0.48, 0.62, 0.2, 0.2, -0.7, 0.75)]],
    6: [[(0.6, 0.15), (0.42, 0.4), *arc(0.5, 0.64, 0.17, 0.19, 1, 3)]],
    7: [[(0.3, 0.2), (0.7, 0.2), (0.45, 0.85)]],
    8: [arc(0.5, 0.33, 0.16, 0.16, 0.5, 2.5), arc(0.5, 0.67, 0.2, 0.18, -0.5, 1.5)],
    9: [arc(0.5, 0.35, 0.17, 0.18, 0, 2), [(0.66, 0.5), (0.6, 0.85)]],
}


def test_that_lenet_reads_digits_of_any_size_anywhere_on_the_pad(qtbot: QtBot) -> None:
    from analysis.opening import catalogue
    from analysis.protocol.recipe import ModelChoice

    loaded = []

    def load() -> Iterator[object]:
        loaded.append((yield from catalogue.load(ModelChoice("lenet"))))

    deque(load(), maxlen=0)
    (network,) = loaded
    read: dict[tuple[int, float], int] = {}
    for digit, strokes in DIGITS.items():
        for share in (1.0, 0.5):
            sketch = SketchSource()
            frames = frames_of(sketch)
            sketch.start()
            for stroke in strokes:
                places = [(x * share, y * share) for x, y in stroke]
                sketch.press(*places[0])
                for place in places[1:]:
                    sketch.drag(*place)
                sketch.release()
            sketch.stop()
            answer = network.module(input_of(network, frames[-1].pixels))
            read[digit, share] = int(answer.argmax())
    # One in twenty may be taken for another: weights that are trained anew err elsewhere.
    assert sum(digit != answer for (digit, _), answer in read.items()) <= 1, read
