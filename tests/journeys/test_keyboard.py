"""Everything in the window is reached by the Tab key in the order in which the eye reads it, and says what it does."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QScrollBar,
    QTabBar,
    QWidget,
)

from tests.journeys.test_main_job import House, click_unit, house

__all__ = ["house"]

CONTROLS = (QAbstractButton, QComboBox, QAbstractSpinBox, QAbstractSlider, QAbstractItemView, QTabBar, QLineEdit)


def tab_stops(house: House) -> list[QWidget]:
    """What the Tab key goes to, from the network's name on, once round."""
    first = house.window.network.choose
    stops: list[QWidget] = [first]
    at = first.nextInFocusChain()
    while at is not first:
        its_own = at.focusProxy() is None and at.isEnabled() and at.isVisibleTo(house.window)
        if its_own and at.focusPolicy() & Qt.FocusPolicy.TabFocus:
            stops.append(at)
        at = at.nextInFocusChain()
    return stops


def area(house: House, stop: QWidget) -> str:
    for name, dock in house.window.docks.items():
        if dock.isAncestorOf(stop):
            return name
    return "middle"


def test_that_the_tab_key_goes_through_the_window_from_left_to_right(house: House) -> None:
    click_unit(house, 2)
    house.until(lambda: house.window.unit._unit is not None)
    areas = [area(house, stop) for stop in tab_stops(house)]
    changes = [one for one, before in zip(areas, ["", *areas], strict=False) if one != before]
    assert changes == ["Network", "middle", "Picture", "Unit", "Predictions"]


def test_that_the_tab_key_goes_down_the_activations_tab(house: House) -> None:
    panel = house.window.activations
    stops = [stop for stop in tab_stops(house) if panel.isAncestorOf(stop)]
    places = [stop.mapTo(panel, QPoint(0, stop.height() // 2)) for stop in stops]
    rows = ["head" if place.y() < 40 else "foot" if place.y() > panel.height() - 40 else "mosaic" for place in places]
    assert rows == sorted(rows, key=["head", "mosaic", "foot"].index)
    for row in ("head", "foot"):
        across = [place.x() for place, name in zip(places, rows, strict=True) if name == row]
        assert across == sorted(across)


def test_that_every_control_says_what_it_does(house: House) -> None:
    click_unit(house, 2)
    house.until(lambda: house.window.unit._unit is not None)
    silent = set()
    for index in range(house.window.tabs.count()):
        house.window.tabs.setCurrentIndex(index)
        QApplication.processEvents()
        for control in house.window.findChildren(QWidget):
            inner = isinstance(control, QHeaderView | QScrollBar) or control.objectName().startswith("qt_spinbox")
            cells = isinstance(control, QAbstractItemView)  # whose rows have tooltips of their own
            if isinstance(control, CONTROLS) and control.isVisible() and not inner and not cells:
                words = control.toolTip()
                if not words:
                    silent.add(f"{type(control).__name__} {control.accessibleName() or control.objectName()}")
    assert silent == set()


def test_that_the_arrows_walk_the_places_of_a_units_map(house: House) -> None:
    click_unit(house, 2)
    house.until(lambda: house.window.unit._unit is not None)
    unit, state = house.window.unit, house.session.state
    house.qtbot.keyClick(unit.map, Qt.Key.Key_Right)
    assert state.place == (12, 12)
    house.qtbot.keyClick(unit.map, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    house.qtbot.keyClick(unit.map, Qt.Key.Key_Left)
    assert state.place == (9, 11)
    assert "at row 9, column 11" in unit.value.text()
    for _ in range(5):
        house.qtbot.keyClick(unit.map, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert state.place == (0, 11)  # and no step further, which would take the mark away
