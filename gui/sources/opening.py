"""Which source shows a path, an origin of a recipe, or a source's own name; what none of them shows is a Problem."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from analysis.protocol.problems import Problem
from gui.sources.source import Source

NAMES = ("camera", "screen", "sketch", "noise", "samples", "scenes")
VIDEO_SUFFIXES = (
    *(".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".flv", ".ogv", ".3gp"),
    *(".mts", ".m2ts", ".ts"),
)


def source_of_path(path: str, at: int = 0, playing: bool = True) -> Source:
    """`at` is where a video (milliseconds) or an animation (frames) begins."""
    if os.path.isdir(path):
        from gui.sources.walk import PictureWalk

        return PictureWalk(path)
    if path.lower().endswith(VIDEO_SUFFIXES):
        from analysis.pictures.decoding import open_regular_file
        from gui.sources.video import VideoSource

        open_regular_file(path).close()
        return VideoSource(path, at, playing)
    from analysis.pictures.animation import is_animated

    if is_animated(path):
        from gui.sources.animation import AnimationSource

        return AnimationSource(path, at, playing)
    from gui.sources.still import still_of_file

    return still_of_file(path)


def source_of_paths(paths: Sequence[str]) -> Source:
    """Of several, all pictures and folders of pictures, which are walked together."""
    if len(paths) == 1:
        return source_of_path(paths[0])
    from gui.sources.walk import PictureWalk

    return PictureWalk(*paths)


def source_of_origin(origin: str) -> Source:
    """What a recipe names: a path, a place in a video or an animation, a sample, noise, a scene, or a source."""
    if origin in NAMES:
        return named_source(origin)
    if origin.startswith("sample:"):
        from gui.sources.samples import SampleSource

        return SampleSource(origin.removeprefix("sample:"))
    if origin.startswith("noise:"):
        from analysis.pictures.noise import noise_choice
        from gui.sources.noise import NoiseSource

        return NoiseSource(*noise_choice(origin))
    if origin.startswith("scene:"):
        from analysis.pictures.scene_choice import scene_choice
        from gui.sources.scenes import SceneSource

        return SceneSource(scene_choice(origin))
    if origin == "clipboard":
        raise Problem("The picture was pasted and not kept in a file: paste it again, or choose another one.")
    place = re.fullmatch(r"(.+)#(?:frame=(\d{1,9})|t=(\d{1,9}(?:\.\d+)?))", origin, re.DOTALL)
    if place is None or os.path.exists(origin):
        return source_of_path(origin)
    at = int(place[2]) if place[2] else round(float(place[3]) * 1000)
    return source_of_path(place[1], at, playing=False)


def named_source(name: str) -> Source:
    """The sources that need no file; their modules are imported here, because QtMultimedia takes its time."""
    if name == "camera":
        from gui.sources.camera import CameraSource

        return CameraSource()
    if name == "screen":
        from gui.sources.screen import ScreenSource

        return ScreenSource()
    if name == "sketch":
        from gui.sources.sketch import SketchSource

        return SketchSource()
    if name == "noise":
        from gui.sources.noise import NoiseSource

        return NoiseSource()
    if name == "samples":
        from gui.sources.samples import SampleSource

        return SampleSource()
    if name == "scenes":
        from gui.sources.scenes import SceneSource

        return SceneSource()
    raise Problem(f"There is no source “{name}”: choose one of {', '.join(NAMES)}, or a file.")
