"""The live view: frame after frame through one network, each compared with the plain network's answer to it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from analysis.network.network import Network
from analysis.protocol.events import Live
from analysis.protocol.frame import Frame, Pixels
from analysis.protocol.layers import LayerNode
from analysis.protocol.requests import Backward, BackwardRule, LiveRequest
from analysis.protocol.target import UnitTarget
from analysis.results.looks import MapsLook
from analysis.running.live import LiveView
from tests.truth.case import Pair, Pairs
from tests.truth.networks import Plan
from tests.truth.pictures import LOOKS, picture
from tests.truth.plain import Plain, Question, as_maps, numbers

FRAMES = 10  # two more than are alike before a pass is recorded


@dataclass(frozen=True)
class Stream:
    """Unlike pictures in a row, one unit that is shown, and what flows back from it, if that is asked."""

    network: Network
    layer: LayerNode
    unit: int
    frames: tuple[Pixels, ...]
    looks: tuple[str, ...]
    moving: bool
    means: bool
    rule: BackwardRule | None

    def words(self) -> str:
        shown = "moving" if self.moving else "still"
        means = ", with the means" if self.means else ""
        back = f", {self.rule} back" if self.rule else ""
        return f"{self.layer.path}[{self.unit}], {shown}{means}{back}: {', '.join(self.looks)}"


def stream(network: Network, plan: Plan, backward: bool, shaken: int = 0) -> Stream:
    """`shaken` above 0: pictures that differ from the first ones by a level here and there."""
    dice = random.Random(f"{plan.seed}:{plan.number}:live:{backward}")
    nodes = [node for node in network.root.walk() if node.path and node.kind in ("map", "vector")]
    layer = dice.choice(nodes)
    rule: BackwardRule | None = dice.choice(("gradient", "guided", "deconvolution")) if backward else None
    looks = tuple(dice.choice(LOOKS) for _ in range(3 if backward else FRAMES))
    frames = tuple(
        _shaken(picture(look, plan.height, plan.width, dice.randrange(10**6)), shaken, place)
        for place, look in enumerate(looks)
    )
    moving, means = dice.random() < 0.7, dice.random() < 0.2
    return Stream(network, layer, dice.randrange(layer.units), frames, looks, moving, means, rule)


def _shaken(pixels: Pixels, shaken: int, place: int) -> Pixels:
    if not shaken:
        return pixels
    by = np.random.default_rng((shaken, place)).integers(-1, 2, pixels.shape)
    return np.asarray((pixels.astype(np.int64) + by).clip(0, 255), np.uint8)


def answered(asked: Stream) -> list[Live]:
    view = LiveView(asked.network)
    back = None if asked.rule is None else Backward(asked.rule, asked.layer.path, asked.unit, in_mosaic=False)
    answers = []
    for number, pixels in enumerate(asked.frames):
        frame = Frame(pixels, number, "noise", float(number), moving=asked.moving)
        request = LiveRequest(
            number, 0, frame, asked.layer.path, asked.unit, MapsLook(), layer_means=asked.means, backward=back
        )  # fmt: skip
        answers.append(view.answer(request, 0))
    return answers


def expected(plain: Plain, asked: Stream, answers: Sequence[Live]) -> Iterator[Pairs]:
    """Of every frame: the logits and the unit's map, or what came back to the picture; a refusal is passed over."""
    ruled = plain if asked.rule in (None, "gradient") else plain.ruled(asked.rule)  # type: ignore[arg-type]
    for pixels, live in zip(asked.frames, answers, strict=True):
        given = asked.network.input_of_fitted(pixels)[0]
        if asked.rule is not None:
            if live.derivative is not None:
                question = Question(UnitTarget("map"), asked.layer, asked.unit)
                yield {"derivative": Pair(live.derivative, ruled.slope(question, given))}
            continue
        with torch.no_grad():
            logits = numbers(plain.logits(given))
            maps = as_maps(asked.layer, plain.output(asked.layer.path, given))
        pairs: Pairs = {}
        if live.logits is not None:
            pairs["logits"] = Pair(live.logits, logits)
        if live.unit is not None:
            pairs["unit"] = Pair(live.unit.map, numbers(maps[asked.unit]), float(maps.abs().max()))
        if live.layer_means is not None:
            pairs["mean"] = Pair(np.array(live.layer_means[asked.layer.path]), np.array(float(maps.abs().mean())))
        yield pairs
