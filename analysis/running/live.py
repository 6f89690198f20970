"""One frame through the network: what the window shows of it, and nothing that it does not show.

A picture that stays is kept with all its layers, so that another layer, unit or scale is drawn without a new pass.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from torch import Tensor

from analysis.drawing.mosaic import mosaic
from analysis.network.boxes import boxes_in
from analysis.network.capture import capture, tensor_in
from analysis.network.devices import describe
from analysis.network.layer_times import layer_times
from analysis.network.listening import listening
from analysis.network.maps import maps_of
from analysis.network.mean_sizes import mean_sizes, read_means
from analysis.network.network import Network, as_array, looked_at
from analysis.protocol.events import ClassPlaces, Floats, FoundBoxes, Live, OtherView, UnitView
from analysis.protocol.frame import Fitted, Frame, Pixels
from analysis.protocol.lane import Stream
from analysis.protocol.layers import LayerNode
from analysis.protocol.planes import Planes
from analysis.protocol.requests import LiveRequest
from analysis.protocol.target import ClassTarget
from analysis.question.class_scores import by_places
from analysis.quick.device_pass import DevicePass
from analysis.quick.off import Off
from analysis.quick.runtime.beside import Begun as Passing
from analysis.quick.runtime.beside import BesidePass, Found
from analysis.quick.switch import plain
from analysis.running.layer_histories import LayerHistories
from analysis.running.layer_history import LayerHistory
from analysis.running.lead import Lead
from analysis.running.live_backward import LiveBackward
from analysis.running.live_maps import LiveMaps
from analysis.running.passed_over import PassedOver, given_up

KEPT_VALUES = 60_000_000  # numbers of a still picture's layers that are kept at most, 240 MB


class LiveView:
    """Serves live requests for one network; lives on the engine's thread."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._nodes = [node for node in network.root.walk() if node.kind is not None]
        self._listed = [node.path for node in network.root.with_passes() if node.kind and not node.is_beside]
        self._keeps_all = sum(int(np.prod(node.shape or (0,))) for node in self._nodes) <= KEPT_VALUES
        self._frame: Frame | None = None
        self._fitted: Fitted | None = None
        self._picture: Pixels | None = None  # to look at
        self._outputs: dict[str, Tensor] = {}
        self._answer: Tensor | None = None
        self._means: dict[str, float] | None = None
        self._kept_answer: tuple[Floats | None, Pixels | None, ClassPlaces | None] = (None, None, None)
        self._side: tuple[Frame, dict[str, Tensor], Fitted] | None = None  # a picture that is kept beside others
        self._boxes: FoundBoxes | None = None
        self._took = 0.0  # seconds of the pass that these outputs are from
        self._off: Off | None = None  # how far they are from exact ones
        self._backward = LiveBackward(network)
        self._maps = LiveMaps(network)
        self._histories = LayerHistories()
        self._lead = Lead()
        shown = [*(node.path for node in self._nodes), *self._listed]
        self._runtime = BesidePass(network.module, network.fixed, list(dict.fromkeys(shown)))
        self._on_device = DevicePass(network) if network.device.type != "cpu" else None

    @torch.no_grad()  # what a network keeps of an inference mode could not be derived from later
    def answer(self, request: LiveRequest, epoch: int, stream: Stream | None = None) -> Live:
        """Raises `PassedOver` as soon as the stream has gone to another place."""
        still_wanted = partial(_still_wanted, request, stream)
        still_wanted()
        nodes = self._nodes_of(request)
        if not self._keeps(request, nodes):
            started = time.perf_counter()
            with self._boxes_seen():
                self._means = self._pass(request, nodes, still_wanted)
            self._kept_answer = self._read_answer()  # which waits for a GPU that is still at it
            self._took = time.perf_counter() - started
            still_wanted()
        return self._told(request, epoch)

    @torch.no_grad()
    def begin(self, request: LiveRequest, stream: Stream | None = None) -> Begun | None:
        """The pass of this request, which goes on beside this thread; None if it is to be answered here.

        The next may begin before `finish` was given this one, and both come in their order.
        """
        nodes, with_means = self._nodes_of(request), request.layer_means
        paths = list(dict.fromkeys(node.path for node in nodes))
        wants_more = request.backward is not None or request.layer_times or self._network.output == "other"
        if not request.frame.moving or wants_more or not self._runtime.can_begin(paths, with_means):
            return None
        if self._keeps(request, nodes):
            return None
        _still_wanted(request, stream)
        with self._lead.making():
            fitted = self._network.picture(request.frame.given, quick=not plain("scaling"))
            passing = self._runtime.begin(self._network.input_of_fitted(fitted), paths, with_means, request.fast)
        return Begun(request, fitted, passing) if passing is not None else None

    @torch.no_grad()
    def finish(self, begun: Begun, epoch: int, stream: Stream | None = None) -> Live:
        """What `answer` gives; waits for the pass if that is not over."""
        found, request = begun.passing.found(), begun.request
        _still_wanted(request, stream)
        if found is None:
            return self.answer(request, epoch, stream)
        (passed, self._took) = found
        with self._lead.telling():
            self._frame, self._fitted, self._picture = request.frame, begun.fitted, looked_at(begun.fitted)
            self._answer, self._outputs, self._boxes, self._off = passed.answer, passed.outputs, None, passed.off
            self._means = self._listed_of(passed.means) if passed.means is not None else None
            self._kept_answer = self._read_answer()
            return self._told(request, epoch)

    @property
    def abreast(self) -> int:
        """How many may be begun at once."""
        return self._runtime.abreast

    @property
    def lead(self) -> float:
        """Seconds before a pass is over in which the next is to be begun."""
        return self._lead.seconds

    def _nodes_of(self, request: LiveRequest) -> list[LayerNode]:
        """Those whose outputs on this picture are asked for."""
        node = self._drawable(request.layer)
        other = self._drawable(request.beside.layer) if request.beside is not None and _on_this(request) else None
        return [one for one in (node, other) if one is not None] + list(self._maps.nodes(request.maps))

    def _listed_of(self, means: Mapping[str, float]) -> dict[str, float]:
        return {path: means[path] for path in self._listed if path in means}

    def _told(self, request: LiveRequest, epoch: int) -> Live:
        """What there is to say of the picture that was passed last."""
        node = self._drawable(request.layer)
        other = self._drawable(request.beside.layer) if request.beside is not None else None
        logits, output_picture, places = self._kept_answer
        fitted, picture = self._fitted, self._picture
        assert fitted is not None
        assert picture is not None
        notes: list[str] = list(fitted.notes) if isinstance(fitted, Planes) else []
        maps = maps_of(node, self._outputs[node.path])[0] if node is not None and node.path in self._outputs else None
        if node is not None and maps is None:
            notes.append(f"{_spoken(node)} was not reached for this picture.")
        if node is not None and maps is not None and node.last_of_several:
            notes.append(node.last_of_several)
        if node is not None and maps is not None and node.is_beside:
            notes.append(node.what_heads_show)
        unit, so_far = None, None
        if node is not None and maps is not None:
            history = self._histories.after(request, node.path, picture, maps)
            so_far = history.so_far()
            unit = self._unit(node, maps, request, history)
        flowing = None
        if request.backward is not None:
            flowing = self._backward.answer(request.backward, node, fitted, request.frame.number)
            notes += [flowing.note] if flowing.note else []
            maps = flowing.to_layer if flowing.to_layer is not None else maps
        drawn = None
        values = None
        if node is not None and maps is not None:
            vector = node.kind == "vector"
            look = replace(request.look, scale="shared", boost=0.0) if vector else request.look
            drawn = mosaic(maps, look, request.aspect, request.tile, request.held)
            values = as_array(maps.flatten()) if vector else None
            if drawn.odd:
                notes.append(f"{drawn.odd:,} values of {_spoken(node)} are not finite numbers; they are drawn as zero.")
        quick = self._runtime if self._on_device is None else self._on_device
        if request.fast and request.frame.moving and quick.not_fast:
            notes.append(quick.not_fast)
        if logits is not None and not np.isfinite(logits).all():
            notes.append("The network's answer holds values that are not finite numbers.")
        return Live(
            request_id=request.id,
            epoch=epoch,
            frame=request.frame,
            picture=picture,
            layer=node.path if node is not None else None,
            mosaic=drawn,
            values=values,
            unit=unit,
            logits=logits,
            output_picture=output_picture,
            places=places,
            boxes=self._boxes,
            layer_means=self._means if request.layer_means else None,
            milliseconds=self._took * 1000,
            device=self._device_in_words(),
            notes=tuple(notes),
            derivative=as_array(flowing.to_picture) if flowing is not None and flowing.to_picture is not None else None,
            so_far=so_far,
            layer_times=self._times(request.frame) if request.layer_times else None,
            beside=self._beside(request, other) if other is not None else None,
            landed=self._maps.landed(request.maps, self._outputs, fitted),
            backward_mosaic=flowing is not None and flowing.to_layer is not None,
        )

    def _device_in_words(self) -> str:
        words = describe(self._network.device)
        return words if self._off is None else f"{words} · {self._off.in_words()}"

    def _drawable(self, path: str | None) -> LayerNode | None:
        node = self._network.root.find(path) if path is not None else None
        return node if node is not None and node.kind is not None else None

    def _keeps(self, request: LiveRequest, nodes: Sequence[LayerNode]) -> bool:
        """Whether what is asked about this frame is there already."""
        has_layer = all(node.path in self._outputs for node in nodes)
        has_means = not request.layer_means or self._means is not None
        return self._is_kept(request.frame) and has_layer and has_means

    def _is_kept(self, frame: Frame) -> bool:
        """What a stream's frame was quickly scaled to is not good enough once it stands."""
        kept = self._frame
        return kept is not None and kept.number == frame.number and (frame.moving or not kept.moving)

    def _pass(
        self, request: LiveRequest, nodes: Sequence[LayerNode], still_wanted: Callable[[], None]
    ) -> dict[str, float] | None:
        """Computes the layers' outputs on this frame; the means of all layers if they are wanted."""
        frame, with_means = request.frame, request.layer_means
        paths = list(dict.fromkeys(node.path for node in nodes))
        same = self._is_kept(frame)
        if not frame.moving and self._keeps_all:
            paths = list(dict.fromkeys([*(node.path for node in self._nodes), *paths]))
        if not same or self._fitted is None:
            self._fitted = self._network.picture(frame.given, quick=frame.moving and not plain("scaling"))
            self._picture = looked_at(self._fitted)
        self._frame, self._outputs, self._answer, self._off = None, {}, None, None
        still_wanted()
        numbers = self._network.numbers_of_fitted(self._fitted)
        found = self._quick_pass(numbers, paths, with_means, request.fast) if frame.moving else None
        if found is not None:
            self._frame, self._answer, self._outputs, self._off = frame, found.answer, found.outputs, found.off
            return self._listed_of(found.means) if found.means is not None else None
        module = self._network.module
        measured = self._listed if with_means else []
        leaves_off = given_up(module, measured, still_wanted) if frame.moving else nullcontext()
        with leaves_off, capture(module, paths) as outputs, mean_sizes(module, measured) as means:
            self._answer = tensor_in(module(numbers.to(self._network.device)))
        self._frame, self._outputs = frame, outputs
        return read_means(means) if with_means else None

    def _quick_pass(self, numbers: Tensor, paths: Sequence[str], with_means: bool, fast: bool) -> Found | None:
        """None where torch is to be asked as ever."""
        if self._on_device is None:
            return self._runtime.answer(numbers, paths, with_means, fast)
        return None if with_means else self._on_device.answer(numbers, paths, fast)

    @contextmanager
    def _boxes_seen(self) -> Iterator[None]:
        """Notes the boxes in the network's own answer, of which only the scores are taken for numbers of classes."""
        self._boxes = None
        if self._network.output != "other":
            yield
            return

        def note(_module: object, _inputs: object, output: object) -> None:
            self._boxes = boxes_in(output)

        with listening(self._network.module, {"": note}):
            yield

    def _times(self, frame: Frame) -> dict[str, float]:
        assert self._fitted is not None
        return layer_times(self._network.module, self._listed, self._network.input_of_fitted(self._fitted))

    def _beside(self, request: LiveRequest, node: LayerNode) -> OtherView:
        """The other side: of the pass over this frame, or of the picture that is kept there, which is asked once."""
        asked = request.beside
        assert asked is not None
        outputs, picture = self._outputs, self._picture
        if not _on_this(request):
            assert asked.frame is not None
            outputs, picture = self._kept_side(asked.frame, node)
        assert picture is not None
        unit = asked.unit if asked.unit is not None and asked.unit < node.units else None
        if node.path not in outputs:
            return OtherView(node.path, unit, picture, note=f"{_spoken(node)} was not reached for this picture.")
        maps = maps_of(node, outputs[node.path])[0]
        if unit is not None:
            return OtherView(node.path, unit, picture, as_array(maps[unit]))
        look = replace(request.look, scale="shared", boost=0.0) if node.kind == "vector" else request.look
        return OtherView(node.path, None, picture, mosaic=mosaic(maps, look, asked.aspect, asked.tile))

    def _kept_side(self, frame: Frame, node: LayerNode) -> tuple[dict[str, Tensor], Pixels]:
        if self._side is None or self._side[0] is not frame or node.path not in self._side[1]:
            same = self._side is not None and self._side[0] is frame
            seen = self._side[2] if same and self._side is not None else self._network.picture(frame.exact)
            with capture(self._network.module, [node.path]) as outputs:
                self._network.module(self._network.input_of_fitted(seen))
            self._side = (frame, outputs, seen)
        return self._side[1], looked_at(self._side[2])

    def _unit(self, node: LayerNode, maps: Tensor, request: LiveRequest, history: LayerHistory) -> UnitView | None:
        unit = request.unit
        if unit is None or not 0 <= unit < len(maps):
            return None
        values = as_array(maps[unit])
        counts, limits = history.histogram(unit)
        row, column = divmod(int(np.where(np.isnan(values), -np.inf, values).argmax()), values.shape[1])
        return UnitView(
            layer=node.path,
            unit=unit,
            map=values,
            maximum=float(values[row, column]),
            place=(row, column),
            best=history.best(unit),
            histogram=counts,
            histogram_range=limits,
            zeros=history.share_of_zeros(unit),
            seen=history.pictures,
            different=history.different,
            silent=history.silent(unit),
            counted=history.share_counted,
        )

    def _read_answer(self) -> tuple[Floats | None, Pixels | None, ClassPlaces | None]:
        if self._answer is None:
            return None, None, None
        answer = self._network.answered(self._answer)
        if answer.dim() == 0 or answer.shape[0] != 1:
            return None, None, None
        if self._network.output == "classes" and answer.dim() == 2:
            return as_array(answer[0]), None, None
        if self._network.output == "picture" and answer.dim() == 4:
            levels = (answer[0].float().clamp(0, 1) * 255).round().to("cpu", torch.uint8)
            planes = levels if len(levels) == 3 else levels[:1].expand(3, -1, -1)
            return None, np.ascontiguousarray(planes.permute(1, 2, 0).numpy()), None
        if self._network.output == "other" and answer.dim() == 4 and answer.is_floating_point():
            return None, None, _places(by_places(self._network, answer, 1, ClassTarget("class", 0))[0])
        return None, None, None


@dataclass(frozen=True)
class Begun:
    """A request whose pass goes on."""

    request: LiveRequest
    fitted: Fitted
    passing: Passing


def _still_wanted(request: LiveRequest, stream: Stream | None) -> None:
    if stream is not None and request.frame.moving and stream.is_past(request.frame.captured):
        raise PassedOver


def _on_this(request: LiveRequest) -> bool:
    """Whether what stands beside is of the same picture."""
    kept = request.beside.frame if request.beside is not None else None
    return kept is None or kept is request.frame


def _places(scores: Tensor) -> ClassPlaces | None:
    """Which of classes × rows × columns is the largest at each place; None where there is only one."""
    if len(scores) < 2 or not scores.numel():
        return None
    classes = scores.argmax(0).to("cpu", torch.int32).numpy()
    indices, counts = np.unique(classes, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    shares = tuple((int(indices[i]), float(counts[i]) / classes.size) for i in order)
    return ClassPlaces(classes, shares)


def _spoken(node: LayerNode) -> str:
    return node.path or "the whole network"
