"""What is computed on a GPU is computed as on the processor, and the process is as before when it waits."""

from collections.abc import Iterator

import pytest
import torch
from torch import nn

from analysis.network.full_precision import full_precision, in_full_precision

GPU = torch.device("cuda")


def modes() -> tuple[bool, bool, bool, bool]:
    cudnn = torch.backends.cudnn
    return cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32, cudnn.deterministic, cudnn.enabled


def test_that_a_gpu_rounds_nothing_to_ten_bits_within_a_step_and_waits_as_before() -> None:
    before, within = modes(), []

    def steps() -> Iterator[int]:
        for number in range(2):
            within.append(modes())
            yield number

    for _ in in_full_precision(GPU, nn.Identity(), steps()):
        assert modes() == before
    assert within == [(False, False, True, before[3])] * 2
    assert modes() == before


def test_that_an_error_leaves_the_modes_as_they_were() -> None:
    before = modes()
    with pytest.raises(ValueError, match="own"), full_precision(GPU):
        raise ValueError("own")
    assert modes() == before


def test_that_steps_that_are_given_up_end_at_once() -> None:
    ended = []

    def steps() -> Iterator[int]:
        try:
            yield 1
            yield 2
        finally:
            ended.append(modes())

    work = in_full_precision(GPU, nn.Identity(), steps())
    next(work)
    work.close()  # type: ignore[attr-defined]
    assert ended == [modes()]


def test_that_recurrent_layers_have_a_way_back_there() -> None:
    with full_precision(GPU, nn.Sequential(nn.LSTM(3, 4))):
        assert not torch.backends.cudnn.enabled
    with full_precision(GPU, nn.Sequential(nn.Conv2d(3, 4, 1))):
        assert torch.backends.cudnn.enabled


def test_that_the_processor_is_left_alone() -> None:
    before = modes()
    with full_precision(torch.device("cpu")):
        assert modes() == before


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_that_a_convolution_of_a_gpu_is_that_of_the_processor() -> None:
    torch.manual_seed(0)
    x, layer = torch.randn(1, 64, 30, 30), nn.Conv2d(64, 64, 3)
    with torch.no_grad():
        expected = layer.double()(x.double())
        with full_precision(GPU):
            found = layer.float().to(GPU)(x.to(GPU)).cpu()
    assert float((found - expected).abs().max()) < 1e-5
