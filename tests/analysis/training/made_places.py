"""Where a training of a test keeps what it goes on from."""

from dataclasses import dataclass
from pathlib import Path

from analysis.protocol.problems import Problem


@dataclass(frozen=True)
class Place:
    """As a study has one; it is full while there is a file beside it that says so."""

    path: Path

    def read(self) -> bytes | None:
        return self.path.read_bytes() if self.path.exists() else None

    def write(self, content: bytes) -> None:
        if self.path.with_name("full").exists():
            raise Problem(f"{self.path} could not be written: the disk is full.")
        self.path.write_bytes(content)

    @property
    def beside(self) -> Path:
        return self.path.with_name(self.path.name + ".kept")
