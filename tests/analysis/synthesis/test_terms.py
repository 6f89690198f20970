"""What is climbed beside the target: sums and differences, directions, and pictures that are pushed apart."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from analysis.methods.method import Progress
from analysis.methods.registry import method
from analysis.network.network import Network
from analysis.protocol.problems import Problem
from analysis.protocol.target import ClassTarget, Target, UnitTarget
from analysis.protocol.terms import Term, terms_of, text_of_terms
from analysis.results.kinds import Grown
from analysis.synthesis.objective import likeness
from analysis.synthesis.scene import Climbed, scene
from tests.analysis.synthesis.asking import chain, network, question, steps_of


@pytest.fixture(scope="module")
def tiny() -> Network:
    return network(chain)


def climbed(tiny: Network, target: Target, layer: str = "", unit: int | None = None, **settings: Any) -> list[Progress]:
    return steps_of("ascent", question(tiny, target, layer, unit), steps=3, size=24, **settings)


def layer_maps(tiny: Network, picture: Tensor) -> Tensor:
    """Of the second convolution before its ReLU writes over it."""
    features = tiny.module.features
    with torch.no_grad():
        found: Tensor = features[3](features[:3](picture))  # type: ignore[index]
    return found


def answers(tiny: Network, picture: Tensor) -> Tensor:
    with torch.no_grad():
        found: Tensor = tiny.module(picture)[0]
    return found


def after_two(steps: list[Progress]) -> tuple[Tensor, float]:
    """The picture after two steps, and what was climbed at the third."""
    assert isinstance(steps[1].result, Grown)
    return torch.from_numpy(steps[1].result.beside["picture"]), float(steps[2].arrays["objective"][2])


def test_that_a_sum_of_classes_and_units_is_climbed_as_it_is_written(tiny: Network) -> None:
    also = "-0.5 class:2; 2 unit:mean 3 features.3; 0.25 unit:max 1 features.3"
    picture, objective = after_two(climbed(tiny, ClassTarget("class", 1), share=3.0, also=also))
    maps, scores = layer_maps(tiny, picture)[0], answers(tiny, picture)
    expected = 3 * scores[1] - 0.5 * scores[2] + 2 * maps[3].mean() + 0.25 * maps[1].max()
    assert objective == pytest.approx(float(expected), rel=1e-4)


def test_that_the_slope_of_a_sum_is_that_of_all_of_it(tiny: Network) -> None:
    steps = climbed(tiny, ClassTarget("class", 1), also="-2 class:3", rate=1e-3)
    first = torch.from_numpy(np.asarray(steps[0].arrays["picture"]))[None]
    second = torch.from_numpy(np.asarray(steps[1].arrays["picture"]))[None]
    leaf = first.clone().requires_grad_()
    scores = tiny.module(leaf)[0]
    (slope,) = torch.autograd.grad(scores[1] - 2 * scores[3], leaf)
    strong = slope.abs() > slope.abs().quantile(0.9)
    assert bool((((second - first).sign() == slope.sign()) | ~strong).float().mean() > 0.97)


def test_that_a_direction_is_what_the_picture_answers_there(tiny: Network) -> None:
    asked = question(tiny, ClassTarget("class", 1))
    steps = steps_of("ascent", asked, steps=3, size=24, share=0.0, also="1 direction:2,3 features.3")
    along = layer_maps(tiny, asked.input)[0, :, 2, 3]
    picture, objective = after_two(steps)
    expected = layer_maps(tiny, picture)[0, :, 2, 3] @ along / along.norm()
    assert objective == pytest.approx(float(expected), rel=1e-4)
    assert "picture" in method("ascent")(also="1 direction:2,3 features.3").also_asks()  # type: ignore[attr-defined]


def test_that_pictures_that_are_pushed_apart_are_less_alike(tiny: Network) -> None:
    def alike(diversity: float) -> float:
        asked = question(tiny, UnitTarget("mean"), "features.3", 1)
        steps = steps_of("ascent", asked, steps=12, pictures=3, diversity=diversity)
        pictures = torch.from_numpy(np.stack(steps[-1].arrays["picture"]))
        return float(likeness(layer_maps(tiny, pictures)).mean())

    assert alike(50.0) < alike(0.0) - 0.02


def test_that_likeness_is_the_mean_cosine_of_gram_matrices() -> None:
    maps = torch.randn(3, 4, 5, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    grams = [np.einsum("uij,vij->uv", one, one).ravel() for one in maps.numpy()]

    def cosine(a: Any, b: Any) -> float:
        return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))

    expected = [np.mean([cosine(grams[i], grams[j]) for j in range(3) if j != i]) for i in range(3)]
    assert np.allclose(likeness(maps).numpy(), expected)


def test_that_each_of_a_batch_knows_nothing_of_the_others_to_the_bit(tiny: Network) -> None:
    asked = question(tiny, UnitTarget("mean"), "features.3", 1)
    stage = scene(asked, pictures=3, asked=Climbed(also="-1 class:2"))
    pictures = torch.randn(4, 3, 24, 32, generator=torch.Generator().manual_seed(6))
    found = []
    for others in ((1, 2), (3, 1)):
        leaf = pictures[[0, *others]].requires_grad_()
        slope = stage.slope_of(leaf, leaf)
        found.append((slope.values[0], slope.slope[0]))
    assert torch.equal(found[0][0], found[1][0])
    assert torch.equal(found[0][1], found[1][1])


def test_that_each_of_a_batch_is_what_it_would_be_alone_also_of_a_sum(tiny: Network) -> None:
    asked = question(tiny, UnitTarget("mean"), "features.3", 1)
    both = steps_of("ascent", asked, steps=4, pictures=2, also="-1 class:2")[-1]
    alone = steps_of("ascent", asked, steps=4, also="-1 class:2")[-1]
    assert np.allclose(both.arrays["result"][0], alone.arrays["result"], atol=1e-3)


def test_that_terms_are_read_as_they_are_written() -> None:
    text = "-0.5 class:7; 2 unit:mean 12 features.28; 1 direction:center features.3; 3 unit:4,5"
    terms = terms_of(text)
    assert terms[1] == Term(2.0, UnitTarget("mean"), 12, "features.28")
    assert terms[2] == Term(1.0, UnitTarget("center"), None, "features.3", direction=True)
    assert text_of_terms(terms) == text


@pytest.mark.parametrize(
    "text", ["class:7", "much class:7", "1 class:7 3", "1 unit:mean all", "1 direction:max", "nan class:1"]
)
def test_that_what_cannot_be_climbed_is_said_in_a_sentence(text: str) -> None:
    with pytest.raises(Problem) as caught:
        terms_of(text)
    assert str(caught.value).endswith(".")


def test_that_a_direction_may_name_its_units(tiny: Network) -> None:
    also = "1 direction:mean=3*0.6,1*-0.8 features.3"
    asked = question(tiny, ClassTarget("class", 1))
    steps = steps_of("ascent", asked, steps=3, size=24, share=0.0, also=also)
    picture, objective = after_two(steps)
    maps = layer_maps(tiny, picture)[0].mean((1, 2))
    assert objective == pytest.approx(float(0.6 * maps[3] - 0.8 * maps[1]), rel=1e-4)
    assert method("ascent")(also=also, share=0.0).also_asks() == frozenset()  # type: ignore[attr-defined]
    assert text_of_terms(terms_of(also)) == also


@pytest.mark.parametrize("units", ["", "3", "3*x", "-1*1", "3*1,3*2", "3*inf", "3*0"])
def test_that_a_direction_without_sense_is_refused(units: str) -> None:
    with pytest.raises(Problem, match="direction"):
        terms_of(f"1 direction:mean={units} features.3")


def test_that_a_direction_of_units_that_are_not_there_is_refused(tiny: Network) -> None:
    with pytest.raises(Problem, match="no 99"):
        climbed(tiny, ClassTarget("class", 1), also="1 direction:mean=99*1 features.3")


def test_that_a_direction_alone_is_asked_of_what_it_sees_and_of_no_class(tiny: Network) -> None:
    """The class that stands beside it counts for nothing, so that neither it nor the rest of the picture is asked."""
    asked = question(tiny, ClassTarget("class", 10**6))
    stage = scene(asked, asked=Climbed(0.0, "1 direction:center=3*1 features.3"))
    alone = scene(question(tiny, UnitTarget("center"), "features.3", 3))
    assert stage.window == alone.window
    picture = torch.randn(1, 3, *stage.window.size).requires_grad_()
    found, expected = (one.slope_of(picture, picture).slope for one in (stage, alone))
    assert torch.allclose(found, expected)


def test_that_a_mixture_is_told_in_words(tiny: Network) -> None:
    also = "-1 class:2; 2 unit:mean 3 features.3; 1 direction:center=4*0.5,2*-0.2 features.3"
    said = scene(question(tiny, ClassTarget("class", 1)), asked=Climbed(0.5, also)).climbed
    assert said == (
        f"0.5 times {tiny.label(1)}, less {tiny.label(2)}, 2 times unit 3 of features.3 (mean) and "
        "the direction of units 4, less 2 in features.3 (centre)"
    )


@pytest.mark.parametrize(
    ("also", "share", "more"),
    [("", 1.0, "no"), ("1 class:2", 1.0, "too"), ("1 class:2", 0.0, "a mixture"), ("1 direction", 0.0, "a direction")],
)
def test_that_what_is_asked_besides_is_said(also: str, share: float, more: str) -> None:
    assert method("ascent")(also=also, share=share).asks_of_more() == more  # type: ignore[attr-defined]


def test_that_what_is_climbed_besides_stands_in_captions_in_words() -> None:
    from analysis.methods.registry import method
    from analysis.methods.setting_words import setting_words

    also = "-0.5 class:7; 2 unit:mean 12 features.28; 1 direction:center; 1 class:3-class:9"
    said = setting_words(method("edge-energy"), {"also": also, "steps": 9})
    assert said.startswith("also less 0.5 times class 7, 2 times unit 12 of features.28 (mean)")
    assert "the direction of the picture in its layer (centre)" in said
    assert said.endswith("class 3 and not class 9, steps 9")
