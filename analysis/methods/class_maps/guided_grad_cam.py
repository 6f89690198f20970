"""Guided Grad-CAM: the fine structure of guided back-propagation where Grad-CAM says that it matters."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.question.question import Question
from analysis.question.silence import NOTHING_BACK
from analysis.quick.switch import plain
from analysis.results.kinds import Derivative


@dataclass(frozen=True)
class GuidedGradCam:
    name: ClassVar[str] = "guided-grad-cam"
    title: ClassVar[str] = "Guided Grad-CAM"
    summary: ClassVar[str] = "Sharp edges, but only those in the part of the picture that speaks for this answer."
    family: ClassVar[Family] = "class activation maps"
    gives: ClassVar[type[Derivative]] = Derivative
    asks: ClassVar[frozenset[Ask]] = frozenset({"picture", "target", "layer"})
    declares: ClassVar[Mapping[str, str]] = {
        "result": "guided back-propagation × Grad-CAM, signed, channels × height × width",
        "upsampled": "the Grad-CAM map at the size of the picture",
        "layer": "whose maps were weighted",
    }
    live: ClassVar[bool] = True

    def run(self, question: Question) -> Iterator[Progress]:
        import numpy as np

        from analysis.methods.class_maps.grad_cam import grad_cam
        from analysis.network.network import as_array
        from analysis.question.class_maps import over_picture, said_of
        from analysis.question.derivative import derivative

        fine = derivative(question, question.input, "guided", quick=not plain("first-layer"))[0]
        layer, map_ = grad_cam(question)
        coarse = over_picture(question, map_)
        result = fine * coarse
        beside = {"upsampled": as_array(coarse), "layer": np.array(layer.path)}
        note = said_of(layer, map_) or ("" if bool(result.any()) else NOTHING_BACK)
        yield Progress(1, 1, Derivative(as_array(result), beside), note)
