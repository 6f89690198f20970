"""Maps of layers over a data set: what is asked of the network, what is bad input, where a new picture lies, files."""

import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from analysis.commands.embed import table
from analysis.datasets.opening import data_set
from analysis.methods.embeddings.k_means import KMeans
from analysis.methods.embeddings.pca import Pca
from analysis.methods.embeddings.swiss_roll import SwissRoll
from analysis.methods.embeddings.tsne import Tsne
from analysis.network.capture import capture
from analysis.population.landing import Ground
from analysis.protocol.problems import Problem
from analysis.question.question import Question
from analysis.results.kinds import Embedding, LayerMap
from analysis.results.words import words_of
from tests.analysis.few_pictures import FewPictures
from tests.analysis.zoo import odd

SMALL = {"pictures": 14, "neighbours": 3, "clusters": 2}


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def asked(data: Any = None, layers: tuple[str, ...] = ("stem", "blocks"), network: str = "residual") -> Question:
    return Question(odd(network).network(), odd(network).example(), data=data or FewPictures(), layers=layers, seed=3)


def ended(technique: Any, question: Question) -> Embedding:
    *_, last = technique.run(question)
    assert isinstance(last.result, Embedding)
    return last.result


def test_that_vectors_are_what_the_layers_return_for_each_picture() -> None:
    question = asked(layers=("input", "stem", "blocks"))
    result = ended(Pca(**SMALL, components=0), question)
    network = question.network
    assert [one.layer for one in result.maps] == ["input", "stem", "blocks"]
    for point, name in enumerate(result.names[:3]):
        picture = network.input_of_fitted(network.picture(FewPictures().picture(int(name.rpartition("#")[2]))))
        with capture(network.module, ["stem", "blocks"]) as outputs:
            network.module(picture)
        for one, wanted in zip(result.maps, (picture, outputs["stem"], outputs["blocks"]), strict=True):
            assert one.vectors[point] == pytest.approx(wanted.flatten().numpy(), abs=1e-5)


@pytest.mark.parametrize("pool", ["mean", "max"])
def test_that_layers_are_pooled_when_that_is_asked(pool: str) -> None:
    question = asked(layers=("stem",))
    (one,) = ended(Pca(**SMALL, pool=pool), question).maps
    assert one.pooling == pool
    assert one.vectors.shape[1] == question.network.node("stem").units


def test_that_the_input_is_the_layer_of_that_name_where_there_is_one() -> None:
    with pytest.raises(Problem, match="no layer"):
        ended(Pca(**SMALL), asked(layers=("nowhere",)))


def test_that_a_layer_begins_with_the_map_of_the_one_before() -> None:
    technique = Tsne(**SMALL, perplexity=3.0, iterations=1)
    first = ended(technique, asked(layers=("stem",))).maps[0]
    second = ended(technique, asked(layers=("blocks", "stem"))).maps[1]
    alone, after = first.places - first.places.mean(0), second.places - second.places.mean(0)
    assert not np.allclose(alone / np.abs(alone).max(), after / np.abs(after).max(), atol=1e-3)


@pytest.mark.parametrize("technique", [Tsne(**SMALL, perplexity=3.0), Pca(**SMALL)])
def test_that_a_layer_lies_as_the_one_before_does(technique: Any) -> None:
    first, second = ended(technique, asked(layers=("stem", "blocks"))).maps
    before, after = (one.places - one.places.mean(0) for one in (first, second))
    across = before.T @ after
    assert (np.diag(across) >= 0).all()
    if technique.name == "tsne":  # no turn would bring it nearer
        assert across == pytest.approx(across.T, abs=1e-3 * float(np.abs(across).max()))
    mean, directions = second.directions or (None, None)
    if directions is not None:
        assert (second.vectors - mean) @ directions.T == pytest.approx(second.places, abs=1e-4)


def test_that_without_labels_nobody_votes_and_the_map_is_there() -> None:
    result = ended(Tsne(**SMALL), asked(FewPictures(classes=())))
    assert (result.groups == -1).all()
    assert result.shown == "cluster"
    assert all((one.votes == -1).all() and "accuracy" not in one.numbers for one in result.maps)
    assert (result.numbers["accuracy"] == -1).all()


def test_that_of_one_class_all_neighbours_are_right() -> None:
    result = ended(Pca(**SMALL), asked(OneClass()))
    assert (result.numbers["accuracy"] == 1).all()
    assert (result.numbers["decided"] == 0).all()


class OneClass(FewPictures):
    def label(self, index: int) -> int | None:
        return 0


class AllAlike(FewPictures):
    def picture(self, index: int) -> Any:
        return np.full((16, 16, 3), 90, np.uint8)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_that_pictures_which_are_all_alike_have_no_map_and_that_is_said(dimensions: int) -> None:
    result = ended(Tsne(**SMALL, dimensions=dimensions), asked(AllAlike()))
    assert all(one.words == "All pictures are alike here." for one in result.maps)
    assert not result.numbers["result"].any()
    assert result.numbers["result"].shape == (2, 14, dimensions)


def test_that_a_map_in_space_has_three_numbers_for_each_picture() -> None:
    assert ended(Tsne(**SMALL, dimensions=3, iterations=4), asked()).numbers["result"].shape == (2, 14, 3)
    assert ended(Pca(**SMALL, dimensions=3), asked()).numbers["result"].shape == (2, 14, 3)


@pytest.mark.parametrize(
    ("technique", "question", "words"),
    [
        (Tsne(pictures=14, perplexity=50.0), asked(), "say 4 or less"),
        (Tsne(), asked(FewPictures(count=3)), "at least 4"),
        (Pca(), asked(FewPictures(count=3)), "at least 4"),
        (Tsne(), replace(asked(), data=None), "choose one first"),
        (Tsne(), asked(layers=()), "need a layer"),
        (Tsne(pictures=14), asked(layers=("",), network="not-a-number"), "not finite"),
    ],
)
def test_that_what_cannot_be_folded_is_said_in_a_sentence(technique: Any, question: Question, words: str) -> None:
    with pytest.raises(Problem, match=words):
        list(technique.run(question))


def pictures_in(folder: Path, count: int = 8) -> None:
    for name in ("dark", "light"):
        (folder / name).mkdir()
        for number in range(count // 2):
            pixels = FewPictures().picture(2 * number + (name == "light"))
            Image.fromarray(pixels).save(folder / name / f"{number}.png")


def test_that_files_which_have_vanished_are_left_out_and_counted(tmp_path: Path) -> None:
    pictures_in(tmp_path)
    data = data_set(str(tmp_path))
    (tmp_path / "dark" / "0.png").unlink()
    (tmp_path / "light" / "1.png").write_bytes(b"no picture")
    *_, last = Pca(**{**SMALL, "pictures": 8}).run(asked(data))
    assert isinstance(last.result, Embedding)
    assert len(last.result.groups) == 6
    assert last.result.group_names == ("dark", "light")
    assert last.note.startswith("2 of 8 pictures could not be read")
    for file in tmp_path.rglob("*.png"):
        file.unlink()
    with pytest.raises(Problem, match="None of the 8 pictures"):
        list(Pca(**SMALL).run(asked(data)))


def test_that_k_means_is_coloured_by_its_clusters() -> None:
    result = ended(KMeans(**SMALL), asked())
    assert result.shown == "cluster"
    assert set(result.maps[0].clusters.tolist()) == {0, 1}


def test_that_a_sheet_is_unrolled_by_neighbours_and_not_by_components() -> None:
    result = ended(SwissRoll(points=400, perplexity=20.0, iterations=120, neighbours=10), asked())
    unrolled, flattened = result.maps
    assert unrolled.numbers["trustworthiness"] > 0.98
    assert flattened.numbers["trustworthiness"] < unrolled.numbers["trustworthiness"]
    assert result.numbers["geodesic"].shape == (2,)
    assert "distances on the sheet" in words_of(result)


def test_that_a_picture_of_the_data_set_lands_beside_itself() -> None:
    result = ended(Tsne(**SMALL, iterations=120), asked())
    for one in result.maps:
        assert one.before is not None
        mean, directions = one.before
        ground = Ground(one, result.groups, 2)
        for point in range(0, 14, 3):
            landed = ground.land(mean + directions.T @ one.vectors[point])
            assert landed is not None
            assert landed.nearest[0] == point
            away = np.linalg.norm(one.places - landed.place, axis=1)
            assert away[point] <= np.sort(away)[3]


def test_that_a_picture_lands_where_it_does_however_its_directions_lie_in_memory() -> None:
    random = np.random.default_rng(3)
    mean, directions = random.normal(size=60).astype(np.float32), random.normal(size=(4, 60)).astype(np.float32)
    vectors = random.normal(size=(40, 4)).astype(np.float32)
    near, groups = np.zeros((40, 5), np.int64), np.zeros(40, np.int64)
    one = LayerMap("a", vectors[:, :2], vectors, near, groups, groups, "flat", (mean, directions))
    other = replace(one, before=(mean, np.asfortranarray(directions)))
    picture = random.normal(size=60).astype(np.float32)
    landed, again = (Ground(each, groups, 1).land(picture) for each in (one, other))
    assert landed is not None
    assert again is not None
    apart = ((vectors - directions @ (picture - mean)) ** 2).sum(1)
    assert landed.nearest.tolist() == again.nearest.tolist() == np.argsort(apart)[:5].tolist()
    assert landed.place == pytest.approx(again.place, abs=1e-6)


def test_that_a_picture_lands_in_components_where_they_project_it() -> None:
    (one,) = ended(Pca(**SMALL, pool="mean"), asked(layers=("stem",))).maps
    landed = Ground(one, np.zeros(14, np.int64), 1).land(one.vectors[5])
    assert landed is not None
    assert landed.place == pytest.approx(one.places[5], abs=1e-4)
    assert landed.vote == 0
    assert Ground(one, np.zeros(14, np.int64), 1).land(one.vectors[5] * np.nan) is None


def test_that_the_units_of_all_layers_are_kept_by_their_largest_answer() -> None:
    question = asked(layers=("stem",))
    result = ended(Pca(**SMALL), question)
    units = dict(result.units)
    assert "stem" in units
    assert len(units) > 3
    whole = ended(Pca(**SMALL, components=0, pool="max"), question).maps[0].vectors
    assert units["stem"] == pytest.approx(whole)


def test_that_a_table_has_a_row_for_each_picture_and_layer() -> None:
    result = ended(Tsne(**SMALL, iterations=3), asked())
    rows = list(csv.DictReader(io.StringIO(table(result).decode())))
    assert len(rows) == 28
    assert {row["layer"] for row in rows} == {"stem", "blocks"}
    assert {row["class"] for row in rows} == {"dark", "light"}
    assert float(rows[0]["place_x"]) == pytest.approx(result.maps[0].places[0, 0], rel=1e-4)


def test_that_the_digits_that_ship_are_read_as_digits() -> None:
    data = data_set("written-digits")
    assert (data.count, data.classes) == (1797, tuple("0123456789"))
    assert data.picture(0).shape == (28, 28, 3)
    assert [data.label(index) for index in range(10)] == list(range(10))
    assert data.origin(7) == "data:written-digits#7"
