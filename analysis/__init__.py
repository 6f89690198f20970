"""Everything that can be known about a network, without a window."""
