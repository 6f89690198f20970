"""Enlarging, blurring and ranking in NumPy, a second time and in the plainest way."""

import numpy as np

from tests.truth.plain import Numbers


def enlarged(map_: Numbers, size: tuple[int, int]) -> Numbers:
    """Bilinear, pixel middles on pixel middles, the border's values beyond the border."""
    rows, columns = (_weights(old, new) for old, new in zip(map_.shape, size, strict=True))
    return np.asarray(rows @ map_ @ columns.T)


def _weights(old: int, new: int) -> Numbers:
    weights = np.zeros((new, old))
    for place in range(new):
        at = min(max((place + 0.5) * old / new - 0.5, 0.0), old - 1.0)
        low = int(at)
        high = min(low + 1, old - 1)
        weights[place, low] += 1 - (at - low)
        weights[place, high] += at - low
    return weights


def blurred(picture: Numbers, bell: Numbers) -> Numbers:
    """Each plane under the bell, along one axis and then along the other; the border's values go on beyond it."""
    reach = len(bell) // 2
    for axis in (1, 2):
        length = picture.shape[axis]
        total = np.zeros_like(picture)
        for offset, weight in zip(range(-reach, reach + 1), bell, strict=True):
            places = np.clip(np.arange(length) + offset, 0, length - 1)
            total += weight * picture.take(places, axis)
        picture = total
    return picture


def gaussian(reach: int, sigma: float) -> Numbers:
    bell = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * sigma**2))
    return np.asarray(bell / bell.sum())


def ranks(values: Numbers) -> Numbers:
    """Mean ranks: equals share the mean of theirs."""
    flat = values.ravel()
    return np.array([(flat < one).sum() + ((flat == one).sum() - 1) / 2 for one in flat])


def rank_correlation(one: Numbers, other: Numbers) -> float:
    x, y = ranks(one), ranks(other)
    if x.std() == 0 or y.std() == 0:
        return 0.0
    return float(np.corrcoef(x, y)[0, 1])
