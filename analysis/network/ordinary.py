"""Tensors that nothing here can compute with: told in words, before anything is tried with their numbers."""

import torch
from torch import Tensor

MOST_NUMBERS = 2**28  # of one answer to one picture: a gigabyte


def oddity(tensor: Tensor) -> str | None:
    """What the tensor is, after “it answers with”; None for a plain one."""
    if tensor.is_nested:
        return "a nested tensor"
    if tensor.layout is not torch.strided:
        return "a sparse tensor" if "sparse" in str(tensor.layout) else "a tensor in a layout of its own"
    if tensor.is_meta:
        return "a tensor on the device “meta”, which has no numbers"
    if tensor.is_quantized:
        return "a quantised tensor"
    if tensor.numel() > MOST_NUMBERS:
        return f"{tensor.numel():,} numbers, which do not fit into the memory"
    return None
