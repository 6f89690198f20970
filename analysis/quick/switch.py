"""The switch that turns off what is there for speed only, so that any doubt is settled by one command.

`UNDERHOOD_PLAIN=1` runs everything the plain way, and `UNDERHOOD_PLAIN=runtime,winograd` all but these two as ever. It
is read whenever it is asked for. What a person chose, such as half the precision, is no trick and stays.
"""

import os
from typing import Literal, get_args

from analysis.protocol.problems import Problem

Trick = Literal[
    "runtime",  # passes of known networks on ONNX Runtime (runtime)
    "kept-proofs",  # what was proven of such a pass at an earlier start (runtime/proven_before.py)
    "device",  # passes of moving pictures on a GPU that are written down once and repeated (device_pass.py)
    "winograd",  # large maps of a masked picture by tiles (winograd.py)
    "folding",  # normalisations that disappear into the convolutions of a copy (folding.py)
    "first-layer",  # the way back through the first convolution (analysis.question.first_layer)
    "layout",  # channels last in memory (layout.py)
    "memory",  # what is freed is kept (freed_memory.py)
    "scaling",  # moving pictures are scaled before they become RGB
    "both-ways",  # convolutions of a picture that is made, there and back (both_ways.py)
    "straight",  # of a picture that is made a straight run of convolutions, there and back at once (straight.py)
    "crops",  # of a picture that is made for one unit only what the unit sees is computed (analysis.synthesis.crop)
    "incremental",  # of a masked picture only what the mask changes is computed (analysis.occlusion)
]
TRICKS: tuple[Trick, ...] = get_args(Trick)
VARIABLE = "UNDERHOOD_PLAIN"
_ALL, _NONE = ("1", "all", "yes", "on", "true"), ("", "0", "no", "off", "false")


def plain(trick: Trick) -> bool:
    """Whether this trick is turned off."""
    said = os.environ.get(VARIABLE, "").strip().lower()
    if said in _NONE:
        return False
    if said in _ALL:
        return True
    named = [name.strip() for name in said.split(",") if name.strip()]
    if unknown := [name for name in named if name not in TRICKS]:
        raise Problem(
            f"{VARIABLE} names “{unknown[0]}”, which is no trick: say 1 for all, or some of {', '.join(TRICKS)}."
        )
    return trick in named
