"""The dialog for networks of the person's own: what a file is, and a choice that is complete or says what lacks."""

import zipfile
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from analysis.opening.said_before import Remembered, key_of, remember
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.recipe import ModelChoice
from gui.docks.open_network import OpenNetwork, functions_in, kind_of


@pytest.fixture
def dialog(qtbot: QtBot) -> OpenNetwork:
    made = OpenNetwork(["lenet", "resnet18"])
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def python_file(tmp_path: Path) -> Path:
    file = tmp_path / "net.py"
    file.write_text("raise SystemExit('run!')\ndef make(): ...\nclass Net: ...\ndef _hidden(): ...\nx = 1\n")
    return file


def archive(path: Path, inner: str) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        made.writestr(f"{path.stem}/{inner}", "x")
    return path


def test_that_files_are_known_by_what_they_are(tmp_path: Path) -> None:
    assert kind_of(Path("a.py")) == "python"
    assert kind_of(Path("a.pt2")) == "whole"
    assert kind_of(Path("a.safetensors")) == "weights"
    assert kind_of(archive(tmp_path / "script.pt", "code/net.py")) == "whole"
    assert kind_of(archive(tmp_path / "program.pt", "models/model.json")) == "whole"
    assert kind_of(archive(tmp_path / "state.pt", "data.pkl")) == "weights"
    assert [kind_of(Path(name)) for name in ("A.PY", "A.PT2", "A.TS")] == ["python", "whole", "whole"]
    (tmp_path / "broken.pt").write_bytes(b"\x00\x01")
    assert kind_of(tmp_path / "broken.pt") == "weights"
    assert kind_of(tmp_path / "gone.pt") == "weights"
    assert kind_of(tmp_path) == "weights"


def test_that_functions_are_read_without_running_the_file(python_file: Path) -> None:
    assert functions_in(python_file) == ["make", "Net"]
    python_file.write_text("def (")
    assert functions_in(python_file) == []
    python_file.write_bytes(b"\xff\xfe\x00")
    assert functions_in(python_file) == []


def open_(dialog: OpenNetwork, qtbot: QtBot) -> ModelChoice | str:
    """The choice, or what is said to be wrong."""
    chosen: list[ModelChoice] = []
    dialog.chosen.connect(chosen.append)
    qtbot.waitUntil(dialog.open_button.isEnabled)
    qtbot.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    return chosen[0] if chosen else dialog.wrong.text()


def test_that_a_python_file_offers_its_functions(dialog: OpenNetwork, python_file: Path, qtbot: QtBot) -> None:
    dialog.path.setText(str(python_file))
    assert dialog.factory.isVisible()
    assert not dialog.architecture.isVisible()
    assert open_(dialog, qtbot) == ModelChoice(f"{python_file}:make")


def test_that_weights_may_be_left_to_tell_their_network(dialog: OpenNetwork, tmp_path: Path, qtbot: QtBot) -> None:
    file = tmp_path / "w.safetensors"
    file.write_bytes(b"")
    dialog.path.setText(str(file))
    assert open_(dialog, qtbot) == ModelChoice(str(file))


def test_that_weights_go_with_the_network_that_is_said(dialog: OpenNetwork, tmp_path: Path, qtbot: QtBot) -> None:
    file = tmp_path / "w.safetensors"
    file.write_bytes(b"")
    dialog.path.setText(str(file))
    dialog.architecture.setCurrentText("resnet18")
    assert open_(dialog, qtbot) == ModelChoice("resnet18", str(file))


def test_that_arguments_are_part_of_the_choice(dialog: OpenNetwork, python_file: Path, qtbot: QtBot) -> None:
    dialog.path.setText(str(python_file))
    dialog.factory.setCurrentText("Net(k=3, depth=18)")
    assert open_(dialog, qtbot) == ModelChoice(f"{python_file}:Net(k=3, depth=18)")


def test_that_what_is_no_name_with_arguments_is_said(dialog: OpenNetwork, python_file: Path, qtbot: QtBot) -> None:
    dialog.path.setText(str(python_file))
    dialog.factory.setCurrentText("Net(k=3")
    assert "Say which function of net.py" in str(open_(dialog, qtbot))


def test_that_a_file_that_is_not_python_says_where(dialog: OpenNetwork, python_file: Path) -> None:
    python_file.write_text("import torch\ndef make(:\n    pass\n")
    dialog.path.setText(str(python_file))
    assert dialog.wrong.isVisible()
    assert "net.py is not written in Python: line 2: invalid syntax" in dialog.wrong.text()


def test_that_a_whole_network_in_a_pickle_is_known_as_one(tmp_path: Path) -> None:
    import torch
    from torch import nn

    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    for modern in (True, False):
        file = tmp_path / f"{modern}.pth"
        for content, what in ((module, "whole"), ({"model": module}, "whole"), (module.state_dict(), "weights")):
            torch.save(content, file, _use_new_zipfile_serialization=modern)
            assert kind_of(file) == what


def test_that_the_form_comes_back_as_it_was_filled_in(dialog: OpenNetwork, python_file: Path, qtbot: QtBot) -> None:
    choice = ModelChoice(f"{python_file}:Net(3)", preprocessing=SAID, labels="/labels.txt")
    dialog.show_again(choice, "Net needs another number.", None)
    assert (dialog.wrong.isVisible(), dialog.wrong.text()) == (True, "Net needs another number.")
    dialog.wrong.setText("")
    assert open_(dialog, qtbot) == choice


def test_that_a_long_sentence_presses_no_field_together(dialog: OpenNetwork, python_file: Path, qtbot: QtBot) -> None:
    dialog.show_again(ModelChoice(f"{python_file}:Net"), "Net of net.py needs many things. " * 12, None)
    qtbot.waitUntil(lambda: dialog.wrong.height() >= dialog.wrong.heightForWidth(dialog.wrong.width()))
    qtbot.waitUntil(lambda: dialog.path.height() >= dialog.path.sizeHint().height())


def test_that_the_form_proposes_the_network_that_weights_fit(dialog: OpenNetwork, tmp_path: Path, qtbot: QtBot) -> None:
    file = tmp_path / "w.safetensors"
    file.write_bytes(b"")
    dialog.show_again(ModelChoice(str(file)), "They fit resnet18.", "resnet18")
    dialog.wrong.setText("")
    assert open_(dialog, qtbot) == ModelChoice("resnet18", str(file))


def test_that_preprocessing_and_labels_go_into_the_choice(dialog: OpenNetwork, tmp_path: Path, qtbot: QtBot) -> None:
    file = tmp_path / "net.pt2"
    file.write_bytes(b"")
    dialog.path.setText(str(file))
    dialog.labels.setText("/labels.txt")
    dialog.prepared.setChecked(True)
    dialog.channels.setCurrentIndex(dialog.channels.findData(1))
    dialog.height_.setValue(32)
    dialog.width_.setValue(48)
    dialog.fit.setCurrentIndex(dialog.fit.findData("stretch"))
    dialog.mean.setText("0,5")
    dialog.mean.setText("0.5")
    expected = Preprocessing(32, 48, resize=256, fit="stretch", channels=1, mean=(0.5,), std=(1.0,))
    assert open_(dialog, qtbot) == ModelChoice(str(file), preprocessing=expected, labels="/labels.txt")


@pytest.mark.parametrize(
    ("mean", "std", "said"),
    [
        ("a, b, c", "1, 1, 1", "mean cannot be"),
        ("1, 2", "1, 1, 1", "for each of the 3"),
        ("0 0 0", "0 1 1", "above zero"),
    ],
)
def test_that_wrong_numbers_are_said_in_a_sentence(
    dialog: OpenNetwork, tmp_path: Path, qtbot: QtBot, mean: str, std: str, said: str
) -> None:
    file = tmp_path / "net.pt2"
    file.write_bytes(b"")
    dialog.path.setText(str(file))
    dialog.prepared.setChecked(True)
    dialog.mean.setText(mean)
    dialog.std.setText(std)
    assert said in str(open_(dialog, qtbot))
    assert dialog.isVisible()


def test_that_a_missing_file_is_said(dialog: OpenNetwork, qtbot: QtBot) -> None:
    assert open_(dialog, qtbot) == "Choose a file first."
    dialog.path.setText("/no/such/file.pt2")
    assert "There is no file" in str(open_(dialog, qtbot))


@pytest.mark.parametrize("ending", [".pt2", ".pth", ".py"])
def test_that_a_name_too_long_for_any_file_is_said_within_the_dialog(
    dialog: OpenNetwork, qtbot: QtBot, ending: str
) -> None:
    width = dialog.width()
    dialog.path.setText("/tmp/" + "x" * 5000 + ending)
    dialog.factory.setCurrentText("make")
    dialog.architecture.setCurrentText("lenet")
    assert "There is no file" in str(open_(dialog, qtbot))
    assert dialog.width() == width


SAID = Preprocessing(32, 48, resize=40, fit="crop", channels=1, mean=(0.25,), std=(0.5,), interpolation="bicubic")


def test_that_what_was_said_last_time_is_filled_in(dialog: OpenNetwork, tmp_path: Path, qtbot: QtBot) -> None:
    file = tmp_path / "net.pt2"
    file.write_bytes(b"x")
    remember(key_of(file), Remembered(SAID, "/labels.txt"))
    dialog.path.setText(str(file))
    assert open_(dialog, qtbot) == ModelChoice(str(file), preprocessing=SAID, labels="/labels.txt")


def test_that_what_was_said_of_one_file_is_not_said_of_the_next(
    dialog: OpenNetwork, tmp_path: Path, qtbot: QtBot
) -> None:
    known, other = tmp_path / "known.pt2", tmp_path / "other.pt2"
    known.write_bytes(b"x")
    other.write_bytes(b"y")
    remember(key_of(known), Remembered(SAID, None))
    dialog.path.setText(str(known))
    qtbot.waitUntil(dialog.prepared.isChecked)
    dialog.path.setText(str(other))
    assert open_(dialog, qtbot) == ModelChoice(str(other))


def test_that_each_function_of_a_python_file_has_its_own_memory(
    dialog: OpenNetwork, python_file: Path, qtbot: QtBot
) -> None:
    remember(f"{python_file.resolve()}:Net", Remembered(SAID, None))
    dialog.path.setText(str(python_file))
    qtbot.waitUntil(dialog.open_button.isEnabled)
    assert not dialog.prepared.isChecked()
    dialog.factory.setCurrentText("Net")
    assert open_(dialog, qtbot) == ModelChoice(f"{python_file}:Net", preprocessing=SAID)


@pytest.mark.parametrize("name", ["{folder}/net.py:Net", "{folder}/net.pt2", "resnet18"])
def test_that_an_open_network_is_shown_as_it_was_chosen(
    dialog: OpenNetwork, python_file: Path, tmp_path: Path, qtbot: QtBot, name: str
) -> None:
    for file in ("net.pt2", "mine.pth"):
        (tmp_path / file).write_bytes(b"x")
    weights = str(tmp_path / "mine.pth") if name == "resnet18" else "default"
    choice = ModelChoice(name.format(folder=tmp_path), weights, preprocessing=SAID, labels="/labels.txt")
    dialog.show_choice(choice, SAID)
    assert open_(dialog, qtbot) == choice


def test_that_enter_in_the_function_opens_once(dialog: OpenNetwork, python_file: Path, qtbot: QtBot) -> None:
    chosen: list[ModelChoice] = []
    dialog.chosen.connect(chosen.append)
    dialog.path.setText(str(python_file))
    dialog.factory.setCurrentText("Net")
    qtbot.waitUntil(dialog.open_button.isEnabled)
    field = dialog.factory.lineEdit()
    assert field is not None
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert chosen == [ModelChoice(f"{python_file}:Net")]


def test_that_the_form_forgets_what_does_not_apply(dialog: OpenNetwork, python_file: Path, tmp_path: Path) -> None:
    dialog.path.setText(str(python_file))
    dialog.weights.setText("/of/the/first.pth")
    (tmp_path / "state.safetensors").write_bytes(b"")
    dialog.path.setText(str(tmp_path / "state.safetensors"))
    dialog.architecture.setCurrentText("resnet18")
    dialog.path.setText(str(python_file))
    assert dialog.weights.text() == ""
    assert dialog.architecture.currentText() == ""
    assert dialog.factory.currentText() == "make"
