"""On a GPU: single precision in full, and the same numbers every time.

By default torch lets its convolutions round their factors to ten bits there (TF32), which switches ReLUs: gradients of
SqueezeNet were a sixth of their range off. The quickest way back adds up in no fixed order, so that a study that goes
on would differ from one that was never stopped. And cuDNN has no way back through recurrent layers outside of training.
These modes belong to the whole process, so they hold while something is computed here, and never while it waits.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TypeVar

import torch
from torch import nn

Step = TypeVar("Step")


@contextmanager
def full_precision(device: torch.device, module: nn.Module | None = None) -> Iterator[None]:
    """Within the block; `module` is what is asked for derivatives, if it is. Only on a GPU anything changes."""
    if device.type != "cuda":
        yield
        return
    recurs = module is not None and any(isinstance(part, nn.RNNBase) for part in module.modules())
    cudnn, products = torch.backends.cudnn, torch.backends.cuda.matmul
    before = cudnn.allow_tf32, products.allow_tf32, cudnn.deterministic, cudnn.enabled
    try:
        _set(False, False, True, before[3] and not recurs)
        yield
    finally:
        _set(*before)


def in_full_precision(device: torch.device, module: nn.Module, steps: Iterator[Step]) -> Iterator[Step]:
    """The same steps, each computed so."""
    try:
        while True:
            with full_precision(device, module):
                try:
                    step = next(steps)
                except StopIteration:
                    return
            yield step
    finally:
        if isinstance(steps, Generator):
            steps.close()


def _set(convolutions: bool, products: bool, deterministic: bool, cudnn: bool) -> None:
    torch.backends.cudnn.allow_tf32 = convolutions
    torch.backends.cuda.matmul.allow_tf32 = products
    torch.backends.cudnn.deterministic = deterministic
    torch.backends.cudnn.enabled = cudnn
