"""A folder with three checkpoints of a tiny network, for tests that read one."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

import torch
from torch import nn


@cache
def folder_of_checkpoints() -> str:
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, True)
    for number in (0, 20, 100):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(number)
            torch.save(
                nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)).state_dict(), folder / f"e{number}.pt"
            )
    return str(folder)
