"""Local irregularity: how the derivative by one pixel jumps on an invisibly short way (Smilkov et al. 2017, fig. 2)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.protocol.problems import Problem
from analysis.question.question import Question
from analysis.results.kinds import Curves, Line


@dataclass(frozen=True)
class LocalIrregularity:
    name: ClassVar[str] = "local-irregularity"
    title: ClassVar[str] = "Local irregularity"
    summary: ClassVar[str] = (
        "The derivative by one pixel while noise too weak to see is added: why gradients look noisy."
    )
    family: ClassVar[Family] = "derivatives"
    gives: ClassVar[type[Curves]] = Curves
    asks: ClassVar[frozenset[Ask]] = frozenset({"picture", "target", "seed"})
    declares: ClassVar[Mapping[str, str]] = {
        "result": "∂f/∂x_i at x + tε as a fraction of max_i, one row per step, one column per colour of the pixel",
        "colours": "which colour each column is of",
        "t": "how far along the way each step is, 0 to 1",
        "place": "row and column of the pixel",
    }
    live: ClassVar[bool] = False

    steps: int = setting(100, "Points on the way from x to x + ε.", low=2, high=10_000)
    noise: float = setting(0.01, "σ of ε, in units of the network's input.", low=0, high=10)
    row: int = setting(
        -1, "Row of the pixel; −1 takes the one with the steepest derivative.", low=-1, lowest="steepest"
    )
    column: int = setting(
        -1, "Column of the pixel; −1 takes the one with the steepest derivative.", low=-1, lowest="steepest"
    )
    batch: int = setting(
        0, "Points that are computed at once; 0 chooses for this network.", low=0, high=4096, lowest="automatic"
    )

    def run(self, question: Question) -> Iterator[Progress]:
        import numpy as np
        import torch

        from analysis.network.network import as_array
        from analysis.question.batches import batch_size
        from analysis.question.derivative import derivative
        from analysis.question.scalar import settled

        question = settled(question)
        height, width = question.input.shape[2:]
        for name, asked, count in (("row", self.row, height), ("column", self.column, width)):
            if asked >= count:
                raise Problem(f"The picture has {count} {name}s, from 0 on; there is no {name} {asked}.")
        steepest = int(derivative(question, question.input)[0].abs().amax(0).argmax())
        row = self.row if self.row >= 0 else steepest // width
        column = self.column if self.column >= 0 else steepest % width
        generator = torch.Generator().manual_seed(question.seed)
        noise = self.noise * torch.randn(question.input.shape, generator=generator).to(question.input.device)
        t = torch.linspace(0, 1, self.steps, device=question.input.device)
        place = torch.tensor([row, column]).numpy()
        colours = _colours(question.input.shape[1])
        rows = []
        done = 0
        for count in question.pace.shares(self.steps, batch_size(question.network, self.batch)):
            slopes = derivative(question, question.input + t[done : done + count].view(-1, 1, 1, 1) * noise)
            rows.append(slopes[:, :, row, column] / slopes.amax((1, 2, 3)).clamp_min(1e-30)[:, None])
            done += count
            result = as_array(torch.cat(rows))
            way = as_array(t[:done])
            yield Progress(
                done,
                self.steps,
                Curves(
                    lines=tuple(Line(name, values) for name, values in zip(colours, result.T, strict=True)),
                    x=way,
                    x_words="how far along the way each step is",
                    y_words="∂f/∂x_i at x + tε as a fraction of max_i",
                    numbers={"result": result, "colours": np.array(colours), "t": way, "place": place},
                    few=("place",),
                    x_range=(0.0, 1.0),
                    y_range=(0.0, 1.0),
                ),
            )


def _colours(count: int) -> list[str]:
    """What the network's channels are of the picture, as in `Preprocessing`."""
    named = {1: ["grey"], 2: ["red", "green"], 3: ["red", "green", "blue"]}
    return named.get(count) or [f"channel {index}" for index in range(count)]
