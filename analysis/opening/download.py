"""Downloads weights to a file: with progress, stoppable at any moment, and going on where it was stopped.

No more is taken than was announced, and two processes never write to one file.
"""

import contextlib
import hashlib
import http.client
import os
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from analysis.files.claimed_file import claimed
from analysis.opening.loading import Loading, Steps
from analysis.protocol.problems import Problem

CHUNK = 1 << 18
PATIENCE = 20.0  # seconds without a byte
GLANCE = 0.03  # seconds between two looks at how far it is
MARGIN = 1.1  # what is known of the size is rounded
UNKNOWN = 20e9  # bytes that are taken where nobody says how many there are


def downloaded(url: str, target: Path, title: str, megabytes: float | None) -> Steps[Path]:
    """`target`, after its download if it was not there yet. What arrived stays in `target.partial` when stopped."""
    if target.exists():
        return target
    transfer = _Transfer(url, target, megabytes)
    transfer.start()
    try:
        while not transfer.finished.wait(GLANCE):
            total = transfer.total or (megabytes or 0) * 1e6
            of = f" of {total / 1e6:.0f}" if total else ""
            yield Loading(transfer.done, max(total, transfer.done, 1), f"{title}: {transfer.done / 1e6:.1f}{of} MB")
    finally:
        transfer.stopped.set()
    if transfer.failure:
        raise Problem(
            f"The weights of {title}{f' ({megabytes:.0f} MB)' if megabytes else ''} could not be downloaded: "
            f"{transfer.failure}. Try again with an internet connection, or choose random weights."
        )
    return target


class _Transfer(threading.Thread):
    """Waits for the network in a thread of its own, so that the one who looks at it never does."""

    def __init__(self, url: str, target: Path, megabytes: float | None) -> None:
        super().__init__(name="weights download", daemon=True)
        self.url = url
        self.target = target
        self.partial = target.with_name(target.name + ".partial")
        self.alone = False  # another process has the usual partial file
        self.most = megabytes * 1e6 * MARGIN + CHUNK if megabytes else UNKNOWN
        self.done = 0
        self.total = 0
        self.failure = ""
        self.finished = threading.Event()
        self.stopped = threading.Event()

    def run(self) -> None:
        try:
            self.partial.parent.mkdir(parents=True, exist_ok=True)
            with self._claimed() as file:
                whole = self._receive(file)
            if whole and not self.failure:
                self._accept()
        except urllib.error.HTTPError as error:
            self.failure = f"the server answered {error.code} {error.reason}"
            error.close()
        except urllib.error.URLError as error:
            self.failure = f"the server cannot be reached ({error.reason})"
        except (OSError, http.client.HTTPException) as error:
            self.failure = f"the transfer broke off ({error})"
        finally:
            self._tidy()
            self.finished.set()

    def _claimed(self) -> BinaryIO:
        """What arrived before, to go on with; a file of its own while another process goes on with that."""
        file = claimed(self.partial)
        if file is None:
            self.alone = True
            self.partial = self.target.with_name(f"{self.target.name}.{os.getpid()}-{self.ident}.partial")
            file = self.partial.open("xb")
        return file

    def _tidy(self) -> None:
        """Nothing is left of a file that nobody could go on with."""
        with contextlib.suppress(OSError):
            if self.alone or not self.partial.stat().st_size:
                self.partial.unlink()

    def _receive(self, file: BinaryIO) -> bool:
        """Whether all of it is there."""
        for chunk in self._chunks(file):
            if self.done + len(chunk) > self.most:
                file.truncate(0)  # whatever it is, it is not what was announced
                self.failure = f"more arrived than the {self.most / 1e6:.0f} MB that there should be"
                return False
            file.write(chunk)
            file.flush()
            self.done += len(chunk)
            if self.stopped.is_set():
                return False
        return True

    def _chunks(self, file: BinaryIO) -> Iterator[bytes]:
        self.done = file.seek(0, os.SEEK_END)
        request = urllib.request.Request(self.url, headers={"User-Agent": "underhood"})
        if self.done:
            request.add_header("Range", f"bytes={self.done}-")
        try:
            response = urllib.request.urlopen(request, timeout=PATIENCE)
        except urllib.error.HTTPError as error:
            if error.code != http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                raise
            error.close()  # nothing is missing, or what is there is not of this file: the hash tells
            return
        with response:
            if response.status != http.HTTPStatus.PARTIAL_CONTENT:  # the server sends it from the start
                file.truncate(0)
                self.done = 0
            length = int(response.headers.get("Content-Length") or 0)
            self.total = self.done + length
            if self.total > self.most:
                self.failure = f"the server has {self.total / 1e6:.0f} MB under this name, which is another file"
                return
            while chunk := response.read(CHUNK):
                yield chunk
        if self.total > self.done and length:
            raise http.client.IncompleteRead(b"", self.total - self.done)

    def _accept(self) -> None:
        """The name of the file holds the beginning of its SHA-256, as torch's hub names them."""
        expected = re.search(r"-([0-9a-f]{8,64})\.", self.target.name)
        if expected:
            with self.partial.open("rb") as file:
                actual = hashlib.file_digest(file, "sha256").hexdigest()
            if not actual.startswith(expected[1]):
                self.partial.unlink()
                self.failure = "what arrived is damaged (its hash is wrong)"
                return
        try:
            os.replace(self.partial, self.target)
        except FileNotFoundError:
            if not self.target.exists():  # another process, which had it until now, has just done the same
                raise
