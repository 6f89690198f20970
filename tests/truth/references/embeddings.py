"""Maps of layers: how far points lie apart along principal components, and what is told of a sheet that is known."""

from __future__ import annotations

import numpy as np
import torch

from analysis.methods.embeddings.swiss_roll import rolled
from analysis.network.maps import maps_of
from analysis.protocol.origin import Origin
from tests.analysis.few_pictures import FewPictures
from tests.truth.case import Arrays, Case, Pair, Pairs, Reference
from tests.truth.plain import Plain


def _vectors(plain: Plain, case: Case, found: Arrays) -> np.ndarray:  # type: ignore[type-arg]
    node = case.question.layer
    assert node is not None
    pool = vars(case.technique)["pool"]
    rows = []
    for name in found["pictures"].tolist():
        pixels = FewPictures().picture(int(str(Origin.parse(name).place)))
        picture = case.network.input_of_fitted(case.network.picture(pixels))[0]
        with torch.no_grad():
            maps = maps_of(node, plain.output(node.path, picture)).double().flatten(2)[0]
        rows.append((maps.mean(1) if pool == "mean" else maps.amax(1) if pool == "max" else maps.flatten()).numpy())
    return np.stack(rows)


def along_components(plain: Plain, case: Case, found: Arrays) -> Pairs:
    """The squares along each axis add up to a singular value's square."""
    vectors = _vectors(plain, case, found)
    vectors = vectors - vectors.mean(0)
    strengths = np.linalg.svd(vectors, compute_uv=False) ** 2
    wanted = np.zeros(2)
    wanted[: min(2, len(strengths))] = strengths[:2]
    spread = (found["result"][0].astype(np.float64) ** 2).sum(0)
    return {"spread": Pair(spread, wanted, float((_vectors(plain, case, found) ** 2).sum()))}


def told_apart(plain: Plain, case: Case, found: Arrays) -> Pairs:
    """Each point is the picture that it says, with its class; where it lies is measured in the tests of t-SNE."""
    numbers = [int(str(Origin.parse(name).place)) for name in found["pictures"].tolist()]
    wanted = np.array([FewPictures().label(number) for number in numbers], np.float64)
    return {"labels": Pair(found["labels"] + 1.0, wanted + 1)}


def on_the_sheet(plain: Plain, case: Case, found: Arrays) -> Pairs:
    settings = vars(case.technique)
    _, along, across = rolled(settings["points"], settings["noise"], case.seed)
    sheet = np.stack([along, across], 1)
    one, other = np.triu_indices(len(sheet), 1)
    true = np.linalg.norm(sheet[one] - sheet[other], axis=1)
    order = np.argsort(np.argsort(true))
    wanted = []
    for places in found["result"].astype(np.float64):
        apart = np.linalg.norm(places[one] - places[other], axis=1)
        wanted.append(np.corrcoef(np.argsort(np.argsort(apart)), order)[0, 1])
    return {"geodesic": Pair(found["geodesic"], np.array(wanted), 1.0)}


EMBEDDINGS: dict[str, Reference] = {
    "tsne": told_apart,
    "pca": along_components,
    "k-means": along_components,
    "umap": told_apart,
    "pacmap": told_apart,
    "swiss-roll": on_the_sheet,
}
