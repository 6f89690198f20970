"""The form made from a technique's declaration gives back exactly what `configured` takes."""

from dataclasses import dataclass
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QDoubleSpinBox, QLabel, QLineEdit, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from analysis.methods.method import Method
from analysis.methods.registry import METHODS, method
from analysis.methods.settings import configured, setting, settings_of
from gui.forms.settings_form import NOTHING, SettingsForm


@dataclass(frozen=True)
class Everything:
    samples: int = setting(100, "How many.", low=1, high=1000, unit="draws")
    noise: float = setting(0.25, "How much.", low=0, high=10)
    blurred_edges: bool = setting(True, "Whether.")
    fill: str = setting("grey", "With what.", choices=("grey", "black", "mean"))
    words: str = setting("", "Anything.")
    free: int = setting(-5, "No limits.")


EVERYTHING: Any = Everything


@pytest.fixture
def form(qtbot: QtBot) -> SettingsForm:
    made = SettingsForm()
    qtbot.addWidget(made)
    made.show_method(EVERYTHING)
    made.show()
    return made


def field(form: SettingsForm, name: str) -> Any:
    found = form.findChild(QWidget, name)
    assert found is not None
    return found


def test_that_a_lowest_number_that_stands_for_something_is_told_in_words(form: SettingsForm) -> None:
    form.show_method(method("smoothgrad"))
    batch = field(form, "batch")
    assert batch.text() == "automatic"
    assert "Default: automatic" in batch.toolTip()
    batch.setValue(4)
    assert batch.text() == "4"
    assert form.values()["batch"] == 4


def test_that_each_setting_gets_the_field_that_fits_it(form: SettingsForm) -> None:
    kinds = {
        "samples": QSpinBox,
        "noise": QDoubleSpinBox,
        "blurred_edges": QCheckBox,
        "fill": QComboBox,
        "words": QLineEdit,
    }
    for name, kind in kinds.items():
        assert isinstance(field(form, name), kind)
    assert form.values() == {info.name: info.default for info in settings_of(EVERYTHING)}
    assert "Blurred edges" in [label.text() for label in form.findChildren(QLabel)]


def test_that_help_limits_unit_and_default_are_told(form: SettingsForm) -> None:
    tip = field(form, "samples").toolTip()
    assert "How many." in tip
    assert "From 1 to 1,000 draws" in tip
    assert "Default: 100 draws" in tip
    assert field(form, "samples").suffix() == " draws"
    assert "Default: on" in field(form, "blurred_edges").toolTip()


def test_that_one_of_a_thing_is_no_plural(form: SettingsForm) -> None:
    form.show_method(method("occlusion"), 48)
    stride = field(form, "stride")
    assert stride.text() == "1 pixel"
    assert "Default: 1 pixel," in stride.toolTip()
    stride.setValue(3)
    assert stride.text() == "3 pixels"


def test_that_limits_hold(form: SettingsForm) -> None:
    field(form, "samples").setValue(5000)
    field(form, "noise").setValue(-3)
    field(form, "free").setValue(-(10**9))
    assert form.values()["samples"] == 1000
    assert form.values()["noise"] == 0
    assert form.values()["free"] == -(10**9)


def test_that_every_change_is_announced_once_with_everything(form: SettingsForm, qtbot: QtBot) -> None:
    heard: list[dict[str, Any]] = []
    form.changed.connect(heard.append)
    field(form, "samples").setValue(33)
    field(form, "blurred_edges").click()
    field(form, "fill").setCurrentText("mean")
    qtbot.keyClicks(field(form, "words"), "hello")
    qtbot.keyClick(field(form, "words"), Qt.Key.Key_Return)
    assert len(heard) == 4
    assert heard[-1] == {
        "samples": 33,
        "noise": 0.25,
        "blurred_edges": False,
        "fill": "mean",
        "words": "hello",
        "free": -5,
    }


def test_that_a_number_that_is_being_typed_is_one_change(form: SettingsForm, qtbot: QtBot) -> None:
    heard: list[dict[str, Any]] = []
    form.changed.connect(heard.append)
    noise = field(form, "noise")
    noise.selectAll()
    qtbot.keyClicks(noise, "1.125")
    assert heard == []
    qtbot.keyClick(noise, Qt.Key.Key_Return)
    assert [values["noise"] for values in heard] == [1.125]


def test_that_values_of_a_recipe_are_put_in_with_one_announcement(form: SettingsForm) -> None:
    heard: list[dict[str, Any]] = []
    form.changed.connect(heard.append)
    form.set_values({"samples": 7, "fill": "black", "noise": 2, "not_a_setting": 1})
    assert len(heard) == 1
    assert (heard[0]["samples"], heard[0]["fill"], heard[0]["noise"]) == (7, "black", 2.0)
    form.set_values({"samples": 7})
    assert len(heard) == 1


def test_that_defaults_come_back(form: SettingsForm, qtbot: QtBot) -> None:
    assert not form.defaults.isEnabled()
    field(form, "samples").setValue(33)
    assert form.defaults.isEnabled()
    with qtbot.waitSignal(form.changed):
        qtbot.mouseClick(form.defaults, Qt.MouseButton.LeftButton)
    assert form.values()["samples"] == 100
    assert not form.defaults.isEnabled()


def test_that_sizes_in_pixels_follow_the_network_until_they_are_chosen(form: SettingsForm, qtbot: QtBot) -> None:
    form.show_method(method("occlusion"), 224)
    assert (form.values()["mask"], form.values()["stride"]) == (32, 2)
    form.adapt(48)
    assert (form.values()["mask"], form.values()["stride"]) == (7, 1)
    assert not form.defaults.isEnabled()
    assert "Default: 7 pixels" in field(form, "mask").toolTip()
    field(form, "mask").setValue(5)
    form.adapt(28)
    assert (form.values()["mask"], form.values()["stride"]) == (5, 1)
    form.adapt(224)
    assert (form.values()["mask"], form.values()["stride"]) == (5, 2)
    qtbot.mouseClick(form.defaults, Qt.MouseButton.LeftButton)
    assert form.values()["mask"] == 32
    form.adapt(28)
    assert form.values()["mask"] == 4
    form.set_values({"mask": 9})  # as a recipe says
    form.adapt(48)
    assert form.values()["mask"] == 9


def test_that_the_wheel_changes_nothing_by_accident(form: SettingsForm, qtbot: QtBot) -> None:
    samples = field(form, "samples")
    field(form, "words").setFocus()
    place = QPointF(5, 5)
    no = Qt.MouseButton.NoButton
    wheel = QWheelEvent(
        place, place, QPoint(), QPoint(0, 120), no, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(samples, wheel)
    assert samples.value() == 100


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_that_every_techniques_form_gives_what_it_takes(qtbot: QtBot, method: type[Method]) -> None:
    form = SettingsForm()
    qtbot.addWidget(form)
    form.show_method(method)
    assert form.values() == {info.name: info.default for info in settings_of(method)}
    assert configured(method, form.values()) == method()
    assert not form.grab().isNull()


def test_that_another_technique_replaces_the_form(form: SettingsForm) -> None:
    form.show_method(next(method for method in METHODS if not settings_of(method)))
    assert form.values() == {}
    texts = [label.text() for label in form.findChildren(QLabel) if not label.isHidden()]
    assert NOTHING in texts
    assert form.defaults.isHidden()
    form.show_method(EVERYTHING)
    assert form.values()["samples"] == 100


@dataclass(frozen=True)
class Naming:
    against: str = setting("", "Another state.", names="network")
    table: str = setting("", "A file.", names="file")


@dataclass(frozen=True)
class InAFolder:
    folder: str = setting("", "Where they lie.", names="folder")


def test_that_a_folder_is_looked_for_as_a_folder(qtbot: QtBot, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    form, naming = SettingsForm(), InAFolder
    qtbot.addWidget(form)
    form.show_method(naming)  # type: ignore[arg-type]
    monkeypatch.setattr("gui.forms.file_field.ask_folder", lambda *_: str(tmp_path))

    field(form, "folder").browse.trigger()

    assert form.values() == {"folder": str(tmp_path)}


def test_that_a_file_is_typed_dropped_or_looked_for(
    qtbot: QtBot, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    form, naming = SettingsForm(), Naming
    qtbot.addWidget(form)
    form.show_method(naming)  # type: ignore[arg-type]
    form.show()
    weights = tmp_path / "weights.pth"
    monkeypatch.setattr("gui.forms.file_field.ask_file", lambda *_: str(weights))
    against = field(form, "against")
    with qtbot.waitSignal(form.changed) as told:
        against.browse.trigger()
    assert told.args == [{"against": str(weights), "table": ""}]
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "dropped.pth"))])
    where = QPointF(5, 5)
    drop = QDropEvent(where, Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    with qtbot.waitSignal(form.changed):
        against.dropEvent(drop)
    assert form.values()["against"] == str(tmp_path / "dropped.pth")
    with qtbot.waitSignal(form.changed):
        against.clear()
    assert form.values() == {"against": "", "table": ""}
    monkeypatch.setattr("gui.forms.file_field.ask_file", lambda *_: "")
    against.browse.trigger()  # whoever changes their mind changes nothing
    assert form.values()["against"] == ""
