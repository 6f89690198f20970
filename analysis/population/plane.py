"""Vectors in, places in a plane out: t-SNE at once, for whoever needs a map and not the way to it."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.population.affinities import joint, neighbours_for
from analysis.population.components import principal_of
from analysis.population.distances import nearest
from analysis.population.tsne import Descent, usual_steps

Array = Any
FEWEST = 12  # points that have neighbours to speak of
PERPLEXITY = 50.0
COMPONENTS = 50


def neighbourly(vectors: Array, seed: int = 0) -> Array | None:
    """Points × 2, as whoever asks again gets them; None where there are too few or all are alike."""
    values = np.asarray(vectors, np.float32)
    if len(values) < FEWEST or (values == values[:1]).all():
        return None
    if values.shape[1] > COMPONENTS:
        values = principal_of(values, COMPONENTS, seed).of(values)
    perplexity = min(PERPLEXITY, (len(values) - 1) / 3)
    both = joint(nearest(values, neighbours_for(perplexity)), perplexity)
    start = principal_of(values, 2, seed).of(values)
    steps = usual_steps(len(values))
    descent = Descent(both, np.pad(start, ((0, 0), (0, 2 - start.shape[1]))), steps=steps)
    for _ in range(steps):
        descent.step()
    return descent.places
