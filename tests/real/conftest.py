"""The real program on a real X server: one desk for the whole run, a home of its own for every test."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.real import material
from tests.real.desk import Desk, desk
from tests.real.program import Program

Start = Callable[..., Program]


@pytest.fixture(scope="session")
def screen() -> Iterator[Desk]:
    with desk() as found:
        yield found


@pytest.fixture(scope="session")
def things(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures, films and networks; UNDERHOOD_REAL_THINGS names a folder in which they are kept from run to run."""
    kept = os.environ.get("UNDERHOOD_REAL_THINGS")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("things")
    return folder if (folder / "resnet18.pth").exists() else material.make(folder)


@pytest.fixture(scope="session", autouse=True)
def fonts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """matplotlib looks for the fonts once, and not in every home."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MPLCONFIGDIR", str(tmp_path_factory.mktemp("fonts")))
        subprocess.run([sys.executable, "-c", "import matplotlib.font_manager"], check=True, timeout=120)
        yield


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def start(screen: Desk, home: Path, request: pytest.FixtureRequest) -> Iterator[Start]:
    """Starts the program in the same home each time; none of them is left behind, and the last sight of it is kept."""
    programs: list[Program] = []

    def started(*words: str | Path, **how: object) -> Program:
        programs.append(Program(screen, home, *words, **how))  # type: ignore[arg-type]
        return programs[-1]

    yield started
    shots = os.environ.get("UNDERHOOD_SHOTS")
    if shots and any(program.lives for program in programs):
        Path(shots).mkdir(parents=True, exist_ok=True)
        screen.picture(Path(shots) / f"{request.node.name.replace('/', '-')}.png")
    for program in programs:
        program.kill()
