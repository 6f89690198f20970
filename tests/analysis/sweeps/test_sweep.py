"""Sweeps of small folders: right to NumPy, and equal byte for byte however they came about."""

import csv
import errno
import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from analysis.datasets.opening import data_set
from analysis.files import whole_file
from analysis.network.capture import capture
from analysis.network.maps import maps_of
from analysis.network.network import Network
from analysis.pictures.decoding import decode
from analysis.protocol.problems import Problem
from analysis.sweeps.atlas import Atlas
from analysis.sweeps.choosing import laid_out_spec, swept_layers
from analysis.sweeps.engines.engine import Ended, Handle
from analysis.sweeps.engines.in_process import InProcess
from analysis.sweeps.export import to_csv
from analysis.sweeps.finishing import finish
from analysis.sweeps.layout import DATABASE
from analysis.sweeps.shard import ShardDone
from analysis.sweeps.spec import VERSION, SweepSpec
from analysis.sweeps.sweep import Sweep
from tests.analysis.sweeps.swept import arrays_in, digest, folder_of_bars, opened, spec_for, sweep
from tests.analysis.zoo import Odd, odd


@pytest.fixture(scope="module")
def network() -> Network:
    return opened()


@pytest.fixture(scope="module")
def bars(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of_bars(tmp_path_factory.mktemp("bars") / "bars")


@pytest.fixture(scope="module")
def made(network: Network, bars: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "atlas"
    sweep(network, bars, folder)
    return folder


def test_that_the_atlas_is_what_all_activations_come_to(network: Network, bars: Path, made: Path) -> None:
    atlas = Atlas(made)
    files = sorted(str(path.relative_to(bars)) for path in bars.rglob("*.png"))
    paths = [layer.path for layer in atlas.layers]
    with torch.no_grad(), capture(network.module, paths) as outputs:
        seen = torch.cat([network.input_of_fitted(network.picture(decode(bars / name))) for name in files])
        network.module(seen)
    for place, layer in enumerate(atlas.layers):
        maps = maps_of(network.node(layer.path), outputs[layer.path]).numpy().astype(np.float64)
        highest = maps.max((2, 3))
        close = 1e-5 * float(np.ptp(maps))  # the engines round in their own ways
        for unit in range(0, layer.units, 7):
            told = atlas.unit(layer.path, unit)
            values = maps[:, unit].ravel()
            assert told["count"] == values.size == sum(told["histogram"]["counts"])
            assert told["mean"] == pytest.approx(values.mean(), rel=1e-4, abs=close)
            assert told["std"] == pytest.approx(values.std(), rel=1e-4, abs=close)
            assert told["min"] == pytest.approx(values.min(), rel=1e-4, abs=close)
            assert told["max"] == pytest.approx(values.max(), rel=1e-4, abs=close)
            assert told["zeros"] == pytest.approx((values == 0).mean(), abs=1e-3)
            best = np.sort(highest[:, unit])[::-1][:9]
            np.testing.assert_allclose([one["value"] for one in told["top"]], best, rtol=1e-4, atol=close)
            for one in told["top"]:
                number = files.index(one["picture"])
                assert maps[number, unit, one["row"], one["column"]] == pytest.approx(one["value"], rel=1e-4, abs=close)
            for score in told["classes"]:
                mask = [name.startswith(score["name"]) for name in files]
                assert score["mean"] == pytest.approx(highest[mask, unit].mean(), rel=1e-4, abs=close)
        np.testing.assert_allclose(atlas.maxima(place), highest[atlas.rows], rtol=2e-3, atol=1e-3)


def test_that_units_of_the_last_layer_are_for_their_own_class(network: Network, tmp_path: Path) -> None:
    from PIL import Image
    from sklearn.datasets import load_digits

    digits = load_digits()
    for number in range(120):
        place = tmp_path / "digits" / str(digits.target[number])
        place.mkdir(parents=True, exist_ok=True)
        levels = (digits.images[number] * 15.9).astype(np.uint8)
        Image.fromarray(levels).resize((28, 28)).save(place / f"{number}.png")
    sweep(network, tmp_path / "digits", tmp_path / "atlas", shard=64)
    atlas = Atlas(tmp_path / "atlas")
    assert atlas.about["truth"] == {"layer": "fc2", "units": 10, "right": 10}
    for unit in range(10):
        assert atlas.unit("fc2", unit)["fav"] == str(unit)
        assert atlas.unit("fc2", unit)["sure"]


class OutOfOrder:
    """Runs shards in this process, gives them back in a drawn order, and loses some as if their worker was killed."""

    room = 4

    def __init__(self, network: Network, seed: int, lost: int = 0) -> None:
        self._inner = InProcess(network)
        self._random = np.random.default_rng(seed)
        self._waiting: list[Handle] = []
        self.lost = lost

    def submit(self, asked):  # type: ignore[no-untyped-def]
        handle = Handle(asked)
        self._waiting.append(handle)
        return handle

    def wait(self, timeout: float) -> list[Handle]:
        return [self._waiting.pop(int(self._random.integers(len(self._waiting))))] if self._waiting else []

    def result(self, handle: Handle) -> ShardDone:
        if self.lost:
            self.lost -= 1
            raise Ended
        inner = self._inner.submit(handle.asked)
        while not self._inner.wait(0):
            pass
        return self._inner.result(inner)

    def cancel(self, handle: Handle) -> None:
        if handle in self._waiting:
            self._waiting.remove(handle)

    def close(self) -> None:
        self._inner.close()


@pytest.mark.parametrize("seed", [0, 1])
def test_that_neither_order_nor_loss_changes_a_byte(
    network: Network, bars: Path, made: Path, tmp_path: Path, seed: int
) -> None:
    again = sweep(network, bars, tmp_path / "again", OutOfOrder(network, seed, lost=2))
    assert digest(tmp_path / "again") == digest(made)
    assert arrays_in(tmp_path / "again") == arrays_in(made)
    reopened = Sweep(tmp_path / "again")
    states = reopened.ledger.states()
    assert sum(state.starts for state in states.values()) == len(again.shards) + 2
    reopened.close()


def test_that_what_was_stopped_goes_on_to_the_same_bytes(
    network: Network, bars: Path, made: Path, tmp_path: Path
) -> None:
    for stopped_at in (1, 3, 9):
        halted = Sweep(tmp_path / "atlas", spec_for(network))
        halted.over(data_set(str(bars)), str(bars))
        engine = InProcess(network)
        steps = halted.steps(engine)
        for _ in range(stopped_at):
            next(steps)
        steps.close()
        engine.close()
        halted.close()
    sweep(network, bars, tmp_path / "atlas")
    assert digest(tmp_path / "atlas") == digest(made)
    assert arrays_in(tmp_path / "atlas") == arrays_in(made)


def test_that_two_halves_are_the_whole(network: Network, bars: Path, made: Path, tmp_path: Path) -> None:
    for number in (1, 2):
        sweep(network, bars, tmp_path / str(number), part=(number, 2))
    joined = Sweep(tmp_path / "2")
    taken = joined.join(tmp_path / "1")
    assert taken == 3
    for _ in finish(joined, network):
        pass
    joined.close()
    assert digest(tmp_path / "2") == digest(made)
    assert arrays_in(tmp_path / "2") == arrays_in(made)


def test_that_a_population_which_grew_is_that_which_was_whole(network: Network, tmp_path: Path) -> None:
    data = folder_of_bars(tmp_path / "data", 20)
    sweep(network, data, tmp_path / "grown")
    folder_of_bars(data, 15, first=20)
    (data / "class-9").mkdir()
    shutil.copy(data / "class-0" / "0000.png", data / "class-9" / "twin.png")
    sweep(network, data, tmp_path / "grown")
    atlas = Atlas(tmp_path / "grown")
    assert atlas.about["generations"] == [20, 36]
    assert atlas.pictures == 36
    assert atlas.classes == ("class-0", "class-1", "class-2", "class-9")
    # the same manifest from nothing
    whole = Sweep(tmp_path / "whole", spec_for(network))
    whole.over_the_same_as(tmp_path / "grown")
    engine = InProcess(network)
    for _ in whole.steps(engine):
        pass
    for _ in finish(whole, network):
        pass
    whole.close()
    assert digest(tmp_path / "whole") == digest(tmp_path / "grown")
    assert arrays_in(tmp_path / "whole") == arrays_in(tmp_path / "grown")
    # and as far as sums go, the two parts together
    other = folder_of_bars(tmp_path / "other", 15, first=20)
    sweep(network, other, tmp_path / "second")
    first, second = atlas.unit("conv1", 0), Atlas(tmp_path / "second").unit("conv1", 0)
    assert first["max"] >= second["max"]


def test_that_pictures_which_cannot_be_read_are_named_and_left_out(network: Network, tmp_path: Path) -> None:
    data = folder_of_bars(tmp_path / "data", 20)
    (data / "class-1" / "broken.png").write_bytes(b"\x89PNG no more")
    (data / "class-1" / "empty.png").write_bytes(b"")
    sweep(network, data, tmp_path / "atlas")
    atlas = Atlas(tmp_path / "atlas")
    assert atlas.pictures == 20
    assert [name for name, _ in atlas.bad()] == ["class-1/broken.png", "class-1/empty.png"]
    assert all(why.endswith(".") for _, why in atlas.bad())
    state = atlas.state()
    assert (state["done"], len(state["bad"]), state["left"]) == (20, 2, 0)


def test_that_what_changed_since_it_was_frozen_is_not_silently_used(network: Network, tmp_path: Path) -> None:
    data = folder_of_bars(tmp_path / "data", 20)
    begun = Sweep(tmp_path / "atlas", spec_for(network))
    begun.over(data_set(str(data)), str(data))
    begun.close()
    changed = data / "class-0" / "0003.png"
    os.utime(changed, ns=(1, 1))
    (data / "class-0" / "0006.png").unlink()
    made = Sweep(tmp_path / "atlas")
    made.over(data_set(str(data)), str(data))
    assert [sentence.split(":")[0] for sentence in made.changes.in_words()] == [
        "1 picture is gone since the population was frozen, such as class-0/0006.png",
        "1 picture has changed since the population was frozen, such as class-0/0003.png",
    ]
    for _ in made.steps(InProcess(network)):
        pass
    assert [made.manifest.entries[number].name for number, _ in made.ledger.bad()] == [
        "class-0/0003.png",
        "class-0/0006.png",
    ]
    made.close()


def test_that_no_labels_one_class_and_few_pictures_are_fine(network: Network, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    folder_of_bars(tmp_path / "data", 4, classes=1)
    shutil.copytree(tmp_path / "data" / "class-0", plain)
    sweep(network, plain, tmp_path / "unlabelled")
    atlas = Atlas(tmp_path / "unlabelled")
    told = atlas.unit("conv1", 0)
    assert (told["classes"], told["fav"], len(told["top"])) == ([], None, 4)
    assert len(atlas.ask("not dead").units) > 0
    sweep(network, tmp_path / "data", tmp_path / "one")
    one = Atlas(tmp_path / "one")
    row = one.row(0)
    assert {row[name] for name in ("fav", "ap", "ap_lift", "auroc", "pearson", "p", "null")} == {None}
    to_csv(one, tmp_path / "one.csv")
    with open(tmp_path / "one.csv", encoding="utf-8", newline="") as stream:
        first = next(csv.DictReader(stream))
    assert (first["ap"], first["p"], first["unit"]) == ("", "", "0")
    with closing(sqlite3.connect(one.folder / "atlas.db")) as base:
        assert base.execute("select ap, p, unit from units where id = 0").fetchone() == (None, None, 0)


def test_that_a_set_which_is_no_folder_is_swept_too(network: Network, tmp_path: Path) -> None:
    levels = np.random.default_rng(0).integers(0, 255, (12, 28, 28)).astype(np.uint8)
    np.savez(tmp_path / "some.npz", x=levels, y=np.arange(12) % 2)
    sweep(network, tmp_path / "some.npz", tmp_path / "atlas")
    atlas = Atlas(tmp_path / "atlas")
    assert atlas.pictures == 12
    assert atlas.path(atlas.unit("conv1", 0)["top"][0]["picture"]).startswith("data:")


def test_that_only_one_program_sweeps_into_a_folder(network: Network, bars: Path, tmp_path: Path) -> None:
    held = Sweep(tmp_path / "atlas", spec_for(network))
    with pytest.raises(Problem, match="Another program sweeps"):
        Sweep(tmp_path / "atlas", spec_for(network))
    held.close()
    Sweep(tmp_path / "atlas").close()


def test_that_another_network_layout_or_population_needs_another_folder(
    network: Network, bars: Path, tmp_path: Path
) -> None:
    made = Sweep(tmp_path / "atlas", spec_for(network))
    made.over(data_set(str(bars)), str(bars))
    with pytest.raises(Problem, match="choose another folder"):
        made.over(data_set("samples"), "samples")
    made.close()
    with pytest.raises(Problem, match="other shard"):
        Sweep(tmp_path / "atlas", spec_for(network, shard=16))
    with pytest.raises(Problem, match="with the weights"):
        Sweep(tmp_path / "atlas", spec_for(opened(weights="random")))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("mine")
    with pytest.raises(Problem, match="holds other files, such as letter"):
        Sweep(tmp_path / "other", spec_for(network))
    assert (tmp_path / "other" / "letter.txt").read_text() == "mine"


def test_that_a_sweep_of_another_arithmetic_is_not_gone_on_with(network: Network, made: Path, tmp_path: Path) -> None:
    for version, said in ((VERSION - 1, "older Underhood"), (VERSION + 1, "newer Underhood")):
        folder = tmp_path / str(version)
        shutil.copytree(made, folder)
        told = json.loads((folder / "spec.json").read_text())
        (folder / "spec.json").write_text(json.dumps(told | {"version": version}))
        with pytest.raises(Problem, match=said):
            Sweep(folder, spec_for(network))
        assert Atlas(folder).unit("conv1", 0) == Atlas(made).unit("conv1", 0)


def test_that_what_a_newer_one_made_is_not_written_over(network: Network, made: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(made, copy)
    about = json.dumps(json.loads((copy / "atlas.json").read_text()) | {"format": 99})
    (copy / "atlas.json").write_text(about)
    with pytest.raises(Problem, match="newer Underhood made the atlas"):
        Sweep(copy, spec_for(network))
    assert (copy / "atlas.json").read_text() == about


def test_that_a_full_disk_in_the_middle_loses_nothing(
    network: Network, bars: Path, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    real = os.fsync

    def full(descriptor: int) -> None:
        written.append(descriptor)
        if len(written) > 5:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(whole_file.os, "fsync", full)
    with pytest.raises(Problem, match="the disk is full"):
        sweep(network, bars, tmp_path / "atlas")
    monkeypatch.undo()
    sweep(network, bars, tmp_path / "atlas")
    assert digest(tmp_path / "atlas") == digest(made)


def test_that_an_atlas_says_what_is_wrong_with_it(made: Path, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="There is no atlas"):
        Atlas(tmp_path)
    copy = tmp_path / "copy"
    shutil.copytree(made, copy)
    about = json.loads((copy / "atlas.json").read_text())
    (copy / "atlas.json").write_text(json.dumps(about | {"format": 99}))
    with pytest.raises(Problem, match="newer Underhood"):
        Atlas(copy)
    (copy / "atlas.json").write_text("{")
    with pytest.raises(Problem, match="damaged"):
        Atlas(copy)
    atlas = Atlas(made)
    assert atlas.of_other_weights(about["weights_hash"]) == ""
    assert "other weights" in atlas.of_other_weights("f" * 64)
    with pytest.raises(Problem, match="did you mean"):
        atlas.unit("conv", 0)
    with pytest.raises(Problem, match="units 0 to 31"):
        atlas.unit("conv1", 32)


def _everything_of(folder: Path) -> None:
    """All that is asked of an atlas somewhere."""
    atlas = Atlas(folder)
    atlas.state()
    atlas.ask("layer='conv1' and not dead order by ap_lift desc limit 3")
    atlas.unit("conv1", 1)
    atlas.unit("fc2", 9)
    atlas.held()
    for identity in (0, 40, atlas.units - 1):
        atlas.crop(identity, 0)
    atlas.class_means(0)
    atlas.queries()


def _changed_about(**values: object) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        about = json.loads((folder / "atlas.json").read_text())
        (folder / "atlas.json").write_text(json.dumps(about | values))

    return change


def _changed_layer(**values: object) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        about = json.loads((folder / "atlas.json").read_text())
        about["layers"][0] |= values
        (folder / "atlas.json").write_text(json.dumps(about))

    return change


def _array(name: str, change: Callable[[NDArray[Any]], NDArray[Any]]) -> Callable[[Path], object]:
    def changed(folder: Path) -> None:
        (path,) = folder.glob(f"made-*/{name}.npy")
        np.save(path, change(np.load(path)))

    return changed


def _bytes(name: str, content: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    def changed(folder: Path) -> None:
        (path,) = folder.glob(name)
        path.write_bytes(content(path.read_bytes()))

    return changed


def _base(statement: str) -> Callable[[Path], object]:
    def changed(folder: Path) -> None:
        with sqlite3.connect(folder / DATABASE) as base:
            base.execute(statement)
        base.close()

    return changed


DAMAGES: dict[str, Callable[[Path], object]] = {
    "made is another folder": _changed_about(made="../.."),
    "layers are a number": _changed_about(layers=3),
    "classes are numbers": _changed_about(classes=[1, 2, 3]),
    "fewer classes": _changed_about(classes=["class-0"]),
    "pictures are text": _changed_about(pictures="many"),
    "no truth": _changed_about(truth={}),
    "no size": _changed_about(preprocessing={}),
    "a layer of text": _changed_layer(units="x"),
    "a layer of other units": _changed_layer(units=31),
    "a layer without columns": _changed_layer(columns=0),
    "best of one unit": _array("best", lambda values: values[:1]),
    "best of nobody": _array("best_picture", lambda values: np.full_like(values, 1 << 30)),
    "histogram of text": _array("histogram", lambda values: values.astype("U8")),
    "a maximum less": _array("maximum.0", lambda values: values[1:]),
    "column cut off": _array("columns/blue", lambda values: values[:1]),
    "column of another kind": _array("columns/max", lambda values: values > 0),
    "favourites that there are not": _array("columns/fav", lambda values: values + 99),
    "half a column": _bytes("made-*/columns/mean.npy", lambda content: content[: len(content) // 2]),
    "cuttings elsewhere": _array("crops", lambda values: values + (1 << 40)),
    "half of the evidence": _bytes("made-*/evidence.0.npz", lambda content: content[: len(content) // 2]),
    "another program's file": _bytes(DATABASE, lambda content: b"something else" * 999),
    "no pictures": _base("drop table pictures"),
    "labels that there are not": _base("update pictures set label = 99"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_that_a_damaged_atlas_is_told_in_a_sentence(made: Path, tmp_path: Path, damage: str) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(made, copy)
    _everything_of(copy)
    DAMAGES[damage](copy)
    with pytest.raises(Problem) as told:
        _everything_of(copy)
    assert str(told.value).endswith(".")
    assert "\n" not in str(told.value)


def test_that_cuttings_are_the_fields_of_the_best_places(network: Network, bars: Path, made: Path) -> None:
    import io

    from PIL import Image

    atlas = Atlas(made)
    identity = atlas.id_of("conv1", 3)
    for rank, one in enumerate(atlas.best(identity)):
        top, left, bottom, right = one.box
        seen = network.picture(decode(bars / one.name))
        cutting = np.asarray(Image.open(io.BytesIO(atlas.crop(identity, rank))).convert("RGB"))
        np.testing.assert_array_equal(cutting, seen[top:bottom, left:right])
        assert (bottom - top, right - left) == (5, 5)


def test_that_notes_and_queries_stay(made: Path) -> None:
    atlas = Atlas(made)
    identity = atlas.id_of("conv1", 1)
    atlas.add_note(identity, "<b>likes bars</b>")
    atlas.save_query("lively", "not dead and layer='conv1'")
    again = Atlas(made)
    assert again.notes(identity) == ["<b>likes bars</b>"]
    assert again.queries() == {"lively": "not dead and layer='conv1'"}
    with pytest.raises(Problem):
        again.save_query("odd", "dead dead")
    again.forget_query("lively")
    assert again.queries() == {}


def test_that_neighbours_and_counter_examples_come_from_the_kept_rows(made: Path) -> None:
    atlas = Atlas(made)
    identity = int(atlas.ask("layer='relu3' and not dead order by ap_lift desc limit 1").units[0])
    layer, unit = atlas.where(identity)
    values = np.asarray(atlas.maxima(atlas.layers.index(layer)), np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        known = np.corrcoef(values.T)[unit]
    known[unit] = -2
    other, likeness = atlas.neighbours(identity)[0]
    assert likeness == pytest.approx(np.nanmax(known), rel=1e-6)
    assert atlas.where(other)[1] == int(np.nanargmax(known))
    told = atlas.counter_examples(identity)
    favourite = atlas.row(identity)["fav"]
    assert all((one.label == favourite) is not one.answered for one in told)
    assert {one.answered for one in told} == {True, False}


def test_that_answers_far_from_zero_keep_what_tells_them_apart(bars: Path, tmp_path: Path) -> None:
    network = opened()
    with torch.no_grad():
        network.module.get_submodule("fc1").bias += 3000  # where half precision counts by two
    sweep(network, bars, tmp_path / "atlas")
    atlas = Atlas(tmp_path / "atlas")
    place = [layer.path for layer in atlas.layers].index("relu3")
    files = sorted(bars.rglob("*.png"))
    with torch.no_grad(), capture(network.module, ["relu3"]) as outputs:
        network.module(torch.cat([network.input_of_fitted(network.picture(decode(path))) for path in files]))
    answers = outputs["relu3"].double().numpy()[atlas.rows]
    np.testing.assert_allclose(atlas.maxima(place), answers, rtol=1e-5)
    known = np.corrcoef(answers.T)
    for unit in range(0, 200, 20):
        for other, likeness in atlas.neighbours(atlas.firsts[place] + unit)[:3]:
            assert likeness == pytest.approx(known[unit, other - atlas.firsts[place]], abs=1e-3)


def swept(network: Network, spec: SweepSpec, pictures: Path, folder: Path) -> Atlas:
    made = Sweep(folder, spec)
    made.over(data_set(str(pictures)), str(pictures))
    for _ in made.steps(InProcess(network)):
        pass
    for _ in finish(made, network):
        pass
    made.close()
    return Atlas(folder)


def test_that_each_call_of_a_layer_is_swept_by_itself(tmp_path: Path) -> None:
    network = odd("called-twice").network()
    spec = laid_out_spec(network, swept_layers(network, ["shared"]), 0, shard=8, batch=4)
    assert [layer.path for layer in spec.layers] == ["shared@1", "shared@2"]
    atlas = swept(network, spec, folder_of_bars(tmp_path / "bars", 10), tmp_path / "atlas")
    for layer in atlas.layers:
        assert atlas.unit(layer.path, 0)["count"] == 10 * layer.rows * layer.columns
        assert atlas.unit(layer.path, 0)["pictures"] == 10


class Decides(nn.Module):
    """Dark pictures go through one rectifier more, before the one that is swept."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.relu, self.fc = nn.Conv2d(3, 3, 3, padding=1), nn.ReLU(), nn.Linear(3, 5)

    def forward(self, x: Tensor) -> Tensor:
        if float(x.mean()) < -0.5:
            x = torch.relu(x)
        y: Tensor = self.fc(self.relu(self.conv(x)).mean((2, 3)))
        return y


def test_that_values_which_decide_what_is_done_change_no_numbers(tmp_path: Path) -> None:
    network = Odd("decides", Decides, "another way for dark pictures", channels=3).network()
    pictures = folder_of_bars(tmp_path / "bars", 12)
    spec = laid_out_spec(network, swept_layers(network, ["relu"]), 0, shard=8)
    atlas = swept(network, spec, pictures, tmp_path / "atlas")
    highest = []
    for path in sorted(pictures.rglob("*.png")):
        with torch.no_grad(), capture(network.module, ["relu"]) as outputs:
            network.module(network.input_of_fitted(network.picture(decode(path))))
        highest.append(outputs["relu"].amax((0, 2, 3)).numpy())
    for unit in range(3):
        best = [one["value"] for one in atlas.unit("relu", unit)["top"]]
        np.testing.assert_allclose(best, np.sort(np.array(highest)[:, unit])[::-1][:9], rtol=1e-5)


def test_that_names_of_files_may_hold_bytes_that_are_no_text(network: Network, tmp_path: Path) -> None:
    data = folder_of_bars(tmp_path / "data", 12)
    names = (b"/\xff\xfe.png", b"/\xfd.png", b"/two\nlines.png")
    odd = [os.fsdecode(os.fsencode(data / "class-0") + name) for name in names]
    try:
        for name in odd[1:]:
            shutil.copy(next(data.rglob("*.png")), name)
        Path(odd[0]).write_bytes(b"no picture")
    except OSError:
        pytest.skip("This disk has no such names.")
    made = sweep(network, data, tmp_path / "atlas")
    atlas = Atlas(tmp_path / "atlas")
    assert atlas.pictures == 14
    assert [name for name, _ in atlas.bad()] == [os.path.relpath(odd[0], data)]
    found = {one.name for one in atlas.entries(range(15)).values()}
    assert {os.path.relpath(name, data) for name in odd} < found
    again = Sweep(tmp_path / "atlas", made.spec)
    again.over(data_set(str(data)), str(data))
    again.close()
    assert not again.changes.in_words()
