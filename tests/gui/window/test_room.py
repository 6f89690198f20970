"""Who has how much room, in pixels: the middle of the window, the docks around it, and what is in them."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QRect, QSettings, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDockWidget,
    QLabel,
    QScrollArea,
    QWidget,
)
from pytestqt.qtbot import QtBot

from analysis.protocol.recipe import ModelChoice
from gui import theme
from gui.options import WindowOptions
from gui.sources.bars.camera import CameraBar
from gui.sources.bars.folder import FolderBar
from gui.sources.bars.noise import NoiseBar
from gui.sources.bars.screen import ScreenBar
from gui.sources.camera import CameraSource
from gui.sources.noise import NoiseSource
from gui.sources.samples import SampleSource
from gui.sources.screen import ScreenSource
from gui.tabs.method_tab import MethodTab
from gui.views.elided_choice import ElidedChoice
from gui.views.words import FittedWords, SteadyLine, WrappedWords
from gui.window.bindings import Bindings
from gui.window.main_window import TITLE_BAR, MainWindow
from gui.window.session import Session
from tests.gui import networks
from tests.gui.docks.test_unit import answer
from tests.gui.explaining import FakeEngine

LAPTOP = QSize(1366, 768 - TITLE_BAR)
LARGE = QSize(1920, 1080 - TITLE_BAR)


@pytest.fixture
def settings(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


def started(qtbot: QtBot, settings: QSettings, size: QSize) -> MainWindow:
    """As at a first start on a screen of that size."""
    window = MainWindow()
    qtbot.addWidget(window)
    window.resize(size)
    window.restore_layout(settings)
    window.resize(size)
    window.show()
    window.furnish()
    settle()
    return window


def settle() -> None:
    for _ in range(6):
        QApplication.processEvents()


@pytest.fixture
def projected(qapp: QApplication) -> Iterator[None]:
    theme.apply(qapp, "dark", projector=True)
    yield
    theme.apply(qapp, "dark")


@pytest.fixture
def plain(qapp: QApplication) -> None:
    theme.apply(qapp, "dark")


def chosen(window: MainWindow, best: int = 9) -> None:
    """A network is there, a unit of it is chosen, and so many best pictures of it."""
    window.state.set_network(networks.loaded(), None, None)
    window.network.show_loaded(networks.loaded())
    window.state.set_unit(1)
    window.unit.show_live(answer(window.state, best))
    settle()


def middle(window: MainWindow) -> int:
    return window.centralWidget().width()


@pytest.mark.parametrize(("size", "least"), [(LAPTOP, 720), (LARGE, 1070)], ids=["1366×768", "1920×1080"])
def test_that_the_middle_has_most_of_the_window_at_a_first_start(
    plain: None, qtbot: QtBot, settings: QSettings, size: QSize, least: int
) -> None:
    window = started(qtbot, settings, size)
    assert window.size() == size
    assert middle(window) >= least
    chosen(window)
    assert middle(window) >= least


def test_that_the_docks_give_way(plain: None, qtbot: QtBot, settings: QSettings) -> None:
    window = started(qtbot, settings, LAPTOP)
    chosen(window)
    docks = list(window.docks.values())
    window.resizeDocks(docks, [1] * len(docks), Qt.Orientation.Horizontal)
    settle()
    assert middle(window) >= 850
    for dock in docks:
        assert dock.width() <= 240


def test_that_the_layout_of_last_time_opens_as_it_was(plain: None, qtbot: QtBot, settings: QSettings) -> None:
    """Also one in which the Predictions dock is at the right, where it was at first once."""
    before = started(qtbot, settings, LAPTOP)
    before.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, before.docks["Predictions"])
    before.resizeDocks([before.docks["Network"], before.docks["Unit"]], [370, 350], Qt.Orientation.Horizontal)
    settle()
    places = {name: dock.geometry() for name, dock in before.docks.items()}
    before.save_layout(settings)
    before.close()
    again = started(qtbot, settings, LAPTOP)
    assert {name: dock.geometry() for name, dock in again.docks.items()} == places


def test_that_the_best_pictures_are_in_sight(plain: None, qtbot: QtBot, settings: QSettings) -> None:
    window = started(qtbot, settings, LAPTOP)
    chosen(window)
    unit = window.unit
    area = unit.findChild(QScrollArea)
    assert isinstance(area, QScrollArea)
    sight = area.viewport().rect()
    for button in unit.best.buttons:
        assert button.isVisible()
        top_left = button.mapTo(area.viewport(), button.rect().topLeft())
        bottom_right = button.mapTo(area.viewport(), button.rect().bottomRight())
        assert sight.contains(top_left)
        assert sight.contains(bottom_right)
    assert not area.verticalScrollBar().isVisible()
    assert unit.map.picture_rect().width() >= 100
    assert unit.overlay.picture_rect().width() >= 100


def test_that_a_units_maps_grow_with_its_dock(plain: None, qtbot: QtBot, settings: QSettings) -> None:
    window = started(qtbot, settings, LARGE)
    chosen(window)
    sides = [window.unit.map.picture_rect().width()]
    for width in (560, 640):
        right = [window.docks["Picture"], window.docks["Unit"]]
        window.resizeDocks(right, [width, width], Qt.Orientation.Horizontal)
        settle()
        sides.append(window.unit.map.picture_rect().width())
    assert sides[0] >= 220
    assert sides[1] > 1.15 * sides[0]
    assert sides[2] > sides[1]


@pytest.mark.parametrize("size", [LAPTOP, LARGE], ids=["1366×768", "1920×1080"])
def test_that_a_unit_dock_that_floats_grows_with_all_that_is_in_it(
    plain: None, qtbot: QtBot, settings: QSettings, size: QSize
) -> None:
    window = started(qtbot, settings, size)
    chosen(window)
    unit, dock = window.unit, window.docks["Unit"]

    def sides() -> list[float]:
        settle()
        best = unit.best.buttons[0].iconSize().width()
        plots = min(unit.chart.height() * unit.chart.width(), unit.histogram.height() * unit.histogram.width())
        return [unit.map.picture_rect().width(), unit.overlay.picture_rect().width(), best, plots]

    before = sides()
    dock.setFloating(True)
    for width, height in ((700, 900), (1500, 800)):
        dock.resize(width, height)
        after = sides()
        assert all(now > 1.15 * then for now, then in zip(after, before, strict=True)), (width, height)
        area = unit.findChild(QScrollArea)
        assert isinstance(area, QScrollArea)
        assert not area.verticalScrollBar().isVisible()
        assert all(
            area.viewport().rect().contains(button.mapTo(area.viewport(), button.rect().bottomRight()))
            for button in unit.best.buttons
        )


@pytest.mark.parametrize(("size", "least"), [(LAPTOP, 180), (LARGE, 320)], ids=["1366×768", "1920×1080"])
def test_that_all_of_a_units_page_is_in_sight_and_large(
    plain: None, qtbot: QtBot, settings: QSettings, size: QSize, least: int
) -> None:
    window = started(qtbot, settings, size)
    chosen(window)
    panel = window.activations
    panel.enlarge_unit()
    panel.page.show_live(answer(window.state, 9))
    settle()
    sight = panel.page.sight
    area = panel.page.findChild(QScrollArea)
    assert isinstance(area, QScrollArea)
    assert not area.verticalScrollBar().isVisible()
    for picture in (sight.map, sight.overlay):
        assert picture.picture_rect().width() >= least
    assert panel.page.deconvolution.size() == sight.map.size()
    for button in (*sight.best.buttons, *sight.crops.buttons):
        assert button.isVisible()
        assert area.viewport().rect().contains(button.mapTo(area.viewport(), button.rect().bottomRight()))
        assert button.iconSize().width() >= 44
    before = window.centralWidget().geometry()
    panel.show_all_units()
    settle()
    assert window.centralWidget().geometry() == before


def test_that_nothing_in_the_unit_dock_moves_while_pictures_come_and_other_units_are_chosen(
    plain: None, qtbot: QtBot, settings: QSettings
) -> None:
    window = started(qtbot, settings, LAPTOP)
    window.state.set_network(networks.loaded(), None, None)
    window.state.set_unit(1)
    settle()
    unit = window.unit

    def places() -> list[Any]:
        settle()
        parts = (unit.map, unit.overlay, unit.value, unit.opacity, unit.legend, unit.chart, unit.histogram, unit.best)
        return [part.geometry() for part in parts]

    before = places()
    for best in (1, 5, 9):
        unit.show_live(answer(window.state, best))
        assert places() == before
    for layer in ("layer1.relu", "layer2.conv1"):
        window.state.set_layer(layer, 3)
        assert places() == before


@pytest.mark.parametrize("bar", ["none", "camera", "screen", "noise"])
def test_that_projector_mode_needs_no_more_than_a_laptops_screen(
    projected: None, qtbot: QtBot, settings: QSettings, bar: str
) -> None:
    window = started(qtbot, settings, LAPTOP)
    session = Session(WindowOptions(model=ModelChoice("lenet")), settings, make_engine=FakeEngine, window=window)
    bindings = Bindings(session)
    chosen(window)
    sources: dict[str, Any] = {
        "camera": (CameraBar, CameraSource),
        "screen": (ScreenBar, ScreenSource),
        "noise": (NoiseBar, NoiseSource),
    }
    if bar in sources:
        make_bar, make_source = sources[bar]
        window.picture.use_controls(make_bar(make_source(parent=session), window.picture))
    for index in range(window.tabs.count()):
        window.tabs.setCurrentIndex(index)
        settle()
    least = window.minimumSizeHint()
    assert least.width() <= LAPTOP.width()
    assert least.height() <= LAPTOP.height()
    assert window.size() == LAPTOP
    for dock in window.docks.values():
        assert cut(dock) == []
        assert covered(dock) == []
    assert bindings.parent() is session
    window.close()


def test_that_projector_mode_cuts_no_choice(projected: None, qtbot: QtBot, settings: QSettings) -> None:
    window = started(qtbot, settings, LAPTOP)
    session = Session(WindowOptions(model=ModelChoice("lenet")), settings, make_engine=FakeEngine, window=window)
    chosen(window)
    seen = 0
    for key in ("saliency", "occlusion"):
        tab = session.tabs[key].panel
        window.tabs.setCurrentWidget(session.tabs[key])
        assert isinstance(tab, MethodTab)
        for method in tab.methods.names:
            tab.methods.choose(method)
            settle()
            heads = (tab.methods, tab.target.what, tab.target.kind, window.predictions.values)
            buttons = (tab.run_button, tab.settings_button, tab.follow)
            for part in (*heads, window.predictions.smoothing, *buttons):
                if part.isVisible():
                    seen += 1
                    whole = part.width_of_title() if part is tab.methods else part.minimumSizeHint().width()
                    assert part.width() >= whole, (method, part.accessibleName())
    assert seen > 20
    window.close()


def test_that_what_is_made_after_the_type_was_set_has_it(qtbot: QtBot, qapp: QApplication, settings: QSettings) -> None:
    theme.remember(settings, "dark", projector=True)
    before = qapp.font()
    try:
        theme.set_type(qapp, settings)
        window = MainWindow()
        qtbot.addWidget(window)
        assert window.menuBar().font().pointSizeF() > theme.SMALLEST_TYPE * 1.4
    finally:
        qapp.setFont(before)
        theme.apply(qapp, "dark")


def cut(dock: QDockWidget) -> list[str]:
    """What it says in less room than its words need, and without showing that by dots."""
    found = []
    for label in dock.findChildren(QLabel):
        if not label.isVisible() or not label.text():
            continue
        if isinstance(label, WrappedWords) or label.wordWrap():
            fits = label.heightForWidth(label.width()) <= label.height()
        else:
            elided = isinstance(label, (SteadyLine, FittedWords))
            fits = label.height() >= label.fontMetrics().height() - 1
            fits = fits and (elided or label.width() >= label.sizeHint().width())
        if not fits:
            found.append(label.text())
    choices = [choice for choice in dock.findChildren(QComboBox) if choice.isVisible()]
    cut_off = [one for one in choices if not isinstance(one, ElidedChoice) and one.width() < one.sizeHint().width()]
    buttons = [button for button in dock.findChildren(QAbstractButton) if button.isVisible() and button.text()]
    too_low = [button.text() for button in buttons if button.height() < button.fontMetrics().height()]
    return [*found, *(choice.currentText() for choice in cut_off), *too_low]


def covered(dock: QDockWidget) -> list[str]:
    """What lies over something beside it."""
    panel = dock.widget()
    parts = panel.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
    seen = [part for part in parts if part.isVisible()]
    pairs = [(one, other) for number, one in enumerate(seen) for other in seen[:number]]
    return [
        f"{type(one).__name__} and {type(other).__name__}"
        for one, other in pairs
        if one.geometry().intersects(other.geometry())
    ]


def test_that_what_the_status_line_says_ends_before_what_always_stands(
    projected: None, qtbot: QtBot, settings: QSettings
) -> None:
    window = started(qtbot, settings, LAPTOP)
    status = window.statusBar()
    window.show_rates("256×256 picture · computed in 1.9 s · CPU, 2 threads")
    status.showMessage("Click a unit to look at it · U and O walk the layers · Ctrl+K finds everything · " * 3)
    settle()
    said: str = status.said  # type: ignore[attr-defined]  # of our own kind of line
    assert said.endswith("…")
    rates = next(label for label in status.findChildren(QLabel) if "computed" in label.text())
    assert status.fontMetrics().horizontalAdvance(said) < rates.x()
    status.showMessage("Written.")
    settle()
    assert status.said == "Written."  # type: ignore[attr-defined]


def test_that_a_choice_in_too_little_room_ends_in_dots(projected: None, qtbot: QtBot) -> None:
    def ink(width: int, text: str) -> np.ndarray[Any, Any]:
        choice = ElidedChoice()
        qtbot.addWidget(choice)
        choice.addItem(text)
        choice.setFixedSize(width, 40)
        choice.show()
        image = choice.grab().toImage().convertToFormat(choice.grab().toImage().Format.Format_RGB32)
        pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
        return pixels.copy()

    narrow = ink(90, "Probability of a class")
    assert np.array_equal(narrow, ink(90, "Probability of another one"))  # both end before they differ
    assert not np.array_equal(narrow, ink(90, "Logit"))


def test_that_on_a_narrow_screen_the_window_is_no_wider_than_the_screen(
    plain: None, qtbot: QtBot, settings: QSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A laptop of 1366×768 whose letters are enlarged by half."""
    screen = SimpleNamespace(availableGeometry=lambda: QRect(0, 0, 910, 512))
    monkeypatch.setattr(MainWindow, "screen", lambda _window: screen)
    window = MainWindow()
    qtbot.addWidget(window)
    window.restore_layout(settings)
    window.stay_on_screen()
    window.show()
    window.furnish()
    samples = SampleSource(parent=window)
    window.picture.use_controls(FolderBar(samples, window.picture))
    chosen(window)
    window.name_shown("lenet", "a long name of a picture")
    least = window.minimumSizeHint()
    assert least.width() <= 910
    assert least.height() <= 512 - TITLE_BAR
    assert window.size() == QSize(910, 512 - TITLE_BAR)
    assert all(dock.toggleViewAction().isChecked() for dock in window.docks.values())
    assert window.docks["Picture"].windowTitle() == "Picture"
