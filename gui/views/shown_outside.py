"""Pages that another program shows."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

if TYPE_CHECKING:
    from gui.views.notice_bar import NoticeBar


def show_outside(page: str, notice: NoticeBar) -> None:
    """In the person's browser; where there is none, a sentence says where the page is."""
    if not QDesktopServices.openUrl(QUrl.fromLocalFile(page)):
        copy = partial(QGuiApplication.clipboard().setText, page)
        notice.show_notice(f"No browser was found. The page is {page}.", "warning", [("Copy its path", copy)])
