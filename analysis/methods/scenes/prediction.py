"""What a network says will be on the table, beside what the simulation says (Fleuret 2016).

Scenes are drawn by their seeds, each with the grasp that its seed brings; the error is (prediction − truth)².
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.question.question import Question
from analysis.results.kinds import Floats, Tile, Tiles

if TYPE_CHECKING:
    from analysis.pictures.scene_choice import SceneChoice
    from analysis.protocol.frame import Pixels

COLUMNS = ("scene and grasp", "prediction", "truth", "prediction − truth")


@dataclass(frozen=True)
class Prediction:
    name: ClassVar[str] = "prediction"
    title: ClassVar[str] = "Prediction and truth"
    summary: ClassVar[str] = "What a network says will be on the table after a push, beside what really is there then."
    family: ClassVar[Family] = "scenes"
    gives: ClassVar[type[Tiles]] = Tiles
    asks: ClassVar[frozenset[Ask]] = frozenset()
    declares: ClassVar[Mapping[str, str]] = {
        "result": "what the network predicts, from 0 to 1, scenes × rows × columns",
        "truth": "what the simulation says, likewise",
        "before": "the scene before the push, likewise",
        "error": "mean squared error of each prediction, and of saying that nothing moves",
        "scene": "the seed of each scene",
    }
    live: ClassVar[bool] = False

    scenes: int = setting(4, "How many scenes.", low=1, high=64)
    first: int = setting(0, "The seed of the first scene; the others follow it.", low=0, high=10**9)

    def run(self, question: Question) -> Iterator[Progress]:
        import numpy as np

        from analysis.pictures.scene_choice import scene_choice

        seeds = range(self.first, self.first + self.scenes)
        befores: list[Floats] = []
        said: list[Floats] = []
        truths: list[Floats] = []
        tiles: list[Tile] = []
        for number, seed in enumerate(seeds, start=1):
            choice = scene_choice(f"scene:{seed}")
            truth = _after(choice)
            before = np.asarray(choice.picture[..., 0] / np.float32(255), np.float32)
            predicted = _predicted(question, choice.picture)
            befores.append(before)
            truths.append(truth)
            said.append(predicted)
            tiles += _row(choice.picture, predicted, truth)
            three = zip(said, befores, truths, strict=True)
            errors = [[_error(one, so), _error(was, so)] for one, was, so in three]
            numbers = {
                "result": np.stack(said),
                "truth": np.stack(truths),
                "before": np.stack(befores),
                "error": np.array(errors, np.float32),
                "scene": np.array(seeds[:number]),
            }
            names = tuple(f"scene {one}" for one in seeds[:number])
            words = _words(numbers["error"])
            yield Progress(number, self.scenes, Tiles(tuple(tiles), len(COLUMNS), words, numbers, names, COLUMNS))


def _after(choice: SceneChoice) -> Floats:
    """The scene when the finger has gone its way."""
    import numpy as np

    from analysis.simulation import Grasps, render, simulate_all
    from analysis.simulation.scene import stacked

    way = Grasps(np.array([choice.grasp.start], float), np.array([choice.grasp.end], float))
    after = render(simulate_all(stacked([choice.scene]), way).scene(0))
    return np.asarray(after / np.float32(255), np.float32)


def _predicted(question: Question, picture: Pixels) -> Floats:
    import torch

    from analysis.network.network import as_array
    from analysis.protocol.problems import Problem

    network = question.network
    if network.output != "picture" or network.preprocessing.channels != 2:
        raise Problem(
            f"{network.title} predicts no scenes: choose a network that sees a scene and a grasp, such as dynamics."
        )
    with torch.no_grad():
        answer = network.module(network.input_of_fitted(network.picture(picture)))
    found = as_array(answer[0])
    if found.shape != (1, *picture.shape[:2]):
        raise Problem(f"{network.title} answers with {found.shape} numbers, not with one picture of the scene's size.")
    map_: Floats = found[0]
    return map_


def _row(picture: Pixels, predicted: Floats, truth: Floats) -> list[Tile]:
    off = _error(predicted, truth)
    return [
        Tile(picture, words="red: the scene, green: the finger's way"),
        Tile(_levels(predicted), words="what the network says will be there"),
        Tile(_levels(truth), words="what the simulation says"),
        Tile(predicted - truth, words=f"mean squared error {off:.2g}", low=-1.0, high=1.0),
    ]


def _levels(values: Floats) -> Pixels:
    import numpy as np

    grey = np.clip(np.rint(values * 255), 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def _error(one: Floats, truth: Floats) -> float:
    import numpy as np

    return float(np.mean((one.astype(np.float64) - truth) ** 2))


def _words(errors: Floats) -> str:
    own, still = errors.mean(axis=0)
    return (
        f"The network is off by {own:.2g} in the mean square, who says that nothing moves by {still:.2g}. "
        "The difference is drawn from −1 to 1."
    )
