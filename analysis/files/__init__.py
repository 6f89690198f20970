"""What is written, whole or not at all, with the recipe inside."""
