"""Whether a window can be opened; asked first, because Qt ends the process with a core dump where it cannot."""

from __future__ import annotations

import os
import re
import socket
import sys


def display_answers() -> bool:
    platform = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0]
    if sys.platform != "linux" or platform not in ("", "xcb", "wayland"):
        return True
    if os.environ.get("WAYLAND_DISPLAY") and platform != "xcb":
        return True
    local = re.fullmatch(r"(?:unix)?:(\d+)(?:\.\d+)?", os.environ.get("DISPLAY", ""))
    if local is None:
        return bool(os.environ.get("DISPLAY"))
    return any(_listens(start + f"/tmp/.X11-unix/X{local[1]}") for start in ("\0", ""))


def _listens(address: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        return server.connect_ex(address) == 0
