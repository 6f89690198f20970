"""Answers that are no vectors of classes: maps, lists of steps, pictures; and one class against another."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from analysis.methods.registry import method
from analysis.methods.run import resolved, run
from analysis.network.network import Network
from analysis.opening.assembly import assembled
from analysis.protocol.frame import Frame
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice, Recipe, from_json, to_json
from analysis.protocol.requests import LiveRequest
from analysis.protocol.target import parse
from analysis.question.question import Question
from analysis.question.scalar import settled, values
from analysis.results.looks import MapsLook
from analysis.running.live import LiveView
from analysis.studies.grid import asked_of
from tests.analysis.input_of import input_of
from tests.analysis.zoo import odd

SEEN = Preprocessing(24, 20, 20, "stretch", 3, (0.5,) * 3, (0.25,) * 3)
LABELS = ("ground", "cat", "dog", "bird", "boat")


class Segmenting(nn.Module):
    """A map of five classes at the picture's size, in a dictionary, as torchvision's."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1), nn.ReLU())
        self.head = nn.Conv2d(8, 5, 1)
        self.enlarged = nn.Upsample(scale_factor=2, mode="bilinear")

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        return {"out": self.enlarged(self.head(self.backbone(x))), "aux": x.mean((1, 2, 3))}


class Steps(nn.Module):
    """Seven steps of five classes, which know nothing of places."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3, 2)
        self.fc = nn.Linear(6, 35)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.fc(torch.relu(self.conv(x)).mean((2, 3))).reshape(-1, 7, 5)
        return y


def _network(make: type[nn.Module], labels: tuple[str, ...] | None = LABELS) -> Network:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        module = make()
        for parameter in module.parameters():
            nn.init.normal_(parameter, std=0.4)
    return assembled(module, ModelChoice("own", "random"), "Own", SEEN, labels)


def _question(make: type[nn.Module] = Segmenting, target: str = "class", **more: object) -> Question:
    picture = torch.randn(1, 3, 24, 20, generator=torch.Generator().manual_seed(2))
    return replace(Question(_network(make), picture, target=parse(target)), **more)


def _value(question: Question) -> float:
    value, again = (float(values(one, question.input)[0]) for one in (question, settled(question)))
    assert value == again
    return value


def _map(question: Question) -> Tensor:
    with torch.no_grad():
        out: Tensor = question.network.module(question.input)["out"][0]
    return out


def test_that_a_class_of_a_map_is_the_mean_of_its_channel() -> None:
    asked = _question()
    out = _map(asked)
    for index in range(5):
        assert _value(_question(target=f"class:{index}")) == pytest.approx(float(out[index].mean()), rel=1e-5)
        place = _value(_question(target=f"class:{index}@3,17"))
        assert place == pytest.approx(float(out[index, 3, 17]), rel=1e-5)
    assert _value(asked) == pytest.approx(float(out.mean((1, 2)).max()), rel=1e-5)
    shares = out.double().softmax(0)
    assert _value(_question(target="probability:2")) == pytest.approx(float(shares[2].mean()), rel=1e-5)
    assert _value(_question(target="logprob:2@5,5")) == pytest.approx(float(shares[2, 5, 5].log()), rel=1e-5)
    both = _value(_question(target="class:3-class:1@2,2"))
    assert both == pytest.approx(float(out[3, 2, 2] - out[1, 2, 2]), rel=1e-4)


def test_that_the_region_of_a_class_is_where_it_wins_on_the_picture_that_is_asked_about() -> None:
    out = _map(_question())
    winner = out.argmax(0)
    index = int(winner.flatten().bincount().argmax())
    question = settled(_question(target=f"class:{index}@region"))
    assert _value(question) == pytest.approx(float(out[index][winner == index].mean()), rel=1e-5)
    other = -question.input  # where the class wins elsewhere, the places are still those
    with torch.no_grad():
        elsewhere = question.network.module(other)["out"][0, index]
    assert float(values(question, other)[0]) == pytest.approx(float(elsewhere[winner == index].mean()), rel=1e-4)


def test_that_the_derivative_at_a_place_is_autograd_s() -> None:
    question = _question(target="class:1@4,6")
    leaf = question.input.clone().requires_grad_()
    question.network.module(leaf)["out"][0, 1, 4, 6].backward()
    *_, last = method("gradient")().run(question)
    assert leaf.grad is not None
    np.testing.assert_allclose(last.arrays["result"], leaf.grad[0].numpy(), rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("target", ["class", "class:1", "class:1@4,6", "class@region", "class:3-class:1"])
@pytest.mark.parametrize("name", ["grad-cam", "integrated-gradients", "occlusion", "rise", "ablation-cam", "full-grad"])
def test_that_methods_explain_maps(name: str, target: str) -> None:
    settings = {"rise": {"masks": 4}, "occlusion": {"mask": 8, "stride": 6}, "integrated-gradients": {"steps": 4}}
    *_, last = method(name)(**settings.get(name, {})).run(_question(target=target))
    assert last.done == last.total
    assert np.isfinite(last.arrays["result"]).all()
    if "layer" in last.arrays:
        assert str(last.arrays["layer"]).startswith("backbone")  # what is behind it is the answer itself


def test_that_steps_are_asked_by_their_number() -> None:
    question = _question(Steps)
    with torch.no_grad():
        out = question.network.module(question.input)[0]
    assert _value(_question(Steps, "class:2@6")) == pytest.approx(float(out[6, 2]), rel=1e-5)
    assert _value(_question(Steps, "class:2")) == pytest.approx(float(out[:, 2].mean()), rel=1e-5)
    with pytest.raises(Problem, match=r"7 steps; there is no @7: ask class:N@STEP"):
        _value(_question(Steps, "class:2@7"))


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("class:5", "classes 0 to 4, not 5"),
        ("class:2-class:5", "classes 0 to 4, not 5"),
        ("class:1@24,0", r"24 rows and 20 columns; there is no @24,0: ask class:N@ROW,COL"),
        ("class:1@3", "there is no @3"),
    ],
)
def test_that_what_a_map_has_not_is_one_sentence(target: str, said: str) -> None:
    with pytest.raises(Problem, match=said):
        _value(_question(target=target))


def test_that_a_vector_of_classes_has_no_places() -> None:
    asked = Question(odd("plain").network(), odd("plain").example(), target=parse("class:1@2,2"))
    for ask in (lambda: _value(asked), lambda: settled(asked)):
        with pytest.raises(Problem, match=r"has no places: ask class:1 in place of class:1@2,2"):
            ask()


def test_that_a_picture_is_no_class_but_its_channels_can_be_asked() -> None:
    network, picture = odd("picture-output").network(), odd("picture-output").example()
    with pytest.raises(Problem, match="class:0"):
        values(Question(network, picture), picture)
    with torch.no_grad():
        out = network.module(picture)[0, 0]
    found = values(Question(network, picture, target=parse("class:0")), picture)
    assert float(found[0]) == pytest.approx(float(out.mean()), rel=1e-5)


def test_that_a_class_against_another_is_their_difference() -> None:
    network, picture = odd("plain").network(), odd("plain").example()
    with torch.no_grad():
        logits = network.module(picture)[0]
    best = int(logits.argmax())
    for target, expected in (
        ("class:1-class:3", logits[1] - logits[3]),
        ("probability:1-probability:3", logits.double().softmax(0)[1] - logits.double().softmax(0)[3]),
        (f"class-class:{(best + 1) % 5}", logits[best] - logits[(best + 1) % 5]),
    ):
        asked = Question(network, picture, target=parse(target))
        assert _value(asked) == pytest.approx(float(expected), rel=1e-5)
    with pytest.raises(Problem, match="itself answers most"):
        _value(Question(network, picture, target=parse(f"class-class:{best}")))


def test_that_the_gradient_of_a_difference_is_the_difference_of_gradients() -> None:
    network, picture = odd("residual").network(), odd("residual").example()
    found = []
    for target in ("class:1-class:3", "class:1", "class:3"):
        *_, last = method("gradient")().run(Question(network, picture, target=parse(target)))
        found.append(last.arrays["result"])
    np.testing.assert_allclose(found[0], found[1] - found[2], atol=1e-6)


def test_that_cam_of_a_difference_takes_the_difference_of_weights() -> None:
    network, picture = odd("reused-relu").network(), odd("reused-relu").example()
    *_, cam = method("cam")().run(Question(network, picture, target=parse("class:1-class:3")))
    *_, grad_cam = method("grad-cam")().run(Question(network, picture, target=parse("class:1-class:3")))
    one, other = (last.arrays["result"] / last.arrays["result"].max() for last in (cam, grad_cam))
    np.testing.assert_allclose(one, other, atol=1e-4)


def test_that_a_recipe_keeps_the_number_and_the_name() -> None:
    network = _network(Segmenting)
    pixels = np.random.default_rng(0).integers(0, 256, (24, 20, 3), dtype=np.uint8)
    ran = None
    steps = run(resolved(network, Recipe(ModelChoice("own"), target="class:1-class:2", method="gradient"), pixels))
    while ran is None:
        try:
            next(steps)
        except StopIteration as stop:
            ran = stop.value
    assert (ran.recipe.target, ran.recipe.target_name) == ("class:1-class:2", "cat − dog")
    assert from_json(to_json(ran.recipe)).target_name == "cat − dog"
    assert ran.logits is None


def test_that_another_network_is_asked_for_both_classes_by_name() -> None:
    question = Recipe(ModelChoice("one"), target="class:1-class:2", method="gradient")
    other = asked_of(question, LABELS, ModelChoice("two"), ("dog", "ground", "cat"))
    assert other.target == "class:2-class:0"
    with pytest.raises(Problem, match="no class of that name"):
        asked_of(question, LABELS, ModelChoice("two"), ("cat", "boat"))


def test_that_the_window_is_told_which_class_wins_where() -> None:
    network = _network(Segmenting)
    pixels = np.random.default_rng(0).integers(0, 256, (24, 20, 3), dtype=np.uint8)
    frame = Frame(pixels, 1, "sample:cat", 0.0, False)
    live = LiveView(network).answer(LiveRequest(1, 1, frame, None, None, MapsLook()), 1)
    with torch.no_grad():
        expected = network.module(input_of(network, pixels))["out"][0].argmax(0).numpy()
    assert live.places is not None
    np.testing.assert_array_equal(live.places.classes, expected)
    assert dict(live.places.shares) == pytest.approx({i: float((expected == i).mean()) for i in np.unique(expected)})
    assert live.logits is None


class Embedding(nn.Module):
    """Sixteen numbers of length 1, or those that a head would have taken."""

    def __init__(self, normed: bool) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, 2)
        self.normed = normed
        if not normed:
            self.fc = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x).mean((2, 3))
        made: Tensor = nn.functional.normalize(y) if self.normed else self.fc(y)
        return made


@pytest.mark.parametrize("normed", [True, False])
def test_that_numbers_of_an_embedding_are_no_classes(normed: bool) -> None:
    network = _network(lambda: Embedding(normed), None)  # type: ignore[arg-type]
    assert network.label(3) == "dimension 3"
    assert any("embedding" in note for note in network.notes)
    named = _network(lambda: Embedding(normed), tuple(f"kind {i}" for i in range(16)))  # type: ignore[arg-type]
    assert named.label(3) == "kind 3"
    assert not named.notes


@pytest.mark.parametrize("name", ["plain", "residual", "with-softmax", "tokens"])
def test_that_classes_are_no_embedding(name: str) -> None:
    assert odd(name).network().label(3) == "class 3"


class Finding(nn.Module):
    """A list of what was found, as torchvision's detectors: as many boxes as there are bright columns."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 1, 3, padding=1)

    def forward(self, x: Tensor) -> list[dict[str, Tensor]]:
        found = []
        for heights in self.conv(x).mean((1, 2)):
            scores = heights.sigmoid().sort(descending=True).values
            scores = scores[scores > 0.5]
            found.append({"boxes": torch.zeros(len(scores), 4), "labels": torch.ones(len(scores)), "scores": scores})
        return found


def test_that_the_score_of_a_box_can_be_asked() -> None:
    question = _question(Finding, "class:0@1")
    with torch.no_grad():
        scores = question.network.module(question.input)[0]["scores"]
    assert len(scores) > 2
    assert _value(question) == pytest.approx(float(scores[1]), rel=1e-5)
    assert _value(_question(Finding, "class:0")) == pytest.approx(float(scores.mean()), rel=1e-5)
    *_, last = method("gradient")().run(question)
    assert last.arrays["result"].any()
    with pytest.raises(Problem, match="there is no @99"):
        _value(_question(Finding, "class:0@99"))
