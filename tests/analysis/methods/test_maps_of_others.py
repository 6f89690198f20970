"""UMAP and PaCMAP: offered where they are installed, folded in a process of their own, ended with who asked."""

import io
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.manifold import trustworthiness

from analysis.methods import registry
from analysis.methods.embeddings.pacmap import PaCMap
from analysis.methods.embeddings.umap import Umap
from analysis.methods.registry import METHODS, WHERE_INSTALLED, method
from analysis.population import folds_apart
from analysis.population.apart import Apart
from analysis.population.distances import nearest
from analysis.protocol.problems import Problem

DIGITS = load_digits().data[:250].astype(np.float32)
OTHERS = [pytest.param(technique, marks=[] if technique in METHODS else pytest.mark.skip(f"{package} is not installed"))
          for technique, package, _ in WHERE_INSTALLED]  # fmt: skip


def test_that_what_is_not_installed_is_not_offered_and_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    there = tuple(one for one in METHODS if one.name not in ("umap", "pacmap"))
    monkeypatch.setattr(registry, "METHODS", there)
    for name in ("umap", "pacmap"):
        with pytest.raises(Problem, match=r"pip install “underhood\[maps\]”"):
            method(name)
    assert {name for name in ("umap", "pacmap") if find_spec(name)} == {
        one.name for one in METHODS if one.name in ("umap", "pacmap")
    }


def test_that_the_extra_that_is_named_is_declared() -> None:
    declared = Path("pyproject.toml").read_text(encoding="utf-8")
    assert all(f"{extra} = [" in declared for _, _, extra in WHERE_INSTALLED)


def test_that_each_map_so_far_waits_to_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def doubled(asked: Any, given: Any) -> Any:
        for step in range(1, 4):
            folds_apart._tell(given["start"] * step, step / 3)
        return given["start"] * asked["times"]

    monkeypatch.setattr(folds_apart, "FOLDS", {"umap": (doubled, lambda: None)})
    monkeypatch.setattr(folds_apart, "_warmed", lambda _kind: None)
    monkeypatch.setattr(folds_apart, "OFTEN", 0.0)
    asks, tells = io.BytesIO(), io.BytesIO()
    folds_apart.say(asks, {"times": 4}, {"start": np.ones((2, 2), np.float32)})
    asks.write(b"on\non\non\n")
    asks.seek(0)
    folds_apart._each_asked("umap", asks, tells)
    tells.seek(0)
    told = []
    while (heard := folds_apart.hear(tells)) is not None:
        told.append((heard[0]["said"], *(float(values[0, 0]) for values in heard[1].values())))
    assert told == [("ready",), ("so far", 1.0), ("so far", 2.0), ("so far", 3.0), ("done", 4.0)]


def test_that_a_fault_of_another_library_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_asked: Any, _given: Any) -> Any:
        raise ValueError("too few of them")

    monkeypatch.setattr(folds_apart, "FOLDS", {"umap": (fails, lambda: None)})
    monkeypatch.setattr(folds_apart, "_warmed", lambda _kind: None)
    asks, tells = io.BytesIO(), io.BytesIO()
    folds_apart.say(asks, {}, {})
    asks.seek(0)
    folds_apart._each_asked("umap", asks, tells)
    tells.seek(0)
    folds_apart.hear(tells)
    heard = folds_apart.hear(tells)
    assert heard is not None
    assert heard[0] == {"said": "failed", "words": "ValueError: too few of them"}


def test_that_a_process_that_ended_is_said_and_leaves_nothing() -> None:
    with Apart("nothing of that name", "UMAP") as process, pytest.raises(Problem, match="UMAP ended before"):
        list(process.fold({}, {"vectors": DIGITS}))
    assert not process._listener.is_alive()
    assert process._process.returncode is not None


def test_that_too_few_pictures_are_said() -> None:
    with pytest.raises(Problem, match="at least 8"):
        PaCMap().needed(7)
    with pytest.raises(Problem, match="at least 4"):
        Umap().needed(3)


@pytest.mark.parametrize("technique", OTHERS)
@pytest.mark.parametrize("dimensions", [2, 3])
def test_that_the_map_of_another_library_can_be_believed(technique: Any, dimensions: int) -> None:
    fold = technique(dimensions=dimensions)
    steps = [one for one in fold.fold(DIGITS, nearest(DIGITS, fold.needed(len(DIGITS))), None, 5) if one is not None]
    assert steps[-1].places.shape == (250, dimensions)
    assert trustworthiness(DIGITS, steps[-1].places, n_neighbors=12) > 0.93
    assert steps[-1].share == 1.0
