"""A frame of Qt's multimedia as the picture that was decoded, its planes copied out so that the frame can be let go.

A frame that is kept keeps a buffer of the decoder, the camera or the graphics card, of which there may be a handful.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtMultimedia import QtVideo, QVideoFrame, QVideoFrameFormat

from gui.sources.qt_pixels import pixels_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from analysis.protocol.frame import Picture
    from analysis.protocol.raw_picture import Luma, RawPicture

_Format = QVideoFrameFormat.PixelFormat
_HIGH = 576  # rows; what is larger and does not say how it is coloured is coloured as high definition is

# Which plane is blue and which red difference, and whether they have half the rows.
_THREE_PLANES = {
    _Format.Format_YUV420P: (1, 2, True),
    _Format.Format_YV12: (2, 1, True),
    _Format.Format_YUV422P: (1, 2, False),
}
# Where in the second plane blue and red difference begin.
_TWO_PLANES = {_Format.Format_NV12: (0, 1), _Format.Format_NV21: (1, 0)}
# Two bytes a level, of which the upper eight bits are enough for a picture of eight: how far down they are.
_TWO_BYTES = {_Format.Format_P010: 8, _Format.Format_P016: 8, _Format.Format_YUV420P10: 2}
# Where brightness, blue and red difference of two pixels begin.
_INTERLEAVED = {_Format.Format_YUYV: (0, 1, 3), _Format.Format_UYVY: (1, 0, 2)}
# Where red, green and blue are.
_PACKED = {
    _Format.Format_BGRX8888: (2, 1, 0),
    _Format.Format_RGBX8888: (0, 1, 2),
    _Format.Format_XRGB8888: (1, 2, 3),
    _Format.Format_XBGR8888: (3, 2, 1),
}
# The same with how opaque it is, of which screens make no use: in which byte that is.
_WITH_ALPHA = {
    _Format.Format_BGRA8888: ((2, 1, 0), 3),
    _Format.Format_BGRA8888_Premultiplied: ((2, 1, 0), 3),
    _Format.Format_RGBA8888: ((0, 1, 2), 3),
    _Format.Format_ARGB8888: ((1, 2, 3), 0),
    _Format.Format_ARGB8888_Premultiplied: ((1, 2, 3), 0),
    _Format.Format_ABGR8888: ((3, 2, 1), 0),
}
_KNOWN = {_Format.Format_Y8, *_TWO_BYTES, *_THREE_PLANES, *_TWO_PLANES, *_INTERLEAVED, *_PACKED, *_WITH_ALPHA}


class _UnlikeError(Exception):
    """One sees through it, or the planes are not as large as the frame says: pixels that are not square do that."""


def picture_of(frame: QVideoFrame) -> Picture | None:
    """Planes where this knows how they become RGB, and whatever Qt makes of it where not; None if it makes nothing.

    On the window's thread: a frame that is on the graphics card belongs to it.
    """
    raw = _raw(frame)
    if raw is not None:
        return raw
    image = frame.toImage()
    return None if image.isNull() else pixels_of(image)


def _raw(frame: QVideoFrame) -> RawPicture | None:
    kind = frame.surfaceFormat()
    if frame.pixelFormat() not in _KNOWN or not _plain(frame, kind) or not frame.map(QVideoFrame.MapMode.ReadOnly):
        return None
    try:
        return _copied(frame, kind)
    except _UnlikeError:
        return None
    finally:
        frame.unmap()


def _plain(frame: QVideoFrame, kind: QVideoFrameFormat) -> bool:
    """Nothing to be done with it that only Qt can: tone mapping, and turning what was turned."""
    transfers = (
        QVideoFrameFormat.ColorTransfer.ColorTransfer_ST2084,
        QVideoFrameFormat.ColorTransfer.ColorTransfer_STD_B67,
    )
    return (
        kind.colorTransfer() not in transfers
        and kind.scanLineDirection() == QVideoFrameFormat.Direction.TopToBottom
        and not kind.isMirrored()
        and not frame.mirrored()
        and frame.rotation() == QtVideo.Rotation.None_
    )


def _copied(frame: QVideoFrame, kind: QVideoFrameFormat) -> RawPicture:
    from analysis.protocol.raw_picture import RawPicture

    pixel_format, width, height = frame.pixelFormat(), frame.width(), frame.height()
    turns = kind.rotation().value // 90
    if pixel_format in _PACKED or pixel_format in _WITH_ALPHA:
        pixels = _rows(frame, 0, width * 4, height).reshape(height, width, 4)
        order, alpha = _WITH_ALPHA.get(pixel_format) or (_PACKED[pixel_format], None)
        if alpha is not None and not _is_opaque(pixels, alpha):
            raise _UnlikeError
        return RawPicture((pixels,), order=order, turns=turns)
    return RawPicture(tuple(_planes(frame, pixel_format, width, height)), _luma(kind), turns=turns)


def _is_opaque(pixels: NDArray[np.uint8], alpha: int) -> bool:
    import numpy as np

    common = np.bitwise_and.reduce(pixels.view(np.uint32), axis=None)  # ten times as fast as every fourth byte
    return bool(np.array([common], np.uint32).view(np.uint8)[alpha] == 255)


def _planes(frame: QVideoFrame, pixel_format: _Format, width: int, height: int) -> Iterator[NDArray[np.uint8]]:
    """Brightness, then blue and red difference."""
    across, down = (width + 1) // 2, (height + 1) // 2
    if pixel_format in _INTERLEAVED:
        rows = _rows(frame, 0, across * 4, height)
        brightness, blue, red = _INTERLEAVED[pixel_format]
        yield rows[:, brightness::2][:, :width].copy()
        yield rows[:, blue::4].copy()
        yield rows[:, red::4].copy()
        return
    if pixel_format in _TWO_BYTES:
        yield from _upper_bits(frame, pixel_format, width, height)
        return
    yield _rows(frame, 0, width, height)
    if pixel_format in _TWO_PLANES:
        both = _rows(frame, 1, across * 2, down)
        for first in _TWO_PLANES[pixel_format]:
            yield both[:, first::2].copy()
    elif pixel_format in _THREE_PLANES:
        blue, red, halved = _THREE_PLANES[pixel_format]
        yield _rows(frame, blue, across, down if halved else height)
        yield _rows(frame, red, across, down if halved else height)


def _upper_bits(frame: QVideoFrame, pixel_format: _Format, width: int, height: int) -> Iterator[NDArray[np.uint8]]:
    import numpy as np

    across, down = (width + 1) // 2, (height + 1) // 2

    def levels(plane: int, length: int, count: int) -> NDArray[np.uint8]:
        return (_rows(frame, plane, 2 * length, count).view("<u2") >> _TWO_BYTES[pixel_format]).astype(np.uint8)

    yield levels(0, width, height)
    if pixel_format == _Format.Format_YUV420P10:
        yield levels(1, across, down)
        yield levels(2, across, down)
    else:
        both = levels(1, 2 * across, down)
        yield both[:, 0::2].copy()
        yield both[:, 1::2].copy()


def _rows(frame: QVideoFrame, plane: int, length: int, count: int) -> NDArray[np.uint8]:
    """A copy of a plane without the padding of its rows."""
    import numpy as np

    stride, size = frame.bytesPerLine(plane), frame.mappedBytes(plane)
    if stride < length or size < stride * (count - 1) + length:
        raise _UnlikeError
    levels = np.frombuffer(frame.bits(plane), np.uint8)
    # The last row may end where its levels end.
    return np.lib.stride_tricks.as_strided(levels, (count, length), (stride, 1)).copy()


def _luma(kind: QVideoFrameFormat) -> Luma:
    from analysis.protocol.raw_picture import BT601, BT709, BT2020, Luma

    spaces = QVideoFrameFormat.ColorSpace
    unsaid = BT709 if kind.frameHeight() > _HIGH else BT601
    shares = {
        spaces.ColorSpace_BT601: BT601,
        spaces.ColorSpace_BT709: BT709,
        spaces.ColorSpace_BT2020: BT2020,
    }.get(kind.colorSpace(), unsaid)
    return Luma(*shares, full=kind.colorRange() == QVideoFrameFormat.ColorRange.ColorRange_Full)
