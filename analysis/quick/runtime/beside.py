"""The live pass by ONNX Runtime, made ready beside the live view, which torch serves until then.

Two sessions have the layers that are shown as outputs: one is as quick as can be, the other also measures every layer,
for the bars of the tree a few times a second. Both are proven first. Who wants it fast gets a third one, which is
approximate and measured. All layers as outputs would cost a third of the
time of every picture, and of VGG-16 a quarter of a gigabyte.
"""

from __future__ import annotations

import os
import sys
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from time import thread_time
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from analysis.network.heads import HEADS
from analysis.network.plain_code import only_computes
from analysis.network.working_copy import tensors_of, working_copy
from analysis.protocol.problems import words_of
from analysis.quick.freed_memory import give_back_freed_memory
from analysis.quick.off import Off
from analysis.quick.runtime.abreast import LAG, Manner, Runners, Running, narrow, wide
from analysis.quick.runtime.fast import FastSession, cannot, measured
from analysis.quick.runtime.fast_extra import refused
from analysis.quick.runtime.means import with_means
from analysis.quick.runtime.onnx_file import own_numbers
from analysis.quick.runtime.proof import outputs_of, proven
from analysis.quick.runtime.proven_before import Proofs, keep, was_passed
from analysis.quick.runtime.sessions import Passes, Session, library
from analysis.quick.runtime.trials import known_manner, remember_manner, tried_manners
from analysis.quick.runtime.written_down import Written, written_down
from analysis.quick.switch import plain

Result = TypeVar("Result")
ALIKE = 3  # moving pictures of one size before anything is made
_TWICE = 16_000_000  # numbers of a session, of which there may be two; with more, torch measures the layers
CLEARLY = 3  # times what a pass may take: then it takes too long at another start, too
_NICENESS = 10  # behind the engine's own thread, but not so far that it would keep Python's lock for long


@dataclass(frozen=True)
class Found:
    answer: Tensor | None
    outputs: dict[str, Tensor]
    means: dict[str, float] | None
    off: Off | None = None  # None is exact


_Wish = tuple[tuple[str, ...], bool]  # layers that are shown, and whether it is to be fast


@dataclass
class _Made:
    """What the two threads share; each field is written by one of them, whole."""

    module: nn.Module  # a copy for the maker alone, with the same weights
    given: Tensor
    layers: tuple[str, ...]
    wish: _Wish | None = None
    written: Written | None = None
    proofs: Proofs | None = None
    manner: Manner | None = None
    runners: Runners | None = None  # of the engine's thread alone
    shown: tuple[tuple[str, ...], Session] | None = None
    bars: tuple[tuple[str, ...], Session, Mapping[str, str]] | None = None
    fast: tuple[tuple[str, ...], Passes, Off] | None = None
    not_fast: str = ""  # why it is not, if it was wished
    tried: bool = False  # which manner is the best
    refused: bool = False
    cancelled: bool = False
    maker: threading.Thread | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def cancel(self) -> None:
        self.cancelled = True
        self.end_runners()

    def refuse(self) -> None:
        """On the engine's thread: it failed, and is not asked again."""
        self.refused = True
        self.end_runners()

    def end_runners(self) -> None:
        if self.runners is not None:
            self.runners.close()


class Begun:
    """A pass that goes on beside the engine's thread, which alone calls this."""

    def __init__(self, made: _Made, asked: _Asked, running: Running) -> None:
        self._made, self._asked, self.running = made, asked, running

    def found(self) -> tuple[Found, float] | None:
        """What it found, and its seconds; None where the runtime failed and torch has the word."""
        try:
            ran = self.running.result()
        except Exception:
            self._made.refuse()
            return None
        return _as_found(self._asked, ran.found), ran.seconds


@dataclass(frozen=True)
class _Asked:
    written: Written
    session: Passes
    paths: tuple[str, ...]
    means: Mapping[str, str] | None
    off: Off | None = None


class BesidePass:
    """Answers for one module as soon as it can; every method is called on the engine's thread."""

    def __init__(self, module: nn.Module, fixed: bool, layers: Sequence[str]) -> None:
        """`layers` are those that can be shown; where the network is not `fixed`, values decide what it does."""
        self._module = module
        self._layers = tuple(path for path in layers if not path.endswith(f"@{HEADS}"))
        self._can = fixed and find_spec("onnxruntime") is not None and only_computes(module)
        weights = list(tensors_of(module)) if self._can else []
        self._can = self._can and all(one.device.type == "cpu" and not one.is_inference() for one in weights)
        self._weights = Weights(module) if self._can else None
        self._alike = 0
        self._size: tuple[object, ...] = ()
        self._made: _Made | None = None
        self._ends: Callable[[], object] = lambda: None

    @property
    def abreast(self) -> int:
        """How many passes may be begun before the first has been asked what it found."""
        manner = self._made.manner if self._made is not None else None
        return manner.abreast if manner is not None else 1

    @property
    def may_come(self) -> bool:
        """Whether there is, or will be, something quicker than what torch can do."""
        return self._can and not plain("runtime") and not (self._made is not None and self._made.refused)

    @property
    def not_fast(self) -> str:
        """Why nothing fast will come, in a sentence; nothing where it is there or may come."""
        if self._made is not None and self._made.not_fast:
            return self._made.not_fast
        return "" if self.may_come else _NO_FAST

    def answer(self, given: Tensor, paths: Sequence[str], with_means: bool = False, fast: bool = False) -> Found | None:
        """None as long as torch is to be asked. What is `fast` is approximate, and says so; means are exact."""
        made = self._made_for(given, wanted := tuple(dict.fromkeys(paths)), fast)
        asked = _asked(made, wanted, with_means, fast) if made is not None else None
        if made is None or asked is None:
            return None
        try:
            return _as_found(asked, asked.session.run(given))
        except Exception:  # of the runtime; torch has the word
            made.refuse()
            return None

    def can_begin(self, paths: Sequence[str], with_means: bool) -> bool:
        """Whether such a pass of a picture like those before would run now."""
        made = self._made
        return self.may_come and made is not None and _asked(made, tuple(dict.fromkeys(paths)), with_means) is not None

    def begin(self, given: Tensor, paths: Sequence[str], with_means: bool, fast: bool = False) -> Begun | None:
        """The same without waiting for it."""
        made = self._made_for(given, wanted := tuple(dict.fromkeys(paths)), fast)
        if made is None or made.manner is None:
            return None
        if made.runners is None or made.runners.abreast != made.manner.abreast:
            made.end_runners()
            made.runners = Runners(made.manner.abreast)
        asked = _asked(made, wanted, with_means, fast)
        if asked is None:
            return None
        return Begun(made, asked, made.runners.begin(asked.session, given))

    def _made_for(self, given: Tensor, wanted: tuple[str, ...], fast: bool) -> _Made | None:
        if not self.may_come or not _is_finite(given):  # a pooling of the runtime's passes over NaN
            return None
        size = (given.shape, given.dtype, given.device)
        if size != self._size:
            self.close()
            self._size, self._alike = size, 0
        if self._weights is None or not self._weights.are_as_before():
            self.close()
            self._can = False  # someone learns
            return None
        self._alike += 1
        if self._alike < ALIKE:
            return None
        if self._made is None:
            self._begin(given, (wanted, fast))
            return None
        self._wish(self._made, (wanted, fast))
        return self._made

    def close(self) -> None:
        """What is being made is let go of."""
        self._ends()
        self._made = None

    def settle(self) -> None:
        """Waits until nothing is being made any more; for those who measure."""
        while self._made is not None and (maker := self._made.maker) is not None and maker.is_alive():
            maker.join()

    def _begin(self, given: Tensor, wish: _Wish) -> None:
        try:
            copy = working_copy(self._module, sharing=tensors_of(self._module)).eval()
        except Exception:  # an attribute that cannot be copied
            self._can = False
            return
        made = _Made(copy, given.clone(), self._layers)
        self._made = made
        self._ends = weakref.finalize(self, made.cancel)
        self._wish(made, wish)

    def _wish(self, made: _Made, wish: _Wish) -> None:
        if made.wish == wish or (made.written is not None and not set(wish[0]) <= made.written.layers.keys()):
            return
        with made.lock:
            made.wish = wish
            if made.maker is None:
                made.maker = threading.Thread(target=_make, args=(made,), name="runtime")
                made.maker.start()


def _is_finite(given: Tensor) -> bool:
    """By NumPy: torch would wake threads, which then wait for the one that paints."""
    with np.errstate(all="ignore"):
        return bool(np.isfinite(given.numpy().sum()))


_NO_FAST = "This network's passes cannot be written down, so there is no fast way: what you see is exact."


def _asked(made: _Made, paths: tuple[str, ...], with_means: bool, fast: bool = False) -> _Asked | None:
    """By which session; None where there is none that gives this."""
    written, shown, bars, quick = made.written, made.shown, made.bars, made.fast
    if written is None:
        return None
    if with_means:
        return _Asked(written, bars[1], paths, bars[2]) if bars is not None and bars[0] == paths else None
    if fast and quick is not None and quick[0] == paths:
        return _Asked(written, quick[1], paths, None, quick[2])
    return _Asked(written, shown[1], paths, None) if shown is not None and shown[0] == paths else None


def _as_found(asked: _Asked, found: Mapping[str, Tensor]) -> Found:
    written, means = asked.written, asked.means
    return Found(
        None if written.answer is None else found[written.answer],
        {path: found[written.layers[path]] for path in asked.paths},
        {path: float(found[name]) for path, name in means.items()} if means is not None else None,
        asked.off,
    )


def _make(made: _Made) -> None:
    """On a thread that lasts as long as something is wished for. Whatever goes wrong, torch goes on serving."""
    try:
        while True:
            wish = made.wish
            if not made.cancelled and not made.refused and wish is not None:
                _fulfil(made, wish)
                give_back_freed_memory()  # the proof's, and what torch's passes needed
            with made.lock:
                if made.cancelled or made.refused or made.wish == wish:
                    made.maker = None
                    return
    except Exception:  # a session, a pass or the memory: nothing is told, as nothing is lost
        with made.lock:
            made.refused, made.maker = True, None


def _fulfil(made: _Made, wish: _Wish) -> None:
    paths, fast = wish
    if made.shown is None or made.shown[0] != paths:
        _serve(made, paths)
    is_new = made.fast is None or made.fast[0] != paths
    if fast and is_new and made.shown is not None and made.shown[0] == paths and not made.cancelled:
        _hasten(made, paths)


def _hasten(made: _Made, wish: tuple[str, ...]) -> None:
    """An approximate session beside the exact ones, measured; or why there is none."""
    written, manner = made.written, made.manner
    assert written is not None
    assert manner is not None
    why = cannot()
    made.not_fast = refused() or (f"{why}, so there is no fast way: what you see is exact." if why else "")
    if made.not_fast:
        return
    off: Off | None = None
    try:
        session = FastSession(written, outputs_of(written, wish), manner)
        steps = measured(made.module, made.given, session, written, wish)
        while off is None and not made.cancelled:
            off = _behind(lambda: next(steps))
    except Exception as error:  # the library's; the exact way goes on
        made.not_fast = f"OpenVINO cannot pass this network ({words_of(error)[:80]}): what you see is exact."
        return
    if off is None:
        return
    if not off.is_near:
        made.not_fast = "This network answers otherwise in bf16, by more than rounding: what you see is exact."
        return
    made.fast = wish, session, off


def _serve(made: _Made, wish: tuple[str, ...]) -> None:
    if library() is None:
        made.refused = True
        return
    if made.written is None:
        made.written = _behind(lambda: written_down(made.module, made.given, made.layers))
    written = made.written
    if written is None or written.answer is None or made.cancelled:
        made.refused = written is None or written.answer is None
        return
    if not set(wish) <= written.layers.keys():
        return
    if made.proofs is None:
        made.proofs = _behind(lambda: Proofs(made.module, written))
    if made.manner is None:
        made.manner = _manner(made, written)
    manner = made.manner
    _show(made, written, wish)
    if made.refused or made.cancelled or made.tried:
        return
    if manner.abreast > 1 and known_manner(written.graph) is None:
        made.tried = True
        made.manner = _best_manner(made, written, wish) or manner
        if made.manner != manner:
            _show(made, written, wish)


def _manner(made: _Made, written: Written) -> Manner:
    """As it was found out once, or else as it is mostly best."""
    cores = torch.get_num_threads()
    if (known := known_manner(written.graph)) is not None:
        return known
    if own_numbers(written.graph) > _TWICE:  # what takes long to make is made once, and its pass is long, too
        return wide(cores)
    manner = narrow(cores)
    if manner.threads == cores:
        return manner
    took = _processor_time(made, Session(written, outputs_of(written, []), manner.threads))
    if took > CLEARLY * LAG:
        remember_manner(written.graph, wide(cores))
    return wide(cores) if took > LAG else manner


def _show(made: _Made, written: Written, wish: tuple[str, ...]) -> None:
    """Sessions of these layers, proven; or the network is refused."""
    assert made.manner is not None
    session = Session(written, outputs_of(written, wish), made.manner.threads)
    if not _is_right(made, session, written, {}):
        made.refused |= not made.cancelled
        return
    made.shown = wish, session
    if own_numbers(written.graph) > _TWICE:
        return
    measured, means = with_means(written)
    names = [*outputs_of(measured, wish), *dict.fromkeys(means.values())]
    session = Session(measured, names)
    if _is_right(made, session, measured, means):
        made.bars = wish, session, means


def _best_manner(made: _Made, written: Written, wish: tuple[str, ...]) -> Manner | None:
    """Tried while pictures are shown, for that is what it is for; None if it was cancelled."""
    assert made.manner is not None
    assert made.shown is not None
    other = wide(torch.get_num_threads())
    sessions = {made.manner: made.shown[1], other: Session(written, outputs_of(written, wish), other.threads)}
    best: Manner | None = None
    for manner in tried_manners(written.graph, sessions, made.given, made.manner):
        best = manner if not made.cancelled and not made.refused else None
        if best is None:
            break
    sessions[other].close()
    return best


def _is_right(made: _Made, session: Session, written: Written, means: Mapping[str, str]) -> bool:
    proof = made.proofs.name(written, session, means) if made.proofs is not None else ""
    if was_passed(proof):
        return True
    steps = proven(made.module, made.given, session, written, means)
    is_right: bool | None = True
    while is_right and not made.cancelled:
        is_right = _behind(lambda: next(steps, None))
    if is_right is None:
        keep(proof)
    return is_right is None


def _processor_time(made: _Made, session: Session) -> float:
    """Seconds of a pass on one of its threads, whoever else is at work meanwhile."""

    def run() -> float:
        began = thread_time()
        session.run(made.given)
        return thread_time() - began

    return min(_behind(run) for _ in range(3))


def _behind(work: Callable[[], Result]) -> Result:
    """On a thread that gives way to all others. A session is made on ours, whose threads would give way for good."""
    results: list[Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        if sys.platform == "linux":
            os.setpriority(os.PRIO_PROCESS, 0, max(_NICENESS, os.getpriority(os.PRIO_PROCESS, 0)))
        try:
            with torch.no_grad():
                results.append(work())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, name="runtime, behind")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


class Weights:
    """Whether nobody wrote to a module's weights, or exchanged them; looked at before every pass."""

    def __init__(self, module: nn.Module) -> None:
        self._known = [
            (owner, name, one, one._version, one.data_ptr())
            for part in module.modules()
            for owner in (part._parameters, part._buffers)
            for name, one in owner.items()
            if one is not None
        ]

    def are_as_before(self) -> bool:
        return all(
            owner.get(name) is one and one._version == version and one.data_ptr() == place
            for owner, name, one, version, place in self._known
        )
