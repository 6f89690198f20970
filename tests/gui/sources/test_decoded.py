"""Frames of every format that decoders, cameras and screens send, against what Qt makes of them."""

import numpy as np
import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage
from PySide6.QtMultimedia import QtVideo, QVideoFrame, QVideoFrameFormat
from pytestqt.qtbot import QtBot

from analysis.protocol.raw_picture import RawPicture
from gui.sources.decoded import picture_of
from gui.sources.qt_pixels import pixels_of

# Without a screen there is nothing that could convert frames but the processor, which Qt mentions once.
pytestmark = pytest.mark.qt_log_ignore("No RHI backend")

Format = QVideoFrameFormat.PixelFormat
PACKED = [Format.Format_BGRX8888, Format.Format_RGBX8888, Format.Format_XRGB8888, Format.Format_XBGR8888]
YUV = [
    Format.Format_YUV420P,
    Format.Format_YV12,
    Format.Format_YUV422P,
    Format.Format_NV12,
    Format.Format_NV21,
    Format.Format_YUYV,
    Format.Format_UYVY,
    Format.Format_Y8,
]
DEEP = [Format.Format_P010, Format.Format_P016, Format.Format_YUV420P10]
ODD_ONES = [Format.Format_BGRA8888, Format.Format_ARGB8888_Premultiplied, Format.Format_AYUV]


def filled(kind: QVideoFrameFormat, seed: int = 0) -> QVideoFrame:
    """Every plane a random gradient within video's own levels, padding and all."""
    rng = np.random.default_rng(seed)
    frame = QVideoFrame(kind)
    assert frame.map(QVideoFrame.MapMode.WriteOnly)
    for plane in range(frame.planeCount()):
        stride, size = frame.bytesPerLine(plane), frame.mappedBytes(plane)
        y, x = np.mgrid[: -(-size // stride), :stride]
        levels = 60 + (x // 4 * rng.integers(1, 3) + y // 2 * rng.integers(1, 3)) % 120
        memoryview(frame.bits(plane))[:] = levels.astype(np.uint8).tobytes()[:size]
    frame.unmap()
    return frame


def raw(frame: QVideoFrame) -> RawPicture:
    picture = picture_of(frame)
    assert isinstance(picture, RawPicture)
    return picture


@pytest.mark.parametrize("size", [(64, 48), (62, 46), (63, 47)], ids=str)
@pytest.mark.parametrize("pixel_format", PACKED, ids=lambda each: each.name)
def test_that_packed_colours_are_what_qt_says(pixel_format: Format, size: tuple[int, int], qtbot: QtBot) -> None:
    frame = filled(QVideoFrameFormat(QSize(*size), pixel_format))
    picture = raw(frame)
    assert (picture.width, picture.height) == size
    np.testing.assert_array_equal(picture.pixels, pixels_of(frame.toImage()))


@pytest.mark.parametrize("size", [(64, 48), (62, 46)], ids=str)
@pytest.mark.parametrize("pixel_format", YUV, ids=lambda each: each.name)
def test_that_brightness_and_colour_are_what_qt_says(pixel_format: Format, size: tuple[int, int], qtbot: QtBot) -> None:
    """Qt's own conversion on the processor is of BT.601, repeats chroma where this interpolates, and rounds roughly."""
    kind = QVideoFrameFormat(QSize(*size), pixel_format)
    kind.setColorSpace(QVideoFrameFormat.ColorSpace.ColorSpace_BT601)
    if pixel_format == Format.Format_Y8:
        kind.setColorRange(QVideoFrameFormat.ColorRange.ColorRange_Full)  # as Qt takes grey
    frame = filled(kind)
    ours, theirs = raw(frame).pixels.astype(int), pixels_of(frame.toImage()).astype(int)
    assert ours.shape == theirs.shape
    assert np.median(np.abs(ours - theirs)) <= 2
    assert np.abs(ours - theirs).mean() < 6


@pytest.mark.parametrize("pixel_format", DEEP, ids=lambda each: each.name)
def test_that_ten_bits_a_level_are_the_same_picture_as_eight(pixel_format: Format, qtbot: QtBot) -> None:
    shift = 2 if pixel_format == Format.Format_YUV420P10 else 8
    flat = QVideoFrameFormat.PixelFormat.Format_YUV420P if shift == 2 else QVideoFrameFormat.PixelFormat.Format_NV12
    pictures = []
    for each in (flat, pixel_format):
        frame = QVideoFrame(QVideoFrameFormat(QSize(64, 48), each))
        assert frame.map(QVideoFrame.MapMode.WriteOnly)
        for plane in range(frame.planeCount()):
            width = 64 if plane == 0 or shift == 8 else 32
            rows, stride = (48 if plane == 0 else 24), frame.bytesPerLine(plane)
            y, x = np.mgrid[:rows, :width]
            levels = (60 + (x + 2 * y + 20 * plane) % 120).astype(np.uint8 if each == flat else "<u2")
            whole = np.zeros((rows, stride), np.uint8)
            whole[:, : width * levels.itemsize] = (levels << (0 if each == flat else shift)).view(np.uint8)
            memoryview(frame.bits(plane))[: rows * stride] = whole.tobytes()
        frame.unmap()
        pictures.append(raw(frame).pixels)
    np.testing.assert_array_equal(*pictures)


@pytest.mark.parametrize("rotation", list(QtVideo.Rotation), ids=lambda each: each.name)
def test_that_a_video_that_was_taken_upright_stands_upright(rotation: QtVideo.Rotation, qtbot: QtBot) -> None:
    kind = QVideoFrameFormat(QSize(64, 48), Format.Format_BGRX8888)
    kind.setRotation(rotation)
    frame = filled(kind)
    picture = raw(frame)
    expected = pixels_of(frame.toImage())
    assert (picture.height, picture.width) == expected.shape[:2]
    np.testing.assert_array_equal(picture.pixels, expected)


@pytest.mark.parametrize("pixel_format", ODD_ONES, ids=lambda each: each.name)
def test_that_what_is_not_known_here_is_left_to_qt(pixel_format: Format, qtbot: QtBot) -> None:
    frame = filled(QVideoFrameFormat(QSize(64, 48), pixel_format))
    picture = picture_of(frame)
    assert isinstance(picture, np.ndarray)
    np.testing.assert_array_equal(picture, pixels_of(frame.toImage()))


@pytest.mark.parametrize(
    ("pixel_format", "alpha"),
    [
        (Format.Format_BGRA8888, 3),
        (Format.Format_RGBA8888, 3),
        (Format.Format_ARGB8888, 0),
        (Format.Format_ABGR8888, 0),
        (Format.Format_BGRA8888_Premultiplied, 3),
        (Format.Format_ARGB8888_Premultiplied, 0),
    ],
    ids=str,
)
def test_that_only_what_one_sees_through_is_left_to_qt(pixel_format: Format, alpha: int, qtbot: QtBot) -> None:
    frame = filled(QVideoFrameFormat(QSize(64, 48), pixel_format))
    assert frame.map(QVideoFrame.MapMode.ReadWrite)
    levels = np.frombuffer(frame.bits(0), np.uint8).copy()
    levels[alpha::4] = 255
    memoryview(frame.bits(0))[:] = levels.tobytes()
    frame.unmap()
    np.testing.assert_array_equal(raw(frame).pixels, pixels_of(frame.toImage()))
    assert frame.map(QVideoFrame.MapMode.ReadWrite)
    levels[4 * 70 + alpha] = 254
    memoryview(frame.bits(0))[:] = levels.tobytes()
    frame.unmap()
    assert isinstance(picture_of(frame), np.ndarray)


@pytest.mark.parametrize("transfer", ["ColorTransfer_ST2084", "ColorTransfer_STD_B67"])
def test_that_what_must_be_toned_down_is_left_to_qt(transfer: str, qtbot: QtBot) -> None:
    kind = QVideoFrameFormat(QSize(64, 48), Format.Format_NV12)
    kind.setColorTransfer(QVideoFrameFormat.ColorTransfer[transfer])
    assert isinstance(picture_of(filled(kind)), np.ndarray)


def test_that_what_is_mirrored_or_turned_by_its_sender_is_left_to_qt(qtbot: QtBot) -> None:
    kind = QVideoFrameFormat(QSize(64, 48), Format.Format_BGRX8888)
    kind.setMirrored(True)
    frame = filled(kind)
    picture = picture_of(frame)
    assert isinstance(picture, np.ndarray)
    np.testing.assert_array_equal(picture, pixels_of(frame.toImage()))


def test_that_high_definition_has_its_own_colours(qtbot: QtBot) -> None:
    """The same levels are another red in BT.709, which is also what a large video is that does not say."""
    reds = {}
    for name, space, height in (
        ("601", QVideoFrameFormat.ColorSpace.ColorSpace_BT601, 720),
        ("709", QVideoFrameFormat.ColorSpace.ColorSpace_BT709, 480),
        ("large", QVideoFrameFormat.ColorSpace.ColorSpace_Undefined, 720),
        ("small", QVideoFrameFormat.ColorSpace.ColorSpace_Undefined, 480),
    ):
        kind = QVideoFrameFormat(QSize(64, height), Format.Format_YUV420P)
        kind.setColorSpace(space)
        reds[name] = raw(filled(kind)).pixels[0, 0].tolist()
    assert reds["large"] == reds["709"] != reds["601"] == reds["small"]


def test_that_nothing_comes_of_an_empty_frame(qtbot: QtBot) -> None:
    assert picture_of(QVideoFrame()) is None


def test_that_the_picture_outlives_its_frame(qtbot: QtBot) -> None:
    image = QImage(16, 8, QImage.Format.Format_RGB32)
    image.fill(QColor(10, 20, 30))
    frame = QVideoFrame(image)
    picture = raw(frame)
    del frame, image
    assert picture.pixels[0, 0].tolist() == [10, 20, 30]
