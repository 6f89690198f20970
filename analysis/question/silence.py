"""What is said of a derivative of which nothing is left."""

NOTHING_BACK = "No positive evidence comes all the way back to the picture: take the gradient, or a unit of a layer."


NOTHING = "No pixel changes this answer, so there is no positive evidence, nor any against it: take another target."
