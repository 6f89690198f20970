"""What breeding gives."""

from collections.abc import Mapping

ELITES: Mapping[str, str] = {
    "result": "the champions that are shown, each height × width × channels from 0 to 1",
    "confidence": "how sure the network is of each of them",
    "classes": "the class of each of them; of more than a hundred classes, the surest",
    "born": "the generation in which each was born",
    "parents": "the class whose champion was its parent, −1 of the first generation",
    "lines": "for each the classes whose champions it came of, from the first generation to itself, and then −1",
    "all": "how sure the network is of the champion of every class",
    "taken": "how often every class was taken by a better child",
    "medians": "the median of that over all classes, after every generation",
    "jumps": "how often a class was taken by a child of another class's champion",
}
