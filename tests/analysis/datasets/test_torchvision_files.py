"""Data sets in the files that torchvision leaves, read without its help where they are large, and by it elsewhere."""

import gzip
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torchvision import datasets

from analysis.datasets.opening import data_set
from analysis.protocol.problems import Problem
from tests.analysis.datasets.made import levels, save


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where downloaded sets are looked for."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("UNDERHOOD_DATA", str(folder))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return folder


def idx(path: Path, values: np.ndarray[Any, np.dtype[np.uint8]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    head = bytes((0, 0, 8, values.ndim)) + b"".join(side.to_bytes(4, "big") for side in values.shape)
    path.write_bytes(head + values.tobytes())


def digits(folder: Path, count: int = 9) -> np.ndarray[Any, np.dtype[np.uint8]]:
    pictures = np.random.default_rng(1).integers(0, 256, (count, 28, 28), np.uint8)
    for part, some in (("train", pictures), ("t10k", pictures[:4])):
        idx(folder / f"{part}-images-idx3-ubyte", some)
        idx(folder / f"{part}-labels-idx1-ubyte", np.arange(len(some)).astype(np.uint8) % 10)
    return pictures


def test_that_mnist_is_read_as_torchvision_reads_it(place: Path) -> None:
    digits(place / "MNIST" / "raw")
    theirs = datasets.MNIST(place, train=True)
    for name in ("MNIST", "mnist/train", str(place / "MNIST"), str(place / "MNIST" / "raw")):
        data = data_set(name)
        assert data.count == len(theirs) == 9
        picture, label = theirs[5]
        np.testing.assert_array_equal(data.picture(5), np.asarray(picture.convert("RGB")))
        assert data.label(5) == label == 5
    assert data_set("MNIST").origin(5) == "data:MNIST/train#5"
    assert data_set("MNIST/test").count == 4
    assert data_set(f"{place}/MNIST/test").count == 4


def test_that_the_kin_of_mnist_have_their_own_classes(place: Path) -> None:
    digits(place / "FashionMNIST" / "raw")
    assert data_set("FashionMNIST").classes == tuple(datasets.FashionMNIST.classes)
    assert data_set(str(place / "FashionMNIST")).classes == tuple(datasets.FashionMNIST.classes)
    digits(place / "KMNIST" / "raw")
    assert data_set("KMNIST").classes == tuple(datasets.KMNIST.classes)


def test_that_a_file_of_mnist_that_is_cut_off_is_said(place: Path) -> None:
    raw = place / "MNIST" / "raw"
    digits(raw)
    images = raw / "train-images-idx3-ubyte"
    images.write_bytes(images.read_bytes()[:-1])
    with pytest.raises(Problem, match=r"“train-images-idx3-ubyte” is cut off"):
        data_set("MNIST").picture(0)
    images.write_bytes(b"\0\0\x08\x03" + b"\xff" * 12 + bytes(99))
    with pytest.raises(Problem, match="is cut off"):
        data_set("MNIST").picture(0)
    images.write_bytes(gzip.compress(images.read_bytes()))
    with pytest.raises(Problem, match="no file of MNIST"):
        data_set("MNIST")


def cifar(folder: Path, rows: int = 3, **more: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"data_batch_{number}" for number in range(1, 6)] + ["test_batch"]
    for number, name in enumerate(names):
        pixels = np.stack([levels(10 * number + row, 32, 32).transpose(2, 0, 1).reshape(-1) for row in range(rows)])
        batch = {"data": pixels, "labels": [(number + row) % 10 for row in range(rows)]} | more
        (folder / name).write_bytes(pickle.dumps(batch, protocol=2))
    words = {"label_names": [f"kind {number}" for number in range(10)]}
    (folder / "batches.meta").write_bytes(pickle.dumps(words, protocol=2))


def test_that_cifar_is_read_batch_by_batch(place: Path) -> None:
    cifar(place / "cifar-10-batches-py")
    data = data_set("CIFAR10")
    assert (data.count, data.classes[3]) == (15, "kind 3")
    for batch, row in ((0, 0), (3, 2), (4, 1), (0, 2)):
        np.testing.assert_array_equal(data.picture(3 * batch + row), levels(10 * batch + row, 32, 32))
        assert data.label(3 * batch + row) == (batch + row) % 10
    assert data_set("CIFAR10/test").count == 3
    assert data.origin(14) == "data:CIFAR10/train#14"
    assert data_set(str(place / "cifar-10-batches-py")).count == 15


def test_that_a_batch_as_it_is_downloaded_is_read(place: Path) -> None:
    """Python 2 wrote it: bytes as text, and everything in an order of its own."""
    cifar(place / "cifar-10-batches-py", rows=2)
    levels_ = np.random.default_rng(5).integers(0, 256, (2, 3072), np.uint8).tobytes()
    kind = b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    made = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
    state = b"(K\x01K\x02M\x00\x0c\x86" + kind + b"\x89T" + len(levels_).to_bytes(4, "little") + levels_ + b"tb"
    batch = b"\x80\x02}(U\x06labels](K\x03K\x07eU\x04data" + made + state + b"u."
    assert pickle.loads(batch, encoding="latin1")["data"].tobytes() == levels_
    (place / "cifar-10-batches-py" / "data_batch_2").write_bytes(batch)
    data = data_set("CIFAR10")
    assert [data.label(index) for index in (2, 3)] == [3, 7]
    assert data.picture(3).transpose(2, 0, 1).tobytes() == levels_[3072:]


def test_that_labels_beyond_the_classes_are_said(place: Path) -> None:
    cifar(place / "cifar-10-batches-py", labels=[1, 2, 99])
    with pytest.raises(Problem, match="labels of more than 10 classes"):
        data_set("CIFAR10").label(0)
    digits(place / "MNIST" / "raw")
    idx(place / "MNIST" / "raw" / "train-labels-idx1-ubyte", np.full(9, 200, np.uint8))
    with pytest.raises(Problem, match="labels of more than 10 classes"):
        data_set("MNIST").label(0)


def test_that_a_batch_that_would_run_something_runs_nothing(place: Path, tmp_path: Path) -> None:
    class Bad:
        def __reduce__(self) -> tuple[object, ...]:
            return os.mkdir, (str(tmp_path / "it ran"),)

    cifar(place / "cifar-10-batches-py", more=Bad())
    with pytest.raises(Problem, match=r"no batch of CIFAR \(it asks for (posix|nt)\.mkdir\)"):
        data_set("CIFAR10").picture(0)
    assert not (tmp_path / "it ran").exists()


def test_that_others_are_read_by_torchvision(place: Path) -> None:
    for seed, name in enumerate(["Forest/a.png", "River/b.png", "River/c.png"]):
        save(place / "eurosat" / "2750" / name, seed)
    data = data_set("eurosat")
    assert (data.count, data.classes) == (3, ("Forest", "River"))
    assert [data.label(index) for index in range(3)] == [0, 1, 1]
    np.testing.assert_array_equal(data.picture(1), levels(1))
    assert data.origin(2) == "data:EuroSAT#2"
    (place / "eurosat" / "2750" / "River" / "c.png").write_bytes(b"nothing")
    with pytest.raises(Problem, match="Picture 2 of EuroSAT cannot be read"):
        data.picture(2)
    with pytest.raises(Problem, match="EuroSAT is not divided into parts"):
        data_set("EuroSAT/test")


def test_that_a_part_that_torchvision_does_not_know_is_said(place: Path) -> None:
    with pytest.raises(Problem, match="no part “nights” of GTSRB"):
        data_set("GTSRB/nights")


@pytest.mark.parametrize("name", ["MNIST", "CIFAR10", "CIFAR100/test", "SVHN", "Flowers102/val"])
def test_that_a_set_that_was_not_downloaded_is_said_and_where_it_belongs(name: str, place: Path) -> None:
    with pytest.raises(Problem, match=f"was not downloaded: .*{place}"):
        data_set(name)
