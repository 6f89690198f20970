"""How much each pixel really moves one place of a unit, beside how far it could see.

mean over pictures of Σ_channels |∂ unit / ∂ x|   (Luo et al. 2016)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.question.question import Question
from analysis.results.kinds import Outline, Tile, Tiles

if TYPE_CHECKING:
    import torch

    from analysis.methods.fields.gaussian import Gaussian
    from analysis.protocol.frame import Pixels

Box = tuple[int, int, int, int]  # top, left, bottom, right


@dataclass(frozen=True)
class EffectiveField:
    name: ClassVar[str] = "effective-field"
    title: ClassVar[str] = "Effective field"
    summary: ClassVar[str] = "How much each pixel really moves the clicked place of a unit, and how far it could see."
    family: ClassVar[Family] = "fields"
    gives: ClassVar[type[Tiles]] = Tiles
    asks: ClassVar[frozenset[Ask]] = frozenset({"picture", "layer", "unit", "seed"})
    declares: ClassVar[Mapping[str, str]] = {
        "result": "the mean of |∂ unit / ∂ x|, summed over the channels, for every pixel of the network's input",
        "place": "row and column of the unit's map that is asked about",
        "field": "top, left, bottom and right of what this place can see, before it is cut at the picture's edge",
        "gaussian": "middle row, middle column, and the widths σ in rows and columns of the Gaussian through it",
        "fit": "the share of the map's variance that the Gaussian explains",
    }
    live: ClassVar[bool] = False

    over: str = setting(
        "noise",
        "Over how many pictures the mean goes: of noise, of the photographs that ship, or this picture alone.",
        choices=("noise", "photographs", "this picture"),
    )
    pictures: int = setting(16, "How many of them.", low=1, high=1000)

    def run(self, question: Question) -> Iterator[Progress]:
        import numpy as np

        from analysis.network.network import as_array
        from analysis.protocol.problems import Problem
        from analysis.protocol.target import UnitTarget
        from analysis.question.derivative import derivative
        from analysis.question.scalar import asked_layer

        layer = asked_layer(question)
        if question.unit is None:
            raise Problem(f"No unit of {layer.path} was chosen; click one, or name it with --unit.")
        place = _place(question)
        asked = replace(question, target=UnitTarget(place))
        field = layer.receptive_field
        box = field.box(*place) if field is not None else None
        total = None
        pictures = list(self._pictures(question))
        for number, picture in enumerate(pictures, 1):
            slope = np.abs(as_array(derivative(asked, picture)[0]).astype(np.float64)).sum(0)
            total = slope if total is None else total + slope
            yield Progress(number, len(pictures), _drawn(question, total / number, place, box, number))

    def _pictures(self, question: Question) -> Iterator[torch.Tensor]:
        import torch

        if self.over == "this picture":
            yield question.input
        elif self.over == "noise":
            generator = torch.Generator().manual_seed(question.seed)
            for _ in range(self.pictures):
                noise = torch.randn(question.input.shape, generator=generator)
                yield noise.to(question.input)
        else:
            from analysis.pictures.chosen import picture_of
            from analysis.pictures.samples import PHOTOGRAPHS
            from analysis.protocol.recipe import PictureChoice

            for name in list(PHOTOGRAPHS)[: self.pictures]:
                given = picture_of(PictureChoice(f"sample:{name.partition('.')[0]}"))
                fitted = question.network.picture(given)
                yield question.network.input_of_fitted(fitted).to(question.input)


def _place(question: Question) -> tuple[int, int]:
    """That which was clicked, or the middle one."""
    from analysis.protocol.target import UnitTarget

    target = question.target
    if isinstance(target, UnitTarget) and isinstance(target.where, tuple):
        return target.where
    if question.place is not None:
        return question.place
    assert question.layer is not None
    rows, columns = question.layer.grid or (1, 1)
    return rows // 2, columns // 2


def _drawn(question: Question, values: Any, place: tuple[int, int], box: Box | None, pictures: int) -> Tiles:
    import numpy as np

    from analysis.methods.fields.gaussian import gaussian_of

    height, width = values.shape
    cut = _cut_out(box, height, width)
    top, left, bottom, right = cut
    part = values[top:bottom, left:right]
    bell = gaussian_of(part)
    end = float(part.max(initial=0)) or 1.0
    outlines = _outlines(box, bell, cut)
    tiles = [
        Tile(np.ascontiguousarray(_seen(question)[top:bottom, left:right]), "the picture", outlines=outlines),
        Tile(part.astype(np.float32), "measured", 0.0, end, outlines=outlines),
    ]
    if bell is not None:
        shape = bell.at(*part.shape).astype(np.float32)
        tiles.append(Tile(shape, "its Gaussian", 0.0, end, outlines=outlines))
    gaussian = (bell.row + top, bell.column + left, bell.rows, bell.columns) if bell is not None else (0.0,) * 4
    numbers = {
        "result": values.astype(np.float32),
        "place": np.array(place),
        "field": np.array(box if box is not None else (0, 0, height, width)),
        "gaussian": np.array(gaussian, np.float32),
        "fit": np.array([bell.fit if bell is not None else 0.0], np.float32),
    }
    return Tiles(tuple(tiles), 0, _words(question, place, box, bell, pictures), numbers)


def _cut_out(box: Box | None, height: int, width: int) -> Box:
    """What is drawn: the field with a little around it."""
    if box is None:
        return 0, 0, height, width
    more = max((box[2] - box[0]) // 8, 2)
    top, left = max(box[0] - more, 0), max(box[1] - more, 0)
    bottom, right = min(box[2] + more, height), min(box[3] + more, width)
    return (top, left, bottom, right) if top < bottom and left < right else (0, 0, height, width)


def _outlines(box: Box | None, bell: Gaussian | None, cut: Box) -> tuple[Outline, ...]:
    found = []
    if box is not None:
        found.append(Outline(box[0] - cut[0], box[1] - cut[1], box[2] - box[0], box[3] - box[1]))
    if bell is not None and bell.fit > 0:
        top, left = bell.row + 0.5 - 2 * bell.rows, bell.column + 0.5 - 2 * bell.columns
        found.append(Outline(top, left, 4 * bell.rows, 4 * bell.columns, round=True))
    return tuple(found)


def _seen(question: Question) -> Pixels:
    """The network's input as levels again."""
    import numpy as np

    from analysis.network.network import as_array

    said = question.network.preprocessing
    planes = as_array(question.input[0])
    mean, std = (np.array(of, np.float32)[:, None, None] for of in (said.mean, said.std))
    levels = np.rint((planes * std + mean) * 255).clip(0, 255).astype(np.uint8)
    levels = levels if len(levels) == 3 else np.repeat(levels[:1], 3, axis=0)
    return np.ascontiguousarray(levels.transpose(1, 2, 0))


def _words(question: Question, place: tuple[int, int], box: Box | None, bell: Gaussian | None, pictures: int) -> str:
    assert question.layer is not None
    of = f"Row {place[0]}, column {place[1]} of unit {question.unit} of {question.layer.path}"
    could = (
        f"can see {box[2] - box[0]} × {box[3] - box[1]} pixels (square)"
        if box is not None
        else "sees the whole picture"
    )
    over = f"{pictures} picture{'s'[: pictures != 1]}"
    if bell is None:
        return f"{of} {could}; no pixel moves it in {over}."
    middle = f"of it the Gaussian has σ = {bell.rows:.1f} rows and {bell.columns:.1f} columns (round: 2σ)"
    return f"{of} {could}; {middle}, which explains {bell.fit:.0%} of what was measured over {over}."
