"""No quicker way gives other numbers: networks made to break each of them, against the plain way."""

import copy
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from analysis.methods.registry import method
from analysis.network.network import Network
from analysis.network.unlike import unlike
from analysis.opening.assembly import assembled
from analysis.opening.steadiness import steadiness
from analysis.protocol.frame import Frame
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice
from analysis.protocol.requests import LiveRequest
from analysis.protocol.target import parse
from analysis.question.derivative import derivative
from analysis.question.forgetting import copied
from analysis.question.pooled_head import pooled_head
from analysis.question.question import Question
from analysis.question.scalar import class_vector, settled, values
from analysis.quick.folding import folded
from analysis.quick.half import in_bfloat16
from analysis.quick.layout import laid_out
from analysis.results.looks import MapsLook
from analysis.running.live import LiveView
from analysis.tracing.watch import watched
from tests.analysis.input_of import input_of
from tests.analysis.zoo import odd
from tests.tricks import uses

PLAIN = odd("plain").preprocessing()


class Parts(nn.Module):
    """A convolution, its norm, an activation and a head, put together by `how`; very sure of its answers."""

    def __init__(self, how: Callable[["Parts", Tensor], object]) -> None:
        super().__init__()
        self.how = how
        self.conv = nn.Conv2d(3, 6, 3, padding=1)
        self.other = nn.Conv2d(3, 6, 3, padding=1)
        self.norm = nn.BatchNorm2d(6)
        self.relu = nn.ReLU()
        self.block = nn.Sequential(self.other, nn.Identity())
        self.head = nn.Linear(6, 4)
        self.seen: Tensor | None = None
        nn.init.normal_(self.head.weight, 0, 20)
        for tensor in (self.norm.running_mean, self.norm.running_var, self.norm.weight, self.norm.bias):
            assert tensor is not None
            nn.init.uniform_(tensor, 0.2, 1.5)

    def forward(self, x: Tensor) -> object:
        y = self.how(self, x)
        return self.head(y.mean((2, 3))) if isinstance(y, Tensor) else y

    def normed(self, x: Tensor) -> Tensor:
        y: Tensor = self.relu(self.norm(self.conv(x)))
        return y


def _beside(net: Parts, x: Tensor) -> Tensor:
    y = net.conv(x)
    return net.relu(net.norm(y)) + y  # type: ignore[no-any-return]


def _seen_by_a_view(net: Parts, x: Tensor) -> Tensor:
    y = net.conv(x)
    flat = y.flatten(2)
    z: Tensor = net.relu(net.norm(y))
    return z * flat.mean(2)[:, :, None, None]


def _before_the_norm(net: Parts, x: Tensor) -> Tensor:
    y = net.conv(x)
    gate = y.mean((2, 3), keepdim=True).sigmoid()
    z: Tensor = net.relu(net.norm(y))
    return z * gate


def _in_a_dictionary(net: Parts, x: Tensor) -> dict[str, Tensor]:
    y = net.conv(x)
    return {"logits": net.head(net.relu(net.norm(y)).mean((2, 3))), "raw": y}


def _kept(net: Parts, x: Tensor) -> Tensor:
    net.seen = net.conv(x)
    y: Tensor = net.relu(net.norm(net.seen))
    return y + net.seen.detach()


def _shared_norm(net: Parts, x: Tensor) -> Tensor:
    return net.norm(net.conv(x)) + net.norm(net.other(x))  # type: ignore[no-any-return]


def _changed_in_place(net: Parts, x: Tensor) -> Tensor:
    y = net.conv(x)
    y[:, :2] += 1
    return net.relu(net.norm(y))  # type: ignore[no-any-return]


def _tied_weights(net: Parts, x: Tensor) -> Tensor:
    return net.normed(x) + functional.conv2d(x, net.conv.weight * 2, padding=1)


def _functional_norm(net: Parts, x: Tensor) -> Tensor:
    y = net.conv(x)
    z = functional.batch_norm(y, net.norm.running_mean, net.norm.running_var, net.norm.weight, net.norm.bias)
    w: Tensor = net.norm(y)
    return z.relu() + w


def _a_container_of_it(net: Parts, x: Tensor) -> Tensor:
    y = net.block(x)
    z: Tensor = net.relu(net.norm(y))
    return z + net.other(x * 0.5)  # type: ignore[no-any-return]


def _by_value(net: Parts, x: Tensor) -> Tensor:
    y = net.conv(x)
    z: Tensor = net.norm(y)
    return z + y if x.max() > 3 else z


HOWS = (
    Parts.normed,
    _beside,
    _seen_by_a_view,
    _before_the_norm,
    _in_a_dictionary,
    _kept,
    _shared_norm,
    _changed_in_place,
    _tied_weights,
    _functional_norm,
    _a_container_of_it,
    _by_value,
)


def network_of(module: nn.Module) -> Network:
    return assembled(module, ModelChoice("own", "random"), "own", PLAIN)


def made(how: Callable[[Parts, Tensor], object]) -> Network:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        return network_of(Parts(how))


def pictures() -> Tensor:
    return torch.cat([*unlike(torch.zeros(1, 3, 32, 32), PLAIN.mean, PLAIN.std).values(), odd("plain").example(2)])


def in_double(network: Network) -> Network:
    """The plain network in double precision."""
    module = copy.deepcopy(network.module).double()
    module.register_forward_pre_hook(lambda _module, inputs: tuple(x.double() for x in inputs))
    return replace(network, module=module)


@pytest.mark.parametrize("how", HOWS, ids=lambda how: how.__name__.strip("_"))
@pytest.mark.parametrize("asked", ["class", "probability:1", "conv", "norm", "relu", "other"])
def test_that_a_folded_network_answers_as_the_plain_one(how: Callable[[Parts, Tensor], object], asked: str) -> None:
    network = made(how)
    is_class = asked.startswith(("class", "prob"))
    node = None if is_class else network.root.find(asked)
    if not is_class and (node is None or node.kind is None):
        pytest.skip("this layer is not called")
    target = parse(asked if is_class else "unit:mean")
    context = settled(Question(network, odd("plain").example(), node, None if is_class else 3, target))
    plain = replace(context, network=in_double(network))
    for picture in pictures():
        expected = float(values(plain, picture[None]))
        assert float(values(folded(context), picture[None])) == pytest.approx(expected, rel=1e-4, abs=1e-4)


@uses("folding")
def test_that_what_only_the_norm_takes_is_folded_still() -> None:
    for how in (Parts.normed, _in_a_dictionary):
        context = Question(made(how), odd("plain").example())
        assert (folded(context) is context) == (how is not Parts.normed)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("smoothgrad", {"samples": 4}),
        ("integrated-gradients", {"steps": 9}),
        ("rise", {"masks": 20}),
        ("score-cam", {}),
        ("insertion-deletion", {"map": "gradient", "pixels": 64}),
    ],
)
@pytest.mark.parametrize("target", ["class", "probability"])
def test_that_a_pre_activation_network_is_explained_as_in_double_precision(
    name: str, settings: dict[str, object], target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shortcut starts before the norm, and the answer is so sure that its probability shows no fault."""
    network = odd("pre-activation").network()
    picture = odd("pre-activation").example()
    scores = class_vector(network, picture)[0]
    assert float(scores.softmax(0).max()) > 0.999
    context = Question(
        network, picture, target=parse(f"{target}:{int(scores.argmax())}" if target != "class" else "class")
    )
    *_, found = method(name)(**settings).run(context)
    monkeypatch.setattr("analysis.quick.folding.folded", lambda asked: asked)
    *_, expected = method(name)(**settings).run(replace(context, network=in_double(network)))
    for key, array in expected.arrays.items():
        if array.dtype.kind == "f":
            np.testing.assert_allclose(found.arrays[key], array, rtol=0, atol=1e-3 * float(np.ptp(array) or 1))


# --- answers that depend on the batch


class Batch(nn.Module):
    def __init__(self, between: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.between = between
        self.conv = nn.Conv2d(3, 6, 3, padding=1)
        self.head = nn.Linear(6, 5)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.head(torch.relu(self.conv(self.between(x))).mean((2, 3)))
        return y


APART: dict[str, Callable[[Tensor], Tensor]] = {
    "the batch's mean": lambda x: x * 2 if x.mean() > 0 else x,
    "the batch's mean without a branch": lambda x: torch.where(x.mean() > 0, x * 2, x),
    "the batch's maximum": lambda x: x / x.abs().amax(),
    "a maximum that counts when it is high": lambda x: x / x.abs().amax().clamp_min(3),
    "numbers as a list": lambda x: x * 2 if x.mean().tolist() > 0 else x,
    "numbers out of torch": lambda x: x * 2 if x.numpy().mean() > 0 else x,
    "the places above 2": lambda x: x + len((x > 2).nonzero()) / x.numel(),
    "the first of a batch": lambda x: x - x[:1] / 2 if len(x) > 1 else x,
    "its order": lambda x: x * torch.linspace(0.5, 1, len(x))[:, None, None, None],
    "the greatest of a batch": lambda x: x * (x >= x.flatten(1).sum(1).topk(1).values.max() / 3072),
    "steps by the batch": lambda x: torch.fake_quantize_per_tensor_affine(x, float(x.abs().max()) / 8, 0, -8, 8),
    "pairs only": lambda x: x.mean(0, keepdim=True).expand_as(x) if len(x) == 2 else x,
}
ALIKE: dict[str, Callable[[Tensor], Tensor]] = {
    "nothing": lambda x: x,
    "its own maximum": lambda x: x / x.amax((1, 2, 3), keepdim=True),
    "its own mean": lambda x: torch.where(x.mean((1, 2, 3), keepdim=True) > 0, x * 2, x),
    "a number of the code's own": lambda x: x * torch.tensor(2.0).item(),
    "its shape": lambda x: x.view(x.shape[0], -1).view_as(x) if x.dim() == 4 else x,
}


@pytest.mark.parametrize("what", APART)
def test_that_what_depends_on_the_batch_is_asked_one_by_one(what: str) -> None:
    network = network_of(Batch(APART[what]))
    assert not network.together
    assert "picture by picture" in network.notes[-1]
    several = pictures()
    context = Question(network, several[:1], target=parse("class:2"))
    assert values(context, several).tolist() == [float(values(context, one[None])) for one in several]


def test_that_a_batch_of_a_size_that_was_not_tried_is_tried_when_it_is_asked() -> None:
    network = network_of(Batch(lambda x: x - x.mean(0) if len(x) > 5 else x))
    assert network.together
    several = pictures()
    context = Question(network, several[:1], target=parse("class:2"))
    for some in (several[:5], several):
        assert values(context, some).tolist() == pytest.approx(
            [float(values(context, one[None])) for one in some], rel=1e-4, abs=1e-5
        )


@pytest.mark.parametrize("what", ALIKE)
def test_that_what_does_not_is_asked_together(what: str) -> None:
    network = network_of(Batch(ALIKE[what]))
    assert network.together
    assert network.fixed
    assert network.notes == ()


@pytest.mark.filterwarnings("ignore:torch")  # its older quantisation is to end; networks of today still use it
def test_that_dynamic_quantisation_is_asked_one_by_one() -> None:
    from torch.ao.quantization import quantize_dynamic

    plain = nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(24, 5))
    try:
        quantised = quantize_dynamic(plain.eval(), {nn.Linear})
    except RuntimeError as error:
        pytest.skip(f"this torch does not quantise here: {error}")
    assert steadiness(plain, PLAIN).together
    assert not steadiness(quantised, PLAIN).together


def test_that_a_norm_of_known_code_that_takes_the_batchs_statistics_is_found() -> None:
    net = nn.Sequential(nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6, track_running_stats=False), nn.AdaptiveAvgPool2d(1))
    assert not network_of(nn.Sequential(net, nn.Flatten())).together


def test_that_a_layer_tells_what_a_sure_answer_hides() -> None:
    """Behind a softmax that is 1 or 0 for every picture nothing of the batch is to be seen."""

    class Hidden(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = Batch(lambda x: x / x.abs().amax())

        def forward(self, x: Tensor) -> Tensor:
            far = torch.tensor([1e4, 0, 0, 0, 0])
            return (self.inner(x).tanh() + far).softmax(1)  # type: ignore[no-any-return]

    assert not network_of(Hidden()).together


def test_that_values_that_decide_allow_no_shortcut() -> None:
    context = Question(odd("early-exit").network(), odd("early-exit").example() * 0.1)
    assert not context.network.fixed
    assert folded(context) is context


@pytest.mark.parametrize("name", ["rise", "smoothgrad", "integrated-gradients", "occlusion"])
def test_that_an_early_exit_is_explained_as_one_by_one(name: str) -> None:
    one = odd("early-exit")
    few = {"rise": {"masks": 12}, "smoothgrad": {"samples": 9}, "integrated-gradients": {"steps": 9}}
    settings = few.get(name, {"mask": 12, "stride": 10})
    sizes = ({}, {}) if name == "occlusion" else ({"batch": 9}, {"batch": 1})
    context = Question(one.network(), one.example(), target=parse("class:1"))
    many, single = (list(method(name)(**settings, **size).run(context))[-1].arrays["result"] for size in sizes)
    np.testing.assert_allclose(many, single, rtol=1e-5, atol=1e-6 * float(np.abs(single).max()))


# --- copies and other layouts


class Listening(nn.Module):
    """Its hook writes into the network that it was made with, so a copy answers with what the original saw last."""

    def __init__(self, width: int = 128) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(3, width, 3, padding=1), nn.BatchNorm2d(width))
        self.wide = nn.Conv2d(width, width, 3, padding=1)
        self.head = nn.Linear(width, 5)
        self.found = torch.zeros(1, width, 1, 1)
        self.first.register_forward_hook(lambda _module, _inputs, output: setattr(self, "found", output))

    def forward(self, x: Tensor) -> Tensor:
        self.first(x)
        y: Tensor = self.head(self.wide(self.found).relu().mean((2, 3)))
        return y


def test_that_a_copy_that_still_hangs_on_the_original_is_not_asked() -> None:
    context = Question(network_of(Listening()), odd("plain").example(), target=parse("class:1"))
    assert folded(context) is context
    with pytest.raises(Problem, match="cannot be made to forget"):
        copied(context)
    with pytest.raises(Problem, match="bfloat16"):
        in_bfloat16(context)


def test_that_a_network_that_counts_on_the_order_in_memory_keeps_it() -> None:
    class Strided(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 6, 3)
            self.head = nn.Linear(6, 5)

        def forward(self, x: Tensor) -> Tensor:
            y = self.conv(x)
            rows = y.as_strided((len(y), 6, 900), (5400, 900, 1)).contiguous()
            z: Tensor = self.head(rows[:, :, :400].mean(2))
            return z

    network = network_of(Strided())
    example = odd("plain").example()
    expected = network.module(example)
    torch.testing.assert_close(laid_out(network).module(example), expected)


def test_that_a_network_that_writes_its_weights_is_not_packed() -> None:
    class Made(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 6, 3)
            self.head = nn.Linear(6, 5)

        def forward(self, x: Tensor) -> Tensor:
            self.conv.weight.data.copy_(x.mean() + torch.ones_like(self.conv.weight))
            y: Tensor = self.head(self.conv(x).mean((2, 3)))
            return y

    network = network_of(Made())
    assert not network.fixed
    view = LiveView(network)
    for seed in range(3):
        pixels = np.random.default_rng(seed).integers(0, 80 * (seed + 1), (32, 32, 3), np.uint8)
        for moving in (True, False):
            frame = Frame(pixels, 2 * seed + moving + 1, "camera", 0.0, moving)
            live = view.answer(LiveRequest(frame.number, 1, frame, "conv", 1, MapsLook()), 1)
            with torch.no_grad():
                expected = network.module(input_of(network, pixels))[0]
            np.testing.assert_allclose(live.logits, expected.numpy(), rtol=1e-3, atol=1e-4)


def test_that_cam_takes_the_maps_that_the_head_takes() -> None:
    """Another layer's maps have the same means, but their places are turned about."""

    class Turned(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 6, 3)
            self.flip = nn.Sequential(nn.ReflectionPad2d(0))
            self.flip.register_forward_hook(lambda _module, _inputs, output: output.flip(3))
            self.head = nn.Linear(6, 5)

        def forward(self, x: Tensor) -> Tensor:
            y = self.conv(x)
            self.flip(y)
            z: Tensor = self.head(y.mean((2, 3)))
            return z

    network = network_of(Turned())
    assert pooled_head(Question(network, odd("plain").example())).layer.path == "conv"


# --- what a network keeps


def test_that_a_network_that_keeps_a_tensor_can_be_derived_after_any_other_pass() -> None:
    one = odd("keeping")
    network = laid_out(one.network())
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    context = Question(network, input_of(network, pixels), target=parse("class:1"))
    frame = Frame(pixels, 1, "/p.png", 0.0, False)
    network.module.window = None
    LiveView(network).answer(LiveRequest(1, 1, frame, "conv", 1, MapsLook()), 1)
    assert derivative(context, context.input).any()
    for name in ("occlusion", "rise"):
        network.module.window = None
        settings = {"mask": 12, "stride": 10} if name == "occlusion" else {"masks": 8, "batch": 8}
        list(method(name)(**settings).run(context))
        assert derivative(context, context.input.repeat(8, 1, 1, 1)).any()


def test_that_a_watch_sees_who_takes_a_memory_and_what_is_kept() -> None:
    x = torch.randn(1, 3, 4, 4)
    with watched(x) as watch:
        first = watch.picture + 1
        taken = watch.follow(first)
        assert taken is not None
        watch.running.append("a part")
        second = first[:, :1].flatten() * 2
        watch.running.pop()
        second += first.sum()
        assert set(taken.by) == {"a part", ""}
        assert taken.is_kept
        del first
        assert not taken.is_kept
    assert not watch.decides
