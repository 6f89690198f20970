"""A whole set of pictures through a network once, and the atlas of every unit that comes of it."""
