"""Which data set is asked about, and which layers of it have maps: buttons beside the settings."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QDir, Qt, Slot
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from analysis.protocol.origin import Origin
from gui import theme
from gui.forms.file_dialogs import ask_file, ask_folder
from gui.tabs.extra import Extra
from gui.views.staying_menu import StayingMenu

if TYPE_CHECKING:
    from analysis.protocol.events import Live
    from analysis.protocol.layers import LayerNode
    from analysis.protocol.recipe import Recipe
    from gui.tabs.extra import Host

INPUT = "input"
FILES = "Data sets (*.npz *.txt *.tsv *.lst *.tar *.gif *.webp *.png);;All files (*)"
USUAL = 5  # layers that are chosen at first, with the input
LISTED = 400  # layers in the menu
ROUND = 36  # pixels of a button around its words


class PopulationAsked(Extra):
    of_layers = True  # whether several are asked about; otherwise the unit that is selected

    def __init__(self, tab: Host) -> None:
        super().__init__(tab)
        self._state = tab.around.state
        self._data = ""  # empty for the nearest
        self._layers: tuple[str, ...] = ()
        self._of = ""  # the network that these were chosen for
        self._made_for = "samples"  # what it was
        self._said = ""
        self._side = QWidget(tab)
        self.data = _button(self._side, "Which pictures: a data set, a folder of them, or what is at hand")
        self.data.setMenu(QMenu(self.data))
        self.data.setAccessibleName("Data set")
        self.data.menu().aboutToShow.connect(self._fill_data)
        self.layers = _button(self._side, "Which layers have a map, in the order of the network")
        self.layers.setMenu(StayingMenu(self.layers))
        self.layers.setAccessibleName("Layers")
        self.layers.menu().aboutToShow.connect(self._fill_layers)
        column = QVBoxLayout(self._side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID // 2)
        column.addWidget(self.data)
        column.addWidget(self.layers)
        self.layers.setVisible(self.of_layers)
        self._state.network_changed.connect(self._take_network)
        tab.runner.seen.connect(self._look)
        self._take_network()

    def side(self) -> QWidget:
        return self._side

    # what is asked

    @property
    def data_set(self) -> str:
        """By its path or its name."""
        return self._data or self._nearest()

    @property
    def chosen(self) -> tuple[str, ...]:
        return self._layers

    def asked(self, recipe: Recipe) -> Recipe:
        from analysis.methods.dependence import dependences

        if "data" not in dependences(recipe):
            return recipe
        if not self.of_layers:
            return replace(recipe, data=self.data_set)
        return replace(recipe, layer=None, unit=None, place=None, data=self.data_set, layers=self._layers)

    def take_over(self, recipe: Recipe) -> None:
        if recipe.data:
            self._data = recipe.data
        layers = recipe.layers or ((recipe.layer,) if recipe.layer is not None else ())
        if layers:
            self._layers = tuple(layers)
        self._say()

    def choose_data(self, name: str) -> None:
        self._data = name
        self._say()

    def choose_layers(self, paths: tuple[str, ...]) -> None:
        """In the order of the network, however they were chosen."""
        order = [INPUT, *(node.path for node in self._drawable())]
        self._layers = tuple(path for path in order if path in paths)
        self._say()

    def _nearest(self) -> str:
        """The set whose picture is in view, or what the network was made for."""
        frame = self.tab.around.loop.seen
        if frame is not None:
            origin = Origin.parse(frame.origin)
            if origin.kind == "data":
                return origin.path
        return self._made_for

    @Slot(object)
    def _look(self, _live: Live) -> None:
        """Another picture may be of another set."""
        if not self._data and self._nearest() != self._said:
            self._say()

    def _drawable(self) -> list[LayerNode]:
        return [node for node in self._state.drawable_layers() if node.path]

    @Slot()
    def _take_network(self) -> None:
        """Another network has other layers; what was chosen by hand of pictures stays."""
        network = self._state.network
        name = network.choice.name if network is not None else ""
        if network is not None:
            from analysis.datasets.at_hand import nearest_to
            from analysis.opening.begins_with import kind_of

            self._made_for = nearest_to(kind_of(network))
        there = {node.path for node in self._drawable()} | {INPUT}
        if name != self._of or not set(self._layers) <= there:
            self._of = name
            self.choose_layers(self._through())
        self._say()

    def _through(self) -> tuple[str, ...]:
        """The input, and layers from the first to the last, evenly."""
        leaves = [node for node in self._drawable() if not node.children and not node.is_beside]
        weighted = [node.path for node in leaves if node.parameters and node.type != "BatchNorm2d"]
        paths = weighted or [node.path for node in leaves]
        count = min(USUAL, len(paths))
        some = [paths[round(n * (len(paths) - 1) / max(count - 1, 1))] for n in range(count)]
        return (INPUT, *dict.fromkeys(some))

    # menus

    @Slot()
    def _fill_data(self) -> None:
        from analysis.datasets.at_hand import at_hand

        menu = self.data.menu()
        menu.clear()
        nearest = menu.addAction(f"What is nearest ({_short(self._nearest())})", partial(self.choose_data, ""))
        nearest.setCheckable(True)
        nearest.setChecked(not self._data)
        menu.addSeparator()
        for name in at_hand():
            action = menu.addAction(name, partial(self.choose_data, name))
            action.setCheckable(True)
            action.setChecked(name == self._data)
        menu.addSeparator()
        menu.addAction("A folder of pictures…", self._ask_folder)
        menu.addAction("A file…", self._ask_file)

    @Slot()
    def _ask_folder(self) -> None:
        path = ask_folder(self.tab, "A folder of pictures; its sub-folders are the classes", QDir.homePath())
        if path:
            self.choose_data(path)

    @Slot()
    def _ask_file(self) -> None:
        path = ask_file(self.tab, "A data set", QDir.homePath(), FILES)
        if path:
            self.choose_data(path)

    @Slot()
    def _fill_layers(self) -> None:
        menu = self.layers.menu()
        menu.clear()
        menu.addAction("Through the network", self._choose_through)
        if self._state.layer:
            menu.addAction(f"Only {self._state.layer}", self._choose_shown)
        menu.addSeparator()
        for path in [INPUT, *(node.path for node in self._drawable() if not node.is_beside)][:LISTED]:
            action = menu.addAction(path)
            action.setCheckable(True)
            action.setChecked(path in self._layers)
            action.toggled.connect(self._toggle)
            action.setData(path)

    @Slot()
    def _choose_through(self) -> None:
        self.choose_layers(self._through())
        self._check()

    @Slot()
    def _choose_shown(self) -> None:
        if self._state.layer:
            self.choose_layers((self._state.layer,))
            self._check()

    def _check(self) -> None:
        for action in self.layers.menu().actions():
            if action.isCheckable():
                action.blockSignals(True)
                action.setChecked(action.data() in self._layers)
                action.blockSignals(False)

    @Slot(bool)
    def _toggle(self, on: bool) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        path = str(action.data())
        self.choose_layers((*self._layers, path) if on else tuple(one for one in self._layers if one != path))

    def _say(self) -> None:
        name = self._said = self.data_set
        self.data.say(f"Pictures: {_short(name)}")
        self.data.setToolTip(f"{name}: which pictures; a data set, a folder of them, or what is at hand")
        many = len(self._layers)
        words = ", ".join(self._layers)
        self.layers.say(f"Layers: {words}" if len(words) < 24 else f"{many} layers")
        self.layers.setToolTip(f"{words or 'None yet'}: which layers have a map")


class UnitOverPictures(PopulationAsked):
    """Of one unit: the data set alone."""

    of_layers = False


class _Button(QToolButton):
    """With words that end in dots where there is no room for them."""

    _words = ""

    def say(self, words: str) -> None:
        self._words = words
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.width() - ROUND
        self.setText(self.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideMiddle, max(room, 0)))


def _button(parent: QWidget, tip: str) -> _Button:
    button = _Button(parent)
    button.setToolTip(tip)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    return button


def _short(name: str) -> str:
    import os

    return os.path.basename(os.path.normpath(name)) if os.sep in name and os.path.isabs(name) else name
