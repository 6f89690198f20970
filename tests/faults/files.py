"""Files that are only opened: pictures, weights, archives, recipes, settings and names of classes, with faults."""

import functools
import io
import json
import random
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn

from analysis.opening.consent import Consent
from tests.analysis.exported_programs import archive_of, exported, harmful, parts_of
from tests.faults.attempt import Case
from tests.faults.mutation import mutated, mutated_json

Open = Callable[[Path], object]
PICTURES = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "AVIF", "JPEG2000", "ICO", "TGA")


def of_bytes(kind: str, sounds: dict[str, bytes], act: Open, dice: random.Random, number: int) -> Iterator[Case]:
    """Sound files with faults in their bytes."""
    for index in range(number):
        name = dice.choice(sorted(sounds))
        content = mutated(sounds[name], dice)
        yield Case(kind, f"{name} {index}", content, act)


# --- pictures


def pictures(dice: random.Random, number: int) -> Iterator[Case]:
    return of_bytes("pictures", _sound_pictures(), _picture, dice, number)


@functools.cache
def _sound_pictures() -> dict[str, bytes]:
    levels = np.random.default_rng(0).integers(0, 256, (40, 50, 4), dtype=np.uint8)
    levels[:20] = 200
    found: dict[str, bytes] = {}

    def add(name: str, mode: str, kind: str, **options: object) -> None:
        stream = io.BytesIO()
        try:
            Image.fromarray(levels).convert(mode).save(stream, kind, **options)
        except (OSError, KeyError):  # this Pillow was built without it
            return
        found[name] = stream.getvalue()

    for kind in PICTURES:
        add(kind, "RGB", kind)
    for mode in ("L", "P", "1", "RGBA", "LA", "I;16"):
        add(f"PNG {mode}", mode, "PNG")
    add("JPEG in passes", "RGB", "JPEG", progressive=True)
    add("JPEG CMYK", "CMYK", "JPEG")
    for way in ("tiff_lzw", "tiff_deflate", "packbits", "jpeg"):
        add(f"TIFF {way}", "RGB", "TIFF", compression=way)
    others = [Image.fromarray(np.roll(levels, shift, 0)).convert("RGB") for shift in (3, 9)]
    for kind in ("GIF", "WEBP", "PNG"):
        add(f"{kind} animated", "RGB", kind, save_all=True, append_images=others, duration=40)
    return found


def _picture(file: Path) -> object:
    from analysis.pictures.animation import frames, is_animated
    from analysis.pictures.decoding import decode

    pixels = decode(file)
    assert pixels.ndim == 3
    assert pixels.shape[2] == 3
    return list(frames(file)) if is_animated(file) else pixels


# --- weights and networks


class Tiny(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())


def weights(dice: random.Random, number: int) -> Iterator[Case]:
    """Faults in the file, and in the parts of an archive whose sums are right again."""
    sounds = _sound_weights()
    for index in range(number):
        name = dice.choice(sorted(sounds))
        content = sounds[name]
        if zipfile.is_zipfile(io.BytesIO(content)) and dice.random() < 0.5:
            content = _with_one_part(content, dice)
        else:
            content = mutated(content, dice)
        yield Case("weights", f"{name} {index}", content, _fitted)


def _with_one_part(content: bytes, dice: random.Random) -> bytes:
    parts = parts_of(content)
    chosen = dice.randrange(len(parts))
    parts[chosen] = (parts[chosen][0], mutated(parts[chosen][1], dice))
    return archive_of(parts)


@functools.cache
def _sound_weights() -> dict[str, bytes]:
    from safetensors.torch import save

    state = Tiny().state_dict()
    found = {"safetensors": save(state)}
    kept = {
        "a state dict": state,
        "a checkpoint": {"state_dict": state, "epoch": 3, "name": "x"},
        "numbers": {name: value.to(torch.bfloat16) for name, value in state.items()},
        "harm": harmful(Path("traces")),
    }
    for name, content in kept.items():
        if isinstance(content, bytes):
            found[name] = content
            continue
        for old in (False, True):
            stream = io.BytesIO()
            torch.save(content, stream, _use_new_zipfile_serialization=not old)
            found[f"{name}{', old' * old}"] = stream.getvalue()
    return found


def _fitted(file: Path) -> object:
    from analysis.opening.weights_file import fit, read_weights

    return fit(Tiny(), read_weights(file, Consent()), file, "Tiny")


def archives(dice: random.Random, number: int) -> Iterator[Case]:
    """Exported programs and TorchScript: as above, and with changed descriptions, names and numbers of parts."""
    sounds = _sound_archives()
    for index in range(number):
        name = dice.choice(sorted(sounds))
        content, way = sounds[name], dice.randrange(4)
        if way == 0:
            content = mutated(content, dice)
        elif way == 1:
            content = _with_one_part(content, dice)
        elif way == 2:
            content = _with_other_parts(content, dice)
        else:
            content = _with_other_description(content, dice)
        yield Case("archives", f"{name} {index}", content, _network, "given.pt2")


def _with_other_parts(content: bytes, dice: random.Random) -> bytes:
    parts = parts_of(content)
    name, part = dice.choice(parts)
    harm = harmful(Path("traces"))
    other = dice.choice(
        (name, name.upper(), name.swapcase(), f"./{name}", f"/{name}", name.replace("/", "\\"), f"x/{name}")
    )
    entry = (other, dice.choice((part, harm, b"", part[::-1])))
    parts.insert(dice.randrange(len(parts) + 1), entry)
    if dice.random() < 0.3:
        del parts[dice.randrange(len(parts))]
    return archive_of(parts)


def _with_other_description(content: bytes, dice: random.Random) -> bytes:
    parts = parts_of(content)
    described = [index for index, (name, _part) in enumerate(parts) if name.endswith(".json")]
    if not described:
        return _with_one_part(content, dice)
    index = dice.choice(described)
    name, part = parts[index]
    parts[index] = (name, json.dumps(mutated_json(json.loads(part), dice)).encode())
    return archive_of(parts)


@functools.cache
def _sound_archives() -> dict[str, bytes]:
    import tempfile

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        file = Path(folder) / "net.pt2"
        found = {
            "program": exported("plain", file).read_bytes(),
            "program for any batch": exported("plain", file, batch=2, dynamic=True).read_bytes(),
        }
        torch.jit.script(Tiny()).save(str(file))
        found["TorchScript"] = file.read_bytes()
    return found


def _network(file: Path) -> object:
    from analysis.opening import catalogue
    from analysis.opening.loading import finished
    from analysis.protocol.recipe import ModelChoice

    network = finished(catalogue.load(ModelChoice(str(file)), Consent()), lambda step: None)
    p = network.preprocessing
    with torch.no_grad():
        return network.module(torch.zeros(1, p.channels, p.height, p.width))


# --- recipes, settings, names


def recipes(dice: random.Random, number: int) -> Iterator[Case]:
    """In every kind of file: its bytes, and the JSON in it."""
    from analysis.protocol.recipe import to_json

    sound = _sound_recipe()
    tree = json.loads(to_json(sound))
    for index in range(number):
        if dice.random() < 0.5:
            yield from of_bytes("recipes", _sound_recipes(), _recipe, dice, 1)
        else:
            text = json.dumps(mutated_json(tree, dice)).encode()
            yield Case("recipes", f"values {index}", text, _recipe)


def _sound_recipe() -> "object":
    from analysis.files.gallery import rows

    return rows()[0].recipe


@functools.cache
def _sound_recipes() -> dict[str, bytes]:
    from analysis.files.npz import npz_bytes
    from analysis.files.recipe_inside import pdf_keywords, png_with, svg_with
    from analysis.protocol.recipe import Recipe, to_json

    recipe = _sound_recipe()
    assert isinstance(recipe, Recipe)
    stream = io.BytesIO()
    Image.new("RGB", (30, 20)).save(stream, "PNG")
    keywords = pdf_keywords(recipe).replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return {
        "png": png_with(recipe, stream.getvalue()),
        "svg": svg_with(recipe, b'<?xml version="1.0"?>\n<svg width="3">\n <path d="M 1 1"/>\n</svg>\n'),
        "pdf": b"%PDF-1.4\n1 0 obj\n<< /Keywords (" + keywords.encode() + b") >>\nendobj\n",
        "npz": npz_bytes(recipe, {"result": np.arange(9.0)}),
        "json": to_json(recipe).encode(),
    }


def _recipe(file: Path) -> object:
    from analysis.files.recipe_inside import has_recipe, read_recipe
    from analysis.methods.registry import method
    from analysis.methods.settings import configured

    has_recipe(file)
    recipe = read_recipe(file)
    return configured(method(recipe.method), recipe.settings)


def settings(dice: random.Random, number: int) -> Iterator[Case]:
    """What was remembered of networks, and the names of classes."""
    entry = {"preprocessing": {"height": 28, "width": 28, "resize": 28, "fit": "crop"}, "labels": "labels.txt"}
    tree = {"key": entry, "key\nplace": entry, "other": entry}
    text = json.dumps(tree).encode()
    names = "\n".join(("cat", "dog", "größe", "a b")).encode()
    for index in range(number):
        way = dice.randrange(3)
        if way == 0:
            yield Case("settings", f"names {index}", mutated(names, dice), _names)
        else:
            content = mutated(text, dice) if way == 1 else json.dumps(mutated_json(tree, dice)).encode()
            yield Case("settings", f"remembered {index}", content, _remembered, "models.json")


def _names(file: Path) -> object:
    from analysis.opening import label_files

    return label_files.read(file)


def _remembered(file: Path) -> object:
    import os

    from analysis.opening import said_before

    before = os.environ.get("UNDERHOOD_CONFIG")
    os.environ["UNDERHOOD_CONFIG"] = str(file.parent)
    try:
        return [said_before.remembered(key) for key in ("key", "key\nplace", "other", "none")]
    finally:
        os.environ.pop("UNDERHOOD_CONFIG")
        if before is not None:
            os.environ["UNDERHOOD_CONFIG"] = before
