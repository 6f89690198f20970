"""A layer's output as units × rows × columns, however the layer lays it out."""

from torch import Tensor

from analysis.protocol.layers import LayerNode
from analysis.protocol.problems import Problem


def maps_of(node: LayerNode, output: Tensor) -> Tensor:
    """N×units×rows×columns of a captured batch; a vector's units are 1×1 maps.

    A view of `output`, so it costs nothing and gradients flow back through it. The rows and columns are those of
    `output`, which may come from a picture of another size than the node was measured with.
    """
    if node.layout == "CHW":
        return output
    if node.layout == "HWC":
        return output.permute(0, 3, 1, 2)
    if node.layout == "HW":
        return output[:, None]
    if node.layout == "C":
        return output[:, :, None, None]
    if node.layout in ("TC", "CT") and node.grid is not None:
        channels_first = output.transpose(1, 2) if node.layout == "TC" else output
        rows, columns = node.grid
        places = channels_first[:, :, channels_first.shape[2] - rows * columns :]
        return places.reshape(*places.shape[:2], rows, columns)
    if node.layout == "HTS" and node.grid is not None:
        rows, columns = node.grid
        before = output.shape[3] - rows * columns
        # Who looks: the class token, where there is one before the places; else all of them, on average.
        looks = output[:, :, 0] if before else output.mean(2)
        return looks[..., before:].reshape(*looks.shape[:2], rows, columns)
    if node.layout == "TD":
        return output[:, None]
    raise Problem(f"The layer {node.path} cannot be drawn: {node.reason}.")
