"""The provider of the networks whose weights come with the program."""

from pathlib import Path

from analysis.opening.consent import Consent
from analysis.opening.label_files import shipped as shipped_labels
from analysis.opening.loading import Loading, Steps
from analysis.opening.provider import Opened
from analysis.protocol.events import CatalogueEntry
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice
from analysis.shipped import BUILTINS
from analysis.shipped import weights as shipped

PROVIDER = "built in"


def names() -> tuple[str, ...]:
    return tuple(builtin.name for builtin in BUILTINS)


def entries() -> tuple[CatalogueEntry, ...]:
    found = []
    for builtin in BUILTINS:
        try:
            card = shipped.card(builtin)
        except Problem:
            found.append(CatalogueEntry(builtin.name, builtin.title, PROVIDER, None, "random only", None))
            continue
        weights, megabytes = ("shipped", 0.0) if shipped.is_here(builtin) else ("random only", None)
        found.append(
            CatalogueEntry(builtin.name, builtin.title, PROVIDER, card.get("parameters"), weights, megabytes, card)
        )
    return tuple(found)


def opened(choice: ModelChoice, consent: Consent) -> Steps[Opened]:
    from analysis.opening.seeding import seeded
    from analysis.opening.weights_file import fit, read_weights

    builtin = next(one for one in BUILTINS if one.name == choice.name)
    yield Loading(0, 1, f"building {builtin.name}")
    module = seeded(builtin.build, choice.seed)
    notes: tuple[str, ...] = ()
    if choice.weights == "default":
        module.load_state_dict(shipped.load(builtin))
    elif choice.weights != "random":
        file = Path(choice.weights)
        notes = fit(module, read_weights(file, consent), file, builtin.title)
    labels = shipped_labels(builtin.labels) if builtin.labels else None
    return Opened(module, builtin.title, builtin.preprocessing, labels, builtin.output, notes)
