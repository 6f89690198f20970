"""The start of the program: what is there when the window is first painted, and what comes only after that."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = """
import json, linecache, sys
from gui import app
from gui.main_window import MainWindow
from gui.options import WindowOptions
import wave  # anything that nothing else needs

found = {"its source was read": wave.__file__ in linecache.cache}
painted = MainWindow.paintEvent

def paint(self, event):
    painted(self, event)
    found.setdefault("modules", sorted(sys.modules))
    found.setdefault("menus", menus(self))
    found.setdefault("height", self.tabs.height())

def menus(window):
    return [action.text() for action in window.menuBar().actions() if action.isVisible()]

def later():
    from gui.session import Session

    def begin(self):
        found["menus later"] = menus(self.window)
        found["height later"] = self.window.tabs.height()
        found["tabs"] = [self.window.tabs.tabText(index) for index in range(self.window.tabs.count())]
        self.window.close()

    Session.begin = begin

make = MainWindow.__init__

def made(self, state):
    make(self, state)
    self.stands.connect(later)

MainWindow.paintEvent, MainWindow.__init__ = paint, made
found["code"] = app.run_window(WindowOptions())
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a start in a process of its own found; it ends when the session would load the first network."""
    environment = dict(os.environ, QT_QPA_PLATFORM="offscreen", XDG_CONFIG_HOME=str(tmp_path_factory.mktemp("config")))
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_that_the_window_stands_before_what_is_behind_it_is_imported(start: dict[str, Any]) -> None:
    assert not {"torch", "numpy", "gui.session", "gui.bindings", "analysis.events"} & set(start["modules"])


def test_that_nothing_moves_when_the_commands_are_bound(start: dict[str, Any]) -> None:
    assert start["menus"] == start["menus later"] == ["File", "Source", "View", "Explain", "Help"]
    assert start["height"] == start["height later"]
    assert start["tabs"] == ["Activations", "Saliency", "Occlusion", "Trust", "Compare"]
    assert start["code"] == 0


def test_that_the_source_of_imported_modules_is_not_read(start: dict[str, Any]) -> None:
    assert not start["its source was read"]
