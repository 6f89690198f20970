"""The counters by method and by oddity, the refusals of plain networks, and what is wrong."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence

from tests.truth.trial import Verdict

_ENDINGS = ("right", "refused", "told", "rounding", "wrong")


def table(verdicts: Sequence[Verdict]) -> Iterator[str]:
    yield from _counted("method", verdicts, lambda verdict: (verdict.method,))
    yield ""
    yield from _counted("oddity", verdicts, lambda verdict: verdict.plan.oddities or ("plain",))
    plain = [verdict for verdict in verdicts if verdict.ending == "refused" and not verdict.plan.oddities]
    yield ""
    yield f"Refused though plain: {len(plain)}"
    yield from _sentences(plain)
    odd = [verdict for verdict in verdicts if verdict.ending == "refused" and verdict.plan.oddities]
    yield f"Refused where something is odd: {len(odd)}"
    yield from _sentences(odd)


def worst(verdicts: Sequence[Verdict]) -> Iterator[str]:
    failed = sorted((verdict for verdict in verdicts if verdict.fails), key=lambda verdict: -verdict.off)
    yield f"Wrong: {len(failed):,} of {len(verdicts):,} cases" + (", the worst first:" if failed else ".")
    for verdict in failed:
        yield from line(verdict)


def line(verdict: Verdict) -> Iterator[str]:
    """How to run the case again, how it ended, and what it is."""
    again = f'--seed {verdict.plan.seed} --only {verdict.plan.number} --method "{verdict.method}"'
    yield f"{again}: {verdict.ending}" + (f"; {verdict.said}" if verdict.said else "")
    yield f"    {verdict.plan}"
    yield f"    {verdict.asked}"


def _counted(title: str, verdicts: Sequence[Verdict], of: Callable[[Verdict], tuple[str, ...]]) -> Iterator[str]:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for verdict in verdicts:
        for name in of(verdict):
            counts[name][verdict.ending] += 1
    wide = max(map(len, (title, *counts)))
    yield f"{title:<{wide}}  " + "  ".join(f"{ending:>8}" for ending in _ENDINGS)
    for name, counted in counts.items():
        yield f"{name:<{wide}}  " + "  ".join(f"{counted[ending] or '·':>8}" for ending in _ENDINGS)


def _sentences(verdicts: Sequence[Verdict]) -> Iterator[str]:
    counted = Counter((verdict.method, _general(verdict.said)) for verdict in verdicts)
    for (name, said), count in counted.most_common(40):
        yield f"  {count:>4} × {name}: {said}"


def _general(sentence: str) -> str:
    """Without the names of layers, so that like sentences are counted together."""
    return " ".join(
        "…" if "features." in word or any(letter.isdigit() for letter in word) else word for word in sentence.split()
    )
