"""Class scores as shares of one, and a share in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from analysis.protocol.events import Floats


def softmax(logits: Floats) -> NDArray[np.float64]:
    """exp(xᵢ) / Σ exp(xⱼ); values that are no finite numbers count as impossible."""
    import numpy as np

    finite = np.isfinite(logits)
    powers = np.zeros(len(logits))
    if finite.any():
        powers[finite] = np.exp(logits[finite].astype(np.float64) - float(logits[finite].max()))
    total = powers.sum()
    return powers / total if total > 0 else powers


def percent(share: float) -> str:
    return "<0.1 %" if 0 < share < 0.0005 else f"{100 * share:.1f} %"
