"""Pictures that are made: what they climb at first, and what the network answers to them as they are shown.

Adam goes as far for a slope that is made of rounding as for any other, so no two runs of two precisions end at the same
picture; what is told of the one that was made is right or wrong all the same.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from analysis.protocol.target import UnitTarget
from tests.truth.case import Arrays, Case, Pair, Pairs, Reference
from tests.truth.plain import Plain, Question


def made(margin: int = 0, sd: float | None = None) -> Reference:
    """`sd` is that of the noise it begins with, where that is noise as the network sees it."""

    def reference(plain: Plain, case: Case, found: Arrays) -> Pairs:
        question = plain.definite(case.question, torch.zeros_like(case.picture))
        top, left, bottom, right = _window(case, question, margin)

        def on_canvas(picture: Tensor) -> Tensor:
            canvas = torch.zeros_like(case.picture)
            canvas[:, top:bottom, left:right] = picture.to(canvas)
            return canvas

        shown = on_canvas(torch.from_numpy(_normalised(case, found["result"])).float())
        pairs = {
            "activation": Pair(
                found["activation"], np.array(plain.value(question, shown)), plain.answer_size(question, shown)
            )
        }
        if sd is not None:
            generator = torch.Generator().manual_seed(case.seed)
            size = (len(case.picture), bottom - top, right - left)
            first = on_canvas(sd * torch.randn(size, generator=generator))
            answer = plain.value(question, first)
            pairs["objective"] = Pair(found["objective"][0], np.array(answer), plain.answer_size(question, first))
        return pairs

    return reference


def side_by_side(plain: Plain, case: Case, found: Arrays) -> Pairs:
    """Each is answered to by itself."""
    question = plain.definite(case.question, torch.zeros_like(case.picture))
    top, left, bottom, right = _window(case, question, 0)
    answers, sizes = [], []
    for picture in found["result"]:
        shown = torch.zeros_like(case.picture)
        shown[:, top:bottom, left:right] = torch.from_numpy(_normalised(case, picture)).to(shown)
        answers.append(plain.value(question, shown.float()))
        sizes.append(plain.answer_size(question, shown.float()))
    return {"activation": Pair(found["activation"], np.array(answers), max(sizes))}


def seen_as_real(plain: Plain, case: Case, found: Arrays) -> Pairs:
    """Correlations: none beyond 1, and the mean of the best ones lies between their ends."""
    inside = np.clip(found["among"], found["among_low"], found["among_high"])
    return {
        "among": Pair(found["among"], inside),
        "result": Pair(found["result"], np.clip(found["result"], -1, 1)),
    }


def dreamt(plain: Plain, case: Case, found: Arrays) -> Pairs:
    """Half the mean of the squares of the whole layer."""
    node = case.question.layer
    assert node is not None
    shown = torch.from_numpy(_normalised(case, found["result"])).float()
    with torch.no_grad():
        output = plain.output(node.path, shown).double()
    return {"activation": Pair(found["activation"], np.array(float(output.square().mean()) / 2))}


def _normalised(case: Case, result: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    said = case.network.preprocessing
    levels = np.rint(result.astype(np.float64) * 255) / 255
    mean, std = np.array(said.mean), np.array(said.std)
    return np.ascontiguousarray(((levels - mean) / std).transpose(2, 0, 1))


def _window(case: Case, question: Question, margin: int) -> tuple[int, int, int, int]:
    height, width = case.picture.shape[1:]
    target, node = question.target, question.layer
    if not isinstance(target, UnitTarget) or node is None or node.receptive_field is None or node.global_context:
        return 0, 0, height, width
    if target.where in ("mean", "max", "map") or node.grid is None:
        return 0, 0, height, width
    place = (node.grid[0] // 2, node.grid[1] // 2) if target.where == "center" else target.where
    assert isinstance(place, tuple)
    top, left, bottom, right = node.receptive_field.box(*place)
    box = (max(top, 0), max(left, 0), min(bottom, height), min(right, width))
    if box == (0, 0, height, width) or box[2] <= box[0] or box[3] <= box[1]:
        return 0, 0, height, width
    return (
        max(box[0] - margin, 0),
        max(box[1] - margin, 0),
        min(box[2] + margin, height),
        min(box[3] + margin, width),
    )


SYNTHESIS: dict[str, Reference] = {
    "edge-energy": made(sd=0.01),
    "ascent": made(sd=0.01),
    "fourier": made(margin=16),
    "yosinski": made(),
    "maco": made(margin=16),
    "deepdream": dreamt,
    "priors": side_by_side,
    "reality-check": seen_as_real,
}
