"""What made a unit answer most: of nine pictures the part that its best place saw, and what flows back to it.

One maximum a picture, cut to the receptive field, each with its deconvolution (Zeiler & Fergus 2014).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, cast

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.populations import shown
from analysis.methods.populations.shown import Given, chosen, inputs, left_out, maps, none_could_be_read, unit_asked
from analysis.methods.settings import setting
from analysis.question.question import Question
from analysis.results.kinds import Array, Pictures

if TYPE_CHECKING:
    from analysis.protocol.frame import Pixels
    from analysis.question.relu_rules import Rule
    from analysis.results.kinds import Floats

BEST = 9
LEAST = 32  # pixels of a side that a cutting is shown at

Box = tuple[int, int, int, int]  # top, left, bottom, right


@dataclass(frozen=True)
class TopNine:
    name: ClassVar[str] = "top-9"
    title: ClassVar[str] = "Top nine"
    summary: ClassVar[str] = "The parts of nine pictures that the unit answers to most, and the pattern in each."
    family: ClassVar[Family] = "populations"
    gives: ClassVar[type[Pictures]] = Pictures
    asks: ClassVar[frozenset[Ask]] = frozenset({"layer", "unit", "seed"})
    declares: ClassVar[Mapping[str, str]] = {
        "result": "each cutting, the best first, and behind it what flows back to it: pictures × rows × columns × RGB",
        "titles": "what stands under each",
        "values": "the unit's largest value on each of the pictures",
        "pictures": "their numbers in the set",
        "places": "row and column of that value in the unit's map",
        "boxes": "top, left, bottom and right of what this place sees",
    }
    live: ClassVar[bool] = False

    pictures: int = shown.many()
    noise: bool = shown.noise()
    back: str = setting("deconvolution", "How it flows back.", choices=("deconvolution", "guided", "gradient"))

    def also_asks(self) -> frozenset[Ask]:
        return frozenset() if self.noise else frozenset({"data"})

    def run(self, question: Question) -> Iterator[Progress]:
        import numpy as np

        from analysis.network.network import as_array
        from analysis.protocol.problems import Problem
        from analysis.protocol.target import UnitTarget
        from analysis.question.derivative import derivative

        layer, unit = unit_asked(question)
        numbers = chosen(question, self.pictures, self.noise)
        total = len(numbers)
        best: list[tuple[float, int, tuple[int, int]]] = []
        lost: list[str] = []
        for done, one in enumerate(inputs(question, numbers, self.noise), 1):
            if one.input is None:
                lost.append(one.problem)
            else:
                values = as_array(maps(question, layer, one.input)[unit])
                values = np.where(np.isfinite(values), values, -np.inf)
                row, column = divmod(int(values.argmax()), values.shape[1])
                best.append((float(values[row, column]), one.number, (row, column)))
                best = sorted((it for it in best if it[0] > -np.inf), key=lambda it: (-it[0], it[1]))[:BEST]
            yield Progress(done, total + BEST, None, f"picture {done} of {total}")
        if len(lost) == total:
            raise Problem(none_could_be_read(question, lost))
        if not best:
            raise Problem(f"No value of unit {unit} of {layer.path} is a number: choose another unit.")
        kept: dict[int, Given] = {}
        for one in inputs(question, sorted(number for _, number, _ in best), self.noise):
            kept[one.number] = one
        best = [it for it in best if kept[it[1]].input is not None]  # a file may have gone meanwhile
        if not best:
            raise Problem("The pictures that the unit answered to most are not there any more: choose them again.")
        asked = replace(question, target=UnitTarget("max"))
        cuttings: list[Pixels] = []
        flowing: list[Pixels] = []
        boxes: list[Box] = []
        for done, (_, number, place) in enumerate(best, 1):
            given, seen = kept[number].input, kept[number].seen
            assert given is not None
            assert seen is not None
            field = layer.receptive_field if layer.has_places else None
            height, width = seen.shape[:2]
            box = _inside(field.box(*place), height, width) if field is not None else (0, 0, height, width)
            back = as_array(derivative(asked, given, cast("Rule", self.back))[0])
            part = back[:, box[0] : box[2], box[1] : box[3]]
            boxes.append(box)
            cuttings.append(seen[box[0] : box[2], box[1] : box[3]])
            flowing.append(_grey_about_zero(part))
            yield Progress(total + done, total + BEST, _shown(best[:done], cuttings, flowing, boxes, self.back))
        yield Progress(
            total + BEST, total + BEST, _shown(best, cuttings, flowing, boxes, self.back), _note(best, lost, total)
        )


def _grey_about_zero(values: Floats) -> Pixels:
    """What flows back as a picture: grey is nothing, brighter and darker speak for it and against it."""
    import numpy as np

    from analysis.results.derivative_views import shown_values

    signed = shown_values(values, "raw")
    full = float(np.abs(signed).max(initial=0))
    levels = np.rint(signed / (full or 1.0) * 127.5 + 127.5).astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(levels, (3, *levels.shape[1:])).transpose(1, 2, 0))


def _inside(box: Box, height: int, width: int) -> Box:
    found = (max(box[0], 0), max(box[1], 0), min(box[2], height), min(box[3], width))
    return found if found[0] < found[2] and found[1] < found[3] else (0, 0, height, width)


def _shown(
    best: list[tuple[float, int, tuple[int, int]]],
    cuttings: list[Pixels],
    flowing: list[Pixels],
    boxes: list[Box],
    back: str,
) -> Pictures:
    import numpy as np

    side = max(max(one.shape[:2]) for one in cuttings)
    times = max(-(-LEAST // side), 1)
    pairs = list(zip(cuttings, flowing, strict=True))
    frames = tuple(_framed(one, side, times) for pair in pairs for one in pair)
    titles = tuple(title for value, _, _ in best for title in (f"{value:.3g}", back))
    beside: dict[str, Array] = {
        "values": np.array([value for value, _, _ in best], np.float32),
        "pictures": np.array([number for _, number, _ in best], np.int64),
        "places": np.array([place for _, _, place in best], np.int64),
        "boxes": np.array(boxes, np.int64),
    }
    return Pictures(frames, titles, beside)


def _framed(picture: Pixels, side: int, times: int) -> Pixels:
    """In the middle of a grey square, each pixel so many times as large."""
    import numpy as np

    square = np.full((side, side, 3), 128, np.uint8)
    top, left = (side - picture.shape[0]) // 2, (side - picture.shape[1]) // 2
    square[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return np.ascontiguousarray(square.repeat(times, 0).repeat(times, 1))


def _note(best: list[tuple[float, int, tuple[int, int]]], lost: list[str], total: int) -> str:
    silent = "the unit is zero on all of these pictures, so that none of them is its best one."
    told = [silent] if all(value == 0 for value, _, _ in best) else []
    return " ".join([*told, *([left_out(lost, total)] if lost else [])])
