"""Techniques that weight a layer's maps by how much the answer depends on them."""
