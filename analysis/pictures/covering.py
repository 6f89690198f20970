"""What covers a picture, or a part of it, so that nothing is to be seen there."""

import numpy as np

from analysis.protocol.events import Floats


def blurred(values: Floats, sigma: float) -> Floats:
    """Under a Gaussian, cut off at 4 σ; outside the picture there is what lies at its edge."""
    reach = int(np.ceil(4 * sigma))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    weights /= weights.sum()
    for axis in (0, 1):
        length = values.shape[axis]
        padded = np.pad(values, [(reach, reach) if a == axis else (0, 0) for a in (0, 1)], mode="edge")
        parts = (padded.take(range(i, i + length), axis) * weight for i, weight in enumerate(weights))
        total = np.zeros(values.shape, np.float32)
        for part in parts:
            total += part
        values = total
    return values
