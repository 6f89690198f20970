"""What a script gives as a network, opened: a module in memory, of which a copy is looked at, or a name or a file."""

from __future__ import annotations

import argparse
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from analysis.protocol.preprocessing import IMAGENET_MEAN, IMAGENET_STD, Fit, Interpolation, Preprocessing
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice

if TYPE_CHECKING:
    from torch import Tensor, nn

    from analysis.network.network import Network

GivenModel: TypeAlias = "nn.Module | str | os.PathLike[str] | Network"
Numbers: TypeAlias = "float | Sequence[float]"


@dataclass(frozen=True)
class Way:
    """How a network is opened, as on the command line; None leaves it to what the network says of itself."""

    size: int | tuple[int, int] | None = None  # height and width
    mean: Numbers | None = None
    std: Numbers | None = None
    fit: Fit | None = None
    resize: int | None = None
    interpolation: Interpolation | None = None
    labels: Sequence[str] | str | os.PathLike[str] | None = None
    weights: str | os.PathLike[str] = "default"
    weights_seed: int = 0
    device: str | None = None
    trust: bool = False

    @property
    def says_size(self) -> bool:
        return any(given is not None for given in (self.size, self.mean, self.std, self.fit, self.resize))

    @property
    def label_names(self) -> tuple[str, ...] | None:
        """Where they are given as they are, or in a file."""
        if self.labels is None:
            return None
        if isinstance(self.labels, str | os.PathLike):
            from pathlib import Path

            from analysis.opening import label_files

            return label_files.read(Path(self.labels))
        return tuple(map(str, self.labels))


def network_of(model: GivenModel, way: Way, seen: Tensor | None = None) -> Network:
    """`seen` is what the network is to see, where that is known, and so the size of it."""
    from torch import nn

    from analysis.network.network import Network

    with calm():
        if isinstance(model, Network):
            if way != Way():
                raise Problem("This network is opened already: its size and the like are said when it is opened.")
            return model
        if isinstance(model, nn.Module):
            return _of_module(model, way, seen)
        if isinstance(model, str | os.PathLike):
            return _of_name(os.fspath(model), way, seen)
    raise _no_network(model)


def _no_network(model: object) -> Problem:
    return Problem(
        f"A network cannot be a {type(model).__name__}: give a torch.nn.Module, a name from `models`, or a file."
    )


@contextmanager
def calm() -> Iterator[None]:
    """Whatever modes of torch the script is in, the network is looked at without them."""
    import torch

    with torch.inference_mode(False), torch.enable_grad(), torch.random.fork_rng(devices=[]):
        yield


def _of_module(module: nn.Module, way: Way, seen: Tensor | None) -> Network:
    from analysis.network import devices
    from analysis.network.own_code import failures_told
    from analysis.opening import catalogue, in_memory
    from analysis.opening.loading import finished
    from analysis.quick.layout import laid_out
    from analysis.script.progress import progress_bar

    if way.weights != "default":
        raise Problem("A module in memory has its weights: load them into it before it is looked at.")
    device = devices.choose(way.device or home_of(module))
    title = type(module).__name__
    with in_memory.offered(module, way.label_names) as name, failures_told(f"{title} cannot be looked at"):
        choice = ModelChoice(name, preprocessing=_prepared(name, way, seen))
        with progress_bar() as show:
            network = finished(catalogue.load(choice), lambda step: show(step.done, step.total, step.note))
        network = _with_labels_said(network, way)
        return laid_out(network.moved(device))


def home_of(module: nn.Module) -> str:
    """Where it computes now."""
    return next((str(value.device) for value in module.parameters() if value.device.type != "meta"), "cpu")


def _with_labels_said(network: Network, way: Way) -> Network:
    labels = way.label_names
    if labels is None or network.labels is not None:
        return network
    from analysis.opening import label_files

    note = label_files.note_on(labels, network.root.units) or f"The answer of {network.title} is no row of classes."
    return replace(network, notes=(*network.notes, note))


@dataclass(frozen=True)
class ToLookAt:
    choice: ModelChoice
    device: str


def choice_to_look_at(model: GivenModel, way: Way, seen: Tensor | None) -> ToLookAt:
    """The network for the window; a module is offered under the name in the choice until that is withdrawn."""
    from torch import nn

    from analysis.network.network import Network
    from analysis.opening import in_memory

    with calm():
        if isinstance(model, Network):
            name = in_memory.offer(model.module, model.labels)
            return ToLookAt(ModelChoice(name, preprocessing=model.preprocessing), str(model.device))
        if isinstance(model, nn.Module):
            name = in_memory.offer(model, way.label_names)
            try:
                choice = ModelChoice(name, preprocessing=_prepared(name, way, seen))
            except BaseException:
                in_memory.withdraw(name)
                raise
            return ToLookAt(choice, way.device or home_of(model))
        if not isinstance(model, str | os.PathLike):
            raise _no_network(model)
        from analysis.commands import arguments as given

        choice = given.model_choice(os.path.expanduser(os.fspath(model)), typed(way))
        if way.says_size or way.interpolation is not None or seen is not None:
            choice = replace(choice, preprocessing=network_of(model, way, seen).preprocessing)
        return ToLookAt(choice, way.device or "auto")


def _prepared(name: str, way: Way, seen: Tensor | None) -> Preprocessing | None:
    if seen is not None:
        return _of_input(seen, way)
    if not way.says_size and way.interpolation is None:
        return None
    from analysis.opening import in_memory, input_guess

    module = in_memory.copied(name)
    if way.size is None:
        base = input_guess.guessed(module)
    else:
        height, width = _sides(way.size)
        base = input_guess.plain(height, width, _channels(module, way))
    return _overruled(base, way)


def _channels(module: nn.Module, way: Way) -> int:
    """As many as there are means, or as the first layer takes."""
    from torch import nn

    for numbers in (_as_typed(way.mean), _as_typed(way.std)):
        if numbers is not None and len(numbers) > 1:
            return len(numbers)
    first = next((part for part in module.modules() if isinstance(part, nn.Conv2d)), None)
    return first.in_channels if first is not None and first.in_channels else 3


def _of_input(seen: Tensor, way: Way) -> Preprocessing:
    """That it is drawn by: of what is within 0…1 nothing was taken; anything else was normalised as ImageNet's."""
    channels, height, width = seen.shape[1:]
    within = float(seen.min()) >= 0 and float(seen.max()) <= 1
    colour = channels == 3 and not within
    base = Preprocessing(
        height=height,
        width=width,
        resize=min(height, width),
        channels=channels,
        mean=IMAGENET_MEAN if colour else (0.0,) * channels,
        std=IMAGENET_STD if colour else (1.0,) * channels,
    )
    if way.size is not None and _sides(way.size) != (height, width):
        raise Problem(f"The tensor is {height}×{width}, and the size that was given is another: leave one of them out.")
    return _overruled(base, replace(way, size=None))


def _overruled(base: Preprocessing, way: Way) -> Preprocessing:
    from analysis.commands import arguments as given

    wanted = given.preprocessing(base, typed(way))
    changes: dict[str, Any] = {}
    if way.resize is not None:
        changes["resize"] = way.resize
    if way.interpolation is not None:
        changes["interpolation"] = way.interpolation
    return replace(wanted, **changes)


def _of_name(name: str, way: Way, seen: Tensor | None) -> Network:
    """By the command line's own way of opening, so that the numbers are the same."""
    from analysis.commands import arguments as given
    from analysis.commands.opening import opened
    from analysis.opening import label_files

    said = typed(way)
    choice = given.model_choice(os.path.expanduser(name), said)
    network = opened(choice, said)
    wanted = network.preprocessing
    if seen is not None:
        wanted = _overruled(_of_shape(wanted, seen), replace(way, size=None))
    elif way.resize is not None or way.interpolation is not None:
        wanted = _overruled(wanted, way)
    if wanted != network.preprocessing:
        plain = argparse.Namespace(**{**vars(said), "size": None, "mean": None, "std": None, "fit": None})
        network = opened(replace(choice, preprocessing=wanted), plain)
    labels = None if isinstance(way.labels, str | os.PathLike) else way.label_names
    if labels is None:
        return network
    note = label_files.note_on(labels, network.root.units)
    notes = network.notes if note is None else (*network.notes, note)
    return replace(network, labels=labels, notes=notes)


def way_of(size: Preprocessing | None, way: Way) -> Way:
    """The way that prepares pictures just so."""
    if size is None:
        return way
    return replace(
        way,
        size=(size.height, size.width),
        mean=size.mean,
        std=size.std,
        fit=size.fit,
        resize=size.resize,
        interpolation=size.interpolation,
    )


def network_of_choice(choice: ModelChoice, way: Way) -> Network:
    """The network of a recipe."""
    from analysis.commands.opening import opened

    with calm():
        return opened(choice, typed(way))


def _of_shape(base: Preprocessing, seen: Tensor) -> Preprocessing:
    channels, height, width = seen.shape[1:]
    if channels != base.channels:
        raise Problem(f"The network takes {base.channels} channels, and the tensor has {channels}.")
    return replace(base, height=height, width=width, resize=min(height, width), fit="crop")


def typed(way: Way) -> argparse.Namespace:
    """As if it had been typed on the command line."""
    size = None if way.size is None else "{}x{}".format(*_sides(way.size))
    in_file = isinstance(way.labels, str | os.PathLike)
    return argparse.Namespace(
        size=size,
        mean=_as_typed(way.mean),
        std=_as_typed(way.std),
        fit=way.fit,
        weights=os.fspath(way.weights),
        labels=os.fspath(way.labels) if in_file else None,  # type: ignore[arg-type]
        seed=0,
        weights_seed=way.weights_seed,
        device=way.device or "auto",
        trust=way.trust,
    )


def _as_typed(numbers: Numbers | None) -> list[str] | None:
    if numbers is None:
        return None
    try:
        every = (numbers,) if isinstance(numbers, int | float) else numbers  # an array is no Sequence, and will do
        return [repr(float(number)) for number in every]
    except (TypeError, ValueError) as error:
        raise Problem(f"Mean and deviation are numbers, one for each channel, not {numbers!r}.") from error


def _sides(size: int | tuple[int, int]) -> tuple[int, int]:
    try:
        height, width = (size, size) if isinstance(size, int) else size
        return int(height), int(width)
    except (TypeError, ValueError) as error:
        raise Problem(f"The size is a number of pixels, or (height, width), not {size!r}.") from error


def warn_of(notes: Sequence[str]) -> None:
    """What was assumed, for who calls: at their line, once."""
    for note in notes:
        warnings.warn(note, stacklevel=4)
