"""All networks that can be chosen, and the opening of the one that was.

Nothing here imports a provider's library before one of its networks is asked for: a built-in network opens without
torchvision, which takes seconds to import.
"""

import difflib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from analysis.opening import (
    designed_networks,
    in_memory,
    label_files,
    own_file,
    said_before,
    shipped_networks,
    timm_models,
    torchvision_models,
)
from analysis.opening.consent import Consent
from analysis.opening.loading import Loading, Steps
from analysis.opening.provider import Opened
from analysis.opening.said_before import Remembered
from analysis.protocol.events import CatalogueEntry
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice

if TYPE_CHECKING:
    from analysis.network.network import Network
    from analysis.opening.input_guess import Overrule

Provider = Literal["built in", "torchvision", "timm"]

_ENTRIES: dict[Provider, Callable[[], tuple[CatalogueEntry, ...]]] = {
    "built in": shipped_networks.entries,
    "torchvision": torchvision_models.entries,
    "timm": timm_models.entries,
}
PROVIDERS = tuple(_ENTRIES)


def entries(provider: Provider | None = None) -> tuple[CatalogueEntry, ...]:
    """What there is to choose; of one provider only, without importing the others' libraries."""
    chosen = PROVIDERS if provider is None else (provider,)
    return tuple(entry for one in chosen for entry in _ENTRIES[one]())


def load(
    choice: ModelChoice,
    consent: Consent | None = None,
    remember: bool = False,
    overrule: "Overrule | None" = None,
) -> "Steps[Network]":
    """Opens a network on the processor, in short steps; closing the generator cancels, also a download.

    `consent`: to which files of code the person said yes. `remember`: what the choice says about preprocessing and
    labels of their own file holds for the next time; what was found by trying is found again. `overrule`: what the
    person said of the pictures of a file of theirs, put in place of what is known or guessed.
    """
    opened = yield from _opened(choice, consent or Consent())
    key = own_file.memory_key(choice)
    known = said_before.remembered(key) if key is not None else Remembered()
    if key is not None and remember:
        known = Remembered(choice.preprocessing, choice.labels)
    labels, label_file = opened.labels, choice.labels or known.labels
    lost: tuple[str, ...] = ()
    if label_file is not None:
        try:
            labels = label_files.read(Path(label_file))
        except Problem as problem:
            if label_file == choice.labels:
                raise
            label_file, lost = None, (f"The class names of last time are gone: {problem}",)
    preprocessing = choice.preprocessing or known.preprocessing or opened.preprocessing
    if overrule is not None and preprocessing is not None:
        preprocessing = overrule(preprocessing)
    notes, steady = (*opened.notes, *lost), None
    if key is not None or choice.in_memory or preprocessing is None:
        from analysis.opening.own_module import readied

        yield Loading(0, 1, "trying the network")
        ready = readied(opened.module, preprocessing, choice.seed, overrule)
        preprocessing, steady, notes = ready.preprocessing, ready.steadiness, (*notes, *ready.notes)
    yield Loading(0.5, 1, "measuring the layers")
    from analysis.opening.assembly import assembled

    if key is not None or choice.in_memory:  # said once and for all, so that a recipe makes the same picture elsewhere
        choice = replace(choice, preprocessing=preprocessing, labels=label_file)
    elif overrule is not None:
        choice = replace(choice, preprocessing=preprocessing)
    network = assembled(opened.module, choice, opened.title, preprocessing, labels, opened.output, known=steady)
    if key is not None and remember:
        said_before.remember(key, known)
    network = replace(network, notes=(*notes, *network.notes))
    if labels is None and key is not None:
        network = _with_its_own_labels(network)
    return _with_labels_checked(network, said=label_file is not None)


def _opened(choice: ModelChoice, consent: Consent) -> Steps[Opened]:
    name = choice.name
    if name in shipped_networks.names():
        return shipped_networks.opened(choice, consent)
    if name.startswith(designed_networks.PREFIX):
        return designed_networks.opened(choice, consent)
    if choice.in_memory:
        return in_memory.opened(choice)
    if own_file.is_one(name):
        return own_file.opened(choice, consent)
    if name.startswith(timm_models.PREFIX):
        if timm_models.installed() and not timm_models.knows(name):
            raise _no_such(name, timm_models.names())
        return timm_models.opened(choice, consent)
    if name in torchvision_models.names():
        return torchvision_models.opened(choice, consent)
    raise _no_such(name, (*shipped_networks.names(), *torchvision_models.names()))


def _no_such(name: str, known: tuple[str, ...]) -> Problem:
    close = difflib.get_close_matches(name, known, 3, 0.5) or difflib.get_close_matches(name.lower(), known, 3, 0.5)
    hint = f"did you mean {' or '.join(close)}?" if close else "`models` lists what there is."
    return Problem(f"There is no network called “{name[:200]}”; {hint}")


def _with_its_own_labels(network: "Network") -> "Network":
    """The names that it keeps itself, where they are as many as its classes."""
    from analysis.opening.own_labels import own_labels

    found = own_labels(network.module)
    if found is None or network.output != "classes" or len(found[0]) != network.root.units:
        return network
    note = f"The classes are called as the network's own “{found[1]}” says."
    return replace(network, labels=found[0], notes=(*network.notes, note))


def _with_labels_checked(network: "Network", said: bool) -> "Network":
    """Labels of the provider that do not fit the head are dropped; the person's own stay, with a note."""
    labels, classes = network.labels, network.root.units
    if labels is None or network.output != "classes":
        return network
    note = label_files.note_on(labels, classes)
    if note is None:
        return network
    return replace(network, notes=(*network.notes, note)) if said else replace(network, labels=None)
