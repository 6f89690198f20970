"""A table seen from above: rigid rectangles, one of which is grasped and dragged, pushing the others."""

from analysis.simulation.picture import render, with_grasp
from analysis.simulation.pushing import simulate_all
from analysis.simulation.scene import (
    SIDE,
    Grasp,
    Grasps,
    Rectangle,
    Scene,
    Scenes,
    random_grasps,
    random_scene,
    random_scenes,
)

__all__ = [
    "SIDE",
    "Grasp",
    "Grasps",
    "Rectangle",
    "Scene",
    "Scenes",
    "random_grasps",
    "random_scene",
    "random_scenes",
    "render",
    "simulate_all",
    "with_grasp",
]
