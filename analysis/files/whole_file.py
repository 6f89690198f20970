"""Files are written to a temporary name and renamed, so that no interruption leaves half a file that looks whole."""

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from analysis.protocol.problems import Problem


def check_output(path: Path, suffixes: Sequence[str]) -> None:
    """Says before any work is done why nothing could be written there."""
    if path.suffix.lower() not in suffixes:
        raise Problem(f"“{path.name}” cannot be written: its name has to end in {', '.join(suffixes)}.")
    try:
        folder = path.resolve().parent
        if not folder.is_dir():
            raise Problem(
                f"The folder {folder} does not exist: make it first, or choose another place for {path.name}."
            )
        if path.is_dir():
            raise Problem(f"{path} is a folder: choose another name for the file.")
    except (OSError, ValueError, RuntimeError) as error:  # too long, a null character, links that go round
        reason = getattr(error, "strerror", None) or "its name is not one that a file can have"
        raise Problem(f"“{path.name[:60]}” cannot be written: {reason}.") from error
    if not os.access(folder, os.W_OK):
        raise Problem(f"You may not write into {folder}: choose another place for {path.name}.")


def write_whole(path: Path, content: bytes) -> None:
    """Writes all of the file or, with one sentence on why, none of it."""
    with writing_whole(path) as stream:
        stream.write(content)


@contextmanager
def writing_whole(path: Path) -> Iterator[BinaryIO]:
    """For what is written piece by piece: all of the file is there afterwards or, with one sentence on why, none."""
    target = path.resolve()
    part = target.with_name(f".{target.name[:100]}.{os.getpid()}.part")
    try:
        try:
            with part.open("wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())  # a power cut just after it finds the old file or the new one
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        what = why_not_written(error)
        raise Problem(f"{path} could not be written: {what}; what was there before is unchanged.") from error


def why_not_written(error: OSError) -> str:
    """NumPy says of a full disk, without a number, how many values it could still write."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT) or (error.errno is None and " requested and " in str(error)):
        return "the disk is full"
    return error.strerror or str(error)
