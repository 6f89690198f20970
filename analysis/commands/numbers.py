"""What a command writes where numbers are wanted: arrays with their recipe as .npz, or told in words as .json."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.methods.registry import method
from analysis.protocol.recipe import Recipe, to_json
from analysis.results.kinds import Result
from analysis.results.numbers import numbers_of

Array = NDArray[Any]

_VALUES_IN_JSON = 1000  # an array with more is described by its range only


def with_results(recipe: Recipe, results: Mapping[str, Any]) -> bytes:
    """The recipe with what came out besides, so that it can still be drawn with --recipe."""
    content = json.loads(to_json(recipe)) | {"results": results}
    return (json.dumps(content, indent=2) + "\n").encode("ascii")


def result_in_words(recipe: Recipe, result: Result) -> bytes:
    """The recipe with every number of its result described."""
    holds = method(recipe.method).declares
    results = {name: described(array, holds.get(name, "")) for name, array in numbers_of(result).items()}
    return with_results(recipe, results)


def described(array: Array, holds: str) -> dict[str, Any]:
    """What it holds, its shape and its range; of few numbers the numbers themselves."""
    array = np.asarray(array)
    described: dict[str, Any] = {"holds": holds, "shape": array.shape, "type": str(array.dtype)}
    if array.dtype.kind in "fiub" and array.size:
        finite = array[np.isfinite(array)]
        described["finite"] = int(finite.size)
        if finite.size:
            described |= {"minimum": float(finite.min()), "maximum": float(finite.max()), "mean": float(finite.mean())}
    if array.size <= _VALUES_IN_JSON:
        described["values"] = _plain(array.tolist())
    return described


def _plain(value: Any) -> Any:
    """JSON has no NaN and no infinity."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
