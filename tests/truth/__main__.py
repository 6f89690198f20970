"""`python -m tests.truth`: random odd networks × every method × the plainest reference, in double precision.

Every case ends as right, refused in a sentence, told (a network with chance in it) or wrong; wrong ones are listed with
how far off they are, and fail. `--only 137 --method rise` runs one case again.
"""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from time import perf_counter

from analysis.methods.registry import METHODS
from tests.truth.report import line, table, worst
from tests.truth.trial import LIVE, Verdict, judged


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.truth", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=200, help="how many networks (200)")
    parser.add_argument("--first", type=int, default=0, help="the number of the first one (0)")
    parser.add_argument("--seed", type=int, default=0, help="of all networks (0)")
    parser.add_argument("--only", type=int, help="the number of a single network, whose verdicts are all printed")
    parser.add_argument("--method", action="append", help="the name of a method; several times for several")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (one for each core)")
    chosen = parser.parse_args()
    known = [*LIVE, *(technique.name for technique in METHODS)]
    if unknown := set(chosen.method or ()).difference(known):
        parser.error(f"there is no method {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    numbers = range(chosen.first, chosen.first + chosen.count) if chosen.only is None else [chosen.only]
    verdicts: list[Verdict] = []
    began = perf_counter()
    judge = partial(judged, chosen.seed, chosen.method or known)
    for done, found in enumerate(_one_by_one(judge, numbers, chosen.jobs), 1):
        verdicts += found
        for verdict in found:
            if verdict.fails or chosen.only is not None:
                print(*line(verdict), sep="\n", flush=True)
        if done % 10 == 0:
            _progress(done, len(numbers), verdicts, perf_counter() - began)
    print("", *table(verdicts), "", *worst(verdicts), sep="\n")
    return 1 if any(verdict.fails for verdict in verdicts) else 0


def _one_by_one(judge: "partial[list[Verdict]]", numbers: Sequence[int], jobs: int) -> Iterator[list[Verdict]]:
    """In the order of the numbers, by as many processes; by this one alone where that is enough."""
    if min(jobs, len(numbers)) <= 1:
        yield from map(judge, numbers)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as processes:
        yield from processes.map(judge, numbers)


def _progress(done: int, total: int, verdicts: list[Verdict], seconds: float) -> None:
    counted = Counter(verdict.ending for verdict in verdicts)
    said = ", ".join(f"{count:,} {ending}" for ending, count in sorted(counted.items()))
    print(f"{done} of {total} networks, {len(verdicts):,} cases: {said}; {seconds:.0f} s", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
