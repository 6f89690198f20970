"""What a detector found is told from its answer, while pictures stand and while they stream."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from analysis.network.boxes import boxes_in
from analysis.opening.assembly import assembled
from analysis.protocol.answer_words import FEW_BOXES, MOST_BOXES, surest
from analysis.protocol.events import FoundBoxes
from analysis.protocol.frame import Frame
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.recipe import ModelChoice
from analysis.protocol.requests import LiveRequest
from analysis.results.looks import MapsLook
from analysis.running.live import LiveView

BOXES = torch.tensor([[1.0, 2, 9, 8], [0, 0, 4, 5]])
SCORES = torch.tensor([0.9, 0.4])


@pytest.mark.parametrize("wrapped", [lambda one: one, lambda one: [one], lambda one: ([one],)])
def test_that_boxes_are_found_in_an_answer_as_torchvisions_detectors_give_it(wrapped) -> None:  # type: ignore[no-untyped-def]
    found = boxes_in(wrapped({"boxes": BOXES, "scores": SCORES, "labels": torch.tensor([3, 1])}))
    assert found is not None
    assert found.classes is not None
    assert found.corners.tolist() == BOXES.tolist()
    assert (found.scores.tolist(), found.classes.tolist()) == (SCORES.tolist(), [3, 1])


@pytest.mark.parametrize(
    "answer",
    [
        BOXES,
        {"scores": SCORES},
        {"boxes": BOXES / 10, "scores": SCORES},  # shares of a picture
        {"boxes": BOXES[:, [2, 3, 0, 1]], "scores": SCORES},
        {"boxes": BOXES, "scores": SCORES[:1]},
        {"boxes": BOXES * float("nan"), "scores": SCORES},
        [{"boxes": BOXES, "scores": SCORES}] * 2,
    ],
)
def test_that_anything_else_is_no_list_of_boxes(answer: object) -> None:
    assert boxes_in(answer) is None


def test_that_the_surest_are_looked_at() -> None:
    def of(*scores: float) -> FoundBoxes:
        return FoundBoxes(np.zeros((len(scores), 4), np.float32), np.array(scores, np.float32), None)

    assert surest(of(0.2, 0.9, 0.6, 0.49)) == [1, 2]
    assert surest(of(0.1, 0.4, 0.3, 0.2)) == [1, 2, 3][:FEW_BOXES]
    assert len(surest(of(*[0.9] * 50))) == MOST_BOXES
    assert surest(of()) == surest(None) == []


class Finding(nn.Module):
    """One box around all that is at least as bright as the mean."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 1, 1)
        nn.init.constant_(self.conv.weight, 1.0)

    def forward(self, x: Tensor) -> list[dict[str, Tensor]]:
        found = []
        for map_ in self.conv(x)[:, 0]:
            rows, columns = (map_ >= map_.mean() - 1e-3).nonzero().T  # also where all are as bright
            box = torch.stack([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]).float()
            found.append({"boxes": box[None], "scores": map_.max().sigmoid()[None], "labels": torch.tensor([2])})
        return found


@pytest.mark.parametrize("moving", [False, True])
def test_that_what_is_live_has_the_boxes_of_its_picture(moving: bool) -> None:
    size = Preprocessing(20, 30, 20, "stretch", 3, (0.5,) * 3, (0.25,) * 3)
    made = assembled(Finding(), ModelChoice("finding"), "Finding", size)
    view = LiveView(made)
    for number, (top, left) in enumerate([(3, 4), (10, 15)]):
        pixels = np.zeros((20, 30, 3), np.uint8)
        pixels[top : top + 5, left : left + 7] = 255
        frame = Frame(pixels, number, "camera" if moving else "/a.png", 0.0, moving)
        live = view.answer(LiveRequest(number, 1, frame, "conv", None, MapsLook()), 1)
        assert live.boxes is not None
        assert live.boxes.classes is not None
        assert live.boxes.corners.tolist() == [[left, top, left + 7, top + 5]]
        assert live.boxes.classes.tolist() == [2]
    assert not made.module._forward_hooks
