"""Small data sets as they lie on disks."""

import io
import tarfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def levels(seed: int, height: int = 5, width: int = 7, channels: int = 3) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)


def save(path: Path, seed: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(levels(seed)).save(path)
    return path


def flowers(root: Path) -> Path:
    """Two classes, pictures deeper down, and all that must not be taken for either."""
    for seed, name in enumerate(["rose/b.png", "rose/a.png", "rose/deep/er/c.png", "rose-1.d/x.png", "Aster/1.png"]):
        save(root / name, seed)
    save(root / "rose" / ".hidden.png", 10)
    save(root / ".git" / "old.png", 11)
    (root / "rose" / "notes.txt").write_text("no picture")
    (root / "empty").mkdir()
    return root


def tar(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w") as made:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            made.addfile(member, io.BytesIO(content))
    return path


def png(seed: int) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(levels(seed)).save(stream, "PNG")
    return stream.getvalue()
