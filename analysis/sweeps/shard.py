"""One shard of a population through the network: a pure function from what is asked to the bytes of a file.

The file is written under another name, brought to the disk and renamed, so that it is there whole or not at all, and
who computes the same shard a second time puts the same bytes in its place.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import json
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from analysis.network import devices
from analysis.network.capture import tensor_in
from analysis.network.full_precision import full_precision
from analysis.network.listening import listening
from analysis.network.maps import maps_of
from analysis.network.network import Network
from analysis.opening import catalogue
from analysis.opening.consent import Consent
from analysis.opening.loading import finished
from analysis.protocol.layers import LayerNode
from analysis.protocol.problems import CodeFile, Problem
from analysis.quick.layout import laid_out
from analysis.sweeps.gathering import Batch, Gathering
from analysis.sweeps.manifest import Entry
from analysis.sweeps.node_file import write_node
from analysis.sweeps.reading import Pictures, Read, read_ahead
from analysis.sweeps.rectifiers import Watching, rectified
from analysis.sweeps.spec import SweepSpec, spec_of
from analysis.tracing.trace import unseen


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
    nodes = [network.node(layer.path) for layer in spec.layers]
    gatherings = [Gathering(layer) for layer in spec.layers]
    bad: list[tuple[int, str]] = []
    done = 0
    passing = _Passing(network, spec, nodes, gatherings)
    for reads in _batches(asked, spec, network):
        bad += [(read.number, read.problem) for read in reads if read.given is None]
        sound = [read for read in reads if read.given is not None]
        if sound:
            passing.take(sound, asked)
        done += len(reads)
        yield done
    bad += [(number, ENDED) for number in sorted(asked.skip)]
    arrays: dict[str, Any] = {}
    pooled = {}
    for place, gathering in enumerate(gatherings):
        arrays |= {f"{place}.{name}": array for name, array in gathering.statistics.arrays().items()}
        none = np.zeros((0, 2, gathering.layer.units), np.float32)
        pooled[f"{place}.pooled"] = np.concatenate([none, *gathering.pooled])
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


class _Passing:
    """Batches through the network, each layer's answer to who gathers it."""

    def __init__(
        self, network: Network, spec: SweepSpec, nodes: Sequence[LayerNode], gatherings: Sequence[Gathering]
    ) -> None:
        self._network, self._spec = network, spec
        self._nodes, self._gatherings = nodes, gatherings
        self._batch = Batch((), (), ())
        self._reached: set[str] = set()
        by_path = {node.path: place for place, node in enumerate(nodes)}
        self._of: dict[int, list[int]] = {}
        size = network.preprocessing
        blank = torch.zeros((1, size.channels, size.height, size.width), device=network.device)
        with torch.no_grad(), threads(spec.threads), full_precision(network.device):
            seen, _ = rectified(
                network, [node for node, one in zip(nodes, spec.layers, strict=True) if one.before_relu], blank
            )
        for path, one in seen.items():
            if one.from_relu:
                self._of.setdefault(one.ordinal, []).append(by_path[path])

    @torch.no_grad()
    def take(self, reads: Sequence[Read], asked: ShardSpec) -> None:
        spec, network = self._spec, self._network
        entries = [asked.entries[read.number - asked.first] for read in reads]
        numbers = [read.number for read in reads]
        self._batch = Batch(numbers, [one.label for one in entries], [one.kept for one in entries])
        self._reached.clear()
        given = np.zeros((spec.batch, *reads[0].given.shape), np.float32)  # type: ignore[union-attr]
        for place, read in enumerate(reads):
            given[place] = read.given
        hooks = {node.path: self._hearer(place) for place, node in enumerate(self._nodes)}
        watching = Watching(list(self._of), self._coming)
        with threads(spec.threads), full_precision(network.device), listening(network.module, hooks), watching.used():
            network.module(torch.from_numpy(given).to(network.device))
        missing = [node.path for node in self._nodes if node.path not in self._reached]
        if missing:
            raise Problem(f"The layer {missing[0]} was not reached for some pictures: choose others with --layers.")

    def _hearer(self, place: int) -> Callable[[Any, Any, Any], None]:
        node = self._nodes[place]

        def hear(_module: Any, _inputs: Any, output: Any) -> None:
            tensor = tensor_in(output)
            if tensor is not None:
                self._reached.add(node.path)
                with unseen():  # what is gathered has cut values of its own, which are no rectifiers of the network
                    self._gatherings[place].add(maps_of(node, tensor), self._batch)

        return hear

    def _coming(self, number: int, tensor: Tensor, ceiling: float) -> None:
        for place in self._of[number]:
            maps = maps_of(self._nodes[place], tensor)
            if maps.shape[1:] == self._gatherings[place].shape:
                self._gatherings[place].coming(maps.float(), len(self._batch), ceiling)


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


@contextlib.contextmanager
def threads(count: int) -> Iterator[None]:
    """So many of torch's threads compute in the block."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


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
