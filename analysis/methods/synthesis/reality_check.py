"""Whether a made picture is seen as real ones are: layer by layer on the way to the unit (Geirhos et al. 2023).

A unit can be driven by a picture that takes another way through the network than any photograph does. Then what the
picture shows says little of what the unit answers to in photographs.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.methods.synthesis import asked
from analysis.methods.synthesis.ascent import Ascent
from analysis.methods.synthesis.edge_energy import EdgeEnergy
from analysis.methods.synthesis.fourier import Fourier
from analysis.methods.synthesis.maco import Maco
from analysis.methods.synthesis.yosinski import Yosinski
from analysis.protocol.problems import Problem
from analysis.question.question import Question
from analysis.results.kinds import Curves, Grown, Line

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from analysis.synthesis.real_pictures import Answers

MAKERS = (EdgeEnergy, Ascent, Fourier, Yosinski, Maco)
SAMPLES = "samples"  # that ship


@dataclass(frozen=True)
class RealityCheck:
    name: ClassVar[str] = "reality-check"
    title: ClassVar[str] = "Reality check"
    summary: ClassVar[str] = (
        "How alike the made picture and the best real ones are on the way through the network, layer by layer."
    )
    family: ClassVar[Family] = "synthesis"
    gives: ClassVar[type[Curves]] = Curves
    asks: ClassVar[frozenset[Ask]] = frozenset({"target", "seed"})
    declares: ClassVar[Mapping[str, str]] = {
        "result": "how alike the made picture is to the best real ones in each layer, on average",
        "among": "how alike the best real pictures are among themselves, on average",
        "among_low": "the two of them that are least alike",
        "among_high": "the two of them that are most alike",
        "others": "how alike other real pictures are to the best ones, on average",
        "layers": "the layers, in the order of their calls",
        "best": "the numbers of the best pictures in the data set",
        "activation": "what is answered to the made picture, and to the best ones",
    }
    live: ClassVar[bool] = False
    of_a_unit: ClassVar[str] = "unit:center"

    by: str = setting(
        "edge-energy", "Which method makes the picture, with its own settings.", choices=tuple(m.name for m in MAKERS)
    )
    steps: int = asked.steps(100)
    data: str = asked.data()
    sample: int = asked.sample()
    best: int = setting(9, "How many of the pictures that are answered most count as the best.", low=2, high=64)
    measure: str = setting(
        "ranks", "What is compared: ranks of numbers (Spearman), or their cosine.", choices=("ranks", "cosine")
    )

    def run(self, question: Question) -> Iterator[Progress]:
        """Correlations of everything that a layer gives; the band is that of the best pictures among themselves."""
        import numpy as np
        import torch

        from analysis.synthesis.alike import layers_on_the_way, likeness_by_layer
        from analysis.synthesis.crop import moved, whole
        from analysis.synthesis.real_pictures import answers_of, how_many, input_of
        from analysis.synthesis.scene import scene

        stage = scene(question)
        question = stage.question
        asked_about = how_many(self.data or SAMPLES, self.sample)
        total = self.steps + asked_about + 100
        grown = yield from self._made(question, total)
        answers = yield from self._answers(answers_of(question, self.data or SAMPLES, self.sample), total)
        best, others = _chosen(answers, self.best)
        real = [input_of(question, answers.data, int(index)) for index in (*best, *others)]
        made = torch.from_numpy(grown.beside["picture"]).to(question.input)
        pictures = torch.cat([made, *(one for one in real if one is not None)])
        sight = stage.sight
        seen = moved(pictures, whole(stage.canvas), sight.box)
        layers = layers_on_the_way(sight.network, seen[:1], question.unit_layer)
        if not layers:
            raise Problem(f"{question.network.title} has no layers on the way that could be compared.")
        among: list[list[float]] = []
        names: list[str] = []
        few = len(best)
        for node, alike in likeness_by_layer(sight.network, seen, layers, self.measure == "ranks"):
            inside = alike[1 : 1 + few, 1 : 1 + few][~torch.eye(few, dtype=torch.bool)]
            apart = alike[1 + few :, 1 : 1 + few]
            away = float(apart.mean()) if apart.numel() else float("nan")
            own = float(alike[0, 1 : 1 + few].mean())
            among.append([own, float(inside.mean()), float(inside.min()), float(inside.max()), away])
            names.append(node.path)
            done = len(names) == len(layers)
            told = np.array(among, np.float32).T
            numbers = dict(zip(("result", "among", "among_low", "among_high", "others"), told, strict=True))
            at_best = answers.values[[list(answers.indices).index(index) for index in best]]
            answered = grown.activation if grown.activation is not None else np.full(1, np.nan)
            numbers |= {
                "layers": np.array(names, np.str_),
                "best": best,
                "activation": np.concatenate([answered, at_best]).astype(np.float32),
            }
            lines = (
                Line("the made picture and the best real ones", told[0]),
                Line("the best among themselves", told[1], beside=True, low=told[2], high=told[3]),
                Line("other real pictures and the best", told[4], beside=True),
            )
            x = np.arange(1, len(names) + 1, dtype=np.float32)
            result = Curves(
                lines,
                x,
                "layer, from the first to the one that is asked about",
                "how alike",
                numbers,
                few=("activation",),
                x_range=(1.0, float(max(len(layers), 2))),
                y_range=(0.0, 1.0),
                x_names=tuple(names),
                counted=True,
            )
            at = total if done else min(self.steps + asked_about + 100 * len(names) // len(layers), total - 1)
            yield Progress(at, total, result, self._note(answers) if done else "")

    def _made(self, question: Question, total: int) -> Generator[Progress, None, Grown]:
        technique = next(one for one in MAKERS if one.name == self.by)(steps=self.steps)
        last: Grown | None = None
        for step in technique.run(question):
            assert isinstance(step.result, Grown)
            last = step.result
            yield Progress(min(int(step.done), self.steps), total, None, "The picture is made")
        assert last is not None
        return last

    def _answers(
        self, asking: Generator[tuple[int, int], None, Answers], total: int
    ) -> Generator[Progress, None, Answers]:
        try:
            while True:
                try:
                    done, of = next(asking)
                except StopIteration as stop:
                    answers: Answers = stop.value
                    return answers
                yield Progress(self.steps + done, total, None, f"{done} of {of} pictures of the data set")
        finally:
            asking.close()

    def _note(self, answers: Answers) -> str:
        if len(answers.values) >= 10 * self.best:
            return ""
        return (
            f"The best {min(self.best, len(answers.values))} of only {len(answers.values)} pictures say little of what "
            "a unit answers to: name a larger data set."
        )


def _chosen(answers: Answers, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The best ones, and as many of those in the middle."""
    import numpy as np

    count = min(count, len(answers.values) // 2) if len(answers.values) >= 4 else len(answers.values)
    if count < 2:
        raise Problem("Two pictures are needed at least, to be compared with each other: name a larger data set.")
    order = answers.indices[np.argsort(-answers.values, kind="stable")]
    rest = order[count:]
    middle = rest[max(len(rest) // 2 - count // 2, 0) :][:count]
    return order[:count], middle
