"""Fixtures for every test: material that is not part of the repository, found through the environment."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

if "PYTEST_XDIST_WORKER_COUNT" in os.environ:  # those that run beside each other share the cores
    _share = max((os.cpu_count() or 1) // int(os.environ["PYTEST_XDIST_WORKER_COUNT"]), 1)
    os.environ.setdefault("OMP_NUM_THREADS", str(_share))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of acceptance material; set UNDERHOOD_SHARED to where you have it."""
    folder = os.environ.get("UNDERHOOD_SHARED", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("UNDERHOOD_SHARED does not name the folder with the acceptance material")
    return Path(folder)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What is kept from run to run is kept apart from the person's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNDERHOOD_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield
