"""Where a method belongs in the lists of the window, told by what it declares, so that a new one finds its place."""

from typing import Literal

from analysis.methods.method import Method
from analysis.methods.registry import METHODS
from analysis.methods.settings import settings_of

Family = Literal["derivatives", "class activation maps", "perturbation", "trust"]
FAMILIES: tuple[Family, ...] = ("derivatives", "class activation maps", "perturbation", "trust")


def family(technique: type[Method]) -> Family | None:
    """None for what does not explain an answer by the picture."""
    if any(info.name == "map" for info in settings_of(technique)):
        return "trust"  # it tests another method's map
    if "upsampled" in technique.declares:
        return "class activation maps"
    if technique.drawing == "heat":
        return "perturbation"
    return "derivatives" if technique.drawing == "derivative" or "∂" in technique.declares["result"] else None


def members(of: Family) -> tuple[type[Method], ...]:
    """In the order of the registry."""
    return tuple(technique for technique in METHODS if family(technique) == of)
