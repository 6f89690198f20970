"""Progress in a notebook is one output of the cell, and gone in the end; in a script nothing is printed to a file."""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import torch

import underhood
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
    clock = iter(range(1_000_000))
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


def test_that_nothing_is_shown_of_what_is_opened_without_progress(notebook: Handle) -> None:
    """Neither of the question nor of the module that is opened for it, nor of a name or a whole comparison."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.Flatten(), torch.nn.Linear(4 * 18 * 18, 3))
    pixels = np.random.default_rng(0).integers(0, 256, (20, 20, 3), np.uint8)
    how = {"size": 20, "mean": 0.5, "std": 0.5}
    underhood.explain(model, pixels, "occlusion", stride=4, mask=5, progress=False, **how)
    underhood.opened(model, progress=False, **how)
    choice = {"name": "lenet"}
    grid = {"model": choice, "picture": {"origin": "sample:digit-5"}, "target": "class:5"}
    grid["comparison"] = {"methods": [{"name": "gradient"}], "networks": [choice]}
    underhood.again(grid, progress=False)
    assert notebook.shown == []
    underhood.explain(model, pixels, "occlusion", stride=4, mask=5, **how)
    assert notebook.shown


def test_that_nothing_is_printed_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar() as show:
        show(1, 3, "working")
    assert capsys.readouterr() == ("", "")
