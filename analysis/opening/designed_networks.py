"""The provider of networks that were designed in the learning lab; their weights are in files, or drawn."""

from pathlib import Path

from analysis.opening.consent import Consent
from analysis.opening.loading import Loading, Steps
from analysis.opening.provider import Opened
from analysis.protocol.recipe import ModelChoice
from analysis.shipped.designed import PREFIX as PREFIX
from analysis.shipped.designed import build, read


def opened(choice: ModelChoice, consent: Consent) -> Steps[Opened]:
    """With `default` its weights are random ones: nothing of it ships."""
    from analysis.opening.seeding import seeded
    from analysis.opening.weights_file import fit, read_weights

    design = read(choice.name)
    yield Loading(0, 1, "building the network")
    module = seeded(lambda: build(design), choice.seed)
    notes: tuple[str, ...] = ()
    if choice.weights not in ("default", "random"):
        file = Path(choice.weights)
        notes = fit(module, read_weights(file, consent), file, design.title)
    return Opened(module, design.title, design.preprocessing, None, "classes", notes)
