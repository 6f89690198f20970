"""What each hidden unit of a small network from the plane to the plane does, seen while it learns."""
