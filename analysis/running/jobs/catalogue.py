"""What networks there are to choose from."""

from collections.abc import Iterator

from analysis.opening import catalogue, torchvision_models
from analysis.protocol.events import Catalogue, Event
from analysis.protocol.requests import CatalogueRequest
from analysis.running.workbench import Workbench


def list_catalogue(bench: Workbench, request: CatalogueRequest) -> Iterator[Event]:
    yield Catalogue(request.id, catalogue.entries(), str(torchvision_models.folder()))
