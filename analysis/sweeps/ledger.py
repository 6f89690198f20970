"""What of a sweep is done, in the atlas's SQLite file: the frozen manifest, each shard, and the pictures left out."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from analysis.protocol.problems import Problem
from analysis.sweeps.layout import DATABASE
from analysis.sweeps.manifest import Entry, Manifest

_TABLES = """
create table if not exists facts (name text primary key, value text not null);
create table if not exists pictures (number integer primary key, name text not null, label integer, size integer,
    time integer, kept integer not null);
create table if not exists bad (number integer primary key, why text not null);
create table if not exists shards (shard integer primary key, done integer not null default 0,
    starts integer not null default 0, failures integer not null default 0, sha256 text, pictures integer,
    skip text not null default '[]');
create table if not exists notes (unit integer, text text not null, time text not null);
create table if not exists queries (name text primary key, query text not null);
"""


@dataclass(frozen=True)
class ShardState:
    done: bool = False
    starts: int = 0
    failures: int = 0
    skip: frozenset[int] = frozenset()


class Ledger:
    """Every change is on the disk when the method that makes it returns, or did not happen."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / DATABASE
        try:
            self._base = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
            self._base.execute("pragma journal_mode=wal")
            self._base.execute("pragma synchronous=full")
            self._base.executescript(_TABLES)
        except sqlite3.Error as error:
            raise _told(self.path, error) from error

    def close(self, settled: bool = False) -> None:
        """With `settled` it is left as one file, which also opens where nobody may write."""
        try:
            if settled:
                self._base.execute("pragma journal_mode=delete")
        except sqlite3.Error:
            pass  # somebody reads it at this moment
        finally:
            self._base.close()

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        try:
            self._base.execute("begin immediate")
            try:
                yield self._base
            except BaseException:
                self._base.execute("rollback")
                raise
            self._base.execute("commit")
        except sqlite3.Error as error:
            raise _told(self.path, error) from error

    # facts

    def fact(self, name: str) -> str | None:
        try:
            row = self._base.execute("select value from facts where name = ?", (name,)).fetchone()
        except sqlite3.Error as error:
            raise _told(self.path, error) from error
        return None if row is None else str(row[0])

    def note(self, **facts: str) -> None:
        with self._changing() as base:
            base.executemany("insert or replace into facts values (?, ?)", facts.items())

    # the manifest

    def manifest(self) -> Manifest | None:
        told = self.fact("manifest")
        if told is None:
            return None
        about = json.loads(told)
        rows = self._base.execute("select name, label, size, time, kept from pictures order by number")
        entries = tuple(Entry(named(name), label, size, time, bool(kept)) for name, label, size, time, kept in rows)
        return Manifest(
            about["source"], about["is_folder"], tuple(about["classes"]), entries, tuple(about["ends"]), about["stamp"]
        )

    def freeze(self, manifest: Manifest, first: int = 0) -> None:
        """The entries from `first` on are new."""
        about = {
            "source": manifest.source,
            "is_folder": manifest.is_folder,
            "classes": manifest.classes,
            "ends": manifest.ends,
            "stamp": manifest.stamp,
        }
        rows = [
            (number, _stored(one.name), one.label, one.size, one.time, int(one.kept))
            for number, one in enumerate(manifest.entries[first:], first)
        ]
        with self._changing() as base:
            base.executemany("insert into pictures values (?, ?, ?, ?, ?, ?)", rows)
            base.executemany(
                "insert or replace into facts values (?, ?)",
                {"manifest": json.dumps(about), "manifest_hash": manifest.hash}.items(),
            )

    # shards

    def states(self) -> dict[int, ShardState]:
        rows = self._base.execute("select shard, done, starts, failures, skip from shards")
        return {
            shard: ShardState(bool(done), starts, failures, frozenset(json.loads(skip)))
            for shard, done, starts, failures, skip in rows
        }

    def started(self, shard: int) -> None:
        with self._changing() as base:
            base.execute("insert into shards (shard) values (?) on conflict do nothing", (shard,))
            base.execute("update shards set starts = starts + 1 where shard = ?", (shard,))

    def failed(self, shard: int) -> None:
        with self._changing() as base:
            base.execute("update shards set failures = failures + 1 where shard = ?", (shard,))

    def leave_out(self, shard: int, skip: Iterable[int]) -> None:
        """These pictures of the shard end whoever reads them."""
        with self._changing() as base:
            base.execute("update shards set skip = ?, failures = 0 where shard = ?", (json.dumps(sorted(skip)), shard))

    def done(self, shard: int, sha256: str, pictures: int, bad: Iterable[tuple[int, str]]) -> None:
        with self._changing() as base:
            base.execute("insert into shards (shard) values (?) on conflict do nothing", (shard,))
            base.execute(
                "update shards set done = 1, sha256 = ?, pictures = ? where shard = ?", (sha256, pictures, shard)
            )
            told = [(number, why.encode(errors="replace").decode()) for number, why in bad]
            base.executemany("insert or replace into bad values (?, ?)", told)

    def undone(self, shards: Iterable[int]) -> None:
        """Their files are not there any more."""
        with self._changing() as base:
            base.executemany("update shards set done = 0 where shard = ?", [(shard,) for shard in shards])

    def bad(self) -> list[tuple[int, str]]:
        return [(int(number), str(why)) for number, why in self._base.execute("select * from bad order by number")]

    def shard_rows(self) -> list[tuple[int, str, int]]:
        rows = self._base.execute("select shard, sha256, pictures from shards where done = 1 order by shard")
        return [(int(shard), str(sha), int(pictures)) for shard, sha, pictures in rows]

    @property
    def connection(self) -> sqlite3.Connection:
        return self._base


def _stored(name: str) -> str | bytes:
    """The name of a file may hold bytes that are no text; then the column has it as bytes."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return os.fsencode(name)
    return name


def named(stored: object) -> str:
    return os.fsdecode(stored) if isinstance(stored, bytes) else str(stored)


def _told(path: Path, error: sqlite3.Error) -> Problem:
    said = str(error)
    if "full" in said:
        return Problem(f"{path} could not be written: the disk is full; what was there before is unchanged.")
    if "not a database" in said or "malformed" in said:
        return Problem(f"{path} is damaged: sweep into a new folder.")
    return Problem(f"{path} cannot be used ({said}): choose another folder.")
