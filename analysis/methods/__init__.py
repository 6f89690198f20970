"""The techniques: one file each, listed in `registry.py`."""
