"""Integrated gradients: the gradient summed up on the straight way from an empty picture (Sundararajan et al. 2017)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.question.question import Question
from analysis.question.silence import NOTHING
from analysis.results.kinds import Derivative

_TOLERANCE = 0.05  # of the change
_ROUNDED = 1e-5  # of the answer is lost by adding it up


@dataclass(frozen=True)
class IntegratedGradients:
    name: ClassVar[str] = "integrated-gradients"
    title: ClassVar[str] = "Integrated gradients"
    summary: ClassVar[str] = (
        "Shares the answer out among the pixels: together they make up the change from an empty picture."
    )
    family: ClassVar[Family] = "derivatives"
    gives: ClassVar[type[Derivative]] = Derivative
    asks: ClassVar[frozenset[Ask]] = frozenset({"picture", "target"})
    declares: ClassVar[Mapping[str, str]] = {
        "result": "each pixel's share, signed, channels × height × width",
        "completeness": "the sum of the shares, and f(picture) − f(baseline), which it should equal",
    }
    live: ClassVar[bool] = False

    steps: int = setting(50, "Gauss-Legendre points on the way.", low=1, high=1000)
    baseline: str = setting(
        "mean",
        "The empty picture: black, grey, the training mean, a strong blur, or noise.",
        choices=("mean", "black", "grey", "blur", "noise"),
    )
    batch: int = setting(
        0, "Points that are computed at once; 0 chooses for this network.", low=0, high=1000, lowest="automatic"
    )

    def run(self, question: Question) -> Iterator[Progress]:
        """(x − x′) · ∫₀¹ ∇f(x′ + α(x − x′)) dα, for one definite class."""
        import numpy as np
        import torch

        from analysis.network.network import as_array
        from analysis.question.baselines import baseline
        from analysis.question.batches import batch_size
        from analysis.question.derivative import derivative
        from analysis.question.rounding import change_without_rounding
        from analysis.question.scalar import settled, values
        from analysis.quick.folding import folded
        from analysis.quick.switch import plain

        question = folded(settled(question))
        empty = baseline(question, self.baseline)
        way = question.input - empty
        points, weights = np.polynomial.legendre.leggauss(self.steps)  # on −1…1
        alphas, parts = (way.new_tensor(array).view(-1, 1, 1, 1) for array in ((points + 1) / 2, weights / 2))
        reached, change = change_without_rounding(
            question, lambda asked: (values(asked, empty.to(asked.input.dtype)), values(asked, asked.input))
        )
        sum_ = torch.zeros_like(way[0])
        done = 0
        for count in question.pace.shares(self.steps, batch_size(question.network, self.batch)):
            now = slice(done, done + count)
            slopes = derivative(question, empty + alphas[now] * way, quick=not plain("first-layer"))
            sum_ += (parts[now] * slopes).sum(0)
            done += count
            result = way[0] * sum_ / parts[:done].sum()  # the weights add up to 1 in the end
            completeness = as_array(torch.cat([result.sum()[None], change]))
            said = _shortfall(float(result.sum()), float(change), float(reached)) or (
                "" if bool(result.any()) else NOTHING
            )
            note = said if done == self.steps else ""
            yield Progress(done, self.steps, Derivative(as_array(result), {"completeness": completeness}), note)


def _shortfall(shares: float, change: float, answer: float) -> str:
    """Nothing where the shares add up to the change, as they do with enough points on a smooth way."""
    if abs(shares - change) <= _TOLERANCE * abs(change) + 1e-6 + _ROUNDED * abs(answer):
        return ""
    return (
        f"The shares add up to {shares:.3g}, but the answer changes by {change:.3g}: "
        "take more steps, or another empty picture."
    )
