"""A row whose words do not fit beside each other goes on below, and cuts none of them."""

from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from gui.views.wrapping_row import WrappingRow


def row_of(qtbot: QtBot, *texts: str) -> tuple[QWidget, WrappingRow, list[QPushButton]]:
    whole = QWidget()
    qtbot.addWidget(whole)
    row, buttons = WrappingRow(whole), [QPushButton(text) for text in texts]
    for button in buttons[:-1]:
        row.put(button)
    row.put(buttons[-1], side="right")
    return whole, row, buttons


def test_that_all_stand_in_one_line_where_there_is_room_and_the_last_at_its_end(qtbot: QtBot) -> None:
    whole, row, buttons = row_of(qtbot, "one", "another", "Run")
    whole.resize(row.sizeHint().width() + 200, row.sizeHint().height())
    whole.show()
    assert len({button.y() for button in buttons}) == 1
    assert buttons[-1].geometry().right() == whole.rect().right()


def test_that_it_goes_on_below_rather_than_cut_a_word(qtbot: QtBot) -> None:
    whole, row, buttons = row_of(qtbot, "a long choice", "another long choice", "Run")
    for width in range(row.minimumSize().width(), row.sizeHint().width() + 1, 7):
        whole.resize(width, row.heightForWidth(width))
        whole.show()
        for button in buttons:
            assert button.width() >= button.sizeHint().width()
            assert whole.rect().contains(button.geometry())
        pairs = [(one, other) for at, one in enumerate(buttons) for other in buttons[:at]]
        assert not any(one.geometry().intersects(other.geometry()) for one, other in pairs)
    assert row.heightForWidth(row.minimumSize().width()) > row.sizeHint().height()


def test_that_what_is_hidden_takes_no_room(qtbot: QtBot) -> None:
    whole, row, buttons = row_of(qtbot, "one", "another", "Run")
    whole.show()
    before = row.sizeHint().width()
    buttons[1].hide()
    assert row.sizeHint().width() < before


def test_that_room_left_over_goes_to_what_grows(qtbot: QtBot) -> None:
    whole = QWidget()
    qtbot.addWidget(whole)
    row, plain, growing = WrappingRow(whole), QPushButton("plain"), QPushButton("growing")
    row.put(plain)
    row.put(growing, grows=1)
    whole.resize(row.sizeHint().width() + 100, 40)
    whole.show()
    assert plain.width() == plain.sizeHint().width()
    assert growing.width() == growing.sizeHint().width() + 100


def test_that_what_a_row_is_for_stands_in_its_first_line_at_the_right_however_narrow_it_is(qtbot: QtBot) -> None:
    whole = QWidget()
    qtbot.addWidget(whole)
    row, buttons = WrappingRow(whole), [QPushButton(text) for text in ("a long choice", "another long choice", "Run")]
    for button in buttons:
        row.put(button, main=button is buttons[-1], side="right" if button is buttons[-1] else "left")
    for width in range(row.minimumSize().width(), row.sizeHint().width() + 20, 7):
        whole.resize(width, row.heightForWidth(width))
        whole.show()
        run, others = buttons[-1], buttons[:-1]
        assert run.y() == 0
        assert run.geometry().right() == whole.rect().right()
        for at, button in enumerate(others):
            assert button.width() >= button.sizeHint().width()
            assert whole.rect().contains(button.geometry())
            assert not any(button.geometry().intersects(other.geometry()) for other in (run, *others[:at]))
