"""Techniques that change the picture and see what the answer does."""
