"""What torch computes step by step in one operation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from analysis.quick.runtime.operations.words import Words, Writer, cut, needs, shaped, value

_LONG_SHORT = 2  # torch's number for it
_ORDER = (0, 3, 1, 2)  # input, output, forget, cell, where torch has input, forget, cell, output


def _layer(write: Writer, args: Sequence[Any], result: Any) -> list[str]:
    """One direction of one layer, over all steps."""
    x, inner, outer, first_bias, second_bias, hidden, cell, back, sizes, kind, size = args[:11]
    has_biases, train = args[12], args[15]
    needs(kind == _LONG_SHORT and not sizes and not train and x.dim() == 3)

    def ordered(name: str) -> str:
        return write.add("Concat", *(cut(write, name, 0, gate * size, (gate + 1) * size) for gate in _ORDER), axis=0)

    weights = [shaped(write, ordered(value(write, weight)), (1, *weight.shape)) for weight in (inner, outer)]
    biases = ""
    if has_biases:
        both = write.add("Concat", *(ordered(value(write, bias)) for bias in (first_bias, second_bias)), axis=0)
        biases = shaped(write, both, (1, 8 * size))
    state = (1, x.shape[1], size)
    found = write.add_several(
        3,
        "LSTM",
        value(write, x),
        *weights,
        biases,
        "",
        shaped(write, value(write, hidden), state),
        shaped(write, value(write, cell), state),
        hidden_size=int(size),
        direction="reverse" if back else "forward",
    )
    return [*(shaped(write, name, one.shape) for name, one in zip(found, result[:3], strict=True)), ""]


WORDS: dict[str, Words] = {
    "mkldnn_rnn_layer": _layer,
}
