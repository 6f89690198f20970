"""Spooled pictures as an animated WebP or GIF, one at a time in memory; runs on any thread."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import IO

from PIL import Image, ImageChops, ImageFile
from PIL.GifImagePlugin import getdata, getheader

from analysis.files.whole_file import check_output, writing_whole
from gui.recording.spool import PictureSpool

SUFFIXES = (".webp", ".gif")


def write_animation(spool: PictureSpool, milliseconds: Sequence[int], path: Path) -> None:
    """Each picture as long as told, round and round."""
    check_output(path, SUFFIXES)
    with writing_whole(path) as stream:
        if path.suffix.lower() == ".gif":
            _write_gif(spool, milliseconds, stream)
        else:
            film = _Spooled(spool)
            film.save(stream, "WEBP", save_all=True, duration=list(milliseconds), loop=0, quality=85, method=2)


def _write_gif(spool: PictureSpool, milliseconds: Sequence[int], stream: IO[bytes]) -> None:
    """Pillow's own writer would keep all pictures until the last one; each has colours of its own, as there."""
    before: Image.Image | None = None
    for number, shown in enumerate(milliseconds):
        picture = _picture(spool, number)
        if before is None:
            page = _in_256_colours(picture)
            header, _ = getheader(page, info={"loop": 0})
            for part in (*header, *getdata(page, duration=shown)):
                stream.write(part)
        else:
            box = ImageChops.difference(before, picture).getbbox() or (0, 0, 1, 1)
            patch = _in_256_colours(picture.crop(box))
            for part in getdata(patch, box[:2], duration=shown, include_color_table=True):
                stream.write(part)
        before = picture
    stream.write(b";")


def _in_256_colours(picture: Image.Image) -> Image.Image:
    return picture.convert("P", palette=Image.Palette.ADAPTIVE)


def _picture(spool: PictureSpool, number: int) -> Image.Image:
    size = (spool.size.width(), spool.size.height())
    return Image.frombuffer("RGB", size, spool.rows(number), "raw", "RGB", spool.bytes_per_line, 1)


class _Spooled(ImageFile.ImageFile):
    """The spool as a picture with several frames, of which only the one that was sought is in memory."""

    format = "SPOOL"
    format_description = "pictures of a recording"

    def __init__(self, spool: PictureSpool) -> None:
        self._spool = spool
        self.n_frames = len(spool)
        self._frame = -1
        super().__init__(BytesIO())

    def _open(self) -> None:
        self._mode = "RGB"
        self._size = (self._spool.size.width(), self._spool.size.height())
        self.seek(0)

    def seek(self, frame: int) -> None:
        if frame != self._frame:
            self._frame = frame
            self.fp = BytesIO(self._spool.rows(frame))
            self.tile = [ImageFile._Tile("raw", (0, 0, *self.size), 0, ("RGB", self._spool.bytes_per_line, 1))]

    def tell(self) -> int:
        return self._frame
