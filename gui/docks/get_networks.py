"""Get more networks: several are chosen and downloaded together, with their sizes and the room on the disk told."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui import theme
from gui.views.network_words import number_in_words
from gui.views.words import WrappedWords

if TYPE_CHECKING:
    from analysis.protocol.events import CatalogueEntry

NAME = Qt.ItemDataRole.UserRole
COLUMNS = ("Network", "Parameters", "Size")
HERE = "downloaded"
SPARE = 200e6  # bytes of the disk that stay free


class GetNetworks(QDialog):
    """Does not block the window. `wanted` carries the names, the smallest first."""

    wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Get more networks")
        self.setModal(False)
        self._sizes: dict[str, float] = {}  # megabytes of those that can be downloaded
        self._folder = ""
        self._running: frozenset[str] = frozenset()
        self.filter = QLineEdit(self)
        self.filter.setPlaceholderText("Search networks")
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self._show_matching)
        self.list = QTreeWidget(self)
        self.list.setAccessibleName("Networks to download")
        self.list.setRootIsDecorated(False)
        # The style draws the boxes to tick in the colours of this palette, and otherwise almost unseen.
        self.list.setPalette(QApplication.palette("QCheckBox"))  # type: ignore[call-overload]
        self.list.setHeaderLabels(list(COLUMNS))
        self.list.header().setStretchLastSection(False)
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.itemChanged.connect(self._tell)
        self.told = WrappedWords(parent=self)
        self.button = QPushButton("Download", self)
        self.button.clicked.connect(self._download)
        buttons = QDialogButtonBox(self)
        buttons.addButton(self.button, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(2 * theme.GRID,) * 4)
        column.setSpacing(theme.GRID)
        column.addWidget(self.filter)
        column.addWidget(self.list, 1)
        column.addWidget(self.told)
        column.addWidget(buttons)
        letter = self.fontMetrics().averageCharWidth()
        self.resize(70 * letter, 72 * letter)
        self._tell()

    def show_entries(self, entries: Sequence[CatalogueEntry], folder: str) -> None:
        """What is downloaded stands on top; what was ticked stays so, unless it has come."""
        ticked = set(self.chosen())
        self._folder = folder
        known = [entry for entry in entries if entry.megabytes is not None and entry.provider != "built in"]
        self._sizes = {entry.name: entry.megabytes for entry in known if entry.megabytes}
        self.list.blockSignals(True)
        self.list.clear()
        for entry in sorted(known, key=lambda entry: bool(entry.megabytes)):
            size = f"{entry.megabytes:,.0f} MB" if entry.megabytes else HERE
            words = number_in_words(entry.parameters).removesuffix(" parameters") if entry.parameters else ""
            item = QTreeWidgetItem([entry.title, words, size])
            item.setData(0, NAME, entry.name)
            item.setTextAlignment(2, Qt.AlignmentFlag.AlignRight)
            if entry.megabytes:
                item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable)
                on = Qt.CheckState.Checked if entry.name in ticked else Qt.CheckState.Unchecked
                item.setCheckState(0, on)
            else:
                item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addTopLevelItem(item)
        for at in (1, 2):
            self.list.resizeColumnToContents(at)
        self.list.blockSignals(False)
        self._show_matching()
        self._tell()

    def chosen(self) -> tuple[str, ...]:
        """Those that are ticked, the smallest first."""
        items = (self.list.topLevelItem(row) for row in range(self.list.topLevelItemCount()))
        ticked = [
            str(item.data(0, NAME))
            for item in items
            if item is not None and item.checkState(0) == Qt.CheckState.Checked and item.data(0, NAME) in self._sizes
        ]
        return tuple(sorted(ticked, key=lambda name: self._sizes[name]))

    def tick(self, *names: str) -> None:
        for row in range(self.list.topLevelItemCount()):
            item = self.list.topLevelItem(row)
            if item is not None and item.data(0, NAME) in names:
                item.setCheckState(0, Qt.CheckState.Checked)

    def show_running(self, names: Sequence[str]) -> None:
        """These are being downloaded; none if that has ended."""
        self._running = frozenset(names)
        self._tell()

    @Slot()
    def _tell(self) -> None:
        chosen = self.chosen()
        needed, free = sum(self._sizes[name] for name in chosen), free_in(self._folder)
        room = f"{free / 1e9:,.1f} GB are free in {self._folder}." if free is not None else ""
        fits = free is None or needed * 1e6 + SPARE <= free
        if self._running:
            words = "They are being downloaded: the strip in the window tells how far, and what was stopped goes on."
        elif not chosen:
            words = f"Tick those that you want; they are downloaded together. {room}"
        elif not fits:
            words = f"{needed:,.0f} MB are too much: {room}"
        else:
            words = f"{_counted(len(chosen))}, {needed:,.0f} MB. {room}"
        self.told.setText(words)
        self.button.setText(f"Download {needed:,.0f} MB" if chosen else "Download")
        self.button.setEnabled(bool(chosen) and fits and not self._running)

    @Slot()
    def _download(self) -> None:
        chosen = self.chosen()
        if chosen:
            self.wanted.emit(chosen)

    @Slot()
    def _show_matching(self) -> None:
        words = self.filter.text().lower().split()
        for row in range(self.list.topLevelItemCount()):
            item = self.list.topLevelItem(row)
            if item is not None:
                item.setHidden(not all(word in item.text(0).lower() for word in words))


def free_in(folder: str) -> float | None:
    """Bytes, on the disk that a folder is on, or will be when it is made; None where nobody says."""
    path = Path(folder) if folder else None
    while path is not None:
        try:
            return float(shutil.disk_usage(path).free)
        except FileNotFoundError:
            path = path.parent if path.parent != path else None
        except OSError:
            return None
    return None


def _counted(many: int) -> str:
    return "1 network" if many == 1 else f"{many} networks"
