"""Every row of the gallery is a card: with a sentence, a topic, a picture, and a twin where its network must be got."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.files.gallery import named
from analysis.files.lecture import LectureCard
from analysis.gallery import thumbnails
from analysis.gallery.cards import (
    SHIPS,
    card_in,
    card_of,
    cards,
    data_in_words,
    data_of,
    lacking,
    lacking_data,
    matching,
    needed,
    needs_in_words,
    networks_of,
)
from analysis.methods.method import asks_no_network
from analysis.methods.registry import method
from analysis.methods.training.monitor import Monitor
from analysis.protocol.events import CatalogueEntry
from analysis.protocol.recipe import ComparisonChoice, MethodChoice, ModelChoice, PictureChoice, Recipe
from analysis.training.presets import PRESETS


def entry(name: str, megabytes: float | None) -> CatalogueEntry:
    return CatalogueEntry(name, name.upper(), "torchvision", 1, "", megabytes)


def test_that_every_card_says_what_there_is_to_see() -> None:
    for card in cards():
        assert card.title, card.name
        assert card.topic, card.name
        assert card.sentence.endswith((".", "?", "!")), card.name
        if asks_no_network(method(card.recipe.method)):
            assert not card.networks, card.name
        else:
            assert card.networks or card.recipe.model.weights == "random", card.name


def test_that_every_technique_is_seen_without_any_download() -> None:
    """Each row about a network that must be downloaded has a twin, by the same method, that needs nothing."""
    there = {card.name: card for card in cards()}
    for card in there.values():
        if SHIPS.issuperset(card.networks):
            continue
        twin = there[card.twin]
        assert SHIPS.issuperset(twin.networks), card.name
        assert card.recipe.comparison is not None or twin.recipe.method == card.recipe.method, card.name
        assert (twin.recipe.comparison is None) is (card.recipe.comparison is None), card.name


def test_that_each_failure_on_purpose_has_its_card() -> None:
    trained = [Monitor(**card.recipe.settings) for card in cards() if card.recipe.method == Monitor.name]
    for preset in PRESETS:
        assert Monitor(**preset.settings) in trained, preset.name


def test_that_no_picture_is_of_a_row_that_is_gone() -> None:
    names = {card.name for card in cards()}
    assert {path.stem for path in thumbnails.FOLDER.glob("*.webp")} <= names


def test_that_a_card_says_what_it_needs_and_how_much_that_is() -> None:
    card = card_of(named("alexnet-gradient"))
    entries = (entry("alexnet", 233.4), entry("vgg16", 528.0))
    assert [one.name for one in needed(card, entries)] == ["alexnet"]
    assert needs_in_words(needed(card, entries)) == "ALEXNET (233 MB) is to be downloaded first."
    assert needed(card, (entry("alexnet", 0.0),)) == ()
    assert lacking(card, (entry("alexnet", 0.0),)) == ()


def test_that_a_network_that_nobody_has_is_lacking() -> None:
    card = card_of(named("alexnet-gradient"))
    assert lacking(card, ()) == ("alexnet",)
    assert lacking(card, (entry("alexnet", None),)) == ("alexnet",)


def test_that_a_card_says_which_data_set_it_needs_until_that_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNDERHOOD_DATA", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    monkeypatch.chdir(tmp_path)
    card = next(card for card in cards() if card.name == "embedding-lenet-mnist")
    assert lacking_data(card) == ("MNIST",)
    words = "The data set MNIST is needed first: put its files, as torchvision downloads them, into ~/data."
    assert data_in_words(lacking_data(card)) == words
    folder = tmp_path / "MNIST" / "raw"
    folder.mkdir(parents=True)
    for name, shape in (("images-idx3-ubyte", (2, 28, 28)), ("labels-idx1-ubyte", (2,))):
        head = b"".join(number.to_bytes(4, "big") for number in (0x800 + len(shape), *shape))
        (folder / f"t10k-{name}").write_bytes(head + bytes(int(np.prod(shape))))
    assert lacking_data(card) == ()
    assert data_in_words(()) == ""


def test_that_every_row_of_a_data_set_that_does_not_ship_has_a_twin_that_needs_nothing() -> None:
    there = {card.name: card for card in cards()}
    asking = [card for card in there.values() if card.data]
    assert {"embedding-lenet-mnist", "embedding-resnet-cifar"} <= {card.name for card in asking}
    for card in asking:
        twin = there[card.twin]
        assert not twin.data, card.name
        assert SHIPS.issuperset(twin.networks), card.name


@pytest.mark.parametrize(
    ("recipe", "names"),
    [
        (Recipe(ModelChoice("lenet"), data="MNIST/test"), ("MNIST",)),
        (Recipe(ModelChoice("lenet"), data="written-digits"), ()),
        (Recipe(ModelChoice("lenet"), data="/some/folder"), ()),
        (Recipe(ModelChoice("lenet"), method="monitor", settings={"data": "MNIST"}), ("MNIST",)),
        (Recipe(ModelChoice("lenet"), PictureChoice("data:CIFAR10/test#3"), data="MNIST"), ("MNIST", "CIFAR10")),
    ],
)
def test_that_data_sets_are_found_wherever_a_recipe_names_them(recipe: Recipe, names: tuple[str, ...]) -> None:
    assert data_of(recipe) == names


def test_that_a_comparison_is_about_all_of_its_networks_but_those_with_random_weights() -> None:
    choice = ComparisonChoice(
        (MethodChoice("gradient"),), (ModelChoice("lenet"), ModelChoice("vgg16"), ModelChoice("vgg19", "random"))
    )
    assert networks_of(Recipe(ModelChoice("lenet"), comparison=choice)) == ("lenet", "vgg16")


@pytest.mark.parametrize(
    ("words", "topic", "name"),
    [
        ("occlusion lenet", "", "lenet-occlusion"),
        ("GUIDED alexnet", "", "alexnet-features-guided"),
        ("", "Dynamics", "dynamics-units"),
    ],
)
def test_that_cards_are_found_by_all_of_the_words(words: str, topic: str, name: str) -> None:
    there = cards()
    found = matching(there, words, topic)
    assert name in {card.name for card in found}
    assert len(found) < len(there)
    assert all(not topic or card.topic == topic for card in found)


def test_that_nothing_is_found_by_words_that_stand_nowhere() -> None:
    assert matching(cards(), "occlusion zzz") == ()


def test_that_a_card_of_a_lecture_says_its_own_words_or_those_of_the_gallery() -> None:
    row = named("lenet-conv1")
    plain, own = card_in(LectureCard(row=row.name)), card_in(LectureCard(row=row.name, title="T", sentence="S."))
    assert plain is not None
    assert own is not None
    assert (plain.title, plain.sentence) == (row.title, row.sentence)
    assert (own.title, own.sentence, own.recipe) == ("T", "S.", row.recipe)


def test_that_a_card_with_a_recipe_of_its_own_is_known_by_what_it_shows() -> None:
    recipe = named("lenet-conv1").recipe
    one, same = card_in(LectureCard(recipe=recipe)), card_in(LectureCard(recipe=recipe, title="other words"))
    other = card_in(LectureCard(recipe=replace(recipe, layer="relu2")))
    assert one is not None
    assert same is not None
    assert other is not None
    assert one.name == same.name != other.name
    assert one.sentence.endswith(".")


def test_that_a_card_of_a_row_that_there_is_not_shows_nothing() -> None:
    assert card_in(LectureCard(row="no-such-row")) is None
