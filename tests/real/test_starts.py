"""Every kind of source, every kind of network and every remembered session, each in a start of its own.

They are paired: each source with another network, each start followed by the one that remembers it, and the two ways
to end the window in turn.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.real.conftest import Start
from tests.real.desk import Desk
from tests.real.looks import is_blank

SHIPPED = "Residual network of 66 layers"


@dataclass(frozen=True)
class Case:
    source: str  # a name, or a file of the things
    network: str  # likewise
    origin: str  # how that of its pictures begins, or how the file is named
    title: str  # of the network
    again: str = ""  # what the next start shows, in the same way; empty where a file's code does not come back unasked
    says: str = ""  # in the notice
    chosen: str = ""  # the command that brings the source, where it has no name to type


CASES = (
    Case("picture.png", "resnet-cifar", "picture.png", SHIPPED, "picture.png"),
    Case("folder", "lenet", "00.png", "LeNet", "00.png"),
    Case("animation.gif", "squeezenet1_1 random", "animation.gif", "SqueezeNet", "animation.gif"),
    Case("film.mp4", "lenet", "film.mp4", "LeNet", "film.mp4"),
    Case("film 1080p60.mp4", "resnet18 random", "film 1080p60.mp4", "resnet18", "film 1080p60.mp4"),
    Case("screen", "small.py:build", "screen", "small"),
    Case("noise", "resnet18 resnet18.pth", "noise", "resnet18", "noise"),
    Case("sketch", "small.pt2", "sketch", "small"),
    Case("sample:ship", "small.ts", "sample:ship", "small"),
    Case("camera", "mobilenet_v3_small random", "sample:chelsea", "MobileNet", "sample:chelsea", says="camera"),
    Case("", "dynamics", "scene:", "Dynamics", "scene:", chosen="Dynamics scenes"),
    Case("", "lenet", "noise:", "LeNet", "noise:", chosen="Noise"),
    Case("", "resnet-cifar", "sample:", SHIPPED, "sample:", chosen="Sample pictures"),
)


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case.source or case.chosen}-{case.network}".replace(" ", "-")
)
def test_that_it_starts_ends_and_comes_back(
    case: Case, start: Start, things: Path, screen: Desk, tmp_path: Path
) -> None:
    program = start(*words(case, things))
    program.answered()
    if case.chosen:
        program.choose(case.chosen)
    seen = program.wait("its picture", lambda seen: shows(seen["origin"], case.origin))
    assert case.title.lower() in seen["network"].lower()
    assert any(seen["network"] in title for title in screen.windows())
    if case.says:
        assert case.says in seen["notice"]
    before = seen["layer"]
    program.press("o", "o", "o")
    program.wait("another layer", lambda seen: seen["layer"] != before)
    assert not is_blank(screen.picture(tmp_path / "first.png"))
    turn = CASES.index(case) % 2 == 0
    ended = program.quit() if turn else program.close()
    assert (ended.status, ended.complaints) == (0, "")

    program = start()
    again = program.answered()
    if case.again:
        program.wait("the picture of last time", lambda seen: shows(seen["origin"], case.again))
    assert (again["network"] == seen["network"]) == bool(case.again)
    ended = program.close() if turn else program.quit()
    assert (ended.status, ended.complaints) == (0, "")


def words(case: Case, things: Path) -> list[str]:
    """What is typed for it."""
    name, _, weights = case.network.partition(" ")
    given = ["--model", str(things / name) if name.startswith("small") else name]
    if name.startswith("small"):
        given += ["--trust", "--size", "64"]
    if weights:
        given += ["--weights", weights if weights == "random" else str(things / weights)]
    file = things / case.source
    if case.source:
        given += ["--source", str(file) if file.exists() else case.source]
    return given


def shows(origin: str | None, expected: str) -> bool:
    if origin is None:
        return False
    return origin.startswith(expected) or Path(origin.partition("#")[0]).name == expected
