"""A graph is drawn in layers: nothing lies over anything else, every edge goes down, and what repeats is told once."""

import itertools
import random
from collections import OrderedDict
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from analysis.drawing.graph_colours import scale_of
from analysis.drawing.graph_drawing import LETTER, Box, Drawing, drawing_of
from analysis.drawing.graph_parts import (
    ALL,
    AUTOMATIC,
    EACH,
    FITS,
    NOTHING,
    Part,
    Unfolded,
    in_sight,
    parts_of,
    revealing,
    said_of,
    shown_children,
    unfolded_parts,
)
from analysis.drawing.layered import Edge, Size, arranged
from analysis.methods.graphs.network_graph import drawn_graph
from analysis.results.kinds import Graph
from analysis.tracing.graph import graph_of
from tests.analysis.tracing.test_graphs_by_hand import UNet
from tests.analysis.zoo import Block, odd, runnable


def graph(module: nn.Module, picture: Tensor, colour: str = "parameters") -> Graph:
    module = module.eval()
    learnt = {name for name, _ in module.named_parameters()}
    return drawn_graph(graph_of(module, picture), learnt, colour)


def stack(*blocks: nn.Module) -> Graph:
    return graph(nn.Sequential(nn.Conv2d(3, 6, 1), nn.Sequential(*blocks), nn.ReLU()), torch.zeros(1, 3, 8, 8))


def every(root: Part) -> Unfolded:
    return frozenset(key for part in root.walk() if part.unfolds for key in (part.key, f"{part.key}{EACH}"))


def assert_sound(drawing: Drawing) -> None:
    boxes = [box for box in drawing.boxes if not box.frame]
    for one, other in itertools.combinations(boxes, 2):
        apart = (
            one.left + one.wide <= other.left
            or other.left + other.wide <= one.left
            or one.top + one.high <= other.top
            or other.top + other.high <= one.top
        )
        assert apart, (one.title, other.title)
    for line in drawing.lines:
        assert all(y0 <= y1 for (_, y0), (_, y1) in itertools.pairwise(line))
    for box in drawing.boxes:
        assert box.left >= -1e-6
        assert box.left + box.wide <= drawing.wide + 1e-6
        assert box.top + box.high <= drawing.high + 1e-6


def ends(drawing: Drawing) -> Iterator[tuple[Box | None, Box | None]]:
    """The boxes at both ends of every line; None where that is the rim of a frame."""

    def at(x: float, y: float, lower: bool) -> Box | None:
        for box in drawing.boxes:
            if not box.frame and box.left - 1e-6 <= x <= box.left + box.wide + 1e-6:
                edge = box.top + box.high if lower else box.top
                if abs(edge - y) < 1e-6:
                    return box
        return None

    for line in drawing.lines:
        yield at(*line[0], lower=True), at(*line[-1], lower=False)


@pytest.mark.parametrize("seed", range(8))
def test_that_boxes_of_random_graphs_keep_apart_and_edges_go_down(seed: int) -> None:
    chance = random.Random(seed)
    count = chance.randint(2, 30)
    sizes = [Size(chance.uniform(10, 200), chance.uniform(10, 60)) for _ in range(count)]
    edges = []
    for end in range(1, count):
        starts = chance.sample(range(end), min(end, chance.randint(1, 3)))
        edges += [Edge(start, end, sizes[start].wide / 2, sizes[end].wide / 2) for start in starts]
    found = arranged(sizes, edges)
    for (one, (x0, y0)), (other, (x1, y1)) in itertools.combinations(zip(sizes, found.corners, strict=True), 2):
        assert x0 + one.wide <= x1 or x1 + other.wide <= x0 or y0 + one.high <= y1 or y1 + other.high <= y0
    for edge, way in zip(edges, found.ways, strict=True):
        start, end = found.corners[edge.start], found.corners[edge.end]
        assert way[0] == pytest.approx((start[0] + edge.leaves, start[1] + sizes[edge.start].high))
        assert way[-1] == pytest.approx((end[0] + edge.arrives, end[1]))
        assert all(y0 <= y1 for (_, y0), (_, y1) in itertools.pairwise(way))


def test_that_edges_do_not_cross_where_they_need_not() -> None:
    box = Size(20, 10)
    twisted = [(0, 1), (0, 2), (0, 3), (1, 6), (2, 5), (3, 4), (4, 7), (5, 7), (6, 7)]
    found = arranged([box] * 8, [Edge(start, end, 10, 10) for start, end in twisted])
    x = [corner[0] for corner in found.corners]
    order = sorted((1, 2, 3), key=x.__getitem__)
    assert sorted((4, 5, 6), key=x.__getitem__) == [{1: 6, 2: 5, 3: 4}[one] for one in order]


def test_that_a_chain_is_one_straight_line() -> None:
    found = arranged([Size(30, 10), Size(90, 10), Size(50, 10)], [Edge(0, 1, 15, 45), Edge(1, 2, 45, 25)])
    assert len({x for way in found.ways for x, _ in way}) == 1


def test_that_blocks_that_follow_each_other_are_told_once() -> None:
    found = stack(*(Block(6, 6) for _ in range(5)))
    root = parts_of(found)
    (repeated,) = (part for part in root.walk() if part.kind == "repeated")
    assert repeated.times == 5
    assert [child.path for child in repeated.children] == [f"1.{number}" for number in range(5)]
    once = drawing_of(found, root, unfolded_parts(root, ALL))
    titles = [box.title for box in once.boxes]
    assert sum("×5" in title for title in titles) == 1
    assert titles.count("conv1 · Conv2d") == 1
    each = drawing_of(found, root, every(root))
    assert [box.title for box in each.boxes].count("conv1 · Conv2d") == 5
    assert_sound(once)
    assert_sound(each)


def test_that_blocks_of_another_form_are_told_apart() -> None:
    found = stack(Block(6, 6), Block(6, 6), Block(6, 12, 2), Block(12, 12), Block(12, 12))
    assert not [part for part in parts_of(found).walk() if part.kind == "repeated"]


def test_that_pairs_that_follow_each_other_are_told_once_and_branches_are_not() -> None:
    class Adding(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.parts = nn.ModuleList([nn.Sequential(nn.Conv2d(3, 3, 1), nn.ReLU()) for _ in range(4)])

        def forward(self, x: Tensor) -> Tensor:
            for part in self.parts:
                x = x + part(x)
            return x

    class Beside(Adding):
        def forward(self, x: Tensor) -> Tensor:
            return torch.cat([part(x) for part in self.parts])

    adding, beside = (parts_of(graph(made(), torch.zeros(1, 3, 4, 4))) for made in (Adding, Beside))
    (repeated,) = (part for part in adding.walk() if part.kind == "repeated")
    assert (repeated.times, len(repeated.children)) == (4, 8)
    assert not [part for part in beside.walk() if part.kind == "repeated"]


@pytest.mark.parametrize("one", runnable(), ids=lambda one: one.name)
def test_that_every_operation_is_in_one_box_however_the_parts_are_folded(one: object) -> None:
    made = odd(one.name)  # type: ignore[attr-defined]
    found = graph(made.module(), made.example())
    root = parts_of(found)
    for unfolded in (*(unfolded_parts(root, said) for said in (AUTOMATIC, NOTHING, ALL)), every(root)):
        drawing = drawing_of(found, root, unfolded)
        assert_sound(drawing)
        held = [number for box in drawing.boxes if not box.frame for number in range(box.part.first, box.part.last)]
        assert len(held) == len(set(held))
        if unfolded == every(root):
            assert sorted(held) == list(range(len(found.nodes)))


def test_that_lines_join_the_boxes_that_edges_join() -> None:
    found = graph(UNet(), torch.zeros(1, 3, 16, 16))
    root = parts_of(found)
    drawing = drawing_of(found, root, every(root))
    joined = {(one.part.first, other.part.first) for one, other in ends(drawing) if one and other}
    assert joined == set(found.edges)


def test_that_what_is_unfolded_is_said_and_read_again() -> None:
    found = stack(*(Block(6, 6) for _ in range(5)))
    root = parts_of(found)
    for unfolded in (unfolded_parts(root, NOTHING), unfolded_parts(root, ALL), every(root)):
        assert unfolded_parts(root, said_of(unfolded)) == unfolded
    assert unfolded_parts(root, "no.such part") == unfolded_parts(root, AUTOMATIC)


def test_that_as_much_is_unfolded_as_a_page_holds() -> None:
    deep = stack(*(nn.Sequential(Block(6, 6), nn.Sigmoid()) for _ in range(2)), *(Block(6, 6) for _ in range(2)))
    root = parts_of(deep)
    assert unfolded_parts(root, AUTOMATIC) == unfolded_parts(root, ALL)
    wide = stack(*(nn.Sequential(*(Block(6, 6) if i % 2 else nn.Tanh() for i in range(n + 2))) for n in range(9)))
    root = parts_of(wide)
    drawing = drawing_of(wide, root, unfolded_parts(root, AUTOMATIC))
    assert 9 <= sum(not box.frame for box in drawing.boxes) <= FITS


def test_that_a_part_that_is_searched_is_revealed() -> None:
    found = stack(*(Block(6, 6) for _ in range(5)))
    root = parts_of(found)
    folded = unfolded_parts(root, NOTHING)
    for part in root.walk():
        if part is not root:
            shown = revealing(root, folded, part)
            seen = in_sight(root, shown, part)
            assert seen.key == part.key or (seen.kind == "repeated" and part is seen.children[0])
    hidden = next(part for part in root.walk() if part.path == "1.3.conv2")
    assert in_sight(root, folded, hidden).path == "1"
    once = unfolded_parts(root, ALL)
    assert in_sight(root, once, hidden).kind == "repeated"
    assert shown_children(in_sight(root, once, hidden), once)[0].path == "1.0.conv1"


def test_that_colours_go_by_what_a_part_takes_together() -> None:
    shared = nn.Conv2d(6, 6, 1, bias=False)
    found = graph(nn.Sequential(nn.Conv2d(3, 6, 1), shared, nn.ReLU(), shared), torch.zeros(1, 3, 4, 4))
    root = parts_of(found)
    drawing = drawing_of(found, root, unfolded_parts(root, ALL))
    scale = scale_of(found, drawing.boxes)
    assert scale is not None
    assert scale.high == 36
    assert drawing_of(found, root, unfolded_parts(root, ALL)).boxes[0].part.first == 0
    weights = {box.title: box.cost.weights for box in drawing.boxes}
    assert weights["0 · Conv2d"] == 3 * 6 + 6
    assert scale.colour(float("nan")) is None
    assert scale.colour(float("inf")) == scale.colour(36)
    nothing = graph(nn.Sequential(nn.ReLU()), torch.zeros(1, 3, 4, 4), "nothing")
    assert scale_of(nothing, ()) is None


def test_that_an_operation_is_called_as_a_person_calls_it() -> None:
    class Pooled(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return nn.functional.max_pool2d(x, 2)

    found = graph(Pooled(), torch.zeros(1, 3, 8, 8))
    drawing = drawing_of(found, parts_of(found), frozenset({""}))
    assert [(box.title, box.words) for box in drawing.boxes][-1] == ("max pool2d", "3×4×4")


def test_that_branches_of_other_lengths_are_not_told_as_what_repeats() -> None:
    class Branches(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            for name in ("one", "two_1", "two_2", "three_1", "three_2", "three_3"):
                self.add_module(name, nn.Sequential(nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4), nn.ReLU()))

        def forward(self, x: Tensor) -> Tensor:
            one = self.get_submodule("one")(x)
            two = self.get_submodule("two_2")(self.get_submodule("two_1")(x))
            three = self.get_submodule("three_2")(self.get_submodule("three_1")(x))
            return torch.cat([one, two, self.get_submodule("three_3")(three)])

    root = parts_of(graph(Branches(), torch.zeros(1, 4, 8, 8)))
    told = [(part.times, [child.path for child in part.children]) for part in root.walk() if part.kind == "repeated"]
    assert told == [(3, ["three_1", "three_2", "three_3"])]


def test_that_long_names_leave_room_for_how_often() -> None:
    names = [f"a_block_with_a_long_name_{number}" for number in range(4)]
    module = nn.Sequential(OrderedDict((name, Block(6, 6)) for name in names))
    found = graph(module, torch.zeros(1, 6, 8, 8))
    (box,) = (box for box in drawing_of(found, parts_of(found), frozenset({""})).boxes if "×4" in box.title)
    assert box.title.startswith("a_block_with")
    assert len(box.title) * LETTER < box.wide
