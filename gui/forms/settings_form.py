"""The form for a technique's settings, made from its declaration: limits, units, choices, and its help as tooltips.

Plain fields of Qt: they need no library that would hold the window up when the first form is opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QLocale, QObject, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from gui import theme
from gui.forms.file_field import KINDS, FileField

if TYPE_CHECKING:
    from analysis.methods.method import Method
    from analysis.protocol.recipe import Setting
    from analysis.settings.declared import SettingInfo

NOTHING = "There is nothing to set."
FURTHEST = 2**31 - 1  # of a field of whole numbers
DECIMALS = 6
Field = QCheckBox | QComboBox | QSpinBox | QDoubleSpinBox | QLineEdit


class SettingsForm(QWidget):
    """`changed` carries all settings by name, once for each change that the person or `set_values` made."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._method: type[Method] | None = None
        self._infos: tuple[SettingInfo, ...] = ()
        self._chosen: set[str] = set()  # what the person or a recipe has said, which no other network changes
        self._fields: dict[str, Field] = {}
        self._quiet = False
        self._rows = QWidget()
        self._nothing = QLabel(NOTHING)
        self._nothing.setProperty("dim", True)
        self._nothing.setWordWrap(True)
        self.defaults = QPushButton("Defaults")
        self.defaults.setToolTip("Put every setting back to its default")
        self.defaults.clicked.connect(self.reset)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.GRID)
        self._column.addWidget(self._rows)
        self._column.addWidget(self._nothing)
        self._column.addWidget(self.defaults, 0, Qt.AlignmentFlag.AlignRight)
        self._column.addStretch()
        self.defaults.hide()

    def show_method(self, method: type[Method], side: int | None = None) -> None:
        """The form of this technique, at its defaults; nothing is announced. `side` is that of the network's input.

        What was chosen stays chosen where the technique before has the very same setting, limits, words and all.
        """
        from analysis.methods.settings import settings_of

        infos = settings_of(method, side)
        kept = {info.name: self.values()[info.name] for info in infos if info in self._infos}
        kept = {name: value for name, value in kept.items() if name in self._chosen}
        self._method, self._infos, self._chosen = method, infos, set()
        self._fields = {info.name: self._field(info) for info in self._infos}
        rows = QWidget()
        form = QFormLayout(rows)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(theme.GRID)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for info in self._infos:
            label = QLabel(_title(info))
            label.setToolTip(_help(info))
            label.setBuddy(self._fields[info.name])
            form.addRow(label, self._fields[info.name])
        self._column.replaceWidget(self._rows, rows)
        rows.show()  # else they take no room until the next turn, and the form would be thought narrower than it is
        self._rows.hide()
        self._rows.deleteLater()
        self._rows = rows
        self._nothing.setVisible(not self._infos)
        self.defaults.setVisible(bool(self._infos))
        self.defaults.setEnabled(False)
        self._put_in(kept, quietly=True)
        self.defaults.setEnabled(bool(kept))
        self._chosen = set(kept)

    @property
    def fields(self) -> tuple[Field, ...]:
        """From the first row to the last."""
        return tuple(self._fields.values())

    def adapt(self, side: int) -> None:
        """To a network with an input of another size: what goes by it and was not chosen follows."""
        if self._method is None:
            return
        from analysis.methods.settings import settings_of

        self._infos = settings_of(self._method, side)
        for info in self._infos:
            self._fields[info.name].setToolTip(_help(info))
        self._put_in({info.name: info.default for info in self._infos if info.name not in self._chosen})

    def values(self) -> dict[str, Setting]:
        """Every setting as it stands in the form."""
        return {name: _value(field) for name, field in self._fields.items()}

    def set_values(self, values: Mapping[str, Setting]) -> None:
        """Those of a recipe; names that this technique does not have are left out."""
        defaults = {info.name: info.default for info in self._infos}
        for name in values.keys() & defaults.keys():
            (self._chosen.discard if values[name] == defaults[name] else self._chosen.add)(name)
        self._put_in(values)

    def take_over(self, values: Mapping[str, Setting]) -> None:
        """All that a recipe says: what it does not name is at its default."""
        self.set_values({info.name: info.default for info in self._infos} | dict(values))

    def _put_in(self, values: Mapping[str, Setting], quietly: bool = False) -> None:
        before = self.values()
        self._quiet = True
        for name, field in self._fields.items():
            if name in values:
                _put(field, values[name])
        self._quiet = False
        if self.values() != before and not quietly:
            self._announce()

    @Slot()
    def reset(self) -> None:
        self.set_values({info.name: info.default for info in self._infos})

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The wheel over a field scrolls what is below it, unless the field has the focus."""
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False

    @Slot()
    def _announce(self) -> None:
        if self._quiet:
            return
        field = self.sender()
        if field is not None and field.objectName() in self._fields:
            self._chosen.add(field.objectName())
        values = self.values()
        self.defaults.setEnabled(values != {info.name: info.default for info in self._infos})
        self.changed.emit(values)

    def _field(self, info: SettingInfo) -> Field:
        field = _field_for(info)
        _put(field, info.default)
        if isinstance(field, QCheckBox):
            field.toggled.connect(self._announce)
        elif isinstance(field, QComboBox):
            field.currentIndexChanged.connect(self._announce)
        elif isinstance(field, QLineEdit):
            field.editingFinished.connect(self._announce)
        else:
            field.valueChanged.connect(self._announce)
        field.setObjectName(info.name)
        field.setToolTip(_help(info))
        field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        field.installEventFilter(self)
        return field


class _Number(QDoubleSpinBox):
    """A number without trailing zeros."""

    def textFromValue(self, value: float) -> str:
        return f"{value:.{DECIMALS}g}"


class _WholeNumber(QSpinBox):
    """One of a thing is no plural: 2 pixels, 1 pixel."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit
        self.valueChanged.connect(self._say_unit)
        self._say_unit(self.value())

    @Slot(int)
    def _say_unit(self, value: int) -> None:
        self.setSuffix(counted(value, self._unit))


def counted(number: object, unit: str) -> str:
    """What stands behind the number."""
    return f" {unit.removesuffix('s') if number == 1 else unit}" if unit else ""


def _field_for(info: SettingInfo) -> Field:
    """The field that fits the type and the limits of the setting."""
    if info.choices is not None:
        choice = QComboBox()
        choice.addItems(list(info.choices))
        return choice
    if isinstance(info.default, bool):
        return QCheckBox()
    if info.names in KINDS:
        return FileField(info.names)
    if isinstance(info.default, str):
        return QLineEdit()
    number = _WholeNumber(info.unit) if isinstance(info.default, int) else _Number()
    if isinstance(number, QSpinBox):
        low, high = (
            limit if limit is not None else far for limit, far in ((info.low, -FURTHEST), (info.high, FURTHEST))
        )
        number.setRange(max(int(low), -FURTHEST), min(int(high), FURTHEST))
        number.setGroupSeparatorShown(True)
    else:
        number.setSuffix(counted(None, info.unit))
        number.setDecimals(DECIMALS)
        number.setRange(info.low if info.low is not None else -1e9, info.high if info.high is not None else 1e9)
    number.setLocale(QLocale(QLocale.Language.English))  # a point is a point, as on the command line
    number.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
    number.setKeyboardTracking(False)  # 100 is one change, not 1, 10 and 100
    number.setSpecialValueText(info.lowest)
    number.setMinimumWidth(9 * number.fontMetrics().averageCharWidth())  # or room for the largest would cut the form
    return number


def _value(field: Field) -> Setting:
    if isinstance(field, QCheckBox):
        return field.isChecked()
    if isinstance(field, QComboBox):
        return field.currentText()
    if isinstance(field, QLineEdit):
        return field.text()
    return field.value()


def _put(field: Field, value: Setting) -> None:
    if isinstance(field, QCheckBox):
        field.setChecked(bool(value))
    elif isinstance(field, QComboBox):
        field.setCurrentText(str(value))
    elif isinstance(field, QLineEdit):
        field.setText(str(value))
    elif isinstance(field, QSpinBox):
        field.setValue(min(max(int(value), field.minimum()), field.maximum()))
    else:
        field.setValue(float(value))


def _title(info: SettingInfo) -> str:
    words = info.name.replace("_", " ")
    return words[:1].upper() + words[1:]


def _help(info: SettingInfo) -> str:
    """What it does, its limits and its default."""
    unit = f" {info.unit}" if info.unit else ""
    lines = [info.help]
    if info.low is not None and info.high is not None:
        lines.append(f"From {info.low:,g} to {info.high:,g}{unit}.")
    told = str(info.default) or "nothing"
    default = {True: "on", False: "off"}[info.default] if isinstance(info.default, bool) else told
    default += counted(info.default, info.unit)
    if info.for_side is not None:
        default += ", which goes by the size of the network's input"
    if info.lowest and info.default == info.low:
        default = info.lowest
    return "\n".join([*lines, f"Default: {default}"])
