"""A kernel as Jupyter starts one, and the cells that it runs; for a Python that has jupyter-client and ipykernel.

Reads a list of cells as JSON: the code of each, after how many seconds it is to be interrupted, and what it is to come
to, for which it is run again and again. Writes what came of them: kinds of what was shown, texts, the name of an error.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import suppress
from queue import Empty
from typing import Any

PATIENCE = 40.0  # seconds for a cell


def run(client: Any, manager: Any, code: str, interrupt: float | None) -> dict[str, Any]:
    """What the kernel says of this cell until it is idle again."""
    asked, began = client.execute(code), time.monotonic()
    told: dict[str, Any] = {"kinds": [], "text": "", "error": "", "bars": 0}
    while time.monotonic() - began < PATIENCE:
        if interrupt is not None and time.monotonic() - began > interrupt:
            manager.interrupt_kernel()
            interrupt = None
        try:
            message = client.get_iopub_msg(timeout=0.2)
        except Empty:
            continue
        if message["parent_header"].get("msg_id") != asked:
            continue
        kind, content = message["msg_type"], message["content"]
        if kind == "status" and content["execution_state"] == "idle":
            return told
        if kind == "execute_result":
            told["kinds"], told["text"] = sorted(content["data"]), content["data"]["text/plain"]
        elif kind in ("display_data", "update_display_data"):
            told["bars"] += "<progress" in content["data"].get("text/html", "")
        elif kind == "error":
            told["error"] = content["ename"]
    told["error"] = "it took too long"
    return told


def main() -> None:
    from jupyter_client import KernelManager
    from jupyter_client.kernelspec import KernelSpec

    class Here(KernelManager):
        @property
        def kernel_spec(self) -> Any:
            words = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
            return KernelSpec(argv=words, language="python", display_name="here")

    manager = Here()
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=120)
        found = []
        for code, interrupt, wanted in json.load(sys.stdin):
            told, began = run(client, manager, code, interrupt), time.monotonic()
            while wanted is not None and told["text"] != wanted and time.monotonic() - began < PATIENCE:
                with suppress(Empty):  # the kernel's event loop runs until it says something, or for this long
                    client.get_iopub_msg(timeout=0.5)
                told = run(client, manager, code, interrupt)
            found.append(told)
        print(json.dumps(found))
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=False)


if __name__ == "__main__":
    main()
