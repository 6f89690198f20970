"""A picture of the place before, when a film goes on at another: nobody waits for it, and nothing else suffers."""

from time import perf_counter

import numpy as np
import pytest
import torch
from torch import nn

from analysis.network.network import Network
from analysis.opening.assembly import assembled
from analysis.protocol.events import Live
from analysis.protocol.frame import Frame
from analysis.protocol.lane import Lane, Stream
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.recipe import ModelChoice
from analysis.protocol.requests import LiveRequest
from analysis.results.looks import MapsLook
from analysis.running.engine import Engine

LAYERS = ("0", "1", "2", "3")


class Own(nn.Sequential):
    """Code of a person's own, which may count on being called to the end."""


def network(kind: type[nn.Sequential]) -> Network:
    torch.manual_seed(3)
    module = kind(nn.Conv2d(3, 5, 3), nn.ReLU(), nn.Conv2d(5, 6, 3), nn.Flatten(), nn.Linear(6 * 8 * 12, 4))
    seen = Preprocessing(12, 16, 12, "stretch", 3, (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))
    return assembled(module, ModelChoice("small"), "Small", seen)


def frame(number: int, moving: bool = True) -> Frame:
    pixels = np.random.default_rng(number).integers(0, 256, (24, 32, 3), np.uint8)
    return Frame(pixels, number, "film.mp4", perf_counter(), moving)


def asked(of: Frame, means: bool = False) -> LiveRequest:
    return LiveRequest(of.number, 1, of, "0", 1, MapsLook(), layer_means=means)


def engine_of(made: Network) -> tuple[Engine, Stream]:
    engine, stream = Engine(), Stream()
    engine.lane = Lane(stream)
    engine._bench.take(made, 1)
    return engine, stream


def leaping_in(made: Network, path: str, stream: Stream) -> list[str]:
    """The layers that were reached since; the first time that `path` is, the film goes to another place."""
    reached: list[str] = []

    def hear(name: str) -> None:
        reached.append(name)
        if name == path and reached.count(path) == 1:
            stream.leap()

    for name in LAYERS:
        made.module.get_submodule(name).register_forward_pre_hook(lambda *_, name=name: hear(name))
    return reached


def test_that_a_picture_of_the_place_before_is_not_looked_at() -> None:
    made = network(nn.Sequential)
    engine, stream = engine_of(made)
    old = frame(1)
    reached = leaping_in(made, "none", stream)
    stream.leap()
    assert engine.live(asked(old)) is None
    assert reached == []
    assert isinstance(engine.live(asked(frame(2))), Live)


def test_that_a_picture_that_stands_is_answered_whatever_moved_before_it() -> None:
    engine, stream = engine_of(network(nn.Sequential))
    standing = frame(1, moving=False)
    stream.leap()
    assert isinstance(engine.live(asked(standing)), Live)


@pytest.mark.parametrize("means", [False, True])
@pytest.mark.parametrize("kind", [nn.Sequential, Own])
def test_that_what_was_under_way_is_given_up_and_the_next_answer_is_the_right_one(
    kind: type[nn.Sequential], means: bool
) -> None:
    made = network(kind)
    engine, stream = engine_of(made)
    reached = leaping_in(made, "1", stream)
    assert engine.live(asked(frame(1), means)) is None
    if kind is Own:
        assert reached == list(LAYERS) * (len(reached) // len(LAYERS))  # every pass to its end
    new = frame(2)
    answer, alone = engine.live(asked(new, means)), engine_of(network(kind))[0].live(asked(new, means))
    assert isinstance(answer, Live)
    assert isinstance(alone, Live)
    assert answer.logits is not None
    assert alone.logits is not None
    np.testing.assert_array_equal(answer.logits, alone.logits)
    assert answer.unit is not None
    assert alone.unit is not None
    np.testing.assert_array_equal(answer.unit.map, alone.unit.map)
    assert answer.unit.seen == 1  # the one that was given up was not seen
    assert answer.layer_means == alone.layer_means


class LeapsDuring(Stream):
    """Somebody seeks while the fourth look at it is taken."""

    looks = 0

    def is_past(self, captured: float) -> bool:
        self.looks += 1
        return self.looks >= 4


def test_that_a_measuring_pass_ends_at_the_layer_that_it_has_reached() -> None:
    made = network(nn.Sequential)
    engine, stream = Engine(), LeapsDuring()
    engine.lane = Lane(stream)
    engine._bench.take(made, 1)
    assert engine.live(asked(frame(1), means=True)) is None
    assert stream.looks == 4  # when it came, before the pass, and after two of its five layers
