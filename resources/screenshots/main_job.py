"""The main job as a short film for the README, made by the program itself:

    QT_QPA_PLATFORM=offscreen python -m resources.screenshots.main_job resources/screenshots/main-job.webp

A picture is looked at layer by layer, a unit is chosen, all there is of it is shown, it is looked at beside another
one, and what mattered for the answer is asked. The window does it as it does for a person; only the mouse is drawn.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QEventLoop, QPoint, QPointF, QSettings, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from analysis.protocol.recipe import ModelChoice
from gui import theme
from gui.options import WindowOptions
from gui.window.bindings import Bindings
from gui.window.main_window import MainWindow
from gui.window.session import Session

SIZE = QSize(1280, 760)
SHORT, LONG = 250, 1800  # milliseconds that a picture stands
STEPS = 4  # of the mouse on its way
PATIENCE = 120_000  # milliseconds until something has come
LAYER, UNIT, OTHER = "stage3.block1.relu2", 58, 87
ARROW = ((0, 0), (0, 17), (4, 13), (7, 19), (10, 18), (7, 12), (12, 12))


class Film:
    """Pictures of the window with the mouse on it, each with how long it stands."""

    def __init__(self, window: QWidget) -> None:
        self._window = window
        self._mouse = QPointF(SIZE.width() * 0.6, SIZE.height() * 0.6)
        self.pictures: list[Image.Image] = []
        self.times: list[int] = []

    def take(self, milliseconds: int) -> None:
        settle()
        image = self._window.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(0, 0, 0), 1.2))
        painter.setBrush(QColor(255, 255, 255))
        painter.drawPolygon(QPolygonF([self._mouse + QPointF(x, y) for x, y in ARROW]))
        painter.end()
        size = (image.width(), image.height())
        line = image.bytesPerLine()
        self.pictures.append(Image.frombytes("RGB", size, bytes(image.constBits()), "raw", "RGB", line, 1))
        self.times.append(milliseconds)

    def go(self, widget: QWidget, at: QPoint) -> None:
        """The mouse goes there."""
        goal = QPointF(widget.mapTo(self._window, at))
        begin = QPointF(self._mouse)
        for step in range(1, STEPS + 1):
            self._mouse = begin + (goal - begin) * (step / STEPS)
            self.take(90)

    def click(self, widget: QWidget, at: QPoint) -> None:
        self.go(widget, at)
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=at)

    def write(self, path: Path) -> None:
        first, *others = self.pictures
        first.save(path, save_all=True, append_images=others, duration=self.times, loop=0, quality=80, method=4)


def settle() -> None:
    for _ in range(8):
        QApplication.processEvents()


def until(condition: Callable[[], bool]) -> None:
    """Runs the window until it is so."""
    loop, look, late = QEventLoop(), QTimer(), QTimer()
    look.timeout.connect(lambda: loop.quit() if condition() else None)
    late.setSingleShot(True)
    late.timeout.connect(loop.quit)
    look.start(20)
    late.start(PATIENCE)
    loop.exec()
    if not condition():
        raise TimeoutError("what the film waits for did not come")


def act(session: Session, film: Film) -> None:
    window, state = session.window, session.state
    activations = window.activations
    film.take(LONG)
    tree = window.network.tree
    tree.select(LAYER)
    settle()
    film.click(tree.viewport(), tree.visualRect(tree.currentIndex()).center())
    state.set_layer(LAYER)  # which the click on a row that is marked already leaves as it is
    until(lambda: session.loop.live is not None and session.loop.live.layer == LAYER)
    film.take(LONG)
    tile = activations.mosaic.place_of(UNIT)
    assert tile is not None
    film.click(activations.mosaic, tile.center().toPoint())
    until(lambda: window.unit.sight.unit is not None and window.unit.sight.unit.unit == UNIT)
    film.take(LONG)
    film.go(window.unit.enlarge, window.unit.enlarge.rect().center())
    window.unit.enlarge.click()
    until(lambda: not activations.page.deconvolution.picture_rect().isEmpty())
    film.take(LONG + 600)
    window.actions_["keep-beside"].trigger()
    until(lambda: activations.beside.left.shows_unit)
    state.set_unit(OTHER)
    until(lambda: session.loop.live is not None and session.loop.live.unit is not None)
    until(lambda: session.loop.live is not None and session.loop.live.unit.unit == OTHER)  # type: ignore[union-attr]
    film.go(activations.beside.right.map, activations.beside.right.map.rect().center())
    film.take(LONG)
    session.kept.close()
    session.tabs.explain_best()
    panel = session.tabs["saliency"].panel
    until(lambda: panel.shown() is not None and not session.jobs.running)
    film.take(LONG + 600)


def main(path: Path) -> None:
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    theme.apply(application, "dark")
    with tempfile.TemporaryDirectory() as folder:
        settings = QSettings(str(Path(folder) / "settings.ini"), QSettings.Format.IniFormat)
        window = MainWindow()
        window.resize(SIZE)
        window.restore_layout(settings)
        window.resize(SIZE)
        window.show()
        options = WindowOptions(model=ModelChoice("efficientnet_lite0"), source="sample:chelsea", layer="conv")
        session = Session(options, settings, window=window)
        bindings = Bindings(session)
        session.begin()
        until(lambda: session.catalogue is not None and session.loop.live is not None)
        film = Film(window)
        act(session, film)
        film.write(path)
        window.close()
        del bindings
    print(f"{path}: {len(film.pictures)} pictures, {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
