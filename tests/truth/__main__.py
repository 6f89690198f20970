"""`python -m tests.truth`: random odd networks × every method × the plainest reference, in double precision.

Every case ends as right, refused in a sentence, told (a network with chance in it) or wrong; wrong ones are listed with
how far off they are, and fail. `--only 137 --method rise` runs one case again.
"""

import argparse
import sys
from collections import Counter
from time import perf_counter

from analysis.methods.registry import METHODS
from analysis.problems import Problem
from tests.truth.networks import plan
from tests.truth.report import table, worst
from tests.truth.trial import LIVE, Verdict, opened, tried


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.truth", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=200, help="how many networks (200)")
    parser.add_argument("--first", type=int, default=0, help="the number of the first one")
    parser.add_argument("--seed", type=int, default=0, help="of all networks (0)")
    parser.add_argument("--only", type=int, help="the number of a single network")
    parser.add_argument("--method", action="append", help="the name of a method; several times for several")
    parser.add_argument("--say", action="store_true", help="print every verdict")
    chosen = parser.parse_args()
    import torch

    torch.set_num_threads(1)  # networks as small as these lose by more
    names = chosen.method or [*LIVE, *(technique.name for technique in METHODS)]
    numbers = range(chosen.first, chosen.first + chosen.count) if chosen.only is None else [chosen.only]
    verdicts: list[Verdict] = []
    began = perf_counter()
    for done, number in enumerate(numbers, 1):
        asked = plan(chosen.seed, number)
        if chosen.only is not None:
            print(asked)
        try:
            network = opened(asked)
        except Problem as problem:
            verdicts.append(Verdict(asked, "opening", "refused", str(problem)))
            continue
        for name in names:
            verdict = tried(network, asked, name)
            verdicts.append(verdict)
            if chosen.say or chosen.only is not None:
                print(f"{verdict.ending}: {name} ({verdict.asked}) {verdict.said}")
        if chosen.only is None:
            _progress(done, len(numbers), verdicts, perf_counter() - began)
    print(file=sys.stderr)
    print(*table(verdicts), sep="\n")
    print(*worst(verdicts), sep="\n")
    return 1 if any(verdict.fails for verdict in verdicts) else 0


def _progress(done: int, total: int, verdicts: list[Verdict], seconds: float) -> None:
    counted = Counter(verdict.ending for verdict in verdicts)
    said = ", ".join(f"{count:,} {ending}" for ending, count in sorted(counted.items()))
    line = f"{done} of {total} networks, {len(verdicts):,} cases: {said}; {seconds:.0f} s"
    if sys.stderr.isatty():
        print(f"\r{line:<110}", end="", file=sys.stderr, flush=True)
    elif done % 20 == 0:
        print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
