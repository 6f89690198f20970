"""Small repositories laid out as public ones are: where a network's file stands in them, and what it imports."""

from dataclasses import dataclass, field
from pathlib import Path

IMPORTS = "import torch\nfrom torch import nn\n"


def net(
    name: str = "Net", more: str = "", kernel: str = "3", channels: int = 3, units: str = "5", base: str = "nn.Module"
) -> str:
    """A class of a small network that takes pictures of any size."""
    return f"""
class {name}({base}):
    def __init__(self{more}):
        super().__init__()
        self.conv = nn.Conv2d({channels}, 4, {kernel})
        self.fc = nn.Linear(4, {units})

    def forward(self, x):
        return self.fc(self.conv(x).relu().mean((2, 3)))
"""


BLOCK = IMPORTS + "def block(): return nn.Sequential(nn.Conv2d(3, 5, 3), nn.ReLU())\n"
OF_BLOCK = "\ndef make(): return nn.Sequential(block(), nn.AdaptiveAvgPool2d(1), nn.Flatten())\n"


@dataclass(frozen=True)
class Repository:
    """`typed` is what stands behind the folder; it opens with five classes, or is refused in words with `said`."""

    files: dict[str, str]
    typed: str
    said: str | None = None
    units: int = 5
    size: int | None = None
    labels: tuple[str, ...] | None = field(default=None)

    def written(self, folder: Path) -> str:
        for name, text in self.files.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return str(folder / self.typed)


def _of(typed: str, said: str | None = None, files: dict[str, str] | None = None, **more: object) -> Repository:
    return Repository(files or {}, typed, said, **more)  # type: ignore[arg-type]


REPOSITORIES: dict[str, Repository] = {
    # --- found from where the file lies
    "a file alone": _of("net.py:Net", files={"net.py": IMPORTS + net()}),
    "a package with its parts beside": _of(
        "unet/model.py:make",
        files={
            "unet/__init__.py": "from .model import make\n",
            "unet/model.py": IMPORTS + "from .parts import *" + OF_BLOCK,
            "unet/parts.py": BLOCK,
        },
    ),
    "parts beside without a package": _of(
        "unet/model.py:make",
        files={"unet/model.py": IMPORTS + "from .parts import block" + OF_BLOCK, "unet/parts.py": BLOCK},
    ),
    "relative over two folders": _of(
        "src/models/net.py:make",
        files={
            "src/__init__.py": "",
            "src/models/__init__.py": "",
            "src/models/net.py": IMPORTS + "from ..layers.parts import block" + OF_BLOCK,
            "src/layers/__init__.py": "",
            "src/layers/parts.py": BLOCK,
        },
    ),
    "relative over two folders without packages": _of(
        "code/models/net.py:make",
        files={
            "code/models/net.py": IMPORTS + "from ..layers.parts import block" + OF_BLOCK,
            "code/layers/parts.py": BLOCK,
        },
    ),
    "packages from the root, .git": _of(
        "modeling/backbone/net.py:make",
        files={
            ".git/HEAD": "ref: refs/heads/main\n",
            "modeling/__init__.py": "",
            "modeling/backbone/__init__.py": "",
            "modeling/backbone/net.py": IMPORTS + "from modeling.parts import block" + OF_BLOCK,
            "modeling/parts.py": BLOCK,
        },
    ),
    "packages from the root, setup.py": _of(
        "nets/deep/er/net.py:make",
        files={
            "setup.py": "raise SystemExit('never run')\n",
            "nets/deep/er/net.py": IMPORTS + "from common_layers import block" + OF_BLOCK,
            "common_layers.py": BLOCK,
        },
    ),
    "packages from the root, README only": _of(
        "models/net.py:make",
        files={
            "README.md": "# A network\n",
            "models/net.py": IMPORTS + "from common_layers import block" + OF_BLOCK,
            "common_layers.py": BLOCK,
        },
    ),
    "source below src": _of(
        "examples/net.py:make",
        files={
            "pyproject.toml": "",
            "examples/net.py": IMPORTS + "from mynets.parts import block" + OF_BLOCK,
            "src/mynets/__init__.py": "",
            "src/mynets/parts.py": BLOCK,
        },
    ),
    "a package that imports its file again": _of(
        "models/net.py:make",
        files={
            "models/__init__.py": "from .net import *\nfrom .other import *\n",
            "models/net.py": IMPORTS + "from .parts import block" + OF_BLOCK,
            "models/parts.py": BLOCK,
            "models/other.py": "from models.net import make as other\n",
        },
    ),
    "a package whose other files need what is not here": _of(
        "models/net.py:make",
        files={
            "models/__init__.py": "from .other import *\nfrom .net import *\n",
            "models/net.py": IMPORTS + "from .parts import block" + OF_BLOCK,
            "models/parts.py": BLOCK,
            "models/other.py": "import package_that_is_nowhere\n",
        },
    ),
    "the package itself": _of(
        "models/__init__.py:make",
        files={
            "models/__init__.py": "from .net import make\n",
            "models/net.py": IMPORTS + "from .parts import block" + OF_BLOCK,
            "models/parts.py": BLOCK,
        },
    ),
    "a folder whose name is no word": _of(
        "pytorch.net-v2/net.py:make",
        files={
            "pytorch.net-v2/net.py": IMPORTS + "from .parts import block" + OF_BLOCK,
            "pytorch.net-v2/parts.py": BLOCK,
        },
    ),
    "a file whose name is no word": _of("mlp-mixer.v1.py:Net", files={"mlp-mixer.v1.py": IMPORTS + net()}),
    "a path that the script adds": _of(
        "tools/net.py:make",
        files={
            "tools/net.py": "import os, sys\nsys.path.append(os.path.join(os.path.dirname(__file__), '../library'))\n"
            + IMPORTS
            + "def make():\n    from parts import block\n"
            + "    return nn.Sequential(block(), nn.Flatten(1, 3), nn.LazyLinear(5))\n",
            "library/parts.py": BLOCK,
        },
    ),
    # --- names that are ours, too
    "their main.py": _of(
        "models/net.py:make",
        files={".git/HEAD": "", "models/net.py": IMPORTS + "from main import block" + OF_BLOCK, "main.py": BLOCK},
    ),
    "their package analysis": _of(
        "net.py:make",
        files={
            "net.py": IMPORTS + "import analysis.parts\nfrom analysis.parts import block" + OF_BLOCK,
            "analysis/__init__.py": "",
            "analysis/parts.py": "from analysis.inner import block\n",
            "analysis/inner.py": BLOCK,
        },
    ),
    "their package gui": _of(
        "gui/net.py:make",
        files={
            "gui/__init__.py": "",
            "gui/net.py": IMPORTS + "from .parts import block" + OF_BLOCK,
            "gui/parts.py": "from gui.inner import block\n",
            "gui/inner.py": BLOCK,
        },
    ),
    "their resources and tests": _of(
        "net.py:make",
        files={
            "net.py": IMPORTS
            + "from resources import LAYERS\nimport tests.parts as parts\nblock = parts.block"
            + OF_BLOCK,
            "resources.py": "LAYERS = 3\n",
            "tests/parts.py": BLOCK,
        },
    ),
    # --- a package that is not here
    "a package that is not here": _of(
        "net.py:Net",
        r"No module named 'yaml_of_nobody'.*-m pip install yaml_of_nobody",
        {"net.py": "import yaml_of_nobody\n"},
    ),
    "a file of the repository that is not here": _of(
        "net.py:Net", r"No module named 'utils'.*in its whole repository", {"net.py": "import utils.blocks\n"}
    ),
    # --- arguments
    "arguments": _of(
        "net.py:Net(5, kernel=3)",
        files={"net.py": IMPORTS + net(more=", units, kernel", kernel="kernel", units="units")},
    ),
    "arguments that the file names": _of(
        "net.py:Net(Sizes.FIVE, [2, 2], act=nn.ReLU)",
        files={"net.py": IMPORTS + "class Sizes:\n    FIVE = 5\n" + net(more=", units, depths, act", units="units")},
    ),
    "a maker within a class": _of(
        "net.py:Net.from_name('five')",
        files={"net.py": IMPORTS + net() + "    @classmethod\n    def from_name(cls, name): return cls()\n"},
    ),
    "arguments that lack": _of(
        "net.py:Net",
        r"Net of net\.py needs units and kernel: write net\.py:Net\(units=…, kernel=…\).*def make\(\): return Net\(",
        {"net.py": IMPORTS + net(more=", units, kernel, dropout=0")},
    ),
    "arguments that lack further in": _of(
        "net.py:make",
        r"missing 1 required.*net\.py:make\(units=…\)",
        {"net.py": IMPORTS + net(more=", units") + "def make(**more): return Net(**more)\n"},
    ),
    "a network that is there": _of("net.py:model", files={"net.py": IMPORTS + net() + "model = Net()\n"}),
    "a network among other things": _of(
        "net.py:make", files={"net.py": IMPORTS + net() + "def make(): return Net(), lambda picture: picture\n"}
    ),
    "a script that reads its arguments": _of(
        "train.py:Net",
        files={
            "train.py": "import argparse\np = argparse.ArgumentParser()\np.add_argument('--lr')\np.parse_args()\n"
            + IMPORTS
            + net()
        },
    ),
    "a script that wants arguments": _of(
        "train.py:Net",
        r"SystemExit: 2 \(train\.py, line 4\), as a script does that wants arguments",
        {
            "train.py": "import argparse\np = argparse.ArgumentParser()\n"
            "p.add_argument('--data', required=True)\np.parse_args()\n"
        },
    ),
    # --- what the network takes
    "a size that it keeps": _of(
        "net.py:Net",
        files={
            "net.py": IMPORTS
            + "class Net(nn.Module):\n    def __init__(self, img_size=40):\n        super().__init__()\n"
            + "        self.img_size = img_size\n        self.conv = nn.Conv2d(3, 4, 3)\n"
            + "        self.fc = nn.Linear(4, 5)\n"
            + "    def forward(self, x): return self.fc(self.conv(x).mean((2, 3)))\n"
        },
        size=40,
    ),
    "a table of positions": _of(
        "vit.py:ViT",
        files={
            "vit.py": IMPORTS
            + "class ViT(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
            + "        self.patches = nn.Conv2d(3, 8, 6, 6)\n"
            + "        self.pos_embed = nn.Parameter(torch.zeros(1, 50, 8))\n"
            + "        self.cls = nn.Parameter(torch.zeros(1, 1, 8))\n        self.head = nn.Linear(8, 5)\n"
            + "    def forward(self, x):\n        y = self.patches(x).flatten(2).transpose(1, 2)\n"
            + "        y = torch.cat([self.cls.expand(len(y), -1, -1), y], 1) + self.pos_embed\n"
            + "        return self.head(y[:, 0])\n"
        },
        size=42,
    ),
    "places taken for pictures": _of(
        "net.py:Net",
        files={
            "net.py": IMPORTS
            + "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
            + "        self.conv = nn.Conv2d(3, 4, 3, 2, 1)\n        self.fc = nn.Linear(4 * 16 * 16, 5)\n"
            + "    def forward(self, x): return self.fc(self.conv(x).reshape(-1, 4 * 16 * 16))\n"
        },
        size=32,
    ),
    "four planes": _of("net.py:Net", files={"net.py": IMPORTS + net(channels=4)}),
    "volumes": _of(
        "net.py:Net",
        r"takes volumes or films \(1 channel × depth",
        {"net.py": IMPORTS + "def Net(): return nn.Sequential(nn.Conv3d(1, 2, 3), nn.ReLU())\n"},
    ),
    "points": _of(
        "net.py:Net",
        r"takes sequences or points \(3 channels",
        {"net.py": IMPORTS + "def Net(): return nn.Sequential(nn.Conv1d(3, 8, 1), nn.ReLU())\n"},
    ),
    "text": _of(
        "net.py:Net",
        r"takes words or other signs by their numbers from 0 to 99",
        {"net.py": IMPORTS + "def Net(): return nn.Sequential(nn.Embedding(100, 8), nn.Linear(8, 2))\n"},
    ),
    "names of classes": _of(
        "net.py:Net",
        files={
            "net.py": IMPORTS + net() + "        \n    names = {0: 'ant', 1: 'bee', 2: 'cat', 3: 'dog', 4: 'eel'}\n"
        },
        labels=("ant", "bee", "cat", "dog", "eel"),
    ),
}
