"""A pickle that runs code, read where it lies: what it names is looked for in its own repository."""

import importlib
import io
import pickle
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from analysis.network.own_code import of_theirs
from analysis.opening import missing_package
from analysis.opening.consent import Consent
from analysis.opening.definitions import defining, definitions_of
from analysis.opening.python_file import at_home
from analysis.opening.repository import Home
from analysis.protocol.problems import Problem, in_one_line


def read_trusted(file: Path, program: bytes, consent: Consent, notes: list[str] | None = None) -> object:
    """What torch.save wrote, whatever it is. `program` is what is in the file; `notes` gets what was assumed."""
    with at_home(file) as home:
        try:
            return torch.load(
                io.BytesIO(program),
                map_location="cpu",
                weights_only=False,
                pickle_module=_pickles(_Names(file, home, consent, notes if notes is not None else [])),
            )
        except Problem:
            raise
        except Exception as error:
            lacking = missing_package.sentence(error, home.first)
            more = f"; {lacking}" if lacking is not None else ""
            raise Problem(f"{file.name} cannot be opened: {in_one_line(error)}{more}.") from error


class _Names:
    """What the names in a pickle stand for, where Python alone would not find it."""

    def __init__(self, file: Path, home: Home, consent: Consent, notes: list[str]) -> None:
        self._file = file
        self._home = home
        self._consent = consent
        self._notes = notes
        self._sources: list[ModuleType] = []

    def found(self, module: str, name: str) -> Any:
        """None where Python's own way holds."""
        if module == "__main__":
            return self._of_main(name)
        theirs = of_theirs(module, (self._home.first, self._home.last))
        if theirs is None:
            return None
        value: Any = importlib.import_module(theirs)
        for part in name.split("."):
            value = getattr(value, part)
        return value

    def _of_main(self, name: str) -> Any:
        """What a notebook or script that was run itself called so: defined again from the file in which it stands."""
        top, *more = name.split(".")
        source = next((one for one in self._sources if hasattr(one, top)), None)
        if source is None:
            place = defining(top, self._home)
            if place is None:
                raise Problem(
                    f"{self._file.name} was saved by a notebook or script that defines {top} itself, and no file in "
                    f"{self._home.first[0]} does: put that file beside it, or save the weights alone "
                    "(torch.save(model.state_dict(), …)) and open them with FILE.py:NAME --weights."
                )
            reason = f"{self._file.name} needs {top} of {place.name}, whose imports, classes and functions are run."
            source = definitions_of(place, self._consent.content_to_run(place, reason), top)
            self._sources.append(source)
            self._notes.append(f"{top} is taken from {place.name}, which lies in the same repository.")
        value: Any = getattr(source, top)
        for part in more:
            value = getattr(value, part)
        return value


def _pickles(names: _Names) -> ModuleType:
    """Python's module `pickle` with a reader that asks `names` first."""

    class Unpickler(pickle.Unpickler):
        def find_class(self, module: str, name: str, /) -> Any:
            found = names.found(module, name)
            return super().find_class(module, name) if found is None else found

    def load(file: Any, **settings: Any) -> Any:
        return Unpickler(file, **settings).load()

    made = ModuleType("pickle")
    vars(made).update({name: value for name, value in vars(pickle).items() if not name.startswith("__")})
    vars(made).update({"Unpickler": Unpickler, "load": load})
    return made
