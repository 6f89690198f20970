"""Picture sources: whatever they look at, they all give frames."""
