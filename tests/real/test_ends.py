"""However and whenever the program is ended: no core dump, nothing half-written, and the next start comes back."""

import json
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.real.conftest import Start
from tests.real.desk import Desk, until
from tests.real.program import FIRST_ANSWER, Ended, Program, crashed, rests

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
MOMENTS = (0.2, 0.4, 0.6, 0.9, 1.3, 2.0, 3.0)  # seconds after the start: before, while and after the window comes up


@pytest.mark.timeout(300)
@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_that_a_signal_in_the_first_seconds_ends_it_in_order(number: int, screen: Desk, tmp_path: Path) -> None:
    def ended(moment: float) -> tuple[float, Ended]:
        home = tmp_path / f"{moment}"
        home.mkdir()
        program = Program(screen, home, "--model", "lenet", "--source", "sample:digit-5")
        rests(moment)
        stood = bool(program.seen)
        program.send(number)
        try:
            end = program.ended()
        finally:
            program.kill()
        # before the window stands Python itself may not have come up yet, and then the system ends it
        return moment, Ended(0 if end.status == -number and not stood else end.status, end.complaints)

    with ThreadPoolExecutor(2) as both:
        ends = dict(both.map(ended, MOMENTS))
    faults = {moment: end for moment, end in ends.items() if crashed(end.status) or "QThread" in end.complaints}
    assert not faults
    assert all(end.status >= 0 for end in ends.values()), ends


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_that_a_signal_while_it_works_is_a_quit(number: int, start: Start) -> None:
    program = start("--model", "lenet", "--source", "sample:digit-8")
    program.answered()
    program.press("o")
    layer = program.wait("another layer", lambda seen: seen["layer"] not in (None, "conv1"))["layer"]
    program.send(number)
    end = program.ended()
    assert end.status >= 0
    assert end.complaints == ""
    again = start()
    seen = again.answered()
    assert (seen["origin"], seen["layer"]) == ("sample:digit-8", layer)
    assert again.quit().status == 0


def while_it_begins(program: Program, out: Path, things: Path) -> None:
    until("the window", lambda: program.stands, FIRST_ANSWER)


def while_torch_comes(program: Program, out: Path, things: Path) -> None:
    program.wait("the session", lambda seen: True, FIRST_ANSWER)


def after_the_first_answer(program: Program, out: Path, things: Path) -> None:
    program.answered()


def while_a_figure_is_written(program: Program, out: Path, things: Path) -> None:
    program.answered()
    program.press("ctrl+e")
    program.answer_dialog(out / "layer.pdf", "Export")


def while_it_records_a_stream(program: Program, out: Path, things: Path) -> None:
    program.answered()
    program.open(things / "animation.gif")
    program.press("ctrl+r")
    program.answer_dialog(out / "recording.webp", "Record")
    program.new_answers(3)


KILLED = (
    while_it_begins,
    while_torch_comes,
    after_the_first_answer,
    while_a_figure_is_written,
    while_it_records_a_stream,
)


@pytest.mark.parametrize("moment", KILLED, ids=lambda moment: moment.__name__)
def test_that_a_kill_loses_nothing_but_the_moment(
    moment: Callable[[Program, Path, Path], None], start: Start, home: Path, things: Path
) -> None:
    out = home / "out"
    out.mkdir()
    first = start("--model", "lenet", "--source", "sample:digit-5")
    first.answered()
    assert first.quit().status == 0

    program = start()
    moment(program, out, things)
    program.kill()
    assert [path.name for path in out.iterdir() if path.suffix not in (".pdf", ".webp")] == []

    again = start()
    seen = again.answered()
    if not seen["network"].startswith("LeNet"):  # careful, if it died just after it was opened; then it is said
        assert "lenet" in again.wait("what was left out", lambda seen: seen["notice"])["notice"].lower()
    assert again.quit().complaints == ""


def test_that_what_is_looked_at_is_kept_while_the_program_works(start: Start) -> None:
    """A dying X server or a kill asks nobody to save."""
    program = start("--model", "lenet", "--source", "sample:digit-8")
    program.answered()
    program.press("o")
    layer = program.wait("another layer", lambda seen: seen["layer"] not in (None, "conv1"))["layer"]
    rests(8)
    program.kill()
    again = start()
    seen = again.answered()
    assert (seen["origin"], seen["layer"]) == ("sample:digit-8", layer)


def test_that_a_network_which_ends_the_process_does_not_lock_the_person_out(start: Start, home: Path) -> None:
    """The next starts work, whatever the program does about the file."""
    deadly = home / "deadly.py"
    deadly.write_text("import os\n\n\ndef build():\n    os.abort()\n")
    program = start("--model", f"{deadly}:build", "--trust")
    assert crashed(program.ended(FIRST_ANSWER).status)
    again = start()
    assert again.answered()["network"]
    assert again.quit().status == 0


def test_that_settings_which_are_garbled_do_not_keep_it_from_starting(start: Start, home: Path) -> None:
    program = start()
    program.answered()
    assert program.quit().status == 0
    files = [path for path in (home / "config").rglob("*.conf") if path.is_file()]
    assert files
    for path in files:
        text = path.read_bytes()
        path.write_bytes(text[: len(text) // 2] + json.dumps({"half": "of it"}).encode() + b"\0\xff[")
    again = start()
    again.answered()
    assert again.quit().complaints == ""
