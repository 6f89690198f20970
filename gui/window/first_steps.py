"""What somebody is told who starts the program for the first time: three callouts that stay until they are closed.

What has been in sight for a while does not come again at another start.

They are about the tab that the window begins with, and step aside for any other one: they would lie over what is there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QPushButton, QWidget

from gui.views.callout import Callout, Side

if TYPE_CHECKING:
    from PySide6.QtCore import QSettings

    from gui.window.main_window import MainWindow

CLOSED = "first steps/closed"
A_WHILE = 20_000  # milliseconds in which such a card is read


@dataclass(frozen=True)
class Step:
    key: str
    title: str
    words: str
    side: Side
    anchor: Callable[[MainWindow], QWidget]


STEPS = (
    Step(
        "layers",
        "Layers",
        "What the network computes, one layer after the other. Click one to look at it; U and O walk on.",
        "right",
        lambda window: window.network.tree,
    ),
    Step(
        "units",
        "Units",
        "Each tile is what one unit of the layer answers to the picture. Click one: what it sees is told at the right.",
        "inside",
        lambda window: window.activations.mosaic,
    ),
    Step(
        "picture",
        "Picture",
        "What the network looks at. Drop or paste another one, or take the camera from Source.",
        "left",
        lambda window: window.picture,
    ),
)


class FirstSteps(QObject):
    """Each callout that was closed, or seen for a while, does not come again, whatever happens to the others."""

    def __init__(self, window: MainWindow, settings: QSettings, take_tour: Callable[[], object]) -> None:
        super().__init__(window)
        self._settings, self._take_tour = settings, take_tour
        self._window = window
        self.callouts: list[Callout] = []
        self.while_seen = QTimer(self)
        self.while_seen.setInterval(A_WHILE)
        self.while_seen.timeout.connect(self._note_seen)

    @property
    def _closed(self) -> list[str]:
        value = self._settings.value(CLOSED, [])
        return [str(key) for key in value] if isinstance(value, list) else [str(value)]

    @Slot()
    def begin(self) -> None:
        """Once there is something to point at."""
        closed = self._closed
        for step in STEPS:
            if step.key in closed:
                continue
            among = self._window.activations.mosaic
            callout = Callout(step.key, self._window, step.anchor(self._window), step.side, among=among)
            callout.closed.connect(self._note_closed)
            if step is STEPS[-1]:
                tour = QPushButton("Tour", callout)
                tour.setToolTip("The main job, step by step; Help ▸ Tour brings it back")
                tour.clicked.connect(self._go_on_tour)
                callout.buttons.insertWidget(0, tour)
            callout.keep_clear_of(self.callouts)
            callout.say(step.title, step.words)
            self.callouts.append(callout)
        if self.callouts:
            self.while_seen.start()

    @Slot(str)
    def _note_closed(self, key: str) -> None:
        self.callouts = [callout for callout in self.callouts if callout.key != key]
        self._note(key)

    def _note(self, key: str) -> None:
        self._settings.setValue(CLOSED, [*(one for one in self._closed if one != key), key])
        if all(callout.key in self._closed for callout in self.callouts):
            self.while_seen.stop()

    @Slot()
    def _note_seen(self) -> None:
        for callout in self.callouts:
            if callout.isVisible():
                self._note(callout.key)

    @Slot()
    def _go_on_tour(self) -> None:
        self.close_all()
        self._take_tour()

    @Slot()
    def close_all(self) -> None:
        for callout in list(self.callouts):
            callout.close_button.click()
