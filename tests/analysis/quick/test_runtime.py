"""What ONNX Runtime answers is what torch answers, or it is not asked; and nothing is left of what was made ready."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from analysis.network.capture import capture, tensor_in
from analysis.network.unlike import unlike
from analysis.protocol.coming import Coming
from analysis.protocol.events import Live
from analysis.protocol.frame import Frame
from analysis.protocol.recipe import ModelChoice
from analysis.protocol.requests import LiveRequest
from analysis.quick.runtime import beside as beside_pass
from analysis.quick.runtime.abreast import LAG
from analysis.quick.runtime.beside import ALIKE, BesidePass
from analysis.quick.runtime.means import with_means
from analysis.quick.runtime.operations import table, words
from analysis.quick.runtime.proof import outputs_of, proven
from analysis.quick.runtime.sessions import Session, library
from analysis.quick.runtime.written_down import written_down
from analysis.quick.switch import VARIABLE
from analysis.results.looks import MapsLook
from analysis.running.engine import Engine
from analysis.running.live import LiveView
from tests.analysis.to_the_end import opened
from tests.analysis.zoo import runnable
from tests.tricks import uses

pytest.importorskip("onnxruntime")

FAMILIES = {
    "alexnet": 64,
    "vgg11_bn": 32,
    "resnet18": 64,
    "squeezenet1_1": 64,
    "densenet121": 32,
    "googlenet": 64,
    "inception_v3": 75,
    "mobilenet_v2": 64,
    "mobilenet_v3_small": 64,
    "mnasnet0_5": 64,
    "shufflenet_v2_x0_5": 64,
    "efficientnet_b0": 64,
    "efficientnet_v2_s": 64,
    "regnet_y_400mf": 64,
    "convnext_tiny": 64,
    "swin_t": 64,
    "swin_v2_t": 64,
}


def made(name: str) -> nn.Module:
    import torchvision

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        settings = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
        module: nn.Module = getattr(torchvision.models, name)(weights=None, **settings)
        for part in module.modules():
            if isinstance(part, nn.BatchNorm2d):
                part.running_mean.normal_(0, 0.1)  # type: ignore[union-attr]
                part.running_var.uniform_(0.5, 1.5)  # type: ignore[union-attr]
        return module.eval().requires_grad_(False)


def layered() -> nn.Sequential:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        net = nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU(inplace=True), nn.Conv2d(6, 5, 3), nn.Flatten())
        return net.eval().requires_grad_(False)


def picture(size: int = 8, seed: int = 0, count: int = 1) -> Tensor:
    return torch.randn(count, 3, size, size, generator=torch.Generator().manual_seed(seed))


def agrees(module: nn.Module, given: Tensor) -> bool | None:
    """Whether every layer, and the answer, is torch's; None where nothing was written down."""
    paths = [path for path, _ in module.named_modules()]
    written = written_down(module, given, paths)
    if written is None or written.answer is None:
        return None
    session = Session(written, outputs_of(written, list(written.layers)))
    for other in (given, *unlike(given).values()):
        found = session.run(other)
        with torch.no_grad(), capture(module, written.layers) as outputs:
            answer = tensor_in(module(other.clone()))
        assert answer is not None
        for path, expected in (*outputs.items(), ("", answer)):
            name = written.layers[path] if path else written.answer
            reach = float(expected.max() - expected.min()) or float(expected.abs().max())
            if found[name].shape != expected.shape or float((found[name] - expected).abs().max()) > 1e-5 * reach:
                return False
    return True


@pytest.mark.parametrize("name", FAMILIES)
def test_that_every_layer_of_a_family_is_what_torch_makes_of_it(name: str) -> None:
    assert agrees(made(name), unlike(torch.zeros(1, 3, FAMILIES[name], FAMILIES[name]))["noise"])


def test_that_attention_is_what_torch_makes_of_it() -> None:
    from torchvision.models import VisionTransformer

    module = VisionTransformer(32, 16, num_layers=2, num_heads=3, hidden_dim=48, mlp_dim=96, num_classes=7).eval()
    nn.init.normal_(module.heads.head.weight)  # which is zero at first
    assert agrees(module.requires_grad_(False), picture(32))


@pytest.mark.parametrize("odd", runnable(), ids=lambda odd: odd.name)
def test_that_odd_networks_are_proven_or_not_used(odd: object) -> None:
    module, given = odd.module(), odd.example()  # type: ignore[attr-defined]
    with torch.no_grad():
        written = written_down(module, given, [path for path, _ in module.named_modules()])
        if written is None or written.answer is None:
            return
        session = Session(written, outputs_of(written, list(written.layers)))
        if all(proven(module, given, session, written)):
            other = odd.example(seed=2)  # type: ignore[attr-defined]
            expected = tensor_in(module(other.clone()))
            assert expected is not None
            found = session.run(other)[written.answer]
            torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5 * float(expected.abs().max() + 1))


class Deciding(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * 2 if x.mean() > 0 else x


def test_that_what_values_decide_is_not_written_down() -> None:
    assert written_down(Deciding(), picture(), [""]) is None


class LimitedByTheMean(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.clamp(min=x.mean() - 4, max=x.mean() + 4).clamp_min(x.amin() - 1)


def test_that_a_limit_which_comes_from_the_picture_is_not_a_constant() -> None:
    module = LimitedByTheMean()
    written = written_down(module, picture(), [""])
    assert written is not None
    session = Session(written, outputs_of(written, [""]))
    assert written.answer is not None
    bright = picture(seed=1) * 0.1
    bright[0, 0, 3, 3] = 50  # which no picture of the proof has
    for given in (bright, bright - 7):
        torch.testing.assert_close(session.run(given)[written.answer], module(given))


def test_that_another_answer_for_one_picture_alone_ends_the_proof() -> None:
    class Bending(nn.Module):
        bends = False

        def forward(self, x: Tensor) -> Tensor:
            return x.clamp(min=0.5) if self.bends else x.clamp(min=-100)

    module = Bending()
    written = written_down(module, picture(), [""])
    assert written is not None
    session = Session(written, outputs_of(written, [""]))
    assert all(proven(module, picture(), session, written))
    module.bends = True
    assert not all(proven(module, picture(), session, written))


def test_that_the_means_are_those_of_the_layers() -> None:
    module, given = layered(), picture()
    written = written_down(module, given, ["0", "1", "2"])
    assert written is not None
    measured, means = with_means(written)
    found = Session(measured, [*outputs_of(measured, []), *means.values()]).run(given)
    with torch.no_grad(), capture(module, means) as outputs:
        module(given.clone())
    for path, name in means.items():
        torch.testing.assert_close(found[name], outputs[path].abs().mean(), rtol=1e-5, atol=1e-7)


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(60)
        assert not thread.is_alive()


def begun(net: nn.Module, paths: list[str], size: int = 8) -> BesidePass:
    beside = BesidePass(net, True, [path for path, _ in net.named_modules()])
    for seed in range(ALIKE):
        assert beside.answer(picture(size, seed), paths) is None
    return beside


@uses("runtime")
def test_that_a_pass_is_answered_as_soon_as_it_is_ready_and_by_nobody_elses_python(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    net, plain = layered(), layered()
    beside = begun(net, ["0"])
    beside.settle()
    calls, forward = count(), nn.Flatten.forward
    monkeypatch.setattr(nn.Flatten, "forward", lambda self, x: (next(calls), forward(self, x))[1])
    for bars in (False, True):
        found = beside.answer(picture(seed=9), ["0"], with_means=bars)
        assert found is not None
        assert next(calls) == int(bars)
        torch.testing.assert_close(found.outputs["0"], plain[0](picture(seed=9)))
        torch.testing.assert_close(found.answer, forward(plain[3], plain[2](plain[0](picture(seed=9)).relu())))
        assert (found.means is not None) == bars
    assert found.means is not None
    assert found.means["1"] == pytest.approx(float(plain[0](picture(seed=9)).relu().mean()), rel=1e-4)


@uses("runtime")
def test_that_another_layer_never_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it takes to be made; what was proven before may be there at once."""
    net = layered()
    beside = begun(net, ["0"])
    beside.settle()
    expected = {"0": net[0](picture()), "2": net[2](net[0](picture()).relu())}
    for shown in ("2", "0"):
        may_be_made = threading.Event()

        def held(*given: object, ends: threading.Event = may_be_made) -> Session:
            assert ends.wait(60)
            return Session(*given)  # type: ignore[arg-type]

        monkeypatch.setattr(beside_pass, "Session", held)
        assert beside.answer(picture(), [shown]) is None
        assert beside.answer(picture(), [shown]) is None
        may_be_made.set()
        beside.settle()
        found = beside.answer(picture(), [shown])
        assert found is not None
        torch.testing.assert_close(found.outputs[shown], expected[shown])


def wrong(write: words.Writer, args: object, _result: object) -> str:
    return write.add("Identity", write.name(args[0]))  # type: ignore[index]


@uses("runtime")
def test_that_a_wrong_export_is_never_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(table._TABLE, "aten::relu_", wrong)
    beside = begun(layered(), ["0"])
    beside.settle()
    assert beside.answer(picture(), ["0"]) is None
    assert not beside.may_come


@uses("runtime")
def test_that_what_is_cancelled_ends_and_may_begin_again() -> None:
    net = layered()
    for _ in range(3):
        begun(net, ["0"]).close()
    beside = begun(net, ["0"])
    beside.settle()
    assert beside.answer(picture(), ["0"]) is not None


@uses("runtime")
def test_that_a_picture_with_numbers_that_are_none_is_torchs() -> None:
    """The poolings of the runtime pass over them, and would show numbers."""
    beside = begun(layered(), ["0"])
    beside.settle()
    broken = picture()
    broken[..., 2, 3] = float("nan")
    assert beside.answer(broken, ["0"]) is None
    assert beside.answer(picture(), ["0"]) is not None


@uses("runtime")
def test_that_two_views_of_one_network_know_nothing_of_each_other() -> None:
    net = layered()
    one, other = begun(net, ["0"]), begun(net, ["2"])
    one.settle()
    other.settle()
    first, second = one.answer(picture(), ["0"]), other.answer(picture(), ["2"])
    assert first is not None
    assert second is not None
    torch.testing.assert_close(first.answer, second.answer)


@uses("runtime")
def test_that_another_size_is_written_down_anew() -> None:
    beside = begun(net := layered(), ["0"])
    beside.settle()
    for seed in range(ALIKE):
        assert beside.answer(picture(9, seed), ["0"]) is None
    beside.settle()
    found = beside.answer(picture(9), ["0"])
    assert found is not None
    torch.testing.assert_close(found.outputs["0"], net[0](picture(9)))


@uses("runtime")
@pytest.mark.parametrize("how", ["written to", "exchanged", "placed elsewhere"])
def test_that_a_network_that_learns_is_asked_itself(how: str) -> None:
    beside = begun(net := layered(), ["0"])
    beside.settle()
    if how == "written to":
        with torch.no_grad():
            net[0].weight.add_(1)
    elif how == "exchanged":
        net[0].weight = nn.Parameter(net[0].weight + 1, requires_grad=False)
    else:
        net[0].weight.data = net[0].weight.data + 1
    assert beside.answer(picture(), ["0"]) is None
    assert not beside.may_come


class Counting(nn.Sequential):
    passes = 0

    def forward(self, x: Tensor) -> Tensor:
        self.passes += 1
        answer: Tensor = super().forward(x)
        return answer * (1 if self.passes < 100 else 2)


class Drawing(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x + 1e-9 * torch.rand_like(x)


class CountingInABuffer(nn.Module):
    count: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("count", torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        self.count.add_(1)
        return x * 2 if self.count > 100 else x


@pytest.mark.parametrize("module", [Drawing(), CountingInABuffer()], ids=lambda m: type(m).__name__)
def test_that_lots_and_counts_are_not_written_down(module: nn.Module) -> None:
    with torch.no_grad():
        assert written_down(module, picture(), [""]) is None


class Own(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.before, self.scale = nn.Conv2d(3, 4, 3), 0.5

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu(self.before(x))
        return torch.cat([y, y * self.scale], 1).mean((2, 3))


@uses("runtime")
def test_that_own_code_that_only_computes_is_answered_too() -> None:
    net = Own().eval().requires_grad_(False)
    beside = begun(net, ["before"])
    beside.settle()
    found = beside.answer(picture(seed=9), ["before"])
    assert found is not None
    torch.testing.assert_close(found.answer, net(picture(seed=9)))
    torch.testing.assert_close(found.outputs["before"], net.before(picture(seed=9)))


@uses("runtime")
@pytest.mark.filterwarnings("ignore:.*weight_norm.* is deprecated")
def test_that_a_weight_which_is_made_before_each_pass_is_followed() -> None:
    net = Own()
    nn.utils.weight_norm(net.before)
    net.eval().requires_grad_(False)
    beside = begun(net, ["before"])
    beside.settle()
    found = beside.answer(picture(seed=9), ["before"])
    assert found is not None
    torch.testing.assert_close(found.outputs["before"], net.before(picture(seed=9)))
    net.before.weight_g.mul_(2)
    assert beside.answer(picture(seed=9), ["before"]) is None


def test_that_what_counts_hooks_and_networks_that_read_values_are_not_asked_for() -> None:
    assert not BesidePass(Counting(), True, [""]).may_come
    assert not BesidePass(layered(), False, [""]).may_come
    heard = layered()
    heard[0].register_forward_hook(lambda *_: None)
    assert not BesidePass(heard, True, [""]).may_come


def test_that_it_is_turned_off_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    beside = begun(layered(), ["0"])
    beside.settle()
    assert beside.answer(picture(), ["0"]) is not None
    monkeypatch.setenv(VARIABLE, "runtime")
    assert beside.answer(picture(), ["0"]) is None
    assert not beside.may_come


def test_that_without_the_library_torch_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside_pass, "find_spec", lambda _name: None)
    assert not BesidePass(layered(), True, [""]).may_come
    monkeypatch.undo()
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(beside_pass, "library", lambda: None)  # it is there and cannot be imported
    beside = begun(layered(), ["0"])
    beside.settle()
    assert beside.answer(picture(), ["0"]) is None
    assert not beside.may_come


@uses("runtime")
def test_that_the_live_view_shows_the_same_before_and_after() -> None:
    assert library() is not None
    network = opened(ModelChoice("lenet"))
    numbers, view = count(1), LiveView(network)
    path = network.root.children[0].path
    pixels = np.random.default_rng(0).integers(0, 256, (ALIKE + 3, 40, 40, 3), np.uint8)

    def answer(by: LiveView, shown: int, moving: bool) -> object:
        frame = Frame(pixels[shown], next(numbers), "camera" if moving else "/p.png", 0.0, moving)
        return by.answer(LiveRequest(frame.number, 1, frame, path, 1, MapsLook(), layer_means=True), 1)

    for shown in range(len(pixels)):
        if shown == ALIKE:
            view._runtime.settle()
        moving, still = answer(view, shown, True), answer(LiveView(network), shown, False)
        np.testing.assert_allclose(moving.logits, still.logits, rtol=1e-3, atol=0.05)  # type: ignore[attr-defined]
        difference = moving.mosaic.levels.astype(int) - still.mosaic.levels  # type: ignore[attr-defined]
        assert np.abs(difference).max() <= 4  # their pictures are scaled by two ways
        assert moving.layer_means.keys() == still.layer_means.keys()  # type: ignore[attr-defined]
        for layer, mean in still.layer_means.items():  # type: ignore[attr-defined]
            assert moving.layer_means[layer] == pytest.approx(mean, rel=1e-2, abs=1e-3)  # type: ignore[attr-defined]


@uses("runtime")
def test_that_pictures_that_pass_beside_each_other_come_as_they_would_alone() -> None:
    engine, network = Engine(), opened(ModelChoice("lenet"))
    engine._bench.take(network, 1)
    view, path = engine._bench.live, network.root.children[0].path
    assert view is not None
    pixels = np.random.default_rng(0).integers(0, 256, (ALIKE + 5, 40, 40, 3), np.uint8)

    def request(number: int) -> LiveRequest:
        frame = Frame(pixels[number], number + 1, "camera", 0.0, True)
        return LiveRequest(number, 1, frame, path, 1, MapsLook(), layer_means=number % 2 == 0)

    for number in range(ALIKE):
        assert isinstance(engine.live(request(number)), Live)
    view._runtime.settle()
    coming = [engine.live(request(number)) for number in range(ALIKE, len(pixels))]
    for number, one in enumerate(coming, ALIKE):
        assert isinstance(one, Coming)
        live, alone = one.answer(), LiveView(network).answer(request(number), 1)
        assert isinstance(live, Live)
        assert live.frame.number == number + 1
        assert live.logits is not None
        np.testing.assert_allclose(live.logits, alone.logits, rtol=1e-4, atol=1e-3)
        assert live.mosaic is not None
        assert alone.mosaic is not None
        assert np.abs(live.mosaic.levels.astype(int) - alone.mosaic.levels).max() <= 1
        assert (live.layer_means is None) == (alone.layer_means is None)
        assert one.is_there()


@uses("runtime")
def test_that_of_a_network_that_is_gone_nothing_comes_any_more() -> None:
    engine, network = Engine(), opened(ModelChoice("lenet"))
    engine._bench.take(network, 1)
    view = engine._bench.live
    assert view is not None
    frame = Frame(np.zeros((40, 40, 3), np.uint8), 1, "camera", 0.0, True)
    for number in range(ALIKE):
        engine.live(LiveRequest(number, 1, replace(frame, number=number), None, None, MapsLook()))
    view._runtime.settle()
    coming = engine.live(LiveRequest(9, 1, replace(frame, number=9), None, None, MapsLook()))
    assert isinstance(coming, Coming)
    engine._bench.take(network, 2)
    assert coming.answer() is None
    view._runtime.close()


@uses("runtime")
def test_that_a_picture_that_passes_alone_measures_all_layers_only_when_it_is_asked_to() -> None:
    beside = begun(layered(), ["0"])
    beside.settle()
    measured = []
    for asked in (False, True):
        passing = beside.begin(picture(), ["0"], asked)
        assert passing is not None
        answered = passing.found()
        assert answered is not None
        measured.append(answered[0].means is not None)
    assert measured == [False, True]
    beside.close()


@uses("runtime")
def test_that_a_pass_that_fails_beside_is_asked_of_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    beside = begun(layered(), ["0"])
    beside.settle()

    def fail(_session: Session, _given: Tensor) -> dict[str, Tensor]:
        raise RuntimeError

    monkeypatch.setattr(Session, "run", fail)
    passing = beside.begin(picture(), ["0"], False)
    assert passing is not None
    assert passing.found() is None
    assert not beside.may_come


@uses("runtime")
@pytest.mark.parametrize(("seconds", "times"), [(1.0, 1), (1.5 * LAG, 2)])
def test_that_a_pass_that_is_clearly_long_is_timed_once(
    seconds: float, times: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("UNDERHOOD_CACHE", str(tmp_path))
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    timed = count()
    monkeypatch.setattr(beside_pass, "_processor_time", lambda *_: (next(timed), seconds)[1])
    for _ in range(2):
        beside = begun(layered(), ["0"])
        beside.settle()
        assert beside.answer(picture(), ["0"]) is not None
        assert beside.abreast == 1
        beside.close()
    assert next(timed) == times
