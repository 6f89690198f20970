"""Networks so small that everything can be computed by hand beside them, and questions about them."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from analysis.methods.method import Progress
from analysis.methods.registry import method
from analysis.network.network import Network
from analysis.opening.assembly import assembled
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.recipe import ModelChoice
from analysis.protocol.target import ClassTarget, Target
from analysis.question.question import Question

MEAN, STD = (0.4, 0.5, 0.6), (0.2, 0.25, 0.3)


def chain() -> nn.Sequential:
    """Two convolutions with padding, ReLUs that write over what they get, a pool, and classes: all of it torch's."""
    features = nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 5, 3, padding=1),
        nn.ReLU(inplace=True),
    )
    return _with_classes(features, 5)


def residual() -> nn.Sequential:
    """Its branches cannot do without padding."""
    from torchvision.models.resnet import BasicBlock

    features = nn.Sequential(nn.Conv2d(3, 6, 3, stride=2, padding=1), BasicBlock(6, 6))
    return _with_classes(features, 6)


def _with_classes(features: nn.Module, units: int) -> nn.Sequential:
    parts = {
        "features": features,
        "pool": nn.AdaptiveAvgPool2d(1),
        "flat": nn.Flatten(),
        "classes": nn.Linear(units, 4),
    }
    return nn.Sequential(OrderedDict(parts))


class Own(nn.Module):
    """Code of a person's own around a chain."""

    def __init__(self) -> None:
        super().__init__()
        self.features = chain().features
        self.classes = nn.Linear(5, 4)

    def forward(self, x: Tensor) -> Tensor:
        scores: Tensor = self.classes(self.features(x).mean((2, 3)))  # type: ignore[operator]
        return scores


def network(make: Callable[[], nn.Module], height: int = 24, width: int = 32, channels: int = 3) -> Network:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        module = make().eval().requires_grad_(False)
    said = Preprocessing(height, width, min(height, width), "stretch", channels, MEAN[:channels], STD[:channels])
    return assembled(module, ModelChoice("tiny", "random"), "Tiny", said)


def question(network: Network, target: Target | None = None, layer: str = "", unit: int | None = None) -> Question:
    said = network.preprocessing
    picture = torch.randn(1, said.channels, said.height, said.width, generator=torch.Generator().manual_seed(5))
    node = network.node(layer) if layer else None
    return Question(network, picture, layer=node, unit=unit, target=target or ClassTarget("class", 1), seed=9)


def steps_of(name: str, asked: Question, **settings: Any) -> list[Progress]:
    return list(method(name)(**settings).run(asked))
