"""Names of classes: files with one a line, in `resources/labels` or the person's own."""

from pathlib import Path

import resources
from analysis.protocol.problems import Problem

LABELS = resources.FOLDER / "labels"
LARGEST = 10_000_000


def shipped(name: str) -> tuple[str, ...]:
    return read(LABELS / f"{name}.txt")


def read(file: Path) -> tuple[str, ...]:
    not_text = Problem(f"The labels {file.name} are not text; the file needs one name a line, in UTF-8.")
    try:
        if file.exists() and not file.is_file():  # a device never ends, and a pipe waits for somebody to write
            raise Problem(f"The labels {file} cannot be read: that is no file.")
        with file.open("rb") as stream:
            content = stream.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise Problem(f"The labels {file.name} cannot be read: the file is too large for one name a line.")
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise not_text from error
    except (OSError, ValueError) as error:  # ValueError: a name with a null character
        raise Problem(f"The labels {file} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
    if "\0" in text:
        raise not_text
    names = tuple(line.strip() for line in text.rstrip().splitlines())
    if not any(names):
        raise Problem(f"The labels {file.name} hold no name; the file needs one name a line.")
    return names


def note_on(labels: tuple[str, ...], classes: int) -> str | None:
    """What to say when the names are not as many as the classes."""
    if len(labels) == classes:
        return None
    return f"There are {len(labels)} labels for {classes} classes; classes without a label are shown by their number."
