"""The trained weights of our own networks and their cards, from `resources/weights`; a changed file is refused."""

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import resources
from analysis.protocol.problems import Problem
from analysis.shipped.declaration import Builtin

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


def load(builtin: Builtin, folder: Path = WEIGHTS) -> "dict[str, Tensor]":
    """The state dict in single precision, after its file's hash was compared with the card's."""
    from safetensors.torch import load as read

    expected = card(builtin, folder)["sha256"]
    file = folder / f"{builtin.name}.safetensors"
    try:
        stored = file.read_bytes()
    except OSError as error:
        raise Problem(f"The weights of {builtin.name}, {file.name}, are missing: {_mend(builtin)}") from error
    if hashlib.sha256(stored).hexdigest() != expected:
        raise Problem(f"The weights of {builtin.name}, {file.name}, are not those of its card: {_mend(builtin)}")
    return {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in read(stored).items()}


def _mend(builtin: Builtin) -> str:
    return (
        f"install the program again, or train with python -m analysis.training {builtin.name} --out resources/weights."
    )
