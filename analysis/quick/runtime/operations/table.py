"""What torch's operations are called in ONNX: those that networks of people use. Where one lacks, nothing is written.

Each is written for the sizes of the pass that was seen, so that whatever only arranges numbers anew is one `Reshape`.
What jumps from one number to another where rounding may decide is left to torch: comparisons, rounding, places.
"""

from __future__ import annotations

from analysis.quick.runtime.operations import (
    activations,
    arithmetic,
    arranging,
    attention,
    layers,
    pooling,
    recurrent,
    sizes,
    sums,
)
from analysis.quick.runtime.operations.words import NoWordsError, Words

_PLAIN: dict[str, Words] = {
    **activations.WORDS,
    **arithmetic.WORDS,
    **arranging.WORDS,
    **attention.WORDS,
    **layers.WORDS,
    **pooling.WORDS,
    **recurrent.WORDS,
    **sizes.WORDS,
    **sums.WORDS,
}
# What ends with an underscore writes into what it is given, and answers the same.
_TABLE = {f"aten::{name}": words for name, words in _PLAIN.items()}
_TABLE |= {f"aten::{name}_": words for name, words in _PLAIN.items() if not name.startswith("_")}


def words_for(operation: str) -> Words:
    try:
        return _TABLE[operation]
    except KeyError:
        raise NoWordsError(operation) from None
