"""The lines of a small network: its gradients against torch's, its lines, its snapshots, and what goes wrong."""

import json
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from analysis.drawing.plane import across, all_across
from analysis.methods.lines.lines import SNAPSHOTS, Lines
from analysis.methods.lines.network import OPTIMISERS, Optimiser, Small, gradients
from analysis.methods.lines.points import DATA, points_of
from analysis.methods.method import Progress
from analysis.methods.run import Ran, resolved, run
from analysis.opening.loading import finished
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import NO_NETWORK, Recipe, TurnChoice, from_json, to_json
from analysis.protocol.reins import Reins
from analysis.question.question import Question
from tests.analysis.zoo import odd


def question(seed: int = 0, reins: Reins | None = None) -> Question:
    return Question(odd("residual").network(), odd("residual").example(), seed=seed, reins=reins)


def made_again(settings: dict[str, Any], course: tuple[TurnChoice, ...], seed: int) -> Ran:
    recipe = Recipe(NO_NETWORK, method="lines", settings=settings, seed=seed, course=course)
    made: Ran = finished(run(resolved(odd("residual").network(), recipe, None)), lambda step: None)
    return made


def ran(asked: Lines, seed: int = 0, reins: Reins | None = None) -> Progress:
    *_, last = asked.run(question(seed, reins))
    return last


def test_that_a_line_is_where_its_unit_begins_to_answer() -> None:
    plane: Any = ran(Lines(iterations=40)).result
    drawn = 0
    for line in plane.now.lines:
        ends = across(line, plane.reach)
        if ends is None:
            corners = np.array([[x, y] for x in (-1.5, 1.5) for y in (-1.5, 1.5)]) @ line[:2] + line[2]
            assert (corners > 0).all() or (corners < 0).all()  # it does not come into the picture
            continue
        drawn += 1
        assert np.abs(ends @ line[:2] + line[2]).max() < 1e-12
        assert np.abs(ends).max() == pytest.approx(1.5)
    assert drawn > 10


def test_that_lines_at_once_are_those_one_by_one() -> None:
    """Also such as run beside a side of the plane, through its corners, past it, or are none at all."""
    odd_ones = [[1, 0, -0.5], [0, -2, 1], [1, 1, 0], [1, 1, -3.1], [1, 0, 9], [0, 1, -1.5], [0, 0, 1], [1e-200, 0, 0]]
    lines = np.concatenate([np.array(odd_ones), np.random.default_rng(0).normal(size=(200, 3))])
    ends, there = all_across(lines, 1.5)
    for line, both, comes in zip(lines, ends, there, strict=True):
        alone = across(line, 1.5)
        assert (alone is not None) == comes
        if comes:
            assert np.array_equal(alone, both)
            assert np.abs(both @ line[:2] + line[2]).max() < 1e-12
            assert np.abs(both).max() == pytest.approx(1.5)
    assert there[:8].tolist() == [True, True, True, False, False, True, False, True]


def test_that_a_snapshot_keeps_the_points_of_its_moment() -> None:
    drawn = json.dumps([[0.5, 0.5, 1], [-0.5, 0.1, 0]])
    course = (TurnChoice(20, {"data": "drawn", "points": drawn}),)
    seen: Any = made_again({"iterations": 40}, course, 0).result
    counts = {one.iteration: len(one.places) for one in seen.snapshots}
    assert counts == {1: 200, 4: 200, 7: 200, 10: 200, 16: 200, 34: 2}


@pytest.mark.parametrize("kind", OPTIMISERS)
def test_that_steps_are_those_of_torch(kind: str) -> None:
    random = np.random.default_rng(3)
    small = Small.drawn([2, 7, 5, 2], random)
    places, classes = points_of("two moons", 30, 0.1, 0, "")
    twin = nn.Sequential(nn.Linear(2, 7), nn.ReLU(), nn.Linear(7, 5), nn.ReLU(), nn.Linear(5, 2)).double()
    layers = [twin[0], twin[2], twin[4]]
    for layer, weight, bias in zip(layers, small.weights, small.biases, strict=True):
        layer.weight.data, layer.bias.data = torch.from_numpy(weight.copy()), torch.from_numpy(bias.copy())
    made = {
        "sgd": torch.optim.SGD(twin.parameters(), 0.1, weight_decay=0.01),
        "momentum": torch.optim.SGD(twin.parameters(), 0.1, momentum=0.9, weight_decay=0.01),
        "adam": torch.optim.Adam(twin.parameters(), 0.1, weight_decay=0.01),
    }[kind]
    ours = Optimiser.fresh(kind, small)
    for _ in range(20):
        made.zero_grad()
        loss = nn.functional.cross_entropy(twin(torch.from_numpy(places)), torch.from_numpy(classes))
        loss.backward()
        made.step()
        found, slopes = gradients(small, places, classes)
        assert found == pytest.approx(loss.item(), rel=1e-9)
        ours.step(small, slopes, 0.1, 0.01)
    for layer, weight, bias in zip(layers, small.weights, small.biases, strict=True):
        np.testing.assert_allclose(weight, layer.weight.detach().numpy(), rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(bias, layer.bias.detach().numpy(), rtol=1e-7, atol=1e-9)


def test_that_dropout_goes_through_forward_and_back() -> None:
    small = Small.drawn([2, 4, 2], np.random.default_rng(0))
    places, classes = points_of("XOR", 12, 0.0, 0, "")
    mask = (np.random.default_rng(1).random((12, 4)) > 0.5) * 2.0
    _, slopes = gradients(small, places, classes, [mask])
    weight, bias, last, end = (
        torch.from_numpy(one.copy()).requires_grad_()
        for one in (small.weights[0], small.biases[0], small.weights[1], small.biases[1])
    )
    hidden = (torch.from_numpy(places) @ weight.T + bias).relu() * torch.from_numpy(mask)
    nn.functional.cross_entropy(hidden @ last.T + end, torch.from_numpy(classes)).backward()
    for ours, theirs in zip(slopes, (weight, last, bias, end), strict=True):
        np.testing.assert_allclose(ours, theirs.grad.numpy(), atol=1e-12)


def test_that_the_snapshots_are_those_of_the_lectures_and_of_the_seed() -> None:
    one, same, other = (ran(Lines(iterations=300, dropout=0.1, batch=32), seed).arrays for seed in (1, 1, 2))
    assert one["snapshots"].tolist() == [step for step in SNAPSHOTS if step <= 300]
    assert all(np.array_equal(one[name], same[name]) for name in one)
    assert not np.array_equal(one["film"], other["film"])


@pytest.mark.parametrize("data", [name for name in DATA if name != "drawn"])
def test_that_every_data_set_is_learnt(data: str) -> None:
    last = ran(Lines(data=data, iterations=1500, width=30))
    assert last.arrays["right"] > 0.97


def test_that_what_was_changed_on_the_way_comes_again_to_the_bit() -> None:
    reins = Reins()
    steps = Lines(iterations=120, dropout=0.2, every=10).run(question(4, reins))
    changes = {3: {"rate": 0.05}, 5: {"width": 31}, 6: {"optimiser": "momentum"}, 8: {"weight_decay": 0.01}}
    changes[9] = {"data": "drawn", "points": json.dumps([[0.5, 0.5, 1], [-0.5, 0.1, 0]])}
    for number, step in enumerate(steps):
        if number in changes:
            reins.steer(changes[number])
        last = step
    assert last.course is not None
    said = {name: value for one in changes.values() for name, value in one.items()}
    assert {name: value for turn in last.course for name, value in turn.settings.items()} == said
    assert len(last.arrays["result"]) == 31
    again = made_again({"iterations": 120, "dropout": 0.2}, last.course, 4)  # and nobody looks
    assert all(np.array_equal(again.numbers[name], last.arrays[name]) for name in last.arrays)
    assert last.arrays["points"].shape == (2, 2)
    assert again.recipe.course == last.course
    assert from_json(to_json(again.recipe)).course == last.course


def test_that_a_run_that_was_stopped_is_that_of_fewer_steps() -> None:
    reins = Reins()
    steps = Lines(iterations=900, every=7).run(question(1, reins))
    for number in range(6):
        stopped = next(steps)
        if number == 2:
            reins.steer({"rate": 0.2})
        if number == 4:
            reins.steer({"data": "XOR"})
    steps.close()  # type: ignore[attr-defined]
    assert stopped.course is not None
    again = made_again({"iterations": int(stopped.done)}, stopped.course, 1)
    assert all(np.array_equal(again.numbers[name], stopped.arrays[name]) for name in stopped.arrays)


def test_that_who_steers_a_run_that_takes_turns_forgets_those_to_come() -> None:
    course = TurnChoice(2, {"rate": 0.1}), TurnChoice(50, {"rate": 0.9})
    reins = Reins()
    recipe = Recipe(NO_NETWORK, method="lines", settings={"iterations": 60, "every": 3}, course=course)
    asked = resolved(odd("residual").network(), recipe, None, reins=reins)
    for number, step in enumerate(asked.technique.run(asked.question)):
        if number == 2:
            reins.steer({"dropout": 0.1})
        last = step
    assert last.course is not None
    (after, first), *others = [(turn.after, dict(turn.settings)) for turn in last.course]
    assert (after, first) == (2, {"rate": 0.1})
    assert [settings for _, settings in others] == [{"dropout": 0.1}]


def test_that_a_recipe_of_before_takes_its_turns() -> None:
    old = json.loads(to_json(Recipe(NO_NETWORK, method="lines", settings={"iterations": 9})))
    old["settings"]["changes"] = '[[3, {"rate": 0.5}], [7, {"width": 4}]]'
    recipe = from_json(json.dumps(old))
    assert recipe.course == (TurnChoice(3, {"rate": 0.5}), TurnChoice(7, {"width": 4}))
    assert "changes" not in recipe.settings
    old["settings"]["changes"] = "rate"
    with pytest.raises(Problem, match="changed on the way"):
        from_json(json.dumps(old))


def test_that_one_step_is_one_iteration_and_rests() -> None:
    reins = Reins()
    steps = Lines(iterations=100).run(question(0, reins))
    next(steps)
    reins.halt()
    assert [next(steps).done for _ in range(3)] == [1, 2, 3]
    reins.steer({"rate": 0.5})
    assert next(steps).done == 3  # it was only told something
    assert next(steps).done == 4


def test_that_a_rate_that_explodes_is_told_and_nothing_is_lost() -> None:
    before, last = list(Lines(optimiser="sgd", rate=1000, iterations=50).run(question()))[-2:]
    assert "a rate of 1000 is too high" in last.note
    assert last.done == last.total
    assert before.done < 50
    assert all(np.isfinite(array).all() for array in last.arrays.values())
    assert len(last.arrays["losses"]) == last.result.now.iteration  # type: ignore[union-attr]
    assert last.result.now.loss < 1, "the network is the one before the step that ruined it"  # type: ignore[union-attr]


def test_that_points_of_one_class_are_told() -> None:
    drawn = json.dumps([[0.1, 0.2, 1], [0.5, -0.2, 1]])
    last = ran(Lines(data="drawn", points=drawn, iterations=20))
    assert "All points are of class 1" in last.result.now.words  # type: ignore[union-attr]


def test_that_dead_units_and_units_that_do_the_same_are_called_out() -> None:
    from analysis.methods.lines.portrait import portrait

    small = Small.drawn([2, 5, 2], np.random.default_rng(0))
    small.biases[0][1] = -9  # woken by nothing
    small.weights[0][3], small.biases[0][3] = 2 * small.weights[0][0], 2 * small.biases[0][0]
    small.biases[0][0], small.biases[0][3] = 9, 18
    places, classes = points_of("XOR", 50, 0.0, 0, "")
    seen = portrait(small, 5, places, classes)
    assert seen.dead.tolist()[1]
    assert seen.alike[3] == 0
    assert "Dead, woken by no point: unit 1" in seen.words
    assert "0 = 3" in seen.words


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"data": "drawn"}, "No point is drawn"),
        ({"data": "drawn", "points": "[[1, 2]]"}, "not written as"),
        ({"data": "drawn", "points": "[[1, 2, 7]]"}, "not written as"),
    ],
)
def test_that_what_cannot_be_is_one_sentence(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(Problem, match=words):
        ran(Lines(iterations=10, **settings))


@pytest.mark.parametrize(
    ("turn", "words"), [({"layers": 2}, "cannot be changed on the way"), ({"rate": -1}, "rate"), ({"x": 1}, "x")]
)
def test_that_a_turn_that_cannot_be_is_one_sentence(turn: dict[str, Any], words: str) -> None:
    with pytest.raises(Problem, match=words):
        made_again({"iterations": 9}, (TurnChoice(5, turn),), 0)


def test_that_deeper_networks_show_their_pieces() -> None:
    seen: Any = ran(Lines(layers=2, iterations=50)).result
    assert seen.now.edges.any()
    assert "linear pieces" in seen.now.words
