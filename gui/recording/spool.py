"""The pictures of a recording until they are written: in a file without a name, which goes whatever becomes of us."""

from __future__ import annotations

import errno
import tempfile
import zlib
from contextlib import suppress
from typing import IO

from PySide6.QtCore import QSize
from PySide6.QtGui import QImage

from analysis.protocol.problems import Problem


class PictureSpool:
    """Pictures of one size, one behind the other; for one thread at a time.

    They are packed fast rather than small: thirty seconds of a window are some ten megabytes.
    """

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._places: list[tuple[int, int]] = []  # offset and length
        self.size = QSize()

    def __len__(self) -> int:
        return len(self._places)

    @property
    def bytes_per_line(self) -> int:
        return (self.size.width() * 3 + 3) // 4 * 4

    def add(self, image: QImage) -> None:
        """A Problem when there is no room; the pictures before it are still there."""
        if not self._places:
            self.size = image.size()
        levels = image.convertToFormat(QImage.Format.Format_RGB888)  # has a name because it owns its bits
        packed = zlib.compress(levels.constBits(), 1)
        begin = sum(self._places[-1]) if self._places else 0
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed in `close`
            self._file.seek(begin)
            self._file.write(packed)
            self._file.flush()
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            reason = "the disk is full" if full else (error.strerror or str(error))
            raise Problem(reason) from error
        self._places.append((begin, len(packed)))

    def rows(self, number: int) -> bytes:
        """The red, green and blue levels; each row is padded to a multiple of four bytes."""
        assert self._file is not None
        begin, length = self._places[number]
        self._file.seek(begin)
        return zlib.decompress(self._file.read(length))

    def close(self) -> None:
        if self._file is not None:
            with suppress(OSError):  # what could not be written any more
                self._file.close()
        self._file, self._places = None, []
