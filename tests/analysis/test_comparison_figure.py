"""The comparison as one figure: every map where its method and network cross, in every format."""

from pathlib import Path

import numpy as np
import pytest

from analysis.drawing.comparison import comparison_figure
from analysis.drawing.explanations import Look
from analysis.drawing.recipe_inside import read_recipe
from analysis.events import MethodResult
from analysis.recipe import ModelChoice, PictureChoice, Recipe


def result(method: str, network: str, weights: str = "default") -> MethodResult:
    random = np.random.default_rng(len(method) + len(network))
    arrays = {"result": random.standard_normal((3, 12, 12)).astype(np.float32)}
    if "cam" in method:
        arrays = {"result": random.random((3, 3), np.float32), "upsampled": np.ones((12, 12), np.float32)}
    recipe = Recipe(ModelChoice(network, weights), PictureChoice("sample:clock"), method=method)
    return MethodResult(1, recipe, random.integers(0, 256, (12, 12, 3), dtype=np.uint8), arrays)


RESULTS = [
    result("gradient", "alexnet"),
    result("gradient", "vgg16", "random"),
    result("guided", "alexnet"),
    result("grad-cam", "alexnet"),
    result("grad-cam", "vgg16", "random"),
]


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_that_it_is_written_with_the_recipe_of_its_first_map(tmp_path: Path, suffix: str) -> None:
    page = comparison_figure(RESULTS, Look("grey"), shared=False)
    path = tmp_path / f"figure{suffix}"
    path.write_bytes(page.saved(suffix, RESULTS[0].recipe))
    assert read_recipe(path) == RESULTS[0].recipe


def words(shared: bool) -> list[str]:
    return [text.get_text() for text in comparison_figure(RESULTS, Look("grey"), shared).figure.texts]


def test_that_it_names_what_is_compared_and_what_is_missing() -> None:
    said = words(shared=False)
    for expected in ("Gradient", "Grad-CAM", "alexnet", "vgg16, random weights of seed 0", "no result"):
        assert expected in said
    assert sum("…" in text for text in said) == len(RESULTS)


def test_that_a_shared_scale_says_the_same_numbers_for_one_kind() -> None:
    def scales(shared: bool) -> set[str]:
        return {text for text in words(shared) if "…" in text and text.startswith("−")}

    assert len(scales(shared=False)) > 1
    assert len(scales(shared=True)) == 1
