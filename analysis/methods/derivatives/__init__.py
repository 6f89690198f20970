"""Techniques that differentiate the answer by the picture."""
