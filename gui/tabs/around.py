"""What panels need of the session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from gui.lane.method_runner import Around as RunnerNeeds

if TYPE_CHECKING:
    from analysis.protocol.events import Catalogue
    from analysis.protocol.problems import CodeFile
    from gui.lane.lanes import Lanes
    from gui.lane.networks import Networks
    from gui.lane.opened_atlas import OpenedAtlas


class Around(RunnerNeeds, Protocol):
    @property
    def catalogue(self) -> Catalogue | None: ...
    @property
    def lanes(self) -> Lanes: ...
    @property
    def networks(self) -> Networks: ...
    @property
    def atlas(self) -> OpenedAtlas: ...
    @property
    def agreed(self) -> frozenset[CodeFile]:
        """The files that the person let run as programs."""

    @property
    def device(self) -> str:
        """Where networks are to compute."""
