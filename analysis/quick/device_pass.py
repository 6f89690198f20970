"""The live pass on a GPU: torch's own, from one place in memory, and told to the device once instead of every time.

A picture is laid into memory that the device can fetch by itself while the processor goes on. What the pass tells the
device to do is written down once (a CUDA graph) where that exists, and repeated. In half the precision, for who wants
it fast, a converted copy passes. All of it runs on the processor as well, where nothing is written down but all else is
the same: so it is tested there. Whatever is not what the network itself answers is not used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from analysis.network.agreement import agree
from analysis.network.capture import capture, tensor_in
from analysis.network.known_code import is_steady
from analysis.network.network import Network
from analysis.quick.half import converted
from analysis.quick.off import Farthest, Off
from analysis.quick.runtime.beside import ALIKE, Found, Weights
from analysis.quick.runtime.proof import CLOSE, pictures
from analysis.quick.switch import plain

_WARM = 3  # passes in which libraries choose their ways, before one is written down


@dataclass(frozen=True)
class _Wish:
    shape: tuple[int, ...]
    paths: tuple[str, ...]
    fast: bool


class DevicePass:
    """Of one network; every method is called on the engine's thread."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._can = network.fixed and is_steady(network.module)
        self._weights = Weights(network.module) if self._can else None
        self._wish: _Wish | None = None
        self._alike = 0
        self._made: tuple[_Wish, _Repeated, Off | None] | None = None
        self.not_fast = ""  # why, if it was wished

    def answer(self, given: Tensor, paths: Sequence[str], fast: bool = False) -> Found | None:
        """Of a picture on the processor; None where the network itself is to be asked."""
        if not self._can or plain("device") or self._weights is None or not self._weights.are_as_before():
            self._made = None
            self.not_fast = "This network's passes cannot be repeated, so there is no fast way: what you see is exact."
            return None
        wish = _Wish(tuple(given.shape), tuple(dict.fromkeys(paths)), fast)
        self._alike = self._alike + 1 if wish == self._wish else 1
        self._wish = wish
        if self._made is None or self._made[0] != wish:
            if self._alike != ALIKE:
                return None
            self._make(given, wish)
            if self._made is None or self._made[0] != wish:
                return None
        _, repeated, off = self._made
        try:
            answer, outputs = repeated.run(given)
        except torch.OutOfMemoryError:
            self._made = None
            raise
        except Exception:  # the device's; the network itself has the word
            self._can, self._made = False, None
            return None
        return Found(answer, outputs, None, off)

    def _make(self, given: Tensor, wish: _Wish) -> None:
        """In the precision that is wished for, or else exactly; nothing where neither is right."""
        self._made, self.not_fast = None, ""
        if wish.fast:
            with suppress(Exception):
                self._made = self._made_fast(given, wish)
            if self._made is None:
                self.not_fast = "This network answers otherwise in half the precision: what you see is exact."
        if self._made is None:
            with suppress(Exception):
                self._made = self._made_exact(given, wish)

    def _made_exact(self, given: Tensor, wish: _Wish) -> tuple[_Wish, _Repeated, None] | None:
        module, device = self._network.module, self._network.device
        repeated = _Repeated(module, given, device, wish.paths, torch.float32)
        for picture in pictures(given):
            answer, outputs = repeated.run(picture)
            right, layers = _asked(module, picture.to(device), wish.paths)
            if answer is None or right is None or set(outputs) != set(layers):
                return None
            ours, theirs = [answer, *outputs.values()], [right, *(layers[path] for path in outputs)]
            if not agree(ours, theirs, CLOSE):
                return None
        return wish, repeated, None

    def _made_fast(self, given: Tensor, wish: _Wish) -> tuple[_Wish, _Repeated, Off] | None:
        device = self._network.device
        kind = torch.bfloat16 if device.type == "cpu" else torch.float16
        copy = converted(self._network, kind).module
        repeated, farthest = _Repeated(copy, given, device, wish.paths, kind), Farthest()
        for picture in pictures(given):
            answer, outputs = repeated.run(picture)
            right, layers = _asked(self._network.module, picture.to(device), wish.paths)
            farthest.add({**outputs, "the answer": answer}, {**layers, "the answer": right})
        off = Off(farthest.share(), "bf16" if kind == torch.bfloat16 else "half precision")
        return (wish, repeated, off) if off.is_near else None


@torch.no_grad()
def _asked(module: nn.Module, given: Tensor, paths: Sequence[str]) -> tuple[Tensor | None, dict[str, Tensor]]:
    with capture(module, paths) as outputs:
        answer = tensor_in(module(given))
    return answer, outputs


class _Repeated:
    """One pass from one place in memory."""

    def __init__(
        self, module: nn.Module, given: Tensor, device: torch.device, paths: Sequence[str], kind: torch.dtype
    ) -> None:
        on_gpu = device.type == "cuda"
        self._module, self._paths = module, tuple(paths)
        # What the device fetches by itself must not be moved about by the system meanwhile: it is pinned.
        self._staged = torch.empty(given.shape, dtype=kind, pin_memory=on_gpu)
        self._given = torch.empty(given.shape, dtype=kind, device=device)
        self._fetched = torch.cuda.Event() if on_gpu else None  # type: ignore[no-untyped-call]
        self._answer: Tensor | None = None
        self._outputs: dict[str, Tensor] = {}
        self._pass: Callable[[], None] = self._once
        self._lay(given)
        if on_gpu:
            self._pass = _written_down(self._once)

    def run(self, given: Tensor) -> tuple[Tensor | None, dict[str, Tensor]]:
        """Numbers of single precision that nothing writes to any more."""
        self._lay(given)
        self._pass()
        answer = None if self._answer is None else _kept(self._answer)
        return answer, {path: _kept(output) for path, output in self._outputs.items()}

    def _lay(self, given: Tensor) -> None:
        if self._fetched is not None:
            self._fetched.synchronize()  # the picture before was fetched; long ago, where its answer was waited for
        self._staged.copy_(given)
        self._given.copy_(self._staged, non_blocking=True)
        if self._fetched is not None:
            self._fetched.record()

    def _once(self) -> None:
        # Some networks write into what they are given.
        self._answer, self._outputs = _asked(self._module, self._given.clone(), self._paths)


def _kept(tensor: Tensor) -> Tensor:
    return tensor.to(torch.float32, copy=True)


def _written_down(once: Callable[[], None]) -> Callable[[], None]:
    """What the pass tells the device, told again by one word. The places of its numbers stay as they are."""
    stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(_WARM):
            once()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    # Other threads, which compute for other lanes, may use the device meanwhile.
    with torch.cuda.graph(graph, capture_error_mode="thread_local"):
        once()
    return graph.replay
