"""`predict`: what a network answers to each of many pictures, as a table for other programs."""

import argparse
import csv
import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.commands.arguments import model_choice
from analysis.commands.beside import errors_beside_in_words
from analysis.commands.pictures import origins_of
from analysis.commands.progress import progress_line
from analysis.files.whole_file import check_output, write_whole
from analysis.protocol.problems import Problem

if TYPE_CHECKING:
    from analysis.network.network import Network


def predict(arguments: argparse.Namespace) -> None:
    output = Path(arguments.output)
    check_output(output, (".csv",))
    if arguments.top < 1:
        raise Problem("At least one class is to be named: say --top 1, or more.")
    origins = origins_of(arguments.image)
    from analysis.commands.opening import opened

    with errors_beside_in_words():
        network = opened(model_choice(arguments.model, arguments), arguments)
        if network.output != "classes":
            raise Problem(f"{network.title} does not answer with classes, so there is nothing to predict.")
        top = min(arguments.top, network.root.units)
        rows, notes = [], dict[str, None]()
        with progress_line() as show:
            for number, row in enumerate(_rows(network, origins, top, notes), start=1):
                rows.append(row)
                show(number, len(origins), f"picture {number} of {len(origins)}")
    write_whole(output, _table(rows, top))
    for note in (*network.notes, *notes):
        print(note, file=sys.stderr)
    failed = sum(bool(row[-1]) for row in rows)
    if failed:
        print(f"{failed} of {len(rows)} pictures have no answer; the last column says why.", file=sys.stderr)


def _rows(network: "Network", origins: Sequence[str], top: int, notes: dict[str, None]) -> Iterator[list[object]]:
    """One picture at a time, as the window asks it, so that the numbers are the same to the bit.

    `notes` gets what was assumed of the pictures, each once.
    """
    for origin in origins:
        try:
            yield [origin, *_answer(network, origin, top, notes), ""]
        except Problem as problem:
            yield [origin, *[""] * (4 * top), str(problem)]


def _answer(network: "Network", origin: str, top: int, notes: dict[str, None]) -> list[object]:
    import torch

    from analysis.network.own_code import failures_told
    from analysis.pictures.images import open_origin
    from analysis.protocol.planes import Planes
    from analysis.question.scalar import class_vector

    with failures_told(f"{network.title} could not be run"), torch.no_grad():
        seen = network.picture(open_origin(origin))
        if isinstance(seen, Planes):
            notes |= dict.fromkeys(seen.notes)
        logits = class_vector(network, network.input_of_fitted(seen))[0].float().cpu()
        shares = torch.softmax(logits.double(), 0)
    best = torch.argsort(logits, descending=True, stable=True)[:top].tolist()
    cells: list[object] = []
    for index in best:
        cells += [index, network.label(index), repr(float(shares[index])), repr(float(logits[index]))]
    return cells


def _table(rows: Sequence[Sequence[object]], top: int) -> bytes:
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    names = [f"{name}_{place}" for place in range(1, top + 1) for name in ("class", "label", "probability", "logit")]
    table.writerow(["picture", *names, "problem"])
    table.writerows(rows)
    return stream.getvalue().encode("utf-8")
