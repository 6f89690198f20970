"""Attacks: the formulas written anew, both bounds at every step, files that fool, and known numbers."""

import io
import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

import main
from analysis.methods.adversaries.ddn import Ddn
from analysis.methods.adversaries.deepfool import DeepFool
from analysis.methods.adversaries.file_path import PathOfFile, input_of_file, pixels_of
from analysis.methods.adversaries.on_the_way import on_the_way
from analysis.methods.adversaries.pgd import Pgd
from analysis.methods.adversaries.picture_space import LEVELS, anywhere_in_radius, check, in_levels, lengths, on_lattice
from analysis.methods.adversaries.sphere import wilson
from analysis.methods.adversaries.victim import Goal, Victim, climb
from analysis.methods.method import Progress
from analysis.methods.registry import method
from analysis.network.network import Network
from analysis.opening import catalogue
from analysis.opening.assembly import assembled
from analysis.opening.loading import finished
from analysis.pictures.images import fitted, open_origin
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice
from analysis.question.question import Question
from analysis.results.kinds import Adversary
from tests.analysis.input_of import input_of
from tests.tricks import uses

ATTACKS = ("loss-ascent", "fgsm", "pgd", "ddn", "deepfool")
SLACK = 1e-6


def network(module: nn.Module, side: int = 12, channels: int = 3, **more: Any) -> Network:
    preprocessing = Preprocessing(
        **{"height": side, "width": side, "resize": side, "fit": "stretch", "channels": channels}
        | {"mean": (0.4, 0.5, 0.6)[:channels], "std": (0.2, 0.25, 0.3)[:channels]}
        | more
    )
    return assembled(module.eval().requires_grad_(False), ModelChoice("small", "random"), "Small", preprocessing)


def small(seed: int = 0, channels: int = 3, end: nn.Module | None = None) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layers = [
            nn.Conv2d(channels, 8, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(8, 8, 3, stride=2),
            nn.ReLU(),
            nn.Flatten(),
            nn.LazyLinear(6),
        ]
        made = nn.Sequential(*layers, *([end] if end is not None else []))
        made(torch.zeros(1, channels, 12, 12))
    return made


def question(of: Network, seed: int = 0) -> Question:
    p = of.preprocessing
    pixels = np.random.default_rng(seed).integers(0, 256, (p.height, p.width, 3), dtype=np.uint8)
    return Question(of, input_of(of, pixels), seed=seed)


def steps(name: str, asked: Question, **settings: Any) -> list[Progress]:
    return list(method(name)(**settings).run(asked))


def logits(of: Network, picture: Tensor) -> Tensor:
    """Plainly, in the precision of the picture."""
    p = of.preprocessing
    mean, std = (torch.tensor(one, dtype=picture.dtype).view(1, -1, 1, 1) for one in (p.mean, p.std))
    return of.module.to(picture.dtype)((picture - mean) / std)


def tensor_of(array: np.ndarray) -> Tensor:
    return torch.from_numpy(array).permute(2, 0, 1)[None].contiguous()


def slope(of: Network, picture: Tensor, label: int) -> Tensor:
    leaf = picture.clone().requires_grad_()
    loss = functional.cross_entropy(logits(of, leaf), torch.tensor([label]))
    return torch.autograd.grad(loss, leaf)[0]


@pytest.fixture
def asked() -> Question:
    return question(network(small()))


def test_that_fgsm_is_its_formula(asked: Question) -> None:
    *_, last = steps("fgsm", asked, levels=6)
    clean, label = tensor_of(last.arrays["original"]), int(last.arrays["classes"][0])
    expected = (clean + 6 / 255 * slope(asked.network, clean, label).sign()).clamp(0, 1)
    assert torch.equal(tensor_of(last.arrays["result"]), expected)


def test_that_fgsm_goes_where_double_precision_says(asked: Question) -> None:
    *_, last = steps("fgsm", asked, levels=6)
    clean, label = tensor_of(last.arrays["original"]).double(), int(last.arrays["classes"][0])
    exact = slope(replace(asked.network, module=small().double()), clean, label)
    moved = tensor_of(last.arrays["result"]).double() - clean
    clear = (exact.abs() > 1e-6) & (clean > 6 / 255) & (clean < 1 - 6 / 255)
    assert clear.float().mean() > 0.8
    assert torch.equal(moved.sign()[clear], exact.sign()[clear])


def test_that_pgd_is_its_formula_step_by_step(asked: Question) -> None:
    (*_, last) = steps("pgd", asked, levels=4, steps=7, restarts=0, loss="cross-entropy")
    clean, label = tensor_of(last.arrays["original"]), int(last.arrays["classes"][0])
    picture, answers = clean, [label]
    for _ in range(7):
        moved = picture + 1 / 255 * slope(asked.network, picture, label).sign()
        picture = (clean + (moved - clean).clamp(-4 / 255, 4 / 255)).clamp(0, 1)
        answers.append(int(logits(asked.network, picture).argmax()))
    assert torch.equal(tensor_of(last.arrays["result"]), picture)
    assert last.arrays["classes"].tolist() == answers


def test_that_loss_ascent_is_plain_gradient_steps_on_the_first_label(asked: Question) -> None:
    *_, last = steps("loss-ascent", asked, steps=4, rate=0.5)
    clean, label = tensor_of(last.arrays["original"]), int(last.arrays["classes"][0])
    picture = clean
    for _ in range(4):
        picture = (picture + 0.5 * slope(asked.network, picture, label)).clamp(0, 1)
    assert torch.allclose(tensor_of(last.arrays["result"]), picture, atol=1e-6)
    ratio = 100 * (picture - clean).norm() / clean.norm()
    assert float(last.arrays["ratio"]) == pytest.approx(float(ratio), rel=1e-4)


def test_that_the_lectures_steps_are_those_of_the_networks_input(asked: Question) -> None:
    *_, last = steps("loss-ascent", asked, steps=1, rate=0.1, space="input")
    label = int(last.arrays["classes"][0])
    leaf = asked.input.clone().requires_grad_()
    loss = functional.cross_entropy(asked.network.module(leaf), torch.tensor([label]))
    moved = asked.input + 0.1 * torch.autograd.grad(loss, leaf)[0]
    p = asked.network.preprocessing
    mean, std = (torch.tensor(one).view(1, -1, 1, 1) for one in (p.mean, p.std))
    assert torch.allclose(tensor_of(last.arrays["result"]), (moved * std + mean).clamp(0, 1), atol=1e-6)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        *((name, {}) for name in ATTACKS),
        ("pgd", {"norm": "l2", "levels": 2}),
        ("pgd", {"target_class": 5, "restarts": 3}),
        ("fgsm", {"levels": 200}),
        ("loss-ascent", {"rate": 1000}),
        ("pgd", {"export": "file", "levels": 3}),
        ("fgsm", {"export": "file", "levels": 2}),
    ],
)
def test_that_both_bounds_hold_at_every_step(name: str, settings: dict[str, Any], asked: Question) -> None:
    technique = method(name)(**settings)
    for step in technique.run(asked):
        result, clean = step.arrays["result"], step.arrays["original"]
        assert result.min() >= 0
        assert result.max() <= 1
        change = result.astype(np.float64) - clean
        if isinstance(technique, Pgd) and technique.norm == "l2":
            assert np.linalg.norm(change) <= 2 / 255 * np.sqrt(change.size) + 1e-5
        elif hasattr(technique, "levels"):
            assert np.abs(change).max() <= technique.levels / 255 + SLACK


def test_that_the_first_answer_is_the_networks_own_and_the_last_that_to_the_result(asked: Question) -> None:
    own = int(asked.network.module(asked.input).argmax())
    for name in ("loss-ascent", "fgsm", "pgd"):
        *_, last = steps(name, asked)
        assert last.arrays["classes"][0] == own
        assert last.arrays["classes"][-1] == int(logits(asked.network, tensor_of(last.arrays["result"])).argmax())
        assert bool(last.arrays["fooled_tensor"]) == (last.arrays["classes"][-1] != own)


def test_that_a_random_start_tells_what_is_answered_to_its_own_picture(asked: Question) -> None:
    told = steps("pgd", asked, levels=100, steps=2, restarts=3)
    starts = [one for one in told if isinstance(one.result, Adversary) and one.result.start and one.result.at == 0]
    assert len(starts) == 3
    for step in starts:
        shown = step.result
        assert isinstance(shown, Adversary)
        answer = logits(asked.network, tensor_of(shown.values))[0].softmax(0)
        name = asked.network.label(int(answer.argmax()))
        assert (shown.answer, shown.sure) == (name, pytest.approx(float(answer.max()), rel=1e-4))
        assert shown.change == pytest.approx(float(step.arrays["ratio"]))
        assert shown.change > 1
        assert f"at a random place: {name}" in step.note
        assert [row[0] for row in shown.rows] == ["0", "start"]
        assert step.arrays["classes"].tolist() == told[0].arrays["classes"].tolist()


def test_that_a_targeted_attack_leads_to_its_class(asked: Question) -> None:
    own = int(asked.network.module(asked.input).argmax())
    aim = (own + 1) % 6
    *_, last = steps("pgd", asked, target_class=aim, levels=60, steps=40)
    assert last.arrays["classes"][-1] == aim
    assert bool(last.arrays["fooled_tensor"])
    with pytest.raises(Problem, match=r"answers .* already"):
        steps("pgd", asked, target_class=own)
    with pytest.raises(Problem, match="classes 0 to 5, not 6"):
        steps("fgsm", asked, target_class=6)


def test_that_more_steps_and_more_starts_never_climb_less() -> None:
    worse = 0
    for seed in range(6):
        asked = question(network(small(seed)), seed)
        once = steps("fgsm", asked, levels=3)[-1].arrays["loss"][-1]
        often = steps("pgd", asked, levels=3, restarts=0, loss="cross-entropy")[-1].arrays["loss"][-1]
        again = steps("pgd", asked, levels=3, restarts=4, loss="cross-entropy")[-1].arrays
        assert again["starts"].max() >= often
        assert len(again["starts"]) == 5
        worse += often < once
    assert worse <= 1


def test_that_ddn_finds_less_than_pgd_and_about_as_little_as_the_nearest_border() -> None:
    asked = question(network(small()))
    least = float(steps("ddn", asked)[-1].arrays["ratio"])
    assert least < float(steps("pgd", asked)[-1].arrays["ratio"])
    nearest = float(steps("deepfool", asked)[-1].arrays["ratio"])
    assert least == pytest.approx(nearest, rel=0.2)


def test_that_deepfool_crosses_the_nearest_border_of_a_linear_network_in_one_step() -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        linear = nn.Sequential(nn.Flatten(), nn.Linear(3 * 12 * 12, 6))
    of = network(linear)
    pixels = np.full((12, 12, 3), 128, np.uint8)
    *_, last = DeepFool(overshoot=0.0).run(Question(of, input_of(of, pixels)))
    clean = tensor_of(last.arrays["original"]).double()
    weights = linear[1].weight.double() / torch.tensor(of.preprocessing.std).double().repeat_interleave(144)
    scores = logits(of, clean)[0].detach()
    own = int(scores.argmax())
    far = [(float((scores[own] - scores[k]) / (weights[own] - weights[k]).norm()), k) for k in range(6) if k != own]
    distance, other = min(far)
    assert last.arrays["classes"].tolist() == [own, other]
    assert float(np.linalg.norm(last.arrays["result"] - last.arrays["original"])) == pytest.approx(distance, rel=2e-3)


def test_that_pictures_are_attacked_each_for_itself() -> None:
    of = network(small())
    of.module.double()
    clean = torch.rand(5, 3, 12, 12, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    victim = Victim(of)
    goal = Goal(logits(of, clean).argmax(1))
    pgd, ddn = Pgd(levels=8, restarts=0), Ddn(steps=12)

    def ends(pictures: Tensor, aims: Goal) -> tuple[Tensor, Tensor]:
        *_, first = climb(victim, pictures, aims, 10, pgd.ball(pictures)[1])
        *_, second = ddn.moments(victim, pictures, aims)
        assert second.best is not None
        return first.pictures, second.best

    together = ends(clean, goal)
    for number in range(5):
        alone = ends(clean[number : number + 1], Goal(goal.labels[number : number + 1]))
        for one, many in zip(alone, together, strict=True):
            assert torch.allclose(one[0], many[number], atol=1e-12)


def test_that_a_random_place_lies_in_the_ball_and_not_all_at_its_edge() -> None:
    clean = torch.full((1, 2, 3, 3), 0.5)
    generator = torch.Generator().manual_seed(0)
    far = torch.cat([lengths(anywhere_in_radius(clean, 0.1, generator) - clean).flatten() for _ in range(2000)])
    assert float(far.max()) <= 0.1 + SLACK
    assert float((far / 0.1).pow(18).mean()) == pytest.approx(0.5, abs=0.03)  # r^n is uniform


# health


def test_that_a_softmax_at_the_end_is_seen_and_its_logarithm_is_climbed(asked: Question) -> None:
    soft = question(network(small(end=nn.Softmax(1))))
    *_, plain = steps("pgd", asked, restarts=0)
    *_, last = steps("pgd", soft, restarts=0)
    assert last.arrays["lights"].tolist() == ["logits"]
    assert np.abs(last.arrays["result"] - plain.arrays["result"]).mean() < 1e-3
    assert "probabilities" in last.note


def test_that_a_network_so_sure_that_plain_steps_stall_is_told() -> None:
    module = small()
    module[-1].bias.data[2] += 300
    *_, last = steps("loss-ascent", question(network(module)))
    assert "gradient" in last.arrays["lights"]
    assert "signed or normalised" in last.note


def test_that_chance_and_train_mode_are_seen() -> None:
    module = small()
    module.insert(4, nn.Dropout(0.5))
    of = network(module)
    of.module[4].train()
    modes = {name: part.training for name, part in of.module.named_modules()}
    *_, last = steps("fgsm", question(of))
    assert set(last.arrays["lights"]) >= {"answers", "mode"}
    assert {name: part.training for name, part in of.module.named_modules()} == modes


def test_that_starts_of_which_only_some_fool_are_told() -> None:
    for seed, levels in ((seed, levels) for seed in range(12) for levels in (1, 2, 3, 4)):
        asked = question(network(small(seed)), seed)
        *_, last = steps("pgd", asked, levels=levels, steps=1, restarts=6)
        if "restarts" in last.arrays["lights"]:
            assert re.search(r"Only [1-6] of 7 starts fool", last.note)
            return
    raise AssertionError("all starts agree on all of them")


@pytest.mark.parametrize("name", [*ATTACKS, "sphere"])
def test_that_networks_without_classes_or_a_way_back_are_refused_in_a_sentence(name: str) -> None:
    class Rounded(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = small()

        def forward(self, x: Tensor) -> Tensor:
            scores: Tensor = self.inner(x.round())
            return scores.detach()

    with pytest.raises(Problem, match="no derivative"):
        steps(name, question(network(Rounded())))
    one = nn.Sequential(small(), nn.Linear(6, 1))
    with pytest.raises(Problem, match="single output"):
        steps(name, question(network(one)))


def test_that_what_was_normalised_before_is_refused() -> None:
    check(torch.tensor([0.0 - 1e-7, 1.0 + 1e-7]))
    with pytest.raises(Problem, match="0 to 1"):
        check(torch.tensor([-2.1, 2.6]))


def test_that_every_light_can_be_lit_and_says_what_to_do() -> None:
    """The five above, and a loss that does not move: behind a plateau every step is lost."""

    class Plateau(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = small()

        def forward(self, x: Tensor) -> Tensor:
            scores: Tensor = self.inner(x)
            return scores.detach() + 1e-9 * scores

    *_, last = steps("loss-ascent", question(network(Plateau())), rate=1e-6)
    assert isinstance(last.result, Adversary)
    lit = {light.name: light.sentence for light in last.result.lights if light.lit}
    assert "loss" in lit
    assert "larger ones" in lit["loss"]
    assert lit["loss"] in last.note
    assert [light.name for light in last.result.lights] == ["gradient", "logits", "answers", "mode", "loss", "restarts"]
    assert all(light.sentence.endswith(".") for light in last.result.lights)


# where the lie begins


def test_that_the_change_of_every_layer_is_that_of_its_outputs(asked: Question) -> None:
    *_, last = steps("fgsm", asked, levels=4)
    assert isinstance(last.result, Adversary)
    module = asked.network.module
    p = asked.network.preprocessing
    mean, std = (torch.tensor(one).view(1, -1, 1, 1) for one in (p.mean, p.std))
    one, other = ((tensor_of(last.arrays[name]) - mean) / std for name in ("original", "result"))
    found = {change.layer: change for change in last.result.layers}
    assert list(found) == ["0", "1", "2", "3", "4", "5"]
    for number, layer in enumerate(module):
        one, other = layer(one), layer(other)
        moved = other - one
        change = found[str(number)]
        assert change.change == pytest.approx(float(100 * moved.norm() / one.norm()), rel=1e-4)
        if one.dim() == 4:
            sizes = moved[0].flatten(1).norm(dim=1)
            assert change.units == tuple(sizes.argsort(descending=True)[: len(change.units)].tolist())
            assert change.unit_changes[0] == pytest.approx(float(100 * sizes.max() / one.norm()), rel=1e-4)
    assert last.arrays["layers"].tolist() == list(found)
    assert last.arrays["units"].shape == last.arrays["unit_changes"].shape == (6, 6)
    assert last.arrays["layer_changes"][-1] == pytest.approx(found["5"].change)


def test_that_nothing_changes_where_the_picture_does_not() -> None:
    of = network(small())
    picture = torch.rand(1, 3, 12, 12)
    assert all(layer.change == 0 and layer.units == () for layer in on_the_way(of, picture, picture))


def test_that_a_layer_that_was_silent_says_so() -> None:
    of = network(nn.Sequential(nn.ReLU(), nn.Flatten(), nn.Linear(432, 3)))
    first, *_ = on_the_way(of, torch.full((1, 3, 12, 12), -1.0), torch.full((1, 3, 12, 12), 0.5))
    assert first.change == float("inf")


# bad input


@pytest.mark.parametrize("name", [*ATTACKS, "sphere"])
def test_that_a_network_that_answers_with_no_numbers_is_refused_in_a_sentence(name: str) -> None:
    module = small()
    module[0].weight.data[0, 0, 0, 0] = float("nan")
    with pytest.raises(Problem, match="NaN or infinity"):
        steps(name, question(network(module)))


@pytest.mark.parametrize("name", [*ATTACKS, "sphere"])
def test_that_what_is_no_picture_is_refused_in_a_sentence(name: str, asked: Question) -> None:
    numbers = replace(asked.network, limits=((0.0, 0.0, 0.0), (4095.0, 4095.0, 4095.0)))
    with pytest.raises(Problem, match="numbers of its own"):
        steps(name, replace(asked, network=numbers))


@pytest.mark.parametrize("name", [*ATTACKS, "sphere"])
def test_that_maps_of_one_place_and_pictures_of_one_pixel_are_attacked(name: str) -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = nn.Sequential(nn.Conv2d(3, 4, 1), nn.Tanh(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3))
    settings = {"samples": 5, "attack": "deepfool"} if name == "sphere" else {}
    *_, last = steps(name, question(network(module, side=1)), **settings)
    assert last.done == last.total
    assert np.isfinite(last.arrays["ratio"])


def test_that_train_flags_are_as_before_at_every_step_and_after_a_stop() -> None:
    module = nn.Sequential(small(), nn.Dropout(0.0), nn.BatchNorm1d(6))
    module[1].train()
    of = network(nn.Sequential(module))
    module[1].train()
    modes = [part.training for part in of.module.modules()]
    for name in (*ATTACKS, "sphere"):
        running = method(name)().run(question(of))
        for _number, _step in zip(range(3), running, strict=False):
            assert [part.training for part in of.module.modules()] == modes
        running.close()  # type: ignore[attr-defined]
        assert [part.training for part in of.module.modules()] == modes
        assert not any(part._forward_hooks for part in of.module.modules())


# files


def test_that_a_bound_in_levels_survives_the_lattice() -> None:
    generator = torch.Generator().manual_seed(0)
    clean = (torch.rand(1, 3, 20, 20, generator=generator) * 255).round() / 255
    moved = in_levels(clean, 3)(clean + 0.1 * torch.randn(clean.shape, generator=generator))
    kept = on_lattice(clean, moved, 3)
    assert bool(((kept * LEVELS - (kept * LEVELS).round()).abs() < 1e-3).all())
    assert float(((kept - clean) * LEVELS).abs().max()) < 3 + 1e-3


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_that_a_file_is_seen_as_it_was_made(channels: int) -> None:
    of = network(small(channels=channels), channels=channels)
    picture = np.random.default_rng(0).integers(0, 256, (12, 12, channels)).astype(np.float32) / 255
    p = of.preprocessing
    mean, std = (torch.tensor(one).view(1, -1, 1, 1) for one in (p.mean, p.std))
    assert torch.allclose(input_of_file(of, picture), (tensor_of(picture) - mean) / std, atol=1e-6)


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize(("height", "width", "resize"), [(24, 24, 28), (20, 32, 24), (32, 20, 16)])
def test_that_what_becomes_of_a_file_can_be_derived(height: int, width: int, resize: int, interpolation: Any) -> None:
    """The same as is done to every picture that is opened, but for rounding."""
    p = Preprocessing(height, width, resize, "crop", interpolation=interpolation)
    path = PathOfFile(p)
    assert not path.is_plain
    smooth = functional.interpolate(torch.rand(1, 3, 6, 6), (height, width), mode="bilinear")
    levels = (smooth * 255).round()
    really = fitted(pixels_of((levels / 255)[0].permute(1, 2, 0).numpy()), p)
    assert float((path.seen(levels / 255) * 255 - tensor_of(really)).abs().max()) < 1.6
    assert PathOfFile(Preprocessing(24, 24, 24, "crop")).is_plain


@pytest.mark.parametrize("name", ["ddn", "deepfool"])
def test_that_a_least_change_is_grown_until_its_file_fools(name: str) -> None:
    plain, grown = 0, 0
    for seed in range(5):
        asked = question(network(small(seed)), seed)
        plain += bool(steps(name, asked)[-1].arrays["fooled_file"])
        *_, last = steps(name, asked, export="file")
        grown += bool(last.arrays["fooled_file"])
        again = input_of_file(asked.network, last.arrays["result"])
        assert int(asked.network.module(again).argmax()) != last.arrays["classes"][0]
        assert np.allclose(last.arrays["result"] * 255, np.rint(last.arrays["result"] * 255), atol=1e-3)
    assert grown == 5
    assert plain < 5


@pytest.mark.parametrize(("model", "size"), [("lenet", (28, 28)), ("efficientnet_lite0", (224, 224))])
def test_that_the_bare_picture_fools_when_it_is_opened_again(model: str, size: tuple[int, int], tmp_path: Path) -> None:
    bare, numbers = tmp_path / "bare.png", tmp_path / "numbers.npz"
    asked = ["--model", model, "--image", "sample:cat", "--set", "export=file", "--set", "levels=6"]
    for output in (bare, numbers):
        assert main.main(["render", "pgd", *asked, "-o", str(output)]) == 0
    with Image.open(bare) as image:
        assert image.size == size
        assert not any("recipe" in str(key) for key in image.info)
        levels = np.asarray(image)
    with np.load(numbers) as arrays:
        assert np.array_equal(levels.reshape(arrays["result"].shape), np.rint(arrays["result"] * 255).astype(np.uint8))
        assert bool(arrays["fooled_file"])
        assert np.abs(arrays["result"] - arrays["original"]).max() <= 6 / 255 + SLACK
    of = finished(catalogue.load(ModelChoice(model)), lambda _step: None)
    before, after = (int(of.module(input_of(of, open_origin(origin))).argmax()) for origin in ("sample:cat", str(bare)))
    assert before != after


# the sphere


def test_that_a_sphere_is_drawn_at_its_radius_and_its_interval_is_wilsons(asked: Question) -> None:
    *_, last = steps("sphere", asked, samples=200, attack="ddn")
    arrays = last.arrays
    assert arrays["times"][0] == pytest.approx(2)
    assert arrays["radii"][0] == pytest.approx(2 * float(arrays["distance"]), rel=1e-5)
    assert arrays["changed"][:-1].tolist() == [0] * (len(arrays["changed"]) - 1)
    assert arrays["changed"][-1] > 0
    assert float(arrays["first_flip"]) == pytest.approx(float(arrays["times"][-1]))
    low, high = arrays["low"][-1], arrays["high"][-1]
    assert low < arrays["result"][-1] < high


def test_that_wilsons_interval_is_that_of_the_book() -> None:
    share, low, high = wilson(0, 1000)
    assert (share, low) == (0.0, pytest.approx(0.0, abs=1e-12))
    assert high == pytest.approx(0.003827, abs=1e-5)
    assert wilson(81, 263)[1:] == (pytest.approx(0.2553, abs=1e-4), pytest.approx(0.3662, abs=1e-4))  # Newcombe 1998


def test_that_directions_by_chance_are_not_as_bad_as_an_attack() -> None:
    of = finished(catalogue.load(ModelChoice("resnet-cifar")), lambda _step: None)
    *_, last = steps("sphere", Question(of, input_of(of, open_origin("sample:cat"))), samples=20, attack="deepfool")
    assert float(last.arrays["first_flip"]) >= 4
    assert last.arrays["changed"][0] == 0


# known numbers


@pytest.fixture(scope="module")
def cifar() -> tuple[Network, Tensor, Tensor]:
    """The network, the first 50 test pictures from 0 to 1, and what they are."""
    shared = os.environ.get("UNDERHOOD_SHARED")
    file = Path(shared or "", "data", "cifar10_jpeg.npz")
    if not shared or not file.is_file():
        pytest.skip("UNDERHOOD_SHARED names no folder with CIFAR-10")
    with np.load(file) as data:
        stream, ends = data["jpeg_test"].tobytes(), data["offset_test"]
        labels = torch.from_numpy(data["y_test"][:50].astype(np.int64))
    pictures = [Image.open(io.BytesIO(stream[ends[n] : ends[n + 1]])).convert("RGB") for n in range(50)]
    levels = torch.from_numpy(np.stack([np.asarray(one) for one in pictures])).permute(0, 3, 1, 2)
    return finished(catalogue.load(ModelChoice("resnet-cifar")), lambda _step: None), levels / 255, labels


def right(of: Network, pictures: Tensor, labels: Tensor) -> float:
    with torch.no_grad():
        return float((logits(of, pictures).argmax(1) == labels).float().mean())


def ends(of: Network, pgd: Pgd, clean: Tensor, labels: Tensor, start: Tensor | None = None, steps_: int = 10) -> Tensor:
    """The pictures that it comes to."""
    goal = Goal(labels, margin=pgd.loss == "margin")
    *_, last = climb(Victim(of), clean if start is None else start, goal, steps_, pgd.ball(clean)[1])
    return last.pictures


def left(of: Network, pgd: Pgd, clean: Tensor, labels: Tensor) -> tuple[float, float]:
    """How many are still right after the start from the picture itself, and after one more from a random place."""
    alone = logits(of, ends(of, pgd, clean, labels)).argmax(1) == labels
    start = pgd.ball(clean)[0](torch.Generator().manual_seed(0))
    again = alone & (logits(of, ends(of, pgd, clean, labels, start)).argmax(1) == labels)
    return float(alone.float().mean()), float(again.float().mean())


def test_that_attacks_on_cifar_are_as_strong_as_they_are_known_to_be(cifar: tuple[Network, Tensor, Tensor]) -> None:
    of, clean, labels = cifar
    assert right(of, clean, labels) > 0.8
    once = right(of, ends(of, Pgd(rate=1.0, loss="cross-entropy"), clean, labels, steps_=1), labels)
    book, book_again = left(of, Pgd(loss="cross-entropy"), clean, labels)
    assert 0.5 > once > book > book_again
    assert book > 0.2  # to the bit what torchattacks and foolbox find
    alone, again = left(of, Pgd(), clean, labels)
    assert 0.05 >= alone >= again


def test_that_the_list_of_methods_names_what_attacks_ask(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["methods", "--json"]) == 0
    listed = {one["name"]: {info["name"] for info in one["settings"]} for one in json.loads(capsys.readouterr().out)}
    assert {"levels", "steps", "restarts", "target_class", "export"} <= listed["pgd"]
    assert {"steps", "target_class", "export"} <= listed["loss-ascent"]


def test_that_a_result_tells_what_it_is(asked: Question) -> None:
    *_, last = steps("loss-ascent", asked)
    assert isinstance(last.result, Adversary)
    assert len(last.result.answers) == 16
    assert last.result.answers[0] == asked.network.label(int(last.arrays["classes"][0]))


def test_that_a_file_is_promised_only_where_the_picture_fools() -> None:
    """What says the same of every picture cannot be fooled, so that there is nothing to be grown."""

    class Same(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.tensor([[1.0, 0.0]]) + 0 * x.mean((1, 2, 3))[:, None]

    *_, last = steps("fgsm", question(network(Same())))
    assert isinstance(last.result, Adversary)
    assert last.result.verdicts[1] == "Nor does a file of it fool."
    assert "The gradient is zero" in last.note


@uses("both-ways")
def test_that_laid_out_convolutions_change_no_bit_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    from analysis.quick.layout import laid_out

    asked = question(laid_out(network(small(3))))
    settings: dict[str, Any] = {"steps": 12, "restarts": 1}
    quick = [one.arrays for one in steps("pgd", asked, **settings)]
    monkeypatch.setenv("UNDERHOOD_PLAIN", "both-ways")
    for one, other in zip(quick, (step.arrays for step in steps("pgd", asked, **settings)), strict=True):
        assert all(np.array_equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("name", ["ddn", "deepfool"])
def test_that_the_answer_beside_the_picture_is_the_one_to_it(name: str) -> None:
    asked = question(network(small()))
    for step in steps(name, asked):
        shown = step.result
        assert isinstance(shown, Adversary)
        victim = Victim(asked.network)
        seen = torch.from_numpy(shown.values.transpose(2, 0, 1).copy()).unsqueeze(0)
        logits = victim.look_at(seen)[0]
        assert shown.answer == asked.network.label(int(logits.argmax()))
        assert float(logits.softmax(0).max()) == pytest.approx(float(shown.confidence[shown.at]), rel=1e-4)
