"""Attention in one operation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from analysis.quick.runtime.operations.words import Words, Writer, cut, needs, shaped, single, value


def _attended(write: Writer, args: Sequence[Any], result: Any) -> list[str]:
    """softmax(q·kᵀ/√d + mask)·v."""
    q, k, v, dropout, causal = args[:5]
    mask, scale = args[5:7]
    needs(not dropout and not (causal and mask is not None))
    turned = write.add("Transpose", value(write, k), perm=(*range(k.dim() - 2), k.dim() - 1, k.dim() - 2))
    by = 1 / math.sqrt(q.shape[-1]) if scale is None else float(scale)
    weights = write.add("MatMul", write.add("Mul", value(write, q), single(write, by)), turned)
    if causal:
        later = np.triu(np.full((q.shape[-2], k.shape[-2]), -np.inf, np.float32), 1)
        weights = write.add("Add", weights, write.constant(later))
    if mask is not None:
        weights = write.add("Add", weights, value(write, mask))
    name = write.add("MatMul", write.add("Softmax", weights, axis=-1), value(write, v))
    return [name, *[""] * (len(result) - 1)]


def _heads(write: Writer, args: Sequence[Any], result: Any) -> list[str]:
    """Torch's attention of a sequence to itself in one operation, which it takes where nobody derives."""
    query, key, value, size, heads, inner, bias, outer, last, mask, wants_weights = args[:11]
    needs(query is key and key is value and mask is None and not wants_weights and query.dim() == 3)
    count, length = query.shape[:2]
    each = size // heads
    product = write.add("MatMul", value(write, query), write.add("Transpose", value(write, inner), perm=(1, 0)))
    parts = shaped(write, write.add("Add", product, value(write, bias)), (count, length, 3, heads, each))
    parts = write.add("Transpose", parts, perm=(2, 0, 3, 1, 4))
    q, k, v = (
        shaped(write, cut(write, parts, 0, place, place + 1), (count, heads, length, each)) for place in range(3)
    )
    turned = write.add("Transpose", k, perm=(0, 1, 3, 2))
    weights = write.add("MatMul", write.add("Mul", q, single(write, 1 / math.sqrt(each))), turned)
    seen = write.add("MatMul", write.add("Softmax", weights, axis=-1), v)
    seen = shaped(write, write.add("Transpose", seen, perm=(0, 2, 1, 3)), (count, length, size))
    name = write.add("MatMul", seen, write.add("Transpose", value(write, outer), perm=(1, 0)))
    return [write.add("Add", name, value(write, last)), ""]


WORDS: dict[str, Words] = {
    "_scaled_dot_product_flash_attention_for_cpu": _attended,
    "_native_multi_head_attention": _heads,
}
