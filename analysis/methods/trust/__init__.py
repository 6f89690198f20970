"""Techniques that test the map of another technique."""
