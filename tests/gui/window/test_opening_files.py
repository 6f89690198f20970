"""Files that come by dropping, pasting and the Open dialog, one or several: what is opened, and what is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, QRect, QSettings, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from analysis.protocol.recipe import ModelChoice, PictureChoice, Recipe, to_json
from gui.docks.open_network import OpenNetwork
from gui.sources.bars.folder import FolderBar
from gui.sources.region import RegionPicker
from gui.sources.samples import SampleSource
from gui.sources.screen import ScreenSource
from gui.sources.sketch import SketchSource
from gui.sources.still import StillSource
from gui.sources.walk import PictureWalk
from gui.window.session import Session
from tests.gui.beginning import begun
from tests.gui.explaining import FakeEngine


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path) -> Iterator[Session]:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    with begun(qtbot, settings, FakeEngine) as session:
        yield session


@pytest.fixture
def copy() -> Iterator[Callable[[QMimeData], None]]:
    """Puts data on the clipboard, and takes it off again: left there, it is destroyed after Python and crashes."""
    clipboard = QGuiApplication.clipboard()
    yield clipboard.setMimeData
    clipboard.clear()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Two folders with pictures, and one file of every other kind."""
    folder = tmp_path / "files"
    for name in ("10.png", "9.png", "1.png", "more/a.png", "more/b.png", "empty/"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/"):
            (folder / name).mkdir()
        else:
            Image.new("RGB", (6, 4), (1, 2, 3)).save(folder / name)
    (folder / "2.jpg").write_text("broken")
    (folder / "film.mp4").write_text("no film")
    (folder / "film2.mp4").write_text("no film")
    (folder / "net.pt").write_text("no network")
    (folder / "net.py").write_text("def make():\n    pass\n")
    (folder / "recipe.json").write_text(to_json(Recipe(ModelChoice("lenet"), PictureChoice("sample:digit-2"))))
    return folder


def urls(folder: Path, names: str) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(folder / name)) for name in names.split()])
    return mime


def drop(session: Session, mime: QMimeData) -> None:
    action, button, key = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    session.window.dropEvent(QDropEvent(QPointF(5, 5), action, mime, button, key))


def shown(session: Session) -> str:
    frame = session.loop.frame
    return Path(frame.origin).name if frame is not None else ""


def told(session: Session) -> str:
    bars = session.window.findChildren(FolderBar)  # that of the source before goes a little later
    return bars[-1].number.text() if bars else ""


def test_that_pictures_dropped_together_are_walked_in_the_order_of_a_folder(
    session: Session, files: Path, qtbot: QtBot
) -> None:
    drop(session, urls(files, "10.png 2.jpg 1.png 9.png 1.png"))
    qtbot.waitUntil(lambda: shown(session) == "1.png")
    assert told(session) == "1 of 4"
    assert session.window.notice.sentence == ""
    session.feed.step(1)
    qtbot.waitUntil(lambda: shown(session) == "9.png")
    assert session.window.notice.sentence.startswith("Skipped: “2.jpg”")
    assert told(session) == "3 of 4"
    session.feed.step(1)
    qtbot.waitUntil(lambda: shown(session) == "10.png")
    session.feed.step(1)
    qtbot.waitUntil(lambda: shown(session) == "1.png")
    picture = session.recipe().picture
    assert picture is not None
    assert picture.origin == str(files / "1.png")


def test_that_folders_dropped_with_pictures_give_theirs(session: Session, files: Path, qtbot: QtBot) -> None:
    drop(session, urls(files, "more empty 9.png"))
    qtbot.waitUntil(lambda: told(session) == "1 of 3")
    for name in ("9.png", "a.png", "b.png"):
        qtbot.waitUntil(lambda name=name: shown(session) == name)
        session.feed.step(1)
    assert session.window.notice.sentence == ""


def test_that_folders_without_a_picture_are_said_once(session: Session, files: Path, qtbot: QtBot) -> None:
    (files / "bare").mkdir()
    drop(session, urls(files, "empty bare"))
    qtbot.waitUntil(lambda: "There is no picture in" in session.window.notice.sentence)


def test_that_files_of_which_none_is_a_picture_are_said_once(session: Session, files: Path, qtbot: QtBot) -> None:
    (files / "b.jpg").write_text("broken")
    before = session.feed.source
    drop(session, urls(files, "2.jpg b.jpg"))
    qtbot.waitUntil(lambda: "2 pictures in a row could not be read" in session.window.notice.sentence)
    assert session.feed.source is before


def test_that_a_walk_is_recent_by_its_first_picture(session: Session, files: Path, qtbot: QtBot) -> None:
    drop(session, urls(files, "2.jpg 9.png 10.png"))
    qtbot.waitUntil(lambda: shown(session) == "9.png")
    assert session.recent("recent/pictures") == [str(files / "9.png")]


@pytest.mark.parametrize(
    ("names", "opened", "said"),
    [
        ("film.mp4 1.png", "1.png", "Opened “1.png”; “film.mp4” was left out, because videos"),
        ("film.mp4 1.png film2.mp4 recipe.json", "1.png", "Opened “1.png”; 3 other files were left out, because"),
        ("1.png film.mp4 9.png", "1.png", "Opened 2 pictures; “film.mp4” was left out, because"),
        ("more film.mp4", "a.png", "Opened “more”; “film.mp4” was left out, because"),
        ("more film.mp4 1.png", "1.png", "Opened the pictures; “film.mp4” was left out, because"),
        ("recipe.json film.mp4", "sample:digit-2", "Opened “recipe.json”; “film.mp4” was left out, because"),
        ("recipe.json net.pt", "sample:digit-2", "Opened “recipe.json”; “net.pt” was left out, because"),
    ],
)
def test_that_what_is_left_out_is_said(
    session: Session, files: Path, qtbot: QtBot, names: str, opened: str, said: str
) -> None:
    session.note("What was said before.")
    drop(session, urls(files, names))
    qtbot.waitUntil(lambda: shown(session) == opened)
    assert session.window.notice.sentence.startswith(said)


def test_that_what_is_wrong_with_the_one_that_is_opened_is_said_before_what_was_left_out(
    session: Session, files: Path
) -> None:
    drop(session, urls(files, "gone.mp4 film.mp4"))
    assert "“gone.mp4” does not exist" in session.window.notice.sentence


def test_that_a_network_is_opened_beside_a_picture(session: Session, files: Path, qtbot: QtBot) -> None:
    drop(session, urls(files, "net.pt 9.png"))
    qtbot.waitUntil(lambda: shown(session) == "9.png")
    dialog = session.window.findChild(OpenNetwork)
    assert dialog.path.text() == str(files / "net.pt")
    assert session.window.notice.sentence == ""


def test_that_a_python_file_comes_with_its_weights(session: Session, files: Path) -> None:
    drop(session, urls(files, "net.pt net.py"))
    dialog = session.window.findChild(OpenNetwork)
    assert (dialog.path.text(), dialog.weights.text()) == (str(files / "net.py"), str(files / "net.pt"))
    assert session.window.notice.sentence == ""


def test_that_of_several_networks_one_is_opened(session: Session, files: Path) -> None:
    (files / "net2.pt").write_text("no network")
    drop(session, urls(files, "net2.pt net.pt"))
    (dialog,) = session.window.findChildren(OpenNetwork)
    assert dialog.path.text() == str(files / "net2.pt")
    assert session.window.notice.sentence == (
        "Opened “net2.pt”; “net.pt” was left out, because only one network can be open."
    )


def test_that_files_and_paths_are_pasted_as_they_are_dropped(
    session: Session, files: Path, copy: Callable[[QMimeData], None], qtbot: QtBot
) -> None:
    (files / "a b.png").write_bytes((files / "1.png").read_bytes())
    first, second = str(files / "a b.png"), str(files / "9.png")
    one_url, one_text, quoted, several_urls, several_lines, recipe = (QMimeData() for _ in range(6))
    one_url.setUrls([QUrl.fromLocalFile(first)])
    one_text.setText(f"  {second}\n")
    quoted.setText(f'"{QUrl.fromLocalFile(first).toString()}"')
    several_urls.setUrls([QUrl.fromLocalFile(path) for path in (first, second)])
    several_lines.setText(f"{first}\n{second}\n")
    recipe.setUrls([QUrl.fromLocalFile(str(files / "recipe.json"))])
    for mime, name, source in (
        (one_url, "a b.png", StillSource),
        (one_text, "9.png", StillSource),
        (quoted, "a b.png", StillSource),
        (several_urls, "9.png", PictureWalk),
        (recipe, "sample:digit-2", SampleSource),
        (several_lines, "9.png", PictureWalk),
    ):
        copy(mime)
        session.paste()
        qtbot.waitUntil(lambda name=name: shown(session) == name)
        assert isinstance(session.feed.source, source)


def test_that_a_copied_picture_is_pasted(session: Session, copy: Callable[[QMimeData], None], qtbot: QtBot) -> None:
    image = QImage(9, 5, QImage.Format.Format_RGB32)
    image.fill(QColor(50, 60, 70))
    mime = QMimeData()
    mime.setImageData(image)
    copy(mime)
    session.paste()
    qtbot.waitUntil(lambda: shown(session) == "clipboard")
    assert session.loop.frame is not None
    assert session.loop.frame.pixels[0, 0].tolist() == [50, 60, 70]


@pytest.mark.parametrize(
    "text", ["", "some words", "https://example.org/a.png", "x" * 10_000, "/\n/no/such/place\n", "a\0b"]
)
def test_that_a_clipboard_without_a_picture_is_said(
    session: Session, text: str, copy: Callable[[QMimeData], None]
) -> None:
    mime = QMimeData()
    mime.setText(text)
    copy(mime)
    session.paste()
    assert "no picture on the clipboard" in session.window.notice.sentence


def test_that_the_open_dialog_opens_several(
    session: Session, files: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.window.notice.clear()
    chosen: list[str] = []
    monkeypatch.setattr("gui.window.bindings.ask_what_to_open", lambda *_: chosen)
    session.window.actions_["open"].trigger()  # given up: nothing is opened, nothing is said
    assert session.window.notice.sentence == ""
    chosen.extend(str(files / name) for name in ("10.png", "9.png"))
    session.window.actions_["open"].trigger()
    qtbot.waitUntil(lambda: shown(session) == "9.png")
    assert told(session) == "1 of 2"


def test_that_a_row_of_broken_pictures_is_forgotten_with_the_next_sound_one(
    session: Session, files: Path, qtbot: QtBot
) -> None:
    drop(session, urls(files, "1.png 9.png"))
    qtbot.waitUntil(lambda: shown(session) == "1.png")
    good = {name: (files / name).read_bytes() for name in ("1.png", "9.png")}
    for name in good:
        (files / name).write_text("broken")
    session.feed.step(-1)
    session.feed.step(-1)
    qtbot.waitUntil(lambda: "2 pictures in a row could not be read" in session.window.notice.sentence)
    for name, content in good.items():
        (files / name).write_bytes(content)
    session.feed.step(1)
    qtbot.waitUntil(lambda: session.window.notice.sentence == "")


def test_that_what_was_wrong_with_a_picture_goes_with_a_sample_of_the_palette(
    session: Session, files: Path, qtbot: QtBot
) -> None:
    from gui.window.bindings import found_pictures

    session.open_path(str(files / "2.jpg"))
    qtbot.waitUntil(lambda: "“2.jpg”" in session.window.notice.sentence)
    next(iter(found_pictures(session))).activate()
    assert session.window.notice.sentence == ""


def test_that_the_part_of_the_screen_is_asked_for_before_anything_is_watched(session: Session) -> None:
    session.window.show()
    opened: list[str] = []
    session.feed.opening.connect(opened.append)
    session.window.actions_["source-screen"].trigger()
    (picker,) = session.window.findChildren(RegionPicker)
    assert opened == []
    QTest.mousePress(picker, Qt.MouseButton.LeftButton, pos=QPoint(150, 200))
    QTest.mouseMove(picker, QPoint(51, 61))
    QTest.mouseRelease(picker, Qt.MouseButton.LeftButton, pos=QPoint(51, 61))
    assert opened == ["screen"]
    source = session.feed.coming or session.feed.source or session.feed.given_up
    assert isinstance(source, ScreenSource)
    assert source.region == QRect(51, 61, 99, 139)
    session.feed.use_screen(QGuiApplication.primaryScreen(), QRect(0, 0, 40, 30))
    again = session.feed.coming or session.feed.source or session.feed.given_up
    assert isinstance(again, ScreenSource)
    assert again.region == QRect(0, 0, 40, 30)


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ("1.png", ["“1.png” is shown to the network"]),
        ("1.png 9.png", ["2 files, one after another"]),
        ("more", ["The pictures of “more”, one after another"]),
        ("net.pt", ["“net.pt” becomes the network"]),
        ("net.pt 1.png", ["“net.pt” becomes the network", "“1.png” is shown to the network"]),
        ("recipe.json", ["What “recipe.json” shows comes back"]),
    ],
)
def test_that_what_is_dragged_over_the_window_shows_where_it_goes(
    session: Session, files: Path, names: str, told: list[str]
) -> None:
    window, mime = session.window, urls(files, names)
    window.show()
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dragEnterEvent(QDragEnterEvent(QPoint(50, 50), copy, mime, left, none))
    assert window.drop_place is not None
    assert window.drop_place.told == told
    assert not window.drop_place.grab().isNull()
    window.dragLeaveEvent(QDragLeaveEvent())
    assert window.drop_place.told == []


def test_that_an_empty_sketch_pad_is_calm(session: Session, qtbot: QtBot) -> None:
    window = session.window
    window.show()
    session.open_source("sketch")
    qtbot.waitUntil(lambda: session.loop.live is not None and session.loop.live.frame.origin == "sketch")
    assert not window.predictions.bars.rows
    assert window.activations.mosaic.pointed_at is None
    pad = session.feed.source
    assert isinstance(pad, SketchSource)
    pad.press(0.5, 0.2)
    pad.drag(0.5, 0.8)
    pad.release()
    qtbot.waitUntil(lambda: bool(window.predictions.bars.rows))
    pad.clear()
    qtbot.waitUntil(lambda: not window.predictions.bars.rows)


def test_that_noise_that_moves_is_found_by_its_name_and_stands_still_again(session: Session, qtbot: QtBot) -> None:
    from gui.commands.palette import Search
    from gui.commands.palette_entries import command_entries

    actions = session.window.actions_
    for query in ("moving", "Moving noise"):
        assert "Moving noise" in [one.text for one in Search(command_entries(actions)).find(query)]
    actions["noise-moving"].trigger()
    qtbot.waitUntil(lambda: session.loop.frame is not None and session.loop.frame.moving)
    assert actions["noise-moving"].isChecked()
    actions["noise-moving"].trigger()
    assert session.feed.source is not None
    assert not session.feed.source.moving
    assert not actions["noise-moving"].isChecked()


def test_that_a_film_is_paused_by_one_key_and_a_picture_held_by_another(
    session: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    actions = session.window.actions_
    assert not actions["video-play"].isEnabled()
    frames = [Image.new("RGB", (6, 4), (level, 0, 0)) for level in (0, 90, 200)]
    film = tmp_path / "film.gif"
    frames[0].save(film, save_all=True, append_images=frames[1:], duration=20, loop=0)
    session.open_path(str(film))
    qtbot.waitUntil(lambda: shown(session) == "film.gif" or actions["video-play"].isEnabled())
    actions["video-play"].trigger()
    qtbot.waitUntil(lambda: "film paused" in session.window.picture.view.tag)
    assert not session.feed.frozen
    actions["video-play"].trigger()
    qtbot.waitUntil(lambda: session.window.picture.view.tag == "")
    actions["freeze"].trigger()
    assert session.window.picture.view.tag.startswith("frozen")
    assert session.feed.source is not None
    assert session.feed.source.moving  # behind what is held
