"""Help ▸ Tour: the main job, step by step, in the window itself. Each step does what it speaks of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QPushButton, QWidget

from gui.views.callout import Callout, Side

if TYPE_CHECKING:
    from gui.window.session import Session


@dataclass(frozen=True)
class Stop:
    """`begin` brings what is spoken of into sight."""

    title: str
    words: str
    side: Side
    anchor: Callable[[Session], QWidget]
    begin: Callable[[Session], object] = lambda _session: None


def _to(key: str) -> Callable[[Session], object]:
    def go(session: Session) -> None:
        tabs = session.window.tabs
        tabs.setCurrentWidget(session.tabs[key] if key else session.window.activations)

    return go


def _take_a_unit(session: Session) -> None:
    """One that answers to this picture, if none is chosen."""
    _to("")(session)
    state, live = session.state, session.loop.live
    if state.unit is None and live is not None and live.mosaic is not None and len(live.mosaic.order):
        state.set_unit(int(live.mosaic.order[int(live.mosaic.high.argmax())]))


STOPS = (
    Stop(
        "A network",
        "Choose one here: some ship, others are downloaded when you take them, and your own files open here, too.",
        "right",
        lambda session: session.window.network.choose,
        _to(""),
    ),
    Stop(
        "Its layers",
        "From the picture to the answer. The bars tell how active each layer is now. U and O walk, typing finds.",
        "right",
        lambda session: session.window.network.tree,
        _to(""),
    ),
    Stop(
        "Its units",
        "Every unit of the layer on this picture, live. The wheel zooms, a click chooses, right click asks for more.",
        "inside",
        lambda session: session.window.activations.mosaic,
        _to(""),
    ),
    Stop(
        "One unit",
        "Its map, the same over the picture, what it answered so far and its best pictures. Click a place of the map: "
        "a frame in the picture shows what that place looks at.",
        "left",
        lambda session: session.window.unit,
        _take_a_unit,
    ),
    Stop(
        "The answer",
        "The classes that respond most. Click one to explain it.",
        "right",
        lambda session: session.window.predictions,
    ),
    Stop(
        "Why?",
        "Maps of what the answer depends on. A green dot marks the methods that follow the pictures by themselves.",
        "inside",
        lambda session: session.tabs["saliency"],
        _to("saliency"),
    ),
    Stop(
        "Try it out",
        "Occlusion hides one place after the other and asks again. Press Run; what is there when you stop it stays.",
        "inside",
        lambda session: session.tabs["occlusion"],
        _to("occlusion"),
    ),
    Stop(
        "Would you believe it?",
        "Trust tests the map you come from: does it change with the weights, is the answer where it points?",
        "inside",
        lambda session: session.tabs["trust"],
        _to("trust"),
    ),
    Stop(
        "Keep it",
        "Ctrl+E writes what you see as a figure; dropped on this window, it brings everything back. Ctrl+K finds "
        "everything else, and H shows all keys.",
        "inside",
        lambda session: session.window.activations,
        _to(""),
    ),
)


class Tour(QObject):
    """One callout that goes from stop to stop; it can be left at each of them."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._at = 0
        self.callout: Callout | None = None
        self.back: QPushButton | None = None
        self.on: QPushButton | None = None

    @property
    def at(self) -> int | None:
        """The stop that is shown; None when nobody is on tour."""
        return self._at if self.callout is not None else None

    @Slot()
    def begin(self) -> None:
        if self.callout is None:
            first = STOPS[0]
            self.callout = callout = Callout(
                "tour", self._session.window, first.anchor(self._session), first.side, True
            )
            callout.close_button.setText("End")
            self.back, self.on = QPushButton("Back", callout), QPushButton("Next", callout)
            self.back.clicked.connect(self._go_back)
            self.on.clicked.connect(self._go_on)
            callout.buttons.insertWidget(0, self.back)
            callout.buttons.insertWidget(1, self.on)
            callout.closed.connect(self._end)
        self._show(0)

    def _show(self, at: int) -> None:
        callout, back, on = self.callout, self.back, self.on
        assert callout is not None
        assert back is not None
        assert on is not None
        self._at, stop = at, STOPS[at]
        stop.begin(self._session)
        back.setEnabled(at > 0)
        on.setVisible(at < len(STOPS) - 1)
        callout.point_at(stop.anchor(self._session), stop.side)
        callout.say(f"{stop.title} · {at + 1} of {len(STOPS)}", stop.words)

    @Slot()
    def _go_on(self) -> None:
        self._show(min(self._at + 1, len(STOPS) - 1))

    @Slot()
    def _go_back(self) -> None:
        self._show(max(self._at - 1, 0))

    @Slot(str)
    def _end(self, _key: str) -> None:
        self.callout = self.back = self.on = None
