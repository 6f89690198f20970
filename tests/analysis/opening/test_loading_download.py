"""Weights from the internet, played by a server in this process: progress, resuming, damage, failure."""

import hashlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from analysis.opening.download import CHUNK, downloaded
from analysis.opening.loading import Loading
from analysis.protocol.problems import Problem

CONTENT = bytes(range(256)) * (CHUNK // 64)
HASH = hashlib.sha256(CONTENT).hexdigest()[:8]


class Server:
    """Serves CONTENT; `behaviour` can change an answer, `requests` are the Range headers it saw."""

    def __init__(self) -> None:
        self.requests: list[str | None] = []
        self.ranges = True
        self.break_after: int | None = None
        self.hold: threading.Event | None = None
        self.content = CONTENT
        self.announced: int | None = len(CONTENT)
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_address[1]}/net-{HASH}.pth"

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        asked = request.headers.get("Range")
        self.requests.append(asked)
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.ranges else 0
        if start >= len(self.content):
            request.send_error(416)
            return
        request.send_response(206 if asked and self.ranges else 200)
        if self.announced is not None:
            request.send_header("Content-Length", str(self.announced - start))
        request.end_headers()
        end = len(self.content) if self.break_after is None else self.break_after
        request.wfile.write(self.content[start:end])
        request.wfile.flush()
        if self.hold is not None:
            self.hold.wait(20)
        request.close_connection = True

    def stop(self) -> None:
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    serving = Server()
    yield serving
    if serving.hold is not None:
        serving.hold.set()
    serving.stop()


def run(url: str, target: Path, stop: Callable[[Loading], bool] = lambda step: False) -> list[Loading]:
    seen = []
    steps = downloaded(url, target, "net", 1.0)
    for step in steps:
        seen.append(step)
        if stop(step):
            steps.close()
    return seen


def test_that_a_download_arrives_whole_under_its_name(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "hub" / f"net-{HASH}.pth"
    run(server.url, target)
    assert target.read_bytes() == CONTENT
    assert list(target.parent.iterdir()) == [target]
    assert run(server.url, target) == [], "what is there is not fetched again"
    assert len(server.requests) == 1


def test_that_progress_is_told_while_it_runs_and_a_stopped_download_goes_on_where_it_was(
    server: Server, tmp_path: Path
) -> None:
    target = tmp_path / f"net-{HASH}.pth"
    server.hold, server.break_after = threading.Event(), 2 * CHUNK
    seen = run(server.url, target, stop=lambda step: step.done >= CHUNK)
    assert seen[-1].total == len(CONTENT)
    assert "MB" in seen[-1].note
    assert not target.exists()
    partial = target.with_name(target.name + ".partial")
    server.hold.set()
    for thread in threading.enumerate():
        if thread.name == "weights download":
            thread.join()
    kept = partial.stat().st_size
    assert 0 < kept < len(CONTENT)
    server.break_after = None
    run(server.url, target)
    assert server.requests == [None, f"bytes={kept}-"]
    assert target.read_bytes() == CONTENT


def test_that_a_broken_transfer_is_told_and_goes_on_the_next_time(server: Server, tmp_path: Path) -> None:
    target = tmp_path / f"net-{HASH}.pth"
    server.break_after = CHUNK
    with pytest.raises(Problem, match=r"net \(1 MB\) could not be downloaded: .* or choose random weights"):
        run(server.url, target)
    server.break_after = None
    run(server.url, target)
    assert target.read_bytes() == CONTENT


def test_that_a_server_without_ranges_sends_it_from_the_start(server: Server, tmp_path: Path) -> None:
    target = tmp_path / f"net-{HASH}.pth"
    target.with_name(target.name + ".partial").write_bytes(CONTENT[:100])
    server.ranges = False
    run(server.url, target)
    assert target.read_bytes() == CONTENT


def test_that_a_whole_partial_file_is_accepted_and_a_wrong_one_is_not(server: Server, tmp_path: Path) -> None:
    target = tmp_path / f"net-{HASH}.pth"
    partial = target.with_name(target.name + ".partial")
    partial.write_bytes(CONTENT)
    run(server.url, target)
    assert target.read_bytes() == CONTENT
    target.unlink()
    partial.write_bytes(CONTENT + b"more")
    with pytest.raises(Problem, match="damaged"):
        run(server.url, target)
    assert not target.exists()
    assert not partial.exists()
    run(server.url, target)
    assert target.read_bytes() == CONTENT


def test_that_damaged_content_never_gets_the_files_name(server: Server, tmp_path: Path) -> None:
    target = tmp_path / f"net-{HASH}.pth"
    server.content = CONTENT[:-1] + b"x"
    with pytest.raises(Problem, match="its hash is wrong"):
        run(server.url, target)
    assert list(tmp_path.iterdir()) == []


def test_that_no_internet_is_one_sentence_that_names_random_weights(server: Server, tmp_path: Path) -> None:
    url = server.url
    server.stop()
    with pytest.raises(Problem, match=r"cannot be reached .* internet connection, or choose random weights") as said:
        run(url, tmp_path / f"net-{HASH}.pth")
    assert "\n" not in str(said.value)


def test_that_more_than_was_announced_is_not_taken(server: Server, tmp_path: Path) -> None:
    """One megabyte should come, and does not end."""
    server.content, server.announced = CONTENT * 20, None
    with pytest.raises(Problem, match="more arrived than the 1 MB that there should be"):
        run(server.url, tmp_path / f"net-{HASH}.pth")
    assert list(tmp_path.iterdir()) == []


def test_that_a_server_with_another_file_under_the_name_is_told(server: Server, tmp_path: Path) -> None:
    server.content, server.announced = CONTENT * 20, len(CONTENT) * 20
    with pytest.raises(Problem, match="has 21 MB under this name, which is another file"):
        run(server.url, tmp_path / f"net-{HASH}.pth")
    assert list(tmp_path.iterdir()) == []


def test_that_two_downloads_of_one_file_never_write_to_one_partial_file(server: Server, tmp_path: Path) -> None:
    """As two processes do, whose locks are of the open file as well."""
    target = tmp_path / f"net-{HASH}.pth"
    server.hold, server.break_after = threading.Event(), CHUNK
    first = downloaded(server.url, target, "net", 1.0)
    while next(first).done < CHUNK:
        pass
    partial = target.with_name(target.name + ".partial")
    server.hold, held = None, server.hold
    server.break_after = None
    second = run(server.url, target)
    assert target.read_bytes() == CONTENT
    assert second or server.requests[-1] is None
    assert partial.stat().st_size == CHUNK, "the first one goes on where it is"
    first.close()
    held.set()
    for thread in threading.enumerate():
        if thread.name == "weights download":
            thread.join()
    assert sorted(path.name for path in tmp_path.iterdir()) == [target.name, partial.name]
