"""The application: a window for a person, or a picture of the window for a script.

What is imported and made before the window stands is what can be seen of it; the session and what the commands do
come right after its first paint, and torch after them.
"""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QEventLoop,
    QObject,
    QSettings,
    QStandardPaths,
    QTemporaryDir,
    QTimer,
    QtMsgType,
    Signal,
    Slot,
    qInstallMessageHandler,
)
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

import resources
from analysis.protocol.problems import Problem
from analysis.quick.freed_memory import IdleMemory, keep_freed_memory
from gui import plain_import, theme  # noqa: F401
from gui.options import WindowOptions
from gui.process.ended_from_outside import EndedFromOutside
from gui.process.own_symbols import keep_to_their_own
from gui.process.settings_file import is_saved, unsaved
from gui.process.unforeseen import details_of, traceback_of
from gui.window.keyboard_back import KeyboardBack
from gui.window.main_window import MainWindow

if TYPE_CHECKING:
    from gui.window.session import Session

ICON = resources.FOLDER / "icons" / "underhood.svg"
COLLECT_EVERY = 1000  # milliseconds
LOOK_AT_MEMORY_EVERY = 500  # likewise
# Every torch operation gives Python's lock away and wants it back: a network of a hundred of them would wait up to five
# milliseconds (the default) each time that the window's thread is busy in Python.
SHARE_PYTHON_EVERY = 1e-4  # seconds
PATIENCE = 600_000  # milliseconds that a screenshot waits for the first picture, downloads included


def run_window(options: WindowOptions) -> int:
    """Shows the window until it is closed; 130, 143 or 129 when a signal asked for that."""
    application = application_of()
    outside = EndedFromOutside()
    guard = GarbageGuard(application)
    memory, idle = IdleMemory(), QTimer(application)
    idle.timeout.connect(memory.look)
    idle.start(LOOK_AT_MEMORY_EVERY)
    reporter = ErrorReporter()
    settings = QSettings()
    theme.set_type(application, settings)
    window = MainWindow()
    theme.apply_remembered(application, settings)  # last: widgets that are made under a style sheet cost twice as much
    window.restore_layout(settings)
    window.stay_on_screen()
    KeyboardBack(window)
    session: Session | None = None

    def begin() -> None:
        nonlocal session
        if window.isHidden() or outside.status:  # closed right after it was painted, or about to be
            return
        from gui.window.bindings import Bindings
        from gui.window.first_steps import FirstSteps
        from gui.window.openings import Openings
        from gui.window.session import Session
        from gui.window.watch import watch_if_asked

        session = Session(options, settings, window=window, openings=Openings(_folder()))
        bindings = Bindings(session)
        if options == WindowOptions():  # who says what to open has been here before
            first_steps = FirstSteps(window, settings, bindings.take_tour)
            session.first_answer.connect(first_steps.begin)
            bindings.touring.connect(first_steps.close_all)
        watch_if_asked(session)
        reporter.show_in(window)
        session.first_answer.connect(guard.settle)
        session.closed.connect(application.quit)
        session.begin()
        if options.lecture is not None:
            bindings.lecturing.give(options.lecture)

    def end() -> None:
        window.close()
        if session is None:
            application.quit()

    outside.asked.connect(end)
    window.stands.connect(begin)
    window.show()
    application.exec()
    if session is not None:
        session.close()
    reporter.stop()
    guard.stop()
    idle.stop()
    settings.sync()
    if not is_saved(settings):
        _say(unsaved(settings))
    outside.stop()
    _leave_if_overdue(outside.status)
    return outside.status


def take_screenshot(options: WindowOptions, output: Path) -> int:
    """Writes a picture of the real window, drawn without a screen, after its first frame was shown."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    qInstallMessageHandler(_only_errors)
    from analysis.files.whole_file import write_whole
    from gui.export.figures import png_of
    from gui.lane.dispatcher import overdue
    from gui.window.bindings import Bindings
    from gui.window.session import Session

    application = application_of()
    outside = EndedFromOutside()
    # A file of its own: given the null device, QSettings would put a plain file in its place.
    folder = QTemporaryDir()
    settings = QSettings(folder.filePath("settings.ini"), QSettings.Format.IniFormat)
    session = Session(options, settings)
    Bindings(session)
    theme.apply_remembered(application, settings)
    shot = _Shot(session)
    session.window.stands.connect(session.begin)
    session.window.show()
    outside.asked.connect(shot.give_up)
    try:
        shot.wait()
        if not outside.status:
            _check_shown(session, options)
            QApplication.processEvents()  # labels that have just got their words take their place
            QApplication.processEvents()
            write_whole(output, png_of(session.window.grab().toImage()))
    except Problem as problem:
        session.window.close()
        if overdue():
            _say(str(problem))
            _leave_if_overdue(2)
        raise
    finally:
        session.window.close()
        outside.stop()
    _leave_if_overdue(outside.status)
    return outside.status


def _folder() -> Path:
    """Where this system keeps what a program remembers."""
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppConfigLocation))


def _say(words: str) -> None:
    """On the terminal, which may be gone."""
    with suppress(OSError):
        print(words, file=sys.stderr, flush=True)


def _leave_if_overdue(status: int) -> None:
    """Ends the process without taking apart what a thread still uses; what is being written is written first.

    Nor what a runtime's threads of its own may still use, which nobody can wait for.
    """
    from gui.lane.background import finish
    from gui.lane.dispatcher import overdue

    if overdue() or "onnxruntime" in sys.modules:
        finish()
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _check_shown(session: Session, options: WindowOptions) -> None:
    """The window falls back to what there is and says so; a script wants to know."""
    network, state = session.state.network, session.state
    title = network.title if network is not None else "The network"
    if options.layer is not None and state.layer != options.layer:
        raise Problem(f"{title} has no layer “{options.layer}” that can be shown; `layers` lists those it has.")
    if options.unit is not None and state.unit != options.unit:
        raise Problem(f"The layer {state.layer} has no unit {options.unit}; its units count from 0.")


def _only_errors(kind: QtMsgType, _context: object, message: str) -> None:
    """Qt's offscreen platform warns of what does not matter to a picture."""
    if kind in (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg):
        print(message, file=sys.stderr)


def application_of() -> QApplication:
    """This process's only one, which a notebook may have made."""
    sys.setswitchinterval(SHARE_PYTHON_EVERY)
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        if not existing.organizationName():  # without one nothing can be remembered
            _named(existing)
        return existing
    keep_freed_memory()
    keep_to_their_own()
    application = QApplication(["underhood"])
    _named(application)
    return application


def _named(application: QApplication) -> None:
    application.setApplicationName("Underhood")
    application.setOrganizationName("Underhood")
    application.setDesktopFileName("underhood")
    application.setWindowIcon(QIcon(str(ICON)))


class GarbageGuard(QObject):
    """Collects garbage on the window's thread only: a widget that is collected on another thread crashes.

    What was imported by the time of the first answer is set aside, or every collection would walk all of torch.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._was_on = gc.isenabled()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._collect)
        self._timer.start(COLLECT_EVERY)

    @Slot()
    def settle(self) -> None:
        gc.collect()
        gc.freeze()

    def leave_to_python(self) -> None:
        """For as long as nothing of the window runs: what it left behind is collected first."""
        gc.collect()
        if self._was_on:
            gc.enable()

    def take_over(self) -> None:
        gc.disable()

    def stop(self) -> None:
        self._timer.stop()
        if self._was_on:
            gc.enable()

    @Slot()
    def _collect(self) -> None:
        for generation, (count, threshold) in reversed(
            list(enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True)))
        ):
            if count > max(threshold, 1):
                gc.collect(generation)
                return


class ErrorReporter(QObject):
    """An error that nobody caught is written to the terminal and shown in the window, from whichever thread it came."""

    _happened = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self._window: MainWindow | None = None
        self._before = sys.excepthook
        sys.excepthook = self._caught

    def show_in(self, window: MainWindow) -> None:
        from PySide6.QtCore import Qt

        self._window = window
        self._happened.connect(self._show, Qt.ConnectionType.QueuedConnection)

    def stop(self) -> None:
        sys.excepthook = self._before

    def _caught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        details = traceback_of(error)
        _say(details)
        if isinstance(error, Problem):
            self._happened.emit(str(error), details_of(error))
        else:
            self._happened.emit(f"Something went wrong inside Underhood ({kind.__name__}).", details)

    @Slot(str, str)
    def _show(self, sentence: str, details: str) -> None:
        if self._window is not None:
            self._window.notice.show_notice(sentence, details=details)


class _Shot(QObject):
    """Waits for the first answer or the first failure of a session."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._loop = QEventLoop(self)
        self._problem = ""
        session.first_answer.connect(self._loop.quit)
        session.networks.failed.connect(self._failed)
        session.networks.trust_wanted.connect(self._failed)
        session.jobs.failed.connect(self._failed)
        session.feed.failed.connect(self._source_failed)

    def wait(self) -> None:
        QTimer.singleShot(PATIENCE, self._loop, self._loop.quit)
        self._loop.exec()
        if self._problem:
            raise Problem(self._problem)

    @Slot()
    def give_up(self) -> None:
        self._loop.quit()

    @Slot(object)
    def _failed(self, failure: object) -> None:
        self._problem = failure.summary  # type: ignore[attr-defined]
        self._loop.quit()

    @Slot(str)
    def _source_failed(self, sentence: str) -> None:
        self._problem = sentence
        self._loop.quit()
