"""What is climbed is what is said: before or after its ReLU, and whether anything leads up from there."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from analysis.methods.method import stops_anywhere
from analysis.methods.registry import method
from analysis.protocol.problems import Problem
from analysis.protocol.target import ClassTarget, UnitTarget
from analysis.synthesis.climbed_words import climbed_words
from analysis.synthesis.scene import scene
from analysis.synthesis.transformations import jittered, lucid, rotated, scaled, transformed
from tests.analysis.synthesis.asking import chain, network, question, residual, steps_of


def test_that_a_relu_in_place_does_not_change_what_is_climbed() -> None:
    """The unit is below zero at first, which behind its ReLU would be seen as zero."""
    asked = question(network(chain), UnitTarget("mean"), "features.3", 0)
    plain = chain()
    plain.load_state_dict(asked.network.module.state_dict())
    for part in plain.modules():
        if isinstance(part, nn.ReLU):
            part.inplace = False
    picture = torch.from_numpy(steps_of("ascent", asked, steps=1)[-1].arrays["picture"])[None]
    first = 0.01 * torch.randn(3, 24, 32, generator=torch.Generator().manual_seed(9))[None]
    found = steps_of("ascent", asked, steps=1)[-1].arrays["objective"][0]
    assert picture.shape == first.shape
    with torch.no_grad():
        before = plain.features[:4](first)[0, 0].mean()
    assert float(found) == pytest.approx(float(before), rel=1e-5)


@pytest.mark.parametrize(
    ("layer", "words"),
    [("features.3", "before the ReLU behind it"), ("features.4", "after its ReLU"), ("features.2", "returns")],
)
def test_that_it_is_said_which_tensor_is_climbed(layer: str, words: str) -> None:
    asked = question(network(chain), UnitTarget("mean"), layer, 0)
    climbed = scene(asked).climbed
    assert layer in climbed
    assert climbed.endswith(words)
    assert not scene(question(network(chain), ClassTarget("class", 0))).climbed


@pytest.mark.parametrize("make", [chain, residual])
def test_that_the_side_is_seen_without_the_whole_pass(
    make: Callable[[], nn.Module], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Known code stops where it is seen, and says of every layer what the whole pass says."""
    module, paths = network(make), [path for path, _ in make().named_modules() if path]
    asked = [question(module, UnitTarget("mean"), path, 0) for path in paths]
    soon = [climbed_words(one) for one in asked]
    assert any(words.endswith("after its ReLU") for words in soon)
    assert any(words.endswith("before the ReLU behind it") for words in soon)
    monkeypatch.setattr("analysis.synthesis.climbed_words.is_steady", lambda module: False)
    other = network(make)
    assert [climbed_words(replace(one, network=other)) for one in asked] == soon


def test_that_what_is_behind_the_relu_is_not_asked_for_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = question(network(chain), UnitTarget("mean"), "features.3", 0)
    heard: list[nn.Module] = []
    monkeypatch.setattr(nn.Linear, "forward", lambda part, x: heard.append(part) or x @ part.weight.T)
    assert climbed_words(asked).endswith("before the ReLU behind it")
    assert not heard


def silenced() -> nn.Module:
    """Its units answer nothing to faint noise: each is far below zero before its ReLU."""
    module = chain()
    with torch.no_grad():
        module.features[3].bias.fill_(-3.0)  # type: ignore[operator, union-attr]
    return module


def test_that_a_silent_unit_is_told_and_woken_by_the_warm_up() -> None:
    asked = question(network(silenced), UnitTarget("mean"), "features.4", 1)
    steps = steps_of("ascent", asked, steps=40, rate=0.5)
    assert "silent" in steps[0].note
    assert float(steps[0].arrays["objective"][0]) == 0
    assert float(steps[-1].arrays["objective"][-1]) > 0, "it stayed silent"
    assert not steps[-1].note


def test_that_without_the_warm_up_it_would_stay_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.synthesis.objective.let_through", lambda way: None)
    asked = question(network(silenced), UnitTarget("mean"), "features.4", 1)
    last = steps_of("ascent", asked, steps=40, rate=0.5)[-1]
    assert not last.arrays["objective"].any()
    assert last.note.startswith("The unit is silent, so that nothing leads up")


def at_its_ceiling() -> nn.Module:
    """Its units answer six to whatever they see."""
    module = chain()
    with torch.no_grad():
        module.features[3].bias.fill_(9.0)  # type: ignore[operator, union-attr]
    module.features[4] = nn.ReLU6(inplace=True)  # type: ignore[operator]
    return module


def test_that_a_unit_at_the_ceiling_of_its_relu_is_not_said_to_be_silent() -> None:
    asked = question(network(at_its_ceiling), UnitTarget("mean"), "features.4", 1)
    steps = steps_of("ascent", asked, steps=20)
    assert float(steps[0].arrays["objective"][0]) == 6
    assert steps[0].note.startswith("The unit is at 6, which no small change of this picture moves")
    assert "16 steps" in steps[0].note
    assert "nothing leads up" in steps[-1].note
    assert not any("silent" in step.note for step in steps)


def dead() -> nn.Module:
    """All that comes before its classes is silent, whatever it sees."""
    module = chain()
    with torch.no_grad():
        module.features[3].weight.zero_()  # type: ignore[operator, union-attr]
        module.features[3].bias.fill_(-3.0)  # type: ignore[operator, union-attr]
    return module


def test_that_a_class_that_nothing_moves_is_not_called_a_unit() -> None:
    asked = question(network(dead), ClassTarget("class", 1))
    answer = f"{float(asked.network.module.classes.bias[1]):.3g}"  # type: ignore[operator, union-attr]
    words = "which no small change of this picture moves, so that nothing leads up: take another seed or start."
    assert steps_of("ascent", asked, steps=20)[-1].note == f"The answer is at {answer}, {words}"
    assert steps_of("ascent", asked, steps=20, pictures=2)[-1].note == (
        f"In 2 of 2 pictures the answer is at {answer}, {words}"
    )


def test_that_the_bench_says_in_the_end_which_priors_led_nowhere() -> None:
    asked = question(network(dead), UnitTarget("mean"), "features.4", 1)
    note = steps_of("priors", asked, steps=20)[-1].note
    assert note.startswith("no prior, edge energy, Yosinski 1, ")
    assert note.count("The unit is silent, so that nothing leads up") == 1


def test_that_the_warm_up_changes_nothing_where_gradients_arrive() -> None:
    asked = question(network(chain), ClassTarget("class", 1))
    stage = scene(asked)
    picture = stage.noise(1.0)
    slopes = []
    for warm in (False, True):
        with torch.enable_grad():
            leaf = picture.clone().requires_grad_()
            slopes.append(stage.slope_of(leaf, leaf, warm).slope)
    assert torch.equal(*slopes)


def test_that_each_picture_of_a_batch_is_that_of_its_own_seed_and_unit() -> None:
    asked = question(network(chain), UnitTarget("center"), "features.3", 1)
    batch = steps_of("edge-energy", asked, steps=3, pictures=2, units=2)[-1]
    assert batch.arrays["result"].shape[0] == 4
    for number, unit in enumerate((1, 1, 2, 2)):
        alone = steps_of("edge-energy", replace(asked, unit=unit, seed=9 + number), steps=3)[-1].arrays
        assert np.allclose(batch.arrays["objective"][number], alone["objective"], rtol=1e-4, atol=1e-6)
        assert np.allclose(batch.arrays["result"][number], alone["result"], atol=1e-3)


@pytest.mark.parametrize("name", ["edge-energy", "ascent", "fourier", "yosinski", "maco"])
@pytest.mark.parametrize("channels", [1, 2])
def test_that_pictures_of_one_or_two_channels_are_made(name: str, channels: int) -> None:
    def one() -> nn.Module:
        return nn.Sequential(nn.Conv2d(channels, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())

    asked = question(network(one, 17, 14, channels), ClassTarget("class", 2))
    last = steps_of(name, asked, steps=2)[-1].arrays
    assert last["result"].shape == (17, 14, channels)
    assert last["result"].min() >= 0
    assert last["result"].max() <= 1


def test_that_a_picture_may_have_another_size_than_the_networks() -> None:
    asked = question(network(chain), ClassTarget("class", 2))
    assert steps_of("edge-energy", asked, steps=2, size=12)[-1].arrays["result"].shape == (12, 16, 3)


@pytest.mark.parametrize("name", ["edge-energy", "fourier", "yosinski", "maco", "deepdream"])
def test_that_the_same_seed_makes_the_same_to_the_bit(name: str) -> None:
    asked = question(network(chain), UnitTarget("center"), "features.3", 1)
    settings = {"octaves": 2} if name == "deepdream" else {}
    first, second = (steps_of(name, asked, steps=2, **settings)[-1].arrays for _ in range(2))
    assert all(np.array_equal(first[key], second[key]) for key in first)


@pytest.mark.parametrize("name", ["edge-energy", "ascent", "fourier"])
def test_that_what_is_stopped_is_what_fewer_steps_make(name: str) -> None:
    asked = question(network(chain), ClassTarget("class", 1))
    assert stops_anywhere(method(name))
    stopped, whole = steps_of(name, asked, steps=5)[2].arrays, steps_of(name, asked, steps=3)[-1].arrays
    assert all(np.array_equal(stopped[key], whole[key]) for key in stopped)


def test_that_what_begins_with_the_picture_asks_for_it() -> None:
    from analysis.methods.dependence import dependences
    from analysis.protocol.recipe import ModelChoice, Recipe

    for start, needs in (("noise", False), ("picture", True)):
        recipe = Recipe(ModelChoice("net"), method="edge-energy", settings={"start": start})
        assert ("picture" in dependences(recipe)) is needs
    asked = question(network(chain), ClassTarget("class", 1))
    begun = steps_of("ascent", asked, steps=1, rate=1e-6, start="picture")[-1].arrays["picture"]
    assert np.allclose(begun, asked.input[0].numpy(), atol=1e-4)


def test_that_changes_of_a_picture_keep_rows_and_columns_apart() -> None:
    fill = torch.full((1, 3, 1, 1), 0.5)
    picture = torch.rand(1, 3, 20, 41, generator=torch.Generator().manual_seed(1))
    generator = torch.Generator().manual_seed(2)
    assert jittered(4)(picture, generator).shape == (1, 3, 16, 37)
    assert scaled([0.9])(picture, generator).shape == (1, 3, 18, 37)
    assert transformed(picture, lucid(fill), [generator], fill).shape == picture.shape
    quarter = rotated([180], fill)(picture, generator)
    assert torch.allclose(quarter, picture.flip(2, 3), atol=1e-3)
    upright = torch.zeros(1, 1, 21, 41)
    upright[:, :, 10, 12:29] = 1  # a bar that lies stands after a quarter turn, as long as it was
    turned = rotated([90], torch.zeros(1, 1, 1, 1))(upright, generator)
    assert int((turned[0, 0, :, 20] > 0.5).sum()) == 17


def test_that_jitter_goes_both_ways() -> None:
    line = torch.arange(9.0).view(1, 1, 1, 9).expand(1, 1, 9, 9)
    generator = torch.Generator().manual_seed(0)
    seen = {int(jittered(4)(line, generator)[0, 0, 0, 0]) for _ in range(60)}
    assert seen == {0, 1, 2, 3, 4}


def test_that_what_cannot_be_made_is_one_sentence() -> None:
    asked = question(network(chain), UnitTarget("center"), "features.3", 1)
    for settings in ({"size": 2}, {"size": 1}):
        with pytest.raises(Problem, match="too small"):
            list(method("edge-energy")(steps=1, **settings).run(asked))


def test_that_what_can_hardly_be_seen_is_told() -> None:
    asked = question(network(chain), UnitTarget("center"), "features.0", 2)
    *_, faint = steps_of("yosinski", asked, steps=3, rate=0.0001, start="grey")
    assert "so faint" in faint.note
    *_, seen = steps_of("yosinski", asked, steps=3, rate=1e6, start="grey")
    assert not seen.note


def test_that_crests_begin_where_the_picture_has_them_and_a_direction_asks_for_it() -> None:
    asked = question(network(chain), ClassTarget("class", 1))
    assert method("maco")(start="picture").also_asks() == {"picture"}
    assert method("maco")(also="1 direction:center").also_asks() == {"picture"}
    assert not method("maco")().also_asks()
    made = [steps_of("maco", asked, steps=1, parts=1, start="picture", rate=1e-6)[-1].arrays["picture"]]
    other = replace(asked, input=asked.input.flip(3))
    made.append(steps_of("maco", other, steps=1, parts=1, start="picture", rate=1e-6)[-1].arrays["picture"])
    assert np.allclose(made[0], made[1][..., ::-1], atol=0.05), "crests of a mirrored picture lie mirrored"
    assert not np.allclose(made[0], made[1], atol=0.5)


def test_that_a_dream_may_have_another_size_than_the_networks() -> None:
    asked = question(network(chain), layer="features.3")
    (*_, last) = steps_of("deepdream", asked, steps=1, octaves=2, size=36)
    assert last.arrays["result"].shape == (36, 48, 3)
