"""What the status bar says of the stream."""

import pytest

from gui.live_loop import source_in_words


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        ("camera", "camera"),
        ("noise:3:grain", "noise"),
        ("scene:7:1,2:3,4", "scene"),
        ("/home/a/film.mp4#t=3.700", "video"),
        ("C:\\pictures\\cat.gif#frame=3", "animation"),
        ("/home/a/cat.gif", "animation"),
    ],
)
def test_that_a_stream_is_told_by_its_kind_and_not_by_its_path(origin: str, words: str) -> None:
    assert source_in_words(origin) == words
