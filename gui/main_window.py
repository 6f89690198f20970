"""The main window: docks, tabs, menus, and a layout that is saved and restored; nothing else."""

from __future__ import annotations

from PySide6.QtCore import QSettings, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPaintEvent
from PySide6.QtWidgets import QDockWidget, QLabel, QMainWindow, QMenu, QTabWidget, QVBoxLayout, QWidget

from gui.actions import Actions
from gui.panels.activations_panel import ActivationsPanel
from gui.panels.network_panel import NetworkPanel
from gui.panels.picture_panel import PicturePanel
from gui.panels.predictions_panel import PredictionsPanel
from gui.panels.unit_panel import UnitPanel
from gui.state import State
from gui.views.notice_bar import NoticeBar
from gui.views.progress_strip import JobQueueView

ROOM_FOR_TABS = 560  # pixels that the widest tab needs, so that going to it moves no dock
RATES_HELP = (
    "Of moving pictures: size and rate of the source · pictures shown · from source to screen · pictures dropped\n"
    "Of a still picture: its size · how long the network took for what is shown\n"
    "Last: where the network computes"
)
LAYOUT = 1  # goes up when docks are added or renamed, so that an old layout is not forced on new docks


class MainWindow(QMainWindow):
    dropped = Signal(str)  # the path of a file or folder
    pasted_image = Signal(object)  # QImage that was dropped as such
    closing = Signal()
    stands = Signal()  # it has been painted for the first time

    def __init__(self, state: State, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = state
        state.setParent(self)
        self._painted = False
        self.setObjectName("underhood")
        self.setWindowTitle("Underhood")
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.actions_ = Actions(self)
        self.network = NetworkPanel(state, self)
        self.activations = ActivationsPanel(state, self)
        self.picture = PicturePanel(state, self)
        self.unit = UnitPanel(state, self)
        self.predictions = PredictionsPanel(state, self)
        self.notice = NoticeBar(self)
        self.jobs = JobQueueView(self)
        self.tabs = QTabWidget(self)
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.activations, "Activations")
        middle = QWidget(self)
        middle.setMinimumWidth(ROOM_FOR_TABS)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.notice)
        column.addWidget(self.tabs, 1)
        column.addWidget(self.jobs)
        self.setCentralWidget(middle)
        left, right = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
        self.docks = {
            "Network": self._dock("Network", self.network, left),
            "Picture": self._dock("Picture", self.picture, right),
            "Unit": self._dock("Unit", self.unit, right),
            "Predictions": self._dock("Predictions", self.predictions, right),
        }
        self._rates = QLabel(self)
        self._rates.setToolTip(RATES_HELP)
        self.statusBar().addPermanentWidget(self._rates)
        self.resize(QSize(1360, 860))
        self._arrange()
        self._first_layout = self.saveState(LAYOUT)

    def _dock(self, name: str, panel: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(name, self)
        dock.setObjectName(f"dock {name}")
        dock.setWidget(panel)
        self.addDockWidget(area, dock)
        return dock

    def _arrange(self) -> None:
        self.resizeDocks([self.docks["Network"], self.docks["Picture"]], [370, 350], Qt.Orientation.Horizontal)
        right = [self.docks[name] for name in ("Picture", "Unit", "Predictions")]
        self.resizeDocks(right, [360, 300, 180], Qt.Orientation.Vertical)

    def make_room_to_draw(self) -> None:
        """Half of the window's height for the Picture dock, if it has less."""
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
        """Everything where it was at the very first start."""
        for dock in self.docks.values():
            dock.setFloating(False)
            dock.show()
        self.restoreState(self._first_layout, LAYOUT)
        self._arrange()

    def save_layout(self, settings: QSettings) -> None:
        settings.setValue("window/geometry", self.saveGeometry())
        settings.setValue("window/state", self.saveState(LAYOUT))

    def restore_layout(self, settings: QSettings) -> None:
        """The layout of last time; that of the first start if there is none or it is of another version."""
        geometry, state = settings.value("window/geometry"), settings.value("window/state")
        if geometry is not None:
            self.restoreGeometry(geometry)
        if state is None or not self.restoreState(state, LAYOUT):
            self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self.stands.emit)  # after the panels have been painted, too

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        data = event.mimeData()
        if data.hasImage() or any(url.isLocalFile() for url in data.urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        data = event.mimeData()
        local = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
        if local:
            self.dropped.emit(local[0])
        elif data.hasImage():
            self.pasted_image.emit(data.imageData())
        event.acceptProposedAction()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closing.emit()
        super().closeEvent(event)
