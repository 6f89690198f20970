"""The cards of the gallery, how one is drawn without a window, and the sheet of all of them."""
