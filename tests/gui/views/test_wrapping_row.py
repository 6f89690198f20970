"""A row whose words do not fit beside each other goes on below, and cuts none of them."""

from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from gui.forms.method_menu import MethodMenu
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


def test_that_what_can_be_narrower_is_narrower_before_a_line_begins(qtbot: QtBot) -> None:
    whole = QWidget()
    qtbot.addWidget(whole)
    row, choice, run = WrappingRow(whole), QPushButton("something that is rarely all seen"), QPushButton("Run")
    least = choice.sizeHint().width() - 60
    row.put(choice, grows=1, narrow=lambda: least)
    row.put(run, side="right")
    high = row.sizeHint().height()
    for lacks in (0, 20, 60):
        whole.resize(row.sizeHint().width() - lacks, high)
        whole.show()
        assert choice.width() == choice.sizeHint().width() - lacks
        assert run.geometry().right() == whole.rect().right()
        assert row.heightForWidth(whole.width()) == high
    assert row.heightForWidth(whole.width() - 1) > high


def test_that_room_that_is_kept_for_what_is_hidden_makes_no_line_of_its_own(qtbot: QtBot) -> None:
    whole, row, buttons = row_of(qtbot, "one", "another", "Live")
    kept = buttons[-1].sizePolicy()
    kept.setRetainSizeWhenHidden(True)
    buttons[-1].setSizePolicy(kept)
    wide, high = row.sizeHint().width(), row.sizeHint().height()
    whole.resize(wide - 1, 3 * high)
    whole.show()
    assert row.heightForWidth(wide - 1) > high
    buttons[-1].hide()
    assert row.heightForWidth(wide - 1) == high
    assert row.sizeHint().width() == wide
    buttons[-1].show()
    qtbot.waitUntil(lambda: buttons[-1].y() > buttons[0].y())


def test_that_a_part_that_asks_for_more_gets_it(qtbot: QtBot) -> None:
    whole, row, buttons = row_of(qtbot, "one", "another", "Run")
    wide = row.sizeHint().width()
    whole.resize(wide, 3 * row.sizeHint().height())
    whole.show()
    assert len({button.y() for button in buttons}) == 1
    buttons[0].setText("one that is much longer")
    qtbot.waitUntil(lambda: buttons[0].width() >= buttons[0].sizeHint().width())
    assert row.sizeHint().width() > wide
    assert len({button.y() for button in buttons}) > 1


def test_that_another_choice_of_a_menu_needs_its_own_width(qtbot: QtBot) -> None:
    from analysis.methods.registry import method

    whole, menu = QWidget(), MethodMenu()
    qtbot.addWidget(whole)
    row = WrappingRow(whole)
    menu.show_methods([("", [method("pgd"), method("integrated-gradients")])])
    menu.choose("pgd")
    row.put(menu, narrow=menu.width_of_title)
    row.put(QPushButton("Run"), side="right")

    def narrowest() -> int:
        """At which all is in one line."""
        high = row.heightForWidth(2000)
        return next(width for width in range(2000) if row.heightForWidth(width) == high)

    short = narrowest()
    menu.choose("integrated-gradients")
    assert narrowest() > short
