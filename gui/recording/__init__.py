"""Recording the live view: pictures of the window at even times, kept as an animation or a film."""
