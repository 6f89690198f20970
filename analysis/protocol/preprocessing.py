"""How a picture becomes a network's input: size, crop or stretch, channels, mean and standard deviation.

Pure data; `analysis.pictures.images` holds the arithmetic.
"""

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

from analysis.protocol.problems import Problem

Fit = Literal["crop", "stretch"]
Interpolation = Literal["bilinear", "bicubic"]

IMAGENET_MEAN = (0.485, 0.456, 0.406)
MOST_CHANNELS = 4096
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Preprocessing:
    """What is done to an RGB picture before the network sees it.

    `channels` 1 takes the luminance, 2 the red and green planes (two-plane scenes), 3 all of them; more than three are
    found in pictures of planes only.
    With fit "crop" the shorter side is scaled to `resize` and the centre is cut out; "stretch" ignores the aspect.
    """

    height: int = 224
    width: int = 224
    resize: int = 256
    fit: Fit = "crop"
    channels: int = 3
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD
    interpolation: Interpolation = "bilinear"

    def __post_init__(self) -> None:
        if min(self.height, self.width, self.resize) < 1 or max(self.height, self.width, self.resize) > 4096:
            raise Problem("The input size of a network is between 1 and 4096 pixels a side.")
        if not 1 <= self.channels <= MOST_CHANNELS:
            raise Problem(f"A network takes 1 to {MOST_CHANNELS} channels here, not {self.channels}.")
        if len(self.mean) != self.channels or len(self.std) != self.channels:
            raise Problem(f"Mean and standard deviation need one number for each of the {self.channels} channels.")
        if not all(math.isfinite(value) for value in (*self.mean, *self.std)):
            raise Problem("Mean and standard deviation are finite numbers.")
        if any(not value > 0 for value in self.std):
            raise Problem("Every standard deviation must be above zero.")

    @property
    def fit_words(self) -> str:
        """Such as `stretched to 224×224`, width by height."""
        done = {"crop": "cut", "stretch": "stretched"}[self.fit]
        return f"{done} to {self.width}×{self.height}"

    @property
    def side(self) -> int:
        """The shorter one of the input."""
        return min(self.height, self.width)


@dataclass(frozen=True)
class Overruling:
    """What a person says of a network's input, in place of what the network says itself; None leaves that."""

    size: tuple[int, int] | None = None  # height, width
    fit: Fit | None = None
    mean: tuple[float, ...] | None = None  # one number stands for all channels
    std: tuple[float, ...] | None = None

    def over(self, base: Preprocessing) -> Preprocessing:
        changes: dict[str, Any] = {}
        if self.size is not None:
            height, width = self.size
            changes |= {"height": height, "width": width, "resize": max(height, width)}
        if self.fit is not None:
            changes["fit"] = self.fit
        said = [numbers for numbers in (self.mean, self.std) if numbers and len(numbers) > 1]
        channels = max(map(len, said), default=base.channels)
        for name, numbers in (("mean", self.mean), ("std", self.std)):
            if numbers:
                changes[name] = numbers * channels if len(numbers) == 1 else numbers
        return replace(base, channels=channels, **changes)

    def notes(self, before: Preprocessing) -> tuple[str, ...]:
        """A size says more than it seems to."""
        now = self.over(before)
        cuts = self.size is not None and now.fit == before.fit == "crop"
        if not cuts or now.resize / now.side >= before.resize / before.side:
            return ()
        said = f"{now.width}" if now.width == now.height else f"{now.height}x{now.width}"
        return (
            f"With --size {said} the shorter side of a picture is scaled to {now.resize} pixels; by itself "
            f"this network scales it to {before.resize} and cuts {before.width}×{before.height} out of the middle.",
        )
