"""A network of the person's own: asked about once, seen as they said, and so again after a restart."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QLabel, QMenu
from pytestqt.qtbot import QtBot

from analysis.protocol.recipe import ModelChoice
from gui.docks.open_network import OpenNetwork
from gui.docks.trust_question import TrustQuestion
from gui.options import WindowOptions
from gui.window.bindings import Bindings
from gui.window.session import Session

LONG = 60_000  # milliseconds, most of them for importing torch

SOURCE = """
from torch import nn

def make():
    return nn.Sequential(
        nn.Conv2d(1, 6, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 4), nn.Softmax(dim=1)
    )
"""


class Desk:
    """A window that can be closed and opened again with the same settings."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.qtbot, self.folder = qtbot, folder
        self._closed: list[object] = []  # kept, or the garbage collector would take windows apart in the midst of it
        self.open()

    def open(self) -> None:
        settings = QSettings(str(self.folder / "settings.ini"), QSettings.Format.IniFormat)
        self.session = Session(WindowOptions(source="sample:digit-5"), settings)
        self.bindings = Bindings(self.session)
        self.window = self.session.window
        self.qtbot.addWidget(self.window)
        self.window.show()
        with self.qtbot.waitSignal(self.session.first_answer, timeout=LONG):
            self.session.begin()

    def restart(self) -> None:
        self.window.close()
        self._closed += [self.session, self.bindings]
        self.open()

    def until(self, condition: object) -> None:
        self.qtbot.waitUntil(condition, timeout=LONG)

    def dialog(self) -> OpenNetwork:
        found: OpenNetwork = self.window.network.findChildren(OpenNetwork)[-1]
        self.until(found.open_button.isEnabled)
        return found

    def press_open(self, dialog: OpenNetwork) -> None:
        self.qtbot.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)

    def say_yes(self) -> None:
        self.until(lambda: bool(self.questions()))
        self.questions()[-1].yes.click()

    def questions(self) -> list[TrustQuestion]:
        return [question for question in self.window.findChildren(TrustQuestion) if question.isVisible()]

    def forms(self) -> list[OpenNetwork]:
        return [form for form in self.window.network.findChildren(OpenNetwork) if form.isVisible()]

    def said(self) -> str:
        """What a form that came back says."""
        return "".join(form.wrong.text() for form in self.forms())

    def shown(self, name: str) -> bool:
        network = self.session.state.network
        return network is not None and network.choice.name == name and network.choice.preprocessing is not None


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(qtbot, tmp_path)
    yield made
    made.window.close()


def test_that_what_is_said_of_an_own_network_holds_after_a_restart(desk: Desk, tmp_path: Path) -> None:
    source, labels = tmp_path / "net.py", tmp_path / "four.txt"
    source.write_text(SOURCE)
    labels.write_text("apple\nbanana\ncherry\ndate\n")
    name = f"{source}:make"

    desk.session.open_path(str(source))
    dialog = desk.dialog()
    dialog.labels.setText(str(labels))
    dialog.prepared.setChecked(True)
    dialog.channels.setCurrentIndex(dialog.channels.findData(1))
    dialog.height_.setValue(40)
    dialog.width_.setValue(60)
    dialog.fit.setCurrentIndex(dialog.fit.findData("stretch"))
    dialog.mean.setText("0.25")
    dialog.std.setText("0.5")
    desk.press_open(dialog)
    desk.say_yes()
    desk.until(lambda: desk.shown(name))
    network = desk.session.state.network
    assert network is not None
    said = network.preprocessing
    assert (said.height, said.width, said.fit, said.mean, said.std) == (40, 60, "stretch", (0.25,), (0.5,))
    assert network.labels == ("apple", "banana", "cherry", "date")
    assert desk.window.network.change.isVisible()

    desk.window.network.change.click()
    dialog = desk.dialog()
    assert dialog.mean.text() == "0.25"
    dialog.mean.setText("0.75")
    desk.press_open(dialog)
    desk.until(lambda: desk.session.state.network.preprocessing.mean == (0.75,))
    assert not desk.questions()  # it was trusted a moment ago

    desk.restart()
    menu = desk.window.findChild(QMenu, "open recent")
    menu.aboutToShow.emit()
    next(action for action in menu.actions() if "net.py:make" in action.text()).trigger()
    desk.say_yes()
    desk.until(lambda: desk.shown(name))
    network = desk.session.state.network
    assert network is not None
    assert network.preprocessing.mean == (0.75,)
    assert (network.preprocessing.height, network.preprocessing.width) == (40, 60)
    assert network.labels == ("apple", "banana", "cherry", "date")


def test_that_the_doctor_is_heard_before_an_own_network_is_explained(desk: Desk, tmp_path: Path) -> None:
    source = tmp_path / "net.py"
    source.write_text(SOURCE)
    desk.session.networks.load(ModelChoice(f"{source}:make"), trusted=True)
    desk.until(lambda: desk.shown(f"{source}:make"))
    desk.window.tabs.setCurrentWidget(desk.session.tabs["saliency"])
    saliency = desk.session.tabs["saliency"].panel
    desk.until(lambda: "softmax" in saliency.extras[0].notice.sentence)


def test_that_trust_in_one_file_is_not_trust_in_another(desk: Desk, tmp_path: Path) -> None:
    sources = [tmp_path / "first.py", tmp_path / "second.py"]
    for source in sources:
        source.write_text(f"open({str(source) + '.ran'!r}, 'w').close()\n" + SOURCE)
        desk.session.networks.load(ModelChoice(f"{source}:make"))
        desk.until(lambda source=source: any(source.name in one.yes.text() for one in desk.questions()))
    assert len(desk.questions()) == 2
    first = next(one for one in desk.questions() if "first.py" in one.yes.text())
    first.yes.click()
    desk.until(lambda: desk.shown(f"{sources[0]}:make"))
    assert Path(f"{sources[0]}.ran").exists()
    assert not Path(f"{sources[1]}.ran").exists()
    desk.session.networks.load(ModelChoice("lenet", weights=str(sources[0])))
    desk.session.networks.load(ModelChoice(f"{sources[1]}:make"))
    desk.until(lambda: len(desk.questions()) == 2)
    assert not Path(f"{sources[1]}.ran").exists()


def test_that_a_file_that_changed_is_asked_about_before_it_is_opened_again(desk: Desk, tmp_path: Path) -> None:
    source, trace = tmp_path / "net.py", tmp_path / "ran"
    source.write_text(SOURCE)
    name = f"{source}:make"
    desk.session.networks.load(ModelChoice(name))
    desk.say_yes()
    desk.until(lambda: desk.shown(name))
    desk.session.networks.load(ModelChoice("lenet"))
    desk.until(lambda: desk.session.state.network.choice.name == "lenet")
    source.write_text(f"open({str(trace)!r}, 'w').close()\n" + SOURCE)
    desk.session.networks.load(ModelChoice(name))
    desk.until(lambda: bool(desk.questions()))
    assert not trace.exists()
    (question,) = desk.questions()
    assert any("has changed since you trusted it" in label.text() for label in question.findChildren(QLabel))
    question.yes.click()
    desk.until(lambda: desk.shown(name))
    assert trace.exists()


def test_that_a_network_trusted_on_the_command_line_is_not_asked_about_when_its_picture_changes(
    desk: Desk, tmp_path: Path
) -> None:
    source = tmp_path / "net.py"
    source.write_text(SOURCE)
    desk.session.networks.load(ModelChoice(f"{source}:make"), trusted=True)
    desk.until(lambda: desk.shown(f"{source}:make"))
    desk.session.networks.change_preprocessing(height=48)
    desk.until(lambda: desk.session.state.network.preprocessing.height == 48)
    assert not desk.questions()
    assert {Path(code.path).name for code in desk.session.networks.agreed} == {"net.py"}


def test_that_the_form_comes_back_with_what_went_wrong_and_then_opens(desk: Desk, tmp_path: Path) -> None:
    source = tmp_path / "net.py"
    source.write_text(
        "from torch import nn\n"
        "def net(planes): return nn.Sequential(nn.Conv2d(1, planes, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())\n"
    )
    desk.window.network.open_file(str(source))
    first = desk.dialog()
    assert first.factory.currentText() == "net"
    desk.press_open(first)
    desk.say_yes()
    desk.until(lambda: desk.said().startswith("net of net.py needs planes"))
    again = desk.dialog()
    assert again.path.text() == str(source)
    again.factory.setCurrentText("net(7)")
    desk.press_open(desk.dialog())
    desk.until(lambda: desk.shown(f"{source}:net(7)"))
    assert desk.session.state.network is not None
    assert desk.session.state.network.root.units == 7
    assert desk.forms() == []


def test_that_weights_alone_are_proposed_the_network_that_they_fit(desk: Desk, tmp_path: Path) -> None:
    import torch

    from analysis.shipped import BUILTINS

    lenet = next(builtin for builtin in BUILTINS if builtin.name == "lenet")
    file = tmp_path / "best.pth"
    torch.save({"state_dict": lenet.build().state_dict()}, file)
    desk.window.network.open_file(str(file))
    desk.press_open(desk.dialog())
    desk.until(lambda: "they fit lenet" in desk.said())
    proposed = desk.dialog()
    assert proposed.architecture.currentText() == "lenet"
    desk.press_open(proposed)
    desk.until(
        lambda: desk.session.state.network is not None and desk.session.state.network.choice.weights == str(file)
    )
