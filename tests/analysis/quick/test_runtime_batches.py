"""Techniques that only ask forward give the same through the runtime."""

import numpy as np
import pytest

from analysis.methods.registry import method
from analysis.network.network import Network
from analysis.protocol.recipe import ModelChoice
from analysis.question.question import Question
from analysis.quick.runtime import batches
from analysis.quick.switch import VARIABLE
from analysis.results.numbers import numbers_of
from tests.analysis.to_the_end import opened

pytest.importorskip("onnxruntime")
SMALL: dict[str, dict[str, int]] = {
    "rise": {"masks": 130, "batch": 4},
    "score-cam": {"batch": 1},
    "insertion-deletion": {"pixels": 8, "batch": 4},
}


def asked(network: Network, name: str) -> Question:
    layer = next(node for node in network.root.walk() if node.path == "conv2")
    picture = network.picture(np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8))
    return Question(network, network.input_of_fitted(picture), layer=layer if name == "score-cam" else None, seed=7)


@pytest.mark.parametrize("name", SMALL)
def test_that_it_gives_what_the_plain_way_gives(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    network, runs = opened(ModelChoice("lenet")), []
    run = batches.Session.run
    monkeypatch.setattr(batches.Session, "run", lambda self, given: (runs.append(len(given)), run(self, given))[1])
    found = []
    for plainly in ("", "runtime"):
        monkeypatch.setenv(VARIABLE, plainly)
        *_, last = method(name)(**SMALL[name]).run(asked(network, name))
        found.append(numbers_of(last.result))
        if not plainly:
            assert len(runs) > 8  # more than the proof
            runs.clear()
    assert not runs
    for key, expected in found[1].items():
        if expected.dtype.kind == "f":
            reach = float(np.ptp(expected)) or 1.0
            np.testing.assert_allclose(found[0][key], expected, rtol=1e-5, atol=1e-5 * reach, err_msg=key)


def test_that_the_same_seed_gives_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    network = opened(ModelChoice("lenet"))
    one, other = ([*method("rise")(masks=130, batch=4).run(asked(network, "rise"))][-1] for _ in range(2))
    np.testing.assert_array_equal(numbers_of(one.result)["result"], numbers_of(other.result)["result"])


def test_that_few_pictures_units_and_own_code_are_left_to_torch() -> None:
    question = asked(opened(ModelChoice("lenet")), "rise")
    assert batches.in_batches(question, 4, 20) is question
