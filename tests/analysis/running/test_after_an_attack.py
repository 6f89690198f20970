"""What is asked after an attack: another network about its files, and this one about other pictures with its change."""

import numpy as np
import pytest

from analysis.protocol.events import Answer, JobProgress, Opinion
from analysis.protocol.planes import Planes, Range
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice
from analysis.protocol.requests import AnswerRequest, LoadRequest, OpinionRequest
from analysis.running.engine import Engine
from tests.analysis.input_of import input_of
from tests.analysis.to_the_end import opened


def pixels(seed: int, side: int = 28) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)


def test_that_another_network_answers_as_it_answers_files() -> None:
    engine = Engine()
    list(engine.job(LoadRequest(1, 1, ModelChoice("lenet"), "cpu")))
    pictures = pixels(0), pixels(1, 40)
    *steps, found = engine.job(OpinionRequest(2, ModelChoice("resnet-cifar"), pictures, "cpu"))
    assert all(isinstance(step, JobProgress) for step in steps)
    assert isinstance(found, Opinion)
    other = opened(ModelChoice("resnet-cifar"))
    assert found.title == other.title
    for picture, (name, sure) in zip(pictures, found.answers, strict=True):
        shares = other.module(input_of(other, picture)).softmax(1)[0]
        assert name == other.label(int(shares.argmax()))
        assert sure == pytest.approx(float(shares.max()), abs=1e-4)
    answer = engine.answer(AnswerRequest(3, 1, pixels(0)))
    assert isinstance(answer, Answer)
    assert answer.logits.shape == (10,)  # the network that was loaded is there as before


def test_that_a_network_without_classes_has_no_opinion() -> None:
    with pytest.raises(Problem, match="does not answer with classes"):
        list(Engine().job(OpinionRequest(1, ModelChoice("dynamics"), (pixels(0),), "cpu")))


@pytest.mark.parametrize(("model", "channels", "side"), [("lenet", 1, 28), ("resnet-cifar", 3, 48)])
def test_that_a_change_is_laid_on_the_picture_and_cut_off_at_black_and_white(
    model: str, channels: int, side: int
) -> None:
    engine, picture = Engine(), pixels(0, side)
    if channels == 1:
        picture = np.repeat(picture[..., :1], 3, axis=2)
    list(engine.job(LoadRequest(1, 1, ModelChoice(model), "cpu")))
    levels = np.random.default_rng(1).integers(-90, 91, (side, side, channels))
    found = engine.answer(AnswerRequest(2, 1, picture, change=(levels / 255).astype(np.float32)))
    assert isinstance(found, Answer)
    changed = np.clip(picture.astype(np.int64) + levels, 0, 255).astype(np.uint8)
    expected = engine.answer(AnswerRequest(3, 1, changed))
    assert isinstance(expected, Answer)
    assert np.allclose(found.logits, expected.logits, atol=1e-3)
    with pytest.raises(Problem, match="another size"):
        engine.answer(AnswerRequest(4, 1, picture, change=np.zeros((5, 5, channels), np.float32)))


def test_that_a_change_is_not_laid_on_what_has_numbers_of_its_own() -> None:
    engine = Engine()
    list(engine.job(LoadRequest(1, 1, ModelChoice("lenet"), "cpu")))
    numbers = np.random.default_rng(0).random((28, 28), dtype=np.float32) * 4000
    scan = Planes(planes=(numbers,), ranges=(Range(float(numbers.min()), float(numbers.max()), 0.0, 4000.0),))
    with pytest.raises(Problem, match="numbers of its own"):
        engine.answer(AnswerRequest(2, 1, scan, change=np.zeros((28, 28, 1), np.float32)))
