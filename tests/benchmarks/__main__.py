"""`python -m tests.benchmarks [NAME …] [--device cuda]`: prints the tables of all benchmarks, or of those named.

`make bench live -- --device cuda` says the same; the live view then runs on that device.

A benchmark is a module here with `tables() -> Iterator[str]`. Each runs alone in a process of its own, so that no
import, thread pool or cache of one is there for the next. What is compared takes turns within one table.
"""

import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]


def main(words: Sequence[str]) -> int:
    names = list(words)
    if "--device" in names:
        at = names.index("--device")
        device = names[at + 1] if at + 1 < len(names) else ""
        if refused := _refused(device):
            print(refused, file=sys.stderr)
            return 2
        os.environ["UNDERHOOD_BENCH_DEVICE"] = device
        del names[at : at + 2]
    known = sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"There is no benchmark {', '.join(unknown)}; there are {', '.join(known)}.", file=sys.stderr)
        return 2
    print(f"{_machine()} · {datetime.now(UTC):%Y-%m-%d %H:%M} UTC")
    failed = [name for name in names or known if _run(name) != 0]
    if failed:
        print(f"\nThese benchmarks did not end well: {', '.join(failed)}.", file=sys.stderr)
    return 1 if failed else 0


def _refused(device: str) -> str:
    """A sentence where there is no such device."""
    from analysis.network.devices import choose
    from analysis.protocol.problems import Problem

    try:
        choose(device)
    except Problem as problem:
        return str(problem)
    return ""


def _run(name: str) -> int:
    print(f"\n{name}\n{'-' * len(name)}", flush=True)
    program = f"from tests.benchmarks.{name} import tables\nfor line in tables():\n    print(line, flush=True)"
    return subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode


def _machine() -> str:
    from importlib.metadata import version

    libraries = ", ".join(f"{name} {version(name)}" for name in ("torch", "torchvision", "PySide6", "numpy"))
    system = f"{platform.platform()} · Python {platform.python_version()}"
    return f"{_processor()}, {os.cpu_count()} cores · {system}, {libraries}"


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
