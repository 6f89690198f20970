"""What is gathered of odd networks, by either engine, against the plainest sums in double precision."""

import copy
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from analysis.network.capture import capture
from analysis.network.maps import maps_of
from analysis.network.network import Network
from analysis.opening.assembly import assembled
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.recipe import ModelChoice
from analysis.quick.switch import VARIABLE, plain
from analysis.sweeps.choosing import laid_out_spec, swept_layers
from analysis.sweeps.gathering import Gathering
from analysis.sweeps.manifest import Entry
from analysis.sweeps.passing import Passing
from analysis.sweeps.reading import Read
from analysis.sweeps.statistics import BEST
from tests.analysis.zoo import odd

PICTURES = 21


def grouped() -> nn.Module:
    parts = (nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.ReLU6(), nn.Conv2d(8, 16, 3, padding=1, groups=4))
    return nn.Sequential(
        *parts, nn.Hardswish(), nn.Conv2d(16, 16, 3, groups=16), nn.BatchNorm2d(16), nn.ReLU(), *_end(16)
    )


def bent() -> nn.Module:
    parts = (nn.Conv2d(3, 6, 5, padding=2), nn.LeakyReLU(0.2), nn.MaxPool2d(3, 2, 1), nn.Conv2d(6, 9, 3), nn.ELU())
    return nn.Sequential(*parts, nn.GroupNorm(3, 9), nn.GELU(), nn.Conv2d(9, 7, 1, dilation=1), nn.Sigmoid(), *_end(7))


def grey() -> nn.Module:
    parts = (nn.Conv2d(1, 5, 3), nn.Tanh(), nn.Conv2d(5, 6, 3, dilation=2), nn.ReLU(inplace=True))
    return nn.Sequential(*parts, nn.AvgPool2d(2), *_end(6))


def far() -> nn.Module:
    """Values that lie far from zero, beside their spread, and a unit that is silent."""
    first = nn.Conv2d(3, 6, 3)
    nn.init.constant_(first.bias, 300.0)
    second = nn.Conv2d(6, 6, 3)
    with torch.no_grad():
        second.weight.mul_(0.05)
        second.weight[2] = 0.0
        second.bias[2] = -2.0
    return nn.Sequential(first, nn.Identity(), second, nn.ReLU(), *_end(6))


def looking() -> nn.Module:
    """A transformer's layer over the columns of a small map."""
    layer = nn.TransformerEncoderLayer(12, 3, 24, dropout=0.0, batch_first=True)
    return nn.Sequential(
        nn.Conv2d(3, 12, 8, stride=8), nn.Flatten(2), nn.Linear(16, 12), layer, nn.Flatten(), nn.Linear(144, 5)
    )


def _end(units: int) -> tuple[nn.Module, ...]:
    return nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(units, 5)


OWN: dict[str, tuple[Callable[[], nn.Module], int]] = {
    "grouped": (grouped, 3),
    "bent": (bent, 3),
    "grey": (grey, 1),
    "far": (far, 3),
    "looking": (looking, 3),
}
OF_THE_ZOO = ("dict-output", "tuple-output", "tokens", "called-twice", "grey-oblong", "functional-relu")


def network_called(name: str) -> Network:
    if name not in OWN:
        return odd(name).network()
    make, channels = OWN[name]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        module = make().eval().requires_grad_(False)
    size = Preprocessing(
        32, 32, resize=32, fit="stretch", channels=channels, mean=(0.5,) * channels, std=(0.25,) * channels
    )
    return assembled(module, ModelChoice(name, "random"), name, size)


@pytest.mark.parametrize("plainly", [False, True], ids=["quick", "plain"])
@pytest.mark.parametrize("name", [*OWN, *OF_THE_ZOO])
def test_that_statistics_are_what_double_precision_says(
    name: str, plainly: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if plainly:
        monkeypatch.setenv(VARIABLE, "runtime")
    network = network_called(name)
    spec = laid_out_spec(network, swept_layers(network), PICTURES, batch=8, shard=64)
    quick = name in OWN and not plain("runtime")
    assert spec.engine.startswith("onnxruntime" if quick else "torch")
    size = network.preprocessing
    pictures = torch.randn(
        (PICTURES, size.channels, size.height, size.width), generator=torch.Generator().manual_seed(2)
    )
    pictures *= torch.linspace(0.2, 2, PICTURES)[:, None, None, None]
    entries = [Entry(str(number), number % 3 if number % 4 else None, kept=True) for number in range(PICTURES)]
    gatherings = [Gathering(one) for one in spec.layers]
    with Passing(network, spec, gatherings) as passing:
        for first in range(0, PICTURES, spec.batch):
            numbers = range(first, min(first + spec.batch, PICTURES))
            passing.take([Read(number, pictures[number].numpy()) for number in numbers], 0, entries)
        passing.settle()

    exact = copy.deepcopy(network.module).double()
    with torch.no_grad(), capture(exact, [one.path for one in spec.layers]) as outputs:
        exact(pictures.double())
    for one, gathering in zip(spec.layers, gatherings, strict=True):
        found = gathering.growing.settled()
        maps = maps_of(network.node(one.path), outputs[one.path]).numpy()
        values = maps.transpose(1, 0, 2, 3).reshape(one.units, -1)
        close = 1e-5 * float(np.ptp(values)) + 1e-6 * float(np.abs(values).max())
        assert (found.count == values.shape[1]).all()
        assert (found.histogram.sum(1) == PICTURES * one.counted).all()
        np.testing.assert_allclose(found.mean, values.mean(1), rtol=0, atol=close)
        np.testing.assert_allclose(found.deviation(), values.std(1), rtol=1e-4, atol=close)
        np.testing.assert_allclose(found.low, values.min(1), rtol=0, atol=close)
        np.testing.assert_allclose(found.high, values.max(1), rtol=0, atol=close)
        assert (np.abs(found.zeros - (values == 0).sum(1)) <= (np.abs(values) < close).sum(1)).all()
        highs = maps.max((2, 3))
        best = -np.sort(-highs, axis=0)[:BEST].T
        np.testing.assert_allclose(np.maximum(found.best, best.min()), best, rtol=0, atol=close)
        rows = np.arange(one.units)[:, None]
        if not one.before_relu:
            told = maps.reshape(*maps.shape[:2], -1)[found.best_picture, rows, found.best_place]
            np.testing.assert_allclose(told, found.best, rtol=0, atol=close)
        labels = np.array([-1 if entry.label is None else entry.label for entry in entries])
        for place, label in enumerate(found.classes):
            assert found.class_count[place] == (labels == label).sum()
            np.testing.assert_allclose(
                found.class_sum[place], highs[labels == label].sum(0), rtol=0, atol=close * PICTURES
            )
