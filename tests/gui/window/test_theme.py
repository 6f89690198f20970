"""Both themes can be read, the projector mode enlarges type, and changing back and forth leaves no trace."""

from dataclasses import fields

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from gui import theme


def luminance(colour: QColor) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.getRgbF()[:3]]  # type: ignore[index]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: QColor, other: QColor) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("colours", [theme.DARK, theme.LIGHT], ids=["dark", "light"])
def test_that_words_can_be_read_on_every_ground(colours: theme.Colours) -> None:
    for ground in (colours.window, colours.panel, colours.raised, colours.sunken):
        for ink in (colours.text, colours.dim, colours.error, colours.warning, colours.accent):
            assert contrast(ink, ground) >= 4.5, (ink.name(), ground.name())
        assert contrast(colours.faint, ground) >= 2.0
    assert contrast(colours.on_accent, colours.accent) >= 4.5
    assert contrast(colours.bar, colours.track) >= 1.7


def test_that_a_theme_reaches_palette_and_painters(qapp: QApplication) -> None:
    theme.apply(qapp, "light")
    assert theme.colours() is theme.LIGHT
    assert qapp.palette().color(QPalette.ColorRole.Window) == theme.LIGHT.panel
    theme.apply(qapp, "dark")
    assert theme.colours() is theme.DARK
    assert qapp.palette().color(QPalette.ColorRole.Window) == theme.DARK.panel


def test_that_the_style_sheet_can_be_parsed(qapp: QApplication, qtbot: QtBot) -> None:
    theme.apply(qapp, "dark")
    label = QLabel("Qt warns about a sheet that it cannot parse when a widget is polished, and a warning is a failure")
    qtbot.addWidget(label)
    label.ensurePolished()


def test_that_projector_mode_enlarges_type_and_back(qapp: QApplication, qtbot: QtBot) -> None:
    theme.apply(qapp, "dark")
    label = QLabel("type")
    qtbot.addWidget(label)
    label.show()
    plain = label.fontInfo().pointSizeF()
    assert plain >= theme.SMALLEST_TYPE - 0.5
    for _ in range(2):
        theme.apply(qapp, "dark", projector=True)
        assert label.fontInfo().pointSizeF() > 1.3 * plain
        theme.apply(qapp, "dark")
        assert label.fontInfo().pointSizeF() == plain


def test_that_no_colour_is_missing_in_a_theme() -> None:
    for field in fields(theme.Colours):
        for colours in (theme.DARK, theme.LIGHT):
            assert getattr(colours, field.name).isValid()


def test_that_blending_goes_from_one_to_the_other() -> None:
    black, white = QColor(0, 0, 0), QColor(255, 255, 255)
    assert theme.blend(black, white, 0) == black
    assert theme.blend(black, white, 1) == white
    assert theme.blend(black, white, 0.5).red() in (127, 128)


@pytest.mark.parametrize("name", ["dark", "light"])
@pytest.mark.parametrize("kind", [QPushButton, QToolButton])
def test_that_a_button_that_is_down_shows_the_keyboard(
    name: theme.Name, kind: type[QPushButton] | type[QToolButton], qtbot: QtBot, qapp: QApplication
) -> None:
    theme.apply(qapp, name)
    both = QWidget()
    qtbot.addWidget(both)
    down, other = kind(both), QLineEdit(both)
    down.setText("Settings")
    down.setCheckable(True)
    down.setChecked(True)
    other.move(100, 0)
    both.show()
    both.activateWindow()
    qtbot.waitUntil(both.isActiveWindow)
    other.setFocus()
    before = down.grab().toImage()
    down.setFocus()
    assert down.hasFocus()
    assert down.grab().toImage() != before
    theme.apply(qapp, "dark")
