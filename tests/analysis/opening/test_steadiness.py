"""What the opening of an own network finds out by asking it, and how often it asks."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from analysis.opening import steadiness as room
from analysis.opening.steadiness import steadiness
from analysis.protocol.preprocessing import Preprocessing

SMALL = Preprocessing(12, 12, 12, "stretch", 3, (0.5,) * 3, (0.25,) * 3)


class Own(nn.Module):
    """Counts the pictures that it is asked about; `odd` is done to its maps."""

    def __init__(self, odd: Callable[[Tensor], Tensor] = lambda x: x, most: int = 99) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.odd, self.most, self.asked = odd, most, 0

    def forward(self, x: Tensor) -> Tensor:
        if len(x) > self.most:
            raise RuntimeError("too many")
        self.asked += len(x)
        return self.odd(self.conv(x)).mean((2, 3))


def of_the_first(x: Tensor) -> Tensor:
    return x - x[:1].mean()


def of_others(x: Tensor) -> Tensor:
    return x - x.mean(0, keepdim=True) / 2


def by_chance(x: Tensor) -> Tensor:
    return nn.functional.dropout(x, training=True)


@pytest.mark.parametrize("slow", [False, True])
@pytest.mark.parametrize(
    ("odd", "together", "said"),
    [
        (lambda x: x, True, ""),
        (of_the_first, False, "others of a batch"),
        (of_others, False, "others of a batch"),
        (by_chance, True, "differently each time"),
    ],
)
def test_that_what_depends_on_others_or_on_chance_is_found_also_in_a_hurry(
    odd: Callable[[Tensor], Tensor], together: bool, said: str, slow: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    monkeypatch.setattr(room, "PATIENCE", 0.0 if slow else 1000.0)
    own = Own(odd)
    found = steadiness(own, SMALL)
    assert found.together is together
    assert said in " ".join(found.notes)
    if not said:
        assert found.share is not None
        assert own.asked == (4 if slow else 10)
        assert ("tried with two pictures and not with four" in " ".join(found.notes)) is slow


@pytest.mark.parametrize(("odd", "said"), [(lambda x: x, ""), (by_chance, "differently each time")])
def test_that_chance_is_found_where_no_batch_is_taken(odd: Callable[[Tensor], Tensor], said: str) -> None:
    torch.manual_seed(0)
    found = steadiness(Own(odd, most=1), SMALL)
    assert found.together
    assert said in " ".join(found.notes)
    assert bool(found.notes) is bool(said)
