"""Widgets for how results are looked at; ranges and words are those that each knob declares."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QComboBox, QSlider, QSpinBox, QWidget

from analysis.results.looks import DerivativeLook, knobs
from analysis.settings.declared import SettingInfo

VIEW_TIPS = {
    "norm": "Norm: how strong the derivative is over all colours",
    "blurred norm": "Blurred norm: the same under a Gaussian of σ 4 pixels, so that regions show",
    "grey": "Grey: the sum over the colours; mid-grey is zero",
    "raw": "Raw: every colour as it is; mid-grey is zero",
    "positive-negative": "Positive–negative: red speaks for the answer, blue against it",
}


def tell(widget: QWidget, info: SettingInfo, more: str = "") -> None:
    """What it does, for the mouse and for who cannot see it; `more` is a key, or the like."""
    words = f"{info.help} {more}".strip()
    widget.setToolTip(words)
    widget.setAccessibleName(words)


def share_slider(info: SettingInfo, parent: QWidget) -> QSlider:
    """Of a share, in steps of a hundredth."""
    slider = QSlider(Qt.Orientation.Horizontal, parent)
    slider.setRange(round((info.low or 0) * 100), round((1 if info.high is None else info.high) * 100))
    tell(slider, info)
    return slider


def show_share(slider: QSlider, share: float) -> None:
    """Without its signal: nobody has moved it."""
    with QSignalBlocker(slider):
        slider.setValue(round(share * 100))


def number_box(info: SettingInfo, prefix: str, parent: QWidget) -> QSpinBox:
    box = QSpinBox(parent)
    box.setRange(round(info.low or 0), round(100 if info.high is None else info.high))
    box.setPrefix(f"{prefix} ")
    box.setSuffix(f" {info.unit}" if info.unit else "")
    box.setMaximumWidth(14 * box.fontMetrics().averageCharWidth())
    tell(box, info)
    return box


def show_number(box: QSpinBox, number: float) -> None:
    with QSignalBlocker(box):
        box.setValue(round(number))


def view_choice(parent: QWidget) -> QComboBox:
    """The ways of looking at a derivative."""
    box = QComboBox(parent)
    tell(box, knobs(DerivativeLook)["view"])
    box.setMinimumWidth(76)  # in a narrow window its words are cut before docks are pushed away
    for name, tip in VIEW_TIPS.items():
        box.addItem(name.replace("positive-negative", "positive–negative").capitalize(), name)
        box.setItemData(box.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
    return box
