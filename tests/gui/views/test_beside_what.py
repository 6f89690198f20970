"""A menu stands beside what it speaks of, and never out of the screen."""

import pytest
from PySide6.QtCore import QRect, QSize

from gui.views.beside_what import beside

SCREEN = QRect(0, 0, 1366, 768)
MENU = QSize(240, 300)


@pytest.mark.parametrize(
    "what",
    [
        QRect(1030, 300, 336, 468),  # the dock at the right
        QRect(0, 40, 300, 700),  # one at the left
        QRect(1030, 700, 336, 68),  # low down
        QRect(200, 0, 1000, 200),  # with room below only
        QRect(200, 500, 1000, 268),  # with room above only
    ],
)
def test_that_the_menu_covers_nothing_of_it(what: QRect) -> None:
    menu = QRect(beside(what, MENU, SCREEN), MENU)
    assert not menu.intersects(what)
    assert SCREEN.contains(menu)


def test_that_it_stays_on_the_screen_where_there_is_no_room_beside() -> None:
    assert beside(SCREEN, MENU, SCREEN).x() == 0
    assert SCREEN.contains(QRect(beside(SCREEN, MENU, SCREEN), MENU))
