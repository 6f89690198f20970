"""The window on a network that a script or a notebook has, and the handle by which that one speaks to it."""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QObject, QSettings, QTimer, Signal, Slot

from analysis.protocol.problems import Problem
from analysis.protocol.recipe import Recipe
from gui import theme
from gui.app import ErrorReporter, GarbageGuard, application_of
from gui.options import WindowOptions
from gui.process.display import display_answers
from gui.process.ended_from_outside import EndedFromOutside
from gui.script.session_loop import AroundCells, loop_runs_by_itself
from gui.window.main_window import MainWindow

if TYPE_CHECKING:
    from analysis.protocol.frame import Pixels
    from analysis.script.networks import GivenModel, Way
    from analysis.script.pictures import GivenPicture
    from gui.window.session import Session

FOLLOWS_EVERY = 1000  # milliseconds between two looks at the weights
SHOWS_WITHIN = 3000  # milliseconds that a script's loop waits for what it has changed to be seen
STANDS_WITHIN = 60_000  # milliseconds until the first answer

_open: list[Look] = []


def open_windows() -> tuple[Look, ...]:
    """Those that are not closed, the newest last."""
    return tuple(_open)


def looked_at(
    model: GivenModel, picture: GivenPicture | None, way: Way, layer: str | None, unit: int | None, block: bool | None
) -> Look:
    """The window, which is there when this returns, or which was closed where this waits for it."""
    if threading.current_thread() is not threading.main_thread():
        raise Problem("The window can only be opened by the main thread: call look() there.")
    if not display_answers():
        raise Problem("There is no display to open the window on; explain() and activations() work without one.")
    by_itself = loop_runs_by_itself()
    waits = not by_itself if block is None else block
    source, pixels, options = _options(model, picture, way, layer, unit)
    look = Look(replace(options, source=source), pixels, by_itself)
    if waits:
        look.wait()
    else:
        look.show()
    return look


def _options(
    model: GivenModel, picture: GivenPicture | None, way: Way, layer: str | None, unit: int | None
) -> tuple[str | None, Pixels | None, WindowOptions]:
    from analysis.commands.arguments import window_source
    from analysis.protocol.raw_picture import RawPicture
    from analysis.script.networks import choice_to_look_at
    from analysis.script.pictures import given, levels_in

    source, pixels, seen = None, None, None
    if isinstance(picture, str | os.PathLike):
        source = window_source(os.path.expanduser(os.fspath(picture)))
    elif picture is not None:
        found = given(picture)
        assert not isinstance(found.pixels, RawPicture)  # which only files give
        pixels, seen = found.pixels, found.seen
    chosen = choice_to_look_at(model, way, seen)
    if seen is not None and chosen.choice.preprocessing is not None:
        pixels = levels_in(seen, chosen.choice.preprocessing)
    return source, pixels, WindowOptions(chosen.choice, None, layer, unit, chosen.device, way.trust)


class Look(QObject):
    """The window as a script speaks to it. `refresh` shows the module as it is now, `close` and `wait` end the window.

    A module's weights are followed by themselves while the event loop runs, as far as torch counts what writes to them;
    what goes past its counters, such as `parameter.data`, and other layers in the place of some, want `refresh`.
    """

    begun = Signal(object)  # the Session, when the window stands

    def __init__(self, options: WindowOptions, pixels: Pixels | None, by_itself: bool) -> None:
        super().__init__()
        self._options = options
        self._pixels = pixels
        self._by_itself = by_itself
        self._switches = sys.getswitchinterval()
        self._application = application_of()
        self._application.setQuitOnLastWindowClosed(False)  # the session goes on
        self._guard = GarbageGuard(self)
        self._cells = AroundCells(self._guard.leave_to_python, self._guard.take_over)
        self._reporter = ErrorReporter()
        self._settings = QSettings()
        self._window = MainWindow()
        self._session: Session | None = None
        self._closed = False
        self._follow = QTimer(self)
        self._follow.setInterval(FOLLOWS_EVERY)
        self._follow.timeout.connect(self._follow_weights)
        theme.apply_remembered(self._application, self._settings)
        self._window.restore_layout(self._settings)
        self._window.stay_on_screen()
        self._window.stands.connect(self._begin)
        self._window.closing.connect(self._end_unbegun)
        _open.append(self)
        self._window.show()
        self._window.raise_()

    @property
    def is_open(self) -> bool:
        return not self._closed

    @property
    def session(self) -> Session | None:
        """All that the window is made of, once it stands and until it is closed."""
        return self._session

    def show(self) -> None:
        """Where nobody else runs the event loop, until something is to be seen."""
        if self._by_itself or self._closed:
            return
        if self._session is None or self._session.loop.live is None:
            self._pump(STANDS_WITHIN)

    def refresh(self) -> None:
        """Shows the module as it is now; what was computed of the one before is computed again when it is asked for."""
        if self._closed:
            raise Problem("The window is closed: look() opens another one.")
        name = self._options.model.name if self._options.model is not None else ""
        if self._options.model is not None and self._options.model.in_memory:
            from analysis.opening import in_memory

            in_memory.renew(name)
            self._load_again()
        if not self._by_itself:
            self._pump(SHOWS_WITHIN)

    def close(self) -> None:
        if not self._closed:
            self._window.close()
            self._end()
            take_apart()

    def wait(self) -> None:
        """Until the window is closed. Ctrl+C closes it, and is raised here then."""
        if self._closed:
            return
        outside = EndedFromOutside()
        loop = QEventLoop()
        outside.asked.connect(self.close)
        self._window.closing.connect(loop.quit)
        try:
            loop.exec()
        finally:
            outside.stop()
            self.close()
            take_apart()
        if outside.status:
            signal.raise_signal(signal.Signals(outside.status - 128))

    def __repr__(self) -> str:
        shown = self._session.state.network if self._session is not None else None
        title = shown.title if shown is not None else "a network"
        return f"<window on {title}{', closed' if self._closed else ''}>"

    @Slot()
    def _begin(self) -> None:
        if self._closed or self._session is not None:
            return
        from gui.sources.still import StillSource
        from gui.window.bindings import Bindings
        from gui.window.session import Session
        from gui.window.watch import watch_if_asked

        self._session = session = Session(self._options, self._settings, window=self._window)
        Bindings(session)
        watch_if_asked(session)
        self._reporter.show_in(self._window)
        session.closed.connect(self._end)
        pixels = self._pixels
        still = None if pixels is None else StillSource("memory", "picture of the script", lambda: pixels)
        session.begin(still)
        self._follow.start()
        self.begun.emit(session)

    @Slot()
    def _follow_weights(self) -> None:
        """Not while something is computed of the weights that are shown."""
        session, choice = self._session, self._options.model
        if session is None or choice is None or not choice.in_memory:
            return
        if session.networks.busy or session.jobs.running or not self._shows(choice.name):
            return
        from analysis.opening import in_memory

        if in_memory.is_changed(choice.name):
            in_memory.renew(choice.name)
            self._load_again()

    def _shows(self, name: str) -> bool:
        shown = self._session.state.network if self._session is not None else None
        return shown is not None and shown.choice.name == name

    def _load_again(self) -> None:
        """What is looked at stays; where another network was chosen meanwhile, the module comes back."""
        session, choice = self._session, self._options.model
        if session is None or choice is None:
            return
        state = session.state
        if state.network is None or not self._shows(choice.name):
            session.networks.load(choice)
            return
        choice = replace(state.network.choice, weights_hash=None)
        kept = Recipe(choice, layer=state.layer, unit=state.unit, place=state.place, target=state.target)
        session.networks.load(choice, kept)

    def _pump(self, patience: int) -> None:
        """Runs the event loop until the network has answered, at most as long as the patience lasts."""
        if self._closed:
            return
        pump = _Pump(patience)
        self._window.closing.connect(pump.quit)
        self.begun.connect(pump.follow)
        if self._session is not None:
            pump.follow(self._session)
        pump.exec()
        pump.end()

    @Slot()
    def _end_unbegun(self) -> None:
        """Closed before it stood; a session that has begun tells itself."""
        if self._session is None:
            self._end()

    @Slot()
    def _end(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._follow.stop()
        session, self._session = self._session, None
        if session is not None:
            session.close()
            session.deleteLater()
        self._window.deleteLater()
        self._cells.stop()
        self._reporter.stop()
        self._guard.stop()
        self._settings.sync()
        sys.setswitchinterval(self._switches)
        if self._options.model is not None and self._options.model.in_memory:
            from analysis.opening import in_memory

            in_memory.withdraw(self._options.model.name)
        with suppress(ValueError):
            _open.remove(self)


def take_apart() -> None:
    """What was closed, where no event loop comes back to it."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


class _Pump(QEventLoop):
    """Runs until a network has answered, or could not."""

    def __init__(self, patience: int) -> None:
        super().__init__()
        self._session: Session | None = None
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.timeout.connect(self.quit)
        self._patience.start(patience)

    def end(self) -> None:
        self._patience.stop()
        self.deleteLater()

    @Slot(object)
    def follow(self, session: Session) -> None:
        self._session = session
        session.jobs.failed.connect(self.quit)
        session.networks.failed.connect(self.quit)
        session.networks.trust_wanted.connect(self.quit)
        session.loop.shown.connect(self._see)

    @Slot(object)
    def _see(self, _live: object) -> None:
        if self._session is not None and not self._session.networks.busy:
            self.quit()


@atexit.register
def _close_all() -> None:
    """A thread of Qt's that outlives Python ends the process with a core dump."""
    from gui.lane.dispatcher import wait_for_overdue

    while _open:
        _open[-1].close()
    wait_for_overdue()
