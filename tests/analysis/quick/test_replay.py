"""Recorded passes give the plain ones' numbers, and what may decide otherwise another time is not recorded."""

from collections.abc import Callable, Sequence
from itertools import count

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from analysis.network.known_code import is_steady
from analysis.protocol.frame import Frame
from analysis.protocol.recipe import ModelChoice
from analysis.protocol.requests import LiveRequest
from analysis.quick.live_pass import ALIKE, RepeatedPass
from analysis.quick.packed_convolutions import PackedConvolutions
from analysis.quick.replay import recorded
from analysis.results.looks import MapsLook
from analysis.running.live import LiveView
from tests.analysis.to_the_end import opened
from tests.analysis.zoo import runnable
from tests.tricks import uses

FAMILIES = ("shufflenet_v2_x0_5", "mobilenet_v3_small", "squeezenet1_1", "googlenet", "resnet18", "densenet121")


def pictures(*shape: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(5)
    return torch.randn(1, *shape, generator=generator), torch.randn(1, *shape, generator=generator)


def made(name: str) -> nn.Module:
    import torchvision

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        settings = {"init_weights": False} if name == "googlenet" else {}
        module: nn.Module = getattr(torchvision.models, name)(weights=None, **settings)
        return module.eval().requires_grad_(False)


class Counting(nn.Sequential):
    """Counts the passes that Python makes; its class is the test's own."""

    passes = 0

    def forward(self, x: Tensor) -> Tensor:
        self.passes += 1
        answer: Tensor = super().forward(x)
        return answer


class Deciding(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * 2 if x.mean() > 0 else x


@pytest.mark.parametrize("name", FAMILIES)
def test_that_a_recorded_pass_answers_other_pictures_as_the_network_does(name: str) -> None:
    module, (first, other) = made(name), pictures(3, 64, 64)
    assert is_steady(module)
    with torch.inference_mode():
        (now,), written = recorded(lambda x: [module(x)], first)
        assert written is not None
        torch.testing.assert_close(now, module(first))
        torch.testing.assert_close(written(other)[0], module(other))


def test_that_attention_is_recorded() -> None:
    from torchvision.models import VisionTransformer

    module = VisionTransformer(32, 16, num_layers=2, num_heads=3, hidden_dim=48, mlp_dim=96, num_classes=7).eval()
    nn.init.normal_(module.heads.head.weight)  # which is zero at first
    first, other = pictures(3, 32, 32)
    with torch.inference_mode():
        _, written = recorded(lambda x: [module(x)], first)
        assert written is not None
        torch.testing.assert_close(written(other)[0], module(other))


@pytest.mark.parametrize("odd", runnable(), ids=lambda odd: odd.name)
def test_that_odd_networks_are_recorded_rightly_or_not_at_all(odd: object) -> None:
    module, first, other = odd.module(), odd.example(), odd.example(seed=2)  # type: ignore[attr-defined]
    with torch.inference_mode():
        expected, expected_other = module(first.clone()), module(other.clone())
        if not isinstance(expected, Tensor):
            pytest.skip("answers with more than one tensor")
        (now,), written = recorded(lambda x: [module(x)], first)
        torch.testing.assert_close(now, expected, equal_nan=True)
        if written is not None:
            torch.testing.assert_close(written(other)[0], expected_other, equal_nan=True)


def test_that_a_choice_by_value_is_not_recorded() -> None:
    first, _ = pictures(1, 4, 4)
    (now,), written = recorded(lambda x: [Deciding()(x)], first.abs())
    assert written is None
    torch.testing.assert_close(now, first.abs() * 2)


@pytest.mark.parametrize(
    "chosen", [lambda x: x[x > 0], lambda x: torch.nonzero(x), lambda x: torch.masked_select(x, x > 0)]
)
def test_that_a_shape_that_depends_on_values_is_not_recorded(chosen: Callable[[Tensor], Tensor]) -> None:
    first, _ = pictures(1, 4, 4)
    (now,), written = recorded(lambda x: [chosen(x)], first)
    assert written is None
    torch.testing.assert_close(now, chosen(first))


def test_that_places_by_their_number_are_recorded() -> None:
    (first, other), places = pictures(1, 4, 4), torch.tensor([2, 0])
    _, written = recorded(lambda x: [x[:, :, places]], first)
    assert written is not None
    torch.testing.assert_close(written(other)[0], other[:, :, places])


def test_that_detection_is_not_steady() -> None:
    from torchvision.models.detection.rpn import RPNHead

    assert not is_steady(nn.Sequential(RPNHead(4, 2)))


def test_that_only_known_code_without_listeners_is_steady() -> None:
    plain = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    assert is_steady(plain)
    assert not is_steady(nn.Sequential(plain, Deciding()))
    handle = plain[1].register_forward_hook(lambda *_: None)
    assert not is_steady(plain)
    handle.remove()
    assert is_steady(plain)
    plain[0].forward = plain[0].forward  # type: ignore[method-assign]
    assert not is_steady(plain)


def lacking(*_: object) -> None:
    raise AttributeError("parse_ir")


def of_zeros(_name: str, _graph: object) -> Callable[..., Sequence[Tensor]]:
    return lambda x, *_: [torch.zeros_like(x)]


@pytest.mark.parametrize(("name", "stands_in"), [("parse_ir", lacking), ("_create_function_from_graph", of_zeros)])
def test_that_a_torch_without_the_language_or_with_another_one_records_nothing(
    name: str, stands_in: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch._C, name, stands_in)
    first, _ = pictures(1, 4, 4)
    (now,), written = recorded(lambda x: [x + 1], first)
    assert written is None
    torch.testing.assert_close(now, first + 1)


def layered(kind: type[nn.Sequential] = nn.Sequential) -> nn.Sequential:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        net = kind(nn.Conv2d(3, 6, 3), nn.ReLU(inplace=True), nn.Conv2d(6, 5, 3), nn.Flatten())
        return net.eval().requires_grad_(False)


@torch.inference_mode()
@uses("replay")
def test_that_a_pass_that_repeats_runs_without_python_until_another_layer_is_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    net, calls = layered(), count()
    plain, flatten = layered(), nn.Flatten.forward
    monkeypatch.setattr(nn.Flatten, "forward", lambda self, x: (next(calls), flatten(self, x))[1])
    passes = RepeatedPass(net, PackedConvolutions(net))
    for paths in (["0"], ["2", "3"], []):
        for round_ in range(ALIKE + 3):
            if round_ == ALIKE:
                before = next(calls)
            x = torch.randn(1, 3, 8, 8, generator=torch.Generator().manual_seed(round_))
            answer, outputs = passes.answer(x, paths)
            assert list(outputs) == paths
            torch.testing.assert_close(answer, expected := plain[3](plain[2](plain[0](x).relu())))
            if "0" in paths:  # as it was before the activation that works in place
                torch.testing.assert_close(outputs["0"], plain[0](x))
            if "3" in paths:
                torch.testing.assert_close(outputs["3"], expected)
        assert next(calls) == before + 1 + 3  # only the plain network's


@torch.inference_mode()
def test_that_code_of_ones_own_and_another_size_are_asked_every_time() -> None:
    net = layered(Counting)
    passes = RepeatedPass(net, PackedConvolutions(net))
    for size in (8, 9):
        passes.answer(torch.zeros(1, 3, size, size), [])
        before = net.passes  # type: ignore[attr-defined]
        for _ in range(ALIKE + 3):
            passes.answer(torch.zeros(1, 3, size, size), [])
        assert net.passes == before + ALIKE + 3  # type: ignore[attr-defined]


@torch.inference_mode()
def test_that_a_recorded_pass_that_fails_leaves_the_word_to_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    from analysis.quick import live_pass

    def failing(run: Callable[[Tensor], Sequence[Tensor]], x: Tensor) -> object:
        def fail(_: Tensor) -> Sequence[Tensor]:
            raise RuntimeError("the interpreter's words")

        return run(x), fail

    monkeypatch.setattr(live_pass, "recorded", failing)
    net = layered()
    passes = RepeatedPass(net, PackedConvolutions(net))
    x, _ = pictures(3, 8, 8)
    for _ in range(ALIKE + 3):
        answer, _outputs = passes.answer(x, ["0"])
        torch.testing.assert_close(answer, net(x))


@torch.inference_mode()
def test_that_a_network_without_an_answer_has_none() -> None:
    class Silent(nn.Module):
        def forward(self, x: Tensor) -> dict[str, str]:
            return {}

    Silent.__module__ = "torch.nn.silent"
    net = Silent()
    passes = RepeatedPass(net, PackedConvolutions(net))
    for _ in range(ALIKE + 3):
        assert passes.answer(torch.zeros(1, 3, 4, 4), []) == (None, {})


def test_that_the_live_view_shows_the_same_before_and_after_recording() -> None:
    network = opened(ModelChoice("lenet"))
    numbers = count(1)
    view = LiveView(network)
    pixels = np.random.default_rng(0).integers(0, 256, (ALIKE + 4, 40, 40, 3), np.uint8)

    def answer(by: LiveView, picture: int, moving: bool) -> object:
        frame = Frame(pixels[picture], next(numbers), "camera" if moving else "/p.png", 0.0, moving)
        return by.answer(LiveRequest(frame.number, 1, frame, network.root.children[0].path, 1, MapsLook()), 1)

    for picture in range(len(pixels)):
        moving, still = answer(view, picture, True), answer(LiveView(network), picture, False)
        np.testing.assert_allclose(moving.logits, still.logits, rtol=1e-3, atol=0.05)  # type: ignore[attr-defined]
        assert moving.mosaic.levels.shape == still.mosaic.levels.shape  # type: ignore[attr-defined]
        difference = moving.mosaic.levels.astype(int) - still.mosaic.levels  # type: ignore[attr-defined]
        assert np.abs(difference).max() <= 4  # their pictures are scaled by two ways
