"""Maps of points: t-SNE against scikit-learn's (both to the end, with Kullback and Leibler's divergence of each counted
over all pairs), a new point in a map of 10,000, and a million points on the canvas and under the mouse.

Both sides take turns and have the same threads. UNDERHOOD_POINTS=5000 asks that size alone, and UNDERHOOD_POINTS=0 none
of them: then the rest is measured.
"""

import os
from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import torch

ROUNDS = 3
PERPLEXITY = 50.0
ONLY = os.environ.get("UNDERHOOD_POINTS")
SIZES = ((1797, 64), (5000, 256), (10_000, 128))


def tables() -> Iterator[str]:
    sizes = [size for size in SIZES if ONLY is None or size[0] == int(ONLY)]
    if sizes:
        yield f"{'points':>14}{'ours':>9}{'KL':>8}{'scikit-learn':>14}{'KL':>8}{'ratio':>8}"
    for count, width in sizes:
        yield _against_scikit_learn(f"{count:,} × {width}", _cloud(count, width))
    if ONLY not in (None, "0"):
        return
    yield ""
    yield f"one new point in a map of 10,000 × 50: {_landing():.1f} ms"
    yield ""
    yield from _canvas()


def _cloud(count: int, width: int) -> Any:
    from sklearn.datasets import load_digits, make_blobs

    if count == 1797:
        return load_digits().data.astype(np.float32)
    return make_blobs(count, width, centers=10, cluster_std=4.0, random_state=0)[0].astype(np.float32)


def _against_scikit_learn(name: str, points: Any) -> str:
    from sklearn.manifold import TSNE

    from analysis.population.affinities import joint, neighbours_for
    from analysis.population.distances import nearest
    from analysis.population.tsne import divergence

    both = joint(nearest(points, neighbours_for(PERPLEXITY)), PERPLEXITY)
    other = TSNE(perplexity=PERPLEXITY, init="pca", random_state=0, n_jobs=torch.get_num_threads())
    times, found = [], {}
    for _ in range(ROUNDS if len(points) < 9000 else 1):
        pair = []
        for side, make in (("ours", lambda: _ours(points)), ("theirs", lambda: other.fit_transform(points))):
            seconds, places = _timed(make)
            pair.append(seconds)
            found[side] = divergence(both, places)
        times.append(pair)
    ours, theirs = (median(column) for column in zip(*times, strict=True))
    ratio = median(pair[1] / pair[0] for pair in times)
    return f"{name:>14}{ours:8.2f}s{found['ours']:8.3f}{theirs:13.2f}s{found['theirs']:8.3f}{ratio:8.2f}"


def _ours(points: Any) -> Any:
    """All of it: neighbours, components, descent."""
    from analysis.methods.embeddings.tsne import Tsne
    from analysis.population.distances import nearest

    technique = Tsne(perplexity=PERPLEXITY)
    *_, last = technique.fold(points, nearest(points, technique.needed(len(points))), None, 0)
    return last.places


def _timed(make: Callable[[], Any]) -> tuple[float, Any]:
    began = perf_counter()
    made = make()
    return perf_counter() - began, made


def _landing() -> float:
    from analysis.population.landing import Ground
    from analysis.results.kinds import LayerMap

    random = np.random.default_rng(0)
    vectors = random.normal(size=(10_000, 50)).astype(np.float32)
    places = (random.normal(size=(10_000, 2)) * 40).astype(np.float32)
    near, groups = np.zeros((10_000, 10), np.int64), random.integers(10, size=10_000)
    ground = Ground(LayerMap("layer", places, vectors, near, groups, groups, "whole"), groups, 10)
    return _milliseconds(lambda: ground.land(vectors[3] + 0.1))


def _canvas() -> Iterator[str]:
    from gui.views.point_raster import Finder, on_screen, raster, whole

    random = np.random.default_rng(0)
    places = random.normal(size=(1_000_000, 2)).astype(np.float32)
    inks = random.integers(0, 1 << 24, 1_000_000).astype(np.uint32) | np.uint32(0xFF000000)
    size = (1000, 800)
    sight = whole(places, size)
    drawn = _milliseconds(lambda: raster(*on_screen(places, sight, size), inks, size, 0, 1))
    nearer = sight.zoomed(8, (500, 400), size)
    zoomed = _milliseconds(lambda: raster(*on_screen(places, nearer, size), inks, size, 0, 1))
    finder = Finder(places)
    picked = _milliseconds(lambda: finder.nearest(0.2, -0.1, 9 / sight.scale))
    yield f"a million points on 1000 × 800 pixels: {drawn:.1f} ms a frame, {zoomed:.1f} ms near, a pick {picked:.2f}"


def _milliseconds(make: Callable[[], Any]) -> float:
    make()
    return median(_timed(make)[0] for _ in range(15)) * 1e3
