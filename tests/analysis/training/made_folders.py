"""Folders that trainings read: three checkpoints of a tiny network, and a few pictures in three classes."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

import torch
from PIL import Image
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


@cache
def folder_of_pictures() -> str:
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, True)
    for name, colour in (("blue", (0, 0, 200)), ("green", (0, 200, 0)), ("red", (200, 0, 0))):
        (folder / name).mkdir()
        for number in range(8):
            Image.new("RGB", (16, 16), tuple(value + number for value in colour)).save(folder / name / f"{number}.png")
    return str(folder)
