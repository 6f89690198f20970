"""What a provider knows of a network that it opened; the catalogue completes the rest."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.protocol.preprocessing import Preprocessing

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Opened:
    """`preprocessing`, `labels` and `output` are None where nothing is known of them."""

    module: "nn.Module"
    title: str
    preprocessing: Preprocessing | None = None
    labels: tuple[str, ...] | None = None
    output: str | None = None
    notes: tuple[str, ...] = ()
