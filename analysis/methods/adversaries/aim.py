"""What all attacks ask: where the answer is to go, and what becomes of the picture."""

from analysis.protocol.target import ClassTarget

TARGET = "The class that the network is led to; −1 leads it away from its own answer, to whichever other."
EXPORT = "What a .png shows: a figure, or the bare picture in the network's own size, made to fool when it is opened."
EXPORTS = ("figure", "file")


def aimed_at(target_class: int) -> ClassTarget:
    """What the attack is about: the class that is led to, or the network's own answer."""
    return ClassTarget("class", target_class if target_class >= 0 else None)
