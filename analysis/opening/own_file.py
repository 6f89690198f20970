"""The provider of the person's own networks: exported programs, Python files, TorchScript, pickled modules."""

from os.path import isfile
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.opening import said_before
from analysis.opening.consent import Consent
from analysis.opening.loading import Loading, Steps
from analysis.opening.own_name import OwnName, own_name
from analysis.opening.provider import Opened
from analysis.protocol.problems import Problem, WeightsAlone
from analysis.protocol.recipe import ModelChoice

if TYPE_CHECKING:
    from analysis.opening.weights_file import Weights

SUFFIXES = (".pt2", ".pt", ".pth", ".ts", ".jit", ".torchscript", ".safetensors", ".pkl", ".ckpt", ".bin")


def is_one(name: str) -> bool:
    return own_name(name) is not None or name.lower().endswith((*SUFFIXES, ".py"))


def brings_one(choice: ModelChoice) -> bool:
    """Whether a file of the person's own is part of this choice."""
    return is_one(choice.name) or choice.weights not in ("default", "random")


def memory_key(choice: ModelChoice) -> str | None:
    """Of the person's own file in this choice, which has to be there; None where everything is from the list."""
    if name := own_name(choice.name):
        return f"{Path(name.file).resolve()}:{name.called}"
    if is_one(choice.name):
        return said_before.key_of(Path(choice.name))
    return said_before.key_of(Path(choice.weights)) if choice.weights not in ("default", "random") else None


def opened(choice: ModelChoice, consent: Consent) -> Steps[Opened]:
    if name := own_name(choice.name):
        return _python_file(choice, name, consent)
    from analysis.opening.weights_file import is_exported_program

    file = Path(choice.name)
    if file.suffix.lower() == ".py":
        raise Problem(f"Say which function of {file.name} makes the network: {file.name}:FUNCTION.")
    if not isfile(file):
        raise Problem(f"There is no file {file}.")
    if file.suffix.lower() == ".pt2" or is_exported_program(file):
        return _exported_program(choice, file, consent)
    return _archive(choice, file, consent)


def _python_file(choice: ModelChoice, name: OwnName, consent: Consent) -> Steps[Opened]:
    from analysis.opening import torchscript
    from analysis.opening.python_file import module_of
    from analysis.opening.seeding import seeded
    from analysis.opening.uncompiled import uncompiled
    from analysis.opening.weights_file import fit, read_weights

    file = Path(name.file)
    if not isfile(file):
        raise Problem(f"There is no file {file}.")
    reason = f"{file.name} is a Python file, which runs as a program, with all that it imports."
    program = consent.content_to_run(file, reason)
    weights = None
    if choice.weights not in ("default", "random"):  # first, because what it imports is not what the network imports
        yield Loading(0, 1, f"reading {Path(choice.weights).name}")
        weights = read_weights(Path(choice.weights), consent)
    yield Loading(0, 1, f"running {file.name}")
    made, said = seeded(lambda: module_of(file, program, name.maker, name.arguments), choice.seed)
    module, notes = torchscript.unfolded(uncompiled(made))
    notes = (*said, *notes)
    if weights is not None:
        notes += fit(module, weights, Path(choice.weights), choice.name)
    return Opened(module, f"{file.name}:{name.called}", notes=notes)


def _exported_program(choice: ModelChoice, file: Path, consent: Consent) -> Steps[Opened]:
    from analysis.opening.exported_program import module_and_input

    _brings_its_weights(choice, file)
    yield Loading(0, 1, f"reading {file.name}")
    module, preprocessing, notes = module_and_input(file, consent)
    return Opened(module, file.name, preprocessing, notes=notes)


def _archive(choice: ModelChoice, file: Path, consent: Consent) -> Steps[Opened]:
    from torch import nn

    from analysis.opening import torchscript
    from analysis.opening.uncompiled import uncompiled
    from analysis.opening.weights_file import is_safetensors, is_torchscript, read_pickle, read_safetensors, tensors_in

    _brings_its_weights(choice, file)
    yield Loading(0, 1, f"reading {file.name}")
    if is_torchscript(file):
        archive = consent.content_to_run(file, f"{file.name} is a TorchScript archive, which runs as a program.")
        module, notes = torchscript.module_of(file, archive)
        return Opened(module, file.name, notes=notes)
    said: list[str] = []
    content = read_safetensors(file) if is_safetensors(file) else read_pickle(file, consent, said)
    if isinstance(content, nn.Module):
        return Opened(uncompiled(content), file.name, notes=tuple(said))
    yield Loading(0, 1, f"finding the network of {file.name}")
    raise _alone(file, tensors_in(content))


def _alone(file: Path, weights: "Weights") -> Problem:
    """What to say of weights without a network, with the network of the list that they fit."""
    from analysis.opening.whose_weights import whose

    if not weights:
        return Problem(f"{file.name} holds neither a network nor weights by name.")
    found = whose(weights, file)
    if found is None:
        return WeightsAlone(
            f"{file.name} holds weights but no network, and fits none of the list: choose the architecture they belong "
            f"to as the model, and this file as its weights (--model NAME, or FILE.py:NAME, --weights {_typed(file)}).",
            None,
        )
    more = f" ({' '.join(found.notes).rstrip('.')})" if found.notes else ""
    return WeightsAlone(
        f"{file.name} holds weights but no network: they fit {found.name}{more}, so open that with them "
        f"(main.py layers {found.name} --weights {_typed(file)}).",
        found.name,
    )


def _typed(file: Path) -> str:
    """As it can be typed where the person is."""
    import os
    import shlex

    here = Path.cwd()
    path = file.resolve()
    return shlex.quote(os.path.relpath(path, here) if path.is_relative_to(here) else str(path))


def _brings_its_weights(choice: ModelChoice, file: Path) -> None:
    if choice.weights != "default":
        raise Problem(f"{file.name} brings its own weights; leave the choice of weights at “default”.")
