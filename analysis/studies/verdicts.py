"""What the trust checks mean for the map on the screen, each as a badge with a sentence that a student understands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from analysis.results.kinds import Array

Verdict = Literal["good", "doubtful", "bad"]


@dataclass(frozen=True)
class Badge:
    verdict: Verdict
    sentence: str


EMPTY = Badge("doubtful", "This map is empty, so there is nothing to check.")


def badge(method: str, numbers: Mapping[str, Array]) -> Badge | None:
    """The badge for the last numbers of a trust check; None for any other method."""
    judge = {
        "randomisation": randomisation_badge,
        "insertion-deletion": insertion_deletion_badge,
        "sensitivity": sensitivity_badge,
    }.get(method)
    if judge is None:
        return None
    return EMPTY if "spread" in numbers and not numbers["spread"].any() else judge(numbers)


def randomisation_badge(numbers: Mapping[str, Array]) -> Badge:
    """Judged where a third of the blocks is random: the answer is noise by then, so its reasons must be gone."""
    correlations = numbers["result"]
    if correlations[0] < 0.5:  # even with itself: all its pixels are the same
        return EMPTY
    stage = max(1, (len(correlations) - 1) // 3)
    left = float(abs(correlations[stage : stage + 1]).max(initial=0.0))
    layers = "the last layer is" if stage == 1 else f"the last {stage} blocks are"
    if left >= 0.7:
        return Badge(
            "bad", f"This picture hardly changes when {layers} random: it shows edges, not the reason ({left:.2f})."
        )
    if left >= 0.4:
        return Badge(
            "doubtful",
            f"Some of this picture stays when {layers} random: part of it is edges, not reason ({left:.2f}).",
        )
    return Badge("good", f"This picture dissolves when {layers} random, so it depends on what was learnt ({left:.2f}).")


def insertion_deletion_badge(numbers: Mapping[str, Array]) -> Badge:
    """Deletion below chance and insertion above it."""
    deletion, insertion = (float(area) for area in numbers["auc"])
    chance_deletion, chance_insertion = (float(area) for area in numbers["random_auc"])
    quicker, sooner = deletion < chance_deletion, insertion > chance_insertion
    areas = f"deletion {deletion:.2f} / {chance_deletion:.2f}, insertion {insertion:.2f} / {chance_insertion:.2f}"
    if quicker and sooner:
        return Badge("good", f"The marked pixels matter: without them the answer ends sooner than by chance ({areas}).")
    if quicker or sooner:
        return Badge("doubtful", f"The marked pixels matter by only one of two tests against chance ({areas}).")
    return Badge("bad", f"Pixels taken by chance matter as much as the marked ones ({areas}).")


def sensitivity_badge(numbers: Mapping[str, Array]) -> Badge:
    worst = float(numbers["worst"].max())
    if worst < 0.3:
        return Badge("good", f"Noise that nobody sees leaves this picture as it is (it changes by {worst:.0%}).")
    if worst < 0.8:
        return Badge(
            "doubtful", f"Noise that nobody sees changes this picture by {worst:.0%}: do not trust its details."
        )
    return Badge("bad", f"Noise that nobody sees makes another picture of this ({worst:.0%}): its details are chance.")
