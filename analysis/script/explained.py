"""What a script gets for its question: the numbers by their names, the figure, and files as the command line writes."""

from __future__ import annotations

import base64
import html
import os
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.results.numbers import numbers_of
from analysis.results.words import words_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from torch import Tensor

    from analysis.drawing.captions import Subject
    from analysis.drawing.page import Page
    from analysis.methods.run import Ran
    from analysis.protocol.frame import Pixels
    from analysis.protocol.recipe import Recipe
    from analysis.results.kinds import Array, Result

SUFFIXES = (".png", ".svg", ".pdf", ".npz", ".json")


@dataclass(frozen=True, eq=False)
class Explained:
    """`values` is what was asked for; whatever is beside it is there by its name, as attribute and as `result[name]`.

    `input` is the tensor that the network saw, with its axis for the batch. `result` is the same as one of the kinds
    of `analysis.results.kinds`, `notes` say what was assumed and what may mislead, `answer` is what the network answers
    to the picture where a class is asked about, `recipe` makes all of it again.
    """

    recipe: Recipe
    result: Result
    input: Tensor
    picture: Pixels
    answer: Array | None
    notes: tuple[str, ...]
    subject: Subject

    @classmethod
    def of(cls, ran: Ran) -> Explained:
        """Without the network, which a script would keep in memory with every result."""
        from analysis.drawing.run_figure import subject_of

        seen = ran.asked.question.input.detach().clone()
        return cls(ran.recipe, ran.result, seen, ran.asked.picture, ran.logits, ran.notes, subject_of(ran))

    @property
    def values(self) -> Array:
        return next(iter(numbers_of(self.result).values()))

    @cached_property
    def arrays(self) -> dict[str, Array]:
        """All that an `.npz` file of it holds besides the recipe."""
        from analysis.network.network import as_array

        return {**numbers_of(self.result), "input": as_array(self.input)}

    def __getitem__(self, name: str) -> Array:
        try:
            return self.arrays[name]
        except KeyError:
            raise KeyError(f"There is no “{name}”; there are {', '.join(self.arrays)}.") from None

    def __getattr__(self, name: str) -> Array:
        """For names that are none of its own."""
        if name.startswith("_") or name in _FIELDS or name == "arrays":  # of a copy that is not whole yet
            raise AttributeError(name)
        if name in self.arrays:
            return self.arrays[name]
        raise AttributeError(f"There is no “{name}” here; there are {', '.join(self.arrays)}.")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(name for name in self.arrays if name.isidentifier())]

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays)

    def __contains__(self, name: object) -> bool:
        return name in self.arrays

    def keys(self) -> Iterator[str]:
        return iter(self.arrays)

    @property
    def words(self) -> str:
        """The result in a sentence."""
        return words_of(self.result)

    @property
    def caption(self) -> str:
        from analysis.drawing.captions import caption

        return caption(self.subject)

    def figure(self) -> Figure:
        """The page as matplotlib draws it, to be changed as you like."""
        return self._page().figure

    def save(self, path: str | os.PathLike[str]) -> Path:
        """As `main.py render` writes it, with the recipe inside: .png, .svg, .pdf, .npz or .json."""
        from analysis.files.whole_file import check_output, write_whole

        target = Path(path).expanduser()
        check_output(target, SUFFIXES)
        write_whole(target, self._content(target.suffix.lower()))
        return target

    def _content(self, suffix: str) -> bytes:
        if suffix == ".npz":
            from analysis.files.npz import npz_bytes

            return npz_bytes(self.recipe, self.arrays)
        if suffix == ".json":
            from analysis.commands.numbers import result_in_words

            return result_in_words(self.recipe, self.result)
        return self._page().saved(suffix, self.recipe)

    def _page(self) -> Page:
        from analysis.drawing.results import page_of

        return page_of(self.subject, self.result)

    def __repr__(self) -> str:
        from analysis.drawing.captions import subtitle, title

        return f"<{title(self.subject)} · {subtitle(self.subject)}: {self.words}>"

    def _repr_png_(self) -> tuple[bytes, dict[str, Any]]:
        return self._png, {"width": _WIDE}

    def _repr_html_(self) -> str:
        picture = base64.b64encode(self._png).decode("ascii")
        notes = "".join(f"<br><small>{html.escape(note)}</small>" for note in self.notes)
        words = html.escape(repr(self)[1:-1], quote=True)
        return (
            f'<div><img alt="{words}" style="width:{_WIDE}px;max-width:100%" src="data:image/png;base64,{picture}">'
            f"{notes}</div>"
        )

    @cached_property
    def _png(self) -> bytes:
        return self._content(".png")


_FIELDS = frozenset(field.name for field in fields(Explained))
_WIDE = 700  # pixels of a figure in a notebook
