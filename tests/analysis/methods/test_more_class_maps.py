"""The newer class activation maps and FullGrad against pytorch-grad-cam's formulas, written out in double precision."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from analysis.methods.method import Method
from analysis.methods.registry import method
from analysis.network.network import Network
from analysis.opening.assembly import assembled
from analysis.protocol.recipe import ModelChoice
from analysis.protocol.target import parse
from analysis.question.full_gradient import full_gradient
from analysis.question.question import Question
from analysis.question.scalar import values
from analysis.results.kinds import Array
from tests.analysis.zoo import odd


def _last(technique: Method, question: Question) -> tuple[Mapping[str, Array], str]:
    *_, last = technique.run(question)
    assert last.done == last.total
    return last.arrays, last.note


def _run(name: str, question: Question, **settings: object) -> Mapping[str, Array]:
    return _last(method(name)(**settings), question)[0]


class _Net(nn.Module):
    """Two convolutions with batch norms that have seen something, and a linear end."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 3, padding=1)
        self.norm1 = nn.BatchNorm2d(6)
        self.conv2 = nn.Conv2d(6, 8, 3, stride=2, bias=False)
        self.norm2 = nn.BatchNorm2d(8)
        self.relu = nn.ReLU(inplace=True)
        self.fc = nn.Linear(8, 5)

    def features(self, x: Tensor) -> Tensor:
        y: Tensor = self.norm2(self.conv2(self.relu(self.norm1(self.conv1(x)))))
        return y

    def end(self, maps: Tensor) -> Tensor:
        y: Tensor = self.fc(torch.relu(maps).mean((2, 3)))
        return y

    def forward(self, x: Tensor) -> Tensor:
        return self.end(self.features(x).clone())


@pytest.fixture
def question() -> Question:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        module = _Net().eval()
        for part in (module.norm1, module.norm2):
            for one in (part.weight, part.bias, part.running_mean):
                nn.init.normal_(one, std=0.5)
            nn.init.uniform_(part.running_var, 0.5, 2)
    plain = odd("plain")
    network: Network = assembled(module, ModelChoice("own", "random"), "own", plain.preprocessing())
    return Question(network, plain.example(), layer=network.node("norm2"), target=parse("class:2"))


def _maps(question: Question) -> tuple[nn.Module, Tensor]:
    import copy

    module = copy.deepcopy(question.network.module).double()
    maps = module.features(question.input.double())
    return module, maps.detach().requires_grad_()


def test_that_hires_cam_is_the_library_s_formula(question: Question) -> None:
    module, maps = _maps(question)
    module.end(maps)[0, 2].backward()
    expected = np.maximum((maps.grad * maps).sum(1)[0].detach().numpy(), 0)
    np.testing.assert_allclose(_run("hires-cam", question)["result"], expected, rtol=1e-4, atol=1e-7)
    assert expected.any()


def test_that_ablation_cam_is_the_library_s_formula(question: Question) -> None:
    module, maps = _maps(question)
    question = replace(question, target=parse("class"))
    with torch.no_grad():
        logits = module.end(maps)[0]
        index = int(logits.argmax())
        assert logits[index] > 0  # where the library divides by it as it is
        weights = []
        for unit in range(8):
            without = maps.clone()
            without[:, unit] = 0
            weights.append(float((logits[index] - module.end(without)[0, index]) / logits[index]))
        expected = np.maximum((torch.tensor(weights)[:, None, None] * maps[0]).sum(0).numpy(), 0)
    for batch in (0, 1, 3):
        found = _run("ablation-cam", question, batch=batch)
        np.testing.assert_allclose(found["result"], expected, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(found["losses"], np.array(weights) * float(logits[index]), rtol=1e-4, atol=1e-6)


def test_that_a_negative_answer_does_not_turn_ablation_cam_round(question: Question) -> None:
    """What makes a negative answer less is missed by it as what makes a positive one more."""
    module = question.network.module
    with torch.no_grad():
        before = _run("ablation-cam", question)
        module.fc.bias -= 100
        after = _run("ablation-cam", question)
    assert float(values(question, question.input)[0]) < 0
    np.testing.assert_allclose(after["losses"], before["losses"], rtol=1e-2, atol=1e-4)
    one, other = (found["result"] / found["result"].max() for found in (before, after))
    np.testing.assert_allclose(other, one, atol=1e-2)


@pytest.mark.parametrize("centred", [True, False])
def test_that_eigen_cam_is_the_library_s_projection(question: Question, centred: bool) -> None:
    _module, maps = _maps(question)
    table = maps[0].detach().reshape(8, -1).T.numpy()
    table = table - table.mean(0) if centred else table
    projected = (table @ np.linalg.svd(table, full_matrices=True)[2][0]).reshape(maps.shape[2:])
    found = _run("eigen-cam", question, centred=centred)["result"]
    assert any(np.allclose(found, np.maximum(sign * projected, 0), rtol=1e-4, atol=1e-5) for sign in (1, -1))
    assert found.any()
    same = _run("eigen-cam", replace(question, target=parse("class:4")), centred=centred)["result"]
    np.testing.assert_array_equal(found, same)


def test_that_eigen_cam_goes_with_what_is_strong() -> None:
    """One bright place in otherwise silent maps is what they have in common, whichever way the algebra turned."""

    class Spot(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 1)
            self.fc = nn.Linear(4, 5)

        def forward(self, x: Tensor) -> Tensor:
            y: Tensor = self.fc(torch.relu(self.conv(x)).mean((2, 3)))
            return y

    module = Spot()
    nn.init.constant_(module.conv.weight, 0.5)
    nn.init.zeros_(module.conv.bias)
    network = assembled(module, ModelChoice("own", "random"), "own", odd("plain").preprocessing())
    picture = torch.zeros(1, 3, 32, 32)
    picture[..., 5:9, 20:25] = 3
    found = _run("eigen-cam", Question(network, picture, layer=network.node("conv")))
    assert np.argwhere(found["result"] > 0).min(0).tolist() == [5, 20]
    assert np.argwhere(found["result"] > 0).max(0).tolist() == [8, 24]
    assert float(found["share"]) == pytest.approx(1, abs=1e-5)


LINEAR_BETWEEN_KINKS = (
    "plain", "linear", "reused-relu", "functional-relu", "in-place-relu", "residual", "concatenating", "called-twice",
    "grey-oblong", "early-exit", "pre-activation",
)  # fmt: skip


@pytest.mark.parametrize("name", LINEAR_BETWEEN_KINKS)
@pytest.mark.parametrize("target", ["class", "class:1", "class:1-class:3"])
def test_that_the_parts_of_full_grad_add_up_to_the_answer(name: str, target: str) -> None:
    asked = Question(odd(name).network(), odd(name).example(), target=parse(target))
    if target == "class:1-class:3" and odd(name).classes < 4:
        pytest.skip("it has fewer classes")
    arrays, note = _last(method("full-grad")(), asked)
    total, answer = arrays["completeness"]
    found = full_gradient(asked)
    assert total == pytest.approx(answer, abs=1e-5 * found.terms())
    assert float(arrays["parts"].astype(np.float64).sum()) == pytest.approx(total, abs=1e-5 * found.terms())
    assert note == ""


def test_that_batch_norm_s_hidden_biases_are_parts_of_full_grad(question: Question) -> None:
    arrays, note = _last(method("full-grad")(), question)
    assert note == ""
    assert set(arrays["layers"]) == {"picture", "conv1", "norm1", "norm2", "fc"}
    module, maps = _maps(question)
    module.end(maps)[0, 2].backward()
    norm = module.norm2
    bias = norm.bias - norm.weight * norm.running_mean / torch.sqrt(norm.running_var + norm.eps)
    expected = float((maps.grad * bias[:, None, None]).sum())
    assert float(arrays["parts"][list(arrays["layers"]).index("norm2")]) == pytest.approx(expected, rel=1e-4)


def test_that_full_grad_says_where_a_network_bends_otherwise() -> None:
    _arrays, note = _last(method("full-grad")(), Question(odd("tokens").network(), odd("tokens").example()))
    assert "not linear between kinks" in note


@pytest.mark.parametrize("bend", [nn.ReLU6, nn.GELU, nn.Hardswish, nn.SiLU, nn.Tanh, nn.Sigmoid])
def test_that_the_offset_of_a_bent_layer_is_a_part_of_full_grad(bend: type[nn.Module]) -> None:
    layers = [nn.Conv2d(3, 6, 3), bend(), nn.Conv2d(6, 4, 3), bend(), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = nn.Sequential(*layers, nn.Linear(4, 5))
    network = assembled(module, ModelChoice("own", "random"), "own", odd("plain").preprocessing())
    asked = Question(network, 4 * odd("plain").example(), target=parse("class:1"))
    total, answer = _run("full-grad", asked)["completeness"]
    assert total == pytest.approx(answer, abs=1e-5 * full_gradient(asked).terms())
