"""The picture of a simulated scene by its name in a recipe: `scene:SEED`, or `scene:SEED:X,Y:X,Y` with its grasp."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.protocol.frame import Pixels
from analysis.protocol.problems import Problem
from analysis.simulation import Grasp, Scene, random_grasps, random_scene, with_grasp
from analysis.simulation.scene import stacked

_NUMBER = r"(\d{1,3}(?:\.\d{1,9})?)"
_ORIGIN = re.compile(rf"scene:(\d{{1,18}})(?::{_NUMBER},{_NUMBER}:{_NUMBER},{_NUMBER})?")


@dataclass(frozen=True)
class SceneChoice:
    """A seed's scene and what is done in it; without a grasp of its own it has one that the seed brings."""

    seed: int
    own_grasp: Grasp | None = None

    @cached_property
    def scene(self) -> Scene:
        return random_scene(self.seed)

    @cached_property
    def grasp(self) -> Grasp:
        if self.own_grasp is not None:
            return self.own_grasp
        grasps = random_grasps(stacked([self.scene]), np.random.default_rng(self.seed))
        (x0, y0), (x1, y1) = grasps.starts[0].tolist(), grasps.ends[0].tolist()
        return Grasp((x0, y0), (x1, y1))

    @property
    def picture(self) -> Pixels:
        return with_grasp(self.scene, self.grasp.start, self.grasp.end)

    @property
    def origin(self) -> str:
        if self.own_grasp is None:
            return f"scene:{self.seed}"
        (x0, y0), (x1, y1) = self.own_grasp.start, self.own_grasp.end
        return f"scene:{self.seed}:{x0:.2f},{y0:.2f}:{x1:.2f},{y1:.2f}"


def scene_choice(origin: str) -> SceneChoice:
    match = _ORIGIN.fullmatch(origin)
    if match is None:
        raise Problem(f"“{origin}” is no scene: write scene:SEED, or scene:SEED:X,Y:X,Y with where the grasp goes.")
    seed, *places = match.groups()
    if places[0] is None:
        return SceneChoice(int(seed))
    x0, y0, x1, y1 = (float(place) for place in places)
    return SceneChoice(int(seed), Grasp((x0, y0), (x1, y1)))
