"""Where a network can run: the devices of this machine, and how the processor's cores are shared with the window."""

import os
import sys

import torch

from analysis.protocol.problems import Problem

NICENESS = 5


def available() -> tuple[str, ...]:
    """The devices of this machine by torch's names, the quickest first; the processor is always there."""
    found = []
    if torch.cuda.is_available():
        found += [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        found.append("mps")
    return (*found, "cpu")


def choose(name: str) -> torch.device:
    """The device called `name`; "auto" is the quickest there is."""
    devices = available()
    if name == "auto":
        return torch.device(devices[0])
    wanted = "cuda:0" if name == "cuda" else name
    if wanted not in devices:
        raise Problem(f"There is no device “{name}” on this machine; it has {', '.join(devices)}.")
    return torch.device(wanted)


def describe(device: torch.device) -> str:
    """A device in words for the status bar."""
    if device.type == "cuda":
        return f"GPU {torch.cuda.get_device_name(device)}"
    if device.type == "mps":
        return "GPU (Metal)"
    threads = torch.get_num_threads()
    return "CPU, 1 thread" if threads == 1 else f"CPU, {threads} threads"


def yield_to_window() -> None:
    """Lets the window's thread go first where both want a core.

    Called on the engine's thread before torch makes its own threads there, which inherit the niceness. Linux keeps it
    per thread; elsewhere it belongs to the process, and nothing is done.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
