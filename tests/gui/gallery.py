"""An engine that knows some networks, downloads others and draws any recipe as a grey picture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from analysis.protocol.events import Catalogue, CatalogueEntry, Drawn, Event, Fetched, JobProgress
from analysis.protocol.problems import Problem
from analysis.protocol.requests import CatalogueRequest, DrawRequest, FetchRequest, JobRequest
from analysis.shipped import BUILTINS
from tests.gui.explaining import FakeEngine

LEVEL = 90  # of the picture that everything is drawn as


class GalleryEngine(FakeEngine):
    sizes: ClassVar[dict[str, float]] = {}
    drawn: ClassVar[list[DrawRequest]] = []
    cannot: ClassVar[str] = ""  # what is said of whatever is drawn

    def job(self, request: JobRequest) -> Iterator[Event]:
        match request:
            case CatalogueRequest():
                shipped = [CatalogueEntry(one.name, one.title, "built in", 1000, "shipped", 0.0) for one in BUILTINS]
                others = [
                    CatalogueEntry(name, name, "torchvision", 1000, "ImageNet", size)
                    for name, size in self.sizes.items()
                ]
                yield Catalogue(request.id, (*shipped, *others), "/nowhere/checkpoints")
            case FetchRequest():
                for name in request.names:
                    self.sizes[name] = 0.0
                yield Fetched(request.id, request.names)
            case DrawRequest():
                self.drawn.append(request)
                if self.cannot:
                    raise Problem(self.cannot)
                yield JobProgress(request.id, "Drawing", 1, 2, "")
                wide, high = request.room or (8, 5)
                picture = np.full((high, wide, 3), LEVEL, np.uint8)
                content = b"a figure" if request.suffix else None
                yield Drawn(request.id, request.recipe, content, picture)
            case _:
                yield from super().job(request)


def anew() -> None:
    GalleryEngine.sizes = {"alexnet": 233.0, "vgg16": 528.0, "vgg19": 548.0, "resnet152": 230.0}
    GalleryEngine.drawn = []
    GalleryEngine.cannot = ""
