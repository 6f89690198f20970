"""Fourier pictures in colours that do not depend on each other, seen through small changes (Lucid, 2017)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.methods.synthesis import asked
from analysis.question.question import Question
from analysis.results.kinds import Grown


@dataclass(frozen=True)
class Fourier:
    name: ClassVar[str] = "fourier"
    title: ClassVar[str] = "Fourier (Lucid)"
    summary: ClassVar[str] = (
        "What is changed is waves and not pixels, and only what survives small shifts and turns counts."
    )
    family: ClassVar[Family] = "synthesis"
    gives: ClassVar[type[Grown]] = Grown
    asks: ClassVar[frozenset[Ask]] = frozenset({"target", "seed"})
    declares: ClassVar[Mapping[str, str]] = asked.DECLARES
    live: ClassVar[bool] = False
    of_a_unit: ClassVar[str] = "unit:center"
    stops_after_any_step: ClassVar[bool] = True

    steps: int = asked.steps(512)
    size: int = asked.size()
    rate: float = asked.rate(0.05)
    start: str = setting("noise", "Where it begins: waves by the seed, or grey.", choices=("noise", "grey"))
    decay: float = setting(1.0, "How much weaker high frequencies are: the power of the frequency.", low=0, high=4)
    transform: bool = setting(True, "Shift, scale and turn the picture a little before every step.")
    pictures: int = asked.pictures()
    units: int = asked.units()

    def run(self, question: Question) -> Iterator[Progress]:
        """Spectrum ~ N(0, .01²), weighted 1/frequency; its picture mixed to colours, through a sigmoid; Adam."""
        import torch

        from analysis.methods.synthesis.growing import Growth
        from analysis.synthesis.adam import Adam
        from analysis.synthesis.colours import correlated
        from analysis.synthesis.scene import scene
        from analysis.synthesis.spectrum import fourier_scale, of_waves
        from analysis.synthesis.transformations import lucid, transformed

        stage = scene(question, self.size, self.pictures, self.units, margin=MARGIN if self.transform else 0)
        size, generators = stage.window.size, stage.generators()
        scale = fourier_scale(size, self.decay).to(question.input)
        shape = (stage.channels, *scale.shape, 2)
        drawn = [0.01 * torch.randn(shape, generator=generator) for generator in generators]
        waves = torch.stack(drawn).to(question.input) * (self.start == "noise")
        grey = stage.normalised(question.input.new_full((1, stage.channels, 1, 1), 0.5))
        ways = lucid(grey)
        adam, growth = Adam(waves, self.rate), Growth(stage, self.steps)
        while growth.steps < self.steps:
            with torch.inference_mode(False), torch.enable_grad():
                leaf = waves.clone().requires_grad_()
                pictures = stage.normalised(correlated(of_waves(leaf, scale, size)).sigmoid())
                seen = transformed(pictures, ways, generators, grey) if self.transform else pictures
                objective, slope, silent = stage.slope_of(seen, leaf, warm=growth.warm)
            growth.climbed(objective, silent)
            adam.step(waves, slope)
            levels = correlated(of_waves(waves, scale, size)).sigmoid()
            yield growth.progress(levels, stage.normalised(levels))


MARGIN = 16  # pixels round what one unit sees, for what the shifts bring into its sight
