"""The film strip: its pictures keep their shape, and what it says before has the whole width."""

from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.views.film_strip import SIDE, FilmFrame, FilmStrip


def test_that_a_wide_picture_is_not_made_square(qtbot: QtBot) -> None:
    strip = FilmStrip()
    qtbot.addWidget(strip)
    strip.resize(600, strip.height())
    strip.show_nothing("The map, again and again.")
    strip.show()
    QApplication.processEvents()
    row = strip.widget()
    assert row is not None
    assert row.width() == strip.viewport().width()
    picture = QImage(40, 20, QImage.Format.Format_RGB32)
    picture.fill(QColor("red"))
    strip.show_frames([FilmFrame(picture, "as learnt", "ρ 1.00")] * 12)
    QApplication.processEvents()
    assert row.width() > strip.viewport().width()
    seen = row.grab().toImage()
    assert seen.pixelColor(QPoint(SIDE // 2, SIDE - SIDE // 4)) == QColor("red")
    assert seen.pixelColor(QPoint(SIDE // 2, SIDE // 4)) != QColor("red")
