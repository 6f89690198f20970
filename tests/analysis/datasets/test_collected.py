"""Pictures collected from a stream: in memory with their origins, then a folder that is a data set again."""

from pathlib import Path

import numpy as np
import pytest

from analysis.datasets.collected import Collected
from analysis.datasets.opening import data_set
from analysis.protocol.frame import Frame
from analysis.protocol.problems import Problem
from tests.analysis.datasets.made import levels


def frame(seed: int, origin: str = "camera") -> Frame:
    return Frame(levels(seed), seed, origin, 0.0, moving=True)


def test_that_what_is_collected_is_a_data_set_before_and_after_it_is_saved(tmp_path: Path) -> None:
    collected = Collected()
    for seed, label in enumerate(["mug", "pen", "mug"]):
        assert collected.take(frame(seed, f"/f.mp4#t={seed}.000"), label) == seed
    assert (collected.count, collected.classes) == (3, ("mug", "pen"))
    assert [collected.label(index) for index in range(3)] == [0, 1, 0]
    assert collected.origin(2) == "/f.mp4#t=2.000"
    assert list(collected.save(tmp_path / "new" / "things")) == [(1, 3), (2, 3), (3, 3)]
    saved = data_set(str(tmp_path / "new" / "things"))
    assert saved.classes == ("mug", "pen")
    for after, before in enumerate((0, 2, 1)):
        np.testing.assert_array_equal(saved.picture(after), collected.picture(before))
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["things"]


def test_that_without_labels_the_folder_is_flat(tmp_path: Path) -> None:
    collected = Collected()
    collected.take(frame(1))
    assert collected.label(0) is None
    list(collected.save(tmp_path / "things"))
    assert data_set(str(tmp_path / "things")).classes == ()


def test_that_a_saving_that_is_broken_off_leaves_nothing(tmp_path: Path) -> None:
    collected = Collected()
    for seed in range(3):
        collected.take(frame(seed))
    saving = collected.save(tmp_path / "things")
    next(saving)
    saving.close()
    assert list(tmp_path.iterdir()) == []


def test_that_a_folder_with_something_in_it_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("mine")
    collected = Collected()
    collected.take(frame(1))
    with pytest.raises(Problem, match="is there already"):
        list(collected.save(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["old"]


def test_that_memory_has_an_end_and_the_last_can_be_taken_back() -> None:
    collected = Collected(most_bytes=2 * levels(0).nbytes)
    collected.take(frame(0))
    collected.take(frame(1))
    with pytest.raises(Problem, match="2 pictures fill"):
        collected.take(frame(2))
    collected.drop_last()
    assert collected.take(frame(2)) == 1
    np.testing.assert_array_equal(collected.picture(1), levels(2))


@pytest.mark.parametrize("label", ["", " ", "a/b", "..", ".hidden", "a\\b", "c:"])
def test_that_a_class_is_called_what_a_folder_can_be_called(label: str) -> None:
    with pytest.raises(Problem, match="cannot be called"):
        Collected().take(frame(0), label)
