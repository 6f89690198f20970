"""Opens networks in tests, as the engine and the commands do in steps."""

from analysis.network import catalogue
from analysis.network.consent import Consent
from analysis.network.loading import Loading, Steps
from analysis.network.network import Network
from analysis.recipe import ModelChoice


def finished(steps: Steps[Network]) -> Network:
    """What the steps come to; each of them says how far it is."""
    while True:
        try:
            step = next(steps)
        except StopIteration as stop:
            network: Network = stop.value
            return network
        assert isinstance(step, Loading)
        assert 0 <= step.done <= step.total
        assert step.note


def opened(choice: ModelChoice, trusted: bool = False, remember: bool = False) -> Network:
    return finished(catalogue.load(choice, Consent(everything=trusted), remember))
