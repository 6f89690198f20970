"""A page that no program here can show is told by its path."""

from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from gui.views.notice_bar import NoticeBar
from gui.views.shown_outside import show_outside
from gui.views.words import WrappedWords


@pytest.mark.parametrize("there_is_one", [True, False])
def test_that_without_a_browser_it_says_where_the_page_is(
    there_is_one: bool, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str] = []

    def open_url(url: QUrl) -> bool:
        asked.append(url.toLocalFile())
        return there_is_one

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    notice, page = NoticeBar(), str(tmp_path / "index.html")
    qtbot.addWidget(notice)
    show_outside(page, notice)
    assert asked == [page]
    assert notice.isVisible() != there_is_one
    if not there_is_one:
        assert any(page in words.text() for words in notice.findChildren(WrappedWords))
        copy = next(one for one in notice.findChildren(QPushButton) if one.text() == "Copy its path")
        copy.click()
        assert QGuiApplication.clipboard().text() == page
