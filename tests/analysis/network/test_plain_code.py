"""Own code is quick only where it is seen to do nothing but compute."""

import math
import random
import time
from collections.abc import Callable
from functools import partial

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from analysis.network.plain_code import only_computes

LOG: list[int] = []
HALF, SIZES = 0.5, (2, 2)
LOSE = torch.nn.Linear(2, 2)


def halved(x: Tensor, by: float = 0.5) -> Tensor:
    return x * by * math.sqrt(4.0)


def logged(x: Tensor) -> Tensor:
    LOG.append(len(x))
    return x


class Block(nn.Module):
    factor = 2

    def __init__(self, forward: Callable[["Block", Tensor], Tensor]) -> None:
        super().__init__()
        self.convolution, self.widths, self.kept = nn.Conv2d(3, 3, 1), [1, 2, 3], {"a": 1}
        self.parts = nn.ModuleList([nn.ReLU(), nn.Tanh()])
        self.odd = partial(halved)


def of(forward: Callable[[Block, Tensor], Tensor]) -> Block:
    return type("Own", (Block,), {"forward": forward, "__module__": __name__})(forward)


def functional(self: Block, x: Tensor) -> Tensor:
    y = F.relu(self.convolution(x)) * HALF + torch.nn.functional.max_pool2d(x, SIZES).mean() * self.factor
    y += x
    return halved(y)


def with_branches(self: Block, x: Tensor) -> Tensor:
    outputs = [x]
    for part in self.parts:
        outputs.append(part(outputs[-1]))
    whole = {"all": torch.cat([one[:, :2] for one in outputs], 1)}
    return torch.stack([whole["all"] * (lambda w: w + HALF)(width) for width in (1, 2)]).sum(0)


def reading_a_list(self: Block, x: Tensor) -> Tensor:
    return x * self.widths[0] + sum(self.kept.values())


def one_by_one(self: Block, x: Tensor) -> Tensor:
    first, second = (part(x) for part in self.parts)
    return first + sum(second * width for width in self.widths)


@pytest.mark.parametrize("forward", [functional, with_branches, reading_a_list, one_by_one])
def test_that_what_only_computes_is_seen_to(forward: Callable[[Block, Tensor], Tensor]) -> None:
    assert only_computes(nn.Sequential(of(forward), nn.ReLU()))


def keeping(self: Block, x: Tensor) -> Tensor:
    self.last = x
    return x


def keeping_an_element(self: Block, x: Tensor) -> Tensor:
    self.kept["a"] = 2
    return x


def appending(self: Block, x: Tensor) -> Tensor:
    self.widths.append(1)
    return x * len(self.widths)


def logging(self: Block, x: Tensor) -> Tensor:
    return logged(x)


def by_the_clock(self: Block, x: Tensor) -> Tensor:
    return x * time.time()


def by_lot(self: Block, x: Tensor) -> Tensor:
    return x * random.random()


def seeding(self: Block, x: Tensor) -> Tensor:
    torch.manual_seed(1)
    return x


def of_the_class(self: Block, x: Tensor) -> Tensor:
    type(self).factor += 1
    return x


def by_another_network(self: Block, x: Tensor) -> Tensor:
    return x + LOSE.weight.sum()


def by_what_is_unknown(self: Block, x: Tensor) -> Tensor:
    return self.odd(x)  # type: ignore[no-any-return]


def importing(self: Block, x: Tensor) -> Tensor:
    from random import random as lot

    return x * lot()


def attribute_by_name(self: Block, x: Tensor) -> Tensor:
    setattr(self, "a" + "b", 1)
    return x


def growing_a_list(self: Block, x: Tensor) -> Tensor:
    widths = self.widths
    widths += [1]
    return x * (1 + len(widths) // 100)


def counting_past_torch(self: Block, x: Tensor) -> Tensor:
    seen = self.convolution.weight.numpy()
    seen += 1
    return x


def exchanging_a_buffer(self: Block, x: Tensor) -> Tensor:
    self.register_buffer("seen", x.mean())
    return x


def keeping_one_by_one(self: Block, x: Tensor) -> Tensor:
    return sum(x * self.widths.pop() for _ in range(2))  # type: ignore[return-value]


NOT_ONLY = (
    keeping_one_by_one,
    growing_a_list,
    counting_past_torch,
    exchanging_a_buffer,
    keeping,
    keeping_an_element,
    appending,
    logging,
    by_the_clock,
    by_lot,
    seeding,
    of_the_class,
    by_another_network,
    by_what_is_unknown,
    importing,
    attribute_by_name,
)


@pytest.mark.parametrize("forward", NOT_ONLY)
def test_that_what_does_more_is_seen_to(forward: Callable[[Block, Tensor], Tensor]) -> None:
    assert not only_computes(nn.Sequential(of(forward)))


def test_that_who_listens_or_stands_in_is_seen() -> None:
    module = of(functional)
    handle = module.register_forward_hook(lambda *_: None)
    assert not only_computes(module)
    handle.remove()
    assert only_computes(module)
    module.forward = module.forward  # type: ignore[method-assign]
    assert not only_computes(module)


def test_that_torch_may_make_a_weight_of_others() -> None:
    module = of(functional).eval()
    nn.utils.spectral_norm(module.convolution)
    assert only_computes(module)
    module.train()
    assert not only_computes(module)  # where it also counts on


def test_that_a_machinery_of_ones_own_is_not_trusted() -> None:
    def call(self: Block, x: Tensor) -> Tensor:
        return x

    assert not only_computes(type("Own", (Block,), {"forward": functional, "__call__": call})(functional))


def test_that_what_torch_made_of_a_script_is_not_read() -> None:
    scripted = type("Scripted", (nn.Module,), {"__module__": "torch.jit._script", "forward": functional})
    assert not only_computes(scripted())


class Counting(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        return x if self.calls < 100 else 2 * x

    def encoded(self, x: Tensor) -> Tensor:
        self.calls += 1
        return x if self.calls < 100 else 2 * x


class Child(Counting):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x)


class OfAnother(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.part = Encoder()

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.part.encoded(x)
        return y


class Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def forward(self, x: Tensor) -> Tensor:
        return self.encoded(x)

    encoded = Counting.encoded


class Plainly(Encoder):
    """What its part does in a way of its own is told by the part's other name."""

    def forward(self, x: Tensor) -> Tensor:
        return x


@pytest.mark.parametrize("kind", [Child, OfAnother])
def test_that_what_is_called_by_another_name_is_read(kind: type[nn.Module]) -> None:
    assert not only_computes(kind())


def test_that_a_method_of_a_part_is_read_though_its_forward_is_plain() -> None:
    whole = OfAnother()
    whole.part = Plainly()
    assert not only_computes(whole)
    assert only_computes(Plainly())
