"""The provider of the person's own networks: exported programs, Python files, TorchScript, pickled modules."""

import re
from os.path import isfile
from pathlib import Path

from analysis.opening import said_before
from analysis.opening.consent import Consent
from analysis.opening.loading import Loading, Steps
from analysis.opening.provider import Opened
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice

SUFFIXES = (".pt2", ".pt", ".pth", ".ts", ".jit", ".torchscript", ".safetensors", ".pkl", ".ckpt", ".bin")
_FACTORY = re.compile(r"(?P<file>.+\.[pP][yY]):(?P<factory>[^\W\d]\w*)")


def is_one(name: str) -> bool:
    return bool(_FACTORY.fullmatch(name)) or name.lower().endswith((*SUFFIXES, ".py"))


def brings_one(choice: ModelChoice) -> bool:
    """Whether a file of the person's own is part of this choice."""
    return is_one(choice.name) or choice.weights not in ("default", "random")


def memory_key(choice: ModelChoice) -> str | None:
    """Of the person's own file in this choice, which has to be there; None where everything is from the list."""
    if match := _FACTORY.fullmatch(choice.name):
        return f"{Path(match['file']).resolve()}:{match['factory']}"
    if is_one(choice.name):
        return said_before.key_of(Path(choice.name))
    return said_before.key_of(Path(choice.weights)) if choice.weights not in ("default", "random") else None


def opened(choice: ModelChoice, consent: Consent) -> Steps[Opened]:
    if match := _FACTORY.fullmatch(choice.name):
        return _python_file(choice, Path(match["file"]), match["factory"], consent)
    from analysis.opening.weights_file import is_exported_program

    file = Path(choice.name)
    if file.suffix.lower() == ".py":
        raise Problem(f"Say which function of {file.name} makes the network: {file.name}:FUNCTION.")
    if not isfile(file):
        raise Problem(f"There is no file {file}.")
    if file.suffix.lower() == ".pt2" or is_exported_program(file):
        return _exported_program(choice, file, consent)
    return _archive(choice, file, consent)


def _python_file(choice: ModelChoice, file: Path, factory: str, consent: Consent) -> Steps[Opened]:
    from analysis.opening import torchscript
    from analysis.opening.python_file import module_of
    from analysis.opening.seeding import seeded
    from analysis.opening.uncompiled import uncompiled
    from analysis.opening.weights_file import fit, read_weights

    if not isfile(file):
        raise Problem(f"There is no file {file}.")
    reason = f"{file.name} is a Python file, which runs as a program, with all that it imports."
    program = consent.content_to_run(file, reason)
    yield Loading(0, 1, f"running {file.name}")
    module = seeded(lambda: module_of(file, program, factory), choice.seed)
    module, notes = torchscript.unfolded(uncompiled(module))
    if choice.weights not in ("default", "random"):
        weights = Path(choice.weights)
        notes += fit(module, read_weights(weights, consent), weights, choice.name)
    return Opened(module, f"{file.name}:{factory}", notes=notes)


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
    from analysis.opening.weights_file import is_safetensors, is_torchscript, read_pickle, read_safetensors

    _brings_its_weights(choice, file)
    yield Loading(0, 1, f"reading {file.name}")
    if is_torchscript(file):
        archive = consent.content_to_run(file, f"{file.name} is a TorchScript archive, which runs as a program.")
        module, notes = torchscript.module_of(file, archive)
        return Opened(module, file.name, notes=notes)
    content = read_safetensors(file) if is_safetensors(file) else read_pickle(file, consent)
    if isinstance(content, nn.Module):
        return Opened(uncompiled(content), file.name)
    raise Problem(
        f"{file.name} holds weights but no network: choose the architecture they belong to as the model, "
        f"and this file as its weights (--model NAME --weights {file.name})."
    )


def _brings_its_weights(choice: ModelChoice, file: Path) -> None:
    if choice.weights != "default":
        raise Problem(f"{file.name} brings its own weights; leave the choice of weights at “default”.")
