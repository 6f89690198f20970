"""The window on a module in memory: from a script, beside a session, and after training changed it."""

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import torch
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot
from torch import nn

import underhood
from analysis.opening import in_memory
from analysis.protocol.recipe import ModelChoice
from gui.script import looking
from gui.script.looking import Look
from gui.script.session_loop import loop_runs_by_itself
from tests.journeys.conftest import LONG

SAID: dict[str, Any] = {"size": 32, "mean": 0.5, "std": 0.25}


@pytest.fixture
def model() -> nn.Module:
    torch.manual_seed(0)
    parts = (nn.Conv2d(3, 6, 3), nn.ReLU(), nn.Dropout(0.5), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(24, 3))
    return nn.Sequential(*parts).train()


@pytest.fixture(autouse=True)
def _nothing_open() -> Iterator[None]:
    yield
    for look in list(looking._open):
        look.close()
    assert not in_memory._offered
    gc.disable()  # as the fixture round it left it


def answer_of(look: Look) -> np.ndarray:
    assert look.session is not None
    live = look.session.loop.live
    assert live is not None
    assert live.logits is not None
    return live.logits


def own_answer(model: nn.Module, seen: torch.Tensor) -> np.ndarray:
    modes = {part: part.training for part in model.modules()}
    model.eval()
    with torch.no_grad():
        answer = model(seen)[0].numpy()
    for part, mode in modes.items():
        part.training = mode
    return answer


def test_that_a_script_goes_on_when_the_window_is_closed(model: nn.Module, qtbot: QtBot) -> None:
    seen: list[object] = []

    def close_soon() -> None:
        look = looking._open[-1]
        if look.session is None or look.session.loop.live is None:
            QTimer.singleShot(20, close_soon)
            return
        state = look.session.state
        seen.extend((look, state.network.title, state.network.labels, state.layer, state.unit))
        look.session.window.close()

    QTimer.singleShot(0, close_soon)
    look = underhood.look(model, "sample:cat", layer="1", unit=2, labels=["a", "b", "c"], **SAID)
    assert seen == [look, "Sequential", ("a", "b", "c"), "1", 2]
    assert not look.is_open
    assert all(part.training for part in model.modules())
    with pytest.raises(underhood.Problem, match="closed"):
        look.refresh()


def test_that_a_training_loop_shows_what_it_changed(model: nn.Module, qtbot: QtBot) -> None:
    seen = torch.rand(3, 16, 20, generator=torch.Generator().manual_seed(1)).mul(255).round().div(255)
    look = underhood.look(model, seen, block=False, layer="0", unit=1)
    assert look.is_open
    assert np.allclose(answer_of(look), own_answer(model, seen[None]), atol=1e-5)
    optimiser = torch.optim.SGD(model.parameters(), 0.5)
    for _ in range(2):
        model(torch.rand(4, 3, 16, 20)).sum().backward()
        optimiser.step()
        look.refresh()
        assert np.allclose(answer_of(look), own_answer(model, seen[None]), atol=1e-4)
    assert look.session is not None
    assert (look.session.state.layer, look.session.state.unit) == ("0", 1)
    assert all(part.training for part in model.modules())
    assert model[0].weight.grad is not None


def test_that_the_window_follows_the_weights_by_itself(model: nn.Module, qtbot: QtBot) -> None:
    look = underhood.look(model, "sample:cat", block=False, **SAID)
    before = answer_of(look).copy()
    with torch.no_grad():
        model[5].weight.mul_(-2)
    qtbot.waitUntil(lambda: not np.allclose(answer_of(look), before), timeout=LONG)


def test_that_a_cell_of_a_notebook_does_not_wait(
    model: nn.Module, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks: dict[str, list[Any]] = {"pre_run_cell": [], "post_run_cell": []}
    events = SimpleNamespace(
        register=lambda name, hook: hooks[name].append(hook), unregister=lambda name, hook: hooks[name].remove(hook)
    )
    python = ModuleType("IPython")
    python.get_ipython = lambda: SimpleNamespace(active_eventloop="qt", events=events)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", python)
    gc.enable()
    look = underhood.look(model, "sample:cat", **SAID)
    assert look.session is None  # nothing was waited for: the session's own loop brings it
    qtbot.waitUntil(lambda: look.session is not None and look.session.loop.live is not None, timeout=LONG)
    assert not gc.isenabled()  # widgets die on this thread only
    hooks["pre_run_cell"][0](object())
    assert gc.isenabled()  # a long cell may make garbage of its own
    hooks["post_run_cell"][0](object())
    assert not gc.isenabled()
    look.close()
    assert gc.isenabled()
    assert hooks == {"pre_run_cell": [], "post_run_cell": []}


def test_that_the_program_remembers_nothing_of_a_module(model: nn.Module, qtbot: QtBot, tmp_path: Path) -> None:
    look = underhood.look(model, "sample:cat", block=False, **SAID)
    session = look.session
    assert session is not None
    session.save()
    assert "memory:" not in str(session.settings.value("session/recipe", ""))
    assert session.recent_networks() == []
    settings = session.settings
    look.close()
    assert "memory:" not in str(settings.value("session/recipe", ""))


def test_that_networks_by_name_and_arrays_are_looked_at_too(qtbot: QtBot) -> None:
    pixels = np.zeros((28, 28, 3), np.uint8)
    pixels[4:24, 12:16] = 255
    look = underhood.look("lenet", pixels, block=False)
    assert int(answer_of(look).argmax()) == 1
    assert look.session is not None
    assert look.session.recipe().picture.origin == "memory"


def test_that_two_windows_show_two_modules(model: nn.Module, qtbot: QtBot) -> None:
    other = nn.Sequential(nn.Flatten(), nn.Linear(3072, 7))
    looks = [underhood.look(one, "sample:cat", block=False, **SAID) for one in (model, other)]
    assert [len(answer_of(look)) for look in looks] == [3, 7]
    looks[0].close()
    assert looks[1].is_open
    with torch.no_grad():
        other[1].bias.add_(1)
    before = answer_of(looks[1]).copy()
    looks[1].refresh()
    assert np.allclose(answer_of(looks[1]), before + 1, atol=1e-4)


def test_that_refreshing_brings_the_module_back(model: nn.Module, qtbot: QtBot) -> None:
    look = underhood.look(model, "sample:cat", block=False, **SAID)
    session = look.session
    assert session is not None
    session.open_network(ModelChoice("lenet"))
    qtbot.waitUntil(lambda: session.state.network.choice.name == "lenet", timeout=LONG)
    with torch.no_grad():
        model[5].weight.mul_(-2)
    look.refresh()
    assert session.state.network.title == "Sequential"


def test_that_a_module_that_takes_no_picture_is_told_in_the_window(qtbot: QtBot) -> None:
    look = underhood.look(nn.Embedding(5, 3), "sample:cat", block=False)
    assert look.is_open
    assert look.session is not None
    assert look.session.state.network is None
    assert "takes words or other signs" in look.session.window.network.notice.sentence


@pytest.mark.parametrize(
    ("shell", "runs"),
    [
        (None, False),
        (SimpleNamespace(active_eventloop=None), False),
        (SimpleNamespace(active_eventloop="tk"), False),
        (SimpleNamespace(active_eventloop="qt6"), True),
        (SimpleNamespace(kernel=SimpleNamespace(eventloop=None)), False),
        (SimpleNamespace(kernel=SimpleNamespace(eventloop=SimpleNamespace(__name__="loop_tk"))), False),
        (SimpleNamespace(kernel=SimpleNamespace(eventloop=SimpleNamespace(__name__="loop_qt"))), True),
    ],
)
def test_that_it_is_known_who_runs_the_event_loop(shell: object, runs: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    python = ModuleType("IPython")
    python.get_ipython = lambda: shell  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", python)
    assert loop_runs_by_itself() == runs


def test_that_a_thread_cannot_open_a_window(model: nn.Module, qtbot: QtBot) -> None:
    import threading

    said: list[str] = []

    def try_to() -> None:
        try:
            underhood.look(model)
        except underhood.Problem as problem:
            said.append(str(problem))

    thread = threading.Thread(target=try_to)
    thread.start()
    thread.join()
    assert "main thread" in said[0]
