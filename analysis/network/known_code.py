"""Code whose passes are the same operations for every picture of one size, because it is known."""

from torch import nn

# Whose modules do the same operations for every picture of one size, whatever is in it and whatever came before. Code
# of one's own may count its calls, or draw lots.
_STEADY = ("torch.nn.", "torchvision.", "timm.", "analysis.shipped.", "analysis.quick.both_ways")


_NOT_STEADY = "torchvision.models.detection."  # how many boxes there are depends on the picture


def is_known(part: nn.Module) -> bool:
    """Whether this part's code is one of these."""
    code = type(part).__module__
    return code.startswith(_STEADY) and not code.startswith(_NOT_STEADY)


def is_steady(module: nn.Module) -> bool:
    """Whether its passes may be recorded."""
    return all(
        is_known(part) and "forward" not in part.__dict__ and not part._forward_hooks and not part._forward_pre_hooks
        for part in module.modules()
    )
