"""Layers as maps of a whole set of pictures."""
