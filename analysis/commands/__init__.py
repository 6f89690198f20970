"""The commands that need no window: what networks, layers and methods there are, and drawing figures."""
