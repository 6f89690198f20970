"""What of this network will mislead, said before a method has run; each network is examined once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Slot

from analysis.protocol.requests import ExamineRequest
from gui.lane.jobs import Job
from gui.tabs.extra import Extra, Host
from gui.views.notice_bar import NoticeBar

if TYPE_CHECKING:
    from analysis.protocol.events import Examined


class Doctor(Extra):
    def __init__(self, tab: Host) -> None:
        super().__init__(tab)
        self.notice = NoticeBar(tab.pane)
        tab.pane.also_tell(self.notice)
        self._around = tab.around
        self._examined = -1  # epoch of the network that was asked about
        self._around.state.network_changed.connect(self._take_network)
        tab.installEventFilter(self)

    def eventFilter(self, _tab: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show:
            self._examine()
        return False

    @Slot()
    def _take_network(self) -> None:
        self.notice.clear()
        if self.tab.isVisible():
            self._examine()

    def _examine(self) -> None:
        network, dispatcher = self._around.state.network, self._around.dispatcher
        if network is None or self._examined == network.epoch:
            return
        self._examined = network.epoch
        request = ExamineRequest(dispatcher.next_id(), network.epoch)
        job = Job(request.id, "Examining the network", dispatcher, on_done=self._show_findings, quiet=True)
        self._around.jobs.start(job, request)

    def _show_findings(self, examined: Examined) -> None:
        network = self._around.state.network
        if network is not None and network.epoch == examined.epoch:
            self.warn(examined.findings)

    def warn(self, findings: Sequence[tuple[str, str]]) -> None:
        """Mere notes are left out."""
        serious = [sentence for severity, sentence in findings if severity != "note"]
        self.notice.setVisible(False)
        if serious:
            self.notice.show_notice(" ".join(serious), "warning")
