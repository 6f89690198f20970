"""The main job as a person does it: open a picture, walk to a layer, click a unit, export, and open the figure."""

import os
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from PIL import Image

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QMimeData, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from pytestqt.qtbot import QtBot

from analysis.protocol.recipe import ModelChoice, PictureChoice, Recipe, from_json
from analysis.results.looks import MapsLook
from gui.options import WindowOptions
from gui.sources.still import StillSource
from gui.window.bindings import Bindings
from gui.window.session import Session

LONG = 60_000  # milliseconds, most of them for importing torch


class House:
    """A window with its session, as `run_window` makes it."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.qtbot = qtbot
        settings = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
        options = WindowOptions(model=ModelChoice("lenet"), source="sample:digit-5", layer="conv1")
        self.session = Session(options, settings)
        self.bindings = Bindings(self.session)
        self.window = self.session.window
        qtbot.addWidget(self.window)
        self.window.show()
        with qtbot.waitSignal(self.session.first_answer, timeout=LONG):
            self.session.begin()

    def until(self, condition: object) -> None:
        self.qtbot.waitUntil(condition, timeout=LONG)

    def shown_layer(self) -> str | None:
        live = self.window.activations._shown
        return live.layer if live is not None else None

    def drop(self, path: Path) -> None:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        none = Qt.KeyboardModifier.NoModifier
        event = QDropEvent(QPointF(20, 20), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, none)
        self.window.dropEvent(event)


@pytest.fixture
def house(qtbot: QtBot, tmp_path: Path) -> Iterator[House]:
    made = House(qtbot, tmp_path)
    yield made
    made.window.close()


def click_unit(house: House, unit: int) -> None:
    """Clicks where the unit's tile is, as the mouse does."""
    mosaic = house.window.activations.mosaic
    tile = mosaic.place_of(unit)
    assert tile is not None
    house.qtbot.mouseClick(mosaic, Qt.MouseButton.LeftButton, pos=tile.center().toPoint())


def export(house: House, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers the question where the figure is to be written to."""
    monkeypatch.setattr("gui.export.figures.ask_path", lambda *_: path)
    house.window.actions_["export"].trigger()
    house.until(lambda: path.exists() and "Written" in house.window.statusBar().currentMessage())


def test_that_a_figure_brings_back_what_it_shows(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session, window, state = house.session, house.window, house.session.state
    picture = tmp_path / "seven.png"
    pixels = np.zeros((40, 40, 3), np.uint8)
    pixels[8:12, 8:32] = pixels[8:34, 24:29] = 255
    Image.fromarray(pixels).save(picture)

    house.drop(picture)
    house.until(lambda: session.loop.frame is not None and session.loop.frame.origin == str(picture))
    window.activateWindow()
    window.actions_["layer-next"].trigger()
    window.actions_["layer-next"].trigger()
    window.actions_["layer-next"].trigger()
    assert state.layer == "conv2"
    house.until(lambda: house.shown_layer() == "conv2")
    click_unit(house, 9)
    assert state.unit == 9
    house.until(lambda: window.unit.sight.unit is not None and window.unit.sight.unit.unit == 9)
    state.set_look(colours="viridis", gamma=0.5)

    figure = tmp_path / "unit nine.png"
    export(house, figure, monkeypatch)
    seen = window.unit.sight.unit.map

    state.set_layer("conv1")
    state.set_look(colours="grey", gamma=1.0)
    session.feed.open_origin("sample:digit-5")
    house.until(lambda: house.shown_layer() == "conv1" and session.loop.frame.origin == "sample:digit-5")

    house.drop(figure)
    house.until(lambda: state.layer == "conv2" and window.unit.sight.unit is not None)
    house.until(lambda: session.loop.frame.origin == str(picture))
    house.until(lambda: window.unit.sight.unit is not None and np.array_equal(window.unit.sight.unit.map, seen))
    assert (state.unit, state.look(MapsLook).colours, state.look(MapsLook).gamma) == (9, "viridis", 0.5)


def test_that_a_changed_picture_is_said_when_a_figure_is_opened(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = tmp_path / "p.png"
    Image.fromarray(np.full((30, 30, 3), 200, np.uint8)).save(picture)
    house.drop(picture)
    house.until(lambda: house.session.loop.frame.origin == str(picture))
    figure = tmp_path / "figure.svg"
    export(house, figure, monkeypatch)
    Image.fromarray(np.full((30, 30, 3), 90, np.uint8)).save(picture)
    house.drop(figure)
    house.until(lambda: "has changed since" in house.window.notice.sentence)


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n broken", b"\xff\xd8\xff\xe0 not a picture at all"])
def test_that_a_broken_picture_is_one_sentence_and_nothing_is_lost(
    house: House, tmp_path: Path, content: bytes
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(content)
    before = house.session.loop.frame
    house.drop(broken)
    house.until(lambda: bool(house.window.notice.sentence))
    assert "\n" not in house.window.notice.sentence
    assert house.session.loop.frame is before
    assert house.window.activations._shown is not None


def truncated_picture(folder: Path) -> Path:
    path = folder / "broken.jpg"
    Image.effect_noise((200, 200), 80).save(path)
    path.write_bytes(path.read_bytes()[:900])
    return path


def broken_video(folder: Path) -> Path:
    path = folder / "broken.mp4"
    path.write_bytes(b"\0\0\0\x18ftypmp42" + bytes(200))
    return path


def broken_animation(folder: Path) -> Path:
    """Its first frame cannot be decoded, and yet it is known to have two."""
    path = folder / "broken.webp"
    frames = [Image.effect_noise((200, 200), level).convert("RGB") for level in (40, 80)]
    frames[0].save(path, save_all=True, append_images=frames[1:], lossless=True)
    content = bytearray(path.read_bytes())
    at = content.index(b"VP8L") + 8
    content[at : at + 2000] = bytes(2000)
    path.write_bytes(content)
    return path


def empty_folder(folder: Path) -> Path:
    (folder / "broken").mkdir()
    return folder / "broken"


def folder_of_broken_pictures(folder: Path) -> Path:
    empty_folder(folder)
    for number in range(3):
        (folder / "broken" / f"{number}.png").write_bytes(b"nothing")
    return folder / "broken"


BROKEN = (truncated_picture, broken_video, broken_animation, empty_folder, folder_of_broken_pictures)


@pytest.mark.parametrize("shown", ["sample:digit-5", "sketch", "animation"])
def test_that_what_is_broken_leaves_the_source_with_all_it_has(house: House, tmp_path: Path, shown: str) -> None:
    feed, picture = house.session.feed, house.window.picture
    if shown == "animation":
        shown = str(tmp_path / "moving.gif")
        frames = [Image.new("RGB", (30, 30), (level, level, level)) for level in range(0, 200, 40)]
        frames[0].save(shown, save_all=True, append_images=frames[1:], duration=20)
    feed.open_origin(shown)
    house.until(lambda: feed.coming is None and house.session.recipe().picture.origin.startswith(shown))
    source, bar, recent = feed.source, picture._controls, house.session.recent("recent/pictures")
    assert bar is not None
    feed.mirrored = True
    for number, broken in enumerate(BROKEN):
        folder = tmp_path / str(number)
        folder.mkdir()
        house.drop(broken(folder))
        house.until(lambda: "broken" in house.window.notice.sentence and feed.coming is None)
        assert feed.source is source
        assert picture._controls is bar
        assert bar.isVisible()
        assert feed.mirrored
        assert house.session.recipe().picture.origin.startswith(shown)
    assert house.session.recent("recent/pictures") == recent
    if source is not None and source.moving:
        with house.qtbot.waitSignals([feed.frame] * 3, timeout=LONG):
            pass
        assert house.session.loop.frame.origin.startswith(shown)


def test_that_a_recipe_whose_picture_is_broken_leaves_the_picture_as_it_was(house: House, tmp_path: Path) -> None:
    feed, before = house.session.feed, house.session.loop.frame
    recipe = Recipe(ModelChoice("lenet"), PictureChoice(str(truncated_picture(tmp_path)), mirrored=True), layer="conv2")
    house.session.open_recipe(recipe)
    house.until(lambda: "broken" in house.window.notice.sentence)
    assert house.session.loop.frame is before
    assert not feed.mirrored
    assert not house.window.actions_["mirror"].isChecked()
    house.until(lambda: house.shown_layer() == "conv2")


def test_that_a_picture_that_takes_its_time_is_told_and_escape_gives_it_up(house: House) -> None:
    """Like a camera while the person is being asked for permission."""
    asked = Event()
    feed, before = house.session.feed, house.session.loop.frame

    def wait() -> np.ndarray:
        asked.wait(30)
        return np.zeros((8, 8, 3), np.uint8)

    feed.use(StillSource("slow", "slow.png", wait))
    status = house.window.statusBar()
    house.until(lambda: "Waiting for the first picture of slow.png" in status.currentMessage())
    house.bindings.stop_or_clear()
    assert "slow.png" not in status.currentMessage()
    asked.set()
    feed.open_origin("sample:digit-8")
    house.until(lambda: house.session.loop.frame is not before)
    assert house.session.loop.frame.origin == "sample:digit-8"


def test_that_what_is_no_error_is_said_calmly_and_what_was_closed_stays_closed(house: House, tmp_path: Path) -> None:
    session, notice = house.session, house.window.notice
    picture = tmp_path / "one.png"
    Image.new("RGB", (9, 9)).save(picture)
    house.drop(picture)
    house.until(lambda: session.loop.frame.origin == str(picture))
    house.window.actions_["next-picture"].trigger()
    house.until(lambda: notice.accessibleName().startswith("hint: There is no other picture"))
    house.until(lambda: session.feed.coming is None)
    session._show_live_notes("The answer is no number.")  # comes with every frame
    assert notice.sentence == "The answer is no number."
    house.bindings.stop_or_clear()
    session._show_live_notes("The answer is no number.")
    assert notice.sentence == ""
    session._show_live_notes("")
    session._show_live_notes("The answer is no number.")
    assert notice.sentence == "The answer is no number."
    session._show_live_notes("")
    assert notice.sentence == ""


def test_that_the_session_comes_back_after_closing(house: House, tmp_path: Path) -> None:
    house.session.state.set_layer("relu2")
    house.session.state.set_unit(3)
    house.window.close()
    kept = from_json(str(house.session.settings.value("session/recipe")))
    assert isinstance(kept, Recipe)
    assert (kept.model.name, kept.layer, kept.unit) == ("lenet", "relu2", 3)
    assert kept.picture is not None
    assert kept.picture.origin == "sample:digit-5"


def test_that_keys_reach_the_commands_and_text_fields_keep_theirs(house: House) -> None:
    qtbot, window, state = house.qtbot, house.window, house.session.state
    window.activateWindow()
    window.activations.mosaic.setFocus()
    qtbot.keyClick(window.activations.mosaic, Qt.Key.Key_O)
    assert state.layer == "pool1"
    qtbot.keyClick(window.activations.mosaic, Qt.Key.Key_U)
    assert state.layer == "conv1"
    house.until(lambda: house.shown_layer() == "conv1")
    qtbot.keyClick(window.activations.mosaic, Qt.Key.Key_Right)
    qtbot.keyClick(window.activations.mosaic, Qt.Key.Key_Right)
    assert state.unit == 1
    qtbot.keyClick(window.activations.mosaic, Qt.Key.Key_Escape)
    assert state.unit is None
    qtbot.keyClick(window.activations.mosaic, Qt.Key.Key_T)
    assert state.look(MapsLook).gamma == 0.7


def test_that_no_command_is_dead(house: House) -> None:
    groups = len(house.window.tabs.groups)
    assert set(house.window.actions_.missing()) == {f"group-{number}" for number in range(groups + 1, 8)}


def test_that_the_picture_of_a_unit_can_be_copied_as_a_figure(house: House) -> None:
    house.session.state.set_unit(2)
    QGuiApplication.clipboard().clear()
    house.bindings.exporting.copy_figure()
    house.until(lambda: not QGuiApplication.clipboard().image().isNull())
    assert QGuiApplication.clipboard().image().width() > 400


@pytest.mark.qt_log_ignore("No RHI backend", "qt.multimedia")
@pytest.mark.parametrize("suffix", [".webp", ".mp4"])
def test_that_a_recording_that_runs_when_the_window_closes_is_written_whole(
    house: House, tmp_path: Path, suffix: str
) -> None:
    from gui.window.live_recording import film_possible

    if suffix == ".mp4" and not film_possible():
        pytest.skip("this system's QtMultimedia cannot code MP4")
    recording, path = house.bindings.recording, tmp_path / f"live{suffix}"
    recording.start(path)
    assert house.window.actions_["record"].isChecked()
    with house.qtbot.waitSignal(recording.recorder.took, timeout=LONG):
        house.session.state.set_layer("conv2")
    size = house.window.tabs.size()
    there: list[bool] = []
    house.session.closed.connect(lambda: there.append(path.exists()))
    house.window.close()
    assert there == [True]  # the program ends at this signal
    if suffix == ".webp":
        with Image.open(path) as animation:
            assert animation.n_frames >= 1
            assert abs(animation.width / animation.height - size.width() / size.height()) < 0.02
    else:
        assert path.stat().st_size > 1000
        assert path.read_bytes().rfind(b"moov") > 0  # what a player needs is written last
    assert [file.name for file in tmp_path.iterdir() if "part" in file.name] == []
