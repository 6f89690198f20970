"""The provider of timm's networks, if timm is installed; they are called `timm:NAME`."""

import importlib.util
import math
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from analysis.opening.consent import Consent
from analysis.opening.loading import Loading, Steps
from analysis.opening.provider import Opened
from analysis.protocol.events import CatalogueEntry
from analysis.protocol.preprocessing import IMAGENET_MEAN, IMAGENET_STD, Preprocessing
from analysis.protocol.problems import Problem, in_one_line
from analysis.protocol.recipe import ModelChoice

PROVIDER = "timm"
PREFIX = "timm:"
GLANCE = 0.03


def installed() -> bool:
    return importlib.util.find_spec("timm") is not None


def names() -> tuple[str, ...]:
    if not installed():
        return ()
    import timm

    return tuple(PREFIX + name for name in timm.list_models())


def knows(name: str) -> bool:
    """Also with the tag of its weights, as in `timm:resnet18.a1_in1k`."""
    import timm

    return bool(timm.is_model(name.removeprefix(PREFIX)))


def entries() -> tuple[CatalogueEntry, ...]:
    if not installed():
        return ()
    import timm

    trained = set(timm.list_models(pretrained=True)) | {n.partition(".")[0] for n in timm.list_models(pretrained=True)}
    return tuple(
        CatalogueEntry(
            name,
            name.removeprefix(PREFIX),
            PROVIDER,
            None,
            "to download, or in timm's cache" if name.removeprefix(PREFIX) in trained else "random only",
            None,
        )
        for name in names()
    )


def opened(choice: ModelChoice, consent: Consent) -> Steps[Opened]:
    from analysis.opening.seeding import seeded
    from analysis.opening.weights_file import fit, read_weights

    if not installed():
        raise Problem(f"{choice.name} needs timm, which is not installed: pip install timm.")
    import timm

    name = choice.name.removeprefix(PREFIX)
    yield Loading(0, 1, f"building {choice.name}")
    notes: tuple[str, ...] = ()
    if choice.weights == "default":
        module = yield from _fetched(name)
    else:
        module = seeded(lambda: timm.create_model(name, pretrained=False), choice.seed)
        if choice.weights != "random":
            file = Path(choice.weights)
            notes = fit(module, read_weights(file, consent), file, choice.name)
    return Opened(module, choice.name, preprocessing(module.pretrained_cfg), None, "classes", notes)


def _fetched(name: str) -> Steps[Any]:
    """timm downloads without saying how far it is, so it does it in a thread while we wait in short steps."""
    import timm

    finished = threading.Event()
    results: list[Any] = []

    def fetch() -> None:
        try:
            results.append(timm.create_model(name, pretrained=True))
        except Exception as error:  # no network, no such weights, a full disk: one sentence for all
            results.append(error)
        finally:
            finished.set()

    threading.Thread(target=fetch, name="timm download", daemon=True).start()
    while not finished.wait(GLANCE):
        yield Loading(0, 1, f"timm fetches {name}")
    if isinstance(results[0], Exception):
        raise Problem(
            f"timm could not get the weights of {name}: {in_one_line(results[0])}. "
            "Try again with an internet connection, or choose random weights."
        ) from results[0]
    return results[0]


def preprocessing(configuration: Any) -> Preprocessing | None:
    """From timm's description of the weights; None if it says no size."""
    read: Callable[[str, Any], Any] = (
        configuration.get
        if isinstance(configuration, dict)
        else lambda key, default: getattr(configuration, key, default)
    )
    size = read("input_size", None)
    if size is None:
        return None
    channels, height, width = size
    mean, std = read("mean", None) or IMAGENET_MEAN, read("std", None) or IMAGENET_STD
    return Preprocessing(
        height,
        width,
        resize=math.floor(min(height, width) / (read("crop_pct", None) or 0.875)),
        fit="stretch" if read("crop_mode", None) == "squash" else "crop",
        channels=channels,
        mean=tuple(mean[:channels]),
        std=tuple(std[:channels]),
        interpolation="bicubic" if read("interpolation", None) == "bicubic" else "bilinear",
    )
