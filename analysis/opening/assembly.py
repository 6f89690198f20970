"""A module and what is known about it, put together as a Network that is ready to be looked into."""

from dataclasses import replace
from math import prod

import torch
from torch import Tensor, nn

from analysis.network.boxes import boxes_in
from analysis.network.capture import tensor_in
from analysis.network.network import Network
from analysis.opening.embedding import FEWEST, is_embedding
from analysis.opening.layer_tree import layer_tree
from analysis.opening.seeding import seeded
from analysis.opening.steadiness import Steadiness, steadiness
from analysis.opening.weights_hash import weights_hash
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.recipe import ModelChoice


def assembled(
    module: nn.Module,
    choice: ModelChoice,
    title: str,
    preprocessing: Preprocessing,
    labels: tuple[str, ...] | None = None,
    output: str | None = None,
    device: torch.device | None = None,
    known: Steadiness | None = None,
) -> Network:
    """The Network of `module`, in eval mode with frozen parameters; its layers are measured at the input's size.

    `known` is what was found and said of its steadiness before.
    """
    frozen = {name for name, one in module.named_parameters() if not one.requires_grad}
    if len(frozen) == sum(1 for _ in module.parameters()):
        frozen = set()  # by whoever made the file, or a loader
    module = module.eval().requires_grad_(False)
    steady = known or seeded(lambda: steadiness(module, preprocessing), choice.seed)
    example = torch.zeros(1, preprocessing.channels, preprocessing.height, preprocessing.width)
    root = layer_tree(module, example)
    if output is None and root.shape is not None and len(root.shape) > 1 and prod(root.shape[1:]) == 1:
        output, root = "classes", replace(root, units=root.shape[0])  # scores that kept the axes of the last map
    if output is None:
        output = {"vector": "classes", "map": "picture" if root.units in (1, 3) else "other"}.get(
            str(root.kind), "other"
        )
    choice = replace(choice, weights_hash=weights_hash(module))
    device = device or torch.device("cpu")
    network = Network(module.to(device), choice, title, preprocessing, labels, root, output, device)
    network = replace(
        network, frozen=frozenset(frozen), together=steady.together, fixed=steady.fixed, share=steady.share
    )
    network = replace(network, notes=() if known else steady.notes)
    may_be_embedding = output == "classes" and labels is None and root.kind == "vector" and root.units >= FEWEST
    if may_be_embedding and steady.fixed and seeded(lambda: is_embedding(module, example.to(device)), choice.seed):
        note = (
            f"{title} answers with an embedding: {root.units} numbers that are no classes and have no probabilities; "
            "class:N stands for number N of it. Name its classes with --labels if they are some."
        )
        return replace(network, numbers="dimension", notes=(*network.notes, note))
    classes = _numbers_without_batch_axis(module, example.to(device)) if output == "other" else 0
    if not classes:
        return network
    if classes == 1:  # whether it has an axis for the batch or none
        note = "The network answers a picture with a bare number, which is taken as its only class"
    else:
        note = "The network's answer to a picture has no axis for the batch; "
        note += f"its {classes} numbers are taken as its classes"
    note += ", and it is asked picture by picture, which is slower."
    root = replace(root, units=classes)
    notes = (*network.notes, note)
    return replace(network, root=root, output="classes", together=False, batch_axis=False, notes=notes)


def _numbers_without_batch_axis(module: nn.Module, example: Tensor) -> int:
    """How many numbers stand alone as the answer to one picture; 0 if it is none, or not as many for any picture."""
    generator = torch.Generator().manual_seed(0)
    pictures = (example, torch.rand(example.shape, generator=generator).to(example.device))
    with torch.no_grad():
        whole = [module(picture) for picture in pictures]
    if any(boxes_in(answer) is not None for answer in whole):
        return 0  # the scores of what was found, as many as that is
    answers = [tensor_in(answer) for answer in whole]
    sizes = {answer.numel() if answer is not None and _is_plain(answer) else 0 for answer in answers}
    return sizes.pop() if len(sizes) == 1 else 0


def _is_plain(answer: Tensor) -> bool:
    return answer.dim() <= 1 and answer.is_floating_point()
