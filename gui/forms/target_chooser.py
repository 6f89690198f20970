"""What is explained, to choose: the best class, a class by name, or a unit's mean, maximum, centre or clicked place.

It shows and sets `State.target`, so every chooser in the window says the same.
"""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QSortFilterProxyModel, QStringListModel, Qt, Slot
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QCompleter, QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QToolTip, QWidget

from analysis.protocol.target import ClassTarget, UnitTarget, text_of
from gui.selection import State
from gui.views.layer_words import path_in_words
from gui.views.target_words import KINDS, class_words, read

BEST, NAMED = "best", "named"
NO_CLASS = "This network has no class of that name or number."
CHOICES = {
    BEST: ("The best class", "The class that responds most to the picture, whichever that is"),
    NAMED: ("This class", "One class, by name or number"),
    "max": ("Unit: maximum", "Where the chosen unit answers most; without one, the strongest response of the layer"),
    "mean": ("Unit: mean", "The mean over the chosen unit's map"),
    "center": ("Unit: centre", "The middle of the chosen unit's map"),
    "place": ("Unit: clicked place", "The place that was clicked in the chosen unit's map"),
    "map": ("Unit: its own map", "The map itself starts the way back: all places, each as strong as it is"),
}


class TargetChooser(QWidget):
    def __init__(self, state: State, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.what = QComboBox(self)
        self.what.setAccessibleName("What is explained")
        for key, (text, tip) in CHOICES.items():
            self.what.addItem(text, key)
            self.what.setItemData(self.what.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.kind = QComboBox(self)
        self.kind.setAccessibleName("Which number of the class")
        self.kind.setToolTip("The number that is explained: the logit (before the softmax), or what the softmax makes")
        for key, text in KINDS.items():
            self.kind.addItem(text.replace("log-probability", "log-prob."), key)
        for box in (self.what, self.kind):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            box.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
            box.setMinimumWidth(60)  # in a narrow window their words are cut before docks are pushed away
        self.name = QLineEdit(self)
        self.name.setPlaceholderText("Name or number of a class")
        self.name.setAccessibleName("Class to explain")
        self.name.setClearButtonEnabled(True)
        self.name.setMinimumWidth(60)
        self.unit = QLabel(self)
        self.unit.setProperty("dim", True)
        self.unit.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._names = QStringListModel(self)
        self._completer = QCompleter(self._names, self)
        self._completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self._completer.setMaxVisibleItems(12)
        self.name.setCompleter(self._completer)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.what)
        row.addWidget(self.name, 1)
        row.addWidget(self.unit, 1)
        row.addWidget(self.kind)
        row.addStretch(0)
        self.what.activated.connect(self._choose)
        self.kind.activated.connect(self._choose)
        self.name.returnPressed.connect(self._take_name)
        self.name.editingFinished.connect(self._leave_name)
        self._completer.activated[QModelIndex].connect(self._take_index)  # type: ignore[index]  # one of two overloads
        state.target_changed.connect(self._show)
        state.unit_changed.connect(self._show)
        state.unit_changed.connect(self._stay_in_map)
        state.place_changed.connect(self._follow_place)
        state.network_changed.connect(self._take_network)
        self._take_network()

    @Slot()
    def _take_network(self) -> None:
        network = self._state.network
        names = [] if network is None or network.labels is None else list(network.labels)
        self._names.setStringList([f"{name}   {index}" for index, name in enumerate(names)])
        self._show()

    @Slot()
    def _show(self) -> None:
        state, target = self._state, read(self._state.target)
        has_unit = state.unit is not None
        model = self.what.model()
        if isinstance(model, QStandardItemModel):
            for row in range(self.what.count()):
                model.item(row).setEnabled(has_unit or self.what.itemData(row) in (BEST, NAMED, "max"))
        of_class = isinstance(target, ClassTarget)
        key: str
        if isinstance(target, ClassTarget):
            key = BEST if target.index is None else NAMED
            self.kind.setCurrentIndex(list(KINDS).index(target.kind))
            if target.index is not None and not self.name.hasFocus():
                self.name.setText(class_words(state.network, target.index))
                self.name.setCursorPosition(0)
        else:
            key = "place" if isinstance(target.where, tuple) else target.where
            self.unit.setText(self._unit_words(target))
            self.unit.setToolTip(self.unit.text())
        self.what.setCurrentIndex(list(CHOICES).index(key))
        self.what.setToolTip(CHOICES[key][1])
        self.name.setVisible(key == NAMED)
        self.kind.setVisible(of_class)
        self.unit.setVisible(not of_class)

    def _unit_words(self, target: UnitTarget) -> str:
        state = self._state
        if state.unit is None and target.where == "max":
            return f"{path_in_words(state.layer)} · its strongest response"
        if state.unit is None:
            return "Click a unit in the Activations tab."
        words = f"{path_in_words(state.layer)} · unit {state.unit}"
        if isinstance(target.where, tuple):
            words += f", row {target.where[0]}, column {target.where[1]}"
        return words

    @Slot()
    def _choose(self) -> None:
        key, state, now = self.what.currentData(), self._state, read(self._state.target)
        if key == BEST:
            state.set_target(text_of(ClassTarget(self.kind.currentData())))
        elif key == NAMED:
            index = now.index if isinstance(now, ClassTarget) else None
            if index is not None:
                state.set_target(text_of(ClassTarget(self.kind.currentData(), index)))
            else:  # nothing changes until a class is named
                self.name.show()
                self.name.clear()
                self.name.setFocus()
        else:
            state.set_target(text_of(UnitTarget(self._place() if key == "place" else key)))
        if key != NAMED:
            self._show()

    def _place(self) -> tuple[int, int]:
        """The clicked place, or the middle of the map until one is clicked."""
        if self._state.place is not None:
            return self._state.place
        node = self._state.node
        rows, columns = node.grid if node is not None and node.grid is not None else (1, 1)
        return rows // 2, columns // 2

    @Slot()
    def _follow_place(self) -> None:
        target = read(self._state.target)
        if isinstance(target, UnitTarget) and isinstance(target.where, tuple) and self._state.place is not None:
            self._state.set_target(text_of(UnitTarget(self._state.place)))

    @Slot()
    def _stay_in_map(self) -> None:
        """A place that the maps of another layer do not have gives way to their middle."""
        target, node = read(self._state.target), self._state.node
        if isinstance(target, UnitTarget) and isinstance(target.where, tuple) and node is not None:
            (row, column), (rows, columns) = target.where, node.grid or (1, 1)
            if row >= rows or column >= columns:
                self._state.set_target(text_of(UnitTarget(self._place())))

    @Slot()
    def _leave_name(self) -> None:
        """A whole name or a number is taken also without Return; of any other the explained class takes its place."""
        text = self.name.text().strip().lower()
        if self.name.hasFocus() or not self.name.isModified():
            return
        if text.isdecimal() or text in self._labels():
            self._take_name()
        self._show()

    def _labels(self) -> list[str]:
        network = self._state.network
        return [name.lower() for name in network.labels] if network is not None and network.labels else []

    @Slot()
    def _take_name(self) -> None:
        """What was typed: a number, a whole name, or the beginning of one."""
        text, labels = self.name.text().strip().lower(), self._labels()
        found: int | None = None
        if text.isdecimal():
            found = int(text) if int(text) < self._classes() else None
        elif text:
            by_rank = (
                [i for i, label in enumerate(labels) if label == text],
                [i for i, label in enumerate(labels) if label.startswith(text)],
                [i for i, label in enumerate(labels) if text in label],
            )
            found = next((places[0] for places in by_rank if places), None)
        if found is None:
            self.name.setToolTip(NO_CLASS)
            self.name.selectAll()
            QToolTip.showText(self.name.mapToGlobal(self.name.rect().bottomLeft()), NO_CLASS, self.name)
        else:
            self._take_class(found)

    def _classes(self) -> int:
        """How many there are to choose from."""
        network = self._state.network
        if network is None:
            return 0
        return len(network.labels) if network.labels else network.root.units

    @Slot(QModelIndex)
    def _take_index(self, index: QModelIndex) -> None:
        model = self._completer.completionModel()
        if isinstance(model, QSortFilterProxyModel):
            index = model.mapToSource(index)
        text = str(index.data())
        self._take_class(int(text.rpartition(" ")[2]))

    def _take_class(self, index: int) -> None:
        self.name.setToolTip("")
        self.name.clearFocus()
        self._state.set_target(text_of(ClassTarget(self.kind.currentData(), index)))
        self._show()
