"""Networks that are downloaded beside everything else, in a lane of their own, to be opened at another time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from analysis.protocol.requests import FetchRequest
from gui.lane.jobs import Job

if TYPE_CHECKING:
    from analysis.protocol.events import Catalogue, Failure, Fetched
    from gui.docks.get_networks import GetNetworks
    from gui.window.session import Session


class Downloads(QObject):
    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._dialog: GetNetworks | None = None
        self._job: Job | None = None
        session.networks.listed.connect(self._show_list)

    @Slot()
    def ask(self) -> None:
        """Which of those that there are."""
        if self._dialog is None:
            from gui.docks.get_networks import GetNetworks

            self._dialog = GetNetworks(self._session.window)
            self._dialog.wanted.connect(self.fetch)
            if self._session.catalogue is not None:
                self._show_list(self._session.catalogue)
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    @property
    def dialog(self) -> GetNetworks | None:
        return self._dialog

    @Slot(object)
    def fetch(self, names: tuple[str, ...]) -> None:
        lane = self._session.lanes["download"]
        request = FetchRequest(lane.next_id(), tuple(names))
        title = f"Downloading {names[0]}" if len(names) == 1 else f"Downloading {len(names)} networks"
        self._job = Job(request.id, title, lane, on_done=self._come, on_failure=self._fail, on_end=self._end)
        self._tell_running(names)
        self._session.jobs.start(self._job, request)

    def _come(self, fetched: Fetched) -> None:
        self._session.note(f"{', '.join(fetched.names)}: downloaded. Choose them in the Network dock.")

    def _fail(self, failure: Failure) -> None:
        self._session.window.notice.show_notice(failure.summary, details=failure.traceback)

    def _end(self, _cancelled: bool) -> None:
        self._job = None
        self._tell_running(())
        self._session.networks.list_catalogue()  # what has come stands on top now

    def _tell_running(self, names: tuple[str, ...]) -> None:
        if self._dialog is not None:
            self._dialog.show_running(names)

    @Slot(object)
    def _show_list(self, catalogue: Catalogue) -> None:
        if self._dialog is not None:
            self._dialog.show_entries(catalogue.entries, catalogue.folder)
