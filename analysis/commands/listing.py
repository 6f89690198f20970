"""What networks, layers, methods and gallery rows there are, as tables for people or JSON for programs."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from analysis.protocol.layers import LayerNode

if TYPE_CHECKING:
    from analysis.datasets.data_set import DataSet

FIRST_ORIGINS = 5


def models(arguments: argparse.Namespace) -> None:
    from analysis.opening.catalogue import entries

    found = entries()
    if arguments.json:
        print_json([asdict(entry) for entry in found])
        return
    rows = [(entry.name, entry.provider, _count(entry.parameters), entry.weights) for entry in found]
    print_table(("name", "provider", "parameters", "weights"), rows)


def layers(arguments: argparse.Namespace) -> None:
    from analysis.commands.arguments import model_choice
    from analysis.commands.beside import errors_beside_in_words
    from analysis.commands.opening import opened

    with errors_beside_in_words():
        network = opened(model_choice(arguments.model, arguments), arguments)
    root = network.root
    for note in network.notes:
        print(note, file=sys.stderr)
    top = root.children or (root,)
    if arguments.json:
        print_json([_node(node) for node in top])
        return
    rows = [row for node in top for row in _rows(node, 0)]
    print_table(("layer", "type", "shape", "units", "parameters", "receptive field / stride"), rows)


def methods(arguments: argparse.Namespace) -> None:
    from analysis.methods.registry import METHODS
    from analysis.methods.settings import settings_of

    if arguments.json:
        print_json(
            [
                {
                    "name": method.name,
                    "title": method.title,
                    "summary": method.summary,
                    "family": method.family,
                    "gives": method.gives.__name__,
                    "asks": sorted(method.asks),
                    "declares": dict(method.declares),
                    "live": method.live,
                    "settings": [asdict(info) for info in settings_of(method)],
                }
                for method in METHODS
            ]
        )
        return
    for method in METHODS:
        print(f"{method.name}: {method.summary}")
        for info in settings_of(method):
            limits = ", ".join(info.choices) if info.choices else _limits(info.low, info.high, info.unit)
            if info.for_side is not None:
                limits += f"; {info.default} for a side of {info.for_side} pixels, as much less or more for another"
            print(f"    {info.name}={info.default}  {info.help}{f' ({limits})' if limits else ''}")


def data(arguments: argparse.Namespace) -> None:
    from analysis.datasets.data_set import labels_of
    from analysis.datasets.opening import data_set

    found = data_set(arguments.data)
    labels = Counter(labels_of(found)) if found.labels_at_hand else None
    origins = [found.origin(index) for index in range(min(found.count, FIRST_ORIGINS))]
    classes = found.classes if found.labels_at_hand else ()
    if arguments.json:
        counted = [
            {"name": name, "count": None if labels is None else labels[number]} for number, name in enumerate(classes)
        ]
        described = {"title": found.title, "kind": found.kind, "count": found.count, "classes": counted}
        print_json(described | {"origins": origins, "notes": list(found.notes)})
        return
    pictures = "1 picture" if found.count == 1 else f"{found.count:,} pictures"
    print(f"{found.title}: {found.kind}, {pictures}, {_classes_in_words(found, labels)}")
    for note in found.notes:
        print(note)
    if labels is not None and classes:
        print()
        rows = [(str(number), name, f"{labels[number]:,}") for number, name in enumerate(classes)]
        print_table(("label", "class", "pictures"), rows)
    print()
    for origin in origins:
        print(origin)
    if found.count > len(origins):
        print("…")


def _classes_in_words(found: DataSet, labels: Counter[int | None] | None) -> str:
    if labels is None:
        return "labels in as many files"
    if not found.classes:
        return "no labels"
    without = f", {labels[None]:,} without a label" if labels[None] else ""
    return f"{len(found.classes):,} {'class' if len(found.classes) == 1 else 'classes'}{without}"


def _node(node: LayerNode) -> dict[str, Any]:
    """A layer as programs read it; its children are such objects too."""
    field = node.receptive_field
    return {
        "path": node.path,
        "type": node.type,
        "shape": node.shape,
        "units": node.units,
        "parameters": node.parameters,
        "kind": node.kind,
        "layout": node.layout,
        "grid": node.grid,
        "reason": node.reason,
        "receptive_field": None if field is None else asdict(field),
        "global_context": node.global_context,
        "calls": node.calls,
        "passes": [_node(one) for one in node.passes],
        "children": [_node(child) for child in node.children],
    }


def _rows(node: LayerNode, depth: int) -> Iterator[tuple[str, ...]]:
    shape = "×".join(map(str, node.shape)) if node.shape else ""
    field = node.receptive_field
    seen = f"{_sides(field.size)} / {_sides(field.stride)}" if field else ""
    units = str(node.units) if node.kind else "–"
    kind = f"{node.type} ({node.calls} calls)" if node.calls > 1 else node.type
    yield f"{'  ' * depth}{node.path or '(the whole network)'}", kind, shape, units, _count(node.parameters), seen
    for below in (*node.passes, *node.children):
        yield from _rows(below, depth + 1)


def _sides(pair: tuple[int, int]) -> str:
    return str(pair[0]) if pair[0] == pair[1] else f"{pair[0]}×{pair[1]}"


def _count(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


def _limits(low: float | None, high: float | None, unit: str) -> str:
    parts = [f"from {low:g}" if low is not None else "", f"to {high:g}" if high is not None else "", unit]
    return " ".join(part for part in parts if part)


def print_json(content: object) -> None:
    print(json.dumps(content, indent=2, ensure_ascii=False))


def print_table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    for row in (names, *rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
