"""Attacks and breeding: what is said of the pictures that they give, computed plainly from these pictures."""

from __future__ import annotations

import numpy as np
import torch

from analysis.methods.adversaries.pgd import Pgd
from analysis.methods.adversaries.sphere import Sphere
from tests.truth.case import Arrays, Case, Pair, Pairs, Reference
from tests.truth.plain import Numbers, Plain

LEAST_ALREADY = ("ddn", "deepfool")  # which end at a border, with a picture that is not that of their last step


def attack(plain: Plain, case: Case, found: Arrays) -> Pairs:
    original = as_picture(case)
    result = found["result"].astype(np.float64)
    change = result - original
    assert result.min() >= 0, "it is no picture"
    assert result.max() <= 1, "it is no picture"
    levels = getattr(case.technique, "levels", None)
    if levels is not None and not (isinstance(case.technique, Pgd) and case.technique.norm == "l2"):
        assert np.abs(change).max() <= levels / 255 + 1e-6, "it goes further than it may"
    label = int(found["classes"][0])
    length = np.linalg.norm(original)
    pairs = {
        "original": Pair(found["original"], original, 1.0),
        "loss before": Pair(found["loss"][:1], np.array([loss(plain, case, original, label)]), 1.0),
        "ratio": Pair(found["ratio"], np.array(100 * np.linalg.norm(change) / length), 100.0),
        "largest": Pair(found["largest"], np.array(255 * np.abs(change).max()), 255.0),
    }
    if case.technique.name not in LEAST_ALREADY:
        pairs["loss after"] = Pair(found["loss"][-1:], np.array([loss(plain, case, result, label)]), 1.0)
    return pairs


def sphere(plain: Plain, case: Case, found: Arrays) -> Pairs:
    assert isinstance(case.technique, Sphere)
    answers = scores(plain, case, as_picture(case))
    return {
        "result": Pair(found["result"], found["changed"] / found["samples"]),
        "times": Pair(found["times"], found["radii"] / found["distance"]),
        "confidence": Pair(found["confidence"], np.array(np.exp(answers.max()))),
    }


def fooling(plain: Plain, case: Case, found: Arrays) -> Pairs:
    sure = [
        np.exp(scores(plain, case, picture.astype(np.float64))[index])
        for picture, index in zip(found["result"], found["classes"], strict=True)
    ]
    return {"confidence": Pair(found["confidence"], np.array(sure), 1.0)}


def as_picture(case: Case) -> Numbers:
    """Rows × columns × channels from 0 to 1."""
    said = case.network.preprocessing
    mean, std = (np.array(one)[:, None, None] for one in (said.mean, said.std))
    return np.asarray((case.picture.double().numpy() * std + mean).clip(0, 1).transpose(1, 2, 0))


def scores(plain: Plain, case: Case, picture: Numbers) -> Numbers:
    """Logarithms of the probabilities."""
    said = case.network.preprocessing
    normalised = (picture - np.array(said.mean)) / np.array(said.std)
    with torch.no_grad():
        found = plain.logits(torch.from_numpy(np.ascontiguousarray(normalised.transpose(2, 0, 1))).float()).double()
    if bool((found >= 0).all()) and abs(float(found.sum()) - 1) < 1e-3:
        found = found.clamp_min(1e-30).log()
    return np.asarray(found.log_softmax(0).numpy())


def loss(plain: Plain, case: Case, picture: Numbers, label: int) -> float:
    return -float(scores(plain, case, picture)[label])


ADVERSARIES: dict[str, Reference] = {
    **dict.fromkeys(("loss-ascent", "fgsm", "pgd", "ddn", "deepfool"), attack),
    "sphere": sphere,
    "fooling-direct": fooling,
    "fooling-cppn": fooling,
}
