"""A folder of checkpoints as a film, and TensorBoard's event files, whose format is written down here once more."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from analysis.protocol.problems import Problem
from analysis.training.checkpoint_film import checkpoints_in, read_film, seen_of, seen_of_numbers
from analysis.training.event_file import Events, checksum, crc32c, read_events
from tests.analysis.training.made_folders import folder_of_checkpoints


def varint(value: int) -> bytes:
    found = b""
    while value > 127:
        found, value = found + bytes([value & 127 | 128]), value >> 7
    return found + bytes([value])


def part(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def record(content: bytes) -> bytes:
    head = struct.pack("<Q", len(content))
    return head + struct.pack("<I", checksum(head)) + content + struct.pack("<I", checksum(content))


def event(step: int, value: bytes) -> bytes:
    return record(struct.pack("<Bd", 9, 1.5) + varint(2 << 3) + varint(step) + part(5, part(1, value)))


def scalar(tag: str, value: float) -> bytes:
    return part(1, tag.encode()) + varint(2 << 3 | 5) + struct.pack("<f", value)


def histogram(tag: str) -> bytes:
    ends = b"".join(varint(number << 3 | 1) + struct.pack("<d", value) for number, value in ((1, -1.0), (2, 3.0)))
    limits, counts = struct.pack("<3d", 0.0, 1.0, 1e9), struct.pack("<3d", 2.0, 4.0, 6.0)
    return part(1, tag.encode()) + part(5, ends + part(6, limits) + part(7, counts))


def newer_scalar(tag: str, value: float) -> bytes:
    return part(1, tag.encode()) + part(8, varint(1 << 3) + varint(1) + part(4, struct.pack("<f", value)))


def written(path: Path) -> Path:
    file = path / "events.out.tfevents.1.here"
    events = [event(step, scalar("loss/train", 1 / (step + 1))) for step in (0, 300)]
    events += [event(7, newer_scalar("loss/test", 0.25)), event(7, histogram("conv1/weight"))]
    file.write_bytes(record(part(3, b"brain.Event:2")) + b"".join(events))
    return file


def test_that_the_checksum_is_that_of_the_standard() -> None:
    assert crc32c(b"123456789") == 0xE3069283


def test_that_an_event_file_is_read(tmp_path: Path) -> None:
    found = Events()
    list(read_events(written(tmp_path), found))
    assert found.scalars["loss/train"] == [(0, 1.0), (300, pytest.approx(1 / 301))]
    assert found.scalars["loss/test"] == [(7, 0.25)]
    ((step, counted),) = found.histograms["conv1/weight"]
    assert step == 7
    assert counted.edges.tolist() == [-1, 0, 1, 3]
    assert counted.counts.tolist() == [2, 4, 6]


def test_that_an_event_file_that_is_still_written_ends_before_the_last_record(tmp_path: Path) -> None:
    file = written(tmp_path)
    file.write_bytes(file.read_bytes()[:-5])
    found = Events()
    list(read_events(file, found))
    assert "loss/test" in found.scalars
    assert not found.histograms


def test_that_what_is_no_event_file_is_one_sentence(tmp_path: Path) -> None:
    file = written(tmp_path)
    file.write_bytes(b"x" * 100)
    with pytest.raises(Problem, match="no event file"):
        list(read_events(file, Events()))
    file.write_bytes(record(b"\x0f\xff\xff"))
    with pytest.raises(Problem, match="damaged"):
        list(read_events(file, Events()))


def test_that_checkpoints_are_in_the_order_of_their_numbers() -> None:
    assert [number for number, _ in checkpoints_in(Path(folder_of_checkpoints()))] == [0, 20, 100]


def test_that_a_film_tells_how_far_weights_moved(tmp_path: Path) -> None:
    folder = Path(folder_of_checkpoints())
    written(tmp_path)
    for path in folder.glob("*.pt"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "e50.pt").write_bytes(b"no checkpoint")
    *_, (done, total, film) = read_film(tmp_path)
    assert done == total
    seen: Any = seen_of(film, "net")
    one, other = (torch.load(folder / f"e{number}.pt")["0.weight"].double() for number in (0, 20))
    assert seen.numbers["layers"].tolist() == ["0", "2"]
    assert seen.numbers["result"][0, 1] == pytest.approx(float((other - one).norm() / one.norm()), rel=1e-5)
    assert seen.numbers["norms"][0, 0] == pytest.approx(float(one.norm()), rel=1e-5)
    assert [one.iteration for one in seen.kept] == [0, 20, 100]
    assert "e50.pt" in seen.words
    assert {plot.name for plot in seen.plots} >= {"loss"}
    ridge = seen.ridges[1].of_layers[0]
    assert ridge.counts.sum() == pytest.approx(12)
    assert np.isfinite(seen.numbers["scalars"]).all()


def test_that_a_folder_of_event_files_alone_is_seen(tmp_path: Path) -> None:
    from analysis.drawing.captions import Subject
    from analysis.drawing.learning_figure import learning_figure
    from analysis.protocol.recipe import ModelChoice, Recipe

    written(tmp_path)
    *_, (_, _, film) = read_film(tmp_path)
    seen: Any = seen_of(film, "net")
    assert [plot.name for plot in seen.plots] == ["loss"]
    assert [line.name for line in seen.plots[0].lines] == ["test", "train"]
    assert [ridges.name for ridges in seen.ridges] == ["histograms of TensorBoard"]
    assert not seen.kept
    assert seen.total == 300
    assert seen.numbers["scalars"].tolist() == pytest.approx([0.25, 1.0, 1 / 301])
    recipe, nothing = Recipe(ModelChoice("lenet"), method="checkpoints"), np.zeros((1, 1, 3), np.uint8)
    learning_figure(Subject(recipe, "net", nothing), seen)  # it is drawn, too


def test_that_a_folder_of_nothing_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="neither a checkpoint"):
        list(read_film(tmp_path))
    with pytest.raises(Problem, match="There is no folder"):
        list(read_film(tmp_path / "none"))


def test_that_the_folder_of_a_training_of_ours_is_a_film(tmp_path: Path) -> None:
    """Its networks lie in a folder of a cell of a study."""
    from analysis.protocol.events import MethodResult
    from analysis.protocol.recipe import NO_NETWORK, Recipe
    from analysis.protocol.reins import Reins
    from analysis.protocol.requests import ApartRequest
    from analysis.running.jobs.apart import run_apart
    from analysis.running.workbench import Workbench
    from analysis.studies.trainings import trainings_in

    settings = {"network": "dense", "width": 6, "side": 20, "iterations": 4, "measure": 2, "tests": 20}
    recipe = Recipe(NO_NETWORK, method="monitor", settings=settings)  # type: ignore[arg-type]
    folder = tmp_path / "study"
    *_, ended = run_apart(Workbench(), ApartRequest(1, recipe, None, Reins(), "cpu", folder=str(folder)))
    assert isinstance(ended, MethodResult)
    shown = Recipe(NO_NETWORK, method="checkpoints", settings={"folder": str(folder)})
    list(run_apart(Workbench(), ApartRequest(2, shown, None, Reins(), "cpu", folder=str(tmp_path / "film"))))
    assert {one.words for one in trainings_in(tmp_path)} == {"dense", "film of study"}
    *_, (_, _, film) = read_film(folder)
    seen: Any = seen_of(film, "net")
    kept = ended.result.kept  # type: ignore[union-attr]
    assert [one.iteration for one in seen.kept] == [one.iteration for one in kept] == [0, 1, 2, 3, 4]
    assert seen.numbers["layers"].tolist() == ["fc1", "out"]
    first, second = (load_file(one.file)["fc1.weight"].double() for one in kept[:2])
    assert seen.numbers["result"][0, 1] == pytest.approx(float((second - first).norm() / first.norm()), rel=1e-5)


def test_that_a_film_that_was_kept_looks_as_it_did(tmp_path: Path) -> None:
    written(tmp_path)
    for path in Path(folder_of_checkpoints()).glob("*.pt"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    *_, (_, _, film) = read_film(tmp_path)
    before = seen_of(film, "net")
    after = seen_of_numbers(before.numbers, "kept")
    assert [plot.name for plot in after.plots] == [plot.name for plot in before.plots]
    for one, other in zip(after.plots, before.plots, strict=True):
        for mine, theirs in zip(one.lines, other.lines, strict=True):
            np.testing.assert_array_equal(mine.values, theirs.values)
    for mine, theirs in zip(after.ridges[0].of_layers, before.ridges[0].of_layers, strict=True):
        np.testing.assert_array_equal(mine.counts, theirs.counts)
        np.testing.assert_array_equal(mine.high, theirs.high)
    assert (after.total, after.ridges[0].name) == (before.total, "weights")
