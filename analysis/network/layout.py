"""A network's weights, laid out in memory as its device likes them best, where the network goes along with it."""

import torch

from analysis.network.network import Network
from analysis.network.own_code import let_interrupt_pass


def laid_out(network: Network) -> Network:
    """The same network with its channels last; the results are those of before up to rounding.

    Maps then lie in memory in another order, too. A network that views them as vectors (`x.view(len(x), -1)`), or has
    weights of five axes, fails with that, so it is tried once and left as it was.
    """
    size = network.preprocessing
    example = torch.zeros(1, size.channels, size.height, size.width, device=network.device)
    with torch.inference_mode(False), torch.no_grad():
        try:
            network.module.to(memory_format=torch.channels_last)
            network.module(example)
        except torch.OutOfMemoryError:
            raise
        except BaseException as error:  # whatever a network of someone's own raises
            let_interrupt_pass(error)
            network.module.to(memory_format=torch.contiguous_format)
    return network
