"""How much each pixel matters by the map of another method: what the trust checks look at."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field

from analysis.methods.known import can_be_tested, known
from analysis.methods.method import Progress
from analysis.methods.settings import configured
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import Setting
from analysis.question.question import Question
from analysis.results.importance import Importance, importance
from analysis.results.kinds import Derivative, Heat
from analysis.results.views import VIEWS

WHOSE = "Whose map is tested; a setting of that method is given as map.NAME."
SPREAD = "largest minus least value of the map; 0 where nothing is in it"
SEEN = "How a derivative is looked at: raw adds its colours up without their signs, the others are those of the window."


@dataclass(frozen=True)
class Tested:
    """Whose map, with which settings, and how a derivative is looked at."""

    map: str
    view: str = "raw"
    settings: Mapping[str, Setting] = field(default_factory=dict)


def pixel_importance(
    tested: Tested, question: Question, done: int, total: int
) -> Generator[Progress, None, Importance]:
    """Runs the method step by step; `done` and `total` are those of who asks."""
    named = known(tested.map)
    if named is None or not can_be_tested(named):
        raise Problem(f"“{tested.map}” makes no map that could be tested.")
    size = question.input.shape[2], question.input.shape[3]
    technique = configured(named, tested.settings, min(size))
    last: Progress | None = None
    for last in technique.run(question):
        if last.done < last.total:
            yield Progress(done, total, note=f"{technique.title}: {100 * last.done // last.total} %")
    if last is None or not isinstance(last.result, Derivative | Heat):
        raise Problem(f"{technique.title} gave no map.")
    return importance(last.result, size, next(view for view in VIEWS if view == tested.view))
