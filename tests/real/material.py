"""What a person may have: pictures, animations, videos, and networks in every form in which they are saved.

`python -m tests.real.material FOLDER` writes it all, in a process of its own: torch stays out of that of the tests.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

OWN_FILE = '''"""A small network of a person's own."""

import torch
from torch import nn


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 12, 5, stride=2, padding=2)
        self.second = nn.Conv2d(12, 24, 3, stride=2, padding=1)
        self.last = nn.Linear(24, 10)

    def forward(self, pictures):
        maps = torch.relu(self.second(torch.relu(self.first(pictures))))
        return self.last(maps.mean((2, 3)))


def build():
    torch.manual_seed(3)
    return Small().eval()
'''


def make(folder: Path) -> Path:
    subprocess.run([sys.executable, "-m", "tests.real.material", str(folder)], check=True, timeout=300)
    return folder


def write_all(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    _pictures(folder)
    film(folder / "film.mp4", "480x360", 25, 6)
    film(folder / "film 1080p60.mp4", "1920x1080", 60, 10)
    _networks(folder)


def film(path: Path, size: str, rate: int, seconds: int) -> None:
    """Something moving everywhere, as H.264."""
    moving = f"testsrc2=size={size}:rate={rate}:duration={seconds}"
    command = ["ffmpeg", "-loglevel", "error", "-y", "-f", "lavfi", "-i", moving]
    subprocess.run([*command, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", str(path)], check=True)


def _pictures(folder: Path) -> None:
    from PIL import Image, ImageDraw

    walk = folder / "folder"
    walk.mkdir(exist_ok=True)
    frames = []
    for number in range(12):
        picture = Image.new("RGB", (320, 240), (20 * number, 120, 240 - 20 * number))
        pen = ImageDraw.Draw(picture)
        pen.ellipse((20 * number, 60, 20 * number + 90, 150), fill="orange", outline="black", width=4)
        pen.rectangle((200, 240 - 20 * number, 260, 300 - 20 * number), fill="navy")
        frames.append(picture)
        if number % 4 == 0:
            picture.save(walk / f"{number:02}.png")
    frames[5].save(folder / "picture.png")
    frames[7].save(folder / "photo.jpg", quality=90)
    frames[0].save(folder / "animation.gif", save_all=True, append_images=frames[1:], duration=80, loop=0)


def _networks(folder: Path) -> None:
    import torch
    from torchvision.models import resnet18

    (folder / "small.py").write_text(OWN_FILE)
    made: dict[str, object] = {}
    exec(OWN_FILE, made)
    small = made["build"]()  # type: ignore[operator]
    example = torch.zeros(1, 3, 64, 64)
    torch.export.save(torch.export.export(small, (example,)), folder / "small.pt2")
    torch.jit.trace(small, example).save(str(folder / "small.ts"))
    torch.manual_seed(4)
    torch.save(resnet18(num_classes=7).state_dict(), folder / "resnet18.pth")


if __name__ == "__main__":
    import warnings

    warnings.simplefilter("ignore")
    write_all(Path(sys.argv[1]))
