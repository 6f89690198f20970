"""What is explained, to choose: the best class, a class by name, why one and not another, or a number of a unit's map.

It shows and sets `State.target`, so every chooser in the window says the same.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QModelIndex, QSortFilterProxyModel, QStringListModel, Qt, Slot
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QCompleter, QHBoxLayout, QLineEdit, QSizePolicy, QToolTip, QWidget

from analysis.protocol.answer_words import at_words, steps_and_classes
from analysis.protocol.class_names import number_of
from analysis.protocol.problems import Problem
from analysis.protocol.target import At, ClassTarget, UnitTarget, text_of
from gui.selection import State
from gui.views.layer_words import path_in_words
from gui.views.target_words import KINDS, class_words, read
from gui.views.words import FewerWords

BEST, NAMED, AGAINST = "best", "named", "against"
OF_CLASSES = (BEST, NAMED, AGAINST)
NARROWEST = 46  # pixels of each field
LONGEST_NAME = 24  # letters of a class's name in the menu
WHOLE, REGION, PLACE = "whole", "region", "place"
PLACES = {
    WHOLE: ("mean of its map", "The mean over all places of the class's map"),
    REGION: ("where it wins", "The mean over the places where this class answers most"),
    PLACE: ("clicked place", "One place of the answer: click it in the Predictions dock"),
}
STEPS = {
    WHOLE: ("mean of all steps", "The mean over all steps of the answer"),
    REGION: ("where it wins", "The mean over the steps where this class answers most"),
}
MOST_STEPS = 1000  # to choose from; others are typed on the command line
NO_CLASS = "This network has no class of that name or number."
CHOICES = {
    BEST: ("The best class", "The class that responds most to the picture, whichever that is"),
    NAMED: ("This class", "One class, by name or number"),
    AGAINST: ("This and not that", "Why one class and not another: what the network answers more for it than for that"),
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
            box.setMinimumWidth(NARROWEST)  # in a narrow window their words are cut before docks are pushed away
        self._names = QStringListModel(self)
        self.name = self._class_field("Name or number of a class", "Class to explain")
        self.other = self._class_field("and not …", "Class that it is asked against")
        self.at = QComboBox(self)
        self.at.setAccessibleName("Where of the answer")
        self._fill_places()
        self.at.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.at.setMinimumWidth(NARROWEST)
        self.unit = FewerWords(self)
        self.unit.setProperty("dim", True)
        self.unit.setMinimumWidth(self.fontMetrics().horizontalAdvance("…conv1 · unit 100"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.what)
        row.addWidget(self.name, 1)
        row.addWidget(self.other, 1)
        row.addWidget(self.unit, 1)
        row.addWidget(self.at)
        row.addWidget(self.kind)
        row.addStretch(0)
        self.what.activated.connect(self._choose)
        self.kind.activated.connect(self._choose)
        self.at.activated.connect(self._choose_place)
        self.name.returnPressed.connect(self._take_name)
        self.name.editingFinished.connect(self._leave_name)
        self._completer_of(self.name).activated[QModelIndex].connect(self._take_index)  # type: ignore[index]  # one of two
        self.other.returnPressed.connect(self._take_other)
        self.other.editingFinished.connect(self._leave_other)
        self._completer_of(self.other).activated[QModelIndex].connect(self._take_other_index)  # type: ignore[index]
        state.target_changed.connect(self._show)
        state.unit_changed.connect(self._show)
        state.unit_changed.connect(self._stay_in_map)
        state.place_changed.connect(self._follow_place)
        state.network_changed.connect(self._take_network)
        self._take_network()

    def _fill_places(self) -> None:
        """Where of the answer may be asked: of a map, or at which of its steps."""
        found = self._steps()
        self.at.clear()
        for key, (text, tip) in (PLACES if found is None else STEPS).items():
            self.at.addItem(text, key)
            self.at.setItemData(self.at.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        for step in range(min(found[0], MOST_STEPS) if found is not None else 0):
            self.at.addItem(f"step {step}", step)
            self.at.setItemData(self.at.count() - 1, "This step of the answer alone", Qt.ItemDataRole.ToolTipRole)

    def _steps(self) -> tuple[int, int] | None:
        """How many steps the answer has, and how many classes at each; None where it has no steps."""
        network = self._state.network
        if network is None or network.output != "other":
            return None
        return steps_and_classes(network.root, len(network.labels or ()))

    def _class_field(self, placeholder: str, name: str) -> QLineEdit:
        field = QLineEdit(self)
        field.setPlaceholderText(placeholder)
        field.setAccessibleName(name)
        field.setMinimumWidth(NARROWEST)
        completer = QCompleter(self._names, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setMaxVisibleItems(12)
        field.setCompleter(completer)
        return field

    def _completer_of(self, field: QLineEdit) -> QCompleter:
        completer = field.completer()
        assert completer is not None
        return completer

    @Slot()
    def _take_network(self) -> None:
        network = self._state.network
        names = [] if network is None or network.labels is None else list(network.labels)
        self._names.setStringList([f"{name}   {index}" for index, name in enumerate(names)])
        self._fill_places()
        self._show()

    @Slot()
    def _show(self) -> None:
        state, target = self._state, read(self._state.target)
        has_unit = state.unit is not None
        model = self.what.model()
        if isinstance(model, QStandardItemModel):
            for row in range(self.what.count()):
                model.item(row).setEnabled(has_unit or self.what.itemData(row) in (*OF_CLASSES, "max"))
        of_class = isinstance(target, ClassTarget)
        key: str
        if isinstance(target, ClassTarget):
            key = AGAINST if target.against is not None else BEST if target.index is None else NAMED
            self.kind.setCurrentIndex(list(KINDS).index(target.kind))
            self._fill(self.name, target.index)
            self._fill(self.other, target.against)
            self._show_place(target)
        else:
            key = "place" if isinstance(target.where, tuple) else target.where
            ways = self._unit_words(target)
            self.unit.say(*ways)
            self.unit.setToolTip(ways[0])
        self._name_this(target.index if isinstance(target, ClassTarget) else None)
        self.what.setCurrentIndex(list(CHOICES).index(key))
        self.what.setMinimumWidth(NARROWEST if of_class else self._whole_words())
        self.what.setToolTip(f"{self.what.currentText()}. {CHOICES[key][1]}" if key == NAMED else CHOICES[key][1])
        self.name.setVisible(key in (NAMED, AGAINST))
        self.name.setPlaceholderText("The best class" if key == AGAINST else "Name or number of a class")
        self.other.setVisible(key == AGAINST)
        self.kind.setVisible(of_class)
        self.at.setVisible(of_class and self._has_places())
        self.unit.setVisible(not of_class)

    def _whole_words(self) -> int:
        """How wide the box is in which its words are whole: beside those of a unit is room for that."""
        wide = self.what.fontMetrics().horizontalAdvance
        widest = max(wide(self.what.itemText(row)) for row in range(self.what.count()))
        return self.what.minimumSizeHint().width() - widest + wide(self.what.currentText())

    def _fill(self, field: QLineEdit, index: int | None) -> None:
        """With the class, unless somebody is typing there."""
        if field.hasFocus():
            return
        field.setText(class_words(self._state.network, index) if index is not None else "")
        field.setCursorPosition(0)
        field.setToolTip(f"{field.text()} (class {index})" if index is not None else "")

    def _name_this(self, index: int | None) -> None:
        """“This class” says which it is."""
        words = CHOICES[NAMED][0]
        if index is not None:
            name = class_words(self._state.network, index)
            words += f": {name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + '…'}"
        self.what.setItemText(list(CHOICES).index(NAMED), words)

    def _has_places(self) -> bool:
        """Whether the answer is a map of classes, or has steps, and is not a number for each."""
        network = self._state.network
        is_map = network is not None and network.output == "other" and network.root.kind == "map"
        return is_map or self._steps() is not None

    def _show_place(self, target: ClassTarget) -> None:
        if self._steps() is not None:
            at = WHOLE if target.at is None else target.at
            self.at.setCurrentIndex(max(self.at.findData(at), 0) if not isinstance(at, tuple) else 0)
            return
        key = WHOLE if target.at is None else REGION if target.at == "region" else PLACE
        row = list(PLACES).index(PLACE)
        self.at.setItemText(row, at_words(target).strip() if key == PLACE else PLACES[PLACE][0])
        model = self.at.model()
        if isinstance(model, QStandardItemModel):
            model.item(row).setEnabled(key == PLACE)
        self.at.setCurrentIndex(list(PLACES).index(key))

    @Slot()
    def _choose_place(self) -> None:
        target, key = read(self._state.target), self.at.currentData()
        if isinstance(target, ClassTarget) and key != PLACE:
            at: At | None = key if isinstance(key, int) else "region" if key == REGION else None
            self._state.set_target(text_of(replace(target, at=at)))
        self._show()

    def _unit_words(self, target: UnitTarget) -> tuple[str, ...]:
        """From the longest way to say it to the shortest: what is left out stands in the Unit pane, too."""
        state = self._state
        layer = path_in_words(state.layer)
        short = f"…{layer[layer.rindex('.') :]}" if "." in layer else layer
        if state.unit is None and target.where == "max":
            return tuple(f"{name} · its strongest response" for name in (layer, short))
        if state.unit is None:
            return ("Click a unit in the Activations tab.", "Click a unit.")
        unit = f"unit {state.unit}"
        at = f", row {target.where[0]}, column {target.where[1]}" if isinstance(target.where, tuple) else ""
        few = f" at {target.where[0]}, {target.where[1]}" if isinstance(target.where, tuple) else ""
        return (f"{layer} · {unit}{at}", f"{short} · {unit}{at}", f"{short} · {unit}{few}", f"{unit}{few}", unit)

    @Slot()
    def _choose(self) -> None:
        key, state, now = self.what.currentData(), self._state, read(self._state.target)
        index = now.index if isinstance(now, ClassTarget) else None
        against = now.against if isinstance(now, ClassTarget) else None
        at = now.at if isinstance(now, ClassTarget) else None
        kind = self.kind.currentData()
        if key == BEST:
            state.set_target(text_of(ClassTarget(kind, at=at)))
        elif key == NAMED and index is not None:
            state.set_target(text_of(ClassTarget(kind, index, at=at)))
        elif key == AGAINST and against is not None:
            state.set_target(text_of(ClassTarget(kind, index, against, at)))
        elif key in (NAMED, AGAINST):  # nothing changes until a class is named
            self.name.show()
            self.other.setVisible(key == AGAINST)
            self.unit.hide()
            field = self.other if key == AGAINST else self.name
            field.clear()
            field.setFocus()
            return
        else:
            state.set_target(text_of(UnitTarget(self._place() if key == "place" else key)))
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
        if self._is_left(self.name):
            self._take_name()
            self._show()

    @Slot()
    def _leave_other(self) -> None:
        if self._is_left(self.other):
            self._take_other()
            self._show()

    def _is_left(self, field: QLineEdit) -> bool:
        """A whole name or a number is taken also without Return; of any other the explained class takes its place."""
        text = field.text().strip().lower()
        if field.hasFocus() or not field.isModified():
            return False
        if text.isdecimal() or text in self._labels():
            return True
        self._show()
        return False

    def _labels(self) -> list[str]:
        network = self._state.network
        return [name.lower() for name in network.labels] if network is not None and network.labels else []

    @Slot()
    def _take_name(self) -> None:
        if not self.name.text().strip() and not self.other.isHidden():
            self._take(None, "index")  # the best class, against the other
        elif (found := self._named(self.name)) is not None:
            self._take(found, "index")

    @Slot()
    def _take_other(self) -> None:
        if (found := self._named(self.other)) is not None:
            self._take(found, "against")

    def _named(self, field: QLineEdit) -> int | None:
        """What was typed: a number, a whole name, or a part that only one name has; what it is not, is said."""
        text, network, said = field.text().strip(), self._state.network, NO_CLASS
        found: int | None = None
        if text.isdecimal():
            found = int(text) if int(text) < self._classes() else None
        elif network is not None and network.labels:
            try:
                found = number_of(text, network.labels, network.title, anywhere=True)
            except Problem as problem:
                said = str(problem)
        if found is None:
            field.setToolTip(said)
            field.selectAll()
            QToolTip.showText(field.mapToGlobal(field.rect().bottomLeft()), said, field)
        return found

    def _classes(self) -> int:
        """How many there are to choose from."""
        network = self._state.network
        if network is None:
            return 0
        if (steps := self._steps()) is not None:
            return steps[1]
        return len(network.labels) if network.labels else network.root.units

    @Slot(QModelIndex)
    def _take_index(self, index: QModelIndex) -> None:
        self._take(self._chosen(self.name, index), "index")

    @Slot(QModelIndex)
    def _take_other_index(self, index: QModelIndex) -> None:
        self._take(self._chosen(self.other, index), "against")

    def _chosen(self, field: QLineEdit, index: QModelIndex) -> int:
        model = self._completer_of(field).completionModel()
        if isinstance(model, QSortFilterProxyModel):
            index = model.mapToSource(index)
        return int(str(index.data()).rpartition(" ")[2])

    def _take(self, number: int | None, which: str) -> None:
        """The class that is asked about, or the one that it is asked against."""
        now = read(self._state.target)
        target = now if isinstance(now, ClassTarget) else ClassTarget()
        target = replace(target, kind=self.kind.currentData(), **{which: number})
        if self.other.isHidden():
            target = replace(target, against=None)
        for field in (self.name, self.other):
            field.setToolTip("")
            field.clearFocus()
        if target.against is not None and target.against == target.index:
            said = "A class without itself is always 0: name two."
            QToolTip.showText(self.mapToGlobal(self.rect().bottomLeft()), said, self)
        else:
            self._state.set_target(text_of(target))
        self._show()
