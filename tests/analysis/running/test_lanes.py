"""Engines beside each other: what they know of each other's pictures, and which networks stay opened."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.opening import catalogue
from analysis.opening.loading import Loading
from analysis.protocol.events import Live, Loaded, MethodResult
from analysis.protocol.frame import Frame
from analysis.protocol.lane import Lane, Stream
from analysis.protocol.recipe import ModelChoice, Recipe
from analysis.protocol.requests import DeviceRequest, JobRequest, LiveRequest, LoadRequest, MethodRequest
from analysis.results.looks import MapsLook
from analysis.running.engine import Engine

LENET, CIFAR = ModelChoice("lenet"), ModelChoice("resnet-cifar")
ROOM = 1 << 30


def frame(moving: bool) -> Frame:
    pixels = np.random.default_rng(3).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    return Frame(pixels, 1, "noise:3", 0.0, moving)


def done(engine: Engine, request: JobRequest) -> object:
    return list(engine.job(request))[-1]


def load(engine: Engine, epoch: int, choice: ModelChoice) -> Loaded:
    loaded = done(engine, LoadRequest(epoch, epoch, choice, "cpu"))
    assert isinstance(loaded, Loaded)
    return loaded


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The networks that were opened, in their order."""
    names: list[str] = []
    really = catalogue.load

    def counting(choice: ModelChoice, *rest: object) -> Iterator[Loading]:
        names.append(choice.name)
        return really(choice, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(catalogue, "load", counting)
    return names


def test_that_pictures_that_move_in_one_lane_make_the_steps_in_the_other_short(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("analysis.protocol.lane.STREAMING", 1e9)
    view, study, elsewhere = Engine(), Engine(), Engine()
    stream = Stream()
    view.lane, study.lane = Lane(stream), Lane(stream)
    for engine in (view, study, elsewhere):
        load(engine, 1, LENET)
    recipe = Recipe(LENET, method="smoothgrad", settings={"samples": 30})

    def first_share(engine: Engine) -> float:
        steps = engine.job(MethodRequest(7, 1, recipe, frame(moving=False)))
        return next(event.done for event in steps if event.done > 0)  # type: ignore[attr-defined]

    assert first_share(study) > 1
    assert isinstance(view.live(LiveRequest(5, 1, frame(moving=True), "conv1", None, MapsLook())), Live)
    assert first_share(study) == 1
    assert first_share(elsewhere) > 1


def test_that_a_network_that_was_opened_is_not_opened_again(opened: list[str]) -> None:
    engine = Engine()
    engine.lane = Lane(Stream(), 2, ROOM)
    first = load(engine, 1, LENET)
    load(engine, 2, CIFAR)
    again = load(engine, 3, LENET)
    assert opened == ["lenet", "resnet-cifar"]
    assert again.choice == first.choice
    result = done(engine, MethodRequest(9, 3, Recipe(LENET, method="gradient"), frame(moving=False)))
    assert isinstance(result, MethodResult)
    assert result.recipe.model == first.choice


def test_that_those_that_were_not_used_for_longest_make_room(opened: list[str]) -> None:
    engine = Engine()
    engine.lane = Lane(Stream(), 2, ROOM)
    random = replace(LENET, weights="random", seed=1)
    for epoch, choice in enumerate((LENET, CIFAR, LENET, random, LENET, CIFAR), start=1):
        load(engine, epoch, choice)
    assert opened == ["lenet", "resnet-cifar", "lenet", "resnet-cifar"]


@pytest.mark.parametrize("lane", [Lane(), Lane(Stream(), 3, 1000)], ids=["no room", "few bytes"])
def test_that_what_there_is_no_room_for_is_opened_again(lane: Lane, opened: list[str]) -> None:
    engine = Engine()
    engine.lane = lane
    for epoch, choice in enumerate((LENET, CIFAR, LENET), start=1):
        load(engine, epoch, choice)
    assert opened == ["lenet", "resnet-cifar", "lenet"]


def test_that_other_labels_in_the_same_file_are_read(tmp_path: Path, opened: list[str]) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("\n".join(f"digit {number}" for number in range(10)))
    engine = Engine()
    engine.lane = Lane(Stream(), 2, ROOM)
    named = replace(LENET, labels=str(labels))
    load(engine, 1, named)
    labels.write_text("\n".join(f"the digit {number}" for number in range(10)))
    again = load(engine, 2, named)
    assert again.labels is not None
    assert again.labels[0] == "the digit 0"
    assert len(opened) == 2


def test_that_a_network_that_was_moved_is_opened_again(opened: list[str]) -> None:
    engine = Engine()
    engine.lane = Lane(Stream(), 2, ROOM)
    load(engine, 1, LENET)
    assert isinstance(done(engine, DeviceRequest(2, 2, "cpu")), Loaded)
    load(engine, 3, LENET)
    assert opened == ["lenet", "lenet"]
