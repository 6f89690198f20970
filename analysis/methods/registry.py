"""Every technique there is, in the order of the method list. Adding one is its own file and one line here.

The files import torch only where a run starts, so this list is at hand at once.
"""

from difflib import get_close_matches

from analysis.methods.activations import Activations
from analysis.methods.method import Method
from analysis.problems import Problem

METHODS: tuple[type[Method], ...] = (Activations,)


def method(name: str) -> type[Method]:
    """The technique of this name, or one sentence with the nearest ones."""
    named = {technique.name: technique for technique in METHODS}
    if name in named:
        return named[name]
    near = get_close_matches(name, named, n=3, cutoff=0.4)
    advice = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(named)}."
    raise Problem(f"There is no method “{name}”: {advice}")
