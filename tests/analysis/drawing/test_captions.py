"""How a figure calls the picture that it was made of."""

import pytest

from analysis.drawing.captions import picture_words
from analysis.protocol.recipe import ModelChoice, PictureChoice, Recipe


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (None, "no picture"),
        (PictureChoice("sample:cat"), "the sample cat"),
        (PictureChoice("/a/b c.png", mirrored=True), "b c.png (mirrored)"),
        (PictureChoice("C:\\films\\f.mp4#t=1.500"), "f.mp4 at 1.500 s"),
        (PictureChoice("data:/sets/flo%23wers#12"), "picture 12 of flo#wers"),
        (PictureChoice("sketch"), "a picture from the sketch pad"),
        (PictureChoice("noise:3:smooth"), "noise:3:smooth"),
    ],
)
def test_that_a_picture_is_told_by_where_it_comes_from(picture: PictureChoice | None, words: str) -> None:
    assert picture_words(Recipe(ModelChoice("lenet"), picture)) == words
