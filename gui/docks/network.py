"""The Network dock: choose a network, see it load, and walk its layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSettings, QSize, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui import theme
from gui.selection import State
from gui.views.how_far import how_far
from gui.views.layer_columns import TIME, TITLES
from gui.views.layer_tree import LayerTree
from gui.views.network_words import card_in_words, number_in_words
from gui.views.notice_bar import NoticeBar
from gui.views.progress_strip import Bar, TimeLeft
from gui.views.words import Facts, WrappedWords

if TYPE_CHECKING:
    from analysis.protocol.events import CatalogueEntry, Failure, JobProgress, Loaded
    from analysis.protocol.recipe import ModelChoice
    from gui.docks.network_chooser import NetworkChooser
    from gui.docks.open_network import OpenNetwork

EMPTY = "The layers of the network appear here once it is loaded. Choose one above."
DEVICES = {"auto": "Auto", "cpu": "CPU", "cuda": "CUDA", "mps": "Apple GPU"}
COLUMNS = "layers/columns"  # in the settings: their titles
NARROWEST = 190  # pixels in which layers can still be told apart


class NetworkPanel(QWidget):
    more_wanted = Signal()  # networks to be downloaded, without opening one
    load_requested = Signal(object)  # ModelChoice
    device_requested = Signal(str)
    cancel_requested = Signal()
    menu_made = Signal(object, str)  # of a layer, to which whoever can do something with one adds it
    copied = Signal(str)  # what lies on the clipboard now, in words
    times_wanted = Signal(bool)  # how long each layer takes is shown, or is not any more

    def __init__(self, state: State, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._entries: tuple[CatalogueEntry, ...] = ()
        self._chooser: NetworkChooser | None = None
        self._loaded: Loaded | None = None
        self._settings: QSettings | None = None
        self._said: ModelChoice | None = None  # in the form, as long as it is not known how it ends
        self.choose = QToolButton()
        self.choose.setText("Choose a network")
        self.choose.setToolTip("Choose another network")
        self.choose.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.choose.setArrowType(Qt.ArrowType.DownArrow)
        self.choose.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.choose.clicked.connect(self.open_chooser)
        self.device = QComboBox()
        self.device.setToolTip("Where the network computes")
        self.device.setAccessibleName("Device")
        self.device.activated.connect(self._device_chosen)
        self.device.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.device.setMinimumContentsLength(9)
        self.device.hide()
        self.about = Facts()
        self.about.setProperty("dim", True)
        self.change = QToolButton()
        self.change.setText("Change…")
        self.change.setToolTip("Say how this network of yours sees pictures, and what its classes are called")
        self.change.clicked.connect(self.change_own)
        self.change.hide()
        self.notice = NoticeBar()
        self._loading = _Loading()
        self._loading.stop.clicked.connect(self._cancel)
        self._layers: _Layers | None = None  # made with the first network: the window has to stand before
        self._nothing = _middle_label(EMPTY)
        top = QHBoxLayout()
        top.addWidget(self.choose, 1)
        top.addWidget(self.device)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addLayout(top)
        said = QHBoxLayout()
        said.addWidget(self.about, 1)
        said.addWidget(self.change, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(said)
        column.addWidget(self._nothing, 1)
        for part in (self.notice, self._loading):  # below what may be under the mouse, which stays where it is
            column.addWidget(part)
        self._column = column
        self.setMinimumWidth(NARROWEST)
        state.layer_changed.connect(self._follow)
        self._show_empty()

    def sizeHint(self) -> QSize:
        return QSize(44 * self.fontMetrics().averageCharWidth(), 520)

    @property
    def filter(self) -> QLineEdit:
        return self._layer_part().filter

    @property
    def tree(self) -> LayerTree:
        return self._layer_part().tree

    def remember_in(self, settings: QSettings) -> None:
        """The columns that the person chose, once the layers are there."""
        self._settings = settings
        if self._layers is not None:
            self._take_columns(self._layers.tree)

    def _take_columns(self, tree: LayerTree) -> None:
        if self._settings is not None and self._settings.contains(COLUMNS):
            kept = str(self._settings.value(COLUMNS)).split(" ")
            tree.show_columns(frozenset(TITLES.index(title) for title in kept if title in TITLES[1:]))
            self.times_wanted.emit(TIME in tree.columns)

    @Slot()
    def _columns_chosen(self) -> None:
        columns = self.tree.columns
        if self._settings is not None:
            self._settings.setValue(COLUMNS, " ".join(TITLES[column] for column in sorted(columns)))
        self.times_wanted.emit(TIME in columns)

    # what the engine says

    @Slot(object)
    def show_catalogue(self, entries: Sequence[CatalogueEntry]) -> None:
        self._entries = tuple(entries)
        if self._chooser is not None:
            self._chooser.show_entries(self._entries)

    @Slot(str)
    def show_loading(self, title: str) -> None:
        """A network is on its way; the one before stays until it is here."""
        if self._said is not None and self._said.name != title:
            self._said = None
        self.notice.clear()
        self._loading.begin(self._title_of(title))

    @Slot(object)
    def show_progress(self, progress: JobProgress) -> None:
        self._loading.show_progress(progress)

    @Slot(object)
    def show_loaded(self, loaded: Loaded) -> None:
        from analysis.opening import own_file

        self._loading.hide()
        self.notice.clear()
        self._loaded = loaded
        if self._said is not None and self._said.name == loaded.choice.name:  # and not one that was on its way before
            self._said = None
        self.choose.setText(loaded.title)
        self.filter.clear()
        self.tree.show_root(loaded.root)
        self._show_devices(loaded)
        self.about.show_facts(self._about(loaded))
        self.about.setToolTip(self._details(loaded))
        self._show_empty()
        self.change.setVisible(own_file.brings_one(loaded.choice))
        self._follow()

    @Slot(object)
    def show_failure(self, failure: Failure) -> None:
        """The network could not be loaded; the one before is still there. The form comes back as it was filled in."""
        self._loading.hide()
        said, self._said = self._said, None
        if said is not None:
            dialog = self._form()
            dialog.show_again(said, failure.summary, failure.fits)
            dialog.show()
            if not failure.traceback:
                self._show_empty()
                return
        self.notice.show_notice(
            failure.summary, ways=[("Choose another", self.open_chooser)], details=failure.traceback
        )
        self._show_empty()

    @Slot()
    def show_cancelled(self) -> None:
        self._said = None
        self._loading.hide()
        self._show_empty()

    def ask_trust(self, failure: Failure, changed: bool, trusted: Callable[[], object]) -> None:
        """The file would run code: asks for this file, and calls `trusted` only after a yes.

        `changed`: the person has said yes to this file before, when something else was in it.
        """
        from gui.docks.trust_question import TrustQuestion

        self._loading.hide()
        reason = failure.summary.partition(" Open it only if")[0]  # what follows is for the command line
        path = failure.untrusted.path if failure.untrusted is not None else ""
        TrustQuestion(path, reason, changed, trusted, self).show()

    def set_layer_means(self, means: Mapping[str, float]) -> None:
        """The mean activation of every layer on the newest picture."""
        if self._loaded is not None:
            self.tree.set_means(means)

    def set_layer_times(self, times: Mapping[str, float]) -> None:
        """Milliseconds that each layer took."""
        if self._loaded is not None:
            self.tree.set_times(times)

    # what the person does

    @Slot()
    def open_chooser(self) -> None:
        if self._chooser is None:
            from gui.docks.network_chooser import NetworkChooser

            self._chooser = NetworkChooser(self)
            self._chooser.chosen.connect(self.load_requested)
            self._chooser.own_wanted.connect(self.open_dialog)
            self._chooser.more_wanted.connect(self.more_wanted)
            self._chooser.show_entries(self._entries)
        current = self._loaded.choice.name if self._loaded is not None else None
        self._chooser.open_below(self.choose, current)

    @Slot()
    def open_dialog(self) -> None:
        self.open_file("")

    def open_file(self, path: str, weights: str = "") -> None:
        """The dialog for a network file of the person's own, with the file filled in, and that of its weights."""
        dialog = self._form()
        dialog.path.setText(path)
        dialog.weights.setText(weights)
        dialog.show()

    @Slot()
    def change_own(self) -> None:
        """The same dialog for the network that is open, with what is known of it."""
        if self._loaded is not None:
            dialog = self._form()
            dialog.show_choice(self._loaded.choice, self._loaded.preprocessing)
            dialog.show()

    def _form(self) -> OpenNetwork:
        from gui.docks.open_network import OpenNetwork

        dialog = OpenNetwork([entry.name for entry in self._entries], self)
        dialog.chosen.connect(self._open_said)
        return dialog

    @Slot(object)
    def _open_said(self, choice: ModelChoice) -> None:
        self._said = choice
        self.load_requested.emit(choice)

    @Slot()
    def _cancel(self) -> None:
        self._loading.show_stopping()
        self.cancel_requested.emit()

    @Slot(int)
    def _device_chosen(self, index: int) -> None:
        self.device_requested.emit(str(self.device.itemData(index)))

    @Slot(str)
    def _filter(self, text: str) -> None:
        self._layer_part().show_matches(text)
        self._follow()

    @Slot(str)
    def _walk(self, path: str) -> None:
        self._state.set_layer(path)

    @Slot()
    def _follow(self) -> None:
        if self._loaded is not None:
            self.tree.select(self._state.layer)

    @Slot(str, QPoint)
    def _open_menu(self, path: str, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.menu_made.emit(menu, path)
        if path:
            menu.addAction(f"Copy “{path}”", partial(self._copy, path, f"“{path}”"))
            row = self.tree.row_in_words(path)
            menu.addAction("Copy row", partial(self._copy, row, f"the row of “{path}”"))
        menu.addAction("Unfold all", self.tree.expandAll)
        menu.addAction("Fold all", self.tree.collapseAll)
        menu.popup(place)

    def _copy(self, text: str, what: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.copied.emit(what)

    # details

    def _show_empty(self) -> None:
        self.about.setVisible(self._loaded is not None)
        self._nothing.setVisible(self._loaded is None)

    def _layer_part(self) -> _Layers:
        if self._layers is None:
            self._layers = _Layers()
            self._layers.filter.textChanged.connect(self._filter)
            self._layers.tree.layer_chosen.connect(self._walk)
            self._layers.tree.menu_wanted.connect(self._open_menu)
            self._layers.tree.columns_chosen.connect(self._columns_chosen)
            self._take_columns(self._layers.tree)
            self._column.insertWidget(self._column.indexOf(self._nothing), self._layers, 1)
            QWidget.setTabOrder(self.change, self._layers.filter)
            QWidget.setTabOrder(self._layers.filter, self._layers.tree)
        return self._layers

    def _entry(self, name: str) -> CatalogueEntry | None:
        return next((entry for entry in self._entries if entry.name == name), None)

    def _title_of(self, name: str) -> str:
        entry = self._entry(name)
        return entry.title if entry is not None else name.rpartition("/")[2]

    def _show_devices(self, loaded: Loaded) -> None:
        chosen = self.device.currentData() or "auto"
        self.device.clear()
        for name in ("auto", *(name for name in loaded.devices if name != "auto")):
            words = DEVICES.get(name, name.upper())
            self.device.addItem(f"{words} ({loaded.device})" if name == "auto" else words, name)
        self.device.setCurrentIndex(max(self.device.findData(chosen), 0))
        self.device.setToolTip(f"Where the network computes: {loaded.device}")
        self.device.setVisible(self.device.count() > 2)  # one device is no choice

    def _about(self, loaded: Loaded) -> list[str]:
        words = [number_in_words(loaded.root.parameters)] if loaded.root.parameters else []
        weights = loaded.choice.weights
        if weights == "random":
            words.append(f"random weights (seed {loaded.choice.seed})")
        elif weights != "default":
            words.append(f"weights of {weights.rpartition('/')[2]}")
        p = loaded.preprocessing
        colours = {1: "grey", 2: "red and green", 3: "colour"}.get(p.channels, f"in {p.channels} planes")
        words.append(f"sees {p.height}×{p.width} {colours}")
        if self.device.isHidden():
            words.append(loaded.device)
        return words

    def _details(self, loaded: Loaded) -> str:
        p = loaded.preprocessing
        fit = f"shorter side to {p.resize}, centre cut out" if p.fit == "crop" else "stretched"
        lines = [
            loaded.title,
            f"Pictures: {p.height}×{p.width}, {fit}, mean {_numbers(p.mean)}, deviation {_numbers(p.std)}",
            f"Classes: {len(loaded.labels):,} with names" if loaded.labels else "Classes: without names",
        ]
        entry = self._entry(loaded.choice.name)
        if entry is not None and entry.card:
            lines.append(card_in_words(entry.card))
        return "\n".join([*lines, *loaded.notes])


def _numbers(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:.3g}" for value in values)


class _Layers(QWidget):
    """The tree and its filter."""

    def __init__(self) -> None:
        super().__init__()
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Filter layers by name or type")
        self.filter.setClearButtonEnabled(True)
        self.filter.setAccessibleName("Filter layers")
        self.filter.setToolTip("Words of a layer's path or type, in any order, such as “layer2 conv”")
        self.tree = LayerTree()
        self.nothing = _middle_label("")
        self.nothing.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID)
        column.addWidget(self.filter)
        column.addWidget(self.tree, 1)
        column.addWidget(self.nothing, 1)

    def show_matches(self, text: str) -> None:
        self.tree.set_filter(text)
        found = self.tree.matches > 0
        self.tree.setVisible(found)
        self.nothing.setVisible(not found)
        self.nothing.setText(f"No layer matches “{text}”.")


def _middle_label(text: str) -> WrappedWords:
    label = WrappedWords(text)
    label.setProperty("dim", True)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return label


class _Loading(QWidget):
    """What is loading and how far, for the width of a dock."""

    def __init__(self) -> None:
        super().__init__()
        self._time_left = TimeLeft()
        self._title = WrappedWords()
        self._far = WrappedWords()
        self._far.setProperty("dim", True)
        self._bar = Bar()
        self.stop = QToolButton()
        self.stop.setToolTip("Stop loading and keep the network that is there")
        row = QHBoxLayout()
        row.addWidget(self._bar, 1)
        row.addWidget(self.stop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID // 2)
        column.addWidget(self._title)
        column.addLayout(row)
        column.addWidget(self._far)
        self.hide()

    def begin(self, title: str) -> None:
        self._time_left = TimeLeft()
        self._title.setText(f"Loading {title}")
        self._far.setText("")
        self._bar.show_share(None)
        self.stop.setText("Stop")
        self.stop.setEnabled(True)
        self.show()

    def show_progress(self, progress: JobProgress) -> None:
        self._time_left.update(progress.done, progress.total)
        words = [progress.note or how_far(progress.done, progress.total)]
        if progress.done < progress.total:
            words.append(self._time_left.in_words())
        self._far.setText(" · ".join(word for word in words if word))
        self._bar.show_share(progress.done / progress.total if progress.total > 0 else None)

    def show_stopping(self) -> None:
        self.stop.setText("Stopping…")
        self.stop.setEnabled(False)
