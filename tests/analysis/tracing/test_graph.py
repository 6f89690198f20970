"""The graph of a pass has the operations that there are, and its edges lead from the picture to the answer."""

from collections import Counter

import pytest
import torch
from torch import Tensor, nn

from analysis.network.capture import tensors_in
from analysis.tracing.graph import PICTURE, OperationGraph, graph_of
from tests.analysis.zoo import Odd, runnable


def leading_to(found: OperationGraph) -> set[int]:
    """The nodes from which an answer can be reached."""
    reached = set(found.answers)
    for maker, taker in sorted(found.edges, key=lambda edge: -edge[1]):
        if taker in reached:
            reached.add(maker)
    return reached


@pytest.mark.parametrize("one", runnable(), ids=lambda one: one.name)
def test_that_every_node_comes_from_the_picture_and_has_the_weights_that_autograd_sees(one: Odd) -> None:
    module = one.module()
    found = graph_of(module, one.example())
    assert found.nodes[0].operation == PICTURE
    assert found.nodes[0].shapes == ((1, one.channels, one.height, one.width),)
    assert all(maker < taker for maker, taker in found.edges)
    assert {taker for _, taker in found.edges} == set(range(1, len(found.nodes)))
    paths = {path for path, _ in module.named_modules()}
    assert {node.module for node in found.nodes} <= paths
    assert found.answers
    assert 0 in leading_to(found)
    module = one.module().requires_grad_(True)
    answer = sum(tensor.sum() for tensor in tensors_in(module(one.example())))
    names, weights = zip(*module.named_parameters(), strict=True)
    assert isinstance(answer, Tensor)
    slopes = torch.autograd.grad(answer, weights, allow_unused=True)
    derived = {name for name, slope in zip(names, slopes, strict=True) if slope is not None}
    named = {name for i in leading_to(found) for name in found.nodes[i].parameters}
    assert named.intersection(names) == derived


@pytest.mark.parametrize("one", runnable(), ids=lambda one: one.name)
def test_that_every_call_of_a_convolution_is_a_node_of_its_layer(one: Odd) -> None:
    module = one.module()
    calls: Counter[str] = Counter()
    for path, part in module.named_modules():
        if isinstance(part, nn.Conv2d):
            part.register_forward_hook(lambda *_, path=path: calls.update([path]))
    module(one.example())
    found = graph_of(one.module(), one.example())
    assert Counter(node.module for node in found.nodes if node.type == "Conv2d") == calls


class Through(nn.Module):
    """Writes into views, and turns its weights before it takes them."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(4, 3), requires_grad=False)
        self.register_buffer("shift", torch.ones(4))

    def forward(self, x: Tensor) -> Tensor:
        room = torch.zeros(2, 3)
        room[0] = x.mean((2, 3))[0]
        room[1].copy_(x.amax((2, 3))[0])
        y: Tensor = room @ self.weight.t() + self.shift.exp()
        return y


def test_that_what_is_written_through_a_view_is_followed_and_weights_are_named_by_who_takes_them() -> None:
    found = graph_of(Through().eval(), torch.ones(1, 3, 5, 5))
    names = [node.operation for node in found.nodes]
    (product,) = (i for i, name in enumerate(names) if name == "mm")
    assert set(found.nodes[product].parameters) == {"weight"}
    (added,) = (i for i, name in enumerate(names) if name == "add")
    assert set(found.nodes[added].parameters) == {"shift"}
    assert found.answers == (added,)
    assert {"mean", "amax"} <= {names[i] for i in leading_to(found)}
    assert "exp" not in names


def test_that_nothing_stays_in_the_module() -> None:
    class Failing(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            raise ValueError("no")

    module = nn.Sequential(nn.Conv2d(3, 4, 3), Failing())
    with pytest.raises(ValueError, match="no"):
        graph_of(module, torch.zeros(1, 3, 8, 8))
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in module.modules())
    assert torch._C._len_torch_dispatch_stack() == 0


class ByNumPy(nn.Module):
    """Its answer is made where torch does not look."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.out = nn.Conv2d(3, 4, 3), nn.Linear(4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        largest = self.conv(x).detach().numpy().max((2, 3))
        answer: torch.Tensor = self.out(torch.from_numpy(largest))
        return answer


def test_that_a_graph_that_does_not_reach_the_answer_says_so() -> None:
    from analysis.methods.graphs.network_graph import NetworkGraph
    from tests.analysis.methods.test_fields import asked, last_of, network_of

    cut = last_of(NetworkGraph(), asked(network_of(ByNumPy(), 8), ""))
    assert cut.note.startswith("What it answers does not come from the picture by operations that torch sees")
    whole = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3))
    assert last_of(NetworkGraph(), asked(network_of(whole, 8), "")).note == ""
