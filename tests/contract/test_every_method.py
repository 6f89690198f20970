"""What every method promises, on every odd network: its arrays, its seed, and that it leaves nothing behind."""

import copy
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any, get_args

import numpy as np
import pytest
import torch
from torch import nn

from analysis.methods.method import FAMILIES, Ask, Method, needs_layer
from analysis.methods.registry import METHODS, method
from analysis.methods.settings import settings_of
from analysis.network.network import Network
from analysis.protocol.problems import Problem
from analysis.protocol.target import ClassTarget, UnitTarget
from analysis.question.question import Question
from analysis.results.kinds import KINDS, Derivative, Heat, Table
from analysis.results.over_picture import placed
from tests.analysis.few_pictures import FewPictures
from tests.analysis.training.made_folders import folder_of_checkpoints, folder_of_pictures
from tests.analysis.zoo import ZOO, odd, runnable

# Small enough for a test; a method that is not named here runs with its own settings.
SMALL: dict[str, dict[str, Any]] = {
    "smoothgrad": {"samples": 3, "batch": 2},
    "integrated-gradients": {"steps": 4, "batch": 2},
    "local-irregularity": {"steps": 4, "batch": 2},
    "score-cam": {"batch": 4},
    "ablation-cam": {"batch": 4},
    "rise": {"masks": 5, "batch": 2},
    "insertion-deletion": {"pixels": 300},
    "sensitivity": {"draws": 2},
    "occlusion": {"mask": 12, "stride": 10},
    "occlusion-loss": {"mask": 12, "stride": 10},
    "loss-ascent": {"steps": 3},
    "pgd": {"steps": 3},
    "ddn": {"steps": 6},
    "deepfool": {"steps": 4},
    "sphere": {"samples": 4},
    "fooling-direct": {"population": 6, "generations": 2, "resume": False},
    "fooling-cppn": {"population": 6, "generations": 2, "resume": False},
    "edge-energy": {"steps": 3},
    "ascent": {"steps": 3, "pictures": 2},
    "fourier": {"steps": 3},
    "yosinski": {"steps": 3},
    "maco": {"steps": 2, "parts": 2},
    "deepdream": {"steps": 2, "octaves": 2},
    "reality-check": {"steps": 2, "sample": 5, "best": 2},
    "priors": {"steps": 4, "data": "samples", "sample": 3},
    "effective-field": {"pictures": 3},
    "sliding-filter": {"outputs": 5},
    "monitor": {"iterations": 3, "measure": 2, "batch": 4, "examples": 20, "tests": 5, "network": "dense"},
    "checkpoints": {"folder": folder_of_checkpoints()},
    "monitor-own": {"iterations": 3, "measure": 2, "batch": 4, "data": "other", "other": folder_of_pictures()},
    "dropout-effect": {"iterations": 3, "examples": 20, "batch": 4, "runs": 1, "looks": 1, "tests": 5},
    "lines": {"iterations": 30, "count": 20, "width": 5},
    "tsne": {"pictures": 14, "perplexity": 3.0, "iterations": 3, "neighbours": 3, "clusters": 2},
    "pca": {"pictures": 14, "neighbours": 3, "clusters": 2},
    "k-means": {"pictures": 14, "neighbours": 3, "clusters": 2},
    "umap": {"pictures": 14, "near": 4, "iterations": 3, "neighbours": 3, "clusters": 2},
    "pacmap": {"pictures": 14, "near": 3, "neighbours": 3, "clusters": 2},
    "swiss-roll": {"points": 30, "perplexity": 4.0, "iterations": 3, "neighbours": 4},
    "prediction": {"scenes": 1},
    "top-9": {"noise": True, "pictures": 3},
    "distribution": {"noise": True, "pictures": 3},
}
# What is no bad input for them: activations show NaN, and neither asks for a target.
ATTACKS = ("loss-ascent", "fgsm", "pgd", "ddn", "deepfool", "sphere")
MAPS = ("tsne", "pca", "k-means", "umap", "pacmap")
INDIFFERENT = {
    "activations": ("NaN in the picture", "no such class", "no unit", "no such place"),
    "occlusion-loss": ("no such class", "no unit", "no layer", "no such place"),
    **dict.fromkeys(ATTACKS, ("no such class", "no unit", "no layer", "no such place")),
    **dict.fromkeys(
        ("fooling-direct", "fooling-cppn"),
        ("NaN in the picture", "no such class", "no unit", "no layer", "no such place"),
    ),
    "eigen-cam": ("no such class", "no layer", "no such place"),
    "deepdream": ("no such class", "no unit", "no such place"),
    **dict.fromkeys(
        ("filters", "weight-statistics", "weight-histogram", "singular-values"),
        ("raises", "NaN in the picture", "no such class", "no unit", "no such place"),
    ),
    "receptive-field": ("NaN in the picture", "no such class", "no unit", "no such place"),
    "top-9": ("NaN in the picture", "no such class", "no unit", "no such place"),  # they make pictures of their own
    "distribution": ("NaN in the picture", "no such class", "no unit", "no such place"),
    "effective-field": ("NaN in the picture", "no such class", "no unit"),  # it makes pictures of its own
    **dict.fromkeys(MAPS, ("NaN in the picture", "no such class", "no unit", "no such place")),
    "swiss-roll": ("raises", "NaN in the picture", "no such class", "no unit", "no layer", "no such place"),
    "pool-routing": ("no such class", "no unit", "no such place"),
    "network-graph": ("NaN in the picture", "no such class", "no unit", "no layer", "no such place"),
    "dropout-masks": ("no such class", "no such place"),
    "monitor-own": ("NaN in the picture", "no such class", "no unit", "no layer", "no such place"),
    "prediction": ("raises", "NaN in the picture", "no such class", "no unit", "no layer", "no such place"),
    **dict.fromkeys(
        (
            "weights-of-layers",
            "sliding-filter",
            "field-designer",
            "lines",
            "monitor",
            "dropout-matrix",
            "dropout-effect",
            "checkpoints",
        ),
        ("raises", "NaN in the picture", "no such class", "no unit", "no layer", "no such place"),
    ),
}
# What networks like the residual one cannot be asked: there is no such pooling in it, and it predicts no scenes.
OF_OTHERS = ("pool-routing", "prediction")
# What is not about an answer.
WITHOUT_ANSWERS = (
    "activations",
    "filters",
    "weight-statistics",
    "weight-histogram",
    "singular-values",
    "weights-of-layers",
    "receptive-field",
    "effective-field",  # of the first layer
    "pool-routing",
    "sliding-filter",
    "field-designer",
    "network-graph",
    "lines",
    "monitor",
    *MAPS,
    "swiss-roll",
    "monitor-own",
    "checkpoints",
    "dropout-masks",
    "dropout-matrix",
    "dropout-effect",
    "prediction",
    "top-9",
    "distribution",
)
NAMES = [technique.name for technique in METHODS]


def _small(name: str) -> Method:
    return method(name)(**SMALL.get(name, {}))


def _context(name: str, technique: str) -> Question:
    network = odd(name).network()
    layer = None
    if needs_layer(method(technique)):
        layer = next(node for node in network.root.walk() if node.path and node.kind is not None)
    unit = 0 if "unit" in method(technique).asks else None
    data = FewPictures() if "data" in method(technique).asks else None
    return Question(network, odd(name).example(), layer=layer, unit=unit, seed=7, data=data)


def _assert_clean(network: Network, before: dict[str, torch.Tensor]) -> None:
    for part in network.module.modules():
        assert not part._forward_hooks
        assert not part._forward_pre_hooks
        assert not part._backward_hooks
        assert not part.training
    for parameter in network.module.parameters():
        assert not parameter.requires_grad
        assert parameter.grad is None
    after = network.module.state_dict()
    assert after.keys() == before.keys()
    assert all(torch.equal(after[key], value) for key, value in before.items())
    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()
    assert torch._C._len_torch_function_stack() == 0


def _state(network: Network) -> dict[str, torch.Tensor]:
    return copy.deepcopy(network.module.state_dict())


def _steps(technique: Method, context: Question) -> Iterator[Any]:
    """The steps, with nothing left behind at any of them."""
    before, picture = _state(context.network), context.input.clone()
    for step in technique.run(context):
        _assert_clean(context.network, before)
        assert torch.equal(context.input, picture)
        yield step
    _assert_clean(context.network, before)


@pytest.mark.parametrize("name", NAMES)
def test_that_a_method_says_what_it_is(name: str) -> None:
    technique = method(name)
    assert technique.title
    assert technique.summary.endswith(".")
    assert technique.family in FAMILIES
    assert technique.gives in KINDS
    assert technique.asks <= set(get_args(Ask))
    assert technique.gives is Table or next(iter(technique.declares)) == "result"  # a table has columns instead
    for info in settings_of(technique):
        assert info.help.endswith(".")
        if info.names:
            assert isinstance(info.default, str)  # a file, a network, or layers: whoever reads it tells what is wrong
        elif isinstance(info.default, str):  # without choices it is free text, which is empty at first
            assert info.default in (info.choices or ("",))
        elif not isinstance(info.default, bool):
            assert info.low is not None
            assert info.low <= info.default <= (info.high if info.high is not None else info.default)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("one", [one.name for one in runnable()])
def test_that_a_method_gives_what_it_declares_or_one_sentence(name: str, one: str) -> None:
    technique, context = _small(name), _context(one, name)
    before = _state(context.network)
    last = None
    try:
        for last in _steps(technique, context):
            assert 0 <= last.done <= last.total
            assert set(last.arrays) <= set(technique.declares)
    except Problem as problem:
        said = str(problem)
    else:
        said = None
    if said is not None:
        assert said.endswith(".")
        assert last is None or not last.arrays  # bad input is said before anything is shown
        _assert_clean(context.network, before)
        return
    assert last is not None
    assert last.done == last.total
    assert set(last.arrays) == set(technique.declares)
    for array in last.arrays.values():
        assert isinstance(array, np.ndarray)
        assert array.dtype.kind == "U" or np.isfinite(array).all()
    assert type(last.result) is technique.gives
    if isinstance(last.result, Derivative):
        assert last.result.values.shape == context.input.shape[1:]
    if isinstance(last.result, Heat):
        assert placed(last.result, context.input.shape[2:]).shape == context.input.shape[2:]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in OF_OTHERS])
def test_that_every_method_runs_on_a_residual_network(name: str) -> None:
    *_, last = _small(name).run(_context("residual", name))
    assert last.done == last.total


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("one", ["residual", "in-place-relu"])
def test_that_the_seed_decides(name: str, one: str) -> None:
    try:
        # The last step, because how often some report on the way depends on how busy the machine is.
        first, second = (list(_small(name).run(_context(one, name)))[-1] for _ in range(2))
    except Problem:
        # The end of this one takes the maximum of a map, not the mean; and neither pools its first layer.
        assert name in OF_OTHERS or (name, one) == ("cam", "in-place-relu")
        return
    assert (first.done, first.total) == (second.done, second.total)
    assert first.arrays.keys() == second.arrays.keys()
    assert all(np.array_equal(first.arrays[key], second.arrays[key]) for key in first.arrays)


@pytest.mark.parametrize("name", NAMES)
def test_that_what_was_shown_is_not_written_to_any_more(name: str) -> None:
    if name in OF_OTHERS:
        pytest.skip("this network cannot be asked")
    running = _small(name).run(_context("residual", name))
    steps = [(step, {key: array.copy() for key, array in step.arrays.items()}) for step in running]
    for step, then in steps:
        assert all(np.array_equal(step.arrays[key], then[key]) for key in then)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("one", ["residual", "in-place-relu"])
def test_that_a_method_can_be_cancelled_at_every_step(name: str, one: str) -> None:
    context = _context(one, name)
    before = _state(context.network)
    try:
        count = sum(1 for _ in _small(name).run(context))
    except Problem:
        return
    for stop in range(1, min(count, 12) + 1):
        running = iter(_small(name).run(context))
        for _ in islice(running, stop):  # or to its end: some say more the longer a step takes
            pass
        running.close()  # type: ignore[attr-defined]
        _assert_clean(context.network, before)


def _misled(context: Question, how: str) -> Question:
    match how:
        case "raises":
            module = _copy_that_raises(context.network.module)
            return replace(context, network=replace(context.network, module=module))
        case "NaN in the picture":
            return replace(context, input=context.input * float("nan"))
        case "no such class":
            return replace(context, target=ClassTarget("probability", 99))
        case "no unit":
            return replace(context, layer=context.network.node("fc"), target=UnitTarget())
        case "no layer":
            return replace(context, layer=None, unit=0, target=UnitTarget())
        case "no such place":
            return replace(context, layer=context.network.node("blocks"), unit=0, target=UnitTarget((99, 0)))
    raise AssertionError(how)


def _copy_that_raises(module: nn.Module) -> nn.Module:
    """The same layers under the same names; after the last of them the pass raises."""
    broken = copy.deepcopy(module)

    def forward(x: torch.Tensor) -> torch.Tensor:
        type(module).forward(broken, x)
        raise ValueError("the weights have eaten the picture")

    broken.forward = forward  # type: ignore[method-assign]
    return broken


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "how",
    [
        "raises",
        "NaN in the picture",
        "no such class",
        "no unit",
        "no layer",
        "no such place",
    ],
)
def test_that_bad_input_is_one_sentence_and_leaves_nothing_behind(name: str, how: str) -> None:
    if how in INDIFFERENT.get(name, ()):
        pytest.skip("this method does not ask for that")
    context = _misled(_context("residual", name), how)
    before = _state(context.network)
    with pytest.raises(Problem) as caught:
        list(_small(name).run(context))
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    _assert_clean(context.network, before)


@pytest.mark.parametrize("name", NAMES)
def test_that_a_network_that_answers_nan_is_not_explained(name: str) -> None:
    if name in WITHOUT_ANSWERS:
        pytest.skip("NaN is shown, or it is not about an answer")
    if name == "deepdream":
        pytest.skip("it asks the layer, whose numbers are finite, and nothing behind it")
    context = _context("not-a-number", name)
    with pytest.raises(Problem, match="NaN"):
        list(_small(name).run(context))


def test_that_the_zoo_is_used_as_a_whole() -> None:
    assert len(runnable()) >= len(ZOO) - 3


def test_that_an_unknown_method_is_answered_with_the_nearest_name() -> None:
    with pytest.raises(Problem, match="did you mean grad-cam"):
        method("gradcam")
    with pytest.raises(Problem, match="there are activations, gradient"):
        method("xyzzy")


def test_that_the_list_of_methods_is_at_hand_without_torch() -> None:
    program = (
        "import sys, analysis.methods.registry; sys.exit(any(name in sys.modules for name in ('torch', 'PySide6')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
