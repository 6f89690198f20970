"""The atlas of your room: frames of what streams, kept with a label, and swept as they come.

They are files in a folder, a folder for each label, so that the population can be opened, swept again and added to.
What is as good as the frame before is not kept a second time.
"""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QDir, QObject, Slot
from PySide6.QtWidgets import QInputDialog, QMenu, QToolButton, QWidget

from gui.forms.file_dialogs import ask_folder
from gui.lane.background import read

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from analysis.protocol.events import Live
    from analysis.protocol.frame import Frame, Pixels
    from gui.tabs.around import Around
    from gui.views.notice_bar import NoticeBar

BURST = 20
PICTURES, ATLAS = "pictures", "atlas"
NOTHING_SEEN = "There is no picture yet: open a camera or another source, then keep frames of it."


class Sweeps(Protocol):
    """Who sends the pictures of a folder through the network."""

    @property
    def running(self) -> bool: ...
    def sweep(self, data: str, folder: str) -> None: ...


class Room(QObject):
    def __init__(self, around: Around, notice: NoticeBar, sweep: Sweeps, parent: QWidget) -> None:
        super().__init__(parent)
        self._around, self._notice, self._sweep, self._parent = around, notice, sweep, parent
        self.folder = ""
        self.label = "room"
        self.kept = self.alike = 0
        self._wanted = 0  # frames of a burst that are still to come
        self._writing = 0
        self._unswept = False
        self._sketches: list[NDArray[np.int16]] = []
        self.button = QToolButton(parent)
        self.button.setText("Room")
        self.button.setToolTip("An atlas of what streams: keep frames with a label, and they are swept as they come")
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.button)
        self.add_action = menu.addAction("Keep this frame", self.add)
        self.add_action.setShortcut("Ctrl+Shift+K")
        self.burst_action = menu.addAction(f"Keep {BURST} frames", self.burst)
        self.burst_action.setShortcut("Ctrl+Shift+B")
        menu.addSeparator()
        self.label_action = menu.addAction("Label…", self.ask_label)
        menu.addAction("Folder…", self.ask_where)
        self.button.setMenu(menu)
        parent.addActions([self.add_action, self.burst_action])
        around.loop.shown.connect(self._watch)
        self._say_label()

    @Slot()
    def ask_where(self) -> bool:
        folder = ask_folder(self._parent, "A folder for the pictures and the atlas of your room", QDir.homePath())
        if folder:
            self.folder = folder
            self._sketches.clear()
        return bool(self.folder)

    @Slot()
    def ask_label(self) -> None:
        label, said = QInputDialog.getText(self._parent, "Label", "What the next frames show:", text=self.label)
        if said:
            self.set_label(label)

    def set_label(self, label: str) -> None:
        from analysis.datasets.collected import checked_name
        from analysis.protocol.problems import Problem

        try:
            self.label = checked_name(label.strip())
        except Problem as problem:
            self._notice.show_notice(str(problem), "error")
        self._say_label()

    def _say_label(self) -> None:
        self.label_action.setText(f"Label: {self.label}…")

    @Slot()
    def add(self) -> None:
        """The frame that is seen now."""
        frame = self._around.loop.seen
        if frame is None:
            self._notice.show_notice(NOTHING_SEEN, "hint")
        elif (self.folder or self.ask_where()) and not self._keep(frame):
            self._notice.show_notice("That frame is as good as one that is kept already.", "hint", passing=True)

    @Slot()
    def burst(self) -> None:
        """The next frames, as long as they differ."""
        if self._around.loop.seen is None:
            self._notice.show_notice(NOTHING_SEEN, "hint")
        elif self.folder or self.ask_where():
            self._wanted = BURST

    @Slot(object)
    def _watch(self, live: Live) -> None:
        if self._wanted and self._keep(live.frame):
            self._wanted -= 1

    def _keep(self, frame: Frame) -> bool:
        """Whether it is another picture than those that are kept."""
        import numpy as np

        from analysis.running.likeness import MOVING, alike, sketch_of

        pixels = frame.pixels
        sketch = sketch_of(pixels)
        known = [one for one in self._sketches if one.shape == sketch.shape]
        if known and alike(np.stack(known), sketch, MOVING).any():
            self.alike += 1
            return False
        self._sketches.append(sketch)
        self.kept += 1
        self._writing += 1
        path = Path(self.folder) / PICTURES / self.label / f"{time.time_ns()}-{frame.number}.png"
        reading = read(partial(_write, path, pixels), urgent=False, tried="The frame could not be kept")
        reading.done.connect(self._written)
        reading.failed.connect(self._unwritten)
        return True

    @Slot(object)
    def _written(self, _nothing: object) -> None:
        self._writing -= 1
        self._unswept = True
        self._begin()

    @Slot(str, str)
    def _unwritten(self, sentence: str, _details: str) -> None:
        self._writing -= 1
        self._wanted = 0
        self._notice.show_notice(sentence, "error")

    def _begin(self) -> None:
        """One sweep takes in all that came during the one before."""
        if self._unswept and not self._writing and not self._sweep.running:
            self._unswept = False
            root = Path(self.folder)
            self._sweep.sweep(str(root / PICTURES), str(root / ATLAS))

    def sweep_ended(self) -> None:
        self._begin()


def _write(path: Path, pixels: Pixels) -> None:
    import io

    from PIL import Image

    from analysis.files.whole_file import write_whole
    from analysis.protocol.problems import Problem

    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(f"The frame could not be kept in {path.parent}: {error.strerror or error}.") from error
    write_whole(path, stream.getvalue())
