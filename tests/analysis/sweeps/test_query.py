"""Queries for units against NumPy, at the size of a million, and what is not understood."""

from time import process_time

import numpy as np
import pytest

from analysis.protocol.problems import Problem
from analysis.sweeps.query import ask
from analysis.sweeps.units_table import TABLE, Columns

LAYERS = ("stem", "layer4.0.relu@1", "layer4.0.relu@2", "layer40", "fc")
CLASSES = ("dog", "cat", "it's")


def columns(units: int = 1000) -> Columns:
    random = np.random.default_rng(0)
    made = Columns(units)
    for name, values in made.items():
        kind = values.dtype.kind
        made[name] = (random.random(units) < 0.2 if kind == "b" else random.normal(size=units) * 10).astype(
            values.dtype
        )
    made["layer"] = np.sort(random.integers(0, len(LAYERS), units)).astype(np.int32)
    made["fav"] = random.integers(-1, len(CLASSES), units).astype(np.int32)
    made["unit"] = np.arange(units, dtype=np.int32)
    return made


DATA = columns()


def found(query: str, **more: object) -> list[int]:
    return ask(query, DATA, LAYERS, CLASSES, **more).units.tolist()  # type: ignore[arg-type]


QUERIES = {
    "": np.ones(1000, bool),
    "not dead": ~DATA["dead"],
    "layer='layer4' and fav='dog' and ap_lift>20 and not dead": np.isin(DATA["layer"], (1, 2))
    & (DATA["fav"] == 0)
    & (DATA["ap_lift"] > 20)
    & ~DATA["dead"],
    "fav = 'it''s' or layer != 'fc'": (DATA["fav"] == 2) | (DATA["layer"] != 4),
    "fav like '*a*'": DATA["fav"] == 1,
    "fav not in ('dog', 'cat') and (max > 3 or min <= -2.5e0)": ~np.isin(DATA["fav"], (0, 1))
    & ((DATA["max"] > 3) | (DATA["min"] <= -2.5)),
    "max - min > 2 * std and unit in (1, 2, 3)": (DATA["max"] - DATA["min"] > 2 * DATA["std"])
    & np.isin(DATA["unit"], (1, 2, 3)),
    "NOT (dead OR always) AND mean >= -1": ~(DATA["dead"] | DATA["always"]) & (DATA["mean"] >= -1),
}


@pytest.mark.parametrize("query", QUERIES)
def test_that_a_query_finds_what_numpy_finds(query: str) -> None:
    assert found(query) == np.flatnonzero(QUERIES[query]).tolist()


def test_that_order_and_limit_are_as_sorting_all_of_it() -> None:
    inside = np.flatnonzero(DATA["fav"] == 1)
    falling = inside[np.argsort(-DATA["ap"][inside], kind="stable")]
    assert found("fav='cat' order by ap desc limit 7") == falling[:7].tolist()
    assert found("fav='cat' order by ap") == inside[np.argsort(DATA["ap"][inside], kind="stable")].tolist()
    assert found("fav='cat'", order="ap", limit=3) == falling[:3].tolist()
    assert ask("fav='cat' limit 7", DATA, LAYERS, CLASSES).total == len(inside)
    assert found("order by dead desc limit 20") == np.flatnonzero(DATA["dead"])[:20].tolist()


@pytest.mark.parametrize(
    "query",
    [
        *("ap >", "(ap > 1", "ap > 1)", "fav = dog", "fav = 'dgo'", "layer = 'nowhere'", "app > 1", "ap & 1"),
        *("'dog' = 'dog'", "fav > 'dog'", "fav + 1 > 2", "ap", "not ap", "order by nothing", "limit many", "ap > 'x'"),
        *("drop table units", "not " * 200 + "dead", "(" * 500, "-" * 1500 + "ap < 1", "fav like dog", "ap in 1"),
    ],
)
def test_that_what_is_not_understood_is_told_in_one_sentence(query: str) -> None:
    with pytest.raises(Problem) as told:
        found(query)
    assert str(told.value).endswith((".", "?"))
    assert "\n" not in str(told.value)


def test_that_a_million_units_are_asked_in_milliseconds() -> None:
    many = columns(1_000_000)
    classes = tuple(f"class {number}" for number in range(1000))
    many["fav"] = np.random.default_rng(1).integers(0, 1000, 1_000_000).astype(np.int32)

    def took(query: str) -> float:
        times = []
        for _ in range(5):
            began = process_time()
            ask(query, many, LAYERS, classes, limit=100)
            times.append(process_time() - began)
        return min(times)

    assert took("fav='class 207' and not dead order by ap_lift desc") < 0.005
    assert took("selectivity > 0.99 and zeros < 0.1 and mean > 1 order by max desc") < 0.1
    assert took("max - min > 3 * std or fav like 'class 2*' order by p") < 0.1


def test_that_every_column_can_be_asked_for() -> None:
    for name, one in TABLE.items():
        query = name if one.type == "?" else f"{name} like '*'" if one.words else f"{name} > 0"
        assert len(found(query)) > 0
        assert len(one.help) > 5


def test_that_order_is_that_of_a_stable_sort_whatever_the_values() -> None:
    random = np.random.default_rng(2)
    values = random.choice(np.array([0.0, -0.0, 1.5, -1.5, np.inf, -np.inf, np.nan, 1e-42, 3e38], np.float32), 5000)
    made = columns(5000)
    made["ap"] = values
    for way, keys in (("asc", values), ("desc", -values)):
        found = ask(f"order by ap {way}", made, LAYERS, CLASSES).units
        np.testing.assert_array_equal(found, np.argsort(keys, kind="stable"))
