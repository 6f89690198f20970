"""What one place of a layer sees of the picture, and by which way."""
