"""What the colour maps are called in the window, by their names in recipes."""

COLOURS = {
    "grey": "Grey",
    "viridis": "Viridis",
    "magma": "Magma",
    "inferno": "Inferno",
    "diverging": "Diverging",
    "diverging-light": "Diverging on white",
}
