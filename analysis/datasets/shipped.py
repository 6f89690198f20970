"""What is there without any file of a person's: the sample pictures, and the scenes of the dynamics network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from analysis.datasets.data_set import inside
from analysis.pictures.samples import Sample, samples
from analysis.protocol.origin import origin_of_sample

if TYPE_CHECKING:
    from analysis.protocol.frame import Pixels

SCENES = 10_000  # there are as many as seeds; it has to end somewhere


@dataclass(frozen=True, eq=False)
class Samples:
    """The pictures of `sample:NAME`."""

    title: ClassVar[str] = "samples"
    kind: ClassVar[str] = "sample pictures"
    labels_at_hand: ClassVar[bool] = True
    notes: ClassVar[tuple[str, ...]] = ()
    classes: ClassVar[tuple[str, ...]] = ()

    samples: tuple[Sample, ...]

    @property
    def count(self) -> int:
        return len(self.samples)

    def picture(self, index: int) -> Pixels:
        return self.samples[inside(index, self.count, self.title)].open()

    def label(self, index: int) -> int | None:
        inside(index, self.count, self.title)
        return None

    def origin(self, index: int) -> str:
        return origin_of_sample(self.samples[inside(index, self.count, self.title)].name)


@dataclass(frozen=True, eq=False)
class Scenes:
    """The pictures of `scene:SEED`, each seed in turn: what the dynamics network learns from is made like them."""

    title: ClassVar[str] = "scenes"
    kind: ClassVar[str] = "simulated scenes"
    count: ClassVar[int] = SCENES
    labels_at_hand: ClassVar[bool] = True
    notes: ClassVar[tuple[str, ...]] = ()
    classes: ClassVar[tuple[str, ...]] = ()

    def picture(self, index: int) -> Pixels:
        from analysis.pictures.scene_choice import SceneChoice

        return SceneChoice(inside(index, self.count, self.title)).picture

    def label(self, index: int) -> int | None:
        inside(index, self.count, self.title)
        return None

    def origin(self, index: int) -> str:
        return f"scene:{inside(index, self.count, self.title)}"


def sample_set() -> Samples:
    return Samples(samples())
