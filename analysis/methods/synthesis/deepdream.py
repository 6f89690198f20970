"""DeepDream: whatever a layer finds in the picture is made stronger, from coarse to fine (Mordvintsev et al. 2015)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.methods.synthesis import asked
from analysis.question.question import Question
from analysis.results.kinds import Grown


@dataclass(frozen=True)
class DeepDream:
    name: ClassVar[str] = "deepdream"
    title: ClassVar[str] = "DeepDream"
    summary: ClassVar[str] = (
        "Whatever the layer finds in the picture is made stronger, at several sizes one after the other."
    )
    family: ClassVar[Family] = "synthesis"
    gives: ClassVar[type[Grown]] = Grown
    asks: ClassVar[frozenset[Ask]] = frozenset({"picture", "layer", "seed"})
    declares: ClassVar[Mapping[str, str]] = asked.DECLARES
    live: ClassVar[bool] = False

    steps: int = setting(10, "How many steps at each size.", low=1, high=10_000)
    rate: float = setting(1.5, "How far a step goes on average, in levels of 255.", low=1e-6, high=1e6)
    start: str = asked.start("picture")
    octaves: int = setting(4, "How many sizes, the last one that of the network's input.", low=1, high=12)
    ratio: float = setting(1.4, "How much larger each size is than the one before.", low=1.01, high=4)
    jitter: int = setting(32, "How far the picture is shifted at most before a step.", low=0, high=512, unit="pixels")

    def run(self, question: Question) -> Iterator[Progress]:
        """x ← x + η·g / mean|g|, g = ∂/∂x ½·mean(layer²), shifted by chance; what is added goes to the next size."""
        import torch

        from analysis.methods.synthesis.growing import Growth
        from analysis.synthesis.octaves import enlarged, sizes_of
        from analysis.synthesis.scene import scene
        from analysis.synthesis.toolbox import clipped

        stage = scene(question, whole_layer=True)
        (generator,) = stage.generators()
        said = question.network.preprocessing
        mean, std = (255 * question.input.new_tensor(of).view(-1, 1, 1) for of in (said.mean, said.std))
        base = (stage.noise(10.0 / 57.4) if self.start == "noise" else stage.begun(self.start, 0.0)) * std
        sizes = sizes_of(stage.canvas, self.octaves, self.ratio)
        growth = Growth(stage, self.steps * len(sizes))
        detail = torch.zeros_like(base)
        for size in sizes:
            plain = enlarged(base, size)
            levels = plain + enlarged(detail, size)
            for _ in range(self.steps):
                reach = 2 * self.jitter + 1
                down, across = (int(one) - self.jitter for one in torch.randint(reach, (2,), generator=generator))
                levels = levels.roll((down, across), (2, 3))
                with torch.inference_mode(False), torch.enable_grad():
                    leaf = levels.clone().requires_grad_()
                    objective, slope, silent = stage.plainly.slope_of(leaf / std, leaf, warm=growth.warm)
                growth.climbed(objective, silent)
                levels = clipped(levels + self.rate * slope / slope.abs().mean().clamp_min(1e-30), mean)
                levels = levels.roll((-down, -across), (2, 3))
                shown = enlarged(levels, stage.canvas)
                yield growth.progress((shown + mean) / 255, shown / std)
            detail = levels - plain
