"""Many questions that belong together: grids of methods and networks, and the checks of a map with their verdicts."""
