"""A package that a network's file needs and that is not there: what to do about it, in a sentence."""

import shlex
import sys
from collections.abc import Iterator
from importlib.machinery import PathFinder
from pathlib import Path

# Packages whose name in Python is not that under which they are installed.
_INSTALLED_AS = {
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "efficientnet_pytorch": "efficientnet-pytorch",
    "git": "gitpython",
    "google": "protobuf",
    "hydra": "hydra-core",
    "IPython": "ipython",
    "mpl_toolkits": "matplotlib",
    "nibabel": "nibabel",
    "open_clip": "open-clip-torch",
    "PIL": "pillow",
    "pl_bolts": "lightning-bolts",
    "pretrainedmodels": "pretrainedmodels",
    "pycocotools": "pycocotools",
    "pytorch_lightning": "pytorch-lightning",
    "ruamel": "ruamel.yaml",
    "segmentation_models_pytorch": "segmentation-models-pytorch",
    "serial": "pyserial",
    "SimpleITK": "SimpleITK",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}
# What lies under these names in the registry is something else, or cannot be installed from there.
_NOT_IN_REGISTRY = frozenset(("apex", "clip", "detectron2", "mmcv", "mmdet", "mmseg", "MultiScaleDeformableAttention"))
# What repositories call their own files: under such a name a registry has a stranger's package.
_OF_THE_REPOSITORY = frozenset(
    (
        "arch",
        "archs",
        "args",
        "attention",
        "backbone",
        "backbones",
        "block",
        "blocks",
        "cfg",
        "cfgs",
        "common",
        "config",
        "configs",
        "core",
        "criterion",
        "data",
        "datasets",
        "dataset",
        "engine",
        "helper",
        "helpers",
        "hparams",
        "layer",
        "layers",
        "lib",
        "libs",
        "loss",
        "losses",
        "misc",
        "model",
        "modeling",
        "models",
        "module",
        "modules",
        "net",
        "nets",
        "network",
        "networks",
        "nn",
        "ops",
        "opt",
        "options",
        "parts",
        "resnet",
        "src",
        "test",
        "tests",
        "tools",
        "train",
        "trainer",
        "transforms",
        "unet",
        "util",
        "utils",
        "vit",
    )
)


def sentence(error: BaseException, looked_in: tuple[Path, ...]) -> str | None:
    """What to do where this error comes of a module that is not there; None for any other error."""
    missing = next((one for one in _chain(error) if isinstance(one, ModuleNotFoundError) and one.name), None)
    if missing is None or missing.name is None:
        return None
    name = missing.name
    top = name.partition(".")[0]
    if top != name and (top in sys.modules or PathFinder.find_spec(top) is not None):
        return f"the package {top} is here, but in another version, which has no {name.partition('.')[2]}"
    if top in _OF_THE_REPOSITORY:
        return f"it is looked for in {_folders(looked_in)}: open the file where it lies in its whole repository"
    if top in _NOT_IN_REGISTRY:
        return f"install the package {top} into {_python()} as its own project says"
    return f"install the package with {_python()} -m pip install {_INSTALLED_AS.get(top, top)}"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and those behind it, the last one first: only that ended the run."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or one.__context__


def _python() -> str:
    return shlex.quote(sys.executable) if sys.platform != "win32" else f'"{sys.executable}"'


def _folders(looked_in: tuple[Path, ...]) -> str:
    if len(looked_in) < 2:
        return f"{looked_in[0]}" if looked_in else "its folder"
    return f"{looked_in[0]} and the folders above it up to {max(looked_in[1:], key=lambda one: -len(one.parts))}"
