"""Whether a file may run as a program: a person agrees to what is in it now, and is asked again when that changes."""

from collections.abc import Collection
from hashlib import sha256
from pathlib import Path

from analysis.protocol.problems import CodeFile, Problem, TrustNeeded, in_one_line


class Consent:
    """What the person agreed to, or everything; and what has been run because of it."""

    def __init__(self, agreed: Collection[CodeFile] = (), everything: bool = False) -> None:
        self._agreed = frozenset(agreed)
        self._everything = everything
        self._ran: set[CodeFile] = set()

    @property
    def ran(self) -> frozenset[CodeFile]:
        return frozenset(self._ran)

    def content_to_run(self, file: Path, reason: str) -> bytes:
        """What was agreed to, byte for byte. This is to be run, not the file, which may be another by then."""
        content = content_of(file)
        code = CodeFile(str(file.resolve()), sha256(content).hexdigest())
        if not self._everything and code not in self._agreed:
            raise TrustNeeded(code, reason)
        self._ran.add(code)
        return content


def content_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Problem(f"{file.name} cannot be read: {in_one_line(error)}.") from error
