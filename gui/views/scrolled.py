"""Something that may be higher than its room."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


def scrolled(content: QWidget, parent: QWidget, around: bool = False) -> QScrollArea:
    """As wide as its room, to be scrolled up and down.

    With `around` it is all of a dock or a page: it may also be wider than its room, and takes no focus itself, since
    what is in it scrolls into sight when it gets the focus.
    """
    area = QScrollArea(parent)
    area.setWidget(content)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    if around:
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    else:
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area
