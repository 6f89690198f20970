"""What the palette finds of this window: commands, layers, units, classes and networks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from analysis.protocol.recipe import ModelChoice
from gui.commands.actions import Actions, keys_in_words
from gui.commands.palette import PaletteEntry
from gui.selection import State
from gui.views.layer_words import output_in_words, path_in_words
from gui.views.network_words import RANDOM_ONLY, entry_in_words

if TYPE_CHECKING:
    from analysis.protocol.events import CatalogueEntry
    from gui.views.grouped_tabs import GroupedTabs

MOST_LAYERS = 20  # that a unit's number alone is offered for
_NUMBER = re.compile(r"(?:^|(?<=\s))(?:unit\s*)?(\d{1,7})$")  # what follows a dot is part of a layer's path


def command_entries(actions: Actions) -> Iterator[PaletteEntry]:
    """Every command that does something and can be given now, but the one that opened the palette."""
    for command in actions.commands():
        action = actions[command.id]
        if command.id != "palette" and action.isEnabled() and action.isVisible():
            group = command.menu.partition("/")[2]
            text = f"{group}: {action.text()}" if group else action.text()
            names = (action.text(), action.text().rstrip("…"))
            yield PaletteEntry("command", text, command.help, action.trigger, keys_in_words(command), names)


def tab_entries(tabs: GroupedTabs) -> Iterator[PaletteEntry]:
    for index in range(tabs.count()):
        go = partial(tabs.setCurrentIndex, index)
        yield PaletteEntry("tab", tabs.tabText(index), tabs.help_of(index), go)


def layer_entries(state: State) -> Iterator[PaletteEntry]:
    for node in state.drawable_layers(passes=True):
        detail = f"{node.type} · {output_in_words(node)}"
        yield PaletteEntry("layer", path_in_words(node.path), detail, partial(state.set_layer, node.path))


def class_entries(state: State) -> Iterator[PaletteEntry]:
    """Choosing a class explains it."""
    labels = state.network.labels if state.network is not None else None
    for index, label in enumerate(labels or ()):
        yield PaletteEntry("class", label, f"class {index}", partial(state.set_target, f"class:{index}"))


def network_entries(entries: Iterable[CatalogueEntry], load: Callable[[ModelChoice], object]) -> Iterator[PaletteEntry]:
    """Loads with the weights that the catalogue has, or random ones where it has none."""
    for entry in entries:
        weights = "random" if entry.weights == RANDOM_ONLY else "default"
        name = entry.title if entry.title == entry.name else f"{entry.title} ({entry.name})"
        go = partial(load, ModelChoice(entry.name, weights))
        yield PaletteEntry("network", name, entry_in_words(entry), go, names=(entry.name, entry.title))


def unit_answers(state: State, query: str) -> list[PaletteEntry]:
    """`17` is unit 17 of the layer in view; `conv2 17` and `conv2 unit 17` those of layers with that in their path."""
    found = _NUMBER.search(query.strip())
    if found is None:
        return []
    unit, words = int(found[1]), query.strip()[: found.start()].lower().split()
    if words:
        nodes = [node for node in state.drawable_layers() if all(word in node.path.lower() for word in words)]
        nodes.sort(key=lambda node: words != [node.path.lower()])
    else:
        nodes = [node for node in (state.node,) if node is not None]
    nodes = [node for node in nodes if unit < node.units][:MOST_LAYERS]
    return [
        PaletteEntry(
            "unit",
            f"{path_in_words(node.path)} unit {unit}",
            f"{node.type} · {output_in_words(node)}",
            partial(state.set_layer, node.path, unit),
        )
        for node in nodes
    ]
