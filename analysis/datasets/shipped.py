"""What is there without any file of a person's: sample pictures, the scenes of the dynamics network, written digits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, ClassVar

from analysis.datasets.data_set import inside
from analysis.pictures.samples import Sample, samples
from analysis.protocol.origin import origin_in_data, origin_of_sample

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from analysis.datasets.data_set import DataSet
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


@dataclass(frozen=True, eq=False)
class Digits:
    """The 1,797 digits of 8 × 8 pixels that come with scikit-learn, laid out as MNIST's are: 20 pixels of 28."""

    title: ClassVar[str] = "written-digits"
    kind: ClassVar[str] = "written digits"
    count: ClassVar[int] = 1797
    labels_at_hand: ClassVar[bool] = True
    notes: ClassVar[tuple[str, ...]] = ()
    classes: ClassVar[tuple[str, ...]] = tuple("0123456789")

    def picture(self, index: int) -> Pixels:
        import numpy as np
        from PIL import Image

        ink, _ = _digits()
        levels = np.rint(ink[inside(index, self.count, self.title)] * (255 / 16)).astype(np.uint8)
        square = np.zeros((28, 28), np.uint8)
        square[4:24, 4:24] = np.asarray(Image.fromarray(levels).resize((20, 20), Image.Resampling.BICUBIC))
        return np.ascontiguousarray(np.repeat(square[:, :, None], 3, axis=2))

    def label(self, index: int) -> int | None:
        return int(_digits()[1][inside(index, self.count, self.title)])

    def origin(self, index: int) -> str:
        return origin_in_data(self.title, inside(index, self.count, self.title))


@cache
def _digits() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Their ink from 0 to 16, and what they are."""
    from sklearn.datasets import load_digits

    found = load_digits()
    return found.images, found.target


def sample_set() -> Samples:
    return Samples(samples())


SHIPPED: Mapping[str, Callable[[], DataSet]] = {"samples": sample_set, "scenes": Scenes, "written-digits": Digits}
