"""A line of a menu that says what the lines below it are about.

`QMenu.addSection` would be that, but a style sheet that draws the separators leaves its words out.
"""

from PySide6.QtWidgets import QLabel, QMenu, QWidgetAction


def add_heading(menu: QMenu, words: str) -> None:
    label = QLabel(words, menu)
    label.setProperty("dim", True)
    label.setContentsMargins(28, 4, 24, 4)
    heading = QWidgetAction(menu)
    heading.setEnabled(False)  # the keys pass it by
    heading.setDefaultWidget(label)
    menu.addAction(heading)
