"""The dynamics network on simulated tables, each also turned and mirrored: physics does not know left from right."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from analysis.protocol.problems import Problem
from analysis.simulation.picture import render_all, render_grasps
from analysis.simulation.pushing import grasped, simulate_all
from analysis.simulation.scene import Grasps, Scenes, random_grasps, random_scenes
from analysis.training.course import Batch, Course, Moment, builtin_named, normalised
from analysis.training.examples import Examples

DYNAMICS = builtin_named("dynamics")
SCENES, TEST_SCENES = 20_000, 2_000
TEST_SEED = 1_000_003
BATCH = 64


def course() -> Course:
    return Course(
        builtin=DYNAMICS,
        epochs=12,
        optimiser="adam",
        rate=2e-3,
        weight_decay=1e-2,
        bfloat16=True,
        gather=_gather,
        batch_count=_batch_count,
        batches=_batches,
        loss=functional.mse_loss,
        score=_score,
        data=f"{SCENES:,} simulated tables to learn from, {TEST_SCENES:,} others to be judged by",
        licence="weights: MIT, as this program; data: made by this program",
    )


def _gather(file: Path | None, downloads: Path, seed: int) -> Examples:
    if file is not None:
        raise Problem("The dynamics network simulates its own examples: leave out --data.")
    # The test's seed is odd and large and the training's even, so that they never share a table.
    return Examples(*_pictures(*_tables(SCENES, 2 * seed)), *_pictures(*_test_tables()))


def _test_tables() -> tuple[Scenes, Grasps]:
    return _tables(TEST_SCENES, TEST_SEED)


def _tables(count: int, seed: int) -> tuple[Scenes, Grasps]:
    random = np.random.default_rng(seed)
    scenes = random_scenes(count, random)
    return scenes, random_grasps(scenes, random)


def _pictures(scenes: Scenes, grasps: Grasps) -> tuple[Tensor, Tensor]:
    """The network's inputs N×2×H×W and the pictures N×1×H×W of what happens."""
    inputs = np.stack([render_all(scenes), render_grasps(grasps)], axis=1)
    results = render_all(simulate_all(scenes, grasps))
    return torch.from_numpy(inputs), torch.from_numpy(results[:, None])


def _batch_count(examples: Examples) -> int:
    return max(1, len(examples.inputs) // BATCH)


def _batches(examples: Examples, moment: Moment) -> Iterator[Batch]:
    order = torch.randperm(len(examples.inputs), generator=moment.random)
    for number in range(_batch_count(examples)):
        chosen = order[number * BATCH : (number + 1) * BATCH]
        inputs = _in_eight_ways(examples.inputs[chosen])
        yield normalised(inputs, DYNAMICS), _in_eight_ways(examples.targets[chosen]).float() / 255


def _in_eight_ways(pictures: Tensor) -> Tensor:
    """An eighth of the batch in each of the square's symmetries; the shuffling decides which table gets which."""
    ways = [
        torch.rot90(part.flip(-1) if number % 2 else part, number // 2, (-2, -1))
        for number, part in enumerate(pictures.chunk(8))
    ]
    return torch.cat(ways)


def _score(network: nn.Module, examples: Examples, thorough: bool) -> Mapping[str, float]:
    """Mean squared errors of pictures from 0 to 1, beside those of two simple guesses."""
    truth = examples.test_targets.float() / 255
    scores = {"test_mse": _error(_predictions(network, examples.test_inputs), truth)}
    if not thorough:
        return scores
    scores["nothing_moves_mse"] = _error(examples.test_inputs[:, :1].float() / 255, truth)
    scores["only_the_grasped_moves_mse"] = _error(_only_the_grasped_moves().float() / 255, truth)
    return scores


def _predictions(network: nn.Module, inputs: Tensor) -> Tensor:
    device = next(network.parameters()).device
    parts = (inputs[start : start + BATCH] for start in range(0, len(inputs), BATCH))
    return torch.cat([network(normalised(part, DYNAMICS).to(device)).cpu() for part in parts])


def _error(pictures: Tensor, truth: Tensor) -> float:
    return float((pictures - truth).square().mean())


def _only_the_grasped_moves() -> Tensor:
    """The test tables where the grasped rectangle goes with the finger, unturned, and pushes nothing."""
    scenes, grasps = _test_tables()
    held = grasped(scenes, grasps.starts)
    centres = scenes.centres.copy()
    some = np.flatnonzero(held >= 0)
    centres[some, held[some]] += (grasps.ends - grasps.starts)[some]
    return torch.from_numpy(render_all(Scenes(centres, scenes.angles, scenes.halves))[:, None])
