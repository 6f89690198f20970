"""Pictures whose values go from 0 to 1, and the two bounds that a changed one keeps: that of pictures, and its own.

What a file holds are 256 levels of each value, so bounds are whole levels, and a picture on the lattice of the levels
is one that a file can hold.
"""

import math
from collections.abc import Callable

import torch
from torch import Generator, Tensor

from analysis.network.network import Network
from analysis.protocol.problems import Problem
from analysis.results.kinds import Floats

LEVELS = 255
SLACK = 1e-6  # single precision: clamp(x + ε) − x is larger than ε by as much as 3e-8

Bound = Callable[[Tensor], Tensor]  # the nearest picture that is allowed


def constants(network: Network, like: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of each plane."""
    mean, std = (torch.tensor(of).view(1, -1, 1, 1) for of in (network.preprocessing.mean, network.preprocessing.std))
    return mean.to(like), std.to(like)


def picture_of(network: Network, normalised: Tensor) -> Tensor:
    """The picture that became this input, on the lattice of its levels if it lay there, and never beyond 0 and 1."""
    _refuse_own_numbers(network)
    mean, std = constants(network, normalised)
    found = normalised * std + mean
    levels = (found * LEVELS).round()
    if bool((found * LEVELS - levels).abs().max() < 1e-2) and bool(((levels >= 0) & (levels <= LEVELS)).all()):
        return levels / LEVELS
    return found.clamp(0, 1)


def changed(network: Network, normalised: Tensor, change: Floats) -> Tensor:
    """The input with this laid on its picture, height × width × channels, and never beyond 0 and 1."""
    _refuse_own_numbers(network)
    mean, std = constants(network, normalised)
    laid = torch.from_numpy(change).permute(2, 0, 1)[None].to(normalised)
    if laid.shape != normalised.shape:
        raise Problem("The change is of pictures of another size than this network's: attack it again.")
    return ((normalised * std + mean + laid).clamp(0, 1) - mean) / std


def _refuse_own_numbers(network: Network) -> None:
    if network.limits is not None:
        raise Problem(
            "An attack changes pictures whose values go from 0 to 1, and this one has numbers of its own: "
            "open it as a picture, or scale its numbers to 0 … 1."
        )


def check(pictures: Tensor) -> None:
    """A normalised input that is taken for a picture would be attacked far outside of what it can be."""
    low, high = float(pictures.min()), float(pictures.max())
    if low < -SLACK or high > 1 + SLACK:
        raise Problem(
            f"An attack takes pictures whose values go from 0 to 1, and these go from {low:.3g} to {high:.3g}: "
            "hand them over before they are normalised."
        )


def in_levels(clean: Tensor, levels: float) -> Bound:
    """No value further than that from where it was (L∞), and each from 0 to 1."""
    reach = levels / LEVELS

    def nearest(pictures: Tensor) -> Tensor:
        return (clean + (pictures - clean).clamp(-reach, reach)).clamp(0, 1)

    return nearest


def in_radius(clean: Tensor, radius: float) -> Bound:
    """The whole change no longer than that (L2), and each value from 0 to 1, which only shortens it."""

    def nearest(pictures: Tensor) -> Tensor:
        change = pictures - clean
        return (clean + change * (radius / lengths(change)).clamp(max=1)).clamp(0, 1)

    return nearest


def anywhere(_clean: Tensor) -> Bound:
    """Each value from 0 to 1, and no other bound."""
    return lambda pictures: pictures.clamp(0, 1)


def lengths(change: Tensor) -> Tensor:
    """L2 of each of N×C×H×W, as N×1×1×1; never 0, so that it can be divided by."""
    found: Tensor = change.flatten(1).norm(dim=1).clamp_min(1e-12).view(-1, 1, 1, 1)
    return found


def radius_of(levels: float, values: int) -> float:
    """The length of a change that is so many levels in the mean (root mean square): √n · k/255."""
    return math.sqrt(values) * levels / LEVELS


def anywhere_in_levels(clean: Tensor, levels: float, generator: Generator) -> Tensor:
    """Uniform in the L∞ ball, cut off at 0 and 1."""
    reach = levels / LEVELS
    drawn = torch.rand(clean.shape, generator=generator).to(clean)
    return (clean + (2 * drawn - 1) * reach).clamp(0, 1)


def anywhere_in_radius(clean: Tensor, radius: float, generator: Generator) -> Tensor:
    """Uniform in the L2 ball: a direction, and a share of the radius whose n-th root was drawn."""
    direction = torch.randn(clean.shape, generator=generator).to(clean)
    share = torch.rand(len(clean), 1, 1, 1, generator=generator).to(clean) ** (1 / clean[0].numel())
    return (clean + direction / lengths(direction) * share * radius).clamp(0, 1)


def on_lattice(clean: Tensor, pictures: Tensor, levels: int | None = None) -> Tensor:
    """The nearest picture that a file can hold, ties to even; of a bound in levels it stays within that."""
    at = (pictures.clamp(0, 1) * LEVELS).round()
    if levels is not None:
        middle = (clean * LEVELS).round()
        at = torch.minimum(torch.maximum(at, middle - levels), middle + levels)
    found: Tensor = at.clamp(0, LEVELS) / LEVELS
    return found
