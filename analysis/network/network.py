"""A network as this program knows it: module, preprocessing, labels, layers and device in one place."""

from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor, nn

from analysis.pictures.images import fitted, fitted_planes, planes
from analysis.protocol.frame import Fitted, Picture, Pixels
from analysis.protocol.layers import LayerNode
from analysis.protocol.planes import Planes
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice


@dataclass(frozen=True, eq=False)
class Network:
    """The module is in eval mode with frozen parameters, and nobody but the engine's thread touches it.

    `choice` has `weights_hash` filled in. `labels` has one name per class, or is None.
    `output` is "classes" (a vector of logits), "picture" (the answer is a picture) or "other".
    """

    module: nn.Module
    choice: ModelChoice
    title: str
    preprocessing: Preprocessing
    labels: tuple[str, ...] | None
    root: LayerNode
    output: str = "classes"
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    notes: tuple[str, ...] = ()  # what was assumed while opening it, a sentence each
    together: bool = True  # whether a picture is answered alike alone and among others
    fixed: bool = True  # whether it does the same for every picture and leaves its weights as they are
    # How far answers of a network of unknown code may lie apart by rounding; None where no batch need be tried.
    share: float | None = None
    # Sizes of batches that were tried, and whether a picture is answered in them as alone; copies have it in common.
    batches: dict[int, bool] = field(default_factory=dict)
    numbers: str = "class"  # what one number of the answer is called: a class, or a dimension of an embedding
    frozen: frozenset[str] = frozenset()  # the parameters that its own code keeps from learning, where others do
    batch_axis: bool = True  # whether the answer to a single picture has one
    # What black and white are, plane by plane, for a picture of other numbers than levels; None where 0 and 1.
    limits: tuple[tuple[float, ...], tuple[float, ...]] | None = None

    def node(self, path: str) -> LayerNode:
        found = self.root.find(path)
        if found is None and "@" in path and (whole := self.root.find(path.rpartition("@")[0])) is not None:
            there = " to ".join(dict.fromkeys((whole.passes[0].path, whole.passes[-1].path))) if whole.passes else ""
            why = f"there is {there}" if there else f"{whole.path} is called once for a picture"
            raise Problem(f"There is no {path} in {self.title}: {why}.")
        if found is None:
            raise Problem(f"{self.title} has no layer “{path}”; `layers` lists those it has.")
        return found

    def unit_node(self, path: str, unit: int | None) -> LayerNode:
        """The node of a layer that can be drawn and, if a unit is given, has it."""
        node = self.node(path)
        if node.kind is None:
            raise Problem(f"The layer {path} of {self.title} cannot be drawn: {node.reason}.")
        if unit is not None and not 0 <= unit < node.units:
            raise Problem(f"The layer {path} has units 0 to {node.units - 1}, not {unit}.")
        return node

    def picture(self, picture: Picture, quick: bool = False) -> Fitted:
        """The part of the picture that the network sees, at its input size, still RGB; `quick` as in `fitted`.

        Of a picture of planes, those that the network gets, in their own numbers.
        """
        if isinstance(picture, Planes):
            return fitted_planes(picture, self.preprocessing, self.title)
        return fitted(picture, self.preprocessing, quick)

    def about(self, picture: Fitted) -> "Network":
        """The same network, for which black and white are what they are in this picture."""
        limits = picture.limits if isinstance(picture, Planes) else None
        return self if limits == self.limits else replace(self, limits=limits)

    def input_of_fitted(self, picture: Fitted) -> Tensor:
        """1×C×H×W, normalised, on the network's device; of a picture that `picture` has fitted already."""
        return self.numbers_of_fitted(picture).to(self.device)

    def numbers_of_fitted(self, picture: Fitted) -> Tensor:
        """The same on the processor.

        To the bit what `normalised` makes of its planes, but by NumPy: for operations as small as these torch would
        wake its threads, which then wait for the one that paints.
        """
        if isinstance(picture, Planes):
            numbers = np.stack([picture.numbers(plane) for plane in range(picture.count)])
        else:
            numbers = planes(picture, self.preprocessing).astype(np.float32)
            numbers /= np.float32(255)
        for plane, mean, std in zip(numbers, self.preprocessing.mean, self.preprocessing.std, strict=True):
            plane -= np.float32(mean)
            plane /= np.float32(std)
        return torch.from_numpy(numbers)[None]

    def normalised(self, levels: Tensor) -> Tensor:
        """C×H×W levels 0…255 as the network's input, in torchvision's order of operations: equal to the bit."""
        mean, std = (torch.tensor(of).view(-1, 1, 1) for of in (self.preprocessing.mean, self.preprocessing.std))
        shares = levels.to(torch.float32) / 255
        if self.limits is not None:
            black, white = (torch.tensor(of, dtype=torch.float32).view(-1, 1, 1) for of in self.limits)
            shares = black + shares * (white - black)
        return ((shares - mean) / std)[None].to(self.device)

    def answered(self, output: Tensor, pictures: int = 1) -> Tensor:
        """The answer with an axis for the batch also where the network leaves that out, and classes without others."""
        if not self.batch_axis:
            return output.reshape(1, -1) if pictures == 1 else output
        is_scores = self.output == "classes" and output.dim() > 2 and output.shape[2:].numel() == 1
        return output.flatten(1) if is_scores else output

    def moved(self, device: torch.device) -> "Network":
        """The same network on another device; this one must not be used any more."""
        return replace(self, module=self.module.to(device), device=device)

    def label(self, index: int) -> str:
        if self.labels is not None and index < len(self.labels):
            return self.labels[index]
        return f"{self.numbers} {index}"


def as_array(tensor: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """A NumPy copy on the CPU that nothing else writes to."""
    if tensor.dtype == torch.float32 and tensor.device.type == "cpu":
        return np.array(tensor.detach().numpy())  # one call instead of three, several times a picture
    return tensor.detach().to("cpu", torch.float32, copy=True).contiguous().numpy()


def looked_at(picture: Fitted) -> Pixels:
    """What a person sees of it."""
    return picture.pixels if isinstance(picture, Planes) else picture
