"""What a network is, what it costs and how it was made, in words. Light, because the window needs it at its start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.protocol.events import CatalogueEntry
    from analysis.protocol.recipe import ModelChoice

RANDOM_ONLY = "random only"  # as the catalogue says it


def choice_in_words(choice: ModelChoice) -> str:
    """Such as `resnet18 with mine.pth`; files by their name alone."""
    name = choice.name.replace("\\", "/").rpartition("/")[2]
    if choice.weights == "random":
        return f"{name} with random weights"
    weights = choice.weights.replace("\\", "/").rpartition("/")[2]
    return name if choice.weights == "default" else f"{name} with {weights}"


def number_in_words(parameters: int) -> str:
    """Such as `11.7 million parameters`."""
    if parameters >= 1_000_000:
        return f"{parameters / 1e6:.3g} million parameters"
    return f"{parameters:,} parameters"


def entry_in_words(entry: CatalogueEntry) -> str:
    """What it is and what it costs, in one line."""
    words = []
    if entry.parameters is not None:
        words.append(number_in_words(entry.parameters))
    words.append({"shipped": "weights shipped", RANDOM_ONLY: "random weights only"}.get(entry.weights, entry.weights))
    return " · ".join(word for word in words if word)


def card_in_words(card: Mapping[str, Any]) -> str:
    """The card of a network that we trained ourselves, in lines."""
    lines = []
    if data := card.get("data"):
        lines.append(f"Trained on {data}.")
    scores = card.get("scores")
    if isinstance(scores, Mapping):
        told = [f"{name.replace('_', ' ')} {_score(name, value)}" for name, value in scores.items()]
        lines.append("Measured: " + ", ".join(told) + ".")
    made = [f"{card['epochs']} epochs" if card.get("epochs") else "", str(card.get("date", ""))]
    if any(made):
        lines.append("Made with " + ", ".join(word for word in made if word) + ".")
    if licence := card.get("licence"):
        lines.append(f"Licence: {licence}.")
    return "\n".join(lines)


def _score(name: str, value: object) -> str:
    if not isinstance(value, (int, float)):
        return str(value)
    return f"{100 * value:.1f} %" if "accuracy" in name and 0 <= value <= 1 else f"{value:.4g}"
