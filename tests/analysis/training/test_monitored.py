"""The training monitor: its warnings on what causes them and on nothing healthy, its numbers, and what it keeps."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from analysis.methods.method import Progress
from analysis.methods.training.monitor import Monitor
from analysis.methods.training.monitor_own import MonitorOwn
from analysis.opening import catalogue
from analysis.opening.loading import finished
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice
from analysis.protocol.reins import Reins
from analysis.question.question import Question
from analysis.shipped.designed import Design, begin, build, read
from analysis.training.findings import Measured, Watch
from analysis.training.lesson import lesson
from analysis.training.monitored import Monitored, Plan
from analysis.training.presets import PRESETS
from tests.analysis.training.made_folders import folder_of_pictures
from tests.analysis.training.made_places import Place
from tests.analysis.zoo import odd

SHORT: dict[str, Any] = {"iterations": 8, "measure": 2, "tests": 20, "batch": 32}
FAILURES = {
    "vanishing": "vanishing",
    "exploding": "exploding",
    "dead ReLUs": "dead",
    "sparse": "sparse",
    "saturated": "saturated",
}


def question(seed: int = 0, **more: Any) -> Question:
    return Question(odd("residual").network(), odd("residual").example(), seed=seed, **more)


def ran(asked: Any, seed: int = 0, **more: Any) -> Progress:
    *_, last = asked.run(question(seed, **more))
    return last


def settings_of(name: str) -> dict[str, Any]:
    return dict(next(one for one in PRESETS if one.name == name).settings)


def preset(name: str) -> Monitor:
    """Cut short; a batch that the preset names stays, because what is dead or sparse is so in a batch."""
    settings = settings_of(name)
    return Monitor(**{**settings, **SHORT, "batch": settings.get("batch", SHORT["batch"])})


@pytest.mark.parametrize("name", FAILURES)
def test_that_each_failure_is_told_where_it_is_made_on_purpose(name: str) -> None:
    told: Any = ran(preset(name)).result
    assert FAILURES[name] in {one.kind for one in told.findings}
    assert all(one.sentence.endswith(".") for one in told.findings)


def test_that_nothing_is_told_of_ten_healthy_runs() -> None:
    for seed in range(10):
        told: Any = ran(replace(preset("healthy"), batch=16), seed).result
        assert not told.findings, (seed, told.findings)


def test_that_a_rate_that_explodes_is_told_stopped_and_nothing_is_lost(tmp_path: Path) -> None:
    asked = Monitor(network="dense", width=20, optimiser="sgd", rate=1000.0, **{**SHORT, "iterations": 60})
    last = ran(asked, keep=Place(tmp_path / "so-far"))
    learnt: Any = last.result
    assert last.done == last.total
    assert "a rate of 1000 is too high" in last.note
    assert 0 < len(learnt.numbers["result"]) < 60
    assert all(np.isfinite(array).all() for array in last.arrays.values() if array.dtype.kind == "f")
    assert learnt.kept
    assert all(Path(one.file).exists() for one in learnt.kept)


def test_that_a_seed_brings_a_training_back_to_the_bit() -> None:
    asked = Monitor(network="dense", width=12, dropout=0.3, vary=True, **SHORT)
    state = torch.get_rng_state()
    one, same, other = (ran(asked, seed).arrays for seed in (3, 3, 4))
    assert torch.equal(state, torch.get_rng_state())  # nobody else's dice were touched
    assert all(np.array_equal(one[name], same[name]) for name in one)
    assert not np.array_equal(one["result"], other["result"])


def test_that_the_first_gradients_are_those_of_autograd() -> None:
    design = Design("dense", depth=2, width=9, side=20)
    given = finished(lesson("digits", "", 50, design.preprocessing, 0), lambda step: None)
    network, plan = build(design), Plan("sgd", 0.1, weight_decay=0.01, l1=0.001, batch=50, iterations=1, measure=1)
    twin = build(design)
    twin.load_state_dict(network.state_dict())
    training = Monitored(network, design.preprocessing, given, plan, 0)
    pictures = (given.examples.inputs.float() / 255 - 0.1307) / 0.3081
    twin.requires_grad_(True)
    loss = nn.functional.cross_entropy(twin(pictures), given.examples.targets)
    weights = [twin.fc1.weight, twin.fc2.weight, twin.out.weight]
    (loss + 0.001 * sum(one.abs().sum() for one in weights)).backward()
    training.step()
    numbers = training.learning.numbers
    assert numbers["result"][0] == pytest.approx(loss.item(), rel=1e-5)
    for row, weight in enumerate(weights):
        assert numbers["gradient"][row, 0] == pytest.approx(weight.grad.square().mean().sqrt().item(), rel=1e-4)
        moved = 0.1 * (weight.grad + 0.01 * weight.detach()).norm() / weight.detach().norm()
        assert numbers["ratios"][row, 0] == pytest.approx(moved.item(), rel=1e-3)
    active = twin.act_fc1(twin.fc1(pictures.flatten(1))).detach()
    assert numbers["zeros"][0, 0] == pytest.approx((active == 0).float().mean().item(), abs=1e-6)
    assert numbers["activations"][0, 0].sum() == active.numel()


def test_that_what_was_kept_opens_and_answers_as_it_did(tmp_path: Path) -> None:
    reins, place = Reins(), Place(tmp_path / "so-far")
    steps = Monitor(network="dense", width=10, side=20, **SHORT).run(question(1, reins=reins, keep=place))
    reins.halt()
    told = [next(steps) for _ in range(6)]
    reins.send("keep")  # at whatever iteration it rests
    learnt: Any = next(steps).result
    assert learnt.kept[-1].iteration == told[-1].done
    choice = ModelChoice(learnt.network, weights=learnt.kept[-1].file, labels=learnt.labels)
    network = finished(catalogue.load(choice), lambda step: None)
    assert network.labels == tuple("0123456789")
    assert read(learnt.network).side == network.preprocessing.height == 20
    assert network.root.units == 10
    steps.close()  # type: ignore[attr-defined]


def test_that_a_stopped_training_leaves_its_last_network(tmp_path: Path) -> None:
    place = Place(tmp_path / "so-far")
    steps = Monitor(network="dense", width=10, **SHORT).run(question(0, reins=Reins(), keep=place))
    for _ in range(4):
        last = next(steps)
    steps.close()  # type: ignore[attr-defined]
    assert (place.beside / f"{int(last.done):07d}.safetensors").exists()


def test_that_early_stopping_gives_the_best_network_back() -> None:
    design = Design("dense", depth=1, width=30, side=20)
    given = finished(lesson("digits", "", 30, design.preprocessing, 0), lambda step: None)
    plan = Plan("adam", 0.3, batch=30, iterations=200, measure=1, patience=3, tests=50)
    network = build(design)
    training = Monitored(network, design.preprocessing, given, plan, 0)
    while not training.over:
        training.step()
    assert "Stopped early" in training.stopped
    tests = training.learning.numbers["tests"]
    pictures = (given.examples.test_inputs[:50].float() / 255 - 0.1307) / 0.3081
    with torch.no_grad():
        loss = nn.functional.cross_entropy(network.eval()(pictures), given.examples.test_targets[:50])
    assert loss.item() == pytest.approx(float(tests[1].min()), rel=1e-4)


def test_that_the_network_in_the_window_learns_as_a_copy() -> None:
    asked = question(2)
    before = {name: value.clone() for name, value in asked.network.module.state_dict().items()}
    *_, last = MonitorOwn(data="other", other=folder_of_pictures(), **SHORT).run(asked)
    assert len(last.arrays["result"]) == 8
    assert last.arrays["layers"].tolist()[0] == "stem"
    assert all(torch.equal(before[name], value) for name, value in asked.network.module.state_dict().items())


def test_that_more_classes_than_answers_are_one_sentence() -> None:
    with pytest.raises(Problem, match="5 answers, and there are 10 classes"):
        ran(MonitorOwn(**SHORT))


def test_that_a_folder_of_one_class_and_no_folder_are_one_sentence(tmp_path: Path) -> None:
    from PIL import Image

    (tmp_path / "cats").mkdir()
    for number in range(3):
        Image.new("RGB", (30, 30), (number, 0, 0)).save(tmp_path / "cats" / f"{number}.png")
    with pytest.raises(Problem, match="nothing to tell apart"):
        ran(Monitor(data="other", other=str(tmp_path), **SHORT))
    with pytest.raises(Problem, match="No data set is named"):
        ran(Monitor(data="other", **SHORT))


def test_that_a_folder_is_learnt_from_in_colours(tmp_path: Path) -> None:
    from PIL import Image

    for colour, rgb in (("blue", (0, 0, 200)), ("red", (200, 0, 0))):
        (tmp_path / colour).mkdir()
        for number in range(12):
            Image.new("RGB", (24, 24), tuple(value + number for value in rgb)).save(tmp_path / colour / f"{number}.png")
    asked = Monitor(data="other", other=str(tmp_path), network="dense", width=8, side=20, colours=True, rate=0.01)
    last = ran(replace(asked, **{**SHORT, "iterations": 20}))
    assert last.arrays["tests"][2, -1] == 1.0


@pytest.mark.parametrize("optimiser", ["adam", "momentum", "sgd"])
def test_that_a_training_that_was_stopped_goes_on_to_the_same_bits(tmp_path: Path, optimiser: str) -> None:
    more = {**SHORT, "iterations": 24, "measure": 1}
    asked = Monitor(network="dense", width=9, side=20, dropout=0.2, vary=True, optimiser=optimiser, rate=0.05, **more)
    whole = ran(asked, 5, keep=Place(tmp_path / "whole"))
    place = Place(tmp_path / "parts")
    for until in (3, 4, 17):
        reins = Reins()
        reins.halt()
        steps = asked.run(question(5, keep=place, reins=reins))
        for step in steps:
            if step.done >= until:
                break
        steps.close()  # type: ignore[attr-defined]
    last = ran(asked, 5, keep=place)
    assert all(np.array_equal(whole.arrays[name], last.arrays[name]) for name in whole.arrays)
    assert (tmp_path / "whole").read_bytes() == (tmp_path / "parts").read_bytes()
    for one in whole.result.kept:  # type: ignore[union-attr]
        other = place.beside / Path(one.file).name
        assert Path(one.file).read_bytes() == other.read_bytes()
    assert [*asked.run(question(5, keep=place))][-1].done == 24, "it is over already"


def test_that_early_stopping_goes_on_with_the_best_of_before(tmp_path: Path) -> None:
    more: dict[str, Any] = {**SHORT, "iterations": 60, "measure": 1, "examples": 30, "patience": 4, "rate": 0.3}
    asked = Monitor(network="dense", width=20, side=20, **more)
    whole, place = ran(asked), Place(tmp_path / "parts")
    assert "Stopped early" in whole.note
    reins = Reins()
    reins.halt()
    steps = asked.run(question(keep=place, reins=reins))
    for step in steps:
        if step.done >= len(whole.arrays["result"]) - 2:
            break
    steps.close()  # type: ignore[attr-defined]
    last = ran(asked, keep=place)
    assert last.note == whole.note
    assert np.array_equal(last.arrays["tests"], whole.arrays["tests"])


def test_that_what_does_not_fit_or_is_damaged_is_one_sentence(tmp_path: Path) -> None:
    place = Place(tmp_path / "so-far")
    ran(Monitor(network="dense", width=9, side=20, **SHORT), keep=place)
    with pytest.raises(Problem, match="another network"):
        ran(Monitor(network="dense", width=8, side=20, **SHORT), keep=place)
    content = place.read()
    assert content is not None
    for damaged in (b"", content[:400], content[:-50], b"no" * 300):
        place.write(damaged)
        with pytest.raises(Problem, match="damaged"):
            ran(Monitor(network="dense", width=9, side=20, **SHORT), keep=place)


@pytest.mark.parametrize("how", ["he", "xavier", "small", "large"])
def test_that_weights_are_drawn_as_said(how: str) -> None:
    network = build(Design("dense", depth=1, width=400))
    torch.manual_seed(0)
    begin(network, how, 0.5)
    spread = {"he": math.sqrt(2 / 784), "xavier": math.sqrt(2 / 1184), "small": 0.01, "large": 4 * math.sqrt(2 / 784)}
    assert network.fc1.weight.std().item() == pytest.approx(spread[how], rel=0.02)
    assert network.fc1.bias.unique().tolist() == [0.5]
    assert network.out.bias.unique().tolist() == [0.0]


@pytest.mark.parametrize("body", ["lenet", "dense"])
def test_that_biases_move_what_a_layer_answers_also_behind_a_normalisation(body: str) -> None:
    """One before batch norm would be taken away again, and change nothing."""
    network = build(Design(body, depth=2, width=9, batch_norm=True)).train()
    begin(network, "he", -1.5)
    pictures = torch.randn((40, 1, 28, 28), generator=torch.Generator().manual_seed(2))
    seen: dict[str, torch.Tensor] = {}
    for name, part in network.named_modules():
        if "norm" in name:
            part.register_forward_hook(lambda _m, _i, y, name=name: seen.update({name: y.detach()}))
    network(pictures)
    assert len(seen) == (4 if body == "lenet" else 2)
    assert all(one.mean().item() == pytest.approx(-1.5, abs=1e-3) for one in seen.values())
    assert not network.out.bias.any()


@pytest.mark.parametrize(
    "name", ["designed:lenet,depth=99", "designed:blob", "designed:dense,side=x", "designed:dense,no=1"]
)
def test_that_a_design_that_cannot_be_is_one_sentence(name: str) -> None:
    with pytest.raises(Problem, match="is no design"):
        finished(catalogue.load(ModelChoice(name)), lambda step: None)


def test_that_a_design_comes_back_from_its_name() -> None:
    design = Design("dense", 3, 40, "leaky relu", True, 0.25, "maps", 32, 3, 7)
    assert read(design.name) == design


def test_that_what_is_learnt_by_heart_is_told_and_tests_are_looked_at_without_dropout() -> None:
    told: Any = ran(Monitor(**{**settings_of("overfitting"), "iterations": 130, "tests": 200})).result
    assert [one.kind for one in told.findings] == ["overfits"]
    design = Design("dense", depth=1, width=9, side=20, dropout=0.9)
    given = finished(lesson("digits", "", 30, design.preprocessing, 0), lambda step: None)
    network = build(design)
    training = Monitored(network, design.preprocessing, given, Plan("sgd", 0.1, batch=30, iterations=1, measure=1), 0)
    training.step()
    pictures = (given.examples.test_inputs.float() / 255 - 0.1307) / 0.3081
    with torch.no_grad():
        loss = nn.functional.cross_entropy(network.eval()(pictures), given.examples.test_targets)
    assert training.learning.numbers["tests"][1, 0] == pytest.approx(loss.item(), rel=1e-4)


@pytest.mark.parametrize(
    ("tests", "learnt", "told"),
    [
        ([2.0, 0.9, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3], 0.01, True),  # the tests go up
        ([2.0, 0.9, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3], 0.9, False),  # and so does what is learnt from
        ([2.0, 0.9, 0.8, 0.81, 0.82, 0.82, 0.83, 0.84], 2e-5, True),  # it is known by heart, and the tests are not
        ([2.0, 0.9, 0.8, 0.81, 0.82, 0.82, 0.83, 0.84], 0.01, False),
        ([0.9, 0.06, 0.03, 0.04, 0.04, 0.05, 0.04, 0.06], 2e-5, False),  # the tests are known as well
        ([2.0, 1.6, 1.3, 1.1, 1.0, 0.9, 0.85, 0.8], 2e-5, False),  # they still become better
    ],
)
def test_that_it_overfits_where_only_what_is_learnt_from_is_known(
    tests: list[float], learnt: float, told: bool
) -> None:
    watch = Watch(math.log(10))
    for count in range(1, len(tests) + 1):
        watch.look_at_tests(count, tests[:count], learnt)
    assert [one.kind for one in watch.findings] == ["overfits"] * told


def test_that_a_layer_is_sparse_where_its_units_are_awake_but_seldom() -> None:
    for zeros, dead, kinds in ((0.98, 0.1, ["sparse"]), (0.98, 0.9, ["dead"]), (0.9, 0.1, [])):
        watch = Watch(math.log(10))
        for iteration in (0, 10, 20, 30):
            watch.look(iteration, [Measured("fc1", 1e-3, 0.1, 1e-3, zeros, dead, 0.0)], 2.0)
        assert [(one.kind, one.iteration) for one in watch.findings] == [(kind, 20) for kind in kinds]
