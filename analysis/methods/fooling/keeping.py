"""What was bred so far as the content of a file, and back: numbers and words, no code."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from zipfile import BadZipFile

import numpy as np
import torch
from torch import Generator

from analysis.files.npz import arrays_as_bytes
from analysis.methods.fooling.archive import Archive, Elite
from analysis.methods.fooling.encoding import Encoding
from analysis.protocol.problems import Problem
from analysis.results.kinds import Ancestor, Array

Genome = TypeVar("Genome")
VERSION = 1


@dataclass(eq=False)
class Bred(Generic[Genome]):
    """After a whole generation: what it takes to go on as if nothing had come between."""

    archive: Archive[Genome]
    generator: Generator


def packed(bred: Bred[Genome], encoding: Encoding[Genome], about: str) -> bytes:
    """`about` is all that it depends on, so that it goes on with nothing else."""
    archive = bred.archive
    elites = list(dict.fromkeys(elite for elite in archive.elites if elite is not None))
    forebears = _forebears(elites)
    number = {id(one): place for place, one in enumerate(forebears)}
    place = {id(elite): row for row, elite in enumerate(elites)}

    def numbers(of: list[Ancestor | None]) -> Array:
        return np.array([number[id(one)] if one is not None else -1 for one in of], np.int64)

    said = {
        "version": VERSION,
        "about": about,
        "generation": archive.generation,
        "jumps": archive.jumps,
        "names": [one.name for one in forebears],
    }
    arrays: dict[str, Array] = {
        "said": np.frombuffer(json.dumps(said).encode(), np.uint8),
        "generator": bred.generator.get_state().numpy(),
        "confidence": archive.confidence,
        "taken": archive.taken,
        "medians": np.array(archive.medians, np.float64),
        "champions": np.array([place[id(one)] if one is not None else -1 for one in archive.elites], np.int64),
        "born": np.array([elite.born for elite in elites], np.int64),
        "first": numbers([elite.first for elite in elites]),
        "other": numbers([elite.other for elite in elites]),
        "forebear_index": np.array([one.index for one in forebears], np.int64),
        "forebear_confidence": np.array([one.confidence for one in forebears], np.float64),
        "forebear_born": np.array([one.born for one in forebears], np.int64),
        "forebear_first": numbers([one.first for one in forebears]),
        "forebear_other": numbers([one.other for one in forebears]),
    }
    if elites:
        arrays["pixels"] = np.stack([elite.pixels for elite in elites])
        arrays |= {f"genome_{name}": array for name, array in encoding.packed([one.genome for one in elites]).items()}
    if forebears:
        arrays["forebear_frames"] = np.stack([one.frame for one in forebears])
    return arrays_as_bytes(arrays)


def unpacked(content: bytes, encoding: Encoding[Genome], about: str, classes: int) -> Bred[Genome]:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = dict(file)
        said = json.loads(arrays["said"].tobytes())
        if said["version"] != VERSION or said["about"] != about or len(arrays["champions"]) != classes:
            raise Problem(
                "What was bred in this folder is of another network, method, population or seed: choose another folder."
            )
        return Bred(_archive(arrays, said, encoding, classes), _generator(arrays["generator"]))
    except (OSError, ValueError, KeyError, IndexError, TypeError, RuntimeError, EOFError, BadZipFile) as error:
        raise Problem("What was bred in this folder is damaged, so it cannot go on: choose another folder.") from error


def _archive(
    arrays: Mapping[str, Array], said: Mapping[str, Any], encoding: Encoding[Genome], classes: int
) -> Archive[Genome]:
    forebears: list[Ancestor] = []

    def of(places: Array) -> list[Ancestor | None]:
        return [forebears[place] if place >= 0 else None for place in places.tolist()]

    for row, name in enumerate(said["names"]):  # parents stand before their children
        (first,), (other,) = (of(arrays[f"forebear_{which}"][row : row + 1]) for which in ("first", "other"))
        index, born = (int(arrays[f"forebear_{which}"][row]) for which in ("index", "born"))
        sure, frame = float(arrays["forebear_confidence"][row]), arrays["forebear_frames"][row]
        forebears.append(Ancestor(index, str(name), sure, born, frame, first, other))
    archive: Archive[Genome] = Archive(classes)
    archive.generation, archive.jumps = int(said["generation"]), int(said["jumps"])
    archive.confidence, archive.taken = arrays["confidence"], arrays["taken"]
    archive.medians = arrays["medians"].tolist()
    if not (len(archive.confidence) == len(archive.taken) == classes):
        raise ValueError("of another number of classes")
    if "pixels" in arrays:
        start = len("genome_")
        genomes = encoding.unpacked({name[start:]: of_ for name, of_ in arrays.items() if name.startswith("genome_")})
        parts = (genomes, arrays["pixels"], arrays["born"].tolist(), of(arrays["first"]), of(arrays["other"]))
        elites = [Elite(*one) for one in zip(*parts, strict=True)]
        archive.elites = [elites[place] if place >= 0 else None for place in arrays["champions"].tolist()]
    return archive


def _generator(state: Array) -> Generator:
    generator = torch.Generator()
    generator.set_state(torch.from_numpy(state.copy()))
    return generator


def _forebears(elites: list[Elite[Genome]]) -> list[Ancestor]:
    """All of them once, parents before their children."""
    found: dict[int, Ancestor] = {}
    for elite in elites:
        for last in (elite.other, elite.first):
            for one in last.line() if last is not None else ():
                if one.other is not None:
                    found.setdefault(id(one.other), one.other)
                found.setdefault(id(one), one)
    return list(found.values())
