"""One live frame: what is shown equals what the network computes, and nothing stays behind in the network."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import numpy as np
import pytest
import torch
from torch import nn

from analysis.network.network import Network
from analysis.opening.assembly import assembled
from analysis.protocol.events import Event, JobProgress, Live, Loaded, MethodResult
from analysis.protocol.frame import Frame
from analysis.protocol.lane import AWAITED, Manners
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import Problem
from analysis.protocol.raw_picture import BT601, Luma, RawPicture
from analysis.protocol.recipe import ModelChoice, PictureChoice, Recipe, Setting
from analysis.protocol.requests import CatalogueRequest, DeviceRequest, LiveRequest, LoadRequest, MethodRequest
from analysis.results.looks import MapsLook
from analysis.results.numbers import numbers_of
from analysis.running.engine import Engine
from analysis.running.live import LiveView
from tests.analysis.input_of import input_of

SMALL = Preprocessing(12, 16, 12, "stretch", 3, (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))
NUMBERS = count(1)


class Small(nn.Module):
    """Convolution, an in-place ReLU, a head; counts its passes."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)
        self.head = nn.Linear(5, 4)
        self.passes = 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.passes += 1
        answer: torch.Tensor = self.head(self.relu(self.conv(x)).mean((2, 3)))
        return answer


@pytest.fixture
def network() -> Network:
    torch.manual_seed(3)
    made = assembled(Small(), ModelChoice("small"), "Small", SMALL)
    made.module.passes = 0  # type: ignore[assignment]
    return made


def frame(moving: bool = True, seed: int = 0) -> Frame:
    pixels = np.random.default_rng(seed).integers(0, 256, (24, 32, 3), np.uint8)
    return Frame(pixels, next(NUMBERS), "camera" if moving else "/p.png", 0.0, moving)


def request(of: Frame, layer: str | None = "conv", unit: int | None = None, **changes: object) -> LiveRequest:
    made = LiveRequest(next(NUMBERS), 1, of, layer, unit, MapsLook())
    return replace(made, **changes)  # type: ignore[arg-type]


def test_that_the_unit_map_is_the_layers_own_output_before_the_in_place_relu(network: Network) -> None:
    of = frame()
    live = LiveView(network).answer(request(of, "conv", 2), 1)
    with torch.no_grad():
        expected = network.module.conv(input_of(network, of.pixels))[0, 2].numpy()  # type: ignore[operator]
    assert live.unit is not None
    np.testing.assert_allclose(live.unit.map, expected, rtol=1e-4, atol=1e-6)
    assert live.unit.map.min() < 0
    assert live.unit.maximum == live.unit.map.max() == live.unit.map[live.unit.place]


def test_that_means_are_kept_with_a_picture_that_stays(network: Network) -> None:
    view, still = LiveView(network), frame(moving=False)
    first = view.answer(request(still, layer_means=True), 1)
    without = view.answer(request(still, "relu"), 1)
    again = view.answer(request(still, "head", layer_means=True), 1)
    assert network.module.passes == 1
    assert first.layer_means == again.layer_means != {}
    assert without.layer_means is None
    other = view.answer(request(frame(moving=False, seed=4), layer_means=True), 1)
    assert network.module.passes == 2
    assert other.layer_means != first.layer_means


def test_that_a_redrawn_picture_tells_what_its_pass_took(network: Network) -> None:
    view, still = LiveView(network), frame(moving=False)
    first = view.answer(request(still, layer_means=True), 1)
    again = view.answer(request(still, "relu", 1, look=MapsLook(gamma=0.5)), 1)
    assert network.module.passes == 1
    assert again.milliseconds == first.milliseconds > 0
    assert again.logits is not None
    assert first.logits is not None
    np.testing.assert_array_equal(again.logits, first.logits)


def test_that_the_mosaic_shows_the_same_values(network: Network) -> None:
    live = LiveView(network).answer(request(frame(), "conv", 4), 1)
    assert live.mosaic is not None
    assert live.unit is not None
    mosaic = live.mosaic
    row, column = divmod(list(mosaic.order).index(4), mosaic.columns)
    tile = mosaic.levels[row * mosaic.tile_height : (row + 1) * mosaic.tile_height, column * mosaic.tile_width :][
        :, : mosaic.tile_width
    ]
    low, high = mosaic.low[4], mosaic.high[4]
    np.testing.assert_allclose(low + tile / 255 * (high - low), live.unit.map, atol=(high - low) / 250)


def test_that_the_logits_are_the_networks_answer(network: Network) -> None:
    of = frame()
    live = LiveView(network).answer(request(of), 1)
    with torch.no_grad():
        expected = network.module(input_of(network, of.pixels))[0].numpy()
    assert live.logits is not None
    np.testing.assert_allclose(live.logits, expected, rtol=1e-6)


def test_that_another_layer_of_a_still_picture_needs_no_new_pass(network: Network) -> None:
    view, of = LiveView(network), frame(moving=False)
    first = view.answer(request(of, "conv"), 1)
    second = view.answer(request(of, "relu", 1), 1)
    third = view.answer(request(of, "head"), 1)
    assert network.module.passes == 1
    assert first.mosaic is not None
    assert first.mosaic.signed
    assert second.unit is not None
    assert second.unit.map.min() == 0
    assert third.values is not None
    assert third.values.shape == (4,)


def test_that_a_moving_picture_makes_one_pass_a_frame(network: Network) -> None:
    view = LiveView(network)
    view.answer(request(frame(seed=0)), 1)
    before = network.module.passes  # the first one also finds out what can be computed together
    for seed in range(1, 4):
        view.answer(request(frame(seed=seed)), 1)
    assert network.module.passes == before + 3


def test_that_a_stream_that_stands_is_seen_exactly(network: Network) -> None:
    """Of a stream's frame a small copy was made in a hurry; held still, it is the picture that a recipe makes again."""
    rng = np.random.default_rng(0)
    planes = tuple(rng.integers(16, 235, shape, np.uint8) for shape in ((96, 128), (48, 64), (48, 64)))
    moving = Frame(RawPicture(planes, Luma(*BT601)), next(NUMBERS), "/v.mp4#t=1.000", 0.0, moving=True)
    view = LiveView(network)
    view.answer(request(moving), 1)
    stands = replace(moving, moving=False)
    answer = view.answer(request(stands), 1)
    np.testing.assert_array_equal(answer.picture, network.picture(moving.pixels))
    view.answer(request(moving), 1)  # asked before it stood
    np.testing.assert_array_equal(view.answer(request(stands), 1).picture, network.picture(moving.pixels))


def test_that_means_of_all_layers_come_when_they_are_asked_for(network: Network) -> None:
    of = frame()
    live = LiveView(network).answer(request(of, layer_means=True), 1)
    with torch.no_grad():
        conv = network.module.conv(input_of(network, of.pixels))  # type: ignore[operator]
    assert live.layer_means is not None
    assert live.layer_means["conv"] == pytest.approx(float(conv.abs().mean()), rel=1e-5)
    assert live.layer_means["relu"] == pytest.approx(float(conv.relu().mean()), rel=1e-5)
    assert LiveView(network).answer(request(frame()), 1).layer_means is None


def test_that_layers_of_double_and_half_precision_among_others_have_means() -> None:
    class Mixed(Small):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            answer: torch.Tensor = self.double_(self.half_(super().forward(x).half()).double())
            return answer

        def __init__(self) -> None:
            super().__init__()
            self.half_, self.double_ = nn.Identity(), nn.Identity()

    mixed = assembled(Mixed(), ModelChoice("mixed"), "Mixed", SMALL)
    of = frame(moving=False)
    live = LiveView(mixed).answer(request(of, layer_means=True), 1)
    assert live.layer_means is not None
    expected = float(mixed.module(input_of(mixed, of.pixels)).abs().mean())
    assert live.layer_means["half_"] == pytest.approx(expected, rel=1e-3)
    assert live.layer_means["double_"] == pytest.approx(expected, rel=1e-5)


def test_that_no_hook_and_no_gradient_stays(network: Network) -> None:
    LiveView(network).answer(request(frame(), layer_means=True), 1)
    assert all(not module._forward_hooks for module in network.module.modules())
    assert not network.module.training


def test_that_values_that_are_no_numbers_are_said_and_drawn(network: Network) -> None:
    with torch.no_grad():
        network.module.conv.weight[1] = float("nan")  # type: ignore[index, union-attr]
    live = LiveView(network).answer(request(frame(), "conv", 1), 1)
    assert any("not finite" in note for note in live.notes)
    assert live.mosaic is not None
    assert live.unit is not None


def test_that_a_network_that_raises_leaves_no_hook_and_works_again(network: Network) -> None:
    view = LiveView(network)
    head = network.module.head
    network.module.head = nn.Linear(7, 4)
    with pytest.raises(RuntimeError):
        view.answer(request(frame()), 1)
    assert all(not module._forward_hooks for module in network.module.modules())
    network.module.head = head
    assert view.answer(request(frame()), 1).mosaic is not None


def run(engine: Engine, *requests: object) -> list[object]:
    return [event for one in requests for event in engine.job(one)]  # type: ignore[arg-type]


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine()
    assert isinstance(run(made, LoadRequest(1, 1, ModelChoice("lenet"), "cpu"))[-1], Loaded)
    return made


def test_that_the_engine_answers_only_for_the_network_that_is_here(engine: Engine) -> None:
    of = frame()
    assert isinstance(engine.live(request(of, "conv1")), Live)
    assert engine.live(request(of, "conv1", epoch=2)) is None


def test_that_the_engine_runs_a_method_and_fills_in_what_makes_it_again(engine: Engine) -> None:
    of = frame(moving=False)
    recipe = Recipe(ModelChoice("lenet"), PictureChoice(of.origin), layer="conv1")
    result = run(engine, MethodRequest(5, 1, recipe, of))[-1]
    assert numbers_of(result.result)["result"].shape == (32, 24, 24)  # type: ignore[attr-defined]
    full = result.recipe  # type: ignore[attr-defined]
    assert full.model.weights_hash
    assert len(full.picture.sha256) == 64


def test_that_steps_are_short_only_while_moving_pictures_come(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.protocol.lane.STREAMING", 1e9)
    of = frame(moving=False)
    job = MethodRequest(7, 1, Recipe(ModelChoice("lenet"), method="smoothgrad", settings={"samples": 30}), of)

    def first_share() -> float:
        return next(event.done for event in engine.job(job) if event.done > 0)  # type: ignore[union-attr]

    assert isinstance(engine.live(request(of, "conv1")), Live)
    assert first_share() > 1
    assert isinstance(engine.live(request(frame(), "conv1")), Live)
    assert first_share() == 1


def test_that_an_explanation_gives_way_to_moving_pictures_until_it_is_hurried(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in (("AT_ONCE", 0.0), ("SLOWED", 0.0), ("SHORT", 0.0)):
        monkeypatch.setattr(f"analysis.running.jobs.method.{name}", seconds)
    monkeypatch.setattr("analysis.protocol.lane.STREAMING", 1e9)
    rests: list[tuple[float, Manners]] = []
    stream = engine.lane.stream
    monkeypatch.setattr(stream, "rest_between", lambda took, manners: rests.append((took, manners)) or 1e9)
    of = frame(moving=False)
    job = MethodRequest(7, 1, Recipe(ModelChoice("lenet"), method="smoothgrad", settings={"samples": 30}), of)
    alone = run(engine, job)[-1]
    rests.clear()
    stream.moved()
    events: list[Event] = []
    for event in engine.job(job):
        if events and event is events[-1]:  # it says the same again while it rests, without an end
            stream.first.add(7)
        events.append(event)
    told = list(dict.fromkeys(event for event in events if isinstance(event, JobProgress)))
    assert [(event.done, event.gives_way) for event in told[:2]] == [(1, False), (1, True)]
    assert (told[-1].done, told[-1].gives_way) == (30, False)
    assert [manners for _, manners in rests] == [AWAITED] * (len(told) - 2), "between two steps"
    assert len(events) == len(told) + 2, "it rested once, until it was hurried"
    assert isinstance(alone, MethodResult)
    assert isinstance(events[-1], MethodResult)
    np.testing.assert_allclose(
        numbers_of(events[-1].result)["result"], numbers_of(alone.result)["result"], rtol=1e-4, atol=1e-6
    )


@pytest.mark.parametrize("name", ["occlusion", "smoothgrad", "rise", "randomisation"])
def test_that_a_job_that_is_interrupted_by_another_one_gives_the_same(engine: Engine, name: str) -> None:
    settings: dict[str, Setting] = {
        "occlusion": {"mask": 14, "stride": 7},
        "smoothgrad": {"samples": 6, "batch": 2},
        "rise": {"masks": 6, "batch": 2},
    }.get(name, {})
    of, lenet = frame(moving=False), ModelChoice("lenet")
    long = MethodRequest(7, 1, Recipe(lenet, method=name, settings=settings), of)
    alone = run(engine, long)[-1]
    events: list[Event] = []
    for event in engine.job(long):
        events.append(event)
        run(engine, MethodRequest(8, 1, Recipe(lenet, method="guided"), of, at_once=True))
    last = events[-1]
    assert isinstance(alone, MethodResult)
    assert isinstance(last, MethodResult)
    np.testing.assert_array_equal(numbers_of(last.result)["result"], numbers_of(alone.result)["result"])


def test_that_what_was_asked_of_the_network_before_is_not_answered_by_this_one(engine: Engine) -> None:
    with pytest.raises(Problem, match="Another network"):
        run(engine, MethodRequest(7, 0, Recipe(ModelChoice("lenet"), method="gradient"), frame()))


@pytest.mark.parametrize("device", ["cuda:7", "abacus"])
def test_that_a_device_that_is_not_there_is_said(engine: Engine, device: str) -> None:
    with pytest.raises(Problem, match="no device"):
        run(engine, DeviceRequest(6, 2, device))
    assert isinstance(engine.live(request(frame(), "conv1")), Live)  # the network before is still there


def test_that_a_method_without_a_network_is_a_sentence() -> None:
    with pytest.raises(Problem, match="no network yet"):
        run(Engine(), MethodRequest(1, 1, Recipe(ModelChoice("lenet")), frame()))


def test_that_the_catalogue_lists_the_built_in_networks(engine: Engine) -> None:
    catalogue = run(engine, CatalogueRequest(1))[-1]
    assert "lenet" in [entry.name for entry in catalogue.entries]  # type: ignore[attr-defined]


def test_that_memory_that_ran_out_on_the_gpu_moves_the_network_to_the_processor(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise torch.OutOfMemoryError

    monkeypatch.setattr(LiveView, "answer", full)
    news = engine.live(request(frame(), "conv1"))
    assert isinstance(news, Loaded)
    assert "memory is full" in news.notes[0]
    monkeypatch.undo()
    assert isinstance(engine.live(request(frame(), "conv1")), Live)
