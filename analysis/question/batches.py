"""How many pictures a network is best asked at once: enough to be quick, few enough that a step stays short."""

import math

from analysis.network.network import Network
from analysis.protocol.layers import LayerNode

_WORK_OF_A_STEP = 8e9  # multiplications, a fraction of a second on two cores
_READING = 20  # multiplications in the time that it takes to fetch a weight from memory
_SHARE_OF_READING = 0.1  # of a step, which all its pictures share
_MOST = 16  # larger batches leave the caches and gain nothing more there
_MOST_ON_A_GPU = 64


def batch_size(network: Network, wanted: int = 0, passes: int = 3) -> int:
    """`wanted`, or where that is 0, as many as fit into a step, and enough that fetching the weights does not count.

    A forward pass counts as one of `passes`, the way back to the pixels as two. What is chosen depends on the network
    alone and not on a clock, so that where nobody hurries (see `pace.py`) the same seed gives the same bits.
    """
    if wanted:
        return wanted
    if network.device.type != "cpu":
        return _MOST_ON_A_GPU
    work = max(multiplications(network), 1.0)
    fitting = round(_WORK_OF_A_STEP / (work * passes / 3))
    worth_fetching = math.ceil(_READING * network.root.parameters / (_SHARE_OF_READING * work))
    about = max(1, min(_MOST, max(fitting, worth_fetching)))
    return int(2 ** round(math.log2(about)))  # which threads and their parts divide, so that none waits for the others


def multiplications(network: Network) -> float:
    """Of one forward pass, about: every parameter of a layer is used once at each of its places."""
    return float(sum(node.parameters * _places(node) for node in network.root.walk() if not node.children))


def _places(node: LayerNode) -> int:
    return node.grid[0] * node.grid[1] if node.grid else 1
