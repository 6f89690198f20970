"""Opens networks in tests, as the engine and the commands do in steps."""

from analysis.network.network import Network
from analysis.opening import catalogue, loading
from analysis.opening.consent import Consent
from analysis.opening.loading import Loading, Steps
from analysis.protocol.recipe import ModelChoice


def finished(steps: Steps[Network]) -> Network:
    return loading.finished(steps, _check)


def _check(step: Loading) -> None:
    """Each step says how far it is."""
    assert 0 <= step.done <= step.total
    assert step.note


def opened(choice: ModelChoice, trusted: bool = False, remember: bool = False) -> Network:
    return finished(catalogue.load(choice, Consent(everything=trusted), remember))
