"""RISE: the mean of random masks, each counted by the answer to the picture seen through it (Petsiuk et al. 2018)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.question.question import Question
from analysis.results.kinds import Heat

if TYPE_CHECKING:
    from torch import Generator, Tensor


@dataclass(frozen=True)
class Rise:
    name: ClassVar[str] = "rise"
    title: ClassVar[str] = "RISE"
    summary: ClassVar[str] = "Hides random parts of the picture; what is mostly seen when the answer is high matters."
    family: ClassVar[Family] = "perturbation"
    gives: ClassVar[type[Heat]] = Heat
    asks: ClassVar[frozenset[Ask]] = frozenset({"picture", "target", "seed"})
    declares: ClassVar[Mapping[str, str]] = {"result": "importance of each pixel, rows × columns of the picture"}
    live: ClassVar[bool] = False

    masks: int = setting(4000, "How many random masks.", low=1, high=1_000_000)
    cells: int = setting(7, "Rows and columns of the coarse grid of a mask.", low=1, high=100)
    p: float = setting(0.5, "Probability that a cell is seen.", low=0.01, high=0.99)
    batch: int = setting(
        0,
        "Masked pictures that are computed at once; 0 chooses for this network.",
        low=0,
        high=4096,
        lowest="automatic",
    )

    def run(self, question: Question) -> Iterator[Progress]:
        """S = 1/(N·p) Σ_i f(x∘M_i)·M_i; what is hidden is the training mean, which is normalised to 0."""
        import torch

        from analysis.network.network import as_array
        from analysis.question.batches import batch_size
        from analysis.question.scalar import settled, values
        from analysis.quick.folding import folded
        from analysis.quick.runtime.batches import in_batches

        size = batch_size(question.network, self.batch, passes=1)
        question = in_batches(folded(settled(question)), size, self.masks)
        generator = torch.Generator().manual_seed(question.seed)
        sum_ = torch.zeros_like(question.input[0, 0])
        done = 0
        for count in question.pace.shares(self.masks, size):
            masks = self._masks(question.input, count, generator)
            answers = values(question, question.input * masks[:, None])
            sum_ += (answers[:, None, None] * masks).sum(0)
            done += count
            yield Progress(done, self.masks, Heat(as_array(sum_ / (done * self.p)), cells=(self.cells, self.cells)))

    def _masks(self, picture: "Tensor", count: int, generator: "Generator") -> "Tensor":
        """Coarse random grids, enlarged smoothly to one cell more than the picture and cut out at a random place."""
        import torch
        from torch.nn import functional

        height, width = picture.shape[2:]
        cell_height, cell_width = -(-height // self.cells), -(-width // self.cells)
        size = (self.cells + 1) * cell_height, (self.cells + 1) * cell_width
        masks = []
        for _ in range(count):  # one by one, so that they do not depend on the size of a batch
            grid = (torch.rand(self.cells, self.cells, generator=generator) < self.p).to(picture)
            top = int(torch.randint(cell_height, (), generator=generator))
            left = int(torch.randint(cell_width, (), generator=generator))
            large = functional.interpolate(grid[None, None], size, mode="bilinear", align_corners=False)[0, 0]
            masks.append(large[top : top + height, left : left + width])
        return torch.stack(masks)
