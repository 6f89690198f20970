"""A folder of checkpoints of a person's training, and of what TensorBoard was told, as a film."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.question.question import Question
from analysis.results.kinds import Learning


@dataclass(frozen=True)
class Checkpoints:
    name: ClassVar[str] = "checkpoints"
    title: ClassVar[str] = "A folder of checkpoints"
    summary: ClassVar[str] = "Checkpoints of a training that is over, one after the other, with TensorBoard's curves."
    family: ClassVar[Family] = "training"
    gives: ClassVar[type[Learning]] = Learning
    asks: ClassVar[frozenset[Ask]] = frozenset()
    declares: ClassVar[Mapping[str, str]] = {
        "result": "layers × checkpoints: how far the weights moved since the one before, by their length",
        "layers": "the layers that are in every checkpoint",
        "iterations": "the number of each checkpoint, as its name says",
        "weights": "layers × checkpoints × bins: how the weights lie",
        "weight_ranges": "layers × checkpoints × 2: from where to where these bins go",
        "norms": "layers × checkpoints: the length of the weights",
        "tags": "the curves that TensorBoard was told",
        "tag_of": "of which curve each number is",
        "steps": "at which step",
        "scalars": "the numbers",
    }
    live: ClassVar[bool] = False

    folder: str = setting(
        "", "The folder: .pt, .pth, .ckpt, .bin or .safetensors files, or event files.", names="folder"
    )

    def run(self, question: Question) -> Iterator[Progress]:
        from pathlib import Path

        from analysis.protocol.problems import Problem
        from analysis.training.checkpoint_film import read_film, seen_of

        if not self.folder.strip():
            raise Problem("No folder is named: write the one that the checkpoints or event files are in.")
        network = question.network.choice.name
        for done, total, film in read_film(Path(self.folder.strip()).expanduser()):
            over = done == total and film.over
            seen = seen_of(film, network) if over else None
            yield Progress(total if over else min(done, total - 1), total, seen, f"file {done} of {total}" * (not over))
