"""A file that only one process writes to at a time, as long as it is open."""

import os
import sys
from pathlib import Path
from typing import BinaryIO


def claimed(path: Path) -> BinaryIO | None:
    """The file, open for writing at its end; None while somebody else has it."""
    stream = path.open("ab")
    try:
        if _lock(stream.fileno()) and os.path.samestat(os.fstat(stream.fileno()), path.stat()):
            return stream  # and it is still the one of this name, which its last owner may have renamed
    except OSError:
        pass
    stream.close()
    return None


if sys.platform == "win32":

    def _lock(descriptor: int) -> bool:
        import msvcrt

        os.lseek(descriptor, 1 << 40, os.SEEK_SET)  # beyond what is written, which others may read
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_END)
        return True

else:

    def _lock(descriptor: int) -> bool:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
