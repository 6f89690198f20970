"""A frame of Qt's multimedia as the picture that was decoded, its planes copied out so that the frame can be let go.

A frame that is kept keeps a buffer of the decoder, the camera or the graphics card, of which there may be a handful.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtMultimedia import QtVideo, QVideoFrame, QVideoFrameFormat

from gui.sources.qt_pixels import pixels_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from analysis.frame import Picture
    from analysis.raw_picture import Luma, RawPicture

_Format = QVideoFrameFormat.PixelFormat
_HIGH = 576  # rows; what is larger and does not say how it is coloured is coloured as high definition is

# Planes: width and height of the second and third one as shares of the first.
_THREE_PLANES = {_Format.Format_YUV420P: (2, 2), _Format.Format_YV12: (2, 2), _Format.Format_YUV422P: (2, 1)}
_TWO_PLANES = {_Format.Format_NV12: (0, 1), _Format.Format_NV21: (1, 0)}
_PACKED = {
    _Format.Format_BGRX8888: (2, 1, 0),
    _Format.Format_RGBX8888: (0, 1, 2),
    _Format.Format_XRGB8888: (1, 2, 3),
    _Format.Format_XBGR8888: (3, 2, 1),
}
_INTERLEAVED = {_Format.Format_YUYV: (0, 1, 3), _Format.Format_UYVY: (1, 0, 2)}  # first Y, U and V of two pixels


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
    if not _plain(frame, kind) or not frame.map(QVideoFrame.MapMode.ReadOnly):
        return None
    try:
        return _copied(frame, kind)
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


def _copied(frame: QVideoFrame, kind: QVideoFrameFormat) -> RawPicture | None:
    import numpy as np

    from analysis.raw_picture import RawPicture

    pixel_format, width, height = frame.pixelFormat(), frame.width(), frame.height()
    turns = kind.rotation().value // 90
    if pixel_format in _PACKED:
        rows = _rows(frame, 0, width * 4, height)
        if rows is None:
            return None
        return RawPicture((rows.reshape(height, width, 4),), order=_PACKED[pixel_format], turns=turns)
    if pixel_format in _INTERLEAVED and width % 2 == 0:
        rows = _rows(frame, 0, width * 2, height)
        if rows is None:
            return None
        first, blue, red = _INTERLEAVED[pixel_format]
        planes = rows[:, first::2], rows[:, blue::4], rows[:, red::4]
        return RawPicture(tuple(np.ascontiguousarray(each) for each in planes), _luma(kind), turns=turns)
    across, down = (width + 1) // 2, (height + 1) // 2
    if pixel_format == _Format.Format_Y8:
        planes = (_rows(frame, 0, width, height),)
    elif pixel_format in _THREE_PLANES:
        down = down if _THREE_PLANES[pixel_format][1] == 2 else height
        planes = (_rows(frame, 0, width, height), *(_rows(frame, plane, across, down) for plane in (1, 2)))
        if pixel_format == _Format.Format_YV12:
            planes = planes[0], planes[2], planes[1]
    elif pixel_format in _TWO_PLANES:
        both = _rows(frame, 1, across * 2, down)
        if both is None:
            return None
        blue, red = (np.ascontiguousarray(both[:, first::2]) for first in _TWO_PLANES[pixel_format])
        planes = _rows(frame, 0, width, height), blue, red
    else:
        return None
    known = [plane for plane in planes if plane is not None]
    return RawPicture(tuple(known), _luma(kind), turns=turns) if len(known) == len(planes) else None


def _rows(frame: QVideoFrame, plane: int, length: int, count: int) -> NDArray[np.uint8] | None:
    """A copy of a plane without the padding of its rows; None if the plane is not as large as the frame says."""
    import numpy as np

    stride, size = frame.bytesPerLine(plane), frame.mappedBytes(plane)
    if stride < length or size < stride * (count - 1) + length:
        return None
    levels = np.frombuffer(frame.bits(plane), np.uint8, min(size, stride * count))
    if len(levels) < stride * count:  # the last row may end where it ends
        levels = np.concatenate([levels, np.zeros(stride * count - len(levels), np.uint8)])
    return levels.reshape(count, stride)[:, :length].copy()


def _luma(kind: QVideoFrameFormat) -> Luma:
    from analysis.raw_picture import BT601, BT709, BT2020, Luma

    spaces = QVideoFrameFormat.ColorSpace
    unsaid = BT709 if kind.frameHeight() > _HIGH else BT601
    shares = {
        spaces.ColorSpace_BT601: BT601,
        spaces.ColorSpace_BT709: BT709,
        spaces.ColorSpace_BT2020: BT2020,
    }.get(kind.colorSpace(), unsaid)
    return Luma(*shares, full=kind.colorRange() == QVideoFrameFormat.ColorRange.ColorRange_Full)
