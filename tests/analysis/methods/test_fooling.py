"""Fooling pictures: Nguyen's rule by hand, patterns without circles, the same by seed, and sure networks."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from analysis.methods.fooling.archive import Archive, Elite
from analysis.methods.fooling.breeding import MOST_SHOWN
from analysis.methods.fooling.pattern import INPUTS, Pattern, changed, drawn, first
from analysis.methods.fooling.variation import crossed, mutated
from analysis.methods.registry import method
from analysis.network.network import Network
from analysis.opening import catalogue
from analysis.opening.loading import finished
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice
from analysis.question.question import Question
from analysis.results.kinds import Ancestor, Elites
from tests.analysis.zoo import odd

ENCODINGS = ("fooling-direct", "fooling-cppn")
PIXELS = np.zeros((2, 2, 1), np.uint8)


def asked(of: Network, seed: int = 0) -> Question:
    p = of.preprocessing
    return Question(of, torch.zeros(1, p.channels, p.height, p.width), seed=seed)


def test_that_a_child_takes_every_class_where_it_is_better_and_no_other() -> None:
    archive: Archive[str] = Archive(3)
    zero, one = (Ancestor(index, f"{index}", 0.5, 0, PIXELS) for index in (0, 1))
    assert archive.offer(Elite("a", PIXELS, 0), np.array([0.5, 0.3, 0.2])).tolist() == [0, 1, 2]
    assert archive.jumps == 0
    rounded = np.array([0.5 + 1e-7, 0.3 - 1e-7, 0.2 + 1e-7])
    assert archive.offer(Elite("a again", PIXELS, 1, zero), rounded).tolist() == []  # the same in another batch
    assert archive.offer(Elite("b", PIXELS, 1, zero), np.array([0.5, 0.4, 0.1])).tolist() == [1]  # as good is no better
    assert [elite.genome for elite in archive.elites if elite is not None] == ["a", "b", "a"]
    assert archive.offer(Elite("c", PIXELS, 2, one), np.array([0.1, 0.45, 0.45])).tolist() == [1, 2]
    assert archive.confidence.tolist() == [0.5, 0.45, 0.45]
    assert (archive.jumps, archive.taken.tolist()) == (2, [1, 3, 2])


def test_that_polynomial_mutation_stays_near_and_as_often_as_said() -> None:
    generator = torch.Generator().manual_seed(0)
    genes = torch.full((100_000,), 0.5)
    children = mutated(genes, 0.1, 15.0, 0.0, 1.0, generator)
    moved = (children != genes).float().mean()
    assert float(moved) == pytest.approx(0.1, abs=0.005)
    change = (children - genes)[children != genes].double()
    assert float(change.mean()) == pytest.approx(0, abs=0.003)
    # |δ| = 1 − (2u)^(1/16), whose square has the mean 1 − 2·16/17 + 16/18
    assert float(change.square().mean()) == pytest.approx(1 - 2 * 16 / 17 + 16 / 18, rel=0.05)


def test_that_crossed_children_have_their_parents_mean() -> None:
    generator = torch.Generator().manual_seed(0)
    one, other = torch.full((1000,), 0.4), torch.full((1000,), 0.6)
    first_child, second = crossed(one, other, 10.0, generator)
    assert torch.allclose(first_child + second, one + other, atol=1e-6)
    assert len(first_child.unique()) > 900


def test_that_patterns_never_go_in_circles_and_always_give_pictures() -> None:
    generator = torch.Generator().manual_seed(1)
    for channels in (1, 3):
        pattern = first(channels, generator)
        sizes = set()
        for _ in range(150):
            pattern = changed(pattern, generator)
            assert all(pattern.nodes[a].at < pattern.nodes[b].at for a, b in pattern.connections)
            assert len(set(pattern.connections)) == len(pattern.connections) == len(pattern.weights)
            assert float(pattern.weights.abs().max()) <= 10
            sizes.add(len(pattern.nodes))
        picture = drawn(pattern, 9, 14)
        assert picture.shape == (channels, 9, 14)
        assert 0 <= float(picture.min()) <= float(picture.max()) <= 1
        assert len(sizes) > 5


def test_that_a_pattern_is_the_network_that_it_says() -> None:
    plain = first(1, torch.Generator().manual_seed(0))
    ends = tuple((source, INPUTS) for source in range(INPUTS))
    weights = torch.tensor([1.0, -2.0, 0.5, 0.25])
    picture = drawn(Pattern(plain.nodes[: INPUTS + 1], ends, weights, 1), 5, 7)
    for row, column in ((0, 0), (2, 3), (4, 1)):
        y, x = -1 + 2 * row / 4, -1 + 2 * column / 6
        value = x - 2 * y + 0.5 * np.hypot(x, y) + 0.25
        assert float(picture[0, row, column]) == pytest.approx(1 / (1 + np.exp(-value)), rel=1e-5)


def test_that_hue_and_lightness_become_the_colours_of_the_book() -> None:
    import colorsys

    from analysis.methods.fooling.pattern import _rgb

    values = torch.rand(3, 40, generator=torch.Generator().manual_seed(0))
    found = _rgb(*values)
    for number in range(40):
        hue, saturation, lightness = (float(value) for value in values[:, number])
        assert found[:, number].tolist() == pytest.approx(colorsys.hls_to_rgb(hue, lightness, saturation), abs=1e-5)


@pytest.mark.parametrize("name", ENCODINGS)
def test_that_what_is_told_is_what_the_network_answers_to_the_picture(name: str) -> None:
    of = odd("residual").network()
    *_, last = method(name)(population=12, generations=3).run(asked(of))
    arrays = last.arrays
    assert arrays["result"].shape == (5, 32, 32, 3)
    assert arrays["classes"].tolist() == list(range(5))
    levels = torch.from_numpy(np.rint(arrays["result"] * 255)).permute(0, 3, 1, 2)
    answers = of.module(torch.cat([of.normalised(one) for one in levels])).softmax(1)
    for index in range(5):
        assert float(answers[index, index]) == pytest.approx(float(arrays["confidence"][index]), abs=1e-4)
    assert len(arrays["medians"]) == 3
    assert np.all(np.diff(arrays["medians"]) >= 0)
    assert arrays["taken"].sum() >= 5


@pytest.mark.parametrize("name", ENCODINGS)
def test_that_a_run_that_was_stopped_goes_on_as_if_it_had_not_been(name: str) -> None:
    whole = list(method(name)(population=20, generations=4).run(asked(odd("residual").network())))[-1]
    of = odd("residual").network()
    running = method(name)(population=20, generations=4).run(asked(of))
    for step in running:
        if step.done >= 50:  # in the middle of the third generation
            break
    running.close()  # type: ignore[attr-defined]
    again = list(method(name)(population=20, generations=4).run(asked(of)))
    assert again[0].done > 40
    assert again[-1].arrays.keys() == whole.arrays.keys()
    assert all(np.array_equal(again[-1].arrays[key], whole.arrays[key]) for key in whole.arrays)


class Memory:
    """A place that a run keeps itself in."""

    def __init__(self) -> None:
        self.content: bytes | None = None
        self.writes = 0

    def read(self) -> bytes | None:
        return self.content

    def write(self, content: bytes) -> None:
        self.content, self.writes = content, self.writes + 1


@pytest.mark.parametrize("name", ENCODINGS)
def test_that_what_was_kept_goes_on_another_day_as_if_it_had_not_been_stopped(name: str) -> None:
    whole, memory = Memory(), Memory()
    breed = method(name)(population=20, generations=4)
    *_, uninterrupted = breed.run(replace(asked(odd("residual").network()), keep=whole))
    running = breed.run(replace(asked(odd("residual").network()), keep=memory))
    for step in running:
        if step.done >= 50:  # in the middle of the third generation
            break
    running.close()  # type: ignore[attr-defined]
    assert memory.writes >= 2  # before it began, and when it was stopped
    *_, again = breed.run(replace(asked(odd("residual").network()), keep=memory))
    assert again.arrays.keys() == uninterrupted.arrays.keys()
    assert all(np.array_equal(again.arrays[key], uninterrupted.arrays[key]) for key in again.arrays)
    assert memory.content == whole.content
    (shown,) = breed.run(replace(asked(odd("residual").network()), keep=memory))  # it is over, and is only shown
    assert np.array_equal(shown.arrays["result"], uninterrupted.arrays["result"])


def bred_on(memory: Memory, seed: int = 0, **settings: object) -> None:
    breed = method("fooling-direct")(**{"population": 6, "generations": 2, **settings})
    list(breed.run(replace(asked(odd("residual").network(), seed), keep=memory)))


def test_that_what_is_of_something_else_or_damaged_goes_on_with_nothing() -> None:
    memory = Memory()
    bred_on(memory, generations=1)
    written = memory.content
    assert written is not None
    for settings in ({"population": 8}, {"seed": 1}, {"mutation": 0.2}):
        with pytest.raises(Problem, match="of another network, method"):
            bred_on(memory, **settings)
    assert memory.content == written
    for content in (b"", b"nothing", written[: len(written) // 2], written.replace(b"champions", b"champxons")):
        memory.content = content
        with pytest.raises(Problem, match="damaged"):
            bred_on(memory)


@pytest.mark.parametrize("name", ENCODINGS)
def test_that_every_champion_knows_its_line_to_the_first_generation(name: str) -> None:
    *_, last = method(name)(population=16, generations=6).run(asked(odd("residual").network()))
    assert isinstance(last.result, Elites)
    assert [one.index for one in last.result.family] == last.arrays["classes"].tolist()
    assert max(len(one.line()) for one in last.result.family) > 2
    mixed = 0
    for one, parent, born in zip(last.result.family, last.arrays["parents"], last.arrays["born"], strict=True):
        line = one.line()
        assert line[-1] is one
        assert (line[0].born, line[0].first, one.born) == (0, None, born)
        assert all(elder.born < younger.born for elder, younger in pairwise(line))
        assert (line[-2].index if len(line) > 1 else -1) == parent
        mixed += sum(each.other is not None for each in line)
    assert (mixed > 0) == (name == "fooling-direct")  # patterns have one parent
    assert last.arrays["lines"][0][: len(last.result.family[0].line())].tolist() == [
        each.index for each in last.result.family[0].line()
    ]


@pytest.mark.parametrize("name", ENCODINGS)
def test_that_a_network_of_no_numbers_or_no_classes_is_refused_in_a_sentence(name: str) -> None:
    of = odd("residual").network()
    next(iter(of.module.parameters())).data.fill_(float("nan"))
    with pytest.raises(Problem, match="NaN or infinity"):
        list(method(name)(population=4, generations=1).run(asked(of)))


@pytest.mark.parametrize("name", ENCODINGS)
def test_that_the_pace_changes_nothing(name: str) -> None:
    from analysis.question.pace import Pace

    question = asked(odd("residual").network())
    settings = {"population": 10, "generations": 2, "resume": False}
    *_, calm = method(name)(**settings).run(question)
    *_, hurried = method(name)(**settings).run(replace(question, pace=Pace(lambda: True)))
    assert np.array_equal(calm.arrays["result"], hurried.arrays["result"])


def test_that_the_generation_that_is_told_is_the_one_of_the_last_picture() -> None:
    from analysis.question.pace import Pace

    hurried = replace(asked(odd("residual").network()), pace=Pace(lambda: True))
    steps = list(method("fooling-direct")(population=10, generations=3).run(hurried))
    assert any(step.done % 10 for step in steps)
    for step in steps:
        assert step.note.startswith(f"Generation {-(-int(step.done) // 10)}:"), step.done


def test_that_a_network_of_many_classes_shows_those_that_it_is_surest_of() -> None:
    of = finished(catalogue.load(ModelChoice("efficientnet_lite0")), lambda _step: None)
    running = method("fooling-cppn")(population=8, generations=2).run(asked(of))
    step = next(running)
    assert isinstance(step.result, Elites)
    assert len(step.result.frames) == MOST_SHOWN
    assert max(step.result.frames.shape[1:3]) <= 64
    assert np.all(np.diff(step.result.confidence) <= 0)
    assert step.result.beside["all"].shape == (1000,)
    running.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize(("name", "generations"), [("fooling-direct", 180), ("fooling-cppn", 100)])
def test_that_lenet_is_sure_of_pictures_of_nothing(name: str, generations: int) -> None:
    of = finished(catalogue.load(ModelChoice("lenet")), lambda _step: None)
    for step in method(name)(generations=generations).run(asked(of)):
        medians = step.arrays["medians"]
        if len(medians) and medians[-1] >= 0.99:
            break
    assert medians[-1] >= 0.99


def test_that_what_came_of_many_mixed_parents_is_kept() -> None:
    memory = Memory()
    bred_on(memory, crossover=1.0, generations=8, population=20)
    assert memory.content is not None
