"""What a forward pass does, operation by operation, and which places of the picture each of them sees."""
