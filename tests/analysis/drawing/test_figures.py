"""Exported figures: values to the pixel, text as text, nothing cut off, the same bytes each time."""

import base64
import io
import re
import subprocess
import sys
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from analysis.drawing import figures
from analysis.drawing.captions import Subject, subtitle
from analysis.drawing.colours import table
from analysis.drawing.curve_figure import curves_figure
from analysis.drawing.derivatives import view
from analysis.drawing.film_figure import film_figure
from analysis.drawing.mosaic import mosaic
from analysis.drawing.overlay import enlarged, over_picture, scale_of, unit_veil
from analysis.drawing.page import INSIDE, MARGIN, WIDTH, Page, printable, text_width, wrapped
from analysis.drawing.pictures_figure import pictures_figure
from analysis.files.recipe_inside import read_recipe
from analysis.protocol.layers import LayerNode, ReceptiveField
from analysis.protocol.recipe import ModelChoice, PictureChoice, Recipe
from analysis.results.derivative_views import blurred
from analysis.results.kinds import Curves, Derivative, Film, Floats, Heat, Line, Pictures, Windows
from analysis.results.looks import NAMES as KINDS_OF_LOOKS
from analysis.results.looks import HeatLook, MapsLook
from analysis.results.views import VIEWS

PICTURE = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
NODE = LayerNode(
    "conv1", "Conv2d", (10, 6, 8), 10, 100, "map", (6, 8), receptive_field=ReceptiveField((5, 7), (1, 2), (0, 0))
)


def subject(look: MapsLook | HeatLook | None = None, unit: int | None = None, **more: object) -> Subject:
    recipe = Recipe(
        ModelChoice("lenet", weights_hash="0123456789abcdef"),
        PictureChoice("/pictures/seven $x$ of 犬.png"),
        layer="conv1",
        unit=unit,
        looks={} if look is None else {KINDS_OF_LOOKS[type(look)]: asdict(look)},
        **more,  # type: ignore[arg-type]
    )
    return Subject(recipe, "LeNet", PICTURE, NODE, ("zero", "one"))


def maps(units: int = 10, height: int = 6, width: int = 8) -> torch.Tensor:
    return torch.rand(units, height, width, generator=torch.Generator().manual_seed(0))


NAMES = ("mosaic", "sorted", "vector", "empty", "unit", "heat", "derivative", "picture", "curves", "film", "pairs")


FILM = Film(
    np.random.default_rng(2).random((9, 40, 60), np.float32),
    ("", *(f"features.denseblock{number}.layer" for number in range(8))),
    np.linspace(1, -0.2, 9).astype(np.float32),
    "rank correlation",
    {"result": np.linspace(1, -0.2, 9).astype(np.float32)},
)
_PAIRS = {
    "result": np.array([[0.9, 0.1, 0.0], [0.0, 0.8, 0.9]], np.float32),
    "random": np.array([[0.9, 0.5, 0.0], [0.0, 0.4, 0.9]], np.float32),
    "auc": np.array([0.1, 0.8], np.float32),
    "random_auc": np.array([0.5, 0.4], np.float32),
}
PAIRS = Curves(
    (
        Line("deleting", _PAIRS["result"][0]),
        Line("inserting", _PAIRS["result"][1]),
        Line("deleting, random", _PAIRS["random"][0], beside=True),
    ),
    np.array([0, 0.5, 1], np.float32),
    "share of the pixels",
    "answer",
    _PAIRS,
    few=("auc",),
)


def curve(values: Floats, x: Floats) -> Curves:
    return Curves((Line("", values),), x, "x", "y", {"result": values})


@cache
def pages() -> dict[str, Page]:
    signed = np.random.default_rng(1).normal(size=(3, 40, 60)).astype(np.float32)
    tiles = MapsLook(colours="viridis", scale="shared", boost=0.3, order="activation", numbers=True)
    return {
        "mosaic": figures.mosaic_figure(subject(), mosaic(maps(), MapsLook())),
        "sorted": figures.mosaic_figure(subject(tiles), mosaic(maps() - 0.5, tiles)),
        "vector": figures.mosaic_figure(subject(), mosaic(maps(1000, 1, 1), MapsLook())),
        "empty": figures.mosaic_figure(subject(), mosaic(maps() * 0, MapsLook(only_active=True))),
        "unit": figures.unit_figure(subject(unit=3), maps()[3].numpy()),
        "heat": figures.heat_figure(subject(method="rise"), Heat(signed[0])),
        "derivative": figures.derivative_figure(subject(), Derivative(signed)),
        "picture": pictures_figure(subject(), Pictures((PICTURE,), ("a picture",))),
        "curves": curves_figure(
            subject(), curve(np.arange(5, dtype=np.float32), np.linspace(0, 1, 5, dtype=np.float32))
        ),
        "film": film_figure(subject(method="randomisation"), FILM),
        "pairs": curves_figure(subject(method="insertion-deletion"), PAIRS),
    }


@pytest.mark.parametrize("suffix", figures.SUFFIXES)
def test_that_the_same_figure_has_the_same_bytes_and_its_recipe_inside(suffix: str, tmp_path: Path) -> None:
    first, second = (
        figures.unit_figure(subject(unit=3), maps()[3].numpy()).saved(suffix, subject().recipe) for _ in range(2)
    )
    assert first == second
    (tmp_path / "figure").write_bytes(first)
    assert read_recipe(tmp_path / "figure") == subject().recipe


@pytest.mark.parametrize("name", NAMES)
def test_that_nothing_is_cut_off(name: str) -> None:
    page = pages()[name]
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(page.figure)
    canvas.draw()
    width, height = page.figure.bbox.size
    boxes = [text.get_window_extent() for text in page.figure.texts]
    boxes += [axes.get_tightbbox() for axes in page.figure.axes]
    for box in boxes:
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= width
        assert box.y1 <= height


def boxed_texts(page: Page) -> list[tuple[str, float, float, float, float]]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(page.figure).draw()
    return [(t.get_text(), *t.get_window_extent().extents) for t in page.figure.texts if t.get_text()]


@pytest.mark.parametrize("name", NAMES)
def test_that_no_text_lies_on_another(name: str) -> None:
    boxes = boxed_texts(pages()[name])
    for i, (text, left, bottom, right, top) in enumerate(boxes):
        for other, left2, bottom2, right2, top2 in boxes[i + 1 :]:
            across = min(right, right2) - max(left, left2)
            down = min(top, top2) - max(bottom, bottom2)
            assert across <= 0 or down <= 1.5, (text, other)  # lines may touch


def test_that_a_png_shows_every_value_as_a_square_of_its_colour() -> None:
    look = MapsLook(colours="magma", scale="shared")
    made = mosaic(maps(4, 5, 5), look, aspect=1.2)
    page = figures.mosaic_figure(subject(look), made)
    content = page.saved(".png", subject(look).recipe)
    image = np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(int)
    colours = table("magma")[made.levels].astype(int)
    axes = page.figure.axes[0].get_position()
    rows, columns = made.levels.shape
    left, top = round(axes.x0 * image.shape[1]), round((1 - axes.y1) * image.shape[0])
    dot = round(axes.width * image.shape[1] / columns, 6)
    assert dot == int(dot)
    for row in range(rows):
        for column in range(columns):
            middle = image[top + int((row + 0.5) * dot), left + int((column + 0.5) * dot)]
            assert np.abs(middle - colours[row, column]).max() <= 1


def test_that_an_svg_holds_its_text_as_text_and_its_pictures_with_squares_for_pixels() -> None:
    look = MapsLook(scale="shared")
    made = mosaic(maps(), look)
    svg = figures.mosaic_figure(subject(look), made).saved(".svg", subject().recipe).decode()
    assert "LeNet · conv1</text>" in svg
    assert "seven $x$ of □.png" in svg
    pictures = [
        Image.open(io.BytesIO(base64.b64decode(data))) for data in re.findall(r'data:image/png;base64,\s*([^"]+)"', svg)
    ]
    height, width = made.levels.shape
    multiples = [(picture, picture.width // width) for picture in pictures if picture.width % width == 0]
    large, times = next((p, times) for p, times in multiples if p.size == (width * times, height * times))
    assert times > 1  # a viewer that smooths what it enlarges smooths the squares' edges only
    squares = table("grey")[made.levels].repeat(times, axis=0).repeat(times, axis=1)
    assert np.array_equal(np.asarray(large.convert("RGB")), squares)


def test_that_a_pdf_embeds_its_fonts_as_outlines_and_carries_no_date() -> None:
    pdf = pictures_figure(subject(), Pictures((PICTURE,), ("a picture",))).saved(".pdf", subject().recipe)
    assert b"/FontFile2" in pdf
    assert b"CreationDate" not in pdf


@pytest.mark.parametrize(
    ("look", "words"),
    [
        (MapsLook(), "Each unit is drawn on its own scale, from zero."),
        (MapsLook(scale="shared"), "All units are drawn on one scale, from zero."),
        (MapsLook(scale="shared", boost=0.5, gamma=0.7), "weak ones boosted by 0.5, from zero, gamma 0.7."),
    ],
)
def test_that_the_caption_says_network_layer_weights_picture_and_scale(look: MapsLook, words: str) -> None:
    texts = " ".join(t.get_text() for t in figures.mosaic_figure(subject(look), mosaic(maps(), look)).figure.texts)
    for part in ("LeNet · conv1", "10 units of 6 × 8", "its own weights (01234567)", "seven $x$", "60 × 40", words):
        assert part in texts


def test_that_a_units_caption_says_what_a_place_sees_and_where_it_is_strongest() -> None:
    values = np.zeros((6, 8), np.float32)
    values[4, 2] = 2.5
    texts = " ".join(t.get_text() for t in figures.unit_figure(subject(unit=3), values).figure.texts)
    assert "Each place sees 7 × 5 pixels" in texts
    assert "the largest is 2.5 at row 4, column 2" in texts


def test_that_values_which_are_not_finite_are_counted_in_the_caption() -> None:
    values = maps()
    values[0, 0, :2] = float("nan")
    texts = " ".join(t.get_text() for t in figures.mosaic_figure(subject(), mosaic(values, MapsLook())).figure.texts)
    assert "Not finite, and drawn as zero: 2 values." in texts


def test_that_a_map_with_nothing_on_it_is_called_that_instead_of_a_scale() -> None:
    nothing = np.zeros((3, 40, 60), np.float32)
    pages = [
        figures.heat_figure(subject(method="grad-cam"), Heat(nothing[0])),
        figures.derivative_figure(subject(method="guided"), Derivative(nothing)),
    ]
    for page in pages:
        texts = " ".join(t.get_text() for t in page.figure.texts)
        assert "There is no positive evidence in it" in texts
        assert "clipped" not in texts


def test_that_targets_and_settings_are_in_words() -> None:
    made = subject(target="logprob:1", settings={"samples": 9, "noise": 0.25}, method="smoothgrad", seed=4)
    page = figures.derivative_figure(made, Derivative(np.ones((3, 4, 4), np.float32)))
    texts = " ".join(t.get_text() for t in page.figure.texts)
    assert "SmoothGrad of the log-probability of class 1 (one)" in texts
    assert "Settings: samples 9, noise 0.25, seed 4." in texts


def test_that_lines_are_as_wide_as_matplotlib_draws_them() -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    for text in ("Wide words wrap where they would run out", "il1|", "ÄÖ×σ"):
        figure = Figure(figsize=(9, 1), dpi=400)
        drawn = figure.text(0, 0, text, size=7, family="DejaVu Sans", parse_math=False)
        FigureCanvasAgg(figure).draw()
        assert text_width(text, 7) == pytest.approx(drawn.get_window_extent().width / 400, rel=0.03)
    lines = wrapped("word " * 100, 7, 2.0)
    assert " ".join(lines).split() == ["word"] * 100
    assert max(text_width(line, 7) for line in lines) <= 2.0
    assert MARGIN * 2 + INSIDE == WIDTH


def test_that_a_long_subtitle_takes_a_second_line() -> None:
    page = Page("title", "words " * 30, "caption", 1.0)
    lines = [text.get_text() for text in page.figure.texts if text.get_text().startswith("words")]
    assert len(lines) == 2
    assert " ".join(lines).split() == ["words"] * 30


def test_that_letters_without_a_shape_are_replaced() -> None:
    assert printable("aé犬\n☃") == "aé□□☃"


@pytest.mark.parametrize("name", VIEWS)
def test_that_every_view_of_a_derivative_is_a_picture(name: str) -> None:
    derivative = np.zeros((3, 20, 30), np.float32)
    derivative[:, 5, 5], derivative[:, 15, 20], derivative[0, 0, 0] = 1, -1, np.nan
    drawn = view(derivative, name, percentile=100)  # type: ignore[arg-type]
    assert drawn.shape == (20, 30, 3)
    assert drawn.dtype == np.uint8
    empty = view(np.zeros((1, 4, 4), np.float32), name)  # type: ignore[arg-type]
    assert np.ptp(empty.reshape(-1, 3), axis=0).max() == 0
    if name in ("raw", "grey"):
        assert drawn[5, 5].tolist() == [255, 255, 255]
        assert drawn[15, 20].tolist() == [0, 0, 0]
        assert drawn[10, 10, 0] in (127, 128)
    if name == "norm":
        assert drawn[5, 5].tolist() == drawn[15, 20].tolist() == [255, 255, 255]
    if name == "positive-negative":
        assert drawn[5, 5, 0] > drawn[5, 5, 2]
        assert drawn[15, 20, 2] > drawn[15, 20, 0]


def test_that_the_blur_is_a_gaussian() -> None:
    values = np.zeros((41, 41), np.float32)
    values[20, 20] = 1
    distance = np.add.outer((np.arange(41) - 20) ** 2, (np.arange(41) - 20) ** 2)
    expected = np.exp(-distance / 2 / 2**2)
    expected[distance > 200] = 0
    assert np.abs(blurred(values, 2.0, 8) - expected / expected.sum()).max() < 1e-4
    assert np.allclose(blurred(np.ones((3, 50), np.float32), 4.0, 16), 1)


def test_that_an_overlay_lets_more_of_the_picture_through_where_less_is() -> None:
    values = np.array([[0.0, 0.0, 2.0, 2.0]], np.float32)
    assert np.array_equal(over_picture(PICTURE, unit_veil(values, 1.0, 0.0)), PICTURE)
    half = over_picture(PICTURE, unit_veil(values, 1.0, 0.5)).astype(int)
    quarter = PICTURE.shape[1] // 4
    assert np.array_equal(half[:, : quarter // 2], PICTURE[:, : quarter // 2])
    strongest = table("inferno")[255].astype(int)
    expected = (PICTURE[:, -quarter // 2 :].astype(int) + strongest) / 2
    assert np.abs(half[:, -quarter // 2 :] - expected).max() <= 2


def test_that_an_enlarged_map_has_its_cells_where_they_belong() -> None:
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert np.array_equal(enlarged(values, 4, 6, smooth=False), values.repeat(2, 0).repeat(2, 1))
    smooth = torch.nn.functional.interpolate(
        torch.from_numpy(values)[None, None], (8, 12), mode="bilinear", align_corners=False
    )
    assert np.allclose(enlarged(values, 8, 12, smooth=True), smooth[0, 0], atol=1e-5)


def test_that_a_scale_is_never_empty() -> None:
    assert scale_of(np.zeros((2, 2), np.float32)) == (0.0, 1.0)
    assert scale_of(np.full((2, 2), np.nan, np.float32)) == (0.0, 1.0)
    assert scale_of(np.array([[-1, 3]], np.float32)) == (-3.0, 3.0)
    assert scale_of(np.array([[1, np.inf]], np.float32)) == (0.0, 1.0)


def test_that_a_film_shows_every_map_with_its_number() -> None:
    page = pages()["film"]
    pictures = [np.asarray(axes.images[0].get_array()) for axes in page.figure.axes if axes.images]
    assert len(pictures) == 9
    full = np.percentile(FILM.frames[4], 99)
    shades = np.rint((FILM.frames[4] / full).clip(0, 1) * 255).astype(int)
    assert np.array_equal(pictures[4], table("inferno")[shades])
    texts = [text.get_text() for text in page.figure.texts]
    assert "as learnt" in texts
    assert sum(text.endswith("layer") for text in texts) == 8
    assert {"1.00", "0.85", "−0.20"} <= set(texts)


def test_that_a_trust_checks_figure_says_what_was_found_and_begins_at_zero() -> None:
    page = pages()["pairs"]
    texts = " ".join(text.get_text() for text in page.figure.texts)
    assert "The marked pixels matter" in texts
    assert "share of the pixels" in texts
    changes = np.array([0.31, 0.34], np.float32)
    numbers = {"result": changes, "worst": changes[1:]}
    found = Curves(
        (Line("", changes),), np.array([1, 2], np.float32), "which noisy copy", "change", numbers, ("worst",)
    )
    sensitivity = curves_figure(subject(method="sensitivity", settings={"map": "grad-cam"}), found)
    assert sensitivity.figure.axes[0].get_ylim()[0] == 0
    said = " ".join(text.get_text() for text in sensitivity.figure.texts)
    assert "Sensitivity to noise of the map by Grad-CAM" in said
    assert "which noisy copy" in said


def test_that_an_occlusion_map_lies_where_its_masks_were() -> None:
    """One place of the mask that matters: its colour is seen at the middle of that mask and nowhere far from it."""
    positions = np.stack(np.meshgrid(np.arange(0, 33, 8), np.arange(0, 53, 8), indexing="ij"), axis=-1)
    drops = np.zeros(positions.shape[:2], np.float32)
    drops[4, 2] = 5
    made = subject(HeatLook(opacity=1.0, clip=100), method="occlusion", settings={"mask": 8, "stride": 8})
    page = figures.heat_figure(made, Heat(drops, Windows(positions, 8), beside={"baseline": np.array(9.0)}))
    over = np.asarray(page.figure.axes[2].images[0].get_array()).astype(int)
    changed = np.argwhere((over != PICTURE).any(-1))
    assert changed.min(0).tolist() == [32, 16]
    assert changed.max(0).tolist() == [39, 23]
    assert np.array_equal(over[36, 20], table("inferno")[255])
    assert "clipped at 100 %" in " ".join(text.get_text() for text in page.figure.texts)


def test_that_a_figure_says_what_the_network_answered() -> None:
    logits = np.array([1.0, 3.0], np.float32)

    def said(target: str) -> str:
        return subtitle(replace(subject(method="gradient", target=target), logits=logits))

    assert said("class") == "Gradient of class 1 (one), which responds most: logit 3"
    assert said("class:0") == "Gradient of class 0 (zero): logit 1"
    assert said("probability") == "Gradient of the probability of class 1 (one), which responds most: 88.1 %"
    assert said("logprob:1") == "Gradient of the log-probability of class 1 (one): −0.127"
    assert subtitle(subject(method="gradient")) == "Gradient of the maximally responding class"


def test_that_the_answer_to_a_picture_is_not_told_of_one_that_grew_out_of_noise() -> None:
    logits = np.array([1.0, 3.0], np.float32)
    grown = replace(subject(method="edge-energy", target="class:1"), logits=logits)
    assert subtitle(grown) == "Edge energy of class 1 (one)"
    of_picture = replace(grown, recipe=replace(grown.recipe, settings={"start": "picture"}))
    assert subtitle(of_picture) == "Edge energy of class 1 (one): logit 3"


def test_that_figures_can_be_imported_by_the_window() -> None:
    code = "import sys, analysis.drawing.figures; print({'torch', 'matplotlib', 'PySide6'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
