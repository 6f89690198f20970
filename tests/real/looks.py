"""What a picture of the screen says at a glance."""

from pathlib import Path

from PIL import Image

FEW_OF_A_SCREEN = 400  # colours; a window with pictures in it has thousands, an empty one some dozens
FEW_OF_A_PAGE = 24  # maps of a digit are grey


def is_blank(path: Path, few: int = FEW_OF_A_SCREEN) -> bool:
    """Whether next to nothing is drawn."""
    with Image.open(path) as picture:
        colours = picture.convert("RGB").getcolors(maxcolors=few)
    return colours is not None
