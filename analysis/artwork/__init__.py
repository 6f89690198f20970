"""Draws the sample pictures that ship: `python -m analysis.artwork FOLDER` makes all of them again."""
