"""Figures in the room of a card, and figures of very many tiles: nothing gets lost where there is little room."""

import io
from dataclasses import replace

import numpy as np
import torch
from matplotlib.figure import Figure
from PIL import Image
from torch import nn

from analysis.drawing.captions import Subject
from analysis.drawing.curve_figure import draw_lines
from analysis.drawing.elites_figure import elites_figure
from analysis.drawing.graph_figure import graph_figure
from analysis.drawing.grown_figure import grown_figure
from analysis.drawing.page import INSIDE, MARGIN, Page, text_width
from analysis.drawing.tiles_figure import tiles_figure
from analysis.methods.graphs.network_graph import drawn_graph
from analysis.protocol.recipe import ModelChoice, Recipe
from analysis.results.kinds import Elites, Graph, Grown, Line, Tile, Tiles
from analysis.tracing.graph import graph_of

PICTURE = np.zeros((4, 4, 3), np.uint8)
SUBJECT = Subject(Recipe(ModelChoice("lenet"), layer="conv1", method="filters"), "A network", PICTURE)
PLANES = np.zeros((1, 5, 4, 4), np.float32)
GRAPH = Subject(Recipe(ModelChoice("lenet"), method="network-graph"), "A network", PICTURE)


def colours(count: int) -> list[tuple[int, int, int]]:
    """No two alike, and none that paper or ink has."""
    return [(40 + 3 * (number % 60), 60 + 2 * (number // 60), 200) for number in range(count)]


def wall(count: int, columns: int, title: str = "") -> Tiles:
    tiles = [Tile(np.full((3, 5, 3), ink, np.uint8), title) for ink in colours(count)]
    return Tiles(tuple(tiles), columns, "Tiles.", {}, tuple(map(str, range(-(-count // columns)))) if columns else ())


def long_graph(blocks: int) -> Graph:
    """Of layers that are not alike, so that none of them are told once."""
    module = nn.Sequential(
        *(nn.Sequential(nn.Conv2d(1, 1, 1), nn.ReLU(), *[nn.Tanh()] * (one % 2)) for one in range(blocks))
    )
    learnt = {name for name, _ in module.named_parameters()}
    return drawn_graph(graph_of(module.eval(), torch.zeros(1, 1, 4, 4)), learnt, "parameters")


def test_that_each_of_a_thousand_tiles_is_seen_and_all_of_them_are_few_pictures() -> None:
    page = tiles_figure(SUBJECT, wall(1000, 32))
    assert len(page.figure.axes) < 5
    pixels = np.asarray(Image.open(io.BytesIO(page.saved(".png", SUBJECT.recipe))).convert("RGB"))
    seen, times = np.unique(pixels.reshape(-1, 3), axis=0, return_counts=True)
    found = {tuple(ink.tolist()): int(count) for ink, count in zip(seen, times, strict=True)}
    areas = [found.get(ink, 0) for ink in colours(1000)]
    assert min(areas) > 0.8 * max(areas) > 0


def test_that_words_below_pictures_that_grew_stay_below_their_own() -> None:
    pictures, curves = (np.zeros((4, 4, 3), np.float32),) * 8, np.zeros((8, 5), np.float32)
    titles = tuple(f"prior {number}, above 59.8 % of 500 pictures" for number in range(8))
    page = grown_figure(SUBJECT, Grown(pictures, titles, curves, curves, 5, "", np.full(8, 1.5, np.float32)))
    below = [text for text in page.figure.texts if text.get_fontsize() == 7 and text.get_ha() == "center"]
    assert sum("59.8" in text.get_text() for text in below) == 8
    assert all(text_width(text.get_text(), 7) < INSIDE / 4 for text in below)
    places = {(round(text.get_position()[0], 3), round(text.get_position()[1], 3)) for text in below}
    assert len(places) == len(below)


def test_that_each_of_several_pictures_that_grew_has_a_stroke_that_is_its_line() -> None:
    pictures, curves = (np.zeros((4, 4, 3), np.float32),) * 8, np.arange(40, dtype=np.float32).reshape(8, 5)
    titles = tuple(f"seed {number}" for number in range(8))
    page = grown_figure(SUBJECT, Grown(pictures, titles, curves, 0 * curves, 5, ""))
    *squares, plot = page.figure.axes
    strokes = [(line.get_color(), line.get_linestyle()) for axes in squares for line in axes.lines]
    assert strokes == [(line.get_color(), line.get_linestyle()) for line in plot.lines]
    assert len(set(strokes)) == 8
    alone = grown_figure(SUBJECT, Grown(pictures[:1], ("",), curves[:1], 0 * curves[:1], 5, ""))
    assert not alone.figure.axes[0].lines


def test_that_figures_of_pictures_of_many_planes_say_which_is_seen() -> None:
    values = np.zeros((1, 3), np.float32)
    grown = Grown((np.zeros((4, 4, 5), np.float32),), ("",), values, values, 3, "", beside={"picture": PLANES})
    elites = Elites(np.zeros((1, 4, 4, 5), np.uint8), ("0",), np.ones(1, np.float32), np.zeros(1, bool), "Bred.")
    for page in (grown_figure(SUBJECT, grown), elites_figure(SUBJECT, elites)):
        assert "Of its 5 planes plane 0 is looked at" in " ".join(text.get_text() for text in page.figure.texts)
    few = replace(grown, beside={"picture": PLANES[:, :3]})
    assert "planes" not in " ".join(text.get_text() for text in grown_figure(SUBJECT, few).figure.texts)


def test_that_tiles_with_titles_stand_in_rows_with_room_for_these() -> None:
    page = tiles_figure(SUBJECT, wall(48, 8, "a title"))
    assert [text.get_text() for text in page.figure.texts].count("a title") == 48
    tops = sorted({round(axes.get_position().y0, 4) for axes in page.figure.axes})
    assert len(tops) == 6


def test_that_a_wall_of_tiles_is_seen_in_the_room_of_a_card() -> None:
    for tiles in (wall(1000, 32), wall(300, 15), wall(48, 8, "a title")):
        pixels = tiles_figure(SUBJECT, tiles).inside(400, 250)
        paper = (pixels == 255).all(axis=2).mean()
        assert paper < 0.5
        assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > len(tiles.tiles) / 2


def test_that_a_long_graph_is_folded_to_the_room_that_it_is_seen_in() -> None:
    for wide, high in ((400, 250), (1366, 700), (300, 900)):
        rows, columns, _ = graph_figure(GRAPH, long_graph(12)).inside(wide, high).shape
        assert min(columns / wide, rows / high) > 0.5


def test_that_a_long_graph_is_no_longer_than_a_sheet_where_its_letters_can_be_read() -> None:
    assert graph_figure(GRAPH, long_graph(12)).height < 12


def test_that_of_a_page_of_words_as_many_are_seen_as_there_is_room_for() -> None:
    page = Page("A title", "", "A caption.", 20.0)
    for line in range(100):
        page.text(MARGIN, page.top + 0.2 * line, f"{line} is the number of this line, which goes on across the page", 7)
    pixels = page.inside(400, 250)
    assert pixels.shape[0] == 251
    assert 250 < pixels.shape[1] <= 401
    assert 0.01 < (pixels < 128).all(axis=2).mean() < 0.5
    few = Page("A title", "", "A caption.", 0.4)
    few.text(MARGIN, few.top + 0.1, "A single line", 7)
    assert few.inside(400, 250).shape[0] < 250


def test_that_an_axis_of_steps_has_marks_at_whole_numbers_only() -> None:
    axes = Figure().add_subplot()
    draw_lines(axes, np.arange(3.0), (Line("climbed", np.array([0, 1, 4], np.float32)),), "objective", counted=True)
    marks = axes.get_xticks()
    assert len(marks) > 1
    assert np.array_equal(marks, np.round(marks))
