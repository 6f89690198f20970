"""Which source shows a path, an origin of a recipe, or a source's own name; what none of them shows is a Problem."""

from __future__ import annotations

import os
from collections.abc import Sequence

from analysis.protocol.origin import SOURCES, TENSOR_SUFFIXES, VIDEO_SUFFIXES, Origin
from analysis.protocol.problems import Problem
from gui.sources.source import Source

NAMES = SOURCES


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
    if path.lower().endswith(TENSOR_SUFFIXES):
        from gui.sources.tensor import TensorSource

        return TensorSource(path)
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


def source_of_origin(text: str) -> Source:
    """What a recipe names: a path, a place in a video or an animation, a sample, noise, a scene, data, or a source."""
    origin = Origin.found(text)
    if origin.is_source:
        return named_source(text)
    if origin.kind == "sample":
        from gui.sources.samples import SampleSource

        return SampleSource(origin.path)
    if origin.kind == "noise":
        from analysis.pictures.noise import noise_choice
        from gui.sources.noise import NoiseSource

        return NoiseSource(*noise_choice(text))
    if origin.kind == "scene":
        from analysis.pictures.scene_choice import scene_choice
        from gui.sources.scenes import SceneSource

        return SceneSource(scene_choice(text))
    if origin.kind == "data":
        from gui.sources.data import DataSource

        return DataSource(origin.path, int(origin.place or 0))
    if origin.passing:
        raise Problem(gone(origin))
    if origin.kind == "tensor":
        from gui.sources.tensor import TensorSource

        return TensorSource(text)
    if origin.place is None:
        return source_of_path(text)
    at = int(origin.place) if origin.kind == "animation" else round(origin.place * 1000)
    return source_of_path(origin.path, at, playing=False)


def gone(origin: Origin) -> str:
    """One sentence on a picture that no source can show again."""
    if origin.kind == "clipboard":
        return "The picture was pasted and not kept in a file: paste it again, or choose another one."
    return f"The picture came from {origin.in_words} and was not kept in a file: choose another one."


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
