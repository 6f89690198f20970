"""The boxes in a detector's answer, as torchvision's give them: corners in pixels, scores, numbers of classes."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from analysis.protocol.events import FoundBoxes

MOST = 2000


def boxes_in(output: object) -> FoundBoxes | None:
    """None where it is no answer of this form to one picture; corners as shares of it are not taken for pixels."""
    while isinstance(output, (list, tuple)) and len(output) == 1:
        output = output[0]
    if not isinstance(output, Mapping):
        return None
    boxes, scores, labels = (output.get(name) for name in ("boxes", "scores", "labels"))
    if not isinstance(boxes, Tensor) or not isinstance(scores, Tensor):
        return None
    is_list = boxes.dim() == 2 and boxes.shape[1] == 4 and scores.shape == boxes.shape[:1] and len(boxes) <= MOST
    if not is_list or not boxes.is_floating_point() or not scores.is_floating_point():
        return None
    corners, shares = (one.detach().to("cpu", torch.float32, copy=True).numpy() for one in (boxes, scores))
    if not (np.isfinite(corners).all() and np.isfinite(shares).all()):
        return None
    if len(corners) and (corners.max() <= 1 or (corners[:, 2:] < corners[:, :2]).any()):
        return None
    classes = None
    if isinstance(labels, Tensor) and labels.shape == scores.shape:
        classes = labels.detach().to("cpu", torch.int64, copy=True).numpy()
    return FoundBoxes(corners, shares, classes)
