"""A data set of a few pictures of noise, of two classes, for whatever asks for one."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from analysis.protocol.frame import Pixels


@dataclass(frozen=True)
class FewPictures:
    title: ClassVar[str] = "few"
    kind: ClassVar[str] = "noise"
    labels_at_hand: ClassVar[bool] = True
    notes: ClassVar[tuple[str, ...]] = ()

    count: int = 20
    classes: tuple[str, ...] = ("dark", "light")

    def picture(self, index: int) -> Pixels:
        low, high = ((0, 160), (90, 256))[index % 2]
        return np.random.default_rng(index).integers(low, high, (16, 16, 3), dtype=np.uint8)

    def label(self, index: int) -> int | None:
        return index % 2 if self.classes else None

    def origin(self, index: int) -> str:
        return f"data:few#{index}"
