"""Moving pictures in half the precision: never unasked, never without saying how far off, and never a wrong one.

What OpenVINO does is done here by a stand-in that takes the same calls, so that this is tested where it is missing.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from analysis.protocol.frame import Frame
from analysis.protocol.recipe import ModelChoice
from analysis.protocol.requests import LiveRequest
from analysis.quick.off import Off
from analysis.quick.runtime import beside, fast, fast_extra
from analysis.quick.runtime.abreast import Manner
from analysis.quick.runtime.beside import ALIKE, BesidePass, Found
from analysis.quick.runtime.fast import FastSession, measured
from analysis.quick.runtime.onnx_file import INPUT
from analysis.quick.runtime.proof import outputs_of
from analysis.quick.runtime.written_down import written_down
from analysis.results.looks import MapsLook
from analysis.running.live import LiveView
from tests.analysis.to_the_end import opened
from tests.tricks import uses

onnxruntime = pytest.importorskip("onnxruntime")


class StandIn:
    """Of OpenVINO's core, its models and its requests: what it answers is rounded to eight bits."""

    def __init__(self, abilities: Sequence[str] = ("FP32", "BF16"), factor: float = 1.0) -> None:
        self.abilities, self.factor = abilities, factor

    def get_property(self, device: str, name: str) -> Sequence[str]:
        assert (device, name) == ("CPU", "OPTIMIZATION_CAPABILITIES")
        return self.abilities

    def read_model(self, stream: Any) -> bytes:
        model: bytes = stream.read()
        return model

    def compile_model(self, model: bytes, device: str, settings: Mapping[str, object]) -> "StandIn":
        assert device == "CPU"
        assert settings["INFERENCE_PRECISION_HINT"] == "bf16"
        self.session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
        return self

    def create_infer_request(self) -> "Request":
        return Request(self)


class Request:
    def __init__(self, of: StandIn) -> None:
        self.of = of
        self.found: list[Any] = []

    def infer(self, given: Mapping[str, Any]) -> None:
        exact = self.of.session.run(None, {INPUT: given[INPUT]})
        self.found = [torch.from_numpy(one).bfloat16().float().mul(self.of.factor).numpy() for one in exact]

    def get_output_tensor(self, place: int) -> Any:
        return type("Output", (), {"data": self.found[place]})


@pytest.fixture(autouse=True)
def core(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    stand_in = StandIn()
    monkeypatch.setattr(fast, "_core", lambda: stand_in)
    monkeypatch.setattr(fast_extra, "find_spec", lambda name: object())
    yield stand_in
    assert beside.FastSession is FastSession


def layered() -> nn.Sequential:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        net = nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU(inplace=True), nn.Conv2d(6, 5, 3), nn.Flatten())
        return net.eval().requires_grad_(False)


def picture(seed: int = 0) -> Tensor:
    return torch.randn(1, 3, 8, 8, generator=torch.Generator().manual_seed(seed))


def found(wants_fast: bool = True, net: nn.Module | None = None) -> tuple[BesidePass, Found]:
    """As soon as all is made that was asked for."""
    by = BesidePass(net or layered(), True, ["0", "2"])
    for seed in range(ALIKE):
        by.answer(picture(seed), ["0"], fast=wants_fast)
    by.settle()
    answered = by.answer(picture(9), ["0"], fast=wants_fast)
    assert answered is not None
    return by, answered


@uses("runtime")
def test_that_who_wants_it_fast_is_told_how_far_off_it_is() -> None:
    by, answered = found()
    net, off = layered(), answered.off
    assert off is not None
    assert by.not_fast == ""
    assert answered.answer is not None
    for one, exact in ((answered.answer, net(picture(9))), (answered.outputs["0"], net[0](picture(9)))):
        error = float((one - exact).abs().max() / (exact.max() - exact.min()))
        assert 0 < error < 0.01
    assert 0 < off.share < 0.01
    assert "approximate (bf16), measured 0." in off.in_words()


@uses("runtime")
def test_that_nobody_gets_it_unasked_and_the_bars_are_exact() -> None:
    net = layered()
    by, exactly = found(wants_fast=False)
    assert exactly.off is None
    assert by.not_fast == ""
    by, answered = found()
    assert answered.off is not None
    measured_, again = by.answer(picture(9), ["0"], with_means=True, fast=True), by.answer(picture(9), ["0"])
    for one in (exactly, measured_, again):
        assert one is not None
        assert one.off is None
        torch.testing.assert_close(one.answer, net(picture(9)), rtol=1e-5, atol=1e-5)


@uses("runtime")
def test_that_another_layer_is_measured_anew() -> None:
    by, _ = found()
    waits = by.answer(picture(9), ["2"], fast=True)
    assert waits is None or waits.off is None
    by.settle()
    after = by.answer(picture(9), ["2"], fast=True)
    assert after is not None
    assert after.off is not None
    assert set(after.outputs) == {"2"}
    error = float((after.outputs["2"] - layered()[:3](picture(9))).abs().max())
    assert 0 < error < 0.01


@uses("runtime")
def test_that_a_processor_without_it_says_so(core: StandIn) -> None:
    core.abilities = ("FP32",)
    by, answered = found()
    assert answered.off is None
    assert by.not_fast.startswith("This processor has no bf16")


@uses("runtime")
def test_that_without_the_library_a_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_extra, "find_spec", lambda name: None)
    by, answered = found()
    assert answered.off is None
    assert "underhood[fast]" in by.not_fast


@uses("runtime")
@pytest.mark.parametrize("factor", [1.4, float("nan")])
def test_that_another_answer_is_not_shown(core: StandIn, factor: float) -> None:
    core.factor = factor
    by, answered = found()
    assert answered.off is None
    assert "by more than rounding" in by.not_fast


@uses("runtime")
def test_that_a_library_that_fails_leaves_what_is_exact(core: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_stream: object) -> bytes:
        raise RuntimeError("no such operation")

    monkeypatch.setattr(core, "read_model", fail)
    by, answered = found()
    assert answered.off is None
    assert "no such operation" in by.not_fast


@uses("runtime")
def test_that_the_live_view_says_it_of_moving_pictures_only() -> None:
    network = opened(ModelChoice("lenet"))
    numbers, view = count(1), LiveView(network)
    path = network.root.children[0].path
    pixels = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)

    def words(moving: bool = True, wants_fast: bool = True) -> str:
        frame = Frame(pixels, next(numbers), "camera" if moving else "/p.png", 0.0, moving)
        return view.answer(LiveRequest(frame.number, 1, frame, path, 1, MapsLook(), fast=wants_fast), 1).device

    for _ in range(ALIKE):
        assert "approximate" not in words()
    view._runtime.settle()
    assert "approximate (bf16)" in words()
    assert "approximate" not in words(wants_fast=False)
    assert "approximate" not in words(moving=False)


def test_that_what_is_off_is_never_said_to_be_less() -> None:
    assert "0.01 %" in Off(0.0).in_words()
    assert "0.5 %" in Off(0.00402).in_words()
    assert "2.4 %" in Off(0.0236).in_words()


def test_that_it_is_what_openvino_does(monkeypatch: pytest.MonkeyPatch) -> None:
    openvino = pytest.importorskip("openvino")
    real = openvino.Core()
    if "BF16" not in real.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        pytest.skip("this processor has no bf16")
    monkeypatch.setattr(fast, "_core", lambda: real)
    net = layered()
    written = written_down(net, picture(), ["0", "2"])
    assert written is not None
    session = FastSession(written, outputs_of(written, ["0", "2"]), Manner(2, 1))
    *_, off = measured(net, picture(), session, written, ["0", "2"])
    assert off is not None
    assert 0 < off.share < 0.02
    session.close()
