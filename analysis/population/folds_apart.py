"""UMAP and PaCMAP in a process of their own: `python -m analysis.population.folds_apart umap`.

Both are compiled while they begin, which takes half a minute for the first map and would stand in everybody's way;
neither says anything before it is done, and a fault of the compiled code ends the process that it happens in. Here none
of that reaches who asks. What is asked comes on the standard input, what is told goes to the standard output, as a line
of JSON and bare numbers. After each picture of the map so far it waits to be told to go on.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from time import perf_counter
from typing import IO, Any

import numpy as np

Array = Any
Seen = Callable[[Array, float], None]  # the map so far, and how far it is

OFTEN = 0.04  # seconds between two pictures of a map
BEGINS = 10.0  # how wide UMAP lays out what it begins with
PHASES = 450  # steps of the three phases of PaCMAP


def say(stream: IO[bytes], words: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Numbers go bare, with their type and shape in the line: NumPy's own files ask where they are in a file."""
    whole = {name: np.ascontiguousarray(values) for name, values in arrays.items()}
    described = [(name, values.dtype.str, values.shape) for name, values in whole.items()]
    stream.write((json.dumps({**words, "arrays": described}) + "\n").encode())
    for values in whole.values():
        stream.write(values.tobytes())
    stream.flush()


def hear(stream: IO[bytes]) -> tuple[dict[str, Any], dict[str, Array]] | None:
    """None when nothing comes any more."""
    line = stream.readline()
    if not line:
        return None
    words, arrays = json.loads(line), {}
    for name, kind, shape in words.pop("arrays"):
        room = np.empty(shape, np.dtype(kind))
        arrays[name] = np.frombuffer(bytearray(stream.read(room.nbytes)), room.dtype).reshape(shape)
    return words, arrays


def umap(asked: Mapping[str, Any], given: Mapping[str, Array]) -> Array:
    from umap import UMAP

    vectors, dimensions = given["vectors"], int(asked["dimensions"])
    count = min(int(asked["near"]), len(vectors))
    itself = np.arange(len(vectors))[:, None]
    indices = np.concatenate([itself, given["indices"]], 1)[:, :count]
    distances = np.concatenate([itself * 0.0, np.sqrt(given["squares"])], 1)[:, :count]
    fold = UMAP(
        n_neighbors=count,
        n_components=dimensions,
        n_epochs=int(asked["iterations"]) or None,
        min_dist=float(asked["apart"]),
        init=_begun(given["start"], int(asked["seed"])),
        random_state=int(asked["seed"]),
        n_jobs=1,
        precomputed_knn=(indices.astype(np.int32), distances.astype(np.float32)),
        force_approximation_algorithm=True,  # or few points are compared anew
    )
    return fold.fit_transform(vectors)


def pacmap(asked: Mapping[str, Any], given: Mapping[str, Array]) -> Array:
    from pacmap import PaCMAP

    vectors, dimensions = given["vectors"], int(asked["dimensions"])
    if vectors.shape[1] < dimensions:
        vectors = np.pad(vectors, ((0, 0), (0, dimensions - vectors.shape[1])))
    fold = PaCMAP(
        n_components=dimensions,
        n_neighbors=int(asked["near"]),
        apply_pca=min(vectors.shape) > 100,
        random_state=int(asked["seed"]),
    )
    return fold.fit_transform(vectors, init=_begun(given["start"], int(asked["seed"])))


def _begun(start: Array, seed: int) -> Array:
    """As wide as UMAP lays out a map of its own; no axis along which all points lie alike, and no two at one place."""
    places = np.array(start, np.float32)
    places -= places.min(0)
    widest = float(places.max())
    places *= BEGINS / widest if widest > 0 else 0.0
    return places + np.random.default_rng(seed).normal(scale=1e-4 * BEGINS, size=places.shape).astype(np.float32)


# Neither tells how far it is: what they do at each step is done here besides, where they are built as we know them.
_told: list[Seen] = []  # who is told of the map that is being made


def _tell(places: Array, share: float) -> None:
    for seen in _told:
        seen(places, share)


def _watch_umap() -> None:
    from umap import layouts, umap_

    plain = getattr(umap_, "optimize_layout_euclidean", None)
    if plain is None or not hasattr(layouts, "tqdm"):
        return
    places: list[Array] = []

    def noted(head_embedding: Array, *rest: Any, **named: Any) -> Any:
        places[:] = [head_embedding]
        return plain(head_embedding, *rest, **named)

    def each(steps: Iterable[Any], **_: Any) -> Iterator[Any]:
        steps = list(steps)
        for number, step in enumerate(steps):
            yield step
            if places:
                _tell(places[0], (number + 1) / len(steps))

    umap_.optimize_layout_euclidean, layouts.tqdm = noted, each


def _watch_pacmap() -> None:
    from pacmap import pacmap as inside

    plain = getattr(inside, "update_embedding_adam", None)
    if plain is None:
        return

    def watched(places: Array, *rest: Any) -> None:
        plain(places, *rest)
        _tell(places, min((int(rest[-1]) + 1) / PHASES, 1.0))

    inside.update_embedding_adam = watched


FOLDS: Mapping[str, tuple[Callable[[Mapping[str, Any], Mapping[str, Array]], Array], Callable[[], None]]] = {
    "umap": (umap, _watch_umap),
    "pacmap": (pacmap, _watch_pacmap),
}


def _warmed(kind: str) -> None:
    """Few points are folded once, so that what is to be compiled is when the first map is asked for."""
    random = np.random.default_rng(0)
    vectors = random.normal(size=(64, 8)).astype(np.float32)
    apart = ((vectors[:, None] - vectors[None]) ** 2).sum(2)
    order = np.argsort(apart, 1)[:, 1:16].astype(np.int32)
    squares = np.take_along_axis(apart, order, 1)
    given = {"vectors": vectors, "start": vectors[:, :2], "indices": order, "squares": squares}
    FOLDS[kind][0]({"near": 10, "dimensions": 2, "iterations": 2, "apart": 0.1, "seed": 0}, given)


def _each_asked(kind: str, asks: IO[bytes], tells: IO[bytes]) -> None:
    fold, watch = FOLDS[kind]
    try:
        _warmed(kind)
        watch()
        say(tells, {"said": "ready"}, {})
    except Exception as error:  # it is not there, or not as it should be
        say(tells, {"said": "failed", "words": f"{type(error).__name__}: {error}"}, {})
        return
    while (heard := hear(asks)) is not None:
        asked, given = heard
        last = perf_counter()

        def seen(places: Array, share: float) -> None:
            nonlocal last
            if perf_counter() - last < OFTEN:
                return
            say(tells, {"said": "so far", "share": share}, {"places": np.asarray(places, np.float32)})
            if not asks.readline():
                os._exit(0)  # who asked is gone
            last = perf_counter()

        _told[:] = [seen]
        try:
            places = fold(asked, given)
        except Exception as error:  # of code that is not ours; it is told in words
            say(tells, {"said": "failed", "words": f"{type(error).__name__}: {error}"}, {})
            continue
        say(tells, {"said": "done"}, {"places": np.asarray(places, np.float32)})


def main(kind: str) -> None:
    asks, tells = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is none of ours
    if hasattr(os, "nice"):
        os.nice(5)
    warnings.filterwarnings("ignore")
    _each_asked(kind, asks, tells)


if __name__ == "__main__":
    main(sys.argv[1])
