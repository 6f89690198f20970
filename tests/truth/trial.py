"""One case from its question to its verdict: right, refused in a sentence, told, or wrong."""

from __future__ import annotations

import tempfile
import traceback
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import torch

from analysis.network.network import Network
from analysis.opening import catalogue
from analysis.opening.consent import Consent
from analysis.opening.loading import finished
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice
from analysis.question.pace import Pace
from analysis.question.question import Question
from analysis.quick.layout import laid_out
from tests.analysis.few_pictures import FewPictures
from tests.truth.case import Arrays, Case, Pairs, Reference
from tests.truth.compare import Finding, compared
from tests.truth.networks import Plan, plan
from tests.truth.plain import as_it_is, in_double
from tests.truth.questions import case, rounded, shaken, words
from tests.truth.references import live
from tests.truth.references.adversaries import ADVERSARIES
from tests.truth.references.class_maps import CLASS_MAPS
from tests.truth.references.derivatives import DERIVATIVES
from tests.truth.references.embeddings import EMBEDDINGS
from tests.truth.references.learning import LEARNING
from tests.truth.references.looking import LOOKING
from tests.truth.references.perturbation import PERTURBATION
from tests.truth.references.synthesis import SYNTHESIS
from tests.truth.references.trust import TRUST

REFERENCES: dict[str, Reference] = {
    **DERIVATIVES,
    **CLASS_MAPS,
    **PERTURBATION,
    **TRUST,
    **ADVERSARIES,
    **SYNTHESIS,
    **LOOKING,
    **EMBEDDINGS,
    **LEARNING,
}

LIVE = ("live", "live backward")

# "told": the network's notes say that its answers are not the same twice, so there is nothing to compare.
Ending = Literal["right", "refused", "told", "rounding", "wrong"]
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Verdict:
    plan: Plan
    method: str
    ending: Ending
    said: str = ""
    asked: str = ""
    off: float = 0.0

    @property
    def fails(self) -> bool:
        return self.ending in ("wrong", "rounding")


def judged(seed: int, names: Sequence[str], number: int) -> list[Verdict]:
    """The verdicts on one network."""
    torch.set_num_threads(1)  # networks as small as these lose by more
    asked = plan(seed, number)
    try:
        network = opened(asked)
    except Problem as problem:
        return [Verdict(asked, "opening", "refused", str(problem))]
    return [tried(network, asked, name) for name in names]


def opened(plan: Plan) -> Network:
    """As the program opens a network of the person's own: from a Python file, with everything that it tries out."""
    means, stds = _MEAN[: plan.channels], _STD[: plan.channels]
    said = Preprocessing(
        plan.height, plan.width, min(plan.height, plan.width), "stretch", plan.channels, means, stds
    )  # fmt: skip
    program = (
        "from tests.truth.networks import built, plan\n\n\n"
        f"def net():\n    return built(plan({plan.seed}, {plan.number}))\n"
    )
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        file = Path(folder) / "net.py"
        file.write_text(program)
        choice = ModelChoice(f"{file}:net", preprocessing=said)
        steps = catalogue.load(choice, Consent(frozenset(), True))
        return laid_out(finished(steps, lambda _step: None))


def tried(network: Network, plan: Plan, name: str) -> Verdict:
    """The verdict on one method; a wrong number has to stay wrong on pictures that differ a little."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        verdict = _tried(network, plan, name)
        if not verdict.fails:
            return verdict
        again = [_tried(network, plan, name, number) for number in (1, 2, 3)]
        if sum(one.fails for one in again) >= 2:
            return verdict
        return replace(verdict, ending="right", said="")


def _tried(network: Network, plan: Plan, name: str, number: int = 0) -> Verdict:
    if name in LIVE:
        return _tried_live(plan, name, live.stream(network, plan, name == LIVE[1], number))
    asked = case(network, plan, name)
    return _tried_method(plan, shaken(asked, number) if number else asked)


def _tried_live(plan: Plan, name: str, asked: live.Stream) -> Verdict:
    about = asked.words()
    try:
        answers = live.answered(asked)
    except Problem as problem:
        return Verdict(plan, name, "refused", str(problem), about)
    except Exception:
        return Verdict(plan, name, "wrong", _told(), about, 1e9)
    if _has_chance(asked.network):
        return Verdict(plan, name, "told", "", about)
    if asked.rule is not None and all(answer.derivative is None for answer in answers):
        return Verdict(plan, name, "refused", " ".join(answers[0].notes), about)
    double, single, laid_out_single = in_double(plan), as_it_is(plan), as_it_is(plan)
    laid_out_single.module.to(memory_format=torch.channels_last)
    try:
        exactly = list(live.expected(double or single, asked, answers))
    except Exception as error:
        return Verdict(plan, name, "wrong", f"there should be no answer ({error})", about, 1e8)
    runs = [list(live.expected(plain, asked, answers)) for plain in (single, laid_out_single)]
    for frame, pairs in enumerate(exactly):
        finding = compared(pairs, lambda frame=frame: (run[frame] for run in runs))  # type: ignore[misc]
        if finding.kind != "right":
            return Verdict(plan, name, finding.kind, f"frame {frame}: {finding}", about, finding.off)
    return Verdict(plan, name, "right", "", about)


def _told() -> str:
    return f"an error: {traceback.format_exc().strip().splitlines()[-1]}"


def _has_chance(network: Network) -> bool:
    return any("differently each time" in note for note in network.notes)


def _tried_method(plan: Plan, asked: Case) -> Verdict:
    name, about = asked.technique.name, words(asked)
    try:
        arrays = _run(asked)
    except Problem as problem:
        return Verdict(plan, name, "refused", str(problem), about)
    except Exception:
        return Verdict(plan, name, "wrong", _told(), about, 1e9)
    if _has_chance(asked.network):
        return Verdict(plan, name, "told", "", about)
    finding = _found(plan, asked, arrays)
    return Verdict(plan, name, finding.kind, "" if finding.kind == "right" else str(finding), about, finding.off)


def _run(asked: Case) -> Arrays:
    question = asked.question
    context = Question(
        network=asked.network,
        input=asked.picture[None],
        layer=question.layer,
        unit=question.unit,
        target=question.target,
        seed=asked.seed,
        data=FewPictures() if "data" in asked.technique.asks else None,
        pace=Pace(lambda: asked.hurried),
    )
    steps = list(context.pace.watch(asked.technique.run(context)))
    last = steps[-1] if steps else None
    if last is None or last.done != last.total:
        raise AssertionError("the run ended before its end")
    if set(last.arrays) != set(asked.technique.declares):
        raise AssertionError("the arrays are not those that are declared")
    return last.arrays


def _found(plan: Plan, asked: Case, arrays: Arrays) -> Finding:
    reference = REFERENCES[asked.technique.name]
    double, single = in_double(plan), as_it_is(plan)
    exactly = double if double is not None else single
    try:
        expected = reference(exactly, asked, arrays)
    except Exception as error:
        return Finding("wrong", off=1e8, why=f"there should be no answer ({type(error).__name__}: {error})"[:300])

    def others() -> Iterator[Pairs]:
        yield reference(single, asked, arrays)
        single.module.to(memory_format=torch.channels_last)
        yield reference(single, asked, arrays)
        for number in range(2):
            yield reference(exactly, replace(asked, picture=rounded(asked.picture, number)), arrays)

    return compared(expected, others)
