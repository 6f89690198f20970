"""The provider of torchvision's classification networks; their weights are kept where torch's hub keeps them."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from analysis.opening.consent import Consent
from analysis.opening.download import downloaded
from analysis.opening.loading import Loading, Steps
from analysis.opening.provider import Opened
from analysis.protocol.events import CatalogueEntry
from analysis.protocol.preprocessing import Interpolation, Preprocessing
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice

PROVIDER = "torchvision"


def names() -> tuple[str, ...]:
    import torchvision

    return tuple(torchvision.models.list_models(module=torchvision.models))


def entries() -> tuple[CatalogueEntry, ...]:
    import torchvision

    found = []
    for name in names():
        meta = torchvision.models.get_model_weights(name).DEFAULT.meta
        here = _file(name).exists()
        missing = 0.0 if here else megabytes(name)
        weights = "ImageNet, downloaded" if here else f"ImageNet, {missing:.0f} MB to download"
        found.append(CatalogueEntry(name, name, PROVIDER, int(meta["num_params"]), weights, missing))
    return tuple(found)


def megabytes(name: str) -> float:
    """Of a network's weights, whether they are here or not."""
    import torchvision

    return float(torchvision.models.get_model_weights(name).DEFAULT.meta["_file_size"]) * 1.048576


def fetched(name: str) -> Steps[Path]:
    """Its weights, without opening them."""
    import torchvision

    if name not in names():
        raise Problem(f"There is no network called “{name[:200]}” whose weights could be downloaded.")
    url: str = torchvision.models.get_model_weights(name).DEFAULT.url
    return (yield from downloaded(url, _file(name), name, megabytes(name)))


def folder() -> Path:
    """Where weights are kept."""
    import torch

    return Path(torch.hub.get_dir()) / "checkpoints"


def opened(choice: ModelChoice, consent: Consent) -> Steps[Opened]:
    import torchvision

    from analysis.opening.seeding import seeded
    from analysis.opening.weights_file import fit, read_weights

    default = torchvision.models.get_model_weights(choice.name).DEFAULT
    labels: tuple[str, ...] = tuple(default.meta["categories"])
    notes: tuple[str, ...] = ()
    file = _file(choice.name) if choice.weights == "default" else Path(choice.weights)
    if choice.weights == "default":
        file = yield from downloaded(default.url, file, choice.name, megabytes(choice.name))
    yield Loading(0, 1, f"building {choice.name}")
    if choice.weights == "random":
        module = seeded(lambda: _built(choice.name, None), choice.seed)
    elif file.name == _file(choice.name).name:  # torchvision's own file: its builder knows how to read it
        weights = read_weights(file, consent)
        try:
            with _read_by(lambda: weights):
                module = _built(choice.name, default)
        except RuntimeError as error:
            raise Problem(
                f"The weights in {file} do not fit {choice.name}; delete the file, and it is downloaded again."
            ) from error
    else:
        module = seeded(lambda: _built(choice.name, None), choice.seed)
        yield Loading(0, 1, f"reading {file.name}")
        notes = fit(module, _renamed(read_weights(file, consent)), file, choice.name)
    return Opened(module, choice.name, _preprocessing(default.transforms()), labels, "classes", notes)


def bare(name: str) -> Any:
    """The network without weights of anybody's."""
    return _built(name, None)


def _built(name: str, weights: Any) -> Any:
    import warnings

    import torchvision

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # googlenet and inception announce a change of their initialisation
        return torchvision.models.get_model(name, weights=weights)


def _file(name: str) -> Path:
    import torchvision

    url: str = torchvision.models.get_model_weights(name).DEFAULT.url
    return folder() / url.rpartition("/")[2]


@contextmanager
def _read_by(reader: Callable[[], Any]) -> Iterator[None]:
    """torchvision's builders get their weights from `reader`: the file that is there, as plain data, unhashed."""
    from torchvision.models import _api

    before = _api.load_state_dict_from_url
    _api.load_state_dict_from_url = lambda *_arguments, **_settings: reader()
    try:
        yield
    finally:
        _api.load_state_dict_from_url = before


def _preprocessing(transforms: Any) -> Preprocessing:
    interpolation: Interpolation = "bicubic" if transforms.interpolation.value == "bicubic" else "bilinear"
    height, width = (transforms.crop_size * 2)[:2]
    return Preprocessing(
        height,
        width,
        resize=transforms.resize_size[0],
        mean=tuple(transforms.mean),
        std=tuple(transforms.std),
        interpolation=interpolation,
    )


def _renamed(weights: dict[str, Any]) -> dict[str, Any]:
    """DenseNets were once saved with names such as `norm.1` for what is now `norm1`."""
    old = r"(denselayer\d+\.(?:norm|conv))\.(\d\.)"
    renamed = {re.sub(old, r"\1\2", name): value for name, value in weights.items()}
    return weights if renamed.keys() == weights.keys() else renamed
