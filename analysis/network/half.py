"""A network with its weights in bfloat16: quicker and approximate, for those who say so."""

import copy
from dataclasses import replace

import torch
from torch import nn

from analysis.methods.method import Context
from analysis.network.network import Network
from analysis.problems import Problem


def in_bfloat16(context: Context) -> Context:
    """The same question to a copy of the network that computes in bfloat16."""
    return replace(context, network=_copy(context.network), input=context.input.to(torch.bfloat16))


def _copy(network: Network) -> Network:
    """Batch norm keeps its precision, which costs nothing.

    The weights are converted once: autocast would convert them at every pass and can be slower than not to.
    """
    exact = {
        id(tensor)
        for part in network.module.modules()
        if isinstance(part, nn.modules.batchnorm._BatchNorm)
        for tensor in (*part.parameters(recurse=False), *part.buffers(recurse=False))
    }
    converted: dict[int, object] = {}
    for tensor in (*network.module.parameters(), *network.module.buffers()):
        keeps = id(tensor) in exact or not tensor.is_floating_point()
        small = tensor.detach() if keeps else tensor.detach().to(torch.bfloat16)
        converted[id(tensor)] = nn.Parameter(small, requires_grad=False) if isinstance(tensor, nn.Parameter) else small
    try:
        module = copy.deepcopy(network.module, converted)  # every tensor is replaced by the one that stands for it
    except Exception as error:
        raise Problem(f"{network.title} cannot be copied, so it runs in its own precision only.") from error
    return replace(network, module=module)
