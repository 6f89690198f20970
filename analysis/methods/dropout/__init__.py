"""What dropout does in a convolutional network: single elements, or whole maps."""
