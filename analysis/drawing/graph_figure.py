"""The figure of a graph: boxes with their words, and what leads to what."""

from analysis.drawing.captions import Subject, caption, subtitle, title
from analysis.drawing.page import INSIDE, MARGIN, Page
from analysis.results.kinds import Graph

_STEP = 0.42  # inches from one row to the next
_TALLEST = 60  # rows on a page


def graph_figure(subject: Subject, graph: Graph) -> Page:
    rows = max((node.row for node in graph.nodes), default=0) + 1
    columns = max((node.column for node in graph.nodes), default=0) + 1
    high = _STEP * min(rows, _TALLEST)
    words = f"{len(graph.nodes):,} nodes, {len(graph.edges):,} edges."
    page = Page(title(subject), subtitle(subject), caption(subject, words), high)
    axes = page.axes(MARGIN, page.top, INSIDE, high)
    axes.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5))
    axes.set_axis_off()
    for start, end in graph.edges:
        one, other = graph.nodes[start], graph.nodes[end]
        arrow = {"arrowstyle": "-|>", "color": "#888888", "linewidth": 0.5, "shrinkA": 7, "shrinkB": 7}
        axes.annotate("", (other.column, other.row), (one.column, one.row), arrowprops=arrow)
    size = max(3.0, min(7.0, 7.0 * _TALLEST / rows))
    for node in graph.nodes:
        box = {"boxstyle": "round,pad=0.25", "facecolor": "white", "edgecolor": "#666666", "linewidth": 0.5}
        text = f"{node.name}\n{node.words}" if node.words else node.name
        axes.text(node.column, node.row, text, fontsize=size, ha="center", va="center", bbox=box, parse_math=False)
    return page
