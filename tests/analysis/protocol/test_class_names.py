"""Classes that are asked for by their names, or the beginnings of them."""

import pytest

from analysis.protocol.class_names import has_names, name_of_target, number_of, numbered
from analysis.protocol.problems import Problem
from analysis.protocol.target import parse

LABELS = ("tabby, tabby cat", "tiger cat", "tiger", "crane", "crane", "black-and-white", "tea - cup", "Tench")


@pytest.mark.parametrize(
    ("typed", "target"),
    [
        ("class:tiger cat", "class:1"),
        ("class:TIGER C", "class:1"),
        ("class:tiger", "class:2"),  # a whole name, though another begins with it
        ("probability:tabby cat", "probability:0"),
        ("class:tabby", "class:0"),
        ("class:tench@3,4", "class:7@3,4"),
        ("class:tench@region", "class:7@region"),
        ("class:tiger cat-class:tabby", "class:1-class:0"),
        ("class:tiger cat - class:tabby", "class:1-class:0"),
        ("class:tiger cat - tabby", "class:1-class:0"),
        ("class:2 - tabby", "class:2-class:0"),
        ("class:tiger-class:7", "class:2-class:7"),
        ("class-class:tabby", "class-class:0"),
        ("logprob:black-and-white-logprob:tench", "logprob:5-logprob:7"),
        ("class:black-and", "class:5"),
        ("class:tea - cup", "class:6"),
        ("class:282", "class:282"),
        ("class", "class"),
        ("unit:max", "unit:max"),
        ("class:3-class:2@1,2", "class:3-class:2@1,2"),
    ],
)
def test_that_names_become_numbers(typed: str, target: str) -> None:
    assert numbered(typed, LABELS, "Net") == target
    parse(target)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("class:crane", "2 classes of Net are called “crane”: write class:3 or class:4"),
        ("class:t", r"“t” could be 5 classes of Net: tabby, tabby cat \(class:0\), tiger cat \(class:1\)"),
        ("class:tiger ct", "no class “tiger ct”; there is tiger cat"),
        ("class:cat", "no class “cat”; there is"),  # not a beginning
        ("class:tiger - tiger", "always 0"),
        ("class:tiger - nobody", "no class “nobody”"),
    ],
)
def test_that_what_is_not_one_class_says_which_there_are(typed: str, said: str) -> None:
    with pytest.raises(Problem, match=said):
        numbered(typed, LABELS, "Net")


def test_that_a_part_of_a_name_is_enough_where_it_is_wanted() -> None:
    assert number_of("and-wh", LABELS, "Net", anywhere=True) == 5
    with pytest.raises(Problem, match="tea - cup"):
        number_of("cup", LABELS, "Net")


def test_that_a_network_without_names_says_how_to_name_a_class() -> None:
    with pytest.raises(Problem, match="class:N with a number, or give names with --labels"):
        numbered("class:cat", None, "Net")


def test_that_only_names_need_labels() -> None:
    assert [has_names(text) for text in ("class:3", "class", "unit:mean", "class:3-class:2@region", "class:-1")] == (
        [False] * 5
    )
    assert has_names("class:3-class:tabby")


def test_that_a_target_is_told_in_words() -> None:
    words = {"class:1": "tiger cat", "class:1-class:2": "tiger cat − tiger", "class-class:2": "the best class − tiger"}
    assert {text: name_of_target(parse(text), LABELS) for text in words} == words
    for text in ("class", "unit:max", "class:99"):
        assert name_of_target(parse(text), LABELS) is None
