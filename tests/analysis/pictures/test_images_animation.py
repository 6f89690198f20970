"""Animated pictures: every frame, how long it stays, and files that break off in the middle."""

import io
import itertools
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from analysis.pictures.animation import Animation, frames, is_animated
from analysis.protocol.problems import Problem

COLOURS = ((255, 0, 0), (0, 255, 0), (0, 0, 255))


def animated(kind: str, duration: int | list[int] = 80) -> bytes:
    pictures = [Image.new("RGB", (12, 8), colour) for colour in COLOURS]
    stream = io.BytesIO()
    lossless = {"lossless": True} if kind == "WEBP" else {}
    pictures[0].save(stream, kind, save_all=True, append_images=pictures[1:], duration=duration, loop=0, **lossless)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_that_frames_come_in_order_with_their_durations(kind: str) -> None:
    data = animated(kind, [50, 120, 300])
    assert is_animated(data)
    played = list(frames(data))
    assert [tuple(frame.pixels[4, 6].tolist()) for frame in played] == list(COLOURS)
    assert [frame.seconds for frame in played] == pytest.approx([0.05, 0.12, 0.3])
    assert all(frame.pixels.flags.c_contiguous and frame.pixels.shape == (8, 12, 3) for frame in played)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_that_frames_can_be_taken_in_any_order_from_a_file(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "flags"
    path.write_bytes(animated(kind))
    with Animation(path) as animation:
        assert animation.count == 3
        for index in itertools.chain(range(3), (0, 2, 1, 0)):
            assert tuple(animation.frame(index).pixels[0, 0].tolist()) == COLOURS[index]


def test_that_frames_without_a_sensible_duration_stay_a_tenth_of_a_second() -> None:
    assert [frame.seconds for frame in frames(animated("GIF", 0))] == [0.1, 0.1, 0.1]


def test_that_still_pictures_and_photographs_with_a_second_view_are_not_animated() -> None:
    stream = io.BytesIO()
    view = Image.fromarray(np.zeros((8, 8, 3), np.uint8))
    view.save(stream, "MPO", save_all=True, append_images=[view])
    assert not is_animated(stream.getvalue())
    pages = io.BytesIO()
    view.save(pages, "TIFF", save_all=True, append_images=[view])
    assert not is_animated(pages.getvalue())
    assert len(list(frames(pages.getvalue()))) == 1


def test_that_an_animation_that_breaks_off_gives_what_is_there_and_then_a_sentence() -> None:
    generator = np.random.default_rng(0)
    pictures = [Image.fromarray(generator.integers(0, 256, (64, 64, 3), np.uint8)) for _ in range(4)]
    stream = io.BytesIO()
    pictures[0].save(stream, "GIF", save_all=True, append_images=pictures[1:], duration=50)
    data = stream.getvalue()
    seen = []
    with pytest.raises(Problem, match="cut off"):
        seen.extend(frames(data[: len(data) * 5 // 8]))
    assert 1 <= len(seen) < 4


def test_that_what_is_no_animation_is_said(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="not a picture"):
        Animation(b"GIF, but only in name")
    with pytest.raises(Problem, match="does not exist"):
        is_animated(tmp_path / "nothing.gif")
