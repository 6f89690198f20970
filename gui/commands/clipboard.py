"""What stands on the clipboard that can be opened."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl

if TYPE_CHECKING:
    from PySide6.QtCore import QMimeData

_LONGEST = 100_000  # letters; more is a text, not a list of files


def paths_on(mime: QMimeData) -> list[str]:
    """The files that were copied, or whose paths stand there as text, one a line; empty if any of them is not there."""
    urls = [url.toLocalFile() for url in mime.urls() if url.isLocalFile()]
    if urls:
        return urls
    if mime.hasImage() or not mime.hasText():
        return []
    text = mime.text()
    paths = [_path_in(line) for line in text.splitlines() if line.strip()] if len(text) < _LONGEST else []
    return paths if all(map(_is_there, paths)) else []


def _path_in(line: str) -> str:
    line = line.strip().strip("\"'")
    return QUrl(line).toLocalFile() if line.startswith("file:") else os.path.expanduser(line)


def _is_there(path: str) -> bool:
    try:
        return os.path.exists(path)
    except ValueError:  # a null character
        return False
