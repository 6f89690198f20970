"""Whatever a picture file holds, the right picture or one sentence comes out."""

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, TiffImagePlugin

from analysis.pictures import decoding
from analysis.pictures.decoding import PICTURE_SUFFIXES, decode
from analysis.protocol.frame import Pixels
from analysis.protocol.problems import Problem

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def scene(height: int = 12, width: int = 20) -> Pixels:
    return np.random.default_rng(3).integers(0, 256, (height, width, 3), np.uint8)


def corners(pixels: Pixels) -> list[tuple[int, ...]]:
    """Clockwise from the top left."""
    return [tuple(int(v) for v in pixels[y, x]) for y, x in ((0, 0), (0, -1), (-1, -1), (-1, 0))]


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM", "TGA", "WEBP"])
def test_that_lossless_files_give_the_same_levels_from_bytes_and_from_a_file(kind: str, tmp_path: Path) -> None:
    data = encoded(Image.fromarray(scene()), kind, **({"lossless": True} if kind == "WEBP" else {}))
    path = tmp_path / "no suffix at all"
    path.write_bytes(data)
    for decoded in (decode(data), decode(path), decode(str(path))):
        np.testing.assert_array_equal(decoded, scene())
        assert decoded.dtype == np.uint8
        assert decoded.flags.c_contiguous


@pytest.mark.parametrize("orientation", range(1, 9))
def test_that_photographs_stand_upright(orientation: int) -> None:
    # Where in the file the picture's top left corner lies, and how it goes on: EXIF 2.3, tag 274.
    upright = np.zeros((16, 32, 3), np.uint8)
    upright[:8, :16], upright[:8, 16:], upright[8:, 16:], upright[8:, :16] = RED, GREEN, BLUE, (255, 255, 255)
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: upright.transpose(1, 0, 2)[::-1],
        7: upright.transpose(1, 0, 2)[::-1, ::-1],
        8: upright.transpose(1, 0, 2)[:, ::-1],
    }[orientation]
    exif = Image.Exif()
    exif[274] = orientation
    image = Image.fromarray(np.ascontiguousarray(stored))
    np.testing.assert_array_equal(decode(encoded(image, "PNG", exif=exif)), upright)
    photograph = decode(encoded(image, "JPEG", exif=exif, quality=95, subsampling=0))
    assert np.abs(photograph.astype(int) - upright).mean() < 8


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_that_what_is_transparent_is_white(mode: str) -> None:
    image = Image.new("RGBA", (3, 1), (0, 0, 0, 255))
    image.putpixel((1, 0), (0, 0, 0, 0))
    image.putpixel((2, 0), (0, 0, 0, 128))
    kind = "TIFF" if mode == "PA" else "PNG"
    if mode == "PA":
        palette = Image.new("PA", (3, 1))
        palette.putpalette([0, 0, 0])
        for x, alpha in enumerate((255, 0, 128)):
            palette.putpixel((x, 0), (0, alpha))
        pixels = decoding.rgb_pixels(palette)
    else:
        pixels = decode(encoded(image.convert(mode), kind))
    assert pixels[0, :, 0].tolist() == [0, 255, 127]


def test_that_a_transparent_palette_colour_and_a_transparent_grey_are_white() -> None:
    palette = Image.new("P", (2, 1))
    palette.putpalette([10, 20, 30, 40, 50, 60])
    palette.putpixel((1, 0), 1)
    assert decode(encoded(palette, "GIF", transparency=1))[0].tolist() == [[10, 20, 30], [255, 255, 255]]
    assert decode(encoded(palette, "PNG", transparency=0))[0].tolist() == [[255, 255, 255], [40, 50, 60]]
    grey = Image.fromarray(np.array([[7, 9]], np.uint8))
    assert decode(encoded(grey, "PNG", transparency=9))[0].tolist() == [[7] * 3, [255] * 3]


def test_that_sixteen_bits_are_scaled_to_eight() -> None:
    deep = np.array([[0, 257 * 100, 65535, 128]], np.uint16)
    for kind in ("PNG", "TIFF"):
        assert decode(encoded(Image.fromarray(deep), kind))[0, :, 1].tolist() == [0, 100, 255, 0]
    big_endian = Image.fromarray(deep.astype(">u2"))
    assert decode(encoded(big_endian, "TIFF"))[0, :, 2].tolist() == [0, 100, 255, 0]


def test_that_fractions_and_wide_numbers_are_scaled_to_what_occurs() -> None:
    fractions = np.array([[0.0, 0.5, 1.0, np.nan]], np.float32)
    assert decode(encoded(Image.fromarray(fractions), "TIFF"))[0, :, 0].tolist() == [0, 128, 255, 0]
    levels = np.array([[0.0, 100.0, 255.0]], np.float32)
    assert decode(encoded(Image.fromarray(levels), "TIFF"))[0, :, 0].tolist() == [0, 100, 255]
    wide = np.array([[-1000, 0, 1000]], np.int32)
    assert decode(encoded(Image.fromarray(wide), "TIFF"))[0, :, 0].tolist() == [0, 128, 255]
    assert decode(encoded(Image.fromarray(np.full((1, 2), 70000, np.int32)), "TIFF"))[0, :, 0].tolist() == [0, 0]


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr"])
def test_that_every_kind_of_colour_becomes_rgb(mode: str) -> None:
    image = Image.new("RGB", (16, 8), "white")
    image.paste((0, 0, 0), (8, 0, 16, 8))
    kind = "JPEG" if mode in ("CMYK", "YCbCr") else "PNG"
    pixels = decode(encoded(image.convert(mode), kind)).astype(int)
    assert pixels.shape == (8, 16, 3)
    assert pixels[:, :8].min() > 245
    assert pixels[:, 8:].max() < 10


def test_that_of_an_animated_picture_the_first_frame_is_decoded() -> None:
    first, second = (Image.new("RGB", (4, 4), colour) for colour in ("red", "blue"))
    for kind in ("GIF", "PNG", "WEBP"):
        lossless = {"lossless": True} if kind == "WEBP" else {}
        data = encoded(first, kind, save_all=True, append_images=[second], duration=100, **lossless)
        assert corners(decode(data)) == [RED] * 4


def bomb() -> bytes:
    """A PNG of 30,000 × 30,000 pixels in a few bytes: the header says so, and that is as far as reading must go."""
    data = bytearray(encoded(Image.new("L", (8, 8)), "PNG"))
    data[16:24] = (30_000).to_bytes(4, "big") * 2
    import zlib

    data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
    return bytes(data)


def test_that_huge_pictures_are_refused_before_they_are_decoded() -> None:
    with pytest.raises(Problem, match="more than 100 million pixels"):
        decode(bomb())


def test_that_a_picture_of_a_million_rows_is_refused_before_they_are_decoded() -> None:

    for size in ((1, 99_000_000), (99_000_000, 1)):
        header = struct.pack(">IIBBBBB", *size, 8, 0, 0, 0, 0)
        with pytest.raises(Problem, match="longer than a picture can be here"):
            decode(b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(b"")))


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _of_passes(side: int, passes: int) -> bytes:
    """A progressive JPEG whose last pass comes again and again."""
    stream = io.BytesIO()
    Image.new("L", (side, side), 128).save(stream, "JPEG", progressive=True, quality=10)
    content = stream.getvalue()
    last = content.rindex(b"\xff\xda")
    return content[:-2] + content[content.rindex(b"\xff\xc4", 0, last) : -2] * passes + content[-2:]


def test_that_a_jpeg_of_hundreds_of_passes_is_refused_where_they_would_take_long() -> None:
    assert decode(_of_passes(64, 300)).shape == (64, 64, 3)
    with pytest.raises(Problem, match="coded in 1,006 passes over its pixels, which takes too long"):
        decode(_of_passes(2000, 1000))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP", "JPEG2000"])
def test_that_a_picture_that_takes_too_long_is_one_sentence(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (99, 99, 3), dtype=np.uint8)).save(stream, kind)
    monkeypatch.setattr(decoding, "PATIENCE", -1.0)
    with pytest.raises(Problem, match="takes longer than"):
        decode(stream.getvalue())
    monkeypatch.undo()
    assert decode(stream.getvalue()).shape == (99, 99, 3)


def test_that_a_large_jpeg_2000_is_read_in_a_smaller_size_of_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "PIXELS_KEPT", 3000)
    row = np.linspace(0, 255, 200).astype(np.uint8)
    pixels = np.broadcast_to(row[None, :, None], (120, 200, 3))
    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(stream, "JPEG2000")
    read = decode(stream.getvalue())
    assert read.shape == (30, 50, 3)
    assert np.abs(read[15].astype(int) - row.reshape(50, 4).mean(1)[:, None]).max() < 8
    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(stream, "JPEG2000", num_resolutions=1)
    with pytest.raises(Problem, match=r"200×120 pixels in JPEG 2000 without a smaller size"):
        decode(stream.getvalue())


def test_that_a_picture_just_too_large_is_refused_and_said_by_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "PIXELS_REFUSED", 239)
    with pytest.raises(Problem, match="20×12"):
        decode(encoded(Image.fromarray(scene()), "PNG"))


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_that_large_pictures_are_halved_until_they_are_reasonable(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "PIXELS_KEPT", 5000)
    slope = np.linspace(0, 255, 400).astype(np.uint8)
    image = Image.fromarray(np.repeat(np.repeat(slope[None, :, None], 200, 0), 3, 2))
    pixels = decode(encoded(image, kind))
    assert pixels.shape == (50, 100, 3)
    assert np.abs(pixels[25, :, 0].astype(float) - slope.reshape(100, 4).mean(axis=1)).max() < 4


def test_that_a_large_picture_is_reduced_strip_by_strip_as_it_would_be_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    levels = np.random.default_rng(0).integers(0, 256, (301, 171, 4), np.uint8)
    image = Image.fromarray(levels)
    whole = Image.fromarray(decode(encoded(image, "PNG"))).reduce(2)
    monkeypatch.setattr(decoding, "PIXELS_KEPT", 301 * 171 // 3)
    monkeypatch.setattr(decoding, "_STRIP", 1)
    np.testing.assert_array_equal(decode(encoded(image, "PNG")), np.asarray(whole))
    monkeypatch.setattr(decoding, "_STRIP", 171 * 2 * 100)
    np.testing.assert_array_equal(decode(encoded(image, "PNG")), np.asarray(whole))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\x89PNG\r\n\x1a\n", "cannot be read|cannot be|can be read"),
        (b"This is a letter, not a picture.", "not a picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
        (b"\0" * 5000, "not a picture|damaged"),
    ],
)
def test_that_what_is_no_picture_is_said_with_the_name_of_the_file(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "holiday.jpg"
    path.write_bytes(content)
    with pytest.raises(Problem, match=said) as problem:
        decode(path)
    assert "“holiday.jpg”" in str(problem.value)
    with pytest.raises(Problem):
        decode(content)


def test_that_truncated_pictures_are_said_to_be_cut_off() -> None:
    for kind in ("PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP"):
        data = encoded(Image.fromarray(scene(64, 64)), kind)
        with pytest.raises(Problem, match=r"cut off|not a picture"):
            decode(data[: len(data) // 2])


def test_that_missing_files_folders_and_devices_are_said(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"“nowhere\.png” does not exist"):
        decode(tmp_path / "nowhere.png")
    with pytest.raises(Problem, match="is a folder"):
        decode(tmp_path)
    with pytest.raises(Problem, match="name is not one"):
        decode("nul\0l.png")
    with pytest.raises(Problem, match=r"could not be opened|does not exist"):
        decode("x" * 5000)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.png")
        with pytest.raises(Problem, match="not a file that can be read"):
            decode(tmp_path / "pipe.png")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_that_files_without_permission_are_said(tmp_path: Path) -> None:
    path = tmp_path / "secret.png"
    path.write_bytes(encoded(Image.fromarray(scene()), "PNG"))
    path.chmod(0)
    with pytest.raises(Problem, match="may not be read"):
        decode(path)


def test_that_suffixes_are_lower_case_and_have_their_point() -> None:
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in PICTURE_SUFFIXES)


def _hostile_tiff() -> bytes:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[274] = 6
    return encoded(Image.fromarray(scene(8, 8)), "TIFF", tiffinfo=tags)


def _photograph() -> bytes:
    exif = Image.Exif()
    exif[274] = 6
    exif[271] = "a maker"
    return encoded(Image.fromarray(scene(16, 16)), "JPEG", exif=exif)


def _animated(kind: str) -> bytes:
    more = [Image.fromarray(scene(8, 8)[::-1].copy())]
    return encoded(Image.fromarray(scene(8, 8)), kind, save_all=True, append_images=more, duration=50)


SOUND = {
    "png": encoded(Image.fromarray(scene(8, 8)), "PNG"),
    "palette png": encoded(Image.fromarray(scene(8, 8)).convert("P"), "PNG", transparency=3),
    "apng": _animated("PNG"),
    "jpeg": _photograph(),
    "progressive jpeg": encoded(Image.fromarray(scene(16, 16)), "JPEG", progressive=True),
    "gif": _animated("GIF"),
    "webp": _animated("WEBP"),
    "tiff": _hostile_tiff(),
    "compressed tiff": encoded(Image.fromarray(scene(8, 8)), "TIFF", compression="tiff_lzw"),
    "bmp": encoded(Image.fromarray(scene(8, 8)), "BMP"),
    "tga": encoded(Image.fromarray(scene(8, 8)), "TGA"),
    "ico": encoded(Image.fromarray(scene(16, 16)), "ICO"),
    "ppm": encoded(Image.fromarray(scene(8, 8)), "PPM"),
}


@pytest.mark.parametrize("kind", sorted(SOUND))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_that_hostile_bytes_end_in_a_picture_or_in_one_sentence(kind: str, data: st.DataObject) -> None:
    content = bytearray(SOUND[kind])
    for _ in range(data.draw(st.integers(1, 6), label="changes")):
        # Headers are where decoders go wrong, so half of the changes go there.
        limit = data.draw(st.sampled_from([min(64, len(content)), len(content)]), label="within")
        place = data.draw(st.integers(0, max(limit - 1, 0)), label="place")
        what = data.draw(st.sampled_from(["replace", "cut", "insert", "repeat"]), label="what")
        some = data.draw(st.binary(min_size=1, max_size=8), label="bytes")
        if what == "replace":
            content[place : place + len(some)] = some
        elif what == "insert":
            content[place:place] = some
        elif what == "repeat":
            content[place:place] = content[place : place + 40]
        else:
            del content[place + 1 :]
    from analysis.pictures.animation import frames, is_animated

    try:
        pixels = decode(bytes(content))
    except Problem as problem:
        assert_one_sentence(problem)
    else:
        assert pixels.dtype == np.uint8
        assert pixels.ndim == 3
        assert pixels.shape[2] == 3
    try:
        if is_animated(bytes(content)):
            for _, frame in zip(range(5), frames(bytes(content)), strict=False):
                assert frame.seconds > 0
    except Problem as problem:
        assert_one_sentence(problem)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_that_random_bytes_end_in_one_sentence(content: bytes) -> None:
    try:
        decode(content)
    except Problem as problem:
        assert_one_sentence(problem)


def assert_one_sentence(problem: Problem) -> None:
    text = str(problem)
    assert text.endswith(".")
    assert "\n" not in text
    assert 20 < len(text) < 300
