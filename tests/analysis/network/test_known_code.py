"""Whose passes are the same operations for every picture is known by where the code is from."""

from torch import Tensor, nn

from analysis.network.known_code import is_steady


class Deciding(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * 2 if x.mean() > 0 else x


def test_that_detection_is_not_steady() -> None:
    from torchvision.models.detection.rpn import RPNHead

    assert not is_steady(nn.Sequential(RPNHead(4, 2)))


def test_that_only_known_code_without_listeners_is_steady() -> None:
    plain = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    assert is_steady(plain)
    assert not is_steady(nn.Sequential(plain, Deciding()))
    handle = plain[1].register_forward_hook(lambda *_: None)
    assert not is_steady(plain)
    handle.remove()
    assert is_steady(plain)
    plain[0].forward = plain[0].forward  # type: ignore[method-assign]
    assert not is_steady(plain)
