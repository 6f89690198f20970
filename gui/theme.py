"""How the window looks: dark or light, one accent colour, an 8-pixel grid, the system's own font.

Fusion with a palette does nearly all of it; the style sheet only flattens frames. Painters ask `colours()`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QSettings
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

Name = Literal["dark", "light"]

GRID = 8
SMALLEST_TYPE = 10.0  # points; some desktops say 9, which nobody reads from the second row
PROJECTOR_FACTOR = 1.45


@dataclass(frozen=True)
class Colours:
    """What painters need beyond the palette. Pictures are the content, so all that frames them is neutral."""

    window: QColor
    panel: QColor  # docks, tabs, cards
    raised: QColor  # buttons, bars over panels
    sunken: QColor  # fields, lists, the ground of pictures
    line: QColor
    text: QColor
    dim: QColor  # captions
    faint: QColor  # what cannot be used now
    accent: QColor
    on_accent: QColor
    bar: QColor  # of quantities that are not selected
    track: QColor  # under bars
    good: QColor
    warning: QColor
    error: QColor


DARK = Colours(
    window=QColor("#16181c"),
    panel=QColor("#1d2025"),
    raised=QColor("#2a2e36"),
    sunken=QColor("#121417"),
    line=QColor("#343943"),
    text=QColor("#e7e9ed"),
    dim=QColor("#a2a9b5"),
    faint=QColor("#6a717d"),
    accent=QColor("#4fb0ff"),
    on_accent=QColor("#06121d"),
    bar=QColor("#5f7f9f"),
    track=QColor("#272b32"),
    good=QColor("#5fce8b"),
    warning=QColor("#ffc15a"),
    error=QColor("#ff7a76"),
)

LIGHT = Colours(
    window=QColor("#eceef1"),
    panel=QColor("#f7f8fa"),
    raised=QColor("#ffffff"),
    sunken=QColor("#ffffff"),
    line=QColor("#cdd2da"),
    text=QColor("#1b1e24"),
    dim=QColor("#59616d"),
    faint=QColor("#949ca8"),
    accent=QColor("#0a64be"),
    on_accent=QColor("#ffffff"),
    bar=QColor("#8fa9c4"),
    track=QColor("#e1e5ea"),
    good=QColor("#1b8a4b"),
    warning=QColor("#8a5700"),
    error=QColor("#bd2a26"),
)

_current = DARK


def apply(app: QApplication, name: Name, projector: bool = False) -> None:
    """Dresses every window of the program, at once and also while they are open."""
    global _current
    _current = DARK if name == "dark" else LIGHT
    if app.style().name() != "fusion":
        app.setStyle("Fusion")
    app.setFont(_font(projector))
    app.setPalette(_palette(_current))
    for control in ("QCheckBox", "QRadioButton", "QComboBox", "QAbstractSpinBox", "QSlider"):
        app.setPalette(_control_palette(_current), control)  # type: ignore[arg-type]  # stub says bytes
    app.setStyleSheet(_sheet(_current))


def remembered(settings: QSettings) -> tuple[Name, bool]:
    """The theme and whether the projector mode was on when the window closed; dark without it at first."""
    light = settings.value("window/theme", "dark", type=str) == "light"
    return "light" if light else "dark", bool(settings.value("window/projector", False, type=bool))


def remember(settings: QSettings, name: Name, projector: bool) -> None:
    settings.setValue("window/theme", name)
    settings.setValue("window/projector", projector)


def apply_remembered(app: QApplication, settings: QSettings) -> None:
    apply(app, *remembered(settings))


def set_type(app: QApplication, settings: QSettings) -> None:
    """The type of last time, before anything is made: what is made with a smaller one may keep it."""
    app.setFont(_font(remembered(settings)[1]))


def colours() -> Colours:
    """Of the theme that is on; painters ask at every paint, so a change of theme needs nothing of them."""
    return _current


def blend(one: QColor, other: QColor, share: float) -> QColor:
    """`share` of `other` in `one`."""
    red, green, blue = (
        round(a + (b - a) * share)
        for a, b in ((one.red(), other.red()), (one.green(), other.green()), (one.blue(), other.blue()))
    )
    return QColor(red, green, blue)


def _font(projector: bool) -> QFont:
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    size = max(font.pointSizeF(), SMALLEST_TYPE)
    font.setPointSizeF(size * PROJECTOR_FACTOR if projector else size)
    return font


def _palette(c: Colours) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for one, colour in (
        (role.Window, c.panel),
        (role.WindowText, c.text),
        (role.Base, c.sunken),
        (role.AlternateBase, c.panel),
        (role.Text, c.text),
        (role.PlaceholderText, c.faint),
        (role.Button, c.raised),
        (role.ButtonText, c.text),
        (role.BrightText, c.error),
        (role.ToolTipBase, c.raised),
        (role.ToolTipText, c.text),
        (role.Highlight, c.accent),
        (role.HighlightedText, c.on_accent),
        (role.Link, c.accent),
        (role.LinkVisited, c.accent),
        (role.Accent, c.accent),
        (role.Light, blend(c.raised, c.text, 0.15)),
        (role.Midlight, blend(c.raised, c.text, 0.08)),
        (role.Mid, c.line),
        (role.Dark, blend(c.window, c.line, 0.5)),
        (role.Shadow, QColor(0, 0, 0)),
    ):
        palette.setColor(one, colour)
    for one in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        palette.setColor(QPalette.ColorGroup.Disabled, one, c.faint)
    palette.setColor(QPalette.ColorGroup.Disabled, role.Highlight, c.line)
    return palette


def _control_palette(c: Colours) -> QPalette:
    """Fusion draws outlines of controls as the window's colour × 5/7, which cannot be seen where that is dark."""
    palette = _palette(c)
    palette.setColor(QPalette.ColorRole.Window, c.line.lighter(150))
    return palette


def _sheet(c: Colours) -> str:
    hover = blend(c.raised, c.text, 0.08).name()
    selected = blend(c.panel, c.accent, 0.28).name()
    return f"""
QMainWindow, QMenuBar, QStatusBar {{ background: {c.window.name()}; }}
QMainWindow::separator {{ background: {c.window.name()}; width: {GRID}px; height: {GRID}px; }}
QMainWindow::separator:hover {{ background: {c.accent.name()}; }}
QMenuBar {{ padding: 2px 4px; }}
QMenuBar::item {{ padding: 4px 8px; border-radius: 4px; background: transparent; }}
QMenuBar::item:selected {{ background: {c.raised.name()}; }}
QFrame#popup {{ background: {c.panel.name()}; border: 1px solid {c.line.name()}; }}
QMenu {{ background: {c.panel.name()}; border: 1px solid {c.line.name()}; padding: 4px; }}
QMenu::item {{ padding: 5px 24px 5px 28px; border-radius: 4px; }}
QMenu::item:selected {{ background: {selected}; color: {c.text.name()}; }}
QMenu::item:disabled {{ color: {c.faint.name()}; }}
QMenu::separator {{ height: 1px; background: {c.line.name()}; margin: 4px 8px; }}
QLabel[dim="true"] {{ color: {c.dim.name()}; }}
QLabel[heading="true"] {{ font-weight: 600; }}
QStatusBar {{ color: {c.dim.name()}; }}
QStatusBar::item {{ border: none; }}
QStatusBar QToolButton {{ padding: 0 6px; border: none; margin: -1px 0; }}
NoticeBar[low="true"] QPushButton, NoticeBar[low="true"] QToolButton {{ padding: 0 8px; }}
QDockWidget {{ color: {c.dim.name()}; font-weight: 600; }}
QDockWidget::title {{ background: {c.panel.name()}; padding: 6px {GRID}px; border-bottom: 1px solid {c.line.name()}; }}
QTabWidget::pane {{ border: none; border-top: 1px solid {c.line.name()}; }}
QTabBar::tab {{ padding: 6px 14px; color: {c.dim.name()}; border: none; border-bottom: 2px solid transparent; }}
QTabBar::tab:selected {{ color: {c.text.name()}; border-bottom-color: {c.accent.name()}; }}
QTabBar::tab:hover:!selected {{ color: {c.text.name()}; background: {c.raised.name()}; }}
QPushButton, QToolButton {{
    background: {c.raised.name()}; border: 1px solid {c.line.name()}; border-radius: 4px; padding: 4px 10px;
}}
QToolButton {{ padding: 4px 6px; }}
Thumbnails QToolButton {{ padding: 0; }}
PictureButtons QToolButton::menu-indicator {{ image: none; }}
PictureButtons QToolButton[popupMode="1"] {{ padding-right: 20px; }}
PictureButtons QToolButton::menu-button {{ border: none; width: 18px; }}
QWidget#rail {{ border-right: 1px solid {c.line.name()}; }}
QWidget#rail QToolButton {{
    background: transparent; border: none; border-left: 3px solid transparent; border-radius: 0;
    padding: 10px 8px 10px 6px; color: {c.dim.name()};
}}
QWidget#rail QToolButton:hover {{ color: {c.text.name()}; background: {c.raised.name()}; }}
QWidget#rail QToolButton:checked {{ color: {c.text.name()}; border-left-color: {c.accent.name()}; }}
QWidget#rail QToolButton:focus {{ background: {selected}; }}
QToolButton[autoRaise="true"] {{ background: transparent; border-color: transparent; }}
QPushButton:hover, QToolButton:hover {{ background: {hover}; }}
QPushButton:pressed, QToolButton:pressed, QPushButton:checked, QToolButton:checked {{
    background: {selected}; border-color: {c.accent.name()};
}}
QPushButton:focus, QToolButton:focus, QPushButton:default {{ border-color: {c.accent.name()}; }}
QPushButton:checked:focus, QToolButton:checked:focus {{ border-color: {c.text.name()}; }}
QPushButton:disabled, QToolButton:disabled {{ color: {c.faint.name()}; background: {c.panel.name()}; }}
QToolButton#search {{
    color: {c.dim.name()}; background: {c.sunken.name()}; border-radius: 4px; padding: 3px 14px; margin: 1px 6px 3px 0;
}}
QToolButton#search:hover {{ color: {c.text.name()}; border-color: {c.accent.name()}; }}
QComboBox, QAbstractSpinBox {{ min-height: 24px; }}
QLineEdit, QPlainTextEdit {{
    background: {c.sunken.name()}; border: 1px solid {c.line.name()}; border-radius: 4px; padding: 4px 6px;
    selection-background-color: {c.accent.name()}; selection-color: {c.on_accent.name()};
}}
QLineEdit:focus, QPlainTextEdit:focus {{ border-color: {c.accent.name()}; }}
QTreeView, QListView, QTableView {{ border: none; background: {c.panel.name()}; outline: none; }}
QTreeView {{ border: 1px solid {c.panel.name()}; }}
QTreeView:focus {{ border: 1px solid {c.accent.name()}; }}
QTabBar::tab:selected:focus {{ background: {selected}; }}
QTreeView::item {{ padding: 3px 2px; border: none; }}
QTreeView::indicator, QListView::indicator {{
    width: 11px; height: 11px; border: 1px solid {c.dim.name()}; border-radius: 2px; background: {c.sunken.name()};
}}
QTreeView::indicator:checked, QListView::indicator:checked {{
    background: {c.accent.name()}; border-color: {c.accent.name()};
}}
QTreeView::item:hover, QListView::item:hover {{ background: {c.raised.name()}; }}
QTreeView::item:selected, QListView::item:selected {{ background: {selected}; color: {c.text.name()}; }}
QHeaderView::section {{
    background: {c.panel.name()}; color: {c.dim.name()}; border: none; border-bottom: 1px solid {c.line.name()};
    padding: 4px 4px;
}}
QAbstractScrollArea::corner {{ background: transparent; border: none; }}
QScrollBar {{ background: transparent; border: none; }}
QScrollBar:vertical {{ width: 10px; }}
QScrollBar:horizontal {{ height: 10px; }}
QScrollBar::handle {{ background: {c.line.name()}; border-radius: 3px; margin: 2px; }}
QScrollBar::handle {{ min-width: 24px; min-height: 24px; }}
QScrollBar::handle:hover {{ background: {c.faint.name()}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QProgressBar {{ background: {c.track.name()}; border: none; border-radius: 3px; }}
QProgressBar::chunk {{ background: {c.accent.name()}; border-radius: 3px; }}
QToolTip {{
    background: {c.raised.name()}; color: {c.text.name()}; border: 1px solid {c.line.name()}; padding: 4px 6px;
}}
"""
