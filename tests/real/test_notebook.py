"""The README's examples for notebooks in a real Jupyter kernel, with the window on the desk beside it.

UNDERHOOD_NOTEBOOK names a Python that has ipykernel and jupyter-client beside all that Underhood needs.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.test_readme import examples
from tests.real.desk import Desk

ROOT = Path(__file__).parents[2]
PYTHON = os.environ.get("UNDERHOOD_NOTEBOOK", "")
MODEL = "from torch import nn\nmodel = nn.Sequential(nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(4), nn.Flatten(), "
MODEL += "nn.Linear(288, 10))"
TRAINED = "import torch\nbefore = window.session.loop.live.logits.copy()\n"
TRAINED += "with torch.no_grad():\n    _ = [value.add_(0.1) for value in model.parameters()]"
SLOW = 'underhood.explain("efficientnet_lite0", "sample:chelsea", "occlusion", stride=1{})'


@pytest.mark.timeout(900)
@pytest.mark.skipif(not PYTHON, reason="UNDERHOOD_NOTEBOOK names no Python that has Jupyter")
def test_that_a_notebook_has_the_window_beside_its_cells(screen: Desk, home: Path) -> None:
    same = "bool((before == window.session.loop.live.logits).all())"
    cells: list[tuple[str, float | None, str | None]] = [
        (MODEL, None, None),
        (examples()[1], None, None),
        ("window.session.loop.live is not None", None, "True"),
        (TRAINED, None, None),
        (same, None, "False"),  # the window follows the weights by itself
        (SLOW.format(""), 20.0, None),
        (SLOW.format(", progress=False"), 12.0, None),
        ("window.is_open", None, None),
        ("window.close(); window", None, None),
    ]
    own = {
        "HOME": home,
        "XDG_CONFIG_HOME": home / "config",
        "XDG_RUNTIME_DIR": home,
        "UNDERHOOD_CONFIG": home / "memory",
    }
    done = subprocess.run(
        [PYTHON, str(ROOT / "tests" / "real" / "notebook.py")],
        input=json.dumps(cells),
        cwd=home,
        env={
            **os.environ,
            **screen.environment,
            **{name: str(path) for name, path in own.items()},
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    _, example, _, _, followed, slow, silent, still, closed = found
    assert example["error"] == ""
    assert example["kinds"] == ["image/png", "text/html", "text/plain"]
    assert "Grad-CAM of class 5" in example["text"]
    assert followed["text"] == "False"
    assert slow["error"] == silent["error"] == "Interrupted"
    assert slow["bars"] > 0
    assert silent["bars"] == 0
    assert still["text"] == "True", found
    assert closed["text"].endswith("closed>")
    assert (home / "why.png").exists()
