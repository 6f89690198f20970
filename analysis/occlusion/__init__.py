"""Occlusion that recomputes only what a mask changes.

`sweep.py` is the entrance. The network's computation is recorded (`analysis.tracing.steps`), read as operations that
work window by window (`reading.py`, `operations.py`), and run for blocks of masks whose windows are equally large
(`spans.py`, `blocks.py`). Where it is not understood, every masked picture goes through the whole network.
"""
