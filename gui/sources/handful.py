"""Several files that came together: which of them are opened, and the sentence on those that are not."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.files.lecture import is_lecture
from analysis.protocol.origin import VIDEO_SUFFIXES
from gui.sources.tensor import is_tensor

WEIGHTS_SUFFIXES = (".pt", ".pth", ".safetensors", ".ckpt", ".bin", ".pkl")
NETWORK_SUFFIXES = (*WEIGHTS_SUFFIXES, ".pt2", ".jit", ".torchscript", ".py")  # a .ts is more often a video
RECIPE_SUFFIXES = (".json", ".npz", ".svg", ".pdf")


@dataclass(frozen=True)
class Handful:
    """`shown` are pictures and folders, which are walked together, or one other file."""

    shown: tuple[str, ...]
    network: tuple[str, ...]  # one file; a Python file perhaps with one of its weights
    left_out: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What was left out and why; empty if nothing was."""
        if not self.left_out:
            return ""
        opened = " and ".join(words for words in (*map(_named, self.network[:1]), self._shown_in_words()) if words)
        one = len(self.left_out) == 1
        others = f"{_named(self.left_out[0])} was" if one else f"{len(self.left_out)} other files were"
        too_many = bool(self.network) and all(map(_is_network, self.left_out))
        why = "only one network can be open" if too_many else "videos, figures and recipes are opened on their own"
        return f"Opened {opened}; {others} left out, because {why}."

    def _shown_in_words(self) -> str:
        if len(self.shown) < 2:
            return "".join(map(_named, self.shown))
        return "the pictures" if any(map(os.path.isdir, self.shown)) else f"{len(self.shown)} pictures"


def where_they_go(paths: Sequence[str]) -> list[tuple[str, str]]:
    """Which part of the window takes what is dragged, `Network` or `Picture` or all of it (``), and what happens."""
    handful = sorted_out(paths)
    places = []
    if handful.network:
        places.append(("Network", f"{_named(handful.network[0])} becomes the network"))
    if len(handful.shown) == 1 and is_lecture(Path(handful.shown[0])):
        places.append(("", f"The lecture {_named(handful.shown[0])} opens in its tab"))
    elif len(handful.shown) == 1 and _is_recipe(handful.shown[0]):
        places.append(("", f"What {_named(handful.shown[0])} shows comes back"))
    elif len(handful.shown) == 1 and os.path.isdir(handful.shown[0]):
        places.append(("Picture", f"The pictures of {_named(handful.shown[0])}, one after another"))
    elif len(handful.shown) == 1:
        places.append(("Picture", f"{_named(handful.shown[0])} is shown to the network"))
    elif handful.shown:
        places.append(("Picture", f"{len(handful.shown)} files, one after another"))
    return places


def sorted_out(paths: Sequence[str]) -> Handful:
    """As much as can be seen at a time: pictures rather than anything else, and a network beside them.

    What is of no known kind is taken for a picture, which is found out where pictures are read.
    """
    paths = tuple(dict.fromkeys(paths))
    networks = tuple(filter(_is_network, paths))
    alone = tuple(filter(_is_alone, paths))
    others = {*networks, *alone}
    shown = tuple(path for path in paths if path not in others) or alone[:1]
    comes_with_its_own = any(map(_is_recipe, shown))
    network = () if comes_with_its_own else _with_weights(networks) or networks[:1]
    opened = {*shown, *network}
    return Handful(shown, network, tuple(path for path in (*alone, *networks) if path not in opened))


def _with_weights(networks: tuple[str, ...]) -> tuple[str, ...]:
    """A Python file and one file of weights belong together."""
    code = tuple(path for path in networks if path.lower().endswith(".py"))
    weights = tuple(path for path in networks if path.lower().endswith(WEIGHTS_SUFFIXES))
    return code + weights if len(code) == len(weights) == 1 else ()


def _is_network(path: str) -> bool:
    return _ends(path, NETWORK_SUFFIXES) and not is_tensor(path)


def _is_recipe(path: str) -> bool:
    return _ends(path, RECIPE_SUFFIXES) and not is_tensor(path)


def _is_alone(path: str) -> bool:
    return _is_recipe(path) or _ends(path, VIDEO_SUFFIXES)


def _ends(path: str, suffixes: tuple[str, ...]) -> bool:
    return path.lower().endswith(suffixes) and not os.path.isdir(path)


def _named(path: str) -> str:
    return f"“{Path(path).name}”"
