"""Every kind of stream for minutes: does memory stay, does the window's thread answer, does it all still live?

`python -m tests.real.soak --minutes 60` shares the time among all cases and prints a row for each; with less than ten
minutes only the hardest ones are run. Nothing is said of absolute speed: machines differ.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from tests.real import material
from tests.real.desk import Desk, desk
from tests.real.program import Program, rests

SHORT = 10  # minutes
SETTLES = 8.0  # seconds in which buffers, caches and what is measured of a network take their room
GROWTH = 100.0  # MiB that may come after that
FEW = 5  # lines of the watch, whose mean is compared: freed memory gathers for a moment before it is handed back
WAITS = 150.0  # milliseconds that 99 of 100 ticks of the window's thread wait at most, on a busy machine of two cores
LONGEST = 3000.0  # milliseconds that any of them does
STILL = 5.0  # seconds without a new picture, after which a stream is dead
PAUSES = 2.0  # seconds in which a key is answered
PAD, PAD_SIDE = (1745, 322), 100  # where the sketch pad is when the window fills the screen
MOVING = (1838, 391)  # the tick that makes noise move, likewise


@dataclass(frozen=True)
class Case:
    """`does` goes on all the time, for sources that give pictures only when something is done to them."""

    title: str
    words: tuple[str, ...]
    hard: bool = False
    begins: Callable[[Program], None] = lambda program: None
    does: Callable[[Program], None] = lambda program: rests(1)
    pausing: bool = True  # whether F is to be answered by standing still


def ticked(program: Program) -> None:
    """Noise that moves: the tick is where it is on most machines, or a little beside it."""
    x, y = MOVING
    for beside in (0, 20, -20, 40):
        program.desk.click(x + beside, y)
        rests(1.5)
        if program.seen["came a second"] > 2:
            return
    raise AssertionError("the noise does not move")


def explained(program: Program) -> None:
    program.press("2")
    program.wait("the tab", lambda seen: seen["tab"] == "Saliency")


def drawn(program: Program) -> None:
    x, y = PAD
    for step in range(4):
        aside = PAD_SIDE - step * 50
        program.desk.drag((x - aside, y - PAD_SIDE), (x + aside, y + PAD_SIDE))
        rests(0.2)


def walked(program: Program) -> None:
    program.press("e")
    rests(0.2)


def asked_for_a_camera(program: Program) -> None:
    program.press("c")
    rests(1)
    program.press("e")


LENET, SHIPPED = ("--model", "lenet"), ("--model", "resnet-cifar")
IMAGENET = ("--model", "resnet18", "--weights", "random")
CASES = (
    Case("1080p60 film, LeNet", ("--source", "film 1080p60.mp4", *LENET), hard=True),
    Case("whole screen, LeNet", ("--source", "screen", *LENET), hard=True),
    Case("1080p60 film, ImageNet", ("--source", "film 1080p60.mp4", *IMAGENET)),
    Case("whole screen, ImageNet", ("--source", "screen", *IMAGENET)),
    Case("480×360 film", ("--source", "film.mp4", *SHIPPED)),
    Case("film, explained", ("--source", "film.mp4", *SHIPPED), begins=explained),
    Case("animation", ("--source", "animation.gif", *SHIPPED)),
    Case("animation, explained", ("--source", "animation.gif", *SHIPPED), hard=True, begins=explained),
    Case("noise", ("--source", "noise", *LENET), begins=ticked),
    Case("sketch", ("--source", "sketch", *LENET), does=drawn, pausing=False),
    Case("folder", ("--source", "folder", *SHIPPED), does=walked, pausing=False),
    Case("camera that is not there", ("--source", "samples", *LENET), does=asked_for_a_camera, pausing=False),
)


@dataclass(frozen=True)
class Outcome:
    memory: float
    growth: float
    shown: float  # pictures a second
    late_wait: float  # that 99 of 100 ticks do not exceed
    longest_wait: float
    key: float  # seconds until F was answered, at worst
    end: float  # seconds until it had ended
    faults: tuple[str, ...]


def watched(case: Case, screen: Desk, things: Path, home: Path, seconds: float) -> Outcome:
    words = [str(things / word) if (things / word).exists() else word for word in case.words]
    if "samples" in words:
        words[words.index("samples")] = "sample:cat"
    program = Program(screen, home, *words)
    keys: list[float] = []
    try:
        program.answered()
        program.press("F11")
        case.begins(program)
        settled = time.monotonic() + SETTLES
        while time.monotonic() < settled:
            case.does(program)
        program.wait("its first lines", lambda seen: seen["memory"] is not None)
        since = len(program.lines)
        begun, last, still, pause = time.monotonic(), program.seen["answers"], time.monotonic(), 0
        while (now := time.monotonic()) < begun + seconds:
            case.does(program)
            program.wait("that it lives", lambda seen: True)
            answers = program.seen["answers"]
            if answers != last:
                last, still = answers, now
            elif now - still > STILL:
                raise AssertionError(f"no new picture for {STILL:.0f} s; it says: {program.seen['notice']}")
            if case.pausing and now > begun + (pause + 1) * 10 - 5:
                pause += 1
                keys += [timed(program, True), timed(program, False)]
                still = time.monotonic()
        lines = program.lines[since:]
        before_the_end = time.monotonic()
        ended = program.quit()
        end = time.monotonic() - before_the_end
    finally:
        program.kill()
    return outcome(lines, keys, end, f"{ended.status} {ended.complaints}".strip())


def timed(program: Program, frozen: bool) -> float:
    begun = time.monotonic()
    program.press("f")
    program.wait("that it stands still", lambda seen: seen["frozen"] == frozen)
    return time.monotonic() - begun


def outcome(lines: Sequence[dict[str, object]], keys: Sequence[float], end: float, ended: str) -> Outcome:
    memory = [float(line["memory"]) for line in lines]  # type: ignore[arg-type]
    waits = sorted(wait for line in lines for wait in line["waits"])  # type: ignore[attr-defined]
    ticks = sum(int(line["ticks"]) for line in lines)  # type: ignore[call-overload]
    seconds = sum(float(line["seconds"]) for line in lines)  # type: ignore[arg-type]
    answers = int(lines[-1]["answers"]) - int(lines[0]["answers"])  # type: ignore[call-overload]
    late = waits[-max(1, min(len(waits), ticks // 100))]
    means = [fmean(memory[first : first + FEW]) for first in range(max(len(memory) - FEW, 0) + 1)]
    growth = max(means) - means[0]
    limits = {
        f"it grew by {growth:.0f} MiB": growth > GROWTH,
        f"one tick in a hundred waited {late:.0f} ms": late > WAITS,
        f"it hung for {waits[-1]:.0f} ms": waits[-1] > LONGEST,
        f"a key waited {max(keys, default=0):.1f} s": max(keys, default=0) > PAUSES,
        f"it ended with {ended}": ended != "0",
    }
    faults = tuple(sentence for sentence, broken in limits.items() if broken)
    return Outcome(memory[-1], growth, answers / seconds, late, waits[-1], max(keys, default=0), end, faults)


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60, help="of all cases together")
    parser.add_argument("--only", default="", help="the cases with this in their title")
    given = parser.parse_args(words)
    chosen = [
        case for case in CASES if given.only in case.title and (case.hard or given.minutes >= SHORT or given.only)
    ]
    seconds = given.minutes * 60 / max(len(chosen), 1)
    failed = 0
    head = ("MiB", "grew", "shown/s", "wait 99 %", "longest", "key s", "end s")
    with tempfile.TemporaryDirectory() as folder, desk() as screen:
        things = material.make(Path(folder) / "things")
        print(f"{'each ' + format(seconds, '.0f') + ' s; waits in ms':28}" + "".join(f"{name:>10}" for name in head))
        for number, case in enumerate(chosen):
            home = Path(folder) / f"home {number}"
            home.mkdir()
            try:
                found = watched(case, screen, things, home, seconds)
            except AssertionError as error:
                failed += 1
                print(f"{case.title:28}  FAILED: {str(error)[:600]}", flush=True)
                continue
            numbers = (found.memory, found.growth, found.shown, found.late_wait, found.longest_wait)
            row = "".join(f"{number:10.0f}" for number in numbers) + f"{found.key:10.2f}{found.end:10.1f}"
            print(f"{case.title:28}{row}" + "".join(f"  FAILED: {fault}" for fault in found.faults), flush=True)
            failed += bool(found.faults)
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
