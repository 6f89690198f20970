"""A network's weights, laid out in memory as its device likes them best, where the network goes along with it."""

import torch

from analysis.network.agreement import agree, rounding
from analysis.network.capture import tensors_in
from analysis.network.full_precision import full_precision
from analysis.network.network import Network
from analysis.network.own_code import let_interrupt_pass
from analysis.network.unlike import unlike
from analysis.quick.switch import plain


def laid_out(network: Network) -> Network:
    """The same network with its channels last; the results are those of before up to rounding.

    Maps then lie in memory in another order, too. A network that views them as vectors (`x.view(len(x), -1)`), or has
    weights of five axes, fails with that, and one that counts on their order answers otherwise (`as_strided`): it is
    tried once and left as it was.
    """
    if plain("layout"):
        return network
    size = network.preprocessing
    shape = (1, size.channels, size.height, size.width)
    noise = unlike(torch.zeros(shape, device=network.device), size.mean, size.std)["noise"]
    with torch.inference_mode(False), torch.no_grad(), full_precision(network.device):
        try:
            before = tensors_in(network.module(noise.clone()))
            network.module.to(memory_format=torch.channels_last)
            after = tensors_in(network.module(noise.clone()))
            is_same = agree(after, before, rounding(network.module))
        except torch.OutOfMemoryError:
            raise
        except BaseException as error:  # whatever a network of someone's own raises
            let_interrupt_pass(error)
            is_same = False
        if not is_same:
            network.module.to(memory_format=torch.contiguous_format)
    return network
