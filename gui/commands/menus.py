"""The names of the menus, in their order."""

MENUS = ("File", "Source", "View", "Explain", "Help")
