"""Where an interrupted training goes on: one file, renamed into place, so that a crash never leaves half of one."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from analysis.files.whole_file import writing_whole
from analysis.protocol.problems import Problem


@dataclass(frozen=True)
class Checkpoint:
    """After `epochs_done` epochs. Every draw depends on seed and epoch alone, so that no generator is kept."""

    name: str
    seed: int
    epochs_done: int
    seconds: float
    network: dict[str, Any]
    optimiser: dict[str, Any]

    def save(self, file: Path) -> None:
        with writing_whole(file) as stream:
            torch.save(vars(self), stream)


def load_checkpoint(file: Path, name: str, seed: int) -> Checkpoint:
    try:
        checkpoint = Checkpoint(**torch.load(file, map_location="cpu", weights_only=True))
    except FileNotFoundError:
        raise Problem(f"There is no {file} to go on from: start without --resume.") from None
    except Exception as error:  # a damaged file fails in as many ways as there are bytes in it
        raise Problem(f"{file} is damaged or no checkpoint: start without --resume.") from error
    if (checkpoint.name, checkpoint.seed) != (name, seed):
        raise Problem(f"{file} was made by {checkpoint.name} with seed {checkpoint.seed}, not {name} with seed {seed}.")
    return checkpoint
