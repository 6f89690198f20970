"""Insertion and deletion: does the answer follow when the pixels that a map calls important come or go? (RISE paper)"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from analysis.methods.known import testable
from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting, settings_of_the_named
from analysis.methods.trust.pixel_importance import SEEN, SPREAD, WHOSE, Tested, pixel_importance
from analysis.protocol.recipe import Setting
from analysis.protocol.target import ClassTarget
from analysis.question.question import Question
from analysis.results.kinds import Curves, Line, Numbers
from analysis.results.views import VIEWS

if TYPE_CHECKING:
    from torch import Tensor

ROWS = ("deleting", "inserting")


@dataclass(frozen=True)
class InsertionDeletion:
    name: ClassVar[str] = "insertion-deletion"
    title: ClassVar[str] = "Insertion and deletion"
    summary: ClassVar[str] = "If a map is right, deleting what it marks ends the answer and inserting it brings it."
    family: ClassVar[Family] = "trust"
    gives: ClassVar[type[Curves]] = Curves
    asks: ClassVar[frozenset[Ask]] = frozenset({"picture", "target", "seed"})
    declares: ClassVar[Mapping[str, str]] = {
        "result": "the answer after every step: row 0 while deleting, row 1 while inserting",
        "random": "the same for a random map that is as coarse as the tested one",
        "rows": "what happens in each row of the curves",
        "fraction": "share of the pixels that are deleted or inserted at every step",
        "auc": "area under the two curves: deletion (a good map's is low), insertion (a good map's is high)",
        "random_auc": "the same for the random map",
        "spread": SPREAD,
    }
    live: ClassVar[bool] = False

    map: str = setting("grad-cam", WHOSE, choices=lambda: (*testable(), "random"))
    view: str = setting("raw", SEEN, choices=VIEWS)
    map_settings: Mapping[str, Setting] = settings_of_the_named("map")
    pixels: int = setting(224, "Pixels that change in one step.", low=1, high=1_000_000, unit="pixels", for_side=224)
    batch: int = setting(
        0, "Pictures that are computed at once; 0 chooses for this network.", low=0, high=4096, lowest="automatic"
    )

    def run(self, question: Question) -> Iterator[Progress]:
        """A class is followed by its softmax probability, a single output by itself.

        Deleted pixels become 0, inserted ones come out of a blur.
        """
        import numpy as np
        import torch

        from analysis.network.network import as_array
        from analysis.question.batches import batch_size
        from analysis.question.blur import blurred
        from analysis.question.scalar import settled, values
        from analysis.quick.folding import folded
        from analysis.quick.runtime.batches import in_batches

        tested = Tested(self.map, self.view, self.map_settings)
        question = settled(question)
        picture = question.input
        count = picture.shape[2] * picture.shape[3]
        steps = -(-count // self.pixels) + 1
        if self.map == "random":
            by_chance = _random_map(question, (7, 7))
            ranks, spread = [_ranks(by_chance), _ranks(by_chance)], 1.0
        else:
            importance = yield from pixel_importance(tested, question, 0, steps)
            ranks, spread = (
                [_ranks(torch.from_numpy(importance.pixels)), _ranks(_random_map(question, importance.grid))],
                importance.spread,
            )
        if isinstance(question.target, ClassTarget) and question.network.root.units > 1:
            question = replace(question, target=replace(question.target, kind="probability"))
        size = max(1, batch_size(question.network, self.batch, passes=1) // 4)
        question = in_batches(folded(question), 4 * size, 4 * steps)
        empty, blur = torch.zeros_like(picture), blurred(picture, sigma=5.0, reach=5, weighed=picture.dtype)
        curves = torch.empty(4, 0)
        for some in question.pace.shares(steps, size):
            changed = (torch.arange(curves.shape[1], curves.shape[1] + some) * self.pixels).view(-1, 1, 1, 1)
            pictures = []
            for rank in ranks:
                moved = (rank < changed).to(picture.device)
                pictures += [torch.where(moved, empty, picture), torch.where(moved, picture, blur)]
            answers = values(question, torch.cat(pictures)).view(4, some).cpu()
            curves = torch.cat([curves, answers], 1)
            areas = _area(curves)
            numbers = {
                "result": as_array(curves[:2]),
                "random": as_array(curves[2:]),
                "rows": np.array(ROWS),
                "fraction": as_array((torch.arange(curves.shape[1]) * (self.pixels / count)).clamp_max(1)),
                "auc": as_array(areas[:2]),
                "random_auc": as_array(areas[2:]),
                "spread": np.array([spread], np.float32),
            }
            yield Progress(curves.shape[1], steps, _drawn(numbers))


def _drawn(numbers: Numbers) -> Curves:
    tested = [Line(name, values) for name, values in zip(ROWS, numbers["result"], strict=True)]
    by_chance = [Line(f"{name}, random", values, True) for name, values in zip(ROWS, numbers["random"], strict=True)]
    return Curves(
        lines=(*tested, *by_chance),
        x=numbers["fraction"],
        x_words="share of the pixels that are deleted or inserted at every step",
        y_words="the answer after every step",
        numbers=numbers,
        few=("auc", "random_auc", "spread"),
        x_range=(0.0, 1.0),
        y_range=(0.0, 1.0),
    )


def _random_map(question: Question, grid: tuple[int, int]) -> "Tensor":
    """Uniform numbers on the grid, enlarged to the picture as class activation maps are.

    Single pixels at random would be no fair rival of a coarse map: such a pattern ends any network's answer at once.
    """
    import torch
    from torch.nn import functional

    coarse = torch.rand(1, 1, *grid, generator=torch.Generator().manual_seed(question.seed))
    size = (question.input.shape[2], question.input.shape[3])
    return functional.interpolate(coarse, size, mode="bilinear", align_corners=False)[0, 0]


def _ranks(importance: "Tensor") -> "Tensor":
    """How many pixels matter more than each; among equals the upper left one comes first."""
    order = importance.flatten().argsort(descending=True, stable=True)
    return order.argsort().view(importance.shape)


def _area(curves: "Tensor") -> "Tensor":
    """Mean height, the first and last point counting half."""
    inner = curves.sum(1) - (curves[:, 0] + curves[:, -1]) / 2
    return inner / max(curves.shape[1] - 1, 1)
