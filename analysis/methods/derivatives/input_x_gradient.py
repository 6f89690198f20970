"""Input × gradient: the network as the linear function that it is near this picture, f(x₀) + w·(x − x₀)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.question.question import Question
from analysis.question.silence import NOTHING
from analysis.results.kinds import Derivative, Patches

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class InputXGradient:
    name: ClassVar[str] = "input-x-gradient"
    title: ClassVar[str] = "Input × gradient"
    summary: ClassVar[str] = "What each pixel adds to the answer if the network is taken as linear around this picture."
    family: ClassVar[Family] = "derivatives"
    gives: ClassVar[type[Derivative]] = Derivative
    asks: ClassVar[frozenset[Ask]] = frozenset({"picture", "target"})
    declares: ClassVar[Mapping[str, str]] = {
        "result": "x·∂f/∂x, signed, channels × height × width",
        "top": "the patches that add or take most: top row, left column, contribution; strongest first",
        "value": "f(x₀), and what x·∂f/∂x adds up to: equal where the network has no biases",
    }
    live: ClassVar[bool] = True

    patch: int = setting(
        16, "Side of a patch whose pixels are counted together.", low=1, high=512, unit="pixels", for_side=224
    )
    top: int = setting(10, "How many of the strongest patches are marked.", low=0, high=1000, lowest="none")

    def run(self, question: Question) -> Iterator[Progress]:
        import torch

        from analysis.network.network import as_array
        from analysis.question.derivative import derivative
        from analysis.question.scalar import values

        product = question.input[0] * derivative(question, question.input)[0]
        value = torch.stack([values(question, question.input)[0], product.sum()])
        beside = {"top": as_array(self._strongest(product)), "value": as_array(value)}
        top, result = beside["top"][beside["top"][:, 2] != 0], as_array(product)
        patches = Patches(top[:, :2].astype(int), self.patch, top[:, 2])
        yield Progress(1, 1, Derivative(result, beside, patches), "" if result.any() else NOTHING)

    def _strongest(self, product: "Tensor") -> "Tensor":
        """Rows of (top row, left column, sum over the patch); patches at the lower and right border may be cut."""
        from torch.nn import functional

        height, width = product.shape[1:]
        padded = functional.pad(product.sum(0), (0, -width % self.patch, 0, -height % self.patch))
        sums = functional.avg_pool2d(padded[None], self.patch, divisor_override=1)[0]
        order = sums.flatten().abs().argsort(descending=True, stable=True)[: self.top]
        rows = order.div(sums.shape[1], rounding_mode="floor") * self.patch
        columns = order % sums.shape[1] * self.patch
        found = [[*place] for place in zip(rows, columns, sums.flatten()[order], strict=True)]
        return product.new_tensor(found).reshape(-1, 3)
