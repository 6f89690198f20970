"""Networks whose answer has no axis for the batch are taken as classes, or refused in a sentence with their shape."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from analysis.methods.registry import method
from analysis.methods.settings import configured
from analysis.network.doctor import examine
from analysis.network.network import Network
from analysis.opening.assembly import assembled
from analysis.protocol.frame import Frame
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice
from analysis.protocol.requests import LiveRequest
from analysis.protocol.target import ClassTarget, UnitTarget
from analysis.question.question import Question
from analysis.question.scalar import class_vector, values
from analysis.results.looks import MapsLook
from analysis.running.live import LiveView
from tests.analysis.input_of import input_of
from tests.analysis.to_the_end import opened
from tests.analysis.zoo import odd


class Ending(nn.Module):
    """A small network whose answer goes through `end`."""

    def __init__(self, end: Callable[[Tensor], Tensor], classes: int = 5) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3)
        self.fc = nn.Linear(6, classes)
        self.end = end

    def forward(self, x: Tensor) -> Tensor:
        return self.end(self.fc(self.conv(x).relu().mean((2, 3))))


ENDS: dict[str, Callable[[Tensor], Tensor]] = {
    "squeezed": lambda y: y.squeeze(),
    "first": lambda y: y[0],
    "mean": lambda y: y.mean(0),
}


def network(end: Callable[[Tensor], Tensor], classes: int = 5) -> Network:
    torch.manual_seed(0)
    return assembled(Ending(end, classes), ModelChoice("odd"), "Odd", odd("plain").preprocessing())


def context(end: Callable[[Tensor], Tensor], layer: str | None = None, **more: Any) -> Question:
    made = network(end)
    return Question(made, odd("plain").example(), made.node(layer) if layer is not None else None, **more)


@pytest.mark.parametrize("end", ENDS)
def test_that_its_numbers_are_classes(end: str) -> None:
    made, usual = network(ENDS[end]), network(lambda y: y)
    assert (made.output, made.together, usual.together) == ("classes", False, True)
    assert "5 numbers" in made.notes[0]
    pictures = odd("plain").example(batch=3)
    asked = Question(made, pictures[:1], target=ClassTarget("class", 2))
    torch.testing.assert_close(class_vector(made, pictures[:1]), class_vector(usual, pictures[:1]))
    torch.testing.assert_close(values(asked, pictures), values(replace(asked, network=usual), pictures))


def test_that_a_bare_number_is_not_said_to_be_several() -> None:
    (note,) = network(lambda y: y[:, 0], classes=1).notes
    assert "a bare number, which is taken as its only class" in note


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("gradient", {}),
        ("guided", {}),
        ("smoothgrad", {"samples": 3}),
        ("grad-cam", {}),
        ("cam", {}),
        ("occlusion", {"mask": 12, "stride": 10}),
        ("occlusion-loss", {"mask": 12, "stride": 10}),
        ("rise", {"masks": 4}),
        ("insertion-deletion", {"pixels": 300}),
        ("randomisation", {}),
        ("activations", {}),
    ],
)
def test_that_it_is_explained_as_the_same_network_with_the_axis(end: str, name: str, settings: dict[str, int]) -> None:
    technique = configured(method(name), settings)
    results = []
    for ending in (ENDS[end], lambda y: y):
        *_, last = technique.run(context(ending, layer="conv" if name == "activations" else None))
        results.append(last.arrays)
    for key in method(name).declares:
        if results[0][key].dtype.kind != "U":
            np.testing.assert_allclose(results[0][key], results[1][key], rtol=1e-3, atol=1e-5)


def test_that_a_unit_of_it_is_explained() -> None:
    *_, last = method("gradient")().run(context(ENDS["squeezed"], layer="conv", unit=1, target=UnitTarget("max")))
    assert np.any(last.arrays["result"])


@pytest.mark.parametrize("end", ENDS)
def test_that_the_live_view_predicts(end: str) -> None:
    made = network(ENDS[end])
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    request = LiveRequest(1, 1, Frame(pixels, 1, "noise:0", 0.0, False), "conv", None, MapsLook())
    live = LiveView(made).answer(request, 1)
    assert live.logits is not None
    np.testing.assert_allclose(live.logits, class_vector(made, input_of(made, pixels))[0].numpy(), rtol=1e-5)
    assert not any(found.severity == "error" for found in examine(made))


@pytest.mark.parametrize("end", ["squeezed", "flat"])
def test_that_a_single_number_is_one_class(end: str) -> None:
    made = network({"squeezed": lambda y: y.squeeze(), "flat": lambda y: y.squeeze(1)}[end], classes=1)
    assert (made.output, made.root.units) == ("classes", 1)
    asked = Question(made, odd("plain").example(), target=ClassTarget())
    assert values(asked, odd("plain").example(batch=2)).shape == (2,)
    *_, last = method("gradient")().run(asked)
    assert np.any(last.arrays["result"])


def test_that_as_many_numbers_as_the_picture_has_spots_are_no_classes() -> None:
    wild = network(lambda y: torch.ones(1 + int(y.abs().sum() * 1000)))
    assert wild.output == "other"
    with pytest.raises(Problem, match=r"does not answer with a vector of classes \(its answer to 1 picture is \d+\)"):
        class_vector(wild, odd("plain").example())


def test_that_a_file_of_ones_own_may_answer_so(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "from torch import nn\n"
        "class Net(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.conv = nn.Conv2d(3, 6, 3)\n"
        "        self.fc = nn.Linear(6, 5)\n"
        "    def forward(self, x):\n"
        "        return self.fc(self.conv(x).relu().mean((2, 3))).squeeze()\n"
        "def make():\n"
        "    return Net()\n"
    )
    choice = ModelChoice(f"{file}:make", preprocessing=odd("plain").preprocessing())
    made = opened(choice, trusted=True)
    assert (made.output, made.together) == ("classes", False)
    assert any("no axis for the batch" in note for note in made.notes)


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_that_scores_that_keep_the_axes_of_the_last_map_are_classes(axes: int) -> None:
    made, usual = network(lambda y: y[(...,) + (None,) * axes]), network(lambda y: y)
    pictures = odd("plain").example(batch=3)
    assert made.output == "classes"
    assert made.together
    assert torch.equal(class_vector(made, pictures), class_vector(usual, pictures))
    for name in ("gradient", "cam", "occlusion"):
        technique = configured(method(name), {"mask": 12, "stride": 9} if name == "occlusion" else {}, 32)
        found, expected = (list(technique.run(Question(one, pictures[:1])))[-1] for one in (made, usual))
        np.testing.assert_allclose(found.arrays["result"], expected.arrays["result"], rtol=1e-4, atol=1e-6)
        assert found.note == expected.note
    pixels = np.zeros((32, 32, 3), np.uint8)
    request = LiveRequest(1, 1, Frame(pixels, 1, "noise:0", 0.0, False), "conv", None, MapsLook())
    live = LiveView(made).answer(request, 1)
    assert live.logits is not None
    assert live.logits.shape == (5,)
