"""The Statistics tab: what a sweep says in the end stays to be read when its atlas is opened."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from analysis.protocol.events import Event, SweepEnded
from analysis.protocol.problems import Problem
from analysis.protocol.requests import JobRequest, SweepRequest
from gui.forms.sweep_form import SweepChoice
from gui.lane.opened_atlas import OpenedAtlas
from gui.tabs.statistics import StatisticsPanel
from tests.analysis.sweeps.swept import folder_of_bars, opened, sweep
from tests.gui.explaining import FakeEngine, House

WAITS = 100_000  # milliseconds at most
NAMED = "One of them is class-0/broken.png: “broken.png” is empty: save or download it again."


class Sweeping(FakeEngine):
    problem: str | None = None

    def job(self, request: JobRequest) -> Iterator[Event]:
        if not isinstance(request, SweepRequest):
            yield from super().job(request)
            return
        if self.problem is not None:
            raise Problem(self.problem)
        yield SweepEnded(request.id, request.folder, 12, 32, 2, (NAMED,))


class HouseOfAtlases(House):
    def __init__(self, qtbot: QtBot) -> None:
        super().__init__(qtbot)
        self.engine = Sweeping()
        self.atlas = OpenedAtlas(QSettings())


@pytest.fixture
def house(qtbot: QtBot) -> Iterator[HouseOfAtlases]:
    made = HouseOfAtlases(qtbot)
    yield made
    made.close()


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    network = opened()
    folder = tmp_path_factory.mktemp("swept")
    sweep(network, folder_of_bars(folder / "bars", 12), folder / "atlas")
    return folder / "atlas"


def panel_in(house: HouseOfAtlases, qtbot: QtBot) -> StatisticsPanel:
    house.begin()
    panel = StatisticsPanel(house)
    qtbot.addWidget(panel)
    return panel


def test_that_what_was_left_out_can_be_read_when_the_atlas_is_opened(
    house: HouseOfAtlases, swept: Path, qtbot: QtBot
) -> None:
    panel = panel_in(house, qtbot)
    panel.sweep.run(SweepChoice("bars", str(swept), ()))
    qtbot.waitUntil(lambda: house.atlas.atlas is not None and not panel.sweep.running, timeout=WAITS)
    assert panel.notice.sentence.startswith(f"12 pictures are in the atlas, 2 were left out. {NAMED}")
    assert panel.sweep.strip.isHidden()


def test_that_a_sweep_that_failed_says_so_and_can_go_on(house: HouseOfAtlases, swept: Path, qtbot: QtBot) -> None:
    panel = panel_in(house, qtbot)
    house.engine.problem = "The atlas could not be written: the disk is full; what was swept is kept."
    panel.sweep.run(SweepChoice("bars", str(swept), ()))
    qtbot.waitUntil(lambda: not panel.sweep.running, timeout=WAITS)
    assert panel.notice.sentence == house.engine.problem
    assert panel.sweep.told.text() == "The sweep did not go on"
    assert not panel.sweep.again_button.isHidden()
    house.engine.problem = None
    panel.sweep.go_on()
    qtbot.waitUntil(lambda: house.atlas.atlas is not None and not panel.sweep.running, timeout=WAITS)
    assert NAMED in panel.notice.sentence
