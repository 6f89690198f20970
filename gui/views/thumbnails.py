"""A few small pictures to press, in as many columns as the width holds, as large as they can be there."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QIcon, QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

LARGEST, SMALLEST = 72, 52  # pixels of a button where there is room; with much more room they become larger yet
FRAME = 6  # pixels of the button around its picture


class Thumbnails(QWidget):
    chosen = Signal(int)

    def __init__(self, most: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons = [self._button() for _ in range(most)]
        self._images: list[QImage] = []
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.MinimumExpanding)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_pictures(self, pictures: Sequence[tuple[QImage, str]]) -> None:
        """Each with what its tooltip says."""
        self._images = [image for image, _ in pictures]
        for index, button in enumerate(self.buttons):
            button.setVisible(index < len(pictures))
            button.setToolTip(pictures[index][1] if index < len(pictures) else "")
        self._arrange()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        side, columns = _grid(width, len(self.buttons))
        return side * -(-len(self.buttons) // columns)  # also while fewer are there, so that nothing moves for them

    def sizeHint(self) -> QSize:
        return QSize(5 * LARGEST, self.heightForWidth(5 * LARGEST))

    def minimumSizeHint(self) -> QSize:
        return QSize(SMALLEST, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def _button(self) -> QToolButton:
        button = QToolButton(self)
        button.setAutoRaise(True)
        button.hide()
        button.clicked.connect(self._choose)
        return button

    def _arrange(self) -> None:
        side, columns = _largest(self.width(), self.height(), len(self.buttons))
        inside = QSize(side - FRAME, side - FRAME)
        for index, (button, image) in enumerate(zip(self.buttons, self._images, strict=False)):
            button.setGeometry(QRect(index % columns * side, index // columns * side, side, side))
            button.setIconSize(inside)
            small = image.scaled(
                inside * self.devicePixelRatio(),
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            button.setIcon(QIcon(QPixmap.fromImage(small)))

    @Slot()
    def _choose(self) -> None:
        button = self.sender()
        assert isinstance(button, QToolButton)
        self.chosen.emit(self.buttons.index(button))


def _grid(width: int, most: int) -> tuple[int, int]:
    """The side of a button, and how many stand in a row."""
    columns = min(max(width // SMALLEST, 1), most)
    return min(width // columns, LARGEST), columns


def _largest(width: int, height: int, most: int) -> tuple[int, int]:
    """The same, as large as they can be in this much room."""
    sides = {columns: min(width // columns, height // -(-most // columns)) for columns in range(1, most + 1)}
    columns = max(sides, key=lambda count: (sides[count], -count))
    least, usual = _grid(width, most)
    return (sides[columns], columns) if sides[columns] > least else (least, usual)
