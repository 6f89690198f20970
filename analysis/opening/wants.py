"""What a network wants that takes no picture: words for its first layer."""

from torch import nn

_Wanted = tuple[type[nn.Module], str]


def wants(module: nn.Module) -> str | None:
    """None for a network that may take pictures, as far as its layers tell."""
    layers = list(module.named_modules())
    flat = [(name, layer) for name, layer in layers if isinstance(layer, nn.Conv2d)]
    if flat:
        return None
    for name, layer in layers:
        if isinstance(layer, nn.Conv3d):
            what = f"volumes or films ({_planes(layer.in_channels)} × depth × height × width)"
        elif isinstance(layer, nn.Conv1d):
            what = f"sequences or points ({_planes(layer.in_channels)} × length)"
        elif isinstance(layer, nn.Embedding):
            what = f"words or other signs by their numbers from 0 to {layer.num_embeddings - 1}"
        elif isinstance(layer, nn.RNNBase):
            what = f"sequences of {layer.input_size} numbers a step"
        else:
            continue
        return (
            f"The network takes {what}, as its first layer tells ({_named(name, layer)}), and no picture: put it into "
            "a module whose forward makes that of a picture (1 × 3 × height × width)."
        )
    return None


def is_for_volumes(module: nn.Module) -> bool:
    """Which take a picture for a volume without its batch, and answer nonsense or nothing for a long time."""
    layers = list(module.modules())
    return any(isinstance(layer, nn.Conv3d) for layer in layers) and not any(
        isinstance(layer, (nn.Conv2d, nn.Linear)) and _comes_first(layers, layer) for layer in layers
    )


def _comes_first(layers: list[nn.Module], layer: nn.Module) -> bool:
    first = next(one for one in layers if isinstance(one, (nn.Conv3d, nn.Conv2d, nn.Linear)))
    return layer is first


def _named(name: str, layer: nn.Module) -> str:
    return f"{type(layer).__name__} {name}".rstrip()


def _planes(count: int) -> str:
    return "1 channel" if count == 1 else f"{count} channels"
