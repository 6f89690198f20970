"""Digits as a hand with a round pen would draw them, white on black."""

import math

from analysis.artwork.canvas import Canvas, Pixels, curve

# Each stroke is a row of points x,y in hundredths of the digit's height, x from 0 to about 70.
STROKES: dict[int, tuple[str, ...]] = {
    0: ("36,0 10,15 2,50 12,88 36,100 60,86 68,50 60,14 36,0",),
    1: (
        "20,20 40,0",
        "40,0 38,50 36,100",
    ),
    2: (
        "6,24 16,6 38,0 58,10 62,30 46,56 22,80 5,98",
        "5,98 35,97 68,95",
    ),
    3: (
        "8,10 34,0 58,10 58,32 30,46",
        "30,46 58,54 66,76 50,96 24,100 4,88",
    ),
    4: (
        "42,0 22,35 4,64",
        "4,64 36,64 70,62",
        "52,30 50,65 47,100",
    ),
    5: (
        "60,2 36,2 16,3",
        "16,3 10,42",
        "10,42 36,36 60,50 62,76 42,97 18,99 2,88",
    ),
    6: ("52,2 24,24 8,60 14,90 36,100 58,88 58,64 38,54 16,66",),
    7: (
        "4,4 36,3 66,2",
        "66,2 46,45 28,100",
    ),
    8: ("56,14 36,0 14,10 16,32 38,48 58,66 58,88 36,100 10,88 12,66 36,48 54,32 56,14",),
    9: (
        "60,24 40,2 14,10 8,34 26,50 50,42 60,24",
        "60,24 56,60 48,100",
    ),
}


def digit(number: int, side: int = 112, pen: float = 0.1, tilt: float = 0.0, height: float = 0.68) -> Pixels:
    """`pen` and `height` as shares of the side, `tilt` in radians."""
    canvas = Canvas(side, side, (0, 0, 0))
    cos, sin = math.cos(tilt), math.sin(tilt)
    for stroke in STROKES[number]:
        corners = [tuple(map(float, point.split(","))) for point in stroke.split()]
        way = curve([(x / 100 - 0.35, y / 100 - 0.5) for x, y in corners])
        away = [(x * height * side, y * height * side) for x, y in way]
        points = [(side / 2 + cos * x - sin * y, side / 2 + sin * x + cos * y) for x, y in away]
        canvas.line(points, pen * side, (255, 255, 255))
    return canvas.finished()
