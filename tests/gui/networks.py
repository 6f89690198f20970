"""Networks as the engine describes them, made up for tests of the window."""

from analysis.protocol.events import CatalogueEntry, Loaded
from analysis.protocol.layers import Kind, LayerNode, ReceptiveField
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.recipe import ModelChoice


def leaf(path: str, kind: Kind | None = "map", units: int = 8, side: int = 14, type_: str = "Conv2d") -> LayerNode:
    grid = (side, side) if kind in ("map", "tokens") else None
    shape = (units, side, side) if kind == "map" else (units,)
    reason = None if kind is not None else "it answers with whole numbers, not with activations"
    return LayerNode(path, type_, shape, units, 100, kind, grid, reason, ReceptiveField((11, 11), (4, 4), (0, 0)))


def group(path: str, *children: LayerNode, kind: Kind | None = "map") -> LayerNode:
    return LayerNode(path, "Sequential", (8, 14, 14), 8, 300, kind, (14, 14), None, None, tuple(children))


def small_root() -> LayerNode:
    """stem, layer1 (conv1, relu), layer2 (conv1, pick – not drawable –, relu), fc."""
    return LayerNode(
        "",
        "SmallNet",
        (10,),
        10,
        1_234_567,
        "vector",
        children=(
            leaf("stem", units=16, side=28),
            group("layer1", leaf("layer1.conv1"), leaf("layer1.relu", type_="ReLU")),
            group(
                "layer2",
                leaf("layer2.conv1"),
                leaf("layer2.pick", None, type_="Argmax"),
                leaf("layer2.relu", type_="ReLU"),
            ),
            leaf("fc", "vector", 10, type_="Linear"),
        ),
    )


def large_root(groups: int = 50, layers: int = 20) -> LayerNode:
    children = (group(f"g{i}", *(leaf(f"g{i}.conv{j}") for j in range(layers))) for i in range(groups))
    return LayerNode("", "LargeNet", (10,), 10, 1, "vector", children=tuple(children))


def loaded(
    root: LayerNode | None = None,
    name: str = "smallnet",
    epoch: int = 1,
    labels: tuple[str, ...] | None = None,
    devices: tuple[str, ...] = ("cpu",),
) -> Loaded:
    return Loaded(
        request_id=1,
        epoch=epoch,
        choice=ModelChoice(name),
        title=name,
        root=root or small_root(),
        preprocessing=Preprocessing(),
        labels=labels,
        output="classes",
        device=devices[0],
        devices=devices,
        first_layer="stem",
    )


def catalogue() -> tuple[CatalogueEntry, ...]:
    card = {"data": "drawn digits", "scores": {"test_accuracy": 0.995}, "date": "2026-01-01", "epochs": 3}
    return (
        CatalogueEntry("lenet", "LeNet, digits", "built in", 105_506, "shipped", 0.0, card),
        CatalogueEntry("bare", "Untrained net", "built in", None, "random only", None),
        CatalogueEntry("vgg16", "vgg16", "torchvision", 138_357_544, "ImageNet, 528 MB to download", 528.0),
        CatalogueEntry("resnet18", "resnet18", "torchvision", 11_689_512, "ImageNet, downloaded", 0.0),
    )
