"""Progress in a notebook is one output of the cell, and gone in the end; in a script nothing is printed to a file."""

import sys
from types import ModuleType, SimpleNamespace

import pytest

from analysis.script import progress
from analysis.script.progress import progress_bar


class Handle:
    def __init__(self) -> None:
        self.shown: list[str] = []

    def update(self, drawn: str) -> None:
        self.shown.append(drawn)


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Handle:
    handle = Handle()

    def display(drawn: str, display_id: bool) -> Handle:
        assert display_id
        handle.shown.append(drawn)
        return handle

    python, shows = ModuleType("IPython"), ModuleType("IPython.display")
    python.get_ipython = lambda: SimpleNamespace(kernel=object())  # type: ignore[attr-defined]
    shows.HTML, shows.display = str, display  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", python)
    monkeypatch.setitem(sys.modules, "IPython.display", shows)
    clock = iter(range(1000))
    monkeypatch.setattr(progress, "monotonic", lambda: next(clock))
    return handle


def test_that_a_notebook_has_one_bar_that_goes(notebook: Handle) -> None:
    with progress_bar() as show:
        for step in range(1, 4):
            show(step, 3, "a < b")
    assert len(notebook.shown) == 4
    assert 'value="0.333"' in notebook.shown[0]
    assert "a &lt; b" in notebook.shown[0]
    assert notebook.shown[-1] == ""


def test_that_the_bar_goes_when_the_person_interrupts(notebook: Handle) -> None:
    def interrupted() -> None:
        with progress_bar() as show:
            show(1, 3, "")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert notebook.shown[-1] == ""


def test_that_it_can_be_left_out(notebook: Handle) -> None:
    with progress_bar(wanted=False) as show:
        show(1, 3, "")
    assert notebook.shown == []


def test_that_nothing_is_printed_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar() as show:
        show(1, 3, "working")
    assert capsys.readouterr() == ("", "")
