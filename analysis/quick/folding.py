"""Batch norm folded into the convolution before it: the same function with fewer passes over memory.

Of a gradient of ResNet-18 batch norm is a quarter of the time. Only a copy is changed; its other weights are shared. A
pair is folded only where nothing but the norm takes what the convolution makes, which is followed through one pass, and
the copy has to give the whole answers of the network on unlike pictures.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from analysis.network.listening import listening
from analysis.network.network import Network
from analysis.network.own_code import let_interrupt_pass
from analysis.network.working_copy import tensors_of, working_copy
from analysis.question.in_pieces import breathe
from analysis.question.question import Question
from analysis.question.same_answers import Remembered, probes, same_answers, whole_answer
from analysis.quick.switch import plain
from analysis.quick.untouched import is_untouched
from analysis.tracing.watch import Taken, Watch, form_of, watched

Pairs = dict[str, str]  # batch norm → convolution, by their paths


def folded(question: Question) -> Question:
    """The same question to the quicker copy, or the question itself where that would not answer the same."""
    norms = (part for part in question.network.module.modules() if type(part) is nn.BatchNorm2d)
    if plain("folding") or next(norms, None) is None:
        return question
    try:
        quick = _FOLDED.found(question, _proven)
        if quick is None:
            return question
        asked = replace(question, network=quick)
        return asked if same_answers(question, asked, [question.input]) else question
    except BaseException as error:  # a copy that cannot be made, or run, leaves a module of someone's own as it is
        let_interrupt_pass(error)
        return question


def _proven(question: Question) -> Network | None:
    breathe()
    pairs = _pairs(question)
    breathe()
    if not pairs:
        return None
    quick = replace(question.network, module=_copy(question.network.module, pairs))
    return quick if same_answers(question, replace(question, network=quick), probes(question)) else None


# Looked for with several passes, which each of the many runs of a trust check should not pay for.
_FOLDED: Remembered[Network | None] = Remembered()


@dataclass
class _Made:
    """What a convolution made in the pass, and the norm that it was given to as it was."""

    output: Taken
    form: tuple[object, ...]
    norm: str = ""


class _Calls:
    """What was seen in one forward pass: which convolution made which tensor, and who took it."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self.made: dict[str, list[_Made]] = {}
        self._by_address: dict[int | None, _Made] = {}
        self.normed: dict[str, int] = {}
        self.weights: dict[str, list[Taken | None]] = {}

    def follow(self, path: str, part: nn.Module) -> None:
        self.weights[path] = [self._watch.follow(one) for one in (*part.parameters(), *part.buffers())]

    def arrives(self, path: str) -> Callable[[nn.Module, tuple[object, ...]], None]:
        def note(layer: nn.Module, inputs: tuple[object, ...]) -> None:
            self._watch.running.append(path)
            if not isinstance(layer, nn.BatchNorm2d):
                return
            self.normed[path] = self.normed.get(path, 0) + 1
            given = inputs[0] if inputs else None
            made = self._by_address.get(self._watch.address(given)) if isinstance(given, Tensor) else None
            if made is not None and isinstance(given, Tensor):
                made.norm = path if form_of(given) == made.form else ""

        return note

    def convolved(self, path: str) -> Callable[[nn.Module, object, object], None]:
        def note(_layer: nn.Module, _inputs: object, output: object) -> None:
            self._watch.running.pop()
            taken = self._watch.follow(output) if isinstance(output, Tensor) else None
            if taken is not None and isinstance(output, Tensor):
                made = self._by_address[taken.memory.cdata] = _Made(taken, form_of(output))
                self.made.setdefault(path, []).append(made)

        return note

    def left(self, _layer: nn.Module, _inputs: object, _output: object) -> None:
        self._watch.running.pop()

    def pairs(self) -> Pairs:
        """Both called once, and nothing else takes, or keeps, what lies between them, or their weights."""
        found = {}
        for conv, (made, *more) in self.made.items():
            alone = made.norm and not more and self.normed[made.norm] == 1
            if alone and set(made.output.by) == {made.norm} and not made.output.is_kept:
                own = [(conv, taken) for taken in self.weights[conv]]
                own += [(made.norm, taken) for taken in self.weights[made.norm]]
                if all(taken is not None and set(taken.by) <= {owner} for owner, taken in own):
                    found[made.norm] = conv
        return found


def _pairs(question: Question) -> Pairs:
    """Batch norms that alone take what one convolution makes, in a network where no value decides what is computed."""
    with watched(question.input) as watch, _listened(question.network.module, watch) as calls:
        given = whole_answer(question, watch.picture)  # held while it is asked what is kept
        pairs = calls.pairs()
    del given
    return {} if watch.decides else pairs


@contextmanager
def _listened(module: nn.Module, watch: Watch) -> Iterator[_Calls]:
    calls = _Calls(watch)
    heard: dict[str, nn.Module] = {}
    for path, part in module.named_modules():
        fixed = type(part) is nn.BatchNorm2d and part.running_mean is not None and not part.training
        if (fixed or type(part) is nn.Conv2d) and is_untouched(part):
            heard[path] = part
            calls.follow(path, part)
    after = {path: calls.convolved(path) if type(part) is nn.Conv2d else calls.left for path, part in heard.items()}
    with listening(module, after, {path: calls.arrives(path) for path in heard}):
        yield calls


def _copy(module: nn.Module, pairs: Pairs) -> nn.Module:
    """Wherever the copy refers to a folded part, it finds the one that stands for it."""
    instead: dict[object, object] = {}
    for norm_path, conv_path in pairs.items():
        convolution, norm = module.get_submodule(conv_path), module.get_submodule(norm_path)
        assert isinstance(convolution, nn.Conv2d)
        assert isinstance(norm, nn.BatchNorm2d)
        instead |= {convolution: _normalising(convolution, norm), norm: nn.Identity()}
    return working_copy(module, instead, tensors_of(module)).eval()


@torch.no_grad()
def _normalising(convolution: nn.Conv2d, norm: nn.BatchNorm2d) -> nn.Conv2d:
    """γ·(w∗x + b − μ)/√(σ² + ε) + β as one convolution: a factor and a shift for each of its channels."""
    mean, variance = norm.running_mean, norm.running_var
    assert mean is not None
    assert variance is not None
    factor = (variance + norm.eps).rsqrt()
    if norm.weight is not None:
        factor = factor * norm.weight
    shift = -mean * factor
    if norm.bias is not None:
        shift = shift + norm.bias
    if convolution.bias is not None:
        shift = shift + convolution.bias * factor
    result = working_copy(convolution, sharing=tensors_of(convolution))
    result.weight = nn.Parameter(convolution.weight * factor[:, None, None, None], requires_grad=False)
    result.bias = nn.Parameter(shift, requires_grad=False)
    return result
