"""The colour tables: matplotlib's colours, zero where it belongs, gamma on the distance from zero."""

import subprocess
import sys

import numpy as np
import pytest

from analysis.drawing.colours import table
from analysis.protocol.problems import Problem
from analysis.results.looks import COLOURS


@pytest.mark.parametrize("name", ["viridis", "magma", "inferno"])
def test_that_the_shipped_tables_are_matplotlibs(name: str) -> None:
    from matplotlib import colormaps

    assert np.array_equal(table(name), np.rint(np.array(colormaps[name].colors) * 255))


@pytest.mark.parametrize("name", COLOURS)
@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("gamma", [1.0, 0.7, 0.3])
def test_that_every_table_can_be_looked_up(name: str, signed: bool, gamma: float) -> None:
    colours = table(name, gamma, signed)
    assert colours.shape == (256, 3)
    assert colours.dtype == np.uint8
    assert colours.flags.c_contiguous
    assert not colours.flags.writeable
    assert np.array_equal(colours[[0, 255]], table(name, 1.0, signed)[[0, 255]])  # gamma keeps zero and the ends


@pytest.mark.parametrize("gamma", [1.0, 0.7, 0.5, 0.3])
def test_that_grey_follows_the_toolbox(gamma: float) -> None:
    expected = np.rint((np.arange(256) / 255) ** gamma * 255)
    assert np.array_equal(table("grey", gamma)[:, 1], expected)


def test_that_gamma_of_a_signed_table_is_applied_on_both_sides_of_zero() -> None:
    plain, lifted = table("grey", 1.0, True)[:, 0].astype(int), table("grey", 0.5, True)[:, 0].astype(int)
    assert (lifted[130:250] > plain[130:250]).all()
    assert (lifted[6:126] < plain[6:126]).all()
    assert np.abs(lifted + lifted[::-1] - 255).max() <= 1


def test_that_diverging_maps_have_zero_in_the_middle_and_grow_brighter_or_darker_both_ways() -> None:
    for name, sign in (("diverging", 1), ("diverging-light", -1)):
        brightness = table(name, signed=True).astype(int) @ (299, 587, 114) * sign
        assert (np.diff(brightness[128:]) >= 0).all()
        assert (np.diff(brightness[:128]) <= 0).all()
    assert table("diverging", signed=True)[127:129].max() <= 4
    assert table("diverging")[0].tolist() == [0, 0, 0]
    assert table("diverging-light", signed=True)[127:129].min() >= 251


def test_that_the_positive_half_of_a_diverging_map_is_the_unsigned_map() -> None:
    signed, unsigned = table("diverging", signed=True), table("diverging")
    assert np.abs(signed[128:].astype(int) - unsigned[1::2]).max() <= 2


def test_that_an_unknown_map_is_said() -> None:
    with pytest.raises(Problem, match="no colour map “jet”; there are grey, viridis"):
        table("jet")


def test_that_colours_need_neither_torch_nor_matplotlib() -> None:
    code = "import sys, analysis.drawing.colours; print({'torch', 'matplotlib', 'pyqtgraph', 'PIL'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
