"""Whether moving pictures can be passed in half the precision here, in words; what does it is a library of its own."""

from importlib.util import find_spec

NAME = "openvino"


def refused() -> str:
    """What to do where it is not installed; nothing where it is."""
    if find_spec(NAME) is not None:
        return ""
    return "The fast view needs OpenVINO, which is not installed: say pip install “underhood[fast]” and begin again."
