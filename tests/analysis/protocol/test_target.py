"""The text of a target, there and back, and one sentence for everything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.protocol.problems import Problem
from analysis.protocol.target import ClassTarget, Target, UnitTarget, parse, text_of

places = st.integers(0, 999_999_999)
targets: st.SearchStrategy[Target] = st.builds(
    ClassTarget,
    st.sampled_from(["class", "probability", "logprob"]),
    st.none() | places,
    st.none() | places,
    st.none() | st.just("region") | places | st.tuples(places, places),
).filter(lambda target: target.index is None or target.index != target.against) | st.builds(
    UnitTarget, st.sampled_from(["mean", "max", "center"]) | st.tuples(places, places)
)


@given(targets)
def test_that_a_target_survives_its_text(target: Target) -> None:
    assert parse(text_of(target)) == target


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("class", ClassTarget("class", None)),
        (" class:207 ", ClassTarget("class", 207)),
        ("probability:3", ClassTarget("probability", 3)),
        ("logprob:0", ClassTarget("logprob", 0)),
        ("class:282-class:281", ClassTarget("class", 282, 281)),
        ("class:282 - class:281", ClassTarget("class", 282, 281)),
        ("class-class:281", ClassTarget("class", None, 281)),
        ("class:3@4,5", ClassTarget("class", 3, None, (4, 5))),
        ("class:3@region", ClassTarget("class", 3, None, "region")),
        ("class@7", ClassTarget("class", None, None, 7)),
        ("probability:1-probability:2@4,5", ClassTarget("probability", 1, 2, (4, 5))),
        ("unit:mean", UnitTarget("mean")),
        ("unit:max", UnitTarget("max")),
        ("unit:center", UnitTarget("center")),
        ("unit:4,5", UnitTarget((4, 5))),
    ],
)
def test_that_the_documented_texts_are_read(text: str, target: Target) -> None:
    assert parse(text) == target


@given(st.text(max_size=20) | st.from_regex(r"(class|probability|logprob|unit):[-+0-9,. a-z]{1,12}", fullmatch=True))
def test_that_any_text_is_a_target_or_a_sentence(text: str) -> None:
    sentence = ""
    try:
        target = parse(text)
        assert parse(text_of(target)) == target
    except Problem as problem:
        sentence = str(problem)
    assert sentence == "" or "class:N" in sentence


@pytest.mark.parametrize(
    "text",
    [
        "",
        "clas",
        "class:-1",
        "class:1.5",
        "unit",
        "unit:",
        "unit:3",
        "unit:1,2,3",
        "unit:-1,2",
        "class-1",
        "class:3-probability:2",
        "class:3@",
        "class:3@a",
        "class:3@1,2,3",
    ],
)
def test_that_nonsense_is_refused(text: str) -> None:
    with pytest.raises(Problem, match="There is no target"):
        parse(text)
