"""One shard of a population through the network: a pure function from what is asked to the bytes of a file.

The file is written under another name, brought to the disk and renamed, so that it is there whole or not at all, and
who computes the same shard a second time puts the same bytes in its place.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analysis.network import devices
from analysis.network.network import Network
from analysis.opening import catalogue
from analysis.opening.consent import Consent
from analysis.opening.loading import finished
from analysis.protocol.problems import CodeFile, Problem
from analysis.quick.layout import laid_out
from analysis.sweeps.gathering import Gathering
from analysis.sweeps.manifest import Entry
from analysis.sweeps.node_file import write_node
from analysis.sweeps.passing import Passing
from analysis.sweeps.reading import Pictures, Read, read_ahead
from analysis.sweeps.spec import SweepSpec, spec_of


@dataclass(frozen=True)
class ShardSpec:
    """All that a worker on any machine needs: nothing of it is an array or an open file."""

    shard: int
    first: int  # number of its first picture in the manifest
    entries: tuple[Entry, ...]
    source: str
    is_folder: bool
    spec: str  # of the sweep, as text
    file: str  # where the statistics go
    pooled: str  # where the rows of the pooled matrix go
    agreed: frozenset[CodeFile] = frozenset()
    trusted: bool = False
    skip: frozenset[int] = frozenset()  # numbers of pictures that end whoever reads them
    notes: str = ""  # a folder in which a worker notes that it began, and how far it is


@dataclass(frozen=True)
class ShardDone:
    """What a worker sends back: never the statistics themselves."""

    shard: int
    path: str
    sha256: str
    pictures: int
    bad: tuple[tuple[int, str], ...]


def run_shard(asked: ShardSpec, network: Network | None = None) -> Generator[int, None, ShardDone]:
    """Yields how many of its pictures are done after each batch; closing it leaves nothing behind."""
    spec = spec_of(asked.spec)
    if network is None:
        network = _opened(asked, spec)
    gatherings = [Gathering(layer) for layer in spec.layers]
    labels = np.unique([one.label for one in asked.entries if one.label is not None]).astype(np.int64)
    bad: list[tuple[int, str]] = []
    done = 0
    with Passing(network, spec, gatherings) as passing:
        passing.expect(labels)
        for reads in _batches(asked, spec, network):
            bad += [(read.number, read.problem) for read in reads if read.given is None]
            sound = [read for read in reads if read.given is not None]
            if sound:
                passing.take(sound, asked.first, asked.entries)
            done += len(reads)
            yield done
        passing.settle()
    bad += [(number, ENDED) for number in sorted(asked.skip)]
    arrays: dict[str, Any] = {}
    pooled = {}
    for place, gathering in enumerate(gatherings):
        arrays |= {f"{place}.{name}": array for name, array in gathering.growing.settled().arrays().items()}
        none = np.zeros((0, 2, gathering.layer.units), np.float32)
        pooled[f"{place}.pooled"] = np.concatenate([none, *gathering.growing.pooled])
    failed = {number for number, _ in bad}
    kept = [number for number, one in enumerate(asked.entries, asked.first) if one.kept and number not in failed]
    pooled["rows"] = np.array(kept, np.int64)
    bad.sort()
    digest = hashlib.sha256()
    if kept:
        digest.update(write_node(Path(asked.pooled), pooled))
    digest.update(write_node(Path(asked.file), arrays))  # last: with it the shard is there
    good = len(asked.entries) - len(failed)
    return ShardDone(asked.shard, asked.file, digest.hexdigest(), good, tuple(bad))


ENDED = "Whoever reads this picture ends at once, so it is left out: save or download it again."


def _batches(asked: ShardSpec, spec: SweepSpec, network: Network) -> Iterator[list[Read]]:
    """Of each at most `batch` sound pictures; those that cannot be read stand beside them."""
    pictures = Pictures(asked.source, asked.is_folder, spec.draft)
    todo = [(number, entry) for number, entry in enumerate(asked.entries, asked.first) if number not in asked.skip]
    reads: list[Read] = []
    sound = 0
    for read in read_ahead(pictures, todo, network, spec.batch):
        reads.append(read)
        sound += read.given is not None
        if sound == spec.batch:
            yield reads
            reads, sound = [], 0
    if reads:
        yield reads


_opened_before: dict[str, Network] = {}  # of this process, by what was asked


def _opened(asked: ShardSpec, spec: SweepSpec) -> Network:
    """A worker opens the network once and keeps it."""
    key = json.dumps([spec.text(), asked.trusted])
    if key not in _opened_before:
        _opened_before.clear()
        consent = Consent(asked.agreed, everything=asked.trusted)
        _opened_before[key] = laid_out(
            finished(catalogue.load(spec.model, consent), lambda _: None).moved(devices.choose(spec.device))
        )
        network = _opened_before[key]
        if spec.model.weights_hash not in (None, network.choice.weights_hash):
            _opened_before.clear()
            raise Problem(f"The weights of {network.title} are not those that this sweep began with.")
    return _opened_before[key]


def work(asked: ShardSpec) -> ShardDone:
    """The same from beginning to end, for a process of its own; how far it is, is noted in a file."""
    note = Path(asked.notes) / f"{asked.shard}.{os.getpid()}" if asked.notes else None
    steps = run_shard(asked)
    try:
        _tell(note, 0)
        while True:
            try:
                _tell(note, next(steps))
            except StopIteration as end:
                done: ShardDone = end.value
                return done
    finally:
        steps.close()
        if note is not None:
            note.unlink(missing_ok=True)
        gc.collect()


def _tell(note: Path | None, done: int) -> None:
    if note is not None:
        note.write_text(str(done), encoding="ascii")
