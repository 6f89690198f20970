import copy

import pytest
import torch
from torch import nn

from analysis.training.narrow_strides import made_safe


@pytest.mark.parametrize(("inputs", "outputs", "side"), [(6, 10, 32), (3, 8, 32), (1, 8, 28), (4, 8, 1)])
def test_that_a_short_cut_of_few_channels_learns_by_right_slopes(inputs: int, outputs: int, side: int) -> None:
    """Without it torch ends the program here, or hangs, on some processors."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride=2), nn.ReLU(), nn.Conv2d(outputs, 4, 1))
    exact = copy.deepcopy(network).double()
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    pictures = torch.randn(16, inputs, side, side)
    made_safe(network)
    for _ in range(4):
        network.zero_grad()
        network(pictures.contiguous(memory_format=torch.channels_last)).square().mean().backward()
    exact(pictures.double()).square().mean().backward()
    for ours, theirs in zip(network.parameters(), exact.parameters(), strict=True):
        torch.testing.assert_close(ours.grad.double(), theirs.grad, rtol=1e-4, atol=1e-6)
