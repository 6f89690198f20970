"""A lecture as a file: what is read and written, what is said of damaged ones, and those that come with the program."""

import json
from pathlib import Path

import pytest

from analysis.files.gallery import named
from analysis.files.lecture import (
    Lecture,
    LectureCard,
    found,
    from_text,
    is_lecture,
    read_lecture,
    shipped,
    to_text,
    write_lecture,
)
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import to_json

OWN = named("lenet-gradient").recipe
DECKS = {  # what each deck has figures of, as rows of the gallery, in its order
    "under-the-hood": (
        *("lines-disc-in-a-ring", "lines-two-moons", "filters-lenet-conv1", "filters-lenet-conv2"),
        *("filters-alexnet-conv1-planes", "filters-alexnet-conv1-colours", "filters-alexnet-conv2"),
        *("lenet-conv1", "alexnet-conv1", "alexnet-conv5", "resnet152-conv1", "resnet152-fc"),
        *("dynamics-prediction", "dynamics-units", "swiss-roll", "embedding-lenet-mnist", "embedding-resnet-cifar"),
        *("alexnet-occlusion", "vgg16-occlusion", "vgg19-occlusion"),
        *("alexnet-gradient", "vgg16-gradient", "vgg19-gradient", "alexnet-irregularity"),
        *("alexnet-smoothgrad", "vgg16-smoothgrad", "vgg19-smoothgrad"),
        *("alexnet-features-gradient", "alexnet-features-deconvolution", "alexnet-features-guided"),
        *("vgg19-features-guided", "alexnet-grad-cam", "resnet152-cam"),
        *("synthesis-vgg16-plain-bathtub", "synthesis-vgg16-plain-lipstick", "synthesis-vgg16-conv4"),
        *("synthesis-vgg16-conv13", "synthesis-vgg16-king-crab", "synthesis-vgg16-geyser"),
        *("adversary-alexnet-chelsea", "adversary-vgg16-chelsea", "sphere-alexnet-chelsea"),
    ),
    "cnns-3": (
        *("pool-forward", "pool-backward", "pool-overlapping", "dropout-elements", "dropout-whole-map"),
        *("receptive-field-two-layers", "dilation-1", "dilation-2", "dilation-sizes"),
        *("lite0-gradient", "lite0-smoothgrad", "lite0-occlusion", "lite0-loss-right", "lite0-loss-wrong"),
        *("lite0-cam", "lite0-grad-cam"),
    ),
    "inside-dnns": (
        *("alexnet-conv5-unit151", "top9-alexnet-conv5", "distribution-lenet-relu1"),
        *("monitor-healthy", "monitor-vanishing", "monitor-exploding", "vgg16-occlusion", "vgg16-gradient"),
        *("vgg16-smoothgrad", "vgg16-grad-cam", "synthesis-vgg16-king-crab", "fooling-alexnet-patterns"),
    ),
}
TALK = Lecture(
    "Über Netze",
    (LectureCard(row="lenet-conv1", notes="slowly"), LectureCard(recipe=OWN, title="Mine", sentence="Look.")),
    "somebody",
)


def test_that_a_lecture_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "talk.json"
    write_lecture(TALK, path)
    assert read_lecture(path) == TALK
    assert is_lecture(path)
    assert "sentence" not in json.loads(path.read_text())["cards"][0]  # what is empty is left out


def test_that_a_person_may_write_one_by_hand() -> None:
    lecture = from_text('{"cards": [{"recipe": "lenet-conv1"}, {"row": "lenet-classes", "laser": true}], "later": 1}')
    assert [card.row for card in lecture.cards] == ["lenet-conv1", "lenet-classes"]
    assert lecture.cards[0].heading == named("lenet-conv1").title
    assert lecture.cards[0].words == named("lenet-conv1").sentence


def test_that_a_card_of_a_newer_gallery_is_kept_though_it_shows_nothing_here() -> None:
    lecture = from_text('{"title": "T", "cards": [{"row": "of-next-year"}]}')
    assert lecture.cards[0].shown is None
    assert lecture.cards[0].heading == "of-next-year"
    assert from_text(to_text(lecture)) == lecture


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no JSON", "not JSON"),
        ("[]", "no list of cards"),
        ('{"cards": 3}', "no list of cards"),
        ('{"cards": [3]}', "card 1 of It is not a group"),
        ('{"cards": [{"row": "lenet-conv1"}, {}]}', "card 2 of It names neither"),
        ('{"cards": [{"row": 3}]}', "the row of card 1 of It is no text"),
        ('{"cards": [{"recipe": {"model": 4}}]}', "damaged in card 1 of It"),
        ('{"title": 1, "cards": []}', "the title of It is no text"),
        ('{"version": 99, "cards": []}', "newer Underhood"),
        (json.dumps({"cards": [{"row": "lenet-conv1"}] * 1001}), "1,001 cards"),
    ],
)
def test_that_what_is_wrong_with_a_file_is_said_in_a_sentence(text: str, words: str) -> None:
    with pytest.raises(Problem, match=words):
        from_text(text)


def test_that_recipes_pictures_and_missing_files_are_no_lectures(tmp_path: Path) -> None:
    recipe, picture = tmp_path / "recipe.json", tmp_path / "picture.json"
    recipe.write_text(to_json(OWN))
    picture.write_bytes(b"\x89PNG\xff\xfe")
    assert not is_lecture(recipe)
    assert not is_lecture(picture)
    assert not is_lecture(tmp_path / "missing.json")
    with pytest.raises(Problem, match="could not be read"):
        read_lecture(tmp_path / "missing.json")


def test_that_cards_are_added_moved_changed_and_taken_out() -> None:
    a, b, c = (LectureCard(row=name) for name in "abc")
    lecture = Lecture("T").with_card(a).with_card(c).with_card(b, 1)
    assert lecture.cards == (a, b, c)
    assert lecture.moved(0, 2).cards == (b, c, a)
    assert lecture.moved(2, 0).cards == (c, a, b)
    assert lecture.without(1).cards == (a, c)
    assert lecture.changed(1, a).cards == (a, a, c)
    assert lecture.cards == (a, b, c)


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.stem)
def test_that_every_card_of_a_shipped_lecture_is_a_row_of_the_gallery(path: Path) -> None:
    lecture = read_lecture(path)
    assert found(path.stem) == path
    assert lecture.title
    assert lecture.by
    assert len(lecture) > 5
    for card in lecture.cards:
        assert card.of_gallery is not None, card.row


@pytest.mark.parametrize("name", DECKS)
def test_that_a_lecture_has_the_figures_of_its_deck_in_their_order_and_says_what_to_see(name: str) -> None:
    lecture = read_lecture(found(name))
    rows = [card.row for card in lecture.cards]
    assert len(rows) == len(set(rows))
    places = [rows.index(row) for row in DECKS[name]]
    assert places == sorted(places)
    for card in lecture.cards:
        assert card.words.endswith((".", "?", "!")), card.row


def test_that_three_lectures_ship_and_an_unknown_one_is_told_which() -> None:
    assert {path.stem for path in shipped()} == {"under-the-hood", "inside-dnns", "cnns-3"}
    with pytest.raises(Problem, match="cnns-3"):
        found("nothing")
