"""SmoothGrad: the mean gradient over noisy copies of the picture (Smilkov et al. 2017)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.question.question import Question
from analysis.question.silence import NOTHING
from analysis.results.kinds import Derivative

if TYPE_CHECKING:
    from torch import Generator, Tensor


@dataclass(frozen=True)
class SmoothGrad:
    name: ClassVar[str] = "smoothgrad"
    title: ClassVar[str] = "SmoothGrad"
    summary: ClassVar[str] = "The gradient jumps from pixel to pixel; its mean over noisy copies shows what stays."
    family: ClassVar[Family] = "derivatives"
    gives: ClassVar[type[Derivative]] = Derivative
    asks: ClassVar[frozenset[Ask]] = frozenset({"picture", "target", "seed"})
    declares: ClassVar[Mapping[str, str]] = {"result": "mean of ∂f/∂x at x + ε, signed, channels × height × width"}
    live: ClassVar[bool] = False

    samples: int = setting(100, "Noisy copies over which the mean is taken.", low=1, high=100_000)
    noise: float = setting(0.25, "σ of the noise, as a part of the input's range from least to most.", low=0, high=10)
    batch: int = setting(
        0, "Copies that are computed at once; 0 chooses for this network.", low=0, high=4096, lowest="automatic"
    )
    variant: str = setting(
        "mean",
        "Mean of the gradients, mean of their squares, or their variance (VarGrad).",
        choices=("mean", "squared", "variance"),
    )
    precision: str = setting("exact", "bf16 is quicker and approximate.", choices=("exact", "bf16"))

    def run(self, question: Question) -> Iterator[Progress]:
        """(1/N) Σ ∇f(x + ε), ε ~ N(0, σ²), for one definite class; the mean sharpens from step to step."""
        import torch

        from analysis.network.network import as_array
        from analysis.question.batches import batch_size
        from analysis.question.derivative import derivative
        from analysis.question.scalar import settled
        from analysis.quick.folding import folded
        from analysis.quick.half import in_bfloat16
        from analysis.quick.switch import plain

        question = settled(question)
        quick = self.samples > 1  # a single sample without noise is the gradient to the bit
        asked = folded(question) if quick else question
        asked = in_bfloat16(asked) if self.precision == "bf16" else asked
        sigma = self.noise * float(question.input.max() - question.input.min())
        generator = torch.Generator().manual_seed(question.seed)
        sum_, squares = torch.zeros_like(question.input[0]), torch.zeros_like(question.input[0])
        done = 0
        for count in question.pace.shares(self.samples, batch_size(question.network, self.batch)):
            noisy = question.input + sigma * _draws(question.input, count, generator)
            slopes = derivative(asked, noisy, quick=quick and not plain("first-layer")).float()
            sum_ += slopes.sum(0)
            squares += slopes.square().sum(0)
            done += count
            result = as_array(self._summary(sum_ / done, squares / done))
            note = "" if done < self.samples or squares.any() else NOTHING
            yield Progress(done, self.samples, Derivative(result), note)

    def _summary(self, mean: "Tensor", mean_square: "Tensor") -> "Tensor":
        if self.variant == "mean":
            return mean
        return mean_square if self.variant == "squared" else (mean_square - mean.square()).clamp_min(0)


def _draws(like: "Tensor", count: int, generator: "Generator") -> "Tensor":
    """Standard normal noise, drawn picture by picture, so that it does not depend on the size of a batch."""
    noise = like.new_empty((count, *like.shape[1:]), device="cpu")
    for one in noise:
        one.normal_(generator=generator)
    return noise.to(like.device)
