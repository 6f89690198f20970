"""What in a network will mislead those who look into it, said before a method runs."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from analysis.network.capture import tensor_in
from analysis.network.network import Network
from analysis.network.ordinary import oddity
from analysis.network.own_code import let_interrupt_pass, told

Severity = Literal["note", "warning", "error"]

# Of functions as torch calls them, whether by a module, a function, a method or an exported graph.
_RELU = (
    "relu",
    "relu_",
    "relu6",
    "hardtanh",
    "hardtanh_",
    "threshold",
    "threshold_",
    "clamp_min",
    "clamp_min_",
    "clamp",
)


@dataclass(frozen=True)
class Finding:
    """`error`: results will be wrong or none; `warning`: they may mislead; `note`: good to know.

    `methods` are those that it is about, where it is not about all of them.
    """

    severity: Severity
    sentence: str
    methods: tuple[str, ...] = ()


def examine(network: Network) -> tuple[Finding, ...]:
    """Looks at the weights and at the answers to two noise pictures; takes two forward passes."""
    findings = [*_of_weights(network.module), *_of_modes(network.module)]
    p = network.preprocessing
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(2, p.channels, p.height, p.width, generator=generator).to(network.device)
    calls = _Calls()
    try:
        with torch.no_grad(), calls:
            answers = [tensor_in(network.module(noise[index : index + 1])) for index in range(2)]
            odd = next((found for one in answers if one is not None and (found := oddity(one))), None)
            if odd is not None:
                return (
                    *findings,
                    Finding("error", f"The network answers with {odd}, so nothing can be derived from it."),
                )
            answers = [network.answered(one) if one is not None else None for one in answers]
    except BaseException as error:  # the module is anyone's and can fail in any way
        let_interrupt_pass(error)
        return (*findings, Finding("error", f"The network fails on a picture of its own size: {told(error)}."))
    if answers[0] is None or answers[1] is None:
        return (
            *findings,
            Finding("error", "The network's answer holds no numbers, so nothing can be derived from it."),
        )
    findings += _of_calls(calls)
    findings += _of_answers(answers[0], answers[1], network.output)
    return tuple(findings)


class _Calls(TorchFunctionMode):
    """The names of all functions of torch that are called."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.in_place = False

    def __torch_function__(
        self, func: object, types: object, args: tuple[object, ...] = (), kwargs: object = None
    ) -> object:
        settings = kwargs if isinstance(kwargs, dict) else {}
        name = getattr(func, "__name__", "")
        operation = getattr(func, "overloadpacket", func)
        name = getattr(operation, "__name__", name)
        self.names.add(name)
        self.in_place |= settings.get("inplace") is True or (name.endswith("_") and not name.endswith("__"))
        return func(*args, **settings)  # type: ignore[operator]


def _of_weights(module: nn.Module) -> list[Finding]:
    bad = [
        name
        for name, value in module.state_dict().items()
        if isinstance(value, Tensor) and value.is_floating_point() and not torch.isfinite(value).all()
    ]
    if not bad:
        return []
    shown = ", ".join(bad[:3]) + (", …" if len(bad) > 3 else "")
    return [Finding("error", f"Weights of the network are not finite numbers ({shown}); its answers mean nothing.")]


def _of_modes(module: nn.Module) -> list[Finding]:
    restless = [name for name, layer in module.named_modules() if layer.training and _changes_in_training(layer)]
    if not restless:
        return []
    return [Finding("warning", f"{restless[0]} works as in training, so the same picture gives different answers.")]


def _changes_in_training(layer: nn.Module) -> bool:
    return isinstance(layer, (nn.modules.dropout._DropoutNd, nn.modules.batchnorm._BatchNorm))


def _of_calls(calls: _Calls) -> list[Finding]:
    findings = []
    if not calls.names & set(_RELU):
        sentence = (
            "There is no ReLU in this network: guided back-propagation and deconvolution are the plain gradient, "
            "or refused where something else takes its place."
        )
        findings.append(Finding("warning", sentence, ("guided", "deconvolution", "guided-grad-cam")))
    if calls.in_place:
        sentence = "Some layers overwrite the output of the layer before; captured outputs are copies from before that."
        findings.append(Finding("note", sentence))
    return findings


def _of_answers(first: Tensor, second: Tensor, output: str) -> list[Finding]:
    if not (torch.isfinite(first).all() and torch.isfinite(second).all()):
        return [Finding("error", "The network answers noise with values that are not finite numbers.")]
    findings = []
    if torch.equal(first, second):
        findings.append(Finding("warning", "The network gives the same answer to different pictures."))
    if output != "classes" or first.dim() != 2 or first.shape[1] < 2:
        return findings
    ones = torch.ones((), dtype=first.dtype, device=first.device)
    if bool((first >= 0).all()) and torch.allclose(first.sum(), ones, atol=1e-3):
        sentence = (
            "The network ends in a softmax: its scores are probabilities, whose derivatives fade where it is sure."
        )
        findings.append(Finding("warning", sentence))
    elif torch.allclose(functional.softmax(first, 1).log(), first, atol=1e-3):
        findings.append(
            Finding("note", "The network ends in a log-softmax: its scores are log-probabilities, no logits.")
        )
    return findings
