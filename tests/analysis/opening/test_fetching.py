"""Weights that are downloaded together: side by side, one that fails alone, and all of them can be gone on with."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from analysis.opening import fetching, torchvision_models
from analysis.opening.download import downloaded
from analysis.opening.fetching import AT_A_TIME, fetched
from analysis.opening.loading import Loading, Steps
from analysis.protocol.problems import Problem
from tests.analysis.opening.test_loading_download import CONTENT, Server


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.http.shutdown()
    made.http.server_close()
    made.thread.join()


def known(monkeypatch: pytest.MonkeyPatch, steps: Callable[[str], Steps[Path]], megabytes: float = 1.0) -> None:
    monkeypatch.setattr(torchvision_models, "megabytes", lambda name: megabytes)
    monkeypatch.setattr(torchvision_models, "fetched", steps)


def test_that_several_are_downloaded_side_by_side_and_no_more_than_that(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    at_once: list[int] = []
    ended: list[str] = []

    def steps(name: str) -> Steps[Path]:
        begun.append(name)
        for step in range(3):
            at_once.append(len(begun) - len(ended))
            yield Loading(step * 1e5, 1e6, name)
        ended.append(name)
        return Path(name)

    known(monkeypatch, steps)
    names = tuple("abcde")
    seen = list(fetched(names))
    assert ended == list(names)
    assert max(at_once) == AT_A_TIME
    assert seen[-1].done == seen[-1].total == 5e6
    assert seen[-1].note == "5 of 5 networks"
    assert [one.done for one in seen] == sorted(one.done for one in seen)


def test_that_one_that_fails_keeps_none_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    come: list[str] = []

    def steps(name: str) -> Steps[Path]:
        yield Loading(0, 1e6, name)
        if name == "b":
            raise Problem("The weights of b could not be downloaded: there is no such file.")
        come.append(name)
        return Path(name)

    known(monkeypatch, steps)
    with pytest.raises(Problem, match="weights of b"):
        list(fetched(("a", "b", "c")))
    assert come == ["a", "c"]


def test_that_what_was_stopped_goes_on(monkeypatch: pytest.MonkeyPatch, server: Server, tmp_path: Path) -> None:
    target = tmp_path / server.url.rpartition("/")[2]
    known(monkeypatch, lambda name: downloaded(server.url, target, name, None), len(CONTENT) / 1e6)
    server.break_after = len(CONTENT) // 2
    with pytest.raises(Problem):
        list(fetched(("net",)))
    server.break_after = None
    assert list(fetched(("net",)))[-1].done == pytest.approx(len(CONTENT))
    assert target.read_bytes() == CONTENT
    assert server.requests[-1] == f"bytes={len(CONTENT) // 2}-"
    assert fetching.AT_A_TIME > 1
