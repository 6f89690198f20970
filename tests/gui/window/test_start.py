"""The start of the program: what is there when the window is first painted, and what comes only after that."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gui.tabs.table import TABS

SCRIPT = """
import json, linecache, sys
from gui import app
from gui.window.main_window import MainWindow
from gui.options import WindowOptions
import wave  # anything that nothing else needs

found = {"its source was read": wave.__file__ in linecache.cache}
painted = MainWindow.paintEvent

def paint(self, event):
    painted(self, event)
    found.setdefault("modules", sorted(sys.modules))
    found.setdefault("menus", menus(self))
    found.setdefault("height", self.tabs.height())
    found.setdefault("docks", docks(self))

def docks(window):
    return {name: dock.geometry().getRect() for name, dock in window.docks.items() if dock.isVisible()}

def menus(window):
    return [action.text() for action in window.menuBar().actions() if action.isVisible()]

def later():
    from PySide6.QtCore import Qt
    from gui.window.session import Session

    def begin(self):
        found["menus later"] = menus(self.window)
        found["height later"] = self.window.tabs.height()
        app.QApplication.processEvents()
        found["docks later"] = docks(self.window)
        found["tabs"] = [self.window.tabs.tabText(index) for index in range(self.window.tabs.count())]
        self.window.docks["Unit"].close()
        self.window.removeDockWidget(self.window.docks["Network"])
        self.window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.window.docks["Network"])
        self.window.docks["Network"].show()
        self.window.resize(1200, 800)
        app.QApplication.processEvents()
        found["docks at last"] = docks(self.window)
        self.window.close()

    Session.begin = begin

make = MainWindow.__init__

def made(self):
    make(self)
    self.stands.connect(later)

MainWindow.paintEvent, MainWindow.__init__ = paint, made
found["code"] = app.run_window(WindowOptions())
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def starts(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What two starts in processes of their own found; they end when the session would load the first network."""
    folder = tmp_path_factory.mktemp("config")
    screen = {"name": "large", "x": 0, "y": 0, "width": 1920, "height": 1080}
    dots = {"logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}
    (folder / "screens.json").write_text(json.dumps({"screens": [screen | dots]}))
    platform = f"offscreen:configfile={folder / 'screens.json'}"
    environment = dict(os.environ, QT_QPA_PLATFORM=platform, XDG_CONFIG_HOME=str(folder))
    return [_found(environment), _found(environment)]


def _found(environment: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=environment,
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def start(starts: list[dict[str, Any]]) -> dict[str, Any]:
    return starts[0]


def test_that_the_window_stands_before_what_is_behind_it_is_imported(start: dict[str, Any]) -> None:
    assert not {"torch", "numpy", "gui.window.session", "gui.window.bindings", "analysis.protocol.events"} & set(
        start["modules"]
    )
    assert not [name for name in start["modules"] if name.startswith("gui.panels")]


def test_that_nothing_moves_when_the_commands_are_bound(start: dict[str, Any]) -> None:
    assert start["menus"] == start["menus later"] == ["File", "Source", "View", "Explain", "Help"]
    assert start["height"] == start["height later"]
    assert start["tabs"] == [tab.title for tab in TABS]
    assert start["docks"] == start["docks later"]
    assert start["code"] == 0


def test_that_the_next_start_finds_the_docks_where_they_were_left(starts: list[dict[str, Any]]) -> None:
    first, second = starts
    assert first["docks at last"] != first["docks"]
    assert "Unit" not in second["docks"]
    assert second["docks"] == second["docks later"] == first["docks at last"]


def test_that_the_source_of_imported_modules_is_not_read(start: dict[str, Any]) -> None:
    assert not start["its source was read"]
