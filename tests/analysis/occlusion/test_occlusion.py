"""The occlusion methods against the plain loop that a person would write, on odd networks and on every border."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from analysis.methods.method import Progress
from analysis.methods.occlusion.occlusion import Occlusion
from analysis.methods.occlusion.occlusion_loss import OcclusionLoss
from analysis.network.network import Network
from analysis.opening.assembly import assembled
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice
from analysis.protocol.target import ClassTarget, UnitTarget
from analysis.question.question import Question
from analysis.question.scalar import settled, values
from analysis.quick.switch import plain
from tests.analysis.input_of import input_of
from tests.analysis.zoo import ZOO, Odd, odd

CLASSIFIERS = [one for one in ZOO if one.runs and one.finite and one.classes and one.layers]


def context_of(one: Odd) -> Question:
    return Question(network=one.network(), input=one.example())


def last(steps: Iterator[Progress]) -> Progress:
    *_, final = steps
    return final


def by_hand(context: Question, size: int, stride: int, filled: Tensor) -> NDArray[np.float32]:
    """One masked picture after the other."""
    context = settled(context)
    height, width = context.input.shape[-2:]
    rows, columns = range(0, height - size + 1, stride), range(0, width - size + 1, stride)
    clean = float(values(context, context.input)[0])
    drops = np.empty((len(rows), len(columns)), np.float32)
    for i, top in enumerate(rows):
        for j, left in enumerate(columns):
            picture = context.input.clone()
            picture[0, :, top : top + size, left : left + size] = filled[0, :, top : top + size, left : left + size]
            drops[i, j] = clean - float(values(context, picture)[0])
    return drops


def grey(context: Question) -> Tensor:
    return context.network.normalised(torch.full(context.input.shape[1:], 127.5))


def assert_same(found: NDArray[np.float32], expected: NDArray[np.float32], scale: float) -> None:
    """Within 1e-4 of the range, or of what single precision can tell of a score of this scale."""
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= max(1e-4 * np.ptp(expected), 1e-6 * scale)


@pytest.mark.parametrize("one", CLASSIFIERS, ids=lambda one: one.name)
@pytest.mark.parametrize(("size", "stride"), [(7, 3), (1, 6)])
def test_that_the_map_is_that_of_the_plain_loop(one: Odd, size: int, stride: int) -> None:
    context = context_of(one)
    final = last(Occlusion(mask=size, stride=stride).run(context))
    in_parts = context.network.together and not plain("incremental")
    assert ("only what a mask changes" in final.note) == in_parts
    assert final.done == final.total == final.arrays["result"].size
    expected = by_hand(context, size, stride, grey(context))
    assert_same(final.arrays["result"], expected, abs(float(final.arrays["baseline"])) + 1)


LAYERS = [
    ("plain", "2", UnitTarget("mean"), 3),
    ("residual", "blocks.0", UnitTarget("max"), 2),
    ("residual", "blocks.1.conv1", UnitTarget((0, 15)), 9),
    ("concatenating", "branches.2", UnitTarget("center"), 1),
    ("called-twice", "shared", UnitTarget("map"), 0),
    ("in-place-relu", "conv2", UnitTarget((14, 14)), 1),
    ("dict-output", "features.conv1", UnitTarget("mean"), 1),
    ("picture-output", "down", UnitTarget("mean"), 1),
    ("tokens", "encoder.layers.0", UnitTarget("mean"), 1),
]


@pytest.mark.parametrize(("name", "layer", "target", "unit"), LAYERS, ids=lambda part: str(part))
def test_that_a_unit_inside_the_network_is_asked_as_in_the_plain_loop(
    name: str, layer: str, target: UnitTarget, unit: int
) -> None:
    one = odd(name)
    network = one.network()
    context = Question(network, one.example(), network.node(layer), unit, target)
    final = last(Occlusion(mask=6, stride=5, fill="black").run(context))
    assert ("only what a mask changes" in final.note) == (not plain("incremental"))
    black = context.network.normalised(torch.zeros(context.input.shape[1:]))
    expected = by_hand(context, 6, 5, black)
    assert_same(final.arrays["result"], expected, abs(float(final.arrays["baseline"])))


@pytest.mark.parametrize("target", [ClassTarget("probability", 2), ClassTarget("logprob", 0), ClassTarget("class", 1)])
def test_that_every_scalar_of_a_class_is_asked_as_in_the_plain_loop(target: ClassTarget) -> None:
    one = odd("concatenating")
    context = Question(network=one.network(), input=one.example(), target=target)
    final = last(Occlusion(mask=9, stride=4).run(context))
    assert_same(final.arrays["result"], by_hand(context, 9, 4, grey(context)), 1.0)
    assert float(final.arrays["baseline"]) == pytest.approx(float(values(context, context.input)[0]), abs=1e-6)


def test_that_the_fills_are_what_they_say() -> None:
    context = context_of(odd("plain"))
    picture = context.input
    mean = picture.mean((2, 3), keepdim=True).expand_as(picture)
    black = context.network.normalised(torch.zeros(picture.shape[1:]))
    for fill, filled in (("mean", mean), ("black", black), ("grey", grey(context))):
        found = last(Occlusion(mask=8, stride=4, fill=fill).run(context)).arrays["result"]
        assert_same(found, by_hand(context, 8, 4, filled), 1.0)


def test_that_a_blurred_mask_on_an_even_picture_changes_nothing() -> None:
    one = odd("plain")
    network = one.network()
    even = torch.full((1, 3, one.height, one.width), 0.3)
    found = last(Occlusion(mask=8, stride=4, fill="blur").run(Question(network=network, input=even))).arrays["result"]
    assert np.abs(found).max() < 1e-6
    noisy = last(Occlusion(mask=8, stride=4, fill="blur").run(context_of(one))).arrays["result"]
    assert np.abs(noisy).max() > 1e-4


def test_that_a_mask_over_everything_gives_the_score_of_the_filled_picture() -> None:
    one = odd("residual")
    context = context_of(one)
    final = last(Occlusion(mask=32, stride=2).run(context))
    assert final.arrays["result"].shape == (1, 1)
    filled = values(settled(context), grey(context))
    assert float(final.arrays["result"][0, 0]) == pytest.approx(
        float(final.arrays["baseline"]) - float(filled[0]), abs=1e-6
    )


def test_that_places_start_at_0_and_the_whole_mask_stays_in_the_picture() -> None:
    final = last(Occlusion(mask=7, stride=6).run(context_of(odd("grey-oblong"))))
    rows, columns = [0, 6, 12], [0, 6, 12, 18, 24, 30]
    positions = final.arrays["positions"]
    assert positions.shape == (3, 6, 2)
    assert positions[:, 0, 0].tolist() == rows
    assert positions[0, :, 1].tolist() == columns


def test_that_the_map_fills_in_from_coarse_to_fine_and_is_never_empty_once_begun() -> None:
    context = context_of(odd("plain"))
    states = list(Occlusion(mask=4, stride=1).run(context))
    final = states[-1].arrays["result"]
    assert [state.done for state in states] == sorted(state.done for state in states)
    assert states[-1].done == states[-1].total == 29 * 29
    assert all(np.isfinite(state.arrays["result"]).all() for state in states)
    assert len({id(state.arrays["result"]) for state in states}) == len(states)
    first = next(state for state in states if state.done >= 64)
    coarse = first.arrays["result"]
    assert np.array_equal(coarse[::4, ::4], final[::4, ::4])


def test_that_every_place_is_visited_once() -> None:
    from analysis.occlusion.masks import coarse_to_fine

    for rows, columns in ((1, 1), (7, 30), (97, 97), (64, 3), (17, 16)):
        visited = np.zeros((rows, columns), int)
        for patch in coarse_to_fine(rows, columns):
            visited[np.ix_(patch.rows, patch.columns)] += 1
        assert (visited == 1).all()


def test_that_a_mask_larger_than_the_picture_is_refused_in_words() -> None:
    with pytest.raises(Problem, match="does not fit into a picture of 40×20"):
        next(Occlusion(mask=21).run(context_of(odd("grey-oblong"))))


def test_that_closing_the_run_at_any_step_leaves_the_network_as_it_was() -> None:
    one = odd("residual")
    context = context_of(one)
    module = context.network.module
    before = {name: value.clone() for name, value in module.state_dict().items()}
    steps = len(list(Occlusion(mask=8, stride=4).run(context)))
    for stop in range(steps):
        run = Occlusion(mask=8, stride=4).run(context)
        for _ in range(stop + 1):
            next(run, None)  # how many steps there are depends on the clock
            assert not torch.is_inference_mode_enabled()
            assert not any(part._forward_hooks for part in module.modules())
        run.close()
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())


def test_that_the_same_question_has_the_same_answer_to_the_bit() -> None:
    context = context_of(odd("concatenating"))
    first, second = (last(Occlusion(mask=5, stride=3).run(context)).arrays["result"] for _ in range(2))
    assert np.array_equal(first, second)


def network_of(module: nn.Module, side: int = 24) -> Network:
    preprocessing = Preprocessing(side, side, resize=side, fit="stretch", mean=(0.5,) * 3, std=(0.25,) * 3)
    return assembled(module.eval().requires_grad_(False), ModelChoice("own", "random"), "own", preprocessing)


class _ConvolvingAndScoring(nn.Module):
    """What the odd networks below are made of."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.fc = nn.Linear(4, 3)


class Choosing(_ConvolvingAndScoring):
    """Which way it goes depends on the picture's values."""

    def forward(self, x: Tensor) -> Tensor:
        maps = self.conv(x)
        if float(x[:, :, :12].mean()) > 0:
            maps = maps.abs()
        y: Tensor = self.fc(maps.mean((2, 3)))
        return y


class ThroughNumpy(_ConvolvingAndScoring):
    """A part of the computation that torch does not see."""

    def forward(self, x: Tensor) -> Tensor:
        maps = self.conv(x)
        level = torch.from_numpy(np.maximum(x.mean((1, 2, 3)).numpy(), 0.0))
        y: Tensor = self.fc(maps.mean((2, 3)) + level[:, None])
        return y


class Trembling(_ConvolvingAndScoring):
    """Random numbers in its forward pass, the same ones each time."""

    def forward(self, x: Tensor) -> Tensor:
        noise = torch.rand(4, generator=torch.Generator().manual_seed(0))
        y: Tensor = self.fc(self.conv(x).mean((2, 3)) + noise)
        return y


@pytest.mark.parametrize("module", [Choosing, ThroughNumpy, Trembling])
def test_that_what_cannot_be_recorded_goes_the_plain_way_and_says_so(module: type[nn.Module]) -> None:
    torch.manual_seed(3)
    network = network_of(module())
    context = Question(network=network, input=torch.randn(1, 3, 24, 24))
    final = last(Occlusion(mask=6, stride=3).run(context))
    assert "every masked picture went through the whole network" in final.note
    assert_same(final.arrays["result"], by_hand(context, 6, 3, grey(context)), 1.0)


@pytest.mark.parametrize("name", ["plain", "residual", "grey-oblong"])
def test_that_the_fast_sweep_tells_its_error(name: str) -> None:
    context = context_of(odd(name))
    exact = last(Occlusion(mask=7, stride=3).run(context)).arrays["result"]
    final = last(Occlusion(mask=7, stride=3, exact=False).run(context))
    error, correlation = final.arrays["error"].tolist()
    difference = np.abs(final.arrays["result"] - exact).max()
    if "approximate" in final.note:
        assert 0 < error <= difference * 1.001
        assert f"{error:.2g}" in final.note
    else:  # no faster number format on this machine
        assert difference == 0
    assert -1 <= correlation <= 1
    assert difference < 0.05


def test_that_the_loss_map_is_the_loss_before_minus_the_loss_behind_the_mask() -> None:
    one = odd("plain")
    context = Question(network=one.network(), input=one.example())
    for q in (-1, 3):
        final = last(OcclusionLoss(predicted=q, mask=8, stride=6).run(context))
        chosen = settled(context).target.index if q < 0 else q  # type: ignore[union-attr]
        logprob = by_hand(
            Question(network=context.network, input=context.input, target=ClassTarget("logprob", chosen)),
            8,
            6,
            grey(context),
        )
        assert_same(final.arrays["result"], -logprob, 1.0)
        probability = one.module()(one.example()).softmax(1)[0, chosen]
        assert float(final.arrays["baseline"]) == pytest.approx(-float(probability.log()), abs=1e-5)


def test_that_the_loss_map_asks_why_right_or_why_wrong() -> None:
    context = context_of(odd("plain"))
    answer = settled(context).target.index  # type: ignore[union-attr]
    assert isinstance(answer, int)
    for truth, words in ((-1, "Why class"), (answer, "which is right"), ((answer + 1) % 5, "which is wrong")):
        assert words in last(OcclusionLoss(truth=truth, mask=16, stride=8).run(context)).note


def test_that_a_mask_on_the_dogs_head_costs_the_golden_retriever_most(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from analysis.pictures.images import open_origin
    from tests.analysis.to_the_end import opened

    monkeypatch.setenv("TORCH_HOME", str(shared / "models"))
    network = opened(ModelChoice("squeezenet1_0"))
    pixels = open_origin(str(shared / "data" / "imagenet_samples" / "0207_golden_retriever.jpg"))
    final = last(Occlusion(stride=8).run(Question(network=network, input=input_of(network, pixels))))
    drops = final.arrays["result"]
    assert drops.shape == (25, 25)
    top, left = final.arrays["positions"][np.unravel_index(drops.argmax(), drops.shape)]
    assert 3 <= top + 16 <= 75  # where the head is in the cut-out that the network sees
    assert 55 <= left + 16 <= 140
    assert drops.max() > 5 * abs(drops[-1, -1])  # grass
    assert final.arrays["error"][0] < 1e-4 * np.ptp(drops)
