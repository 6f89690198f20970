"""What a picture of the screen says at a glance."""

from pathlib import Path

from PIL import Image

FEW = 400  # colours; a window with pictures in it has thousands, an empty one some dozens


def is_blank(path: Path) -> bool:
    """Whether next to nothing is drawn."""
    with Image.open(path) as picture:
        colours = picture.convert("RGB").getcolors(maxcolors=FEW)
    return colours is not None
