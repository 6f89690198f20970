"""What the status bar says of the stream."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from analysis.protocol.events import Live, Mosaic
from analysis.protocol.requests import LiveRequest
from gui.lane.live_loop import duration_in_words, source_in_words
from tests.gui.explaining import House, frame


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        ("camera", "camera"),
        ("noise:3:grain", "noise"),
        ("scene:7:1,2:3,4", "scene"),
        ("/home/a/film.mp4#t=3.700", "video"),
        ("C:\\pictures\\cat.gif#frame=3", "animation"),
        ("/home/a/cat.gif", "animation"),
    ],
)
def test_that_a_stream_is_told_by_its_kind_and_not_by_its_path(origin: str, words: str) -> None:
    assert source_in_words(origin) == words


@pytest.mark.parametrize(
    ("milliseconds", "words"), [(0.0, "0.1 ms"), (0.42, "0.4 ms"), (38.4, "38 ms"), (999.4, "999 ms"), (2130, "2.1 s")]
)
def test_that_no_duration_is_nothing(milliseconds: float, words: str) -> None:
    assert duration_in_words(milliseconds) == words


def test_that_the_status_of_a_still_picture_tells_its_computation(qtbot: QtBot) -> None:
    house = House(qtbot)
    said: list[str] = []
    house.loop.status.connect(said.append)
    house.begin()
    house.loop.ask()  # drawn again from what is kept
    qtbot.waitUntil(lambda: len(house.shown) == 2)
    assert said[-1] == "28×28 picture · computed in 1.0 ms · cpu"
    house.close()


def test_that_of_a_stream_what_is_seen_is_what_was_answered(qtbot: QtBot) -> None:
    house = House(qtbot)
    house.begin()
    house.show(2, moving=True)
    numbers = []
    for newest in (frame(3, moving=True), frame(4)):  # its answer is on its way; a picture that stays is seen at once
        house.loop.take(newest)
        assert house.loop.seen is not None
        numbers.append(house.loop.seen.number)
    assert numbers == [2, 4]
    house.close()


def live_requests_of(house: House) -> list[LiveRequest]:
    """All that are asked from now on."""
    asked: list[LiveRequest] = []
    answered = house.engine.live

    def note(request: LiveRequest) -> Live:
        asked.append(request)
        return answered(request)

    house.engine.live = note  # type: ignore[method-assign]
    return asked


def test_that_units_keep_their_places_while_the_mouse_is_over_them(qtbot: QtBot) -> None:
    """Also those that this picture leaves dark; whatever the person asks for comes at once."""
    house = House(qtbot)
    asked = live_requests_of(house)
    house.begin()
    house.state.set_look(only_active=True)
    qtbot.waitUntil(lambda: len(asked) == 2 and len(house.shown) == 2)
    order = np.array([4, 2, 7])
    levels = np.zeros((4, 12), np.uint8)
    high = np.ones(3, np.float32)
    house.mosaic.resize(300, 100)
    house.mosaic.show_mosaic(Mosaic(levels, 4, 4, 3, order, -high, high, True, False), np.zeros((256, 3), np.uint8))
    house.show(2, moving=True)
    assert asked[-1].held is None
    house.mosaic.show()
    QTest.mouseMove(house.mosaic, QPoint(20, 20))
    qtbot.waitUntil(lambda: house.mosaic.pointed_at is not None)
    house.show(3, moving=True)
    assert asked[-1].held == (4, 2, 7)
    house.state.set_look(order="activation")
    qtbot.waitUntil(lambda: asked[-1].look.order == "activation")
    assert asked[-1].held is None
    house.show(4, moving=True)
    house.show(5, moving=True)
    assert asked[-1].held == (4, 2, 7)
    before = len(asked)
    house.mosaic.leaveEvent(None)
    qtbot.waitUntil(lambda: len(asked) > before)
    assert asked[-1].held is None
    house.close()


def test_that_pictures_are_asked_fast_only_while_that_is_chosen(qtbot: QtBot) -> None:
    house = House(qtbot)
    asked = live_requests_of(house)
    house.begin()
    for number, chosen in enumerate((True, False), 2):
        house.loop.be_fast(chosen)
        house.show(number, moving=True)
        assert asked[-1].fast is chosen
    assert not asked[0].fast
    house.close()
