"""DeepDream: whatever a layer finds in the picture is made stronger, from coarse to fine (Mordvintsev et al. 2015)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.methods.synthesis import asked
from analysis.question.question import Question
from analysis.results.kinds import Grown
from analysis.settings.declared import Setting


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
    over_with: ClassVar[Mapping[str, Setting]] = MappingProxyType({"octaves": 1})

    steps: int = setting(10, "How many steps at each size.", low=1, high=10_000)
    size: int = asked.size()
    rate: float = setting(1.5, "How far a step goes on average, in levels of 255.", low=1e-6, high=1e6)
    start: str = asked.start("picture")
    octaves: int = setting(4, "How many sizes, the last one that of the picture.", low=1, high=12)
    ratio: float = setting(1.4, "How much larger each size is than the one before.", low=1.01, high=4)
    jitter: int = setting(32, "How far the picture is shifted at most before a step.", low=0, high=512, unit="pixels")

    def run(self, question: Question) -> Iterator[Progress]:
        """x ← x + η·g / mean|g|, g = ∂/∂x ½·mean(layer²), shifted by chance; what is added goes to the next size."""
        from analysis.methods.synthesis.by_octaves import ByOctaves
        from analysis.methods.synthesis.climbing import climbed
        from analysis.synthesis.scene import scene

        def way(self: DeepDream, question: Question) -> ByOctaves:
            return ByOctaves(self, scene(question, self.size, whole_layer=True))

        yield from climbed(self, question, way)
