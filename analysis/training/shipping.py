"""Writes what ships: half-precision weights as safetensors and a card that says where they come from."""

import datetime
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor, nn

from analysis.files.whole_file import write_whole
from analysis.training.course import Course
from analysis.training.loop import Trained


def as_shipped(network: nn.Module) -> nn.Module:
    """The network with its weights rounded to half precision: what is scored is what is shipped."""
    network.load_state_dict({name: _half(tensor).to(tensor.dtype) for name, tensor in network.state_dict().items()})
    return network.eval()


def ship(
    course: Course,
    network: nn.Module,
    trained: Trained,
    scores: Mapping[str, float],
    seed: int,
    data: Path | None,
    folder: Path,
) -> None:
    name = course.builtin.name
    weights = folder / f"{name}.safetensors"
    write_whole(weights, save({key: _half(tensor).contiguous() for key, tensor in network.state_dict().items()}))
    command = ["python -m analysis.training", name, f"--epochs {trained.epochs}", f"--seed {seed}"]
    if data is not None:
        command.append(f"--data {data.name}")
    card = {
        "name": name,
        "title": course.builtin.title,
        "data": course.data,
        "scores": {key: round(value, 6) for key, value in scores.items()},
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "weighted_layers": sum(isinstance(module, nn.Conv2d | nn.Linear) for module in network.modules()),
        "epochs": trained.epochs,
        "seed": seed,
        "minutes": round(trained.seconds / 60, 1),
        "torch": torch.__version__,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "licence": course.licence,
        "command": " ".join([*command, "--out weights"]),
        "again": "Run the command in this program's folder; without --data the data is downloaded or simulated.",
        "bytes": weights.stat().st_size,
        "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
    }
    write_whole(folder / f"{name}.json", (json.dumps(card, indent=2, ensure_ascii=False) + "\n").encode("utf-8"))


def _half(tensor: Tensor) -> Tensor:
    return tensor.half() if tensor.is_floating_point() else tensor
