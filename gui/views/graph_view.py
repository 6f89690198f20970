"""A result of nodes and edges, to scroll and to zoom; a click says which node was meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPen, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QWidget

from gui import theme

if TYPE_CHECKING:
    from analysis.protocol.frame import Pixels
    from analysis.results.kinds import Graph, Node

WIDE, HIGH = 190.0, 40.0  # of a node
ACROSS, DOWN = 220.0, 64.0  # from one to the next
STEP = 1.25
_NUMBER = 0  # the data of an item that is the node's number


class GraphView(QGraphicsView):
    node_clicked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setScene(QGraphicsScene(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setDragMode(QGraphicsView.DragMode.ScrollHandDrag)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)

    def show_result(self, result: Graph, _picture: Pixels | None = None) -> None:
        scene, colours = self.scene(), theme.colours()
        scene.clear()
        pen = QPen(colours.dim, 1.2)
        for start, end in result.edges:
            one, other = _middle(result.nodes[start]), _middle(result.nodes[end])
            scene.addLine(one.x(), one.y() + HIGH / 2, other.x(), other.y() - HIGH / 2, pen)
        for number, node in enumerate(result.nodes):
            room = QRectF(node.column * ACROSS, node.row * DOWN, WIDE, HIGH)
            box = scene.addRect(room, QPen(colours.dim), colours.sunken)
            box.setData(_NUMBER, number)
            box.setToolTip(f"{node.name}\n{node.words}" if node.words else node.name)
            words = f"{node.name}\n{node.words}" if node.words else node.name
            text = scene.addSimpleText(_cut(self, words))
            text.setBrush(colours.text)
            text.setPos(room.left() + 6, room.top() + 3)
            text.setData(_NUMBER, number)
        scene.setSceneRect(scene.itemsBoundingRect().adjusted(-20, -20, 20, 20))

    def show_nothing(self, words: str) -> None:
        self.scene().clear()
        self.scene().addSimpleText(words).setBrush(theme.colours().dim)
        self.scene().setSceneRect(self.scene().itemsBoundingRect())

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            factor = STEP if event.angleDelta().y() > 0 else 1 / STEP
            self.scale(factor, factor)
        else:
            super().wheelEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        item = self.itemAt(event.position().toPoint())
        number = item.data(_NUMBER) if item is not None else None
        if isinstance(number, int):
            self.node_clicked.emit(number)


def _middle(node: Node) -> QPointF:
    return QPointF(node.column * ACROSS + WIDE / 2, node.row * DOWN + HIGH / 2)


def _cut(view: QWidget, words: str) -> str:
    room = int(WIDE) - 12
    return "\n".join(
        view.fontMetrics().elidedText(line, Qt.TextElideMode.ElideMiddle, room) for line in words.split("\n")[:2]
    )
