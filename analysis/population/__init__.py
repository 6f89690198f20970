"""What a network makes of many pictures: vectors, the maps that they are folded into, and how far to trust them."""
