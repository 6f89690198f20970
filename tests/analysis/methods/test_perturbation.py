"""RISE, insertion and deletion against plain loops; model randomisation and sensitivity against what they promise."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from analysis.methods.method import Method
from analysis.methods.registry import method
from analysis.methods.settings import configured, written
from analysis.methods.trust.rank_correlation import rank_correlation
from analysis.opening.assembly import assembled
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice, Setting
from analysis.protocol.target import parse
from analysis.question.forgetting import blocks_from_top
from analysis.question.question import Question
from analysis.results.derivative_views import shown_values
from analysis.results.kinds import Array
from analysis.results.views import VIEWS, View
from analysis.studies.verdicts import badge
from tests.analysis.zoo import odd


def _context(name: str = "plain", target: str = "class") -> Question:
    return Question(odd(name).network(), odd(name).example(), target=parse(target))


def _run(technique: Method, context: Question) -> Mapping[str, Array]:
    *_, last = technique.run(context)
    return last.arrays


@pytest.mark.parametrize("name", ["plain", "grey-oblong"])
def test_that_rise_is_the_mean_of_masks_weighted_by_their_answers(name: str) -> None:
    context = _context(name, "probability:1")
    height, width = context.input.shape[2:]
    generator = torch.Generator().manual_seed(0)
    cell = -(-height // 3), -(-width // 3)
    expected = torch.zeros(height, width)
    for _ in range(9):
        grid = (torch.rand(3, 3, generator=generator) < 0.4).float()
        top = int(torch.randint(cell[0], (), generator=generator))
        left = int(torch.randint(cell[1], (), generator=generator))
        size = 4 * cell[0], 4 * cell[1]
        large = functional.interpolate(grid[None, None], size, mode="bilinear", align_corners=False)[0, 0]
        mask = large[top : top + height, left : left + width]
        with torch.no_grad():
            expected += context.network.module(context.input * mask).softmax(1)[0, 1] * mask / (9 * 0.4)
    for batch in (1, 4):
        ours = _run(method("rise")(masks=9, cells=3, p=0.4, batch=batch), context)["result"]
        np.testing.assert_allclose(ours, expected.numpy(), rtol=1e-4, atol=1e-6)


def test_that_rise_finds_the_part_of_the_picture_that_is_all_that_counts() -> None:
    class Corner(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x[:, :, :8, :8].mean((1, 2, 3))[:, None] * torch.arange(5.0)

    context = Question(
        assembled(Corner(), ModelChoice("corner"), "corner", odd("plain").preprocessing()), torch.ones(1, 3, 32, 32)
    )
    result = _run(method("rise")(masks=400), context)["result"]
    row, column = np.unravel_index(result.argmax(), result.shape)
    assert row < 10
    assert column < 10
    assert result[:8, :8].min() > result[16:, 16:].max()


def _by_plain_loop(context: Question, order: list[int], pixels: int, index: int) -> tuple[list[float], list[float]]:
    """Probability of the class while the pixels of `order` go (to 0), and while they come (out of a blur)."""
    weights = torch.exp(-((torch.arange(11.0) - 5) ** 2) / 50)
    kernel = torch.outer(weights, weights) / weights.sum() ** 2
    padded = functional.pad(context.input, (5, 5, 5, 5), mode="replicate")
    blur = functional.conv2d(padded.transpose(0, 1), kernel[None, None]).transpose(0, 1)
    deleted, inserted = context.input.clone(), blur.clone()
    curves: tuple[list[float], list[float]] = ([], [])
    width = context.input.shape[3]
    while True:
        for curve, picture in zip(curves, (deleted, inserted), strict=True):
            with torch.no_grad():
                curve.append(float(context.network.module(picture.clone()).softmax(1)[0, index]))
        if not order:
            return curves
        for pixel in order[:pixels]:
            row, column = divmod(pixel, width)
            deleted[0, :, row, column] = 0
            inserted[0, :, row, column] = context.input[0, :, row, column]
        order = order[pixels:]


@pytest.mark.parametrize("map_", ["gradient", "grad-cam", "random"])
def test_that_insertion_and_deletion_equal_a_plain_loop(map_: str) -> None:
    context = _context("plain")
    index = int(context.network.module(context.input)[0].argmax())
    arrays = _run(method("insertion-deletion")(map=map_, pixels=150, batch=8), context)
    grid = {"gradient": (32, 32), "grad-cam": (14, 14), "random": (7, 7)}[map_]
    coarse = torch.rand(1, 1, *grid, generator=torch.Generator().manual_seed(0))
    chance = functional.interpolate(coarse, (32, 32), mode="bilinear", align_corners=False)[0, 0].numpy()
    importance = chance
    if map_ != "random":
        drawn = _run(method(map_)(), context)
        importance = np.abs(drawn["result"]).sum(0) if map_ == "gradient" else drawn["upsampled"]
    order, by_chance = (np.argsort(-one.ravel(), kind="stable").tolist() for one in (importance, chance))
    np.testing.assert_allclose(arrays["result"], _by_plain_loop(context, order, 150, index), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(arrays["random"], _by_plain_loop(context, by_chance, 150, index), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(arrays["fraction"], np.minimum(np.arange(8) * 150 / 1024, 1), rtol=1e-6)
    for area, curve in (("auc", "result"), ("random_auc", "random")):
        trapezoids = (arrays[curve][:, 1:] + arrays[curve][:, :-1]).sum(1) / 2 / 7
        np.testing.assert_allclose(arrays[area], trapezoids, rtol=1e-5)


def test_that_curves_begin_and_end_at_the_whole_picture_and_at_nothing() -> None:
    context = _context("residual", "class:1")
    arrays = _run(method("insertion-deletion")(map="gradient"), context)
    with torch.no_grad():
        whole = float(context.network.module(context.input).softmax(1)[0, 1])
        nothing = float(context.network.module(context.input * 0).softmax(1)[0, 1])
    assert arrays["result"][0, 0] == pytest.approx(whole, rel=1e-4)
    assert arrays["result"][1, -1] == pytest.approx(whole, rel=1e-4)
    assert arrays["result"][0, -1] == pytest.approx(nothing, rel=1e-4)


def test_that_a_map_is_tested_with_its_own_settings() -> None:
    context = _context("residual", "class:1")
    asked = {"map": "smoothgrad", "map.samples": "1", "map.noise": "0", "draws": 2}
    smooth, plain = (
        _run(configured(method("sensitivity"), settings), context)["result"]
        for settings in (asked, {"map": "gradient", "draws": 2})
    )
    np.testing.assert_allclose(smooth, plain, rtol=1e-5)  # SmoothGrad of one sample without noise is the gradient
    other = _run(configured(method("sensitivity"), asked | {"map.noise": "0.5"}), context)["result"]
    assert not np.allclose(other, plain, rtol=1e-2)


def test_that_a_recipe_writes_the_settings_of_the_tested_map() -> None:
    technique = configured(method("sensitivity"), {"map": "smoothgrad", "map.samples": "7"})
    settings = written(technique)
    assert (settings["map.samples"], settings["map.noise"], settings["draws"]) == (7, 0.25, 10)
    assert written(configured(method("sensitivity"), settings)) == settings
    assert written(configured(method("insertion-deletion"), {"map": "random"}))["map"] == "random"


@pytest.mark.parametrize(
    "settings",
    [
        {"map": "grad-cam", "map.samples": 3},
        {"map": "smoothgrad", "map.samples": 0},
        {"map": "random", "map.samples": 3},
        {"map": "occlusion-loss"},
        {"view": "pretty"},
        {"draws.samples": 3},
    ],
)
def test_that_settings_that_the_tested_map_cannot_have_are_said(settings: dict[str, Setting]) -> None:
    with pytest.raises(Problem, match=r"^[A-Z].*\.$"):
        configured(method("insertion-deletion"), settings)


@pytest.mark.parametrize("view", VIEWS)
def test_that_pixels_go_in_the_order_in_which_they_are_seen(view: View) -> None:
    context = _context("plain")
    index = int(context.network.module(context.input)[0].argmax())
    arrays = _run(method("insertion-deletion")(map="gradient", view=view, pixels=150), context)
    derivative = _run(method("gradient")(), context)["result"]
    seen = np.abs(shown_values(derivative, view))
    order = np.argsort(-(seen.sum(0) if view == "raw" else seen).ravel(), kind="stable").tolist()
    np.testing.assert_allclose(arrays["result"], _by_plain_loop(context, order, 150, index), rtol=1e-4, atol=1e-6)


def test_that_a_map_of_mask_places_is_tested_at_the_size_of_the_picture() -> None:
    context = _context("plain")
    tested = {"map": "occlusion", "map.mask": 8, "map.stride": 4, "pixels": 150}
    arrays = _run(configured(method("insertion-deletion"), tested), context)
    index = int(context.network.module(context.input)[0].argmax())
    drops = _run(method("occlusion")(mask=8, stride=4), context)["result"]
    seen = np.full((32, 32), drops.min(), np.float32)
    seen[2:30, 2:30] = np.kron(drops, np.ones((4, 4), np.float32))  # around the middles of the masks
    order = np.argsort(-seen.ravel(), kind="stable").tolist()
    np.testing.assert_allclose(arrays["result"], _by_plain_loop(context, order, 150, index), rtol=1e-4, atol=1e-6)


def test_that_ranks_share_the_mean_of_equals() -> None:
    from scipy.stats import spearmanr

    numbers = np.random.default_rng(0)
    a, b = numbers.integers(0, 5, (8, 9)), numbers.normal(size=(8, 9)) + np.arange(9)
    assert rank_correlation(a, b) == pytest.approx(spearmanr(a.ravel(), b.ravel()).statistic)
    assert rank_correlation(a, a) == pytest.approx(1)
    assert rank_correlation(a, -a) == pytest.approx(-1)
    assert rank_correlation(a, np.ones_like(a)) == 0


@pytest.mark.parametrize("map_", ["gradient", "guided", "grad-cam"])
@pytest.mark.parametrize("name", ["residual", "plain"])
def test_that_a_cascade_starts_from_the_trained_map_and_forgets(name: str, map_: str) -> None:
    context = _context(name)
    before = {key: value.clone() for key, value in context.network.module.state_dict().items()}
    arrays = _run(method("randomisation")(map=map_), context)
    stages = len(blocks_from_top(context.network)) + 1
    assert arrays["result"].shape == arrays["blocks"].shape == (stages,)
    assert arrays["maps"].shape == (stages, 32, 32)
    assert arrays["result"][0] == pytest.approx(1)
    assert np.abs(arrays["result"][1:]).min() < 0.9
    assert all(map_.any() for map_ in arrays["maps"])  # the random networks are still alive
    drawn = _run(method(map_)(), context)
    clean = np.abs(drawn["result"]).sum(0) if "upsampled" not in drawn else drawn["upsampled"]
    np.testing.assert_array_equal(arrays["maps"][0], clean)
    for stage in range(stages):
        assert arrays["result"][stage] == pytest.approx(rank_correlation(clean, arrays["maps"][stage]), abs=1e-6)
    after = context.network.module.state_dict()
    assert all(torch.equal(after[key], value) for key, value in before.items())


def test_that_blocks_are_forgotten_from_the_top_and_unused_ones_not_at_all() -> None:
    assert blocks_from_top(odd("residual").network()) == ["fc", "blocks.1", "blocks.0", "stem"]
    assert blocks_from_top(odd("plain").network()) == ["7", "3", "0"]
    assert blocks_from_top(odd("unused").network()) == ["fc", "conv"]
    with pytest.raises(Problem, match="no layers with weights"):
        blocks_from_top(odd("bare").network())


def test_that_a_linear_network_has_the_same_gradient_everywhere() -> None:
    arrays = _run(method("sensitivity")(map="gradient", draws=3), _context("linear"))
    assert arrays["worst"][0] == pytest.approx(0, abs=1e-6)


def test_that_sensitivity_is_the_greatest_relative_change_of_the_map() -> None:
    context = _context("plain", "class:2")
    arrays = _run(method("sensitivity")(map="gradient", radius=0.3, draws=4), context)
    generator = torch.Generator().manual_seed(0)
    clean = np.abs(_run(method("gradient")(), context)["result"]).sum(0)
    changes = []
    for _ in range(4):
        noise = (torch.rand(context.input.shape, generator=generator) * 2 - 1) * 0.3
        noisy = np.abs(_run(method("gradient")(), replace(context, input=context.input + noise))["result"]).sum(0)
        changes.append(np.linalg.norm(noisy - clean) / np.linalg.norm(clean))
    np.testing.assert_allclose(arrays["result"], changes, rtol=1e-4)
    assert arrays["worst"][0] == pytest.approx(max(changes), rel=1e-4)


def test_that_badges_say_in_words_what_the_numbers_mean() -> None:
    keeps = badge("randomisation", {"result": np.array([1, 0.95, 0.9, 0.8])})
    loses = badge("randomisation", {"result": np.array([1, 0.05, 0.02, 0.1])})
    assert keeps is not None
    assert loses is not None
    assert (keeps.verdict, loses.verdict) == ("bad", "good")
    assert "hardly changes when the last layer is random: it shows edges, not the reason" in keeps.sentence
    better = {"auc": np.array([0.1, 0.6]), "random_auc": np.array([0.3, 0.4])}
    worse = {"auc": better["random_auc"], "random_auc": better["auc"]}
    mixed = {"auc": np.array([0.1, 0.2]), "random_auc": np.array([0.3, 0.4])}
    verdicts = [found.verdict for a in (better, mixed, worse) if (found := badge("insertion-deletion", a))]
    assert verdicts == ["good", "doubtful", "bad"]
    verdicts = [found.verdict for w in (0.1, 0.5, 2.0) if (found := badge("sensitivity", {"worst": np.array([w])}))]
    assert verdicts == ["good", "doubtful", "bad"]
    empty = badge("randomisation", {"result": np.zeros(3)})
    assert empty is not None
    assert "empty" in empty.sentence
    for name in ("insertion-deletion", "sensitivity"):
        assert badge(name, {**better, "worst": np.zeros(1), "spread": np.zeros(1)}) == empty
        assert badge(name, {**better, "worst": np.zeros(1), "spread": np.ones(1)}) != empty
    assert badge("gradient", {"result": np.zeros(1)}) is None
