"""Get more networks: what is asked, what is told of sizes and of the disk, and how it comes."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from PySide6.QtCore import QSettings, Qt
from pytestqt.qtbot import QtBot

from analysis.protocol.events import Catalogue, CatalogueEntry, Event, Fetched, JobProgress
from analysis.protocol.requests import CatalogueRequest, FetchRequest, JobRequest
from gui.docks import get_networks
from gui.docks.get_networks import GetNetworks
from gui.window.session import Session
from tests.gui.beginning import begun
from tests.gui.explaining import FakeEngine


class Engine(FakeEngine):
    here: ClassVar[set[str]] = set()

    def job(self, request: JobRequest) -> Iterator[Event]:
        if isinstance(request, CatalogueRequest):
            sizes = {"vgg16": 528.0, "resnet18": 45.0, "alexnet": 233.0}
            listed = [entry(name, 0.0 if name in self.here else size) for name, size in sizes.items()]
            shipped = CatalogueEntry("lenet", "LeNet", "built in", 1000, "shipped", None)
            yield Catalogue(request.id, (shipped, *listed), "/nowhere/checkpoints")
        elif isinstance(request, FetchRequest):
            for step in range(3):
                yield JobProgress(request.id, "Downloading networks", step, 3, "")
            self.here.update(request.names)
            yield Fetched(request.id, request.names)
        else:
            yield from super().job(request)


def entry(name: str, megabytes: float) -> CatalogueEntry:
    return CatalogueEntry(name, name, "torchvision", 11_700_000, "ImageNet", megabytes)


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path) -> Iterator[Session]:
    Engine.here = {"alexnet"}
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    with begun(qtbot, settings, Engine) as session:
        yield session


@pytest.fixture
def dialog(session: Session) -> GetNetworks:
    session.window.actions_["get-networks"].trigger()
    return session.window.findChildren(GetNetworks)[0]


def names(dialog: GetNetworks) -> list[str]:
    return [dialog.list.topLevelItem(row).text(0) for row in range(dialog.list.topLevelItemCount())]


def test_that_what_is_downloaded_stands_on_top_and_cannot_be_ticked(dialog: GetNetworks) -> None:
    assert names(dialog)[0] == "alexnet"
    assert set(names(dialog)) == {"alexnet", "vgg16", "resnet18"}
    dialog.tick("alexnet")
    assert dialog.chosen() == ()
    assert not dialog.button.isEnabled()


def test_that_sizes_and_the_free_disk_are_told(dialog: GetNetworks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_networks, "free_in", lambda _folder: 900e6)
    dialog.tick("resnet18")
    assert dialog.told.text().startswith("1 network, 45 MB. 0.9 GB are free")
    assert dialog.button.text() == "Download 45 MB"
    dialog.tick("vgg16")
    assert dialog.chosen() == ("resnet18", "vgg16")
    monkeypatch.setattr(get_networks, "free_in", lambda _folder: 600e6)
    dialog.show_running(())
    assert "too much" in dialog.told.text()
    assert not dialog.button.isEnabled()


def test_that_several_come_together_and_are_on_top_then(session: Session, dialog: GetNetworks, qtbot: QtBot) -> None:
    dialog.tick("resnet18", "vgg16")
    with qtbot.waitSignal(session.networks.listed):
        qtbot.mouseClick(dialog.button, Qt.MouseButton.LeftButton)
    assert "resnet18, vgg16: downloaded" in session.window.notice.sentence
    qtbot.waitUntil(lambda: dialog.chosen() == ())
    assert [dialog.list.topLevelItem(row).text(2) for row in range(3)] == ["downloaded"] * 3


def test_that_free_room_is_asked_of_the_disk_that_a_folder_will_be_on(tmp_path: Path) -> None:
    here = get_networks.free_in(str(tmp_path))
    assert here is not None
    assert get_networks.free_in(str(tmp_path / "not" / "there" / "yet")) == pytest.approx(here, rel=0.01)
    assert get_networks.free_in("") is None
