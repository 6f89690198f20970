"""The Picture dock: what the network sees, what the clicked place looks at, and the controls of the source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from analysis.protocol.answer_words import surest
from analysis.protocol.number_words import percent
from gui.selection import State
from gui.views.calm import PICTURES, Calm
from gui.views.image_view import ImageView
from gui.views.pixels import rgb_image
from gui.views.words import FewerWords

if TYPE_CHECKING:
    from analysis.protocol.events import Floats, FoundBoxes, Live
    from analysis.protocol.frame import Frame, Pixels
    from analysis.results.views import View

EMPTY = "Drop a picture, folder or video here, or choose a source."
LOOKED_AT = 640  # pixels, of the longer side


class PicturePanel(QWidget):
    def __init__(self, state: State, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._shown_number = -1
        self._live: Live | None = None
        self._answers = False  # the network has seen a picture
        self._leaps = False  # the next picture is of another place of the film
        self._leapt_to = -1  # its number; what was answered of those before is not shown any more
        self._calm = Calm(self, PICTURES)
        self._calm.due.connect(self._paint)
        self._controls: QWidget | None = None
        self.view = ImageView(self)
        self.view.show_nothing(EMPTY)
        self.view.set_caption(" ")  # its room is kept, so that nothing moves when there are words
        self.view.setAccessibleName("What the network sees")
        self.back = ImageView(self)
        self.back.setAccessibleName("What flows back to the picture")
        self.back.hide()
        self._back_view: View = "norm"
        self._derivative: Floats | None = None
        self.caption = FewerWords()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(8, 8, 8, 8)
        self.column.setSpacing(6)
        self._pictures = QHBoxLayout()
        self._pictures.setSpacing(8)
        self._pictures.addWidget(self.view, 1)
        self._pictures.addWidget(self.back, 1)
        self.column.addLayout(self._pictures, 1)
        self.column.addWidget(self.caption)
        state.place_changed.connect(self._show_field)
        state.unit_changed.connect(self._show_field)
        state.layer_changed.connect(self._show_field)
        state.network_changed.connect(self._show_field)
        state.network_changed.connect(self._await_answer)

    def sizeHint(self) -> QSize:
        return QSize(320, 320)

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """A picture that stays is shown at once, before the network has seen it; so are others until it is there, and
        the one at the place of a film that somebody sought."""
        if frame.number != self._shown_number and not (frame.moving and self._answers and not self._leaps):
            self._shown_number = frame.number
            self.view.set_veil(None)
            self.view.set_named_boxes(())
            if self._leaps:
                self._leaps, self._leapt_to = False, frame.number
                self._show_as_seen(frame)
            else:
                self.view.set_boxes(())
                self._show_as_given(frame)

    def _show_as_given(self, frame: Frame) -> None:
        self.view.show_image(rgb_image(_to_look_at(frame)))
        self.view.set_caption("the picture as it was given")

    @Slot()
    def leap(self) -> None:
        """The next picture is one that somebody is looking for."""
        self._leaps = True

    @property
    def shown_number(self) -> int:
        """Of the frame whose picture is on the screen, or about to be."""
        return self._shown_number

    def tell_standing(self, frozen: bool, holding: bool, paused: bool = False) -> None:
        """In the picture's corner: that it stands, and how it goes on. A film that is paused stands itself; behind a
        picture that is held it goes on."""
        words = "an earlier picture" if holding else "frozen"
        self.view.set_tag(f"{words} · F goes on" if frozen else "film paused · P goes on" if paused else "")

    @Slot(object)
    def show_live(self, live: Live) -> None:
        if live.frame.moving and live.frame.number < self._leapt_to:
            return
        self._shown_number = live.frame.number
        self._live, self._answers = live, True
        if live.frame.moving:
            self._calm.request()
        else:
            self._calm.at_once()

    @Slot()
    def _await_answer(self) -> None:
        self._answers = False

    @Slot()
    def _paint(self) -> None:
        live = self._live
        if live is None or live.frame.number != self._shown_number:
            return
        self._show_seen(live.picture)
        self.view.set_named_boxes(self._found(live.boxes))
        self._derivative = live.derivative
        self._show_back()
        self._show_field()

    def _show_as_seen(self, frame: Frame) -> None:
        """About what the network will see of it, so that nothing moves when the answer comes."""
        network = self._state.network
        if network is None:
            self._show_as_given(frame)
            return
        from analysis.pictures.images import fitted
        from analysis.protocol.raw_picture import RawPicture, rough

        given = frame.given
        given = rough(given, LOOKED_AT) if isinstance(given, RawPicture) else given
        self._show_seen(fitted(given, network.preprocessing))

    def _show_seen(self, picture: Pixels) -> None:
        image, network = rgb_image(picture), self._state.network
        if network is not None and network.preprocessing.channels == 1:
            image = image.convertToFormat(QImage.Format.Format_Grayscale8)  # the network sees no colours
        self.view.show_image(image, smooth=max(picture.shape[:2]) > 64)
        self.view.set_caption(f"what the network sees, {picture.shape[0]}×{picture.shape[1]}")

    def _found(self, boxes: FoundBoxes | None) -> list[tuple[QRectF, str]]:
        """What the network is surest to have found, with its name and score."""
        from gui.views.target_words import class_words

        found: list[tuple[QRectF, str]] = []
        for place in surest(boxes):
            assert boxes is not None
            left, top, right, bottom = (float(side) for side in boxes.corners[place])
            name = "" if boxes.classes is None else class_words(self._state.network, int(boxes.classes[place]))
            words = f"{name} {percent(float(boxes.scores[place]))}".strip()
            found.append((QRectF(left, top, right - left, bottom - top), words))
        return found

    def look_back_as(self, view: View) -> None:
        """How the derivative of backward mode is looked at."""
        self._back_view = view
        self._show_back()

    def _show_back(self) -> None:
        """Beside the picture, what flows back to it in backward mode."""
        self.back.setVisible(self._derivative is not None)
        if self._derivative is None:
            return
        from analysis.drawing.derivatives import view

        shown = view(self._derivative, self._back_view)
        self.back.show_image(rgb_image(shown), smooth=max(self._derivative.shape[1:]) > 64)
        self.back.set_caption(f"what flows back, {self._back_view}")
        self.back.setToolTip(f"What flows back to the picture, seen as {self._back_view} (M for the next view)")

    def use_buttons(self, buttons: QWidget) -> None:
        """The row that is the same for all sources, below everything else."""
        self.column.addWidget(buttons)
        self._order_tabs(buttons)

    def use_controls(self, controls: QWidget | None) -> bool:
        """Puts the source's own controls under the picture, in place of those of the source before.

        True if there is a canvas to draw on, which wants room.
        """
        if self._controls is not None:
            self.column.removeWidget(self._controls)
            self._controls.hide()
            self._controls.deleteLater()
        self._controls = controls
        if controls is None:
            return False
        from gui.sources.canvas import Canvas

        draws = controls.findChild(Canvas) is not None
        self.column.insertWidget(1, controls, 3 if draws else 0)
        self._order_tabs(controls)
        return draws

    def _order_tabs(self, added: QWidget) -> None:
        """The Tab key comes to what was added after the pictures."""
        before: QWidget = self.back
        for control in added.findChildren(QWidget):
            popup = control.window() is not self.window()
            if control.focusPolicy() & Qt.FocusPolicy.TabFocus and not popup:
                QWidget.setTabOrder(before, control)
                before = control

    @Slot()
    def _show_field(self) -> None:
        """The receptive field of the place that was clicked in the unit's map, and its size in words."""
        node, place = self._state.node, self._state.place
        field = node.receptive_field if node is not None else None
        size = f"{field.size[0]}×{field.size[1]} pixels" if field is not None else "the whole picture"
        if place is None or node is None:
            self.view.set_boxes(())
            ways = (f"A place of this layer looks at {size}", f"A place looks at {size}", f"sees {size}")
            self.caption.say(*(ways if field is not None else ()))
            return
        row, column = place
        self.caption.say(
            f"Row {row}, column {column} looks at {size}", f"{row}, {column} looks at {size}", f"sees {size}"
        )
        if field is None:
            self.view.set_boxes(())
            return
        top, left, bottom, right = field.box(*place)
        self.view.set_boxes((QRectF(left, top, right - left, bottom - top),))


def _to_look_at(frame: Frame) -> Pixels:
    """What a stream gave as it was decoded is large, and soon replaced by what the network saw of it."""
    from analysis.protocol.raw_picture import RawPicture, small

    return small(frame.given, LOOKED_AT) if isinstance(frame.given, RawPicture) else frame.given
