"""What every number of a result is."""

from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]
