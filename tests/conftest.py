"""Fixtures for every test: material that is not part of the repository, found through the environment."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of acceptance material; set UNDERHOOD_SHARED to where you have it."""
    folder = os.environ.get("UNDERHOOD_SHARED", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("UNDERHOOD_SHARED does not name the folder with the acceptance material")
    return Path(folder)
