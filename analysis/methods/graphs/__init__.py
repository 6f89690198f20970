"""How a network is made."""
