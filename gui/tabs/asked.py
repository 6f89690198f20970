"""What is asked beside the method and its target: its settings, whose layer's maps are weighted, and the seed."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QLabel, QVBoxLayout, QWidget

from analysis.protocol.target import UnitTarget
from gui import theme
from gui.forms.settings_form import SettingsForm
from gui.selection import State
from gui.views.elided_choice import ElidedChoice
from gui.views.scrolled import scrolled
from gui.views.target_words import read

if TYPE_CHECKING:
    from analysis.methods.method import Method
    from analysis.protocol.recipe import Recipe

NARROWEST, WIDEST = 24, 40  # letters, of what its fields ask for


class Asked(QWidget):
    """The column at the left of a result; only what the method asks is in it."""

    changed = Signal()

    def __init__(self, state: State, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._technique: type[Method] | None = None
        self._weighted_in = ""  # the network whose layer was chosen to be weighted
        self.summary = QLabel(self)
        self.summary.setWordWrap(True)
        self.summary.setProperty("dim", True)
        self.form = SettingsForm(self)
        self.layer = ElidedChoice(self)
        self.layer.setAccessibleName("Whose maps are weighted")
        self.layer.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.layer.setMinimumContentsLength(10)
        self.layer.setToolTip("Whose maps are weighted: the last layer with rows and columns, or the chosen one")
        self.seed = QDoubleSpinBox(self)  # of whole numbers: those of a QSpinBox end before seeds do
        self.seed.setDecimals(0)
        self.seed.setRange(0, 2**32 - 1)
        self.seed.setPrefix("seed ")
        self.seed.setToolTip("Noise and masks are drawn with this seed; the same seed gives the same result")
        self._lay_out()
        self.show_layer()
        self.form.changed.connect(self._tell)
        self.seed.valueChanged.connect(self._tell)
        self.layer.activated.connect(self._tell)
        state.target_changed.connect(self._show_layer_choice)

    def _lay_out(self) -> None:
        self.form.setContentsMargins(0, 0, 4, 0)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(theme.GRID, theme.GRID, 0, theme.GRID)
        self._column.setSpacing(theme.GRID)
        self._column.addWidget(self.summary)
        self._column.addWidget(self.layer)
        self._column.addWidget(self.seed)
        self._area = scrolled(self.form, self)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its fields have it, and scroll into sight
        self._column.addWidget(self._area, 1)
        self._make_room()

    def _make_room(self) -> None:
        """For the fields of the form beside what scrolls it: a cut form would move sideways with the focus."""
        letter, margins = self.fontMetrics().averageCharWidth(), self._column.contentsMargins()
        beside = self._area.verticalScrollBar().sizeHint().width() + margins.left() + margins.right()
        wide = min(self.form.minimumSizeHint().width() + beside, WIDEST * letter)
        self.setMinimumWidth(max(NARROWEST * letter, wide))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._make_room()

    def add_below(self, widget: QWidget) -> None:
        """What somebody else has to say or to show, in this column."""
        self._column.addWidget(widget)

    @property
    def layer_chosen(self) -> str | None:
        """Whose maps are weighted, where that is asked and is not the last layer's."""
        return self.layer.currentData() if not self.layer.isHidden() else None

    @property
    def seed_chosen(self) -> int:
        return int(self.seed.value())

    def show_method(self, technique: type[Method]) -> None:
        self._technique = technique
        network = self._state.network
        self.form.show_method(technique, network.preprocessing.side if network is not None else None)
        self.summary.setText(technique.summary)
        self.seed.setVisible("seed" in technique.asks)
        for before, after in pairwise((self.seed, *self.form.fields, self.form.defaults)):
            QWidget.setTabOrder(before, after)  # new fields would come after everything else
        self._make_room()
        self._show_layer_choice()

    def show_recipe(self, recipe: Recipe) -> None:
        self.form.take_over(recipe.settings)
        self.seed.setValue(recipe.seed)
        self.layer.setCurrentIndex(max(self.layer.findData(recipe.layer), 0))

    def take_network(self) -> None:
        if self._state.network is not None:
            self.form.adapt(self._state.network.preprocessing.side)

    def show_layer(self) -> None:
        """The layer that is looked at, which can be weighted if it has maps."""
        chosen, node, network = self.layer.currentIndex(), self._state.node, self._state.network
        name = network.choice.name if network is not None else ""
        if name != self._weighted_in:
            chosen, self._weighted_in = 0, name
        self.layer.clear()
        self.layer.addItem("of the last layer", None)
        if node is not None and node.has_places and not node.is_beside:
            self.layer.addItem(f"of {node.path}", node.path)
            self.layer.setCurrentIndex(max(chosen, 0))

    @Slot()
    def _show_layer_choice(self) -> None:
        """Of a class: a unit's own layer is the one that is weighted."""
        technique = self._technique
        weights = technique is not None and "layer" in technique.asks and "target" in technique.asks
        self.layer.setVisible(weights and not isinstance(read(self._state.target), UnitTarget))

    @Slot()
    def _tell(self) -> None:
        self.changed.emit()
