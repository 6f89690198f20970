"""A module and what is known about it, put together as a Network that is ready to be looked into."""

from dataclasses import replace

import torch
from torch import nn

from analysis.network.layer_tree import layer_tree
from analysis.network.network import Network
from analysis.network.preprocessing import Preprocessing
from analysis.network.weights_hash import weights_hash
from analysis.recipe import ModelChoice


def assembled(
    module: nn.Module,
    choice: ModelChoice,
    title: str,
    preprocessing: Preprocessing,
    labels: tuple[str, ...] | None = None,
    output: str | None = None,
    device: torch.device | None = None,
) -> Network:
    """The Network of `module`, in eval mode with frozen parameters; its layers are measured at the input's size."""
    module = module.eval().requires_grad_(False)
    example = torch.zeros(1, preprocessing.channels, preprocessing.height, preprocessing.width)
    root = layer_tree(module, example)
    if output is None:
        output = {"vector": "classes", "map": "picture" if root.units in (1, 3) else "other"}.get(
            str(root.kind), "other"
        )
    choice = replace(choice, weights_hash=weights_hash(module))
    device = device or torch.device("cpu")
    return Network(module.to(device), choice, title, preprocessing, labels, root, output, device)
