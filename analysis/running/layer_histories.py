"""What is remembered of the layers that were looked at: of the last few, so that who comes back finds it again."""

from __future__ import annotations

from torch import Tensor

from analysis.protocol.frame import Pixels
from analysis.protocol.requests import LiveRequest
from analysis.running.layer_history import Allowance, LayerHistory

LAYERS = 8
KEPT = 192_000_000  # bytes of them all


class LayerHistories:
    def __init__(self) -> None:
        self._of: dict[str, LayerHistory] = {}  # the one looked at last comes last
        self._since = 0
        self._allowance = Allowance()

    def after(self, request: LiveRequest, path: str, picture: Pixels, maps: Tensor) -> LayerHistory:
        """The layer's history with this picture in it, unless the time for that is used up."""
        if request.since != self._since:
            self._since = request.since
            self._of.clear()
        history = self._of.pop(path, None)
        if history is None or len(history) != len(maps):
            history = LayerHistory(len(maps))
        self._of[path] = history
        frame = request.frame
        if not history.knows(frame) and (not frame.moving or self._allowance.grants()):
            with self._allowance.spending():
                history.add(frame, picture, maps, request.unit)
            self._forget_old_ones()
        return history

    def _forget_old_ones(self) -> None:
        for path in list(self._of)[:-1]:
            if len(self._of) > LAYERS or sum(one.bytes for one in self._of.values()) > KEPT:
                del self._of[path]
