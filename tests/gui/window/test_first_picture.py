"""The picture that a network begins with, at the start and when it is chosen; one of the person's own stays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from analysis.protocol.events import Catalogue, Event
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.recipe import ModelChoice, PictureChoice, Recipe, to_json
from analysis.protocol.requests import CatalogueRequest, JobRequest, LoadRequest
from gui.options import WindowOptions
from gui.sources.sketch import SketchSource
from gui.tabs.method_tab import MethodTab
from gui.window.bindings import Bindings
from gui.window.session import FIRST, Session
from tests.gui import networks
from tests.gui.explaining import FakeEngine

GREY = Preprocessing(28, 28, 28, channels=1, mean=(0.0,), std=(1.0,))
PLANES = Preprocessing(64, 64, 64, channels=2, mean=(0.0,) * 2, std=(1.0,) * 2)
SEEN = {"lenet": GREY, "/of/mine/net.py:make": GREY, "dynamics": PLANES}


class Engine(FakeEngine):
    """Whose networks see what those of their names do."""

    def job(self, request: JobRequest) -> Iterator[Event]:
        if isinstance(request, CatalogueRequest):
            yield Catalogue(request.id, ())
        elif isinstance(request, LoadRequest):
            name = request.choice.name
            network = networks.loaded(name=name, epoch=request.epoch)
            yield replace(network, preprocessing=SEEN.get(name, Preprocessing()))
        else:
            yield from super().job(request)


@contextmanager
def started(qtbot: QtBot, folder: Path, options: WindowOptions, last: Recipe | None = None) -> Iterator[Session]:
    settings = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
    if last is not None:
        settings.setValue("session/recipe", to_json(last))
    session = Session(options, settings, Engine)
    session.bindings = Bindings(session)  # type: ignore[attr-defined]  # kept alive with the session
    qtbot.addWidget(session.window)
    with qtbot.waitSignal(session.networks.listed):
        session.begin()
    yield session
    session.window.close()


def seen(session: Session) -> str:
    return session.loop.frame.origin if session.loop.frame is not None else ""


def until_seen(session: Session, qtbot: QtBot, origin: str) -> None:
    qtbot.waitUntil(lambda: seen(session) == origin and session.feed.coming is None)


def loaded(session: Session, qtbot: QtBot, name: str) -> None:
    with qtbot.waitSignal(session.state.network_changed):
        session.open_network(ModelChoice(name))


def test_that_a_first_start_shows_a_cat_to_a_network_that_knows_cats(qtbot: QtBot, tmp_path: Path) -> None:
    with started(qtbot, tmp_path, WindowOptions()) as session:
        until_seen(session, qtbot, "sample:chelsea")
        assert session.state.network is not None
        assert session.state.network.choice == ModelChoice("efficientnet_lite0")


@pytest.mark.parametrize("last", [None, FIRST, Recipe(ModelChoice("lenet"), PictureChoice("sample:digit-8"))])
@pytest.mark.parametrize(
    ("name", "picture"),
    [
        ("lenet", "sample:digit-"),
        ("dynamics", "scene:"),
        ("resnet-cifar", "sample:cat"),
        ("vgg16", "sample:chelsea"),
        ("/of/mine/net.py:make", "sample:digit-"),
    ],
)
def test_that_a_network_named_on_the_command_line_begins_with_a_picture_that_it_knows(
    qtbot: QtBot, tmp_path: Path, name: str, picture: str, last: Recipe | None
) -> None:
    with started(qtbot, tmp_path, WindowOptions(model=ModelChoice(name)), last) as session:
        qtbot.waitUntil(lambda: seen(session).startswith(picture))


def test_that_a_picture_that_was_asked_for_beside_the_network_is_shown(qtbot: QtBot, tmp_path: Path) -> None:
    asked = WindowOptions(model=ModelChoice("dynamics"), source="sample:chelsea")
    with started(qtbot, tmp_path, asked) as session:
        until_seen(session, qtbot, "sample:chelsea")


def test_that_choosing_another_network_brings_its_picture_and_ones_own_stays(qtbot: QtBot, tmp_path: Path) -> None:
    Image.new("RGB", (30, 20), "red").save(tmp_path / "mine.png")
    with started(qtbot, tmp_path, WindowOptions()) as session:
        loaded(session, qtbot, "lenet")
        until_seen(session, qtbot, "sample:digit-5")
        session.feed.open_origin("sample:digit-8")
        until_seen(session, qtbot, "sample:digit-8")
        loaded(session, qtbot, "vgg16")
        until_seen(session, qtbot, "sample:chelsea")
        session.feed.open_origin("sample:coffee")
        until_seen(session, qtbot, "sample:coffee")
        loaded(session, qtbot, "resnet18")
        loaded(session, qtbot, "alexnet")
        until_seen(session, qtbot, "sample:coffee")  # networks are compared on one picture
        session.open_path(str(tmp_path / "mine.png"))
        until_seen(session, qtbot, str(tmp_path / "mine.png"))
        for name in ("lenet", "resnet-cifar", "vgg16"):
            loaded(session, qtbot, name)
            assert session.feed.coming is None
            assert seen(session) == str(tmp_path / "mine.png")


def test_that_lenet_offers_the_sketch_pad_with_its_first_digit(qtbot: QtBot, tmp_path: Path) -> None:
    with started(qtbot, tmp_path, WindowOptions()) as session:
        assert "sketch pad" not in session.window.notice.sentence
        loaded(session, qtbot, "lenet")
        assert "sketch pad" in session.window.notice.sentence
        buttons = session.window.notice.findChildren(QPushButton)
        next(button for button in buttons if button.text() == "Draw a digit").click()
        qtbot.waitUntil(lambda: isinstance(session.feed.source, SketchSource))
        loaded(session, qtbot, "lenet")
        assert "sketch pad" not in session.window.notice.sentence
        assert isinstance(session.feed.source, SketchSource)


def test_that_the_sample_pictures_begin_with_one_that_the_network_knows(qtbot: QtBot, tmp_path: Path) -> None:
    with started(qtbot, tmp_path, WindowOptions(model=ModelChoice("lenet"), source="noise")) as session:
        session.bindings.use_source("samples")  # type: ignore[attr-defined]
        until_seen(session, qtbot, "sample:digit-5")
        session.feed.step(1)
        until_seen(session, qtbot, "sample:digit-8")


def test_that_weights_that_were_uninstalled_do_not_begin_the_next_start(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from analysis.opening import begins_with

    monkeypatch.setattr(begins_with, "is_here", lambda builtin: builtin.name != "resnet-cifar")
    last = Recipe(ModelChoice("resnet-cifar"), PictureChoice("sample:ship"))
    with started(qtbot, tmp_path, WindowOptions(), last) as session:
        until_seen(session, qtbot, "sample:chelsea")


def test_that_a_tab_of_what_takes_long_comes_back_and_is_not_run_unasked(qtbot: QtBot, tmp_path: Path) -> None:
    with started(qtbot, tmp_path, WindowOptions(model=ModelChoice("lenet"))) as session:
        until_seen(session, qtbot, "sample:digit-5")
        panel = session.tabs["occlusion"].panel
        session.window.tabs.setCurrentWidget(session.tabs["occlusion"])
        assert isinstance(panel, MethodTab)
        panel.methods.choose("occlusion-loss")
    with started(qtbot, tmp_path, WindowOptions()) as again:
        qtbot.waitUntil(lambda: again.window.tabs.currentWidget() is again.tabs["occlusion"])
        panel = again.tabs["occlusion"].panel
        assert isinstance(panel, MethodTab)
        assert panel.technique is not None
        assert panel.technique.name == "occlusion-loss"
        assert panel.shown() is None
    with started(qtbot, tmp_path, WindowOptions(model=ModelChoice("lenet"))) as other:
        until_seen(other, qtbot, "sample:digit-5")
        assert other.window.tabs.currentWidget() is other.window.activations


def test_that_noise_that_moved_moves_again(qtbot: QtBot, tmp_path: Path) -> None:
    with started(qtbot, tmp_path, WindowOptions(source="noise")) as session:
        qtbot.waitUntil(lambda: seen(session).startswith("noise"))
        assert session.feed.source is not None
        session.feed.source.move_on()
        qtbot.waitUntil(lambda: session.feed.source is not None and session.loop.frame.moving)
    with started(qtbot, tmp_path, WindowOptions()) as again:
        qtbot.waitUntil(lambda: seen(again).startswith("noise") and again.loop.frame.moving)
