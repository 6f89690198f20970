"""What every map of layers has in common: the pictures go through the network once, and each layer is folded in turn.

A layer begins with the map of the one before it and is turned as that lies, so that neighbouring layers can be compared
with the eye.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from analysis.methods.method import Ask, Family, Progress
from analysis.protocol.problems import Problem
from analysis.results.kinds import Embedding, LayerMap

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from analysis.network.network import Network
    from analysis.population.collecting import Collected
    from analysis.population.distances import Nearest
    from analysis.population.vectors import Pooling
    from analysis.question.question import Question

Array = Any
WHOLE = 10_000_000  # parts that a run is told in: so many that they are told in percent
PICTURES = WHOLE * 3 // 10  # of them the network takes
MOMENT = 0.04  # seconds of a step

DECLARES: Mapping[str, str] = {
    "result": "places of the points in the map of each layer: layers × points × 2 or 3",
    "layers": "the layers",
    "labels": "the class of each point by the data set, −1 where it has none",
    "classes": "the names of the classes",
    "predictions": "the class that the network answers, −1 where it answers with none",
    "pictures": "where each point comes from",
    "votes": "the class of most of the true neighbours of each point, by layer",
    "clusters": "k-means in each layer",
    "accuracy": "share of the points whose neighbours have their class, by layer; −1 where nothing is labelled",
    "trust": "trustworthiness of each point in each map",
    "continuity": "continuity of each point in each map",
    "decided": "after how many layers the vote of a point is that of the last layer",
}


@dataclass(frozen=True, eq=False)
class Folded:
    """A map so far. `share` is how far it is; `numbers` are told of the whole map."""

    places: Array
    share: float
    numbers: Mapping[str, float]
    directions: tuple[Array, Array] | None = None


class MapsOfLayers:
    """What every technique says of itself that folds the layers of a network."""

    family: ClassVar[Family] = "embeddings"
    gives: ClassVar[type[Embedding]] = Embedding
    asks: ClassVar[frozenset[Ask]] = frozenset({"data", "layer", "seed"})
    declares: ClassVar[Mapping[str, str]] = DECLARES
    live: ClassVar[bool] = False


class Asked(Protocol):
    """The settings of every technique that folds layers."""

    @property
    def pictures(self) -> int: ...
    @property
    def pool(self) -> str: ...
    @property
    def components(self) -> int: ...
    @property
    def neighbours(self) -> int: ...
    @property
    def clusters(self) -> int: ...
    @property
    def dimensions(self) -> int: ...

    def needed(self, points: int) -> int:
        """Neighbours of each point; a number of points that cannot be folded is a Problem."""
        ...

    def fold(self, vectors: Array, near: Nearest, start: Array | None, seed: int) -> Iterator[Folded | None]:
        """None while there is nothing to be seen."""
        ...


Fold = Callable[["Array", "Nearest", "Array | None", int], Iterator["Folded | None"]]  # as `Asked.fold`


def walked(question: Question, technique: Asked, shown: str = "class", fold: Fold | None = None) -> Iterator[Progress]:
    """`fold` is another one than the technique's own."""
    from analysis.population.collecting import chosen_layers, collected

    network, data = question.network, question.data
    if data is None:
        raise Problem("Maps of layers are about a whole data set: choose one first.")
    paths = question.layers or ((question.layer.path,) if question.layer is not None else ())
    if not paths:
        raise Problem("Maps of layers need a layer: choose one or several.")
    wanted = min(technique.pictures, data.count)
    technique.needed(wanted)
    layers = chosen_layers(network, paths, _pooling(technique.pool), wanted)
    yield Progress(0, WHOLE)
    found: Collected | None = None
    for done, total, some in collected(network, data, layers, wanted, question.seed, question.pace):
        found = some
        yield Progress(PICTURES * done // max(total, 1), WHOLE, note=f"Picture {done:,} of {total:,}")
    assert found is not None
    technique.needed(len(found.indices))
    base = _base(network, data.classes, found, shown)
    notes = " ".join(found.notes)
    left = list(found.vectors)
    del found  # what is folded is not kept
    maps: list[LayerMap] = []
    for number, layer in enumerate(layers):
        vectors = left.pop(0)
        last: LayerMap | None = None
        steps = of_layer(technique, base, layer.path, str(layer.pooling), vectors, maps, question.seed, fold)
        for share, one in steps:
            done = min(PICTURES + int((number + share) / len(layers) * (WHOLE - PICTURES)), WHOLE - 1)
            if one is None:
                yield Progress(done, WHOLE, numbered(base, maps) if maps else None, f"Neighbours in {layer.path}")
                continue
            yield Progress(done, WHOLE, numbered(base, [*maps, one]), f"The map of {layer.path}: {one.words}")
            last = one
        assert last is not None
        maps.append(last)
    whole = numbered(base, maps)
    yield Progress(WHOLE, WHOLE, whole, notes)


def _pooling(name: str) -> Pooling:
    from analysis.population.vectors import POOLINGS

    return next(one for one in POOLINGS if one == name)


def of_layer(
    technique: Asked,
    base: Embedding,
    path: str,
    pooling: str,
    vectors: Array,
    before: list[LayerMap],
    seed: int,
    fold: Fold | None = None,
) -> Iterator[tuple[float, LayerMap | None]]:
    import numpy as np

    from analysis.population.clusters import clustered
    from analysis.population.components import principal
    from analysis.population.distances import Nearest
    from analysis.population.quality import neighbourhoods_kept, neighbours_right, votes_of

    reduced: tuple[Array, Array] | None = None
    said = ""
    width = vectors.shape[1]
    if technique.components and width > technique.components:
        parts = None
        for step in principal(vectors, technique.components, seed):
            parts = step
            yield 0.0, None
        assert parts is not None
        vectors, reduced = parts.of(vectors), (parts.mean, parts.directions)
        said = f"{len(parts.directions)} components of {width:,} ({100 * parts.explained.sum():.0f} % of the variance)"
    near = Nearest(vectors, max(technique.needed(len(vectors)), technique.neighbours))
    for done in near.steps():
        yield 0.1 * done / len(vectors), None
    groups = None
    for best in clustered(vectors, technique.clusters, seed):
        groups = best
        yield 0.1, None
    assert groups is not None
    true = near.indices[:, : technique.neighbours]
    votes = votes_of(base.groups, true, len(base.group_names))
    accuracy = neighbours_right(base.groups, votes)
    numbers = {} if np.isnan(accuracy) else {"accuracy": accuracy}
    numbers["spread"] = groups.spread
    whole = LayerMap(path, vectors[:, :2], vectors, true, votes, groups.of, pooling, reduced, numbers=numbers)
    if (vectors == vectors[:1]).all():
        places = np.zeros((len(vectors), technique.dimensions), np.float32)
        ones = np.ones(len(vectors), np.float32)
        yield 1.0, replace(whole, places=places, trust=ones, continuity=ones, words="All pictures are alike here.")
        return
    start = before[-1].places if before and before[-1].places.any() else None
    folded: Folded | None = None
    for step_of_map in (fold or technique.fold)(vectors, near, start, seed):
        if step_of_map is None:
            yield 0.1, None
            continue
        folded = _as_before(step_of_map, start)
        told = {**numbers, **folded.numbers}
        words = words_of(told, said)
        whole = replace(whole, places=folded.places, numbers=told, directions=folded.directions, words=words)
        yield 0.1 + 0.75 * folded.share, whole
    assert folded is not None
    kept = None
    for measured in neighbourhoods_kept(vectors, whole.places, near.indices, technique.neighbours):
        kept = measured
        yield 0.9, whole
    assert kept is not None
    told = {**whole.numbers, "trustworthiness": float(kept.trust.mean()), "continuity": float(kept.continuity.mean())}
    yield 1.0, replace(whole, trust=kept.trust, continuity=kept.continuity, numbers=told, words=words_of(told, said))


def _as_before(folded: Folded, before: Array | None) -> Folded:
    """Turned as the map of the layer before lies; what is a projection keeps its axes, but for their signs."""
    from analysis.population.turning import signs_towards, turned_towards

    if before is None or before.shape != folded.places.shape:
        return folded
    if folded.directions is None:
        return replace(folded, places=turned_towards(folded.places, before))
    mean, directions = folded.directions
    signs = signs_towards(folded.places, before)
    return replace(folded, places=folded.places * signs, directions=(mean, directions * signs[:, None]))


_TOLD = {
    "accuracy": "k-NN {:.1f} %",
    "trustworthiness": "trustworthiness {:.3f}",
    "continuity": "continuity {:.3f}",
    "geodesic": "rank correlation with distances on the sheet {:.3f}",
    "divergence": "KL {:.3f}",
    "explained": "{:.0f} % of the variance",
}


def words_of(numbers: Mapping[str, float], said: str) -> str:
    told = [form.format(numbers[name] * (100 if "%" in form else 1)) for name, form in _TOLD.items() if name in numbers]
    return " · ".join([*told, *([said] if said else [])])


def _base(network: Network, classes: tuple[str, ...], found: Collected, shown: str) -> Embedding:
    names = network.labels or tuple(f"{network.numbers} {n}" for n in range(int(found.predictions.max(initial=-1)) + 1))
    right = _right(classes, network.labels, found)
    return Embedding(
        maps=(),
        groups=found.labels,
        group_names=classes,
        predictions=found.predictions,
        prediction_names=tuple(names),
        right=right,
        names=found.origins,
        sprites=found.sprites,
        units=found.units,
        shown=shown if classes or shown != "class" else "cluster",
    )


def _right(classes: tuple[str, ...], labels: tuple[str, ...] | None, found: Collected) -> NDArray[np.int8]:
    """By the names of the classes where both have the same ones, else by their numbers where both have as many."""
    import numpy as np

    ours = {name.casefold(): number for number, name in enumerate(labels or ())}
    of_class = np.array([ours.get(name.casefold(), -1) for name in classes], np.int64)
    if len(classes) and (of_class < 0).all() and (labels is None or len(labels) == len(classes)):
        of_class = np.arange(len(classes))
    if not len(classes):
        return np.full(len(found.labels), -1, np.int8)
    wanted = np.where(found.labels >= 0, of_class[found.labels], -1)
    told = (wanted >= 0) & (found.predictions >= 0)
    return np.where(told, wanted == found.predictions, -1).astype(np.int8)


def numbered(base: Embedding, maps: list[LayerMap]) -> Embedding:
    import numpy as np

    from analysis.population.quality import decided_after

    done = [one for one in maps if one.trust is not None and one.continuity is not None]
    numbers = {
        "result": np.stack([one.places for one in maps]),
        "layers": np.array([one.layer for one in maps], np.str_),
        "labels": base.groups,
        "classes": np.array(base.group_names, np.str_),
        "predictions": base.predictions,
        "pictures": np.array(base.names, np.str_),
        "votes": np.stack([one.votes for one in maps]),
        "clusters": np.stack([one.clusters for one in maps]),
        "accuracy": np.array([one.numbers.get("accuracy", -1) for one in maps], np.float32),
        "decided": decided_after(np.stack([one.votes for one in maps])),
    }
    if len(done) == len(maps):
        numbers["trust"] = np.stack([one.trust for one in done if one.trust is not None])
        numbers["continuity"] = np.stack([one.continuity for one in done if one.continuity is not None])
    return replace(base, maps=tuple(maps), numbers=numbers)
