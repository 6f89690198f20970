"""An answer that is on its way: what an engine gives whose pass goes on beside its own thread."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.protocol.events import Live, Loaded


class Coming(ABC):
    """All but `when_there` is called on the engine's thread."""

    @property
    @abstractmethod
    def request_id(self) -> int: ...

    @property
    @abstractmethod
    def abreast(self) -> int:
        """How many of its kind may be on their way at once."""

    @abstractmethod
    def is_there(self) -> bool:
        """Whether `answer` would not wait."""

    @abstractmethod
    def nearly_there_in(self) -> float:
        """Seconds until one more may be made ready, which then begins when this one ends; zero from then on."""

    @abstractmethod
    def when_there(self, tell: Callable[[], object]) -> None:
        """`tell` is called once, on any thread; at once if it is there."""

    @abstractmethod
    def answer(self) -> Live | Loaded | None:
        """As of `EngineLike.live`; those that came before it were asked first, or are not asked any more."""
