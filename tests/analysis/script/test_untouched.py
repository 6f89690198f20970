"""A module that is looked at stays as it was, whatever it is like and however the question ends."""

import signal
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import underhood
from analysis.opening import in_memory
from analysis.protocol.recipe import ModelChoice

SAID = {"size": 16, "mean": 0.5, "std": 0.25}
PICTURE = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)


class Remembers(nn.Module):
    """Keeps what flows through it, as many do for their own pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.5))
        self.head = nn.Linear(4, 3)
        self.last: list[torch.Tensor] = []
        self.lock = threading.Lock()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        features = self.body(x)
        self.last = [features]
        return self.head(features.mean((2, 3)))


def _as_it_is(module: nn.Module) -> list[Any]:
    """Everything that somebody could notice."""
    found: list[Any] = []
    for path, part in module.named_modules():
        hooks = [tuple(getattr(part, name)) for name in vars(part) if name.endswith("_hooks")]
        found.append((path, id(part), part.training, hooks, sorted(vars(part))))
    for name, value in (*module.named_parameters(), *module.named_buffers()):
        grad = None if value.grad is None else value.grad.clone().numpy().tobytes()
        found.append((name, id(value), value.requires_grad, value._version, value.detach().numpy().tobytes(), grad))
        found.append((value.device, value.dtype, value.stride()))
    return found


def _training() -> nn.Module:
    torch.manual_seed(0)
    module = Remembers().train()
    module.head.requires_grad_(False)  # frozen, as in fine-tuning
    module.body[1].eval()
    module.body[0].register_forward_hook(lambda _module, _inputs, output: output * 2)
    module.body[2].register_full_backward_hook(lambda _module, _given, _taken: None)
    module(torch.rand(4, 3, 16, 16)).sum().backward()
    return module


@pytest.mark.parametrize("method", ["gradient", "guided", "grad-cam", "smoothgrad", "occlusion", "randomisation"])
def test_that_nothing_of_a_module_in_training_changes(method: str) -> None:
    module = _training()
    before, kept = _as_it_is(module), module.last[0]
    state, grad_enabled = torch.get_rng_state(), torch.is_grad_enabled()
    how = {"layer": "body.0"} if method == "grad-cam" else {}
    settings = {"samples": 2} if method == "smoothgrad" else {"mask": 5, "stride": 5} if method == "occlusion" else {}
    underhood.explain(module, PICTURE, method, **how, **settings, **SAID)
    assert _as_it_is(module) == before
    assert module.last[0] is kept
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.is_grad_enabled() == grad_enabled


def test_that_hooks_of_its_own_are_part_of_what_it_computes() -> None:
    module = _training()
    found = underhood.explain(module, PICTURE, "gradient", target=0, **SAID)
    wanted = found.input.clone().requires_grad_()
    module.eval()(wanted)[0, 0].backward()
    assert np.allclose(found.values, wanted.grad[0].numpy(), atol=1e-6)


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode, torch.enable_grad])
def test_that_the_modes_of_the_script_do_not_matter(mode: Callable[[], Any]) -> None:
    module = _training()
    wanted = underhood.explain(module, PICTURE, "gradient", target=1, **SAID).values
    with mode():
        found = underhood.explain(module, PICTURE, "gradient", target=1, **SAID)
        seen = torch.rand(1, 3, 16, 16)
        assert np.isfinite(underhood.explain(module, seen, "guided", target=1).values).all()
    assert np.array_equal(found.values, wanted)


def test_that_a_module_made_in_inference_mode_can_be_asked() -> None:
    with torch.inference_mode():
        module = nn.Sequential(nn.Conv2d(3, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(392, 2))
    assert underhood.explain(module, PICTURE, "gradient", **SAID).values.any()


def test_that_double_precision_stays_the_modules_own() -> None:
    module = nn.Sequential(nn.Conv2d(3, 2, 3), nn.Flatten(), nn.Linear(392, 2)).double()
    with pytest.warns(UserWarning, match="single precision"):
        underhood.explain(module, PICTURE, "gradient", **SAID)
    assert {value.dtype for value in module.parameters()} == {torch.float64}


def test_that_lazy_layers_stay_lazy() -> None:
    module = nn.Sequential(nn.LazyConv2d(2, 3), nn.Flatten(), nn.LazyLinear(2))
    underhood.explain(module, torch.rand(3, 9, 9), "gradient")
    assert all(nn.parameter.is_lazy(value) for value in module.parameters())


def test_that_ctrl_c_interrupts_and_leaves_everything_as_it_was() -> None:
    module = _training()
    calls = 0

    class Interrupts(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = module

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            nonlocal calls
            calls += 1
            if calls == 60:
                signal.raise_signal(signal.SIGINT)
            return self.inner(x)

    before, handler = _as_it_is(module), signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        underhood.explain(Interrupts(), PICTURE, "smoothgrad", samples=500, batch=1, **SAID)
    assert calls == 60
    assert _as_it_is(module) == before
    assert signal.getsignal(signal.SIGINT) is handler
    assert not in_memory._offered
    assert underhood.explain(module, PICTURE, "gradient", **SAID).values.any()


def test_that_weights_are_those_of_the_moment() -> None:
    module = nn.Sequential(nn.Conv2d(3, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(392, 2))
    first = underhood.explain(module, PICTURE, "gradient", target=0, **SAID)
    module[0].weight.data.mul_(-1)  # past torch's counters
    second = underhood.explain(module, PICTURE, "gradient", target=0, **SAID)
    assert not np.allclose(first.values, second.values)
    assert first.recipe.model.weights_hash != second.recipe.model.weights_hash
    assert first.recipe.model.name == second.recipe.model.name == "memory:Sequential"


def test_that_a_change_of_weights_is_seen() -> None:
    module = nn.Linear(3, 2)
    with in_memory.offered(module) as name:
        assert not in_memory.is_changed(name)
        with torch.no_grad():
            module.weight.mul_(2)
        assert in_memory.is_changed(name)
        in_memory.renew(name)
        assert not in_memory.is_changed(name)
        assert torch.equal(in_memory.copied(name).weight, module.weight)


def test_that_two_of_a_class_have_two_names() -> None:
    one, other = nn.Linear(3, 2), nn.Linear(3, 2)
    with in_memory.offered(one) as first, in_memory.offered(other) as second:
        assert (first, second) == ("memory:Linear", "memory:Linear-2")
        assert torch.equal(in_memory.copied(second).weight, other.weight)


def test_that_a_figure_of_a_module_that_is_gone_says_so() -> None:
    found = underhood.explain(nn.Sequential(nn.Flatten(), nn.Linear(768, 2)), PICTURE, "gradient", **SAID)
    assert ModelChoice(found.recipe.model.name).in_memory
    with pytest.raises(underhood.Problem, match=r"came from a script"):
        underhood.again(found.recipe)
    recipe = underhood.explain("lenet", "sample:digit-5", "gradient").recipe
    with pytest.raises(underhood.Problem, match=r"in the memory of another program.*torch\.export\.save"):
        underhood.again({"model": {"name": "memory:Net"}, "picture": {"origin": "sample:cat"}, "method": recipe.method})


def test_that_data_parallel_is_looked_through() -> None:
    module = nn.DataParallel(nn.Sequential(nn.Conv2d(3, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(392, 2)))
    found = underhood.activations(module, PICTURE, module.module[1], **SAID)
    assert found.recipe.layer == "1"


def test_that_only_the_main_thread_may_be_interrupted_but_any_may_ask() -> None:
    found: list[Any] = []
    module = nn.Sequential(nn.Flatten(), nn.Linear(768, 2))
    thread = threading.Thread(target=lambda: found.append(underhood.explain(module, PICTURE, "gradient", **SAID)))
    thread.start()
    thread.join()
    assert found[0].values.shape == (3, 16, 16)
