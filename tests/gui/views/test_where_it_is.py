"""What flows back from one place of a first layer is a few pixels of the picture, and these are shown."""

import numpy as np

from analysis.protocol.layers import ReceptiveField
from gui.views.where_it_is import Part, part_of_interest

FIELD = ReceptiveField((3, 3), (2, 2), (-1, -1))


def flowed(*places: tuple[int, int]) -> np.ndarray:
    values = np.zeros((3, 40, 60), np.float32)
    for row, column in places:
        values[1, row, column] = -1.0
    return values


def test_that_the_part_is_what_the_place_sees() -> None:
    assert FIELD.box(5, 6) == (9, 11, 12, 14)
    part = part_of_interest(flowed((10, 12)), FIELD, (5, 6))
    assert part == Part(9, 11, 12, 14)
    assert part.words == "3×3"


def test_that_it_ends_where_the_picture_ends() -> None:
    assert part_of_interest(flowed((0, 0)), FIELD, (0, 0)) == Part(0, 0, 2, 2)


def test_that_nothing_that_flows_back_is_left_out() -> None:
    """Where the place is not the one that it came from, or its field is not known."""
    assert part_of_interest(flowed((10, 12), (20, 30)), FIELD, (5, 6)) == Part(10, 12, 21, 31)
    assert part_of_interest(flowed((10, 12), (11, 15)), None, None) == Part(10, 12, 12, 16)


def test_that_what_comes_from_all_of_the_picture_is_shown_whole() -> None:
    assert part_of_interest(flowed((1, 1), (38, 50)), None, None) is None
    assert part_of_interest(flowed(), FIELD, (5, 6)) is None
