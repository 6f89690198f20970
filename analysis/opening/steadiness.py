"""Whether a network answers a picture alike each time, alone and among others, and does the same for every picture.

A batch of pictures that are alike shows nothing of that: a dark, a bright and a strong one are asked with an ordinary
one, and every layer's numbers are compared, for where a probability is about 1 the answer alone says nothing. A network
that takes its time is asked about two of them, and says so; each size of batch is tried again when it is first used.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

import torch
from torch import Tensor, nn

from analysis.network.agreement import agree, rounding
from analysis.network.capture import tensor_in
from analysis.network.known_code import is_steady
from analysis.network.listening import listening
from analysis.network.ordinary import oddity
from analysis.network.own_code import let_interrupt_pass
from analysis.network.unlike import unlike
from analysis.protocol.preprocessing import Preprocessing
from analysis.tracing.watch import watched

_SAMPLE = 4096  # numbers of a layer that are compared, evenly spread
PATIENCE = 5.0  # seconds that all of it may take, as one pass foretells
_PASSES = 10  # pictures that are asked in all
_ANSWER = "the answer"  # no module is called so

Numbers = dict[str, Tensor]  # pictures × numbers, of every layer


@dataclass(frozen=True)
class Steadiness:
    """`together`: whether a picture is answered alike alone and among others, as far as can be seen.

    `fixed`: it does the same for every picture and leaves its weights as they are. `notes` say what is odd. `share` is
    how far two answers may lie apart by rounding, of their range; None where no batch need be tried.
    """

    together: bool = True
    fixed: bool = True
    share: float | None = None
    notes: tuple[str, ...] = field(default=())


def steadiness(module: nn.Module, preprocessing: Preprocessing) -> Steadiness:
    """Known code is known to be steady, unless it normalises by the batch; any other is tried."""
    if is_steady(module) and not any(_normalises_by_batch(part) for part in module.modules()):
        return Steadiness()
    size = torch.zeros(1, preprocessing.channels, preprocessing.height, preprocessing.width)
    kinds = unlike(size, preprocessing.mean, preprocessing.std)
    pictures = [kinds[name] for name in ("noise", "dark", "strong", "bright")]
    began = perf_counter()
    decides, changes, coarseness, first = _watched(module, pictures[0])
    took = perf_counter() - began
    fixed = not decides and not changes
    share = rounding(module, coarseness)
    if first is None:
        return Steadiness(not decides, fixed, notes=_DECIDES if decides else ())
    is_slow = took * _PASSES > PATIENCE
    orders = ([3, 0],) if is_slow else ([3, 2, 1, 0], [3, 0])
    # Who answers alike alone and among others does so by no chance: that need not be asked for itself.
    together = None if decides else _alone_and_among_others(module, pictures, first, share, orders)
    if together:
        return Steadiness(True, fixed, share, notes=(_hurried(took),) if is_slow else ())
    again = _numbers(module, pictures[0])
    if again is None:
        return Steadiness(not decides, fixed, notes=_DECIDES if decides else ())
    is_random = not _alike(first, 0, again, 0, share)
    notes = _RANDOM if is_random else ()
    if decides:
        return Steadiness(False, fixed, notes=(*notes, *_DECIDES))
    if is_random:
        return Steadiness(True, fixed, notes=notes)
    return Steadiness(True, fixed, share) if together is None else Steadiness(False, fixed, notes=_BATCH)


def _hurried(took: float) -> str:
    return (
        f"A picture takes this network {took:.1f} seconds, so whether it answers one alike alone and among others was "
        "tried with two pictures and not with four."
    )


def is_answered_alike(module: nn.Module, pictures: Tensor, share: float) -> bool:
    """Whether the first and the last of this very batch are answered in it as they are alone."""
    together = _numbers(module, pictures)
    for place in (0, len(pictures) - 1):
        alone = _numbers(module, pictures[place : place + 1])
        if together is not None and alone is not None and not _alike(alone, 0, together, place, share):
            return False
    return True


_RANDOM = (
    "The network answers the same picture differently each time (dropout that is left on, for one), "
    "so no result of it comes out the same twice.",
)
_DECIDES = (
    "What the network computes depends on numbers that it reads on the way (an early exit, for one), "
    "so it is asked picture by picture, which is slower.",
)
_BATCH = (
    "The network's answer to a picture depends on the others of a batch (batch norm that is left on, for one), "
    "so it is asked picture by picture, which is slower.",
)


def _alone_and_among_others(
    module: nn.Module, pictures: Sequence[Tensor], first: Numbers, share: float, orders: Sequence[Sequence[int]]
) -> bool | None:
    """All of them, and the first and the last; the batches have other orders, in case the first of one counts.

    None where it takes no batch.
    """
    alone: dict[int, Numbers | None] = {0: first}
    compared = None
    for order in orders:
        together = _numbers(module, torch.cat([pictures[place] for place in order]))
        if together is None:
            continue  # it takes one picture at a time, which those who ask it find out
        for position, place in enumerate(order):
            if place not in alone:
                alone[place] = _numbers(module, pictures[place])
            own = alone[place]
            if own is not None and not _alike(own, 0, together, position, share):
                return False
            compared = True
    return compared


def _alike(ones: Numbers, position: int, others: Numbers, other_position: int, share: float) -> bool:
    """Only what has an axis for the pictures in both can be compared."""
    names = [name for name in ones if name in others and ones[name].shape[1:] == others[name].shape[1:]]
    return agree([ones[name][position] for name in names], [others[name][other_position] for name in names], share)


def _watched(module: nn.Module, picture: Tensor) -> tuple[bool, bool, float, Numbers | None]:
    """Whether values decide, whether weights are written to, the ε of the coarsest numbers, and the layers' numbers."""
    with watched(picture) as watch:
        numbers = _numbers(module, watch.picture)
        changes = any(watch.changed(weight) for weight in module.parameters())
    return watch.decides, changes, watch.coarseness, numbers


def _numbers(module: nn.Module, pictures: Tensor) -> Numbers | None:
    """None where the network fails."""
    found: Numbers = {}
    try:
        with torch.no_grad(), _sampled(module, len(pictures), found):
            _sample(found, _ANSWER, len(pictures), module.eval()(pictures.clone()))
    except BaseException as error:  # the module may be the person's own and can fail in any way
        let_interrupt_pass(error)
        return None
    return found


@contextmanager
def _sampled(module: nn.Module, pictures: int, found: Numbers) -> Iterator[None]:
    def sampler(path: str) -> Callable[[nn.Module, object, object], None]:
        def sample(_module: nn.Module, _inputs: object, output: object) -> None:
            _sample(found, path, pictures, output)

        return sample

    with listening(module, {path: sampler(path) for path, _ in module.named_modules() if path}):
        yield


def _sample(found: Numbers, name: str, pictures: int, output: object) -> None:
    tensor = tensor_in(output)
    odd = tensor is None or oddity(tensor) is not None
    if tensor is None or odd or not tensor.is_floating_point() or tensor.dim() == 0 or len(tensor) != pictures:
        found.pop(name, None)
        return
    flat = tensor.detach().reshape(pictures, -1)
    found[name] = flat[:, :: max(1, flat.shape[1] // _SAMPLE)].float()


def _normalises_by_batch(part: nn.Module) -> bool:
    is_norm = isinstance(part, nn.modules.batchnorm._BatchNorm)
    return is_norm and (part.training or part.running_mean is None)
