"""`python -m tests.faults`: what is damaged or hostile, by the thousand; each ends as opened or as one sentence."""

import argparse
import faulthandler
import logging
import os
import signal
import sys
import warnings

from tests.faults.bench import KINDS, tried

STUCK = 300  # seconds after which it is said where one attempt hangs


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(KINDS)}; all of them if none is named")
    parser.add_argument("--number", type=int, default=2000, help="attempts of each kind")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    print(f"{'kind':<10} {'opened':>7} {'refused':>7} {'asked':>7} {'defects':>7} {'slowest':>8}")
    defects: list[str] = []
    for kind in asked.kinds or KINDS:
        faulthandler.dump_traceback_later(STUCK, repeat=True)
        tally = tried(kind, asked.seed, asked.number)
        faulthandler.cancel_dump_traceback_later()
        print(f"{kind:<10} {tally.row()}", flush=True)
        defects += tally.defects
    for defect in defects[:100]:
        print(defect)
    return 1 if defects else 0


if __name__ == "__main__":
    sys.exit(main())
