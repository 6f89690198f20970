"""Whether a session gives what torch gives: whole outputs of all its layers, on pictures that are unlike each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from analysis.network.agreement import agree
from analysis.network.capture import tensor_in
from analysis.network.listening import listening
from analysis.network.unlike import unlike
from analysis.quick.runtime.sessions import Session
from analysis.quick.runtime.written_down import Written

CLOSE = 1e-5  # of the range of an output
_KINDS = 5  # of pictures


def pictures(given: Tensor) -> list[Tensor]:
    """A covered lens is among them: who divides by a picture's own deviation makes numbers of mere rounding there."""
    kinds = unlike(given)
    covered = kinds["dark"].mean((2, 3), keepdim=True) if given.dim() == 4 else kinds["dark"].mean()
    return [given, *(kind.expand_as(given) for kind in (kinds["noise"], kinds["dark"], kinds["bright"], covered))]


def proven(
    module: nn.Module, given: Tensor, session: Session, written: Written, means: Mapping[str, str] | None = None
) -> Iterator[bool]:
    """A step a picture: whether all was right so far. The module must be nobody else's meanwhile."""
    for picture in pictures(given):
        yield _agrees(module, picture, session, written, means or {})


@torch.no_grad()
def _agrees(module: nn.Module, picture: Tensor, session: Session, written: Written, means: Mapping[str, str]) -> bool:
    found = session.run(picture)
    right: dict[str, bool] = {}

    def look(path: str) -> Callable[..., None]:
        def hear(_part: nn.Module, _given: Any, output: object) -> None:
            tensor = tensor_in(output)
            if tensor is None:
                return
            name, mean = written.layers[path], means.get(path)
            ours = [found[name]] if name in found else []
            theirs = [tensor] if name in found else []
            if mean is not None and mean in found:
                ours.append(found[mean])
                theirs.append(tensor.abs().mean(dtype=torch.float64).float())
            right[path] = agree(ours, theirs, CLOSE)

        return hear

    heard = [path for path, name in written.layers.items() if name in found or means.get(path) in found]
    with listening(module, {path: look(path) for path in heard}):
        answer = tensor_in(module(picture.clone()))
    if written.answer is not None and (answer is None or not agree([found[written.answer]], [answer], CLOSE)):
        return False
    return len(right) == len(heard) and all(right.values())


@torch.no_grad()
def proven_in_places(module: nn.Module, given: Tensor, session: Session, written: Written) -> Iterator[bool]:
    """The same of a part of a batch, whose pictures are unlike each other, each answer compared alone.

    A step a pass; every kind of picture is seen, and every place has two of them.
    """
    kinds = pictures(given[:1])[1:]
    count = len(given)
    for turn in range(turns_of(count)):
        part = given.clone()
        for place in range(count):
            kind = (turn * (count + 1) + place) % (len(kinds) + 1)
            if kind:
                part[place] = kinds[kind - 1][0]
        answer = tensor_in(module(part.clone()))
        found = session.run(part).get(written.answer or "")
        yield answer is not None and found is not None and agree(list(found), list(answer), CLOSE)


def turns_of(places: int) -> int:
    """How many steps that takes."""
    return max(2, -(-_KINDS // places))


def outputs_of(written: Written, paths: Sequence[str]) -> list[str]:
    names = [written.layers[path] for path in paths]
    return list(dict.fromkeys([*([] if written.answer is None else [written.answer]), *names]))
