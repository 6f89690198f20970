"""A sweep: every picture of a frozen manifest through a network, into a folder that can be gone on with at any moment.

An engine runs shards and nothing else; what was finished is known by the ledger and by the files, so that whatever is
killed, the program itself included, loses the shards in flight and no more. A shard that fails four times is halved
until the picture that ends whoever reads it is known, which is then left out and named.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from analysis.datasets.data_set import DataSet
from analysis.files.claimed_file import claimed
from analysis.files.whole_file import write_whole
from analysis.protocol.problems import CodeFile, Problem, in_one_line
from analysis.sweeps.engines.engine import Ended, Engine, Handle
from analysis.sweeps.layout import ABOUT, CLAIM, DATABASE, FORMAT, NODES, NOTES, POOLED, SPEC
from analysis.sweeps.ledger import Ledger, ShardState
from analysis.sweeps.manifest import Changes, Entry, Manifest, frozen, grown, shards_of
from analysis.sweeps.shard import ShardDone, ShardSpec
from analysis.sweeps.spec import SweepSpec, spec_of
from analysis.sweeps.tree import Tree

TRIES = 4
_SUSPECT_TRIES = 2  # of a part of a shard whose picture is sought
_RECENT = 30.0  # seconds over which the rate is told
_MOST_POISON = 8  # pictures in a row that end whoever reads them: then it is not the pictures


@dataclass(frozen=True)
class SweepStep:
    """How far it is. `rate` is in pictures a second, `left` in seconds; both 0 while they are not known.

    `kept` pictures are in shards that are done.
    """

    done: int
    total: int
    rate: float
    left: float
    bad: int
    note: str = ""
    kept: int = 0

    def in_words(self) -> str:
        parts = [f"{self.done:,} of {self.total:,} pictures"]
        if self.rate > 0:
            parts.append(f"{self.rate:.3g} a second" if self.rate < 1000 else f"{self.rate:,.0f} a second")
        if self.left > 0 and self.done < self.total:
            parts.append(f"about {_duration(self.left)} left")
        if self.bad:
            parts.append(f"{self.bad:,} left out")
        return ", ".join(parts) + (f"; {self.note}" if self.note else "")


Steps = Generator[SweepStep, None, None]


class Sweep:
    """The folder is made, or gone on with; it is this program's alone until it is closed."""

    def __init__(self, folder: Path, spec: SweepSpec | None = None, agreed: frozenset[CodeFile] = frozenset()) -> None:
        """Without a spec the sweep that is in the folder goes on."""
        self.folder = folder.resolve()
        self._agreed = agreed
        self._trusted = False
        there = spec_in(self.folder)
        if there is None and spec is None:
            raise Problem(f"There is no sweep in {folder} to go on with: say what to sweep with --model and --data.")
        if there is not None and spec is not None and there.hash != spec.hash:
            raise Problem(_unlike(folder, there, spec))
        chosen = there or spec
        assert chosen is not None
        self.spec = chosen
        if there is None:
            self._begin()
        self._claim = self._claimed()
        try:
            for name in (NODES, POOLED, NOTES):
                (self.folder / name).mkdir(exist_ok=True)
            self._clean()
            self.ledger = Ledger(self.folder)
            self.tree = Tree(self.folder / NODES, len(self.spec.layers))
            known = {shard for shard, state in self.ledger.states().items() if state.done}
            for level, number in self.tree.nodes():
                if level == 0 and number not in known:  # it came when nobody was there any more to note it
                    self.tree.forget(level, number)
        except BaseException as error:
            self._claim.close()
            if isinstance(error, OSError):
                raise Problem(f"The folder {folder} cannot be used: {error.strerror or error}.") from error
            raise
        self.changes = Changes(0, (), ())
        self._manifest: Manifest | None = None

    def close(self) -> None:
        self.ledger.close(settled=True)
        self._claim.close()

    def trust(self) -> None:
        """Code in the network's files may run in workers, too."""
        self._trusted = True

    # what is swept

    def over(self, data: DataSet, source: str) -> None:
        """The pictures of this set; of one that was frozen before, what came since stands behind it."""
        before = self.ledger.manifest()
        if before is None:
            self._manifest = frozen(data, source, self.spec.kept)
            self.ledger.freeze(self._manifest)
            return
        if not before.is_folder and before.source != source and Path(source).exists():
            source = str(Path(source).resolve())
        same = before.source == source or Path(before.source).resolve() == Path(source).resolve()
        if not same:
            raise Problem(
                f"The atlas in {self.folder} is of {before.source}: choose another folder for that of {source}."
            )
        self._manifest, self.changes = grown(before, data, self.spec.kept)
        if self.changes.new:
            self.ledger.freeze(self._manifest, len(before.entries))

    def over_the_same_as(self, other: Path) -> None:
        """The frozen manifest of another atlas, picture for picture."""
        if self.ledger.manifest() is None:
            with_it = Ledger(other)
            try:
                manifest = with_it.manifest()
            finally:
                with_it.close()
            if manifest is None:
                raise Problem(f"There is no population in {other}: choose the folder of an atlas.")
            self.ledger.freeze(manifest)

    @property
    def manifest(self) -> Manifest:
        if self._manifest is None:
            self._manifest = self.ledger.manifest()
        if self._manifest is None:
            raise Problem(f"There is no population in {self.folder} yet: say which with --data.")
        return self._manifest

    @property
    def shards(self) -> tuple[tuple[int, int], ...]:
        return shards_of(self.manifest.ends, self.spec.shard)

    def state(self) -> tuple[dict[int, ShardState], set[int]]:
        """What the ledger says of each shard, and which of them are there."""
        states = self.ledger.states()
        there = {shard for shard, state in states.items() if state.done and self.tree.has(shard)}
        lost = [shard for shard, state in states.items() if state.done and shard not in there]
        if lost:
            self.ledger.undone(lost)
        return states, there

    @property
    def whole(self) -> bool:
        return len(self.state()[1]) == len(self.shards)

    def join(self, other: Path) -> int:
        """Takes in what another machine swept of the same manifest; how many shards that were."""
        their_spec = spec_in(other)
        if their_spec is None or their_spec.hash != self.spec.hash:
            raise Problem(f"The sweep in {other} is laid out otherwise: join halves that were swept alike.")
        with_it = Ledger(other)
        try:
            theirs = with_it.manifest()
            if theirs is None or theirs.hash != self.manifest.hash:
                raise Problem(f"The sweep in {other} is over other pictures: join halves of one population.")
            rows, bad = with_it.shard_rows(), with_it.bad()
        finally:
            with_it.close(settled=True)
        their_tree = Tree(other / NODES, len(self.spec.layers))
        rows = [row for row in rows if their_tree.has(row[0])]
        mine = self.state()[1]
        if mine & {row[0] for row in rows}:
            raise Problem(f"Some shards are in {other} and here: join halves that do not overlap (--part 1/2, 2/2).")
        shards = self.shards
        for shard, sha, pictures in rows:
            first, end = shards[shard]
            pooled = other / POOLED / f"{shard}.npz"
            if pooled.exists():
                write_whole(self.folder / POOLED / pooled.name, pooled.read_bytes())
            self.ledger.done(shard, sha, pictures, [one for one in bad if first <= one[0] < end])
        for level, number in their_tree.nodes():
            self.tree.take(level, number, their_tree.path(level, number).read_bytes())
        return len(rows)

    # sweeping

    def steps(self, engine: Engine, part: tuple[int, int] = (1, 1)) -> Steps:
        """Everything that is not there yet; closing it stops at once, and loses what is in flight."""
        run = _Run(self, engine, part)
        try:
            yield from run.steps()
        finally:
            run.stop()

    def asked(self, shard: int, skip: frozenset[int]) -> ShardSpec:
        first, end = self.shards[shard]
        return self._asked(shard, first, self.manifest.entries[first:end], skip, self.tree.path(0, shard))

    def probe(self, shard: int, first: int, end: int, skip: frozenset[int]) -> ShardSpec:
        """A part of a shard, whose result nobody wants: only whether it comes to an end."""
        inside = frozenset(number for number in skip if first <= number < end)
        path = self.folder / NOTES / f"probe.{shard}.npz"
        asked = self._asked(shard, first, self.manifest.entries[first:end], inside, path)
        return replace(asked, pooled=str(self.folder / NOTES / f"probe.{shard}.pooled.npz"))

    def _asked(self, shard: int, first: int, entries: tuple[Entry, ...], skip: frozenset[int], path: Path) -> ShardSpec:
        manifest = self.manifest
        return ShardSpec(
            shard,
            first,
            entries,
            manifest.source,
            manifest.is_folder,
            self.spec.text(),
            str(path),
            str(self.folder / POOLED / f"{shard}.npz"),
            self._agreed,
            self._trusted,
            skip,
            str(self.folder / NOTES),
        )

    # the folder

    def _begin(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            others = sorted(path.name for path in self.folder.iterdir() if not path.name.startswith("."))
        except OSError as error:
            raise Problem(f"The folder {self.folder} cannot be used: {error.strerror or error}.") from error
        if others and others != [CLAIM]:
            raise Problem(f"{self.folder} holds other files, such as {others[0]}: choose an empty folder.")
        write_whole(self.folder / SPEC, self.spec.text().encode("ascii"))

    def _claimed(self) -> BinaryIO:
        try:
            claim = claimed(self.folder / CLAIM)
        except OSError as error:
            raise Problem(
                f"You may not write into {self.folder}: choose another one ({error.strerror or error})."
            ) from error
        if claim is None:
            raise Problem(f"Another program sweeps into {self.folder}: wait for it, or stop it first.")
        return claim

    def _clean(self) -> None:
        """Takes away what a killed program left half done."""
        for path in (self.folder / NOTES).iterdir():
            with suppress(OSError):
                path.unlink()
        for folder in (self.folder, self.folder / NODES, self.folder / POOLED):
            for path in folder.glob(".*.part"):
                with suppress(OSError):
                    path.unlink()


def spec_in(folder: Path) -> SweepSpec | None:
    path = folder / SPEC
    _refuse_a_newer_one(folder)
    try:
        if not path.exists():
            if (folder / DATABASE).exists():
                raise Problem(f"{folder} is an atlas without {SPEC}: sweep into a new folder.")
            return None
        return spec_of(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or "it is damaged"
        raise Problem(f"{path} could not be read: {said}.") from error


def _refuse_a_newer_one(folder: Path) -> None:
    """What a newer Underhood made of the same sweep would be written over."""
    try:
        told = json.loads((folder / ABOUT).read_text(encoding="ascii"))
    except (OSError, ValueError):  # what is damaged is made anew
        return
    found = told.get("format") if isinstance(told, dict) else None
    if isinstance(found, int) and found > FORMAT:
        raise Problem(f"A newer Underhood made the atlas in {folder}: sweep with that one, or into a new folder.")


class _Run:
    """One go at what is left of a sweep."""

    def __init__(self, sweep: Sweep, engine: Engine, part: tuple[int, int]) -> None:
        self._sweep, self._engine = sweep, engine
        states, there = sweep.state()
        shards = sweep.shards
        mine = [shard for shard in range(len(shards)) if shard * part[1] // len(shards) == part[0] - 1]
        self._states = states
        self._todo = deque(shard for shard in mine if shard not in there)
        self._sizes = {shard: shards[shard][1] - shards[shard][0] for shard in mine}
        self._total = sum(self._sizes.values())
        self._finished = sum(self._sizes[shard] for shard in mine if shard in there)
        self._bad = sum(1 for _ in sweep.ledger.bad())
        self._flying: dict[Handle, int] = {}
        self._hunts: dict[int, _Hunt] = {}
        self._probes: dict[Handle, _Hunt] = {}
        self._poison_in_a_row = 0
        self._innocent: set[int] = set()  # shards that failed though no picture of theirs did
        self._seen = deque([(time.monotonic(), float(self._finished))])

    def steps(self) -> Iterator[SweepStep]:
        yield self._step("")
        while self._todo or self._flying or self._probes or self._hunts:
            self._fill()
            for handle in self._engine.wait(0.25):
                note = self._end(handle)
                if note:
                    yield self._step(note)
            yield self._step("")

    def stop(self) -> None:
        for handle in (*self._flying, *self._probes):
            self._engine.cancel(handle)
        self._flying.clear()
        self._probes.clear()

    def _fill(self) -> None:
        for hunt in self._hunts.values():
            if hunt.handle is None and len(self._flying) + len(self._probes) < self._engine.room:
                hunt.handle = self._engine.submit(self._sweep.probe(hunt.shard, *hunt.suspects[-1], hunt.skip))
                self._probes[hunt.handle] = hunt
        while self._todo and len(self._flying) + len(self._probes) < self._engine.room:
            shard = self._todo.popleft()
            self._sweep.ledger.started(shard)
            skip = self._states.get(shard, ShardState()).skip
            self._flying[self._engine.submit(self._sweep.asked(shard, skip))] = shard

    def _end(self, handle: Handle) -> str:
        hunt = self._probes.pop(handle, None)
        if hunt is not None:
            hunt.handle = None
            return self._probed(hunt, handle)
        shard = self._flying.pop(handle)
        try:
            done = self._engine.result(handle)
        except Problem:
            raise
        except Ended:
            return self._failed(shard, "")
        except Exception as error:  # whatever a network of somebody's own raises, or a machine without memory
            return self._failed(shard, in_one_line(error))
        self._keep(shard, done)
        return ""

    def _keep(self, shard: int, done: ShardDone) -> None:
        self._sweep.ledger.done(shard, done.sha256, done.pictures, done.bad)
        self._sweep.tree.add(shard)
        self._finished += self._sizes[shard]
        self._bad = len(self._sweep.ledger.bad())
        self._poison_in_a_row = 0

    def _failed(self, shard: int, why: str) -> str:
        self._sweep.ledger.failed(shard)
        state = self._states.get(shard, ShardState())
        state = replace(state, failures=state.failures + 1)
        self._states[shard] = state
        first, end = self._sweep.shards[shard]
        if state.failures < TRIES:
            self._todo.appendleft(shard)
            return f"shard {shard} is tried again{f' ({why})' if why else ''}"
        if end - first - len(state.skip) < 1:
            raise Problem(f"Shard {shard} cannot be finished{f': {why}' if why else ''}; the rest is kept.")
        self._hunts[shard] = _Hunt(shard, [(first, end)], state.skip, why)
        self._hunts[shard].halve()
        return f"shard {shard} failed {TRIES} times: the picture that ends it is sought"

    def _probed(self, hunt: _Hunt, handle: Handle) -> str:
        try:
            self._engine.result(handle)
            ended = False
        except Problem:
            raise
        except Exception as error:
            ended = True
            hunt.why = hunt.why or in_one_line(error)
        hunt.tries += ended
        if ended and hunt.tries < _SUSPECT_TRIES:
            return ""
        hunt.tries = 0
        first, end = hunt.suspects.pop()
        if not ended:
            if not hunt.suspects:  # nothing of it fails alone: it was the machine
                del self._hunts[hunt.shard]
                return self._try_again(hunt, hunt.skip)
            return ""
        if end - first > 1:
            hunt.suspects = [(first, end)]  # where the harm is, whatever else was suspected
            hunt.halve()
            return ""
        del self._hunts[hunt.shard]
        self._poison_in_a_row += 1
        if self._poison_in_a_row > _MOST_POISON:
            raise Problem(
                f"{_MOST_POISON} pictures one after the other ended whoever read them, so it is not the pictures: "
                f"look at the network and the memory{f' ({hunt.why})' if hunt.why else ''}."
            )
        return self._try_again(hunt, hunt.skip | {first})

    def _try_again(self, hunt: _Hunt, skip: frozenset[int]) -> str:
        if skip == hunt.skip and hunt.shard in self._innocent:
            raise Problem(
                f"Shard {hunt.shard} fails again and again, though no picture of it does alone"
                f"{f' ({hunt.why})' if hunt.why else ''}: look at the memory of the machine; the rest is kept."
            )
        self._innocent.add(hunt.shard)
        self._sweep.ledger.leave_out(hunt.shard, skip)
        self._states[hunt.shard] = replace(self._states[hunt.shard], skip=skip, failures=0)
        self._todo.appendleft(hunt.shard)
        named = [self._sweep.manifest.entries[number].name for number in skip - hunt.skip]
        return f"{named[0]} ends whoever reads it and is left out" if named else ""

    def _step(self, note: str) -> SweepStep:
        now = time.monotonic()
        done = self._finished + sum(min(handle.done, self._sizes[shard]) for handle, shard in self._flying.items())
        self._seen.append((now, float(done)))
        while len(self._seen) > 2 and now - self._seen[0][0] > _RECENT:
            self._seen.popleft()
        began, before = self._seen[0]
        rate = max(done - before, 0.0) / (now - began) if now - began > 0.5 else 0.0
        left = (self._total - done) / rate if rate > 0 else 0.0
        return SweepStep(int(done), self._total, rate, left, self._bad, note, self._finished)


@dataclass(eq=False)
class _Hunt:
    """For the one picture of a shard that ends whoever reads it: halves that are suspected, the next one last."""

    shard: int
    suspects: list[tuple[int, int]]
    skip: frozenset[int]
    why: str
    tries: int = 0
    handle: Handle | None = None

    def halve(self) -> None:
        first, end = self.suspects.pop()
        middle = (first + end) // 2
        self.suspects = [(middle, end), (first, middle)] if end - first > 1 else [(first, end)]


def _unlike(folder: Path, there: SweepSpec, spec: SweepSpec) -> str:
    mine, theirs = json.loads(spec.text()), json.loads(there.text())
    if mine["model"] != theirs["model"]:
        of = f"{there.model.name} with the weights {str(there.model.weights_hash)[:8]}"
        return f"The atlas in {folder} is of {of}: choose another folder."
    if mine["engine"] != theirs["engine"]:
        return (
            f"The sweep in {folder} was begun by {there.engine}, and here it would be {spec.engine}, which rounds "
            "otherwise: choose another folder."
        )
    names = ", ".join(name for name in mine if mine[name] != theirs[name])
    return f"The sweep in {folder} was begun with other {names}: give the same ones, or choose another folder."


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
