"""The graph in the window: how long it takes to open after the trace, and how many frames a second it pans at."""

import os
import warnings
from collections.abc import Iterator
from statistics import median
from time import perf_counter

import torch
from torchvision import models

NETWORKS = ("resnet152", "densenet201", "inception_v3", "vit_b_16")
SIZE = 1100, 800
FRAMES = 60
STATES = ("", "all", "each")


def tables() -> Iterator[str]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from analysis.methods.graphs.network_graph import drawn_graph
    from analysis.tracing.graph import graph_of

    torch.set_num_threads(1)
    application = QApplication.instance() or QApplication([])
    titles = ("network", "unfolded", "operations", "boxes", "trace s", "open s", "pan/s", "all/s")
    yield "".join(f"{title:>{wide}}" for title, wide in zip(titles, (14, 12, 12, 8, 9, 9, 8, 8), strict=True))
    for name in NETWORKS:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = getattr(models, name)(weights=None).eval()
        side = 299 if name.startswith("inception") else 224
        started = perf_counter()
        found = graph_of(module, torch.zeros(1, 3, side, side))
        traced = perf_counter() - started
        graph = drawn_graph(found, {path for path, _ in module.named_parameters()}, "parameters")
        for state in STATES:
            boxes, opened, panned, fitted = _shown(graph, state)
            yield (
                f"{name:>14}{state or 'as fits':>12}{len(graph.nodes):12}{boxes:8}{traced:9.2f}{opened:9.3f}"
                f"{panned:8.0f}{fitted:8.0f}"
            )
    application.quit()


def _shown(graph: object, said: str) -> tuple[int, float, float, float]:
    """Boxes, seconds until it is painted, and frames a second while it is moved: large enough to read, and whole."""
    from PySide6.QtCore import QPointF

    from analysis.drawing.graph_parts import EACH, parts_of, said_of
    from gui.selection import State
    from gui.views.graph_view import GraphView

    if said == "each":
        root = parts_of(graph)  # type: ignore[arg-type]
        said = said_of(
            frozenset(key for part in root.walk() if part.unfolds for key in (part.key, f"{part.key}{EACH}"))
        )
    state = State()
    state.set_look(unfolded=said)
    view = GraphView(state)
    view.resize(*SIZE)
    view.show()
    started = perf_counter()
    view.show_result(graph)  # type: ignore[arg-type]
    view.canvas.grab()
    opened = perf_counter() - started
    canvas, rates = view.canvas, []
    for zoom in (1.0, None):
        canvas.fit()
        if zoom is not None:
            canvas.zoom_by(zoom / canvas.zoom)
        times = []
        for number in range(FRAMES):
            started = perf_counter()
            canvas.pan(QPointF(0, 40 if number % 20 < 10 else -40))
            canvas.grab()
            times.append(perf_counter() - started)
        rates.append(1 / median(times))
    boxes = len(canvas.paints)
    view.close()
    return boxes, opened, rates[0], rates[1]
