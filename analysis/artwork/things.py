"""Plain pictures of things that networks have learnt to name: an aeroplane, a ship, a lorry, a cat, lights, a clock."""

import math

import numpy as np

from analysis.artwork.canvas import Canvas, Colour, Pixels, curve

SIDE = 288


def airplane() -> Pixels:
    canvas = Canvas(SIDE, SIDE, (70, 130, 205), (188, 216, 240))
    for x, y, size in ((60, 220, 34), (100, 228, 26), (214, 58, 24), (244, 64, 18)):
        canvas.ellipse(x, y, size * 1.6, size * 0.5, (226, 236, 246))
    canvas.blur(5)
    dark, body, light = (118, 128, 140), (206, 212, 218), (238, 241, 244)
    canvas.polygon([(140, 132), (206, 66), (222, 66), (184, 136)], dark)
    canvas.polygon([(36, 112), (28, 66), (46, 66), (76, 118)], (176, 40, 44))
    canvas.polygon(
        curve([(26, 118), (70, 114), (180, 122), (246, 142), (262, 156), (240, 166), (170, 168), (90, 148), (26, 118)]),
        body,
    )
    canvas.polygon(curve([(40, 120), (110, 118), (200, 128), (248, 146), (190, 138), (100, 130), (40, 120)]), light)
    canvas.polygon([(118, 150), (84, 232), (104, 234), (178, 160)], (150, 158, 168))
    canvas.polygon([(40, 122), (14, 142), (26, 144), (70, 132)], dark)
    canvas.ellipse(124, 198, 16, 7, (90, 98, 108))
    for number in range(13):
        canvas.ellipse(98 + number * 9.5, 135 + number * 1.2, 2.2, 2.6, (50, 66, 88))
    canvas.polygon([(238, 145), (252, 150), (242, 152)], (40, 54, 74))
    return canvas.finished(grain=3, seed=1)


def ship() -> Pixels:
    canvas = Canvas(SIDE, SIDE, (150, 188, 222), (226, 232, 232))
    canvas.box(0, 176, SIDE, SIDE, (44, 92, 128))
    for number in range(70):
        x, y = (number * 97) % SIDE, 182 + (number * 61) % 104
        canvas.ellipse(x, y, 14 + y / 20, 1.4, (62, 116, 150) if number % 3 else (112, 160, 186))
    canvas.blur(0.8)
    canvas.polygon([(30, 158), (266, 150), (236, 206), (62, 206)], (40, 46, 60))
    canvas.polygon([(46, 186), (248, 184), (236, 206), (62, 206)], (150, 40, 36))
    canvas.polygon([(70, 156), (210, 152), (206, 124), (78, 126)], (240, 240, 236))
    canvas.polygon([(92, 126), (180, 124), (176, 100), (98, 102)], (226, 228, 226))
    for x in (112, 146):
        canvas.polygon([(x, 102), (x + 20, 101), (x + 18, 62), (x + 4, 62)], (196, 62, 44))
        canvas.polygon([(x + 3, 74), (x + 19, 74), (x + 18, 62), (x + 4, 62)], (30, 32, 38))
    for number in range(11):
        canvas.ellipse(86 + number * 11.5, 140, 3, 3, (58, 82, 108))
        canvas.box(103 + number * 6.6, 109, 107 + number * 6.6, 116, (70, 96, 120))
    canvas.line([(226, 150), (226, 84)], 2, (70, 70, 74))
    canvas.line([(58, 156), (58, 96)], 2, (70, 70, 74))
    canvas.polygon(
        curve([(40, 208), (90, 204), (150, 208), (210, 203), (262, 208), (250, 214), (60, 214), (40, 208)]),
        (206, 222, 230),
    )
    return canvas.finished(grain=3, seed=2)


def truck() -> Pixels:
    canvas = Canvas(SIDE, SIDE, (158, 192, 224), (222, 226, 222))
    for x, height in ((20, 60), (66, 40), (150, 52), (220, 44), (270, 66)):
        canvas.ellipse(x, 176, 42, height, (96, 128, 84))
    canvas.box(0, 178, SIDE, SIDE, (104, 104, 106))
    canvas.blur(3)
    canvas.polygon([(22, 226), (274, 226), (262, 240), (34, 240)], (62, 62, 66))
    canvas.box(18, 70, 186, 204, (222, 224, 222))
    canvas.box(18, 70, 186, 84, (240, 240, 238))
    for number in range(1, 7):
        canvas.line([(18 + number * 24, 86), (18 + number * 24, 200)], 1.2, (190, 194, 194))
    canvas.polygon([(190, 204), (190, 104), (236, 104), (258, 150), (268, 156), (268, 204)], (184, 42, 40))
    canvas.polygon([(200, 114), (232, 114), (248, 148), (200, 148)], (92, 124, 146))
    canvas.polygon([(204, 114), (214, 114), (206, 148), (200, 148)], (150, 178, 194))
    canvas.box(14, 200, 272, 212, (46, 48, 52))
    canvas.box(256, 176, 270, 186, (250, 232, 160))
    for x in (58, 96, 230):
        canvas.ellipse(x, 214, 24, 24, (30, 30, 32))
        canvas.ellipse(x, 214, 12, 12, (150, 152, 154))
        canvas.ellipse(x, 214, 4, 4, (70, 70, 72))
    return canvas.finished(grain=3, seed=3)


def cat() -> Pixels:
    canvas = Canvas(SIDE, SIDE, (122, 138, 112), (168, 150, 120))
    canvas.blur(2)
    coat, dark, cream = (176, 122, 70), (120, 76, 42), (238, 220, 196)
    canvas.ellipse(144, 300, 110, 90, coat)
    for side in (-1, 1):
        canvas.polygon([(144 + side * 24, 82), (144 + side * 92, 22), (144 + side * 98, 130)], coat)
        canvas.polygon([(144 + side * 44, 78), (144 + side * 84, 42), (144 + side * 86, 108)], (222, 160, 140))
    canvas.ellipse(144, 148, 102, 86, coat)
    _fur(canvas, coat)
    for side in (-1, 1):
        for number in range(3):
            y = 130 + number * 26
            canvas.polygon([(144 + side * 101, y - 6), (144 + side * 66, y + 6), (144 + side * 100, y + 7)], dark)
    for number, x in enumerate((112, 132, 156, 176)):
        canvas.polygon([(x - 5, 64), (x + 5, 64), (144 + (x - 144) * 0.6, 104 - 6 * (number in (0, 3)))], dark)
    canvas.ellipse(144, 196, 46, 34, cream)
    for side in (-1, 1):
        canvas.ellipse(144 + side * 42, 138, 22, 19, (52, 34, 22))
        canvas.ellipse(144 + side * 42, 138, 19, 16.5, (188, 196, 84))
        canvas.ellipse(144 + side * 42, 138, 6.5, 15.5, (16, 16, 14))
        canvas.ellipse(144 + side * 42 - 6, 131, 4, 4, (250, 250, 244))
    canvas.polygon([(131, 172), (157, 172), (144, 187)], (202, 112, 106))
    for side in (-1, 1):
        canvas.line(curve([(144, 186), (144 + side * 6, 202), (144 + side * 24, 206)]), 3, (86, 52, 36))
        for number in range(3):
            start = (144 + side * 30, 190 + number * 7)
            canvas.line(
                curve([start, (144 + side * 78, 184 + number * 13), (144 + side * 126, 188 + number * 19)]),
                1.4,
                (246, 242, 234),
            )
    return canvas.finished(grain=5, seed=4)


def traffic_light() -> Pixels:
    canvas = Canvas(SIDE, SIDE, (96, 146, 204), (206, 220, 232))
    for x, top in ((0, 190), (60, 214), (206, 176), (250, 204)):
        canvas.box(x, top, x + 52, SIDE, (150, 140, 134))
    canvas.blur(5)
    canvas.box(138, 236, 150, SIDE, (66, 68, 70))
    canvas.box(100, 22, 188, 244, (28, 30, 30), 12)
    canvas.box(106, 28, 182, 238, (40, 42, 42), 9)
    lamps: tuple[tuple[float, Colour, Colour], ...] = (
        (66, (236, 44, 34), (255, 150, 130)),
        (134, (86, 64, 14), (104, 82, 30)),
        (202, (14, 66, 36), (26, 84, 50)),
    )
    for y, colour, gleam in lamps:
        canvas.ellipse(144, y - 4, 34, 32, (16, 17, 17))
        canvas.ellipse(144, y, 28, 28, colour)
        canvas.ellipse(138, y - 7, 12, 10, gleam)
    return canvas.finished(grain=3, seed=5)


def clock() -> Pixels:
    canvas = Canvas(SIDE, SIDE, (178, 160, 138), (150, 130, 110))
    canvas.ellipse(150, 152, 126, 124, (112, 94, 78))
    canvas.blur(5)
    canvas.ellipse(144, 142, 124, 124, (54, 40, 32))
    canvas.ellipse(144, 142, 116, 116, (120, 88, 58))
    canvas.ellipse(144, 142, 108, 108, (246, 243, 234))
    for minute in range(60):
        angle = minute * math.pi / 30
        inner, width = (84, 5.0) if minute % 5 == 0 else (95, 1.8)
        ends = [(144 + r * math.sin(angle), 142 - r * math.cos(angle)) for r in (inner, 101)]
        canvas.line(ends, width, (26, 26, 28))
    for angle, length, width in ((10.15 / 12, 56, 8), (9 / 60, 84, 5)):
        x, y = math.sin(2 * math.pi * angle), -math.cos(2 * math.pi * angle)
        canvas.line([(144 - 14 * x, 142 - 14 * y), (144 + length * x, 142 + length * y)], width, (22, 22, 24))
    canvas.line([(150, 172), (129, 60)], 2, (190, 34, 30))
    canvas.ellipse(144, 142, 7, 7, (22, 22, 24))
    return canvas.finished(grain=3, seed=6)


def _fur(canvas: Canvas, colour: Colour) -> None:
    """Short strokes, lighter and darker than the coat, pointing away from the nose."""
    random = np.random.default_rng(11)
    for _ in range(900):
        angle, radius = random.uniform(0, 2 * math.pi), math.sqrt(random.uniform(0.05, 1))
        x, y = 144 + 100 * radius * math.cos(angle), 148 + 84 * radius * math.sin(angle)
        shade = random.uniform(0.78, 1.2)
        tone = (min(255, int(colour[0] * shade)), min(255, int(colour[1] * shade)), min(255, int(colour[2] * shade)))
        canvas.line([(x, y), (x + 7 * math.cos(angle), y + 7 * math.sin(angle))], 1.2, tone)
