"""The backward mode of the live view: what flows back from one unit's map to a layer and to the picture."""

from dataclasses import dataclass

from torch import Tensor

from analysis.network.maps import maps_of
from analysis.network.network import Network
from analysis.protocol.frame import Fitted
from analysis.protocol.layers import LayerNode
from analysis.protocol.problems import Problem
from analysis.protocol.requests import Backward
from analysis.question import silence
from analysis.question.flowing_back import flowing_back, not_on_the_way
from analysis.question.question import Question

NOTHING = {"gradient": silence.NOTHING, "deconvolution": silence.NOTHING_BACK, "guided": silence.NOTHING_BACK}


@dataclass(frozen=True, eq=False)
class FlowingBack:
    """`to_picture` is channels × height × width, `to_layer` units × rows × columns; None with the reason in `note`."""

    to_picture: Tensor | None = None
    to_layer: Tensor | None = None
    note: str = ""


class LiveBackward:
    """Remembers the last answer, so that a picture that stays is not computed again for another scale."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._last: tuple[tuple[int, Backward, str | None], FlowingBack] | None = None

    def answer(self, asked: Backward, shown: LayerNode | None, picture: Fitted, number: int) -> FlowingBack:
        """`number` is the frame's, `picture` what the network sees of it."""
        key = (number, asked, shown.path if shown is not None and asked.in_mosaic else None)
        if self._last is None or self._last[0] != key:
            self._last = (key, self._computed(asked, shown if asked.in_mosaic else None, picture))
        return self._last[1]

    def _computed(self, asked: Backward, shown: LayerNode | None, picture: Fitted) -> FlowingBack:
        network = self._network
        question = Question(network, network.input_of_fitted(picture))
        try:
            to_picture, to_layer = flowing_back(question, asked, shown.path if shown is not None else None)
        except Problem as problem:
            return FlowingBack(note=str(problem))
        note = "" if bool(to_picture.any()) else NOTHING[asked.rule]
        if shown is None:
            return FlowingBack(to_picture[0], note=note)
        if to_layer is None:
            return FlowingBack(to_picture[0], note=str(not_on_the_way(shown.path, asked)))
        return FlowingBack(to_picture[0], maps_of(shown, to_layer)[0], note)
