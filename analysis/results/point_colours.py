"""Colours of groups of points: ten that are told apart at once, and after those as many as there are, going round."""

import colorsys

# Tableau's, with the grey left out, which is that of points in no group.
TEN = ("#4e9af1", "#ff9d3c", "#57c268", "#ef5d60", "#b58be0", "#b07c5e", "#f08cc8", "#c9c93f", "#3ec9d6", "#8a97ff")
NONE = "#7b828c"


def colour(group: int) -> str:
    if group < 0:
        return NONE
    if group < len(TEN):
        return TEN[group]
    hue = (group * 0.618034) % 1.0
    light = (0.62, 0.5, 0.74)[group // len(TEN) % 3]
    red, green, blue = (round(255 * part) for part in colorsys.hls_to_rgb(hue, light, 0.65))
    return f"#{red:02x}{green:02x}{blue:02x}"
