"""Exported programs (`.pt2`, torch.export): their graph, put back into the modules it was exported from."""

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

from analysis.opening import input_guess
from analysis.opening.consent import Consent, content_of
from analysis.opening.exported_graph_vetting import CodeFound
from analysis.opening.exported_program_vetting import UNREADABLE, without_code
from analysis.opening.weights_file import is_exported_program
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import Problem, in_one_line


def module_and_input(file: Path, consent: Consent) -> tuple[nn.Module, Preprocessing, tuple[str, ...]]:
    """The network, the pictures that it was exported for, and what there is to say about it."""
    if not is_exported_program(file):
        raise Problem(f"{file.name} is no exported program that torch can read: it is damaged, or something else.")
    program = _loaded(file, _to_load(file, consent))
    channels, height, width, batch = _picture(program, file)
    module, notes = _unfolded(program)
    if batch is not None and batch != 1:
        raise Problem(
            f"{file.name} was exported for exactly {batch} pictures at a time; export it with one picture, "
            "or with a dynamic batch."
        )
    if batch == 1:
        notes = (
            *notes,
            f"{file.name} takes exactly one picture at a time, so methods that use batches take longer on it.",
        )
    preprocessing = input_guess.plain(height, width, channels)
    return module, preprocessing, (*notes, input_guess.words(preprocessing))


def _to_load(file: Path, consent: Consent) -> bytes:
    """What of the file runs nothing or, where something in it could, all that the person agreed to."""
    try:
        return without_code(content_of(file))
    except CodeFound as found:
        return consent.content_to_run(file, f"{file.name} {found}, which can run as a program.")
    except UNREADABLE as error:
        raise _unreadable(file, error) from error


def _unreadable(file: Path, error: Exception) -> Problem:
    return Problem(f"{file.name} is no exported program that this torch can read: {in_one_line(error)}.")


def _loaded(file: Path, content: bytes) -> Any:
    import torch.export

    with warnings.catch_warnings(), _without_a_word(logging.getLogger("torch.export")):
        warnings.simplefilter("ignore")
        try:
            program = torch.export.load(io.BytesIO(content))
        except Exception as error:  # a damaged archive can fail in any way
            raise _unreadable(file, error) from error
    program._guards_code = []  # Python source from the file, which nothing here needs
    return program


@contextmanager
def _without_a_word(logger: logging.Logger) -> Iterator[None]:
    """What a damaged file makes it say is an error, too, and said as one."""
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


def _unfolded(program: Any) -> tuple[nn.Module, tuple[str, ...]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _that_can_be_copied(torch.export.unflatten(program)), ()
        except Exception:  # a program without the traces of its modules
            flat: nn.Module = program.module(check_guards=False)
            return flat, ("This program does not say which modules it came from; only its answer can be looked at.",)


def _that_can_be_copied(module: nn.Module) -> nn.Module:
    """Without the examples in its graphs, which nothing here needs: with a dynamic size they have no memory to copy."""
    for part in module.modules():
        for node in getattr(getattr(part, "graph", None), "nodes", ()):
            node.meta.pop("val", None)
    return module


def _picture(program: Any, file: Path) -> tuple[int, int, int, int | None]:
    """Channels, height, width and fixed batch of the one picture that the program takes."""
    names = program.graph_signature.user_inputs
    shapes = [node.meta["val"].shape for node in program.graph.nodes if node.op == "placeholder" and node.name in names]
    if len(names) != 1 or len(shapes) != 1 or len(shapes[0]) != 4:
        raise Problem(
            f"{file.name} does not take one batch of pictures (N × C × H × W), so no picture can be shown to it."
        )
    batch, channels, height, width = shapes[0]
    fixed = int(batch) if isinstance(batch, int) else None
    sizes = [side if isinstance(side, int) else int(side.node.hint or 224) for side in (channels, height, width)]
    return sizes[0], sizes[1], sizes[2], fixed
