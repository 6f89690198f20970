"""One long session by hand: every source after the other, files that are networks, and the question before any code."""

from pathlib import Path

from tests.real.conftest import Start
from tests.real.desk import until
from tests.real.program import Program

MOST = 2500.0  # MiB; torch and a window hold about 900


def shown(program: Program, origin: str) -> None:
    program.wait(f"a picture of {origin}", lambda seen: seen["origin"] and origin in seen["origin"])
    assert program.seen["notice"] == ""


def test_that_every_source_follows_every_other(start: Start, things: Path) -> None:
    program = start("--model", "lenet", "--source", "sample:digit-5")
    program.answered()
    for command, origin in (("Noise", "noise:"), ("Dynamics scenes", "scene:"), ("Sketch pad", "sketch")):
        program.choose(command)
        shown(program, origin)
    program.open(things / "photo.jpg")
    shown(program, "photo.jpg")
    program.choose("Folder")
    program.answer_dialog(things / "folder", "folder")
    shown(program, "00.png")
    program.press("e")
    shown(program, "04.png")
    for film in ("animation.gif", "film.mp4", "film 1080p60.mp4"):
        program.open(things / film)
        shown(program, film)
        program.new_answers(5)
        program.press("f")
        program.wait("that it stands still", lambda seen: seen["frozen"])
        program.press("f")
        program.wait("that it goes on", lambda seen: not seen["frozen"])
        program.new_answers(3)
    program.choose("Part of the screen")
    until("the screen to choose a part of", lambda: "Choose a part of the screen" in program.desk.windows())
    assert program.seen["source"] == "film 1080p60.mp4"
    program.desk.drag((300, 200), (900, 650))
    shown(program, "screen")
    program.new_answers(5)
    program.choose("Camera")
    program.wait("that there is no camera", lambda seen: "camera" in seen["notice"])
    program.choose("Sample pictures")
    shown(program, "sample:")
    assert program.memory < MOST
    ended = program.quit()
    assert (ended.status, ended.complaints) == (0, "")


def test_that_code_runs_only_when_the_person_says_so(start: Start, things: Path, home: Path) -> None:
    ran = home / "ran"
    own = home / "own.py"
    own.write_text(f"open({str(ran)!r}, 'w').close()\n{(things / 'small.py').read_text()}")
    program = start("--model", "lenet", "--source", "sample:cat")
    program.answered()
    for trusted in (False, True):
        program.open(own)
        program.wait("the form", lambda seen: seen["dialog"] == "Open a network")
        program.press("Return")
        program.wait("the question", lambda seen: seen["dialog"] == "Run code from this file?")
        assert not ran.exists()
        program.press(*(("Tab", "space") if trusted else ("Return",)))
        program.wait("the answer", lambda seen: seen["dialog"] is None)
    program.wait("the network", lambda seen: "own" in seen["network"])
    assert ran.exists()
    ended = program.quit()
    assert (ended.status, ended.complaints) == (0, "")
