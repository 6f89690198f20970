"""All that can be written by key and dialog, each kind of file; and every figure opened again, in each way there is."""

import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PIL import Image

from analysis.protocol.recipe import ComparisonChoice, MethodChoice, ModelChoice, PictureChoice, Recipe, to_json
from tests.real.desk import Desk, until
from tests.real.looks import FEW_OF_A_PAGE, is_blank
from tests.real.program import FIRST_ANSWER, Program, on_command_line, rests

DIGIT = Recipe(ModelChoice("lenet"), PictureChoice("sample:digit-5"), layer="conv2", target="class:5")
METHODS = {
    "Saliency": replace(DIGIT, method="grad-cam"),
    "Occlusion": replace(DIGIT, method="occlusion", settings={"mask": 8, "stride": 4}),
    "Trust": replace(DIGIT, method="insertion-deletion"),
    "Compare": replace(
        DIGIT,
        method="gradient",
        comparison=ComparisonChoice((MethodChoice("gradient"), MethodChoice("grad-cam")), (DIGIT.model,)),
    ),
}
FIGURES = (".png", ".svg", ".pdf")


@dataclass
class Writer:
    """A program that is used by one test after the other, and started anew if one has left it dead or in a dialog."""

    screen: Desk
    home: Path
    program: Program | None = None

    @property
    def out(self) -> Path:
        folder = self.home / "out"
        folder.mkdir(exist_ok=True)
        return folder

    def ready(self) -> Program:
        program = self.program
        if program is None or not program.lives or program.seen["dialog"] or program.seen["popup"]:
            self.end()
            program = self.program = Program(self.screen, self.home, "--model", "lenet", "--source", "sample:digit-5")
            program.answered()
        return program

    def open(self, recipe: Recipe) -> Program:
        program = self.ready()
        file = self.home / "asked.json"
        file.write_text(to_json(recipe))
        program.open(file)
        return program

    def write(self, keys: str, name: str, title: str = "Export") -> Path:
        """Gives the command until there is something to write, and waits for the file."""
        program, path = self.ready(), self.out / name
        end = FIRST_ANSWER

        def asked() -> bool:
            if program.seen["dialog"]:
                return True
            program.press(keys)
            rests(0.3)
            assert program.lives, program.errors[-3000:]
            return bool(program.seen["dialog"])

        until(f"the dialog of {keys}; it said: {program.seen['notice']}", asked, end)
        before = program.seen["notice"]  # that there was nothing to write yet
        program.answer_dialog(path, title)
        what = f"that {name} is written"
        seen = program.wait(what, lambda seen: str(path) in seen["status"] or seen["notice"] not in ("", before))
        assert seen["notice"] in ("", before)
        return path

    def end(self) -> None:
        """As a person would, if it still listens: after a death the next start would be a careful one."""
        program, self.program = self.program, None
        if program is None:
            return
        try:
            if program.lives and program.seen and not program.seen["dialog"]:
                program.press("ctrl+q")
                program.ended()
        finally:
            program.kill()


@pytest.fixture(scope="module")
def writer(screen: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writer]:
    home = tmp_path_factory.mktemp("writer") / "home"
    home.mkdir()
    found = Writer(screen, home)
    yield found
    found.end()


@pytest.mark.parametrize("suffix", FIGURES)
def test_that_the_layer_is_written(writer: Writer, suffix: str) -> None:
    writer.open(replace(DIGIT, unit=None)).wait("its layer", lambda seen: seen["layer"] == "conv2")
    assert is_sound(writer.write("ctrl+e", f"layer{suffix}"))


@pytest.mark.parametrize("suffix", FIGURES)
def test_that_a_unit_is_written(writer: Writer, suffix: str) -> None:
    writer.open(replace(DIGIT, unit=3)).wait("its unit", lambda seen: seen["unit"] == 3)
    assert is_sound(writer.write("ctrl+e", f"unit{suffix}"))


@pytest.mark.parametrize("suffix", FIGURES)
@pytest.mark.parametrize("tab", METHODS)
def test_that_an_explanation_is_written(writer: Writer, tab: str, suffix: str) -> None:
    if writer.ready().seen["tab"] != tab:
        writer.open(METHODS[tab])
    program = writer.ready()
    program.wait("its tab", lambda seen: seen["tab"] == tab)
    program.wait("the end of its jobs", lambda seen: seen["jobs"] == 0, FIRST_ANSWER)
    assert is_sound(writer.write("ctrl+e", f"{tab}{suffix}"))


def test_that_the_window_is_written(writer: Writer) -> None:
    writer.open(replace(DIGIT, unit=3)).wait("its unit", lambda seen: seen["unit"] == 3)
    assert is_sound(writer.write("ctrl+shift+e", "window.png"))


def test_that_the_recipe_is_written(writer: Writer) -> None:
    writer.ready().press("1")
    writer.open(replace(DIGIT, unit=3)).wait("its unit", lambda seen: seen["unit"] == 3)
    assert '"unit": 3' in writer.write("ctrl+s", "recipe.json", "Save recipe").read_text()


@pytest.mark.parametrize("suffix", [".webp", ".gif", ".mp4"])
def test_that_a_recording_is_written(writer: Writer, suffix: str) -> None:
    program, path = writer.ready(), writer.out / f"recording{suffix}"
    program.press("1")
    program.press("ctrl+r")
    program.answer_dialog(path, "Record")
    for _ in range(3):
        program.press("o")
        rests(0.5)
    program.press("ctrl+r")
    program.wait("that it is written", lambda seen: f"Written to {path}" in seen["status"], FIRST_ANSWER)
    assert is_sound(path)


@pytest.mark.parametrize("how", ["dialog", "command line"])
@pytest.mark.parametrize("name", ["unit.svg", "window.png"])
def test_that_what_was_written_brings_the_window_back(writer: Writer, name: str, how: str) -> None:
    path = written(writer, name)
    if how == "dialog":
        writer.open(replace(DIGIT, layer="conv1", unit=0)).wait("another unit", lambda seen: seen["unit"] == 0)
        program = writer.ready()
        program.open(path)
    else:
        writer.end()
        program = writer.program = Program(writer.screen, writer.home, "--recipe", path)
    seen = program.wait("its unit", lambda seen: seen["unit"] == 3 and seen["answered"], FIRST_ANSWER)
    assert (seen["layer"], seen["origin"], seen["tab"]) == ("conv2", "sample:digit-5", "Activations")


def test_that_a_figure_of_a_unit_leads_away_from_another_tab(writer: Writer) -> None:
    path = written(writer, "unit.svg")
    program = writer.ready()
    program.press("2")
    program.wait("another tab", lambda seen: seen["tab"] == "Saliency")
    program.open(path)
    program.wait("its tab", lambda seen: seen["tab"] == "Activations")


@pytest.mark.parametrize("tab", METHODS)
def test_that_a_figure_of_an_explanation_brings_its_tab_back(writer: Writer, tab: str) -> None:
    path = written(writer, f"{tab}.png")
    program = writer.ready()
    program.press("2")  # where the first group is in front, its key would take its next tab
    program.wait("the second group", lambda seen: seen["tab"] in METHODS)
    program.press("1")
    program.wait("the first tab", lambda seen: seen["tab"] == "Activations")
    program.open(path)
    program.wait("its tab", lambda seen: seen["tab"] == tab)


def test_that_the_command_line_draws_all_of_it_again(writer: Writer) -> None:
    names = ["layer.svg", "unit.pdf", "recipe.json", "window.png", *(f"{tab}.png" for tab in METHODS)]
    there = [writer.out / name for name in names if (writer.out / name).exists()]
    writer.end()

    def draw(path: Path) -> tuple[str, int, str]:
        again = writer.home / f"again of {path.stem}.png"
        ended = on_command_line(writer.home, "render", "--recipe", path, "-o", again)
        return path.name, ended.status if is_sound(again) else -1, ended.complaints if ended.status else ""

    with ThreadPoolExecutor(2) as both:
        assert list(both.map(draw, there)) == [(path.name, 0, "") for path in there]
    assert len(there) == len(names)


def written(writer: Writer, name: str) -> Path:
    """By a test before this one, or by none if that failed."""
    path = writer.out / name
    if not path.exists():
        pytest.fail(f"{name} was not written, so it cannot be opened again")
    return path


def is_sound(path: Path) -> bool:
    """Whether another program can read it, and there is something in it."""
    checks: dict[str, Callable[[Path], bool]] = {
        ".png": lambda path: not is_blank(path, FEW_OF_A_PAGE),
        ".svg": lambda path: "<svg" in path.read_text()[:2000],
        ".pdf": lambda path: path.read_bytes().startswith(b"%PDF") and b"%%EOF" in path.read_bytes()[-64:],
        ".webp": _moves,
        ".gif": _moves,
        ".mp4": _is_film,
    }
    return path.is_file() and checks[path.suffix](path)


def _moves(path: Path) -> bool:
    with Image.open(path) as picture:
        return getattr(picture, "n_frames", 1) > 1


def _is_film(path: Path) -> bool:
    command = ["ffmpeg", "-loglevel", "error", "-i", str(path), "-f", "null", "-"]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    return done.returncode == 0 and not done.stderr
