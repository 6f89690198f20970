"""Downloads weights to a file: with progress, stoppable at any moment, and going on where it was stopped."""

import hashlib
import http.client
import os
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from analysis.network.loading import Loading, Steps
from analysis.problems import Problem

CHUNK = 1 << 18
PATIENCE = 20.0  # seconds without a byte
GLANCE = 0.03  # seconds between two looks at how far it is


def downloaded(url: str, target: Path, title: str, megabytes: float | None) -> Steps[Path]:
    """`target`, after its download if it was not there yet. What arrived stays in `target.partial` when stopped."""
    if target.exists():
        return target
    transfer = _Transfer(url, target)
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

    def __init__(self, url: str, target: Path) -> None:
        super().__init__(name="weights download", daemon=True)
        self.url = url
        self.target = target
        self.partial = target.with_name(target.name + ".partial")
        self.done = 0
        self.total = 0
        self.failure = ""
        self.finished = threading.Event()
        self.stopped = threading.Event()

    def run(self) -> None:
        try:
            self.partial.parent.mkdir(parents=True, exist_ok=True)
            for chunk in self._chunks():
                with self.partial.open("ab") as file:
                    file.write(chunk)
                self.done += len(chunk)
                if self.stopped.is_set():
                    return
            self._accept()
        except urllib.error.HTTPError as error:
            self.failure = f"the server answered {error.code} {error.reason}"
            error.close()
        except urllib.error.URLError as error:
            self.failure = f"the server cannot be reached ({error.reason})"
        except (OSError, http.client.HTTPException) as error:
            self.failure = f"the transfer broke off ({error})"
        finally:
            self.finished.set()

    def _chunks(self) -> Iterator[bytes]:
        self.done = self.partial.stat().st_size if self.partial.exists() else 0
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
                self.partial.unlink(missing_ok=True)
                self.done = 0
            length = int(response.headers.get("Content-Length") or 0)
            self.total = self.done + length
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
        os.replace(self.partial, self.target)
