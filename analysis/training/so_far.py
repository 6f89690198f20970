"""What a training that is watched came to as the content of a file, and back: numbers and words, no code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import astuple
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from analysis.protocol.problems import Problem
from analysis.results.kinds import Finding
from analysis.training.findings import Measured

if TYPE_CHECKING:
    from analysis.results.kinds import Array
    from analysis.training.monitored import Monitored, Standing

VERSION = 1
DAMAGED = "What this training came to is damaged, so it cannot go on: begin another one."
OTHERS = "What was learnt in this folder is of another network or another plan: choose another folder."


def packed(training: Monitored) -> bytes:
    """With the numbers that are to be seen of it, so that they are read without a network."""
    from safetensors.torch import save

    standing = training.standing()
    numbers = training.learning.numbers
    words = {name: value.tolist() for name, value in numbers.items() if value.dtype.kind == "U"}
    said = {"version": VERSION, "seen": words, "total": training.plan.iterations, **_said(standing)}
    tensors = {"said": torch.from_numpy(np.frombuffer(json.dumps(said).encode(), np.uint8).copy())}
    tensors |= {f"seen/{name}": torch.from_numpy(np.array(numbers[name])) for name in numbers.keys() - words.keys()}
    tensors |= {f"network/{name}": value for name, value in standing.network.items()}
    tensors |= {f"best/{name}": value for name, value in (standing.best or {}).items()}
    for number, state in standing.optimiser.items():
        tensors |= {f"optimiser/{number}/{name}": value for name, value in state.items()}
    tensors |= {f"dice/{name}": value for name, value in standing.dice.items()}
    for number, rows in enumerate(standing.rows):
        if rows:
            tensors[f"rows/{number}/activations"] = torch.from_numpy(np.stack([row[0] for row in rows]))
            tensors[f"rows/{number}/gradients"] = torch.from_numpy(np.stack([row[3] for row in rows]))
    return bytes(save({name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}))


def _said(standing: Standing) -> dict[str, Any]:
    return {
        "numbers": standing.numbers,
        "order": standing.order,
        "losses": standing.losses,
        "tests": standing.tests,
        "measured": standing.measured,
        "rows": [[[row[1], row[2], *astuple(row[4])] for row in rows] for rows in standing.rows],
        "findings": [astuple(one) for one in standing.findings],
        "seen_of": [[*key, times] for key, times in standing.seen.items()],
        "told": sorted(map(list, standing.told)),
        "best_of": standing.best_of,
        "kept": standing.kept,
    }


def go_on(training: Monitored, content: bytes) -> None:
    """As if nothing had come between."""
    from safetensors import SafetensorError

    try:
        tensors, said = _read(content)
        training.go_on(_standing(tensors, said))
    except (SafetensorError, OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise Problem(DAMAGED) from error
    except RuntimeError as error:  # which torch says of weights that do not fit
        raise Problem(OTHERS) from error


def numbers_so_far(content: bytes) -> tuple[dict[str, Array], int]:
    """What is to be seen of it, and how many iterations it was asked for."""
    from safetensors import SafetensorError

    try:
        tensors, said = _read(content)
        numbers: dict[str, Array] = {
            name.removeprefix("seen/"): value.numpy() for name, value in tensors.items() if name.startswith("seen/")
        }
        words = {name: np.array(value, dtype=np.str_) for name, value in said["seen"].items()}
        return numbers | words, int(said["total"])
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Problem(DAMAGED) from error


def _read(content: bytes) -> tuple[dict[str, Tensor], dict[str, Any]]:
    from safetensors.torch import load

    tensors: dict[str, Tensor] = load(content)
    said = json.loads(tensors.pop("said").numpy().tobytes())
    if said["version"] != VERSION:
        raise ValueError("of another version")
    return tensors, said


def _standing(tensors: Mapping[str, Tensor], said: Mapping[str, Any]) -> Standing:
    from analysis.training.monitored import Standing

    optimiser: dict[int, dict[str, Tensor]] = {}
    for name, value in _under("optimiser/", tensors).items():
        weight, _, of = name.partition("/")
        optimiser.setdefault(int(weight), {})[of] = value
    rows = []
    for number, told in enumerate(said["rows"]):
        counts = [tensors[f"rows/{number}/{name}"].numpy() if told else () for name in ("activations", "gradients")]
        rows.append(
            [
                (
                    counts[0][at],
                    float(one[0]),
                    float(one[1]),
                    counts[1][at],
                    Measured(str(one[2]), *map(float, one[3:])),
                )
                for at, one in enumerate(told)
            ]
        )
    return Standing(
        network=_under("network/", tensors),
        optimiser=optimiser,
        dice=_under("dice/", tensors),
        rows=rows,
        findings=[Finding(*one) for one in said["findings"]],
        seen={(kind, of): int(times) for kind, of, times in said["seen_of"]},
        told={(kind, of) for kind, of in said["told"]},
        best=_under("best/", tensors) or None,
        best_of=said["best_of"],
        numbers=said["numbers"],
        order=said["order"],
        losses=said["losses"],
        tests=[tuple(one) for one in said["tests"]],
        measured=said["measured"],
        kept=said["kept"],
    )


def _under(start: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(start): value for name, value in tensors.items() if name.startswith(start)}
