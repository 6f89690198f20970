"""The window on a screen of 3840×2160 at twice the scale: as on a smaller one, and as sharp as the screen."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = """
import json, sys
from pathlib import Path
from PySide6.QtCore import QEventLoop, QSettings, QTimer
from PySide6.QtWidgets import QApplication
from analysis.protocol.recipe import ModelChoice
from gui import theme
from gui.options import WindowOptions
from gui.window.bindings import Bindings
from gui.window.session import Session
from tests.journeys.test_words_are_whole import check, settle

app = QApplication([])
projector = sys.argv[2] == "projector"
theme.apply(app, "dark", projector)
settings = QSettings(str(Path(sys.argv[1]) / "settings.ini"), QSettings.Format.IniFormat)
theme.remember(settings, "dark", projector)
session = Session(WindowOptions(model=ModelChoice("lenet"), source="sample:digit-5", layer="conv1"), settings)
bindings = Bindings(session)
window = session.window
window.resize(1920, 1044)
window.restore_layout(settings)
window.resize(1920, 1044)
window.show()

def until(condition):
    loop, look = QEventLoop(), QTimer()
    look.timeout.connect(lambda: loop.quit() if condition() else None)
    look.start(20)
    loop.exec()

session.begin()
until(lambda: session.loop.live is not None)
session.state.set_unit(3)
until(lambda: window.unit.sight.unit is not None)
settle()
unit = window.unit
found = {"ratio": window.devicePixelRatioF(), "shot": [window.grab().width(), window.grab().height()]}
found["map"] = unit.map.picture_rect().width()
best = unit.best.buttons[0]
found["best"] = [best.iconSize().width(), max(size.width() for size in best.icon().availableSizes())]
mosaic = window.activations.mosaic
found["tile"] = [mosaic.place_of(3).width(), mosaic.tile_pixels]
words = []
for index in range(window.tabs.count()):
    window.tabs.setCurrentIndex(index)
    words += check(window, window.tabs.tabText(index))
window.tabs.setCurrentIndex(0)
window.actions_["keep-beside"].trigger()
session.state.set_unit(4)
until(lambda: session.loop.live.unit is not None and session.loop.live.unit.unit == 4)
words += check(window, "side by side")
found["beside"] = [window.activations.beside.left.map.picture_rect().width(),
                   window.activations.beside.right.map.picture_rect().width()]
found["words"] = words
window.close()
print("FOUND " + json.dumps(found))
"""


@pytest.mark.parametrize("type_", ["usual", "projector"])
def test_that_all_is_in_sight_and_sharp(tmp_path: Path, type_: str) -> None:
    own = {"QT_SCALE_FACTOR": "2", "QT_QPA_PLATFORM": "offscreen", "UNDERHOOD_CONFIG": str(tmp_path / "memory")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path), type_],
        cwd=ROOT,
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        timeout=110,
    )
    line = next((line for line in done.stdout.splitlines() if line.startswith("FOUND ")), None)
    assert line is not None, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(line.removeprefix("FOUND "))
    assert found["ratio"] == 2
    assert found["shot"] == [3840, 2088]
    assert found["words"] == []
    assert found["map"] >= (180 if type_ == "projector" else 220)
    shown, drawn = found["best"]
    assert drawn == 2 * shown  # a pixel of the screen for each of its own
    side, pixels = found["tile"]
    assert pixels >= 2 * side or pixels >= 256
    assert min(found["beside"]) >= 300
