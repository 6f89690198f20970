"""Where a picture comes from: one line of text that recipes, sources and commands share, and what follows from it.

    camera, screen, sketch, clipboard, video    what existed only while its source ran
    memory                                      an array or a tensor that a script handed over
    samples, noise, scenes                      a source as a whole
    sample:NAME  noise:SEED[:KIND]  scene:SEED[:X,Y:X,Y]
    data:NAME#INDEX                             a picture of a data set, counted from 0; data:NAME is all of it
    PATH  PATH#frame=N  PATH#t=SECONDS          a file, a picture of an animated one, a moment of a video
    PATH#array=NAME#item=N#planes=A,B,C         a tensor in a file: which array, which picture of it, which planes are
                                                looked at; any of the three

The name of a data set is that of a known one, or a path. In it `#` is written %23 and `%` is written %25, so that a
number at the end is always the picture's; nothing else is encoded, and nothing else decoded.

The window imports this before NumPy is there.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import Literal, TypeAlias, get_args

FileKind = Literal["file", "animation", "video", "tensor"]
NamedKind = Literal["data", "sample", "noise", "scene"]
DeviceKind = Literal["camera", "screen", "sketch", "clipboard", "memory"]
Kind: TypeAlias = FileKind | NamedKind | DeviceKind

PARTS = ("train", "test", "val")  # of a data set, written behind a stroke where they lie in one file or folder
VIDEO_SUFFIXES = (
    *(".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".flv", ".ogv", ".3gp"),
    *(".mts", ".m2ts", ".ts"),
)
TENSOR_SUFFIXES = (".npy", ".npz", ".pt", ".pth")  # the last two may as well be networks
SOURCES = ("camera", "screen", "sketch", "noise", "samples", "scenes")  # those that need no file, by their own names

_WORDS: dict[str, Kind] = {
    "camera": "camera",
    "screen": "screen",
    "sketch": "sketch",
    "clipboard": "clipboard",
    "memory": "memory",
    "video": "video",
    "noise": "noise",
    "samples": "sample",
    "scenes": "scene",
}
_NAMED: dict[str, NamedKind] = {kind: kind for kind in get_args(NamedKind)}
_PART = re.compile(r"(.+)#(?:frame=(\d{1,9})|t=(\d{1,9}(?:\.\d+)?))", re.DOTALL)
_TENSOR = re.compile(r"(.+?)((?:#array=[^#]{1,200}|#item=\d{1,9}|#planes=\d{1,6}(?:,\d{1,6})*)+)", re.DOTALL)
_INDEX = re.compile(r"(.*)#(\d{1,18})", re.DOTALL)
_SEED = re.compile(r"(\d{1,18})(?::(.*))?", re.DOTALL)
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")


@dataclass(frozen=True)
class Origin:
    """`text` is as recipes write it.

    `path` is the file of a picture, an animation or a video, and the name of a sample or a data set; of noise and of a
    scene it is what follows the seed. `place` is which of its pictures: an index, a frame, a seed, or the seconds of a
    video. Without one it is all of them, or the only one. Of a tensor `array` and `planes` say the rest.
    """

    text: str
    kind: Kind
    path: str = ""
    place: int | float | None = None
    array: str = ""
    planes: tuple[int, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Origin:
        """By its grammar alone: nothing is looked for. What is of no other kind is the path of a file."""
        if text in _WORDS:
            return cls(text, _WORDS[text])
        word, colon, rest = text.partition(":")
        if colon and word in _NAMED:
            return _named(text, _NAMED[word], rest)
        if (tensor := _TENSOR.fullmatch(text)) is not None:
            return _tensor(text, tensor[1], tensor[2])
        part = _PART.fullmatch(text)
        if part is None:
            return cls(text, "file", text)
        if part[2] is not None:
            return cls(text, "animation", part[1], int(part[2]))
        return cls(text, "video", part[1], float(part[3]))

    @classmethod
    def found(cls, text: str) -> Origin:
        """As `parse`, but a file that is really called so is that file, whatever its name looks like."""
        origin = cls.parse(text)
        if origin.kind in ("animation", "video", "tensor") and origin.path and os.path.exists(text):
            return cls(text, "file", text)
        return origin

    @property
    def passing(self) -> bool:
        """Whether it existed only while its source ran and is kept nowhere."""
        return self.kind in get_args(DeviceKind) or (self.kind == "video" and not self.path)

    @property
    def can_be_found_again(self) -> bool:
        """Whether it names one picture, so that a recipe brings it back, if nobody took it away."""
        if self.passing:
            return False
        if self.kind in ("noise", "scene"):
            return self.named
        return bool(self.path) and (self.kind != "data" or self.place is not None)

    @property
    def named(self) -> bool:
        """Whether it is written as a word and what follows its colon, and so is no path."""
        return self.text.partition(":")[0] in _NAMED and ":" in self.text

    @property
    def is_source(self) -> bool:
        """Whether it is the name of a source that needs no file."""
        return self.text in SOURCES

    @property
    def in_file(self) -> bool:
        """Whether its path is that of a file with pictures."""
        return self.kind in get_args(FileKind) and bool(self.path)

    def is_there(self) -> bool:
        """Whether it can be found again as things are now. Looks at the disk, and reads nothing."""
        if not self.can_be_found_again:
            return False
        if self.in_file:
            return os.path.isfile(self.path) or os.path.isfile(self.text)
        if self.kind == "data" and is_path(self.path):
            holder, part = os.path.split(self.path)
            return os.path.exists(self.path) or (part in PARTS and os.path.exists(holder))
        return True

    @property
    def whole(self) -> Origin:
        """What it is a picture of: the file of one frame of a video, all of a data set. Itself for anything else."""
        if self.kind in ("animation", "video", "tensor") and self.path:
            return Origin(self.path, "file", self.path)
        if self.kind == "data" and self.place is not None:
            return Origin(origin_in_data(self.path), "data", self.path)
        return self

    @property
    def stream(self) -> str:
        """Of what moving pictures with such an origin are a part, in a word: `camera`, `video`, `animation`, …"""
        if self.kind == "file":
            return "animation"  # its first picture is named by the file alone
        if self.kind == "tensor":
            return "file"
        return "data set" if self.kind == "data" else self.kind

    @property
    def name(self) -> str:
        """The last part of its path, also of one that was written on another system."""
        flavour = PureWindowsPath if _WINDOWS.match(self.path) else PurePosixPath
        return flavour(self.path).name or self.path

    @property
    def in_words(self) -> str:
        """As it stands in a sentence: `the sample cat`, `film.mp4 at 3.700 s`, `the camera`."""
        if self.kind == "data":
            which = "the data set" if self.place is None else f"picture {self.place} of"
            return f"{which} {self.name}"
        if self.kind == "sample":
            return f"the sample {self.path}" if self.path else "the samples"
        if self.kind in ("noise", "scene") and self.named:
            return self.text
        if self.kind == "scene":
            return "the scenes"
        if self.kind == "sketch":
            return "the sketch pad"
        if self.kind == "memory":
            return "a script"
        if not self.path:
            return f"the {self.kind}"
        if self.kind == "tensor":
            parts = (self.array, "" if self.place is None else f"picture {self.place}", _planes_in_words(self.planes))
            return ", ".join((self.name, *(part for part in parts if part)))
        if self.kind == "animation":
            return f"{self.name}, frame {self.place}"
        return self.name if self.place is None else f"{self.name} at {self.place:.3f} s"

    def __str__(self) -> str:
        return self.text


def origin_of_sample(name: str) -> str:
    return f"sample:{name}"


def origin_of_frame(path: str, frame: int) -> str:
    """A picture of an animated file; the first is named by the file alone."""
    return f"{path}#frame={frame}" if frame else path


def origin_of_moment(path: str, seconds: float) -> str:
    """The picture of a video that is there at this time."""
    return f"{path}#t={seconds:.3f}"


def origin_in_data(name: str, index: int | None = None) -> str:
    """A picture of a data set, which is named by what is known of it or by its path; without an index, all of it."""
    written = name.replace("%", "%25").replace("#", "%23")
    return f"data:{written}" if index is None else f"data:{written}#{index}"


def origin_of_tensor(path: str, array: str = "", item: int = 0, planes: tuple[int, ...] = ()) -> str:
    """What is as it is without being named is left out."""
    parts = (f"#array={array}" if array else "", f"#item={item}" if item else "")
    return path + "".join(parts) + (f"#planes={','.join(map(str, planes))}" if planes else "")


def is_path(name: str) -> bool:
    """Whether a data set is named by a whole path, and not by what it is known as."""
    return name.startswith(("/", ".", "~")) or bool(_WINDOWS.match(name))


def _planes_in_words(planes: tuple[int, ...]) -> str:
    return f"plane{'s' if len(planes) > 1 else ''} {', '.join(map(str, planes))}" if planes else ""


def _tensor(text: str, path: str, parts: str) -> Origin:
    said = dict(part.split("=", 1) for part in parts.split("#")[1:])
    planes = tuple(int(plane) for plane in said.get("planes", "").split(",") if plane)
    item = said.get("item")
    return Origin(text, "tensor", path, None if item is None else int(item), said.get("array", ""), planes)


def _named(text: str, kind: Kind, rest: str) -> Origin:
    if kind == "sample":
        return Origin(text, kind, rest)
    if kind == "data":
        match = _INDEX.fullmatch(rest)
        name, index = (match[1], int(match[2])) if match else (rest, None)
        return Origin(text, kind, name.replace("%23", "#").replace("%25", "%"), index)
    match = _SEED.fullmatch(rest)
    return Origin(text, kind, (match[2] or ""), int(match[1])) if match else Origin(text, kind, rest)
