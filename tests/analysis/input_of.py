"""What a network is given of a picture, made as the program makes it."""

from torch import Tensor

from analysis.network.network import Network
from analysis.protocol.frame import Pixels


def input_of(network: Network, pixels: Pixels) -> Tensor:
    return network.input_of_fitted(network.picture(pixels))
