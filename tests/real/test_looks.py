"""The window on a small and on a large screen: all of it can be seen, and something is drawn everywhere.

UNDERHOOD_SHOTS names a folder in which the pictures are kept for a person to look at.
"""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.protocol.recipe import ComparisonChoice, MethodChoice, ModelChoice, PictureChoice, Recipe, to_json
from tests.real.desk import desk
from tests.real.looks import is_blank
from tests.real.program import FIRST_ANSWER, Program, rests

TITLE = 20  # pixels of the window manager's title bar, at least
SHIP = Recipe(ModelChoice("resnet-cifar"), PictureChoice("sample:ship"), layer="stage2.block1.conv1", unit=5)
VIEWS = {
    "unit": SHIP,
    "saliency": replace(SHIP, method="grad-cam"),
    "occlusion": replace(SHIP, method="occlusion", settings={"mask": 8, "stride": 4}),
    "trust": replace(SHIP, method="insertion-deletion", settings={"pixels": 230}),
    "compare": replace(
        SHIP,
        method="gradient",
        comparison=ComparisonChoice(
            (MethodChoice("gradient"), MethodChoice("grad-cam")), (SHIP.model, ModelChoice("resnet-cifar", "random"))
        ),
    ),
}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("size", ["1366x768", "1920x1080"])
def test_that_everything_is_seen_at_every_size(size: str, home: Path, tmp_path: Path) -> None:
    shots = Path(os.environ.get("UNDERHOOD_SHOTS", tmp_path))
    shots.mkdir(parents=True, exist_ok=True)
    with desk(size) as screen:
        program = Program(screen, home, "--source", "sample:ship")

        def shot(name: str) -> None:
            rests(0.7)
            assert not is_blank(screen.picture(shots / f"{size} {name}.png")), name

        try:
            program.answered()
            width, height = screen.size_of("Underhood")
            room = [int(side) for side in size.split("x")]
            assert width <= room[0]
            assert height + TITLE <= room[1]
            shot("start")
            for name, recipe in VIEWS.items():
                file = home / f"{name}.json"
                file.write_text(to_json(recipe))
                program.open(file)
                tab = "Activations" if recipe is SHIP else name.capitalize()
                program.wait("its tab", lambda seen, tab=tab: seen["layer"] == SHIP.layer and seen["tab"] == tab)
                rests(1)
                program.wait("the end of its jobs", lambda seen: seen["jobs"] == 0, FIRST_ANSWER)
                shot(name)
            program.press("1", "ctrl+k")
            shot("palette")
            program.press("Escape", "h")
            shot("help")
            program.press("Escape", "ctrl+o")
            program.wait("the dialog", lambda seen: seen["dialog"])
            shot("dialog")
            program.press("Escape")
            program.choose("Camera")
            program.wait("what it says", lambda seen: seen["notice"])
            shot("notice")
            program.choose("Sketch pad")
            program.wait("the pad", lambda seen: seen["origin"] == "sketch")
            shot("sketch")
            program.choose("Projector mode")
            shot("projector")
            program.choose("Light")
            shot("light")
            assert program.quit().complaints == ""
        finally:
            program.kill()
