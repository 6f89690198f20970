"""The main window: docks, tabs, menus, and a layout that is saved and restored; nothing else.

It stands before it is furnished: frames, titles and the names of the menus are on the screen while the panels and
commands that go into them are still being imported.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSettings, QSize, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractButton,
    QDockWidget,
    QLabel,
    QMainWindow,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.commands.menus import MENUS
from gui.tabs.table import ACTIVATIONS, GROUPS, MAKING
from gui.views.grouped_tabs import GroupedTabs
from gui.views.status_line import StatusLine

if TYPE_CHECKING:
    from PySide6.QtCore import QMimeData
    from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QPaintEvent

    from gui.commands.actions import Actions
    from gui.docks.network import NetworkPanel
    from gui.docks.picture import PicturePanel
    from gui.docks.predictions import PredictionsPanel
    from gui.docks.unit import UnitPanel
    from gui.selection import State
    from gui.tabs.activations import ActivationsPanel
    from gui.views.drop_place import DropPlace
    from gui.views.notice_bar import NoticeBar
    from gui.views.progress_strip import JobQueueView

DOCKS = ("Network", "Picture", "Unit", "Predictions")
LEFT, RIGHT = ("Network", "Predictions"), ("Picture", "Unit")  # from above, at the very first start
BEHIND = ("Predictions", "Picture")  # the Network dock, on a narrow screen
LETTER = 7  # pixels of a letter, for which the fewest and the most pixels below are said
LEFT_WIDTH = (0.21, 240, 350)  # its share of the window's width, and the fewest and most pixels
RIGHT_WIDTH = (0.25, 260, 560)
UNIT_HEIGHT = (0.64, 300, 720)  # likewise; the maps, their history and the best pictures
PREDICTIONS_HEIGHT = (0.33, 200, 300)
NO_DOCKS = 60  # pixels of the menu and the status line
TITLE_BAR = 36  # pixels that the system may add above
FIRST_SIZE = QSize(1920, 1080)  # at most, at a first start
BOTH_SIDES = 1020  # pixels of a screen that has room for docks at both sides of the tabs
ROOM_FOR_TABS = 560  # pixels that the widest tab needs, so that going to it moves no dock
RATES_HELP = (
    "Of moving pictures: size and rate of the source · pictures shown · from source to screen · pictures dropped\n"
    "Of a still picture: its size · how long the network took for what is shown\n"
    "Last: where the network computes"
)
LAYOUT = 1  # goes up when docks are added or renamed, so that an old layout is not forced on new docks


class MainWindow(QMainWindow):
    dropped = Signal(object)  # the paths of files and folders
    pasted_image = Signal(object)  # QImage that was dropped as such
    closing = Signal()
    stands = Signal()  # it has been painted for the first time

    state: State
    actions_: Actions
    network: NetworkPanel
    activations: ActivationsPanel
    picture: PicturePanel
    unit: UnitPanel
    predictions: PredictionsPanel
    notice: NoticeBar
    jobs: JobQueueView

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._painted = self._arranged = self._furnished = self._placed = self._first_layout = self._narrow = False
        self.drop_place: DropPlace | None = None  # made when something is dragged over the window first
        self.setObjectName("underhood")
        self.setWindowTitle("Underhood")
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        for name in MENUS:
            self.menuBar().addMenu(name).setObjectName(f"menu {name}")
        self.search = QToolButton(self)
        self.search.setObjectName("search")
        self.search.setText("Search everything")
        self.menuBar().setCornerWidget(self.search)
        self.tabs = GroupedTabs(self)
        for group in GROUPS:
            self.tabs.add_group(group.title, group.help)
        self._empty = QWidget(self)  # where the first tab's panel will be
        self.tabs.add_tab(GROUPS[0].title, self._empty, ACTIVATIONS.title, ACTIVATIONS.help)
        middle = QWidget(self)
        middle.setMinimumWidth(ROOM_FOR_TABS)
        self._column = QVBoxLayout(middle)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.tabs, 1)
        self.setCentralWidget(middle)
        self.docks = {name: self._dock(name) for name in DOCKS}
        self._rates = QLabel(self)
        self._rates.setToolTip(RATES_HELP)
        self.setStatusBar(StatusLine(self._rates, self))
        self.resize(1360, 860)

    def furnish(self) -> None:
        """Puts the panels into their docks and the commands into the menus."""
        if self._furnished:
            return
        self._furnished = True
        from gui.commands.actions import Actions
        from gui.docks.network import NetworkPanel
        from gui.docks.picture import PicturePanel
        from gui.docks.predictions import PredictionsPanel
        from gui.docks.unit import UnitPanel
        from gui.selection import State
        from gui.tabs.activations import ActivationsPanel
        from gui.views.notice_bar import NoticeBar
        from gui.views.notice_place import OverStatusLine
        from gui.views.progress_strip import JobQueueView

        if not self._arranged:
            self._arrange()
        layout = self.saveState(LAYOUT)
        self.state = state = State(self)
        self.actions_ = Actions(self)
        self.network = NetworkPanel(state, self)
        self.activations = ActivationsPanel(state, self)
        self.picture = PicturePanel(state, self)
        self.unit = UnitPanel(state, self)
        self.predictions = PredictionsPanel(state, self)
        self.notice = NoticeBar(self, low=True)
        self.jobs = JobQueueView(self)
        OverStatusLine(self.notice, self)
        self._column.addWidget(self.jobs)
        self.tabs.currentChanged.connect(self._keep_room_for_jobs)
        for name, panel in (
            ("Network", self.network),
            ("Picture", self.picture),
            ("Unit", self.unit),
            ("Predictions", self.predictions),
        ):
            self.docks[name].setWidget(panel)
        self.tabs.replace_page(self._empty, self.activations)
        self._empty.deleteLater()
        self.restoreState(layout, LAYOUT)
        for name, dock in self.docks.items():
            _explain_buttons(dock, name)
        if not self.docks["Network"].isFloating():  # a window of its own has a round of its own
            for before, after in itertools.pairwise((self.network.change, *self.tabs.controls)):
                QWidget.setTabOrder(before, after)

    @Slot(int)
    def _keep_room_for_jobs(self, index: int) -> None:
        """Where buttons stand below the result they stay where they are when a job begins."""
        self.jobs.keep_room(self.tabs.tabText(index) in {tab.title for tab in MAKING})

    def _dock(self, name: str) -> QDockWidget:
        dock = QDockWidget(name, self)
        dock.setObjectName(f"dock {name}")
        return dock

    def _arrange(self) -> None:
        """Everything where it is at the very first start; on a narrow screen at one side, some behind others."""
        from PySide6.QtCore import Qt  # costs as much as half of the window, and a layout is restored without it

        self._arranged = True
        left, right = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
        for names, side in ((LEFT, left), (RIGHT, left if self._narrow else right)):
            for name in names:
                self.docks[name].setFloating(False)
                self.addDockWidget(side, self.docks[name])
                self.docks[name].show()
        if self._narrow:
            for name in BEHIND:
                self.tabifyDockWidget(self.docks[LEFT[0]], self.docks[name])
            self.docks[LEFT[0]].raise_()
        self._share_room()

    def _share_room(self) -> None:
        """The docks take little of a small window, and of a large one no more than they can use."""
        from PySide6.QtCore import Qt

        wide, high = self.width(), self.height() - NO_DOCKS
        columns = [self.docks[LEFT[0]], self.docks[RIGHT[0]]]
        if self._narrow:
            self.resizeDocks([self.docks[LEFT[0]], self.docks["Unit"]], [high // 2] * 2, Qt.Orientation.Vertical)
            return
        larger = max(self.fontMetrics().averageCharWidth() / LETTER, 1.0)
        share, few, most = LEFT_WIDTH
        left = _of(wide, share, round(few * larger), round(most * larger))  # the choices of Predictions fit into that
        share, few, most = RIGHT_WIDTH
        widths = [left, _of(wide, share, few, round(most * larger))]
        self.resizeDocks(columns, widths, Qt.Orientation.Horizontal)
        for names, lower in ((LEFT, _of(high, *PREDICTIONS_HEIGHT)), (RIGHT, _of(high, *UNIT_HEIGHT))):
            heights = [high - lower, lower]
            self.resizeDocks([self.docks[name] for name in names], heights, Qt.Orientation.Vertical)

    def name_shown(self, network: str, picture: str) -> None:
        """In the window's title, and the picture in that of its dock, too; either may be empty."""
        dock = self.docks["Picture"]
        title = " – ".join((*filter(None, (" · ".join(filter(None, (network, picture))),)), "Underhood"))
        if title != self.windowTitle():
            self.setWindowTitle(title)
            alone = not self.tabifiedDockWidgets(dock)  # else the title is that of a tab, which is short of room
            dock.setWindowTitle(f"Picture · {picture}" if picture and alone else "Picture")
            dock.toggleViewAction().setText("Picture")  # in the menu of panes it is one of four

    def widen_docks(self, factor: float) -> None:
        """With the letters; those that stand at the sides, and no more than they can use."""
        from PySide6.QtCore import Qt

        standing = {LEFT[0]: LEFT_WIDTH, RIGHT[0]: RIGHT_WIDTH}
        larger = max(self.fontMetrics().averageCharWidth() / LETTER, 1.0)
        docks = [self.docks[name] for name in standing if not self.docks[name].isFloating()]
        most = [round(standing[dock.objectName().removeprefix("dock ")][2] * larger) for dock in docks]
        quarter = self.width() // 4  # the middle is what everything is about
        widths = [min(round(dock.width() * factor), limit, quarter) for dock, limit in zip(docks, most, strict=True)]
        self.resizeDocks(docks, widths, Qt.Orientation.Horizontal)

    def make_room_to_draw(self) -> None:
        """Half of the window's height for the Picture dock, if it has less."""
        from PySide6.QtCore import Qt

        picture, unit = self.docks["Picture"], self.docks["Unit"]
        missing = self.height() // 2 - picture.height()
        if missing > 0 and not picture.isFloating():
            heights = [picture.height() + missing, max(unit.height() - missing, 100)]
            self.resizeDocks([picture, unit], heights, Qt.Orientation.Vertical)

    def show_rates(self, words: str) -> None:
        self._rates.setText(words)

    def dock_menu(self, menu: QMenu) -> None:
        """Adds a tick for every dock, so a closed one can be found again."""
        for dock in self.docks.values():
            menu.addAction(dock.toggleViewAction())

    def reset_layout(self) -> None:
        self._arrange()

    def layout_now(self) -> tuple[QByteArray, QByteArray]:
        """Place and size, and the docks."""
        return self.saveGeometry(), self.saveState(LAYOUT)

    def save_layout(self, settings: QSettings) -> None:
        geometry, state = self.layout_now()
        settings.setValue("window/geometry", geometry)
        settings.setValue("window/state", state)

    def restore_layout(self, settings: QSettings) -> None:
        """The layout of last time; that of the first start if there is none, of another version, or garbled."""
        geometry, state = settings.value("window/geometry"), settings.value("window/state")
        self._placed = isinstance(geometry, QByteArray) and self.restoreGeometry(geometry)
        self._arranged = isinstance(state, QByteArray) and self.restoreState(state, LAYOUT)
        self._first_layout = not self._arranged
        if not self._arranged:
            self._arrange()

    def stay_on_screen(self) -> None:
        """No larger than the screen, title bar included, and at a first start as large, if that is not too much."""
        room = self.screen().availableGeometry().size() - QSize(0, TITLE_BAR)
        self._narrow = room.width() < BOTH_SIDES
        if self._first_layout and self._narrow:
            self._arrange()
        self.resize((self.size() if self._placed else FIRST_SIZE).boundedTo(room))
        if self._first_layout:
            self._share_room()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self.stands.emit)  # after the panels have been painted, too

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        data = event.mimeData()
        if data.hasImage() or any(url.isLocalFile() for url in data.urls()):
            event.acceptProposedAction()
            self._show_where_it_goes(data)

    def _show_where_it_goes(self, data: QMimeData) -> None:
        from gui.sources.handful import where_they_go
        from gui.views.drop_place import DropPlace

        if self.drop_place is None:
            self.drop_place = DropPlace(self)
        places = where_they_go([url.toLocalFile() for url in data.urls() if url.isLocalFile()])
        all_of_it: QWidget = self.tabs
        told = [(self.docks[name] if name else all_of_it, words) for name, words in places]
        told = told or [(self.docks["Picture"], "This picture is shown to the network")]
        seen = [(pane, words) for pane, words in told if pane.isVisible() and pane.window() is self]
        self.drop_place.show_places(seen or [(all_of_it, words) for _, words in told[:1]])

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        if self.drop_place is not None:
            self.drop_place.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        if self.drop_place is not None:
            self.drop_place.hide()
        data = event.mimeData()
        local = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
        if local:
            self.dropped.emit(local)
        elif data.hasImage():
            self.pasted_image.emit(data.imageData())
        event.acceptProposedAction()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closing.emit()
        super().closeEvent(event)


def _of(whole: int, share: float, fewest: int, most: int) -> int:
    return min(max(round(share * whole), fewest), most)


def _explain_buttons(dock: QDockWidget, name: str) -> None:
    """Qt's own buttons in the title bar say nothing."""
    for button, words in (
        ("qt_dockwidget_floatbutton", f"Take the {name} pane out of the window, or put it back"),
        ("qt_dockwidget_closebutton", f"Close the {name} pane; View ▸ Panes brings it back"),
    ):
        found = dock.findChild(QAbstractButton, button)
        if found is not None:
            found.setToolTip(words)
