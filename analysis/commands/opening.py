"""The network that a command names, opened and put on its device."""

import argparse
import contextlib
import io
import sys
from dataclasses import replace

from analysis.commands import arguments as given
from analysis.commands.progress import progress_line
from analysis.network import devices
from analysis.network.network import Network
from analysis.network.own_code import failures_told
from analysis.opening import catalogue, own_file
from analysis.opening.consent import Consent
from analysis.opening.input_guess import Overrule
from analysis.opening.loading import Loading, Steps, finished
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.recipe import ModelChoice
from analysis.quick.layout import laid_out


def opened(choice: ModelChoice, arguments: argparse.Namespace) -> Network:
    """The network of the choice, with the size, mean, deviation and fit that were given in place of its own."""
    device = devices.choose(arguments.device)
    if given.overrules(arguments):
        network = _overruled(choice, arguments)
    else:
        network = _loaded(choice, arguments.trust)
        network = _noted(network, network.preprocessing, arguments)
    with _prints_aside(), failures_told(f"{network.title} cannot be put on the device {device}"):
        return laid_out(network.moved(device))  # as in the window, so that the numbers are the same to the bit


def opening(choice: ModelChoice, arguments: argparse.Namespace) -> Steps[Network]:
    """The same for who works step by step: one step, which shows its own progress."""
    yield Loading(0, 0, f"Loading {choice.name}")
    return opened(choice, arguments)


def _overruled(choice: ModelChoice, arguments: argparse.Namespace) -> Network:
    if own_file.is_one(choice.name):
        return _own_overruled(choice, arguments)
    plain = _loaded(choice, arguments.trust)
    wanted = given.preprocessing(plain.preprocessing, arguments)
    network = _loaded(replace(choice, preprocessing=wanted), arguments.trust)
    return _noted(network, plain.preprocessing, arguments)


def _own_overruled(choice: ModelChoice, arguments: argparse.Namespace) -> Network:
    """Opened once: with a size that was given no other is tried."""
    before: list[Preprocessing] = []

    def overrule(preprocessing: Preprocessing) -> Preprocessing:
        before.append(preprocessing)
        return given.preprocessing(preprocessing, arguments)

    network = _loaded(choice, arguments.trust, overrule)
    return _noted(network, before[-1] if before else network.preprocessing, arguments)


def _noted(network: Network, before: Preprocessing, arguments: argparse.Namespace) -> Network:
    return replace(network, notes=(*network.notes, *given.notes_on(before, arguments)))


def _loaded(choice: ModelChoice, trusted: bool, overrule: Overrule | None = None) -> Network:
    steps = catalogue.load(choice, Consent(everything=trusted), overrule=overrule)
    with progress_line() as show, _prints_aside(), failures_told(f"{choice.name} cannot be opened"):
        return finished(steps, lambda step: show(step.done, step.total, step.note))


def _prints_aside() -> contextlib.AbstractContextManager[object]:
    """What a network of one's own prints is not part of the answer, which a program may read."""
    return contextlib.redirect_stdout(_Aside())


class _Aside(io.TextIOBase):
    """Own code may close what it prints to."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()

    def close(self) -> None:
        pass
