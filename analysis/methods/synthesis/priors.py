"""All priors side by side: one unit, one seed, one budget, and one currency for what comes of each."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.methods.synthesis import asked
from analysis.methods.synthesis.ascent import Ascent
from analysis.methods.synthesis.edge_energy import EdgeEnergy
from analysis.methods.synthesis.fourier import Fourier
from analysis.methods.synthesis.maco import Maco
from analysis.methods.synthesis.yosinski import Yosinski
from analysis.question.question import Question
from analysis.results.kinds import Floats, Grown

if TYPE_CHECKING:
    from analysis.synthesis.real_pictures import Answers


@dataclass(frozen=True)
class Priors:
    name: ClassVar[str] = "priors"
    title: ClassVar[str] = "Bench of priors"
    summary: ClassVar[str] = "What each prior makes of one unit from one seed in as many passes, and what it is worth."
    family: ClassVar[Family] = "synthesis"
    gives: ClassVar[type[Grown]] = Grown
    asks: ClassVar[frozenset[Ask]] = frozenset({"target", "seed"})
    declares: ClassVar[Mapping[str, str]] = {
        **asked.DECLARES,
        "percentile": "of how many pictures of a hundred each is answered more than; none without a data set",
        "reference": "what is answered to the pictures of the data set",
    }
    live: ClassVar[bool] = False
    of_a_unit: ClassVar[str] = "unit:center"

    steps: int = setting(100, "How many passes through the network each of them has.", low=4, high=100_000)
    size: int = asked.size()
    data: str = asked.data()
    sample: int = asked.sample()

    def run(self, question: Question) -> Iterator[Progress]:
        """Each technique with its own settings; a step of MACO's takes several passes, so it has fewer steps."""
        import numpy as np

        from analysis.synthesis.real_pictures import how_many
        from analysis.synthesis.scene import scene

        entries, stage = _entries(self), scene(question, self.size)
        question = stage.question  # “the best class” is one for all
        asked_about = how_many(self.data, self.sample) if self.data else 0
        total = self.steps * len(entries) + asked_about
        made: list[_Made] = []
        said: dict[str, list[str]] = {}  # what is to be known of some, and of which
        for title, technique in entries:
            passes = getattr(technique, "parts", 1)
            for step in technique.run(question):
                assert isinstance(step.result, Grown)
                now = _Made(title, step.result, passes)
                done = self.steps * len(made) + min(int(step.done) * passes, self.steps)
                last = len(made) + 1 == len(entries) and step.done == step.total and not self.data
                if not last:
                    yield Progress(
                        done, total, self._together([*made, now], stage, None), f"{title}: {step.note or 'grows'}"
                    )
            made.append(now)
            if step.note:
                said.setdefault(step.note, []).append(title)
        reference: Answers | None = None
        if self.data:
            reference = yield from self._references(question, made, stage, total)
        together = self._together(made, stage, reference)
        percentile = np.array([_percentile(reference, one) for one in made if reference is not None], np.float32)
        beside = {
            **together.beside,
            "percentile": percentile,
            "reference": reference.values.astype(np.float32) if reference is not None else np.zeros(0, np.float32),
        }
        note = " ".join(f"{', '.join(titles)}: {words}" for words, titles in said.items())
        yield Progress(total, total, replace(together, beside=beside), note)

    def _references(
        self, question: Question, made: list[_Made], stage: Any, total: int
    ) -> Generator[Progress, None, Answers]:
        from analysis.synthesis.real_pictures import answers_of

        asking = answers_of(question, self.data, self.sample)
        so_far = self._together(made, stage, None)
        try:
            while True:
                try:
                    done, of = next(asking)
                except StopIteration as stop:
                    answers: Answers = stop.value
                    return answers
                yield Progress(
                    min(self.steps * len(made) + done, total - 1),
                    total,
                    so_far,
                    f"{done} of {of} pictures of the data set",
                )
        finally:
            asking.close()

    def _together(self, made: list[_Made], stage: Any, reference: Answers | None) -> Grown:
        import numpy as np

        over = all(one.answer is not None for one in made)
        curves = [one.curve(one.grown.objective, self.steps) for one in made]
        activation = np.array([one.answer for one in made], np.float32) if over else None
        return Grown(
            pictures=tuple(one.inside(stage) for one in made),
            titles=tuple(one.title if reference is None else one.words(reference) for one in made),
            objective=np.stack(curves),
            prior=np.zeros_like(np.stack(curves)),
            total=self.steps,
            climbed=stage.climbed,
            activation=activation,
            beside={"picture": np.stack([one.grown.beside["picture"] for one in made])},
        )


@dataclass(frozen=True, eq=False)
class _Made:
    title: str
    grown: Grown
    passes: int  # of a step

    @property
    def answer(self) -> float | None:
        return None if self.grown.activation is None else float(self.grown.activation[0])

    def curve(self, values: Floats, passes: int) -> Floats:
        """One number for each pass; those that were not made yet are as the last one."""
        import numpy as np

        each = np.repeat(values[0], self.passes)[:passes]
        return np.pad(each, (0, passes - len(each)), mode="edge").astype(np.float32)

    def inside(self, stage: Any) -> Floats:
        """Without the margin that is there for shifts."""
        picture, window = self.grown.pictures[0], stage.window
        height, width = window.size
        down, across = picture.shape[0] - height, picture.shape[1] - width
        top = min(down, window.top) if down else 0
        left = min(across, window.left) if across else 0
        return picture[top : top + height, left : left + width]

    def words(self, reference: Answers) -> str:
        return f"{self.title}, above {_percentile(reference, self):.4g} % of {len(reference.values):,} pictures"


def _percentile(reference: Answers | None, made: _Made) -> float:
    return reference.above(made.answer) if reference is not None and made.answer is not None else float("nan")


def _entries(bench: Priors) -> tuple[tuple[str, Any], ...]:
    steps, size = bench.steps, bench.size
    parts = Maco().parts
    return (
        ("no prior", Ascent(steps=steps, size=size)),
        ("edge energy", EdgeEnergy(steps=steps, size=size)),
        *((f"Yosinski {preset}", Yosinski(preset=preset, steps=steps, size=size)) for preset in "1234"),
        ("Fourier", Fourier(steps=steps, size=size)),
        ("MACO", Maco(steps=max(steps // parts, 1), size=size)),
    )
