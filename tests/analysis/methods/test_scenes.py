"""The prediction of the dynamics network beside the truth of the simulation."""

import numpy as np
import pytest

from analysis.methods.scenes.prediction import Prediction
from analysis.network.network import Network
from analysis.opening import catalogue
from analysis.opening.loading import finished
from analysis.pictures.images import open_origin
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice
from analysis.question.question import Question
from analysis.simulation import Grasps, render, simulate_all
from analysis.simulation.scene import random_grasps, random_scene, stacked


@pytest.fixture(scope="module")
def network() -> Network:
    return finished(catalogue.load(ModelChoice("dynamics")), lambda step: None)


def asked(network: Network) -> Question:
    return Question(network, network.input_of_fitted(network.picture(open_origin("scene:0"))))


def test_that_the_truth_is_what_the_simulation_says(network: Network) -> None:
    *_, last = Prediction(scenes=2, first=5).run(asked(network))
    for row, seed in enumerate((5, 6)):
        scene = stacked([random_scene(seed)])
        way = random_grasps(scene, np.random.default_rng(seed))
        after = render(simulate_all(scene, Grasps(way.starts, way.ends)).scene(0))
        assert np.array_equal(last.arrays["truth"][row], after.astype(np.float32) / 255)
    assert last.arrays["scene"].tolist() == [5, 6]


def test_that_the_prediction_is_the_networks_own_and_better_than_that_nothing_moves(network: Network) -> None:
    import torch

    *_, last = Prediction(scenes=4).run(asked(network))
    with torch.no_grad():
        alone = network.module(network.input_of_fitted(network.picture(open_origin("scene:2"))))[0, 0].numpy()
    assert np.array_equal(last.arrays["result"][2], alone)
    own, still = last.arrays["error"].mean(axis=0)
    assert own < still / 2
    wrong = np.mean((last.arrays["result"][1] - last.arrays["truth"][1]) ** 2)
    assert last.arrays["error"][1, 0] == pytest.approx(wrong, rel=1e-4)


def test_that_other_networks_are_refused_in_a_sentence() -> None:
    lenet = finished(catalogue.load(ModelChoice("lenet")), lambda step: None)
    question = Question(lenet, lenet.input_of_fitted(lenet.picture(open_origin("sample:digit-5"))))
    with pytest.raises(Problem, match="predicts no scenes"):
        list(Prediction().run(question))
