"""Tensors as pictures: the numbers that a network gets are those of the file, and what could do harm is refused."""

import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from torch import nn
from torchvision.transforms import InterpolationMode
from torchvision.transforms.functional import center_crop, resize

from analysis.methods.run import resolved, run
from analysis.network.network import Network
from analysis.opening.assembly import assembled
from analysis.opening.loading import finished
from analysis.pictures.chosen import picture_of
from analysis.pictures.images import open_origin, sha256_of
from analysis.pictures.tensors import is_tensor
from analysis.protocol.frame import Frame
from analysis.protocol.origin import Origin, origin_of_tensor
from analysis.protocol.planes import Planes
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice, PictureChoice, Recipe
from analysis.protocol.requests import LiveRequest
from analysis.question.scalar import class_vector
from analysis.results.kinds import Heat, Windows
from analysis.results.looks import MapsLook
from analysis.running.live import LiveView

MEAN, STD = (500.0, 400.0, 300.0, 200.0), (300.0, 200.0, 100.0, 50.0)


def planes(count: int = 4, height: int = 24, width: int = 20, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(500, 300, (count, height, width)).astype(np.float32)


def network(channels: int = 4, height: int = 24, width: int = 20, **changes: object) -> Network:
    torch.manual_seed(1)
    module = nn.Sequential(nn.Conv2d(channels, 6, 3), nn.ReLU(), nn.Flatten(), nn.LazyLinear(3))
    size = {"resize": min(height, width), "fit": "stretch", "mean": MEAN[:channels], "std": STD[:channels], **changes}
    seen = Preprocessing(height, width, channels=channels, **size)  # type: ignore[arg-type]
    module(torch.zeros(1, channels, height, width))
    return assembled(module, ModelChoice("own"), "Own", seen)


def saved(folder: Path, array: np.ndarray, name: str = "scan.npy") -> str:
    np.save(folder / name, array)
    return str(folder / name)


def opened(path: str) -> Planes:
    picture = open_origin(path)
    assert isinstance(picture, Planes)
    return picture


def asked(of: Network, picture: Planes, method: str = "gradient", **settings: object) -> object:
    recipe = Recipe(of.choice, PictureChoice("scan.npy"), target="class:1", method=method, settings=settings)  # type: ignore[arg-type]
    return finished(run(resolved(of, recipe, picture)), lambda step: None)


# --- the numbers


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int16, np.uint16, ">f4", np.float16])
def test_that_a_network_gets_the_numbers_of_the_file_and_no_levels(tmp_path: Path, kind: str) -> None:
    array = np.abs(planes()).astype(kind)
    net = network()
    given = net.input_of_fitted(net.picture(opened(saved(tmp_path, array))))
    mean, std = (np.array(of, np.float32)[:, None, None] for of in (MEAN, STD))
    assert np.array_equal(given[0].numpy(), (array.astype(np.float32) - mean) / std)


def test_that_bytes_are_levels_as_in_any_picture(tmp_path: Path) -> None:
    levels = np.random.default_rng(0).integers(0, 256, (24, 20, 3), np.uint8)
    net = network(3)
    given = net.input_of_fitted(net.picture(opened(saved(tmp_path, levels))))
    assert torch.equal(given, net.input_of_fitted(net.picture(levels)))


@pytest.mark.parametrize("fit", ["crop", "stretch"])
@pytest.mark.parametrize("filter_", ["bilinear", "bicubic"])
def test_that_it_is_scaled_and_cut_as_torchvision_does_unrounded(tmp_path: Path, fit: str, filter_: str) -> None:
    array = planes(4, 60, 45)
    net = network(4, 20, 20, fit=fit, resize=26, interpolation=filter_, mean=(0.0,) * 4, std=(1.0,) * 4)
    given = net.input_of_fitted(net.picture(opened(saved(tmp_path, array))))[0]
    how = InterpolationMode.BILINEAR if filter_ == "bilinear" else InterpolationMode.BICUBIC
    wanted = torch.from_numpy(array)
    size = [20, 20] if fit == "stretch" else 26
    wanted = resize(wanted, size, how, antialias=True)  # type: ignore[arg-type]
    assert torch.allclose(given, center_crop(wanted, [20, 20]), rtol=0, atol=0.05)


def test_that_a_mirrored_one_is_the_numbers_from_right_to_left(tmp_path: Path) -> None:
    array = planes()
    chosen = picture_of(PictureChoice(saved(tmp_path, array), mirrored=True))
    assert isinstance(chosen, Planes)
    assert np.array_equal(np.stack(chosen.planes), array[..., ::-1])
    assert np.array_equal(chosen.pixels, opened(saved(tmp_path, array)).pixels[:, ::-1])


def test_that_what_is_looked_at_goes_from_black_to_white_and_changes_nothing(tmp_path: Path) -> None:
    array = planes()
    array[0, 0, 0], array[0, 0, 1] = 1e6, -1e6  # outliers
    one, other = (opened(saved(tmp_path, array) + f"#planes={which}") for which in ("0", "3,2,1"))
    assert one.pixels.shape == other.pixels.shape == (24, 20, 3)
    assert one.pixels.std() > 30
    assert np.array_equal(one.pixels[..., 0], one.pixels[..., 2])
    assert not np.array_equal(one.pixels, other.pixels)
    assert sha256_of(one) == sha256_of(other)
    net = network()
    assert torch.equal(net.input_of_fitted(net.picture(one)), net.input_of_fitted(net.picture(other)))


# --- which planes a network gets


def test_that_of_others_it_gets_the_planes_that_were_chosen_and_says_so(tmp_path: Path) -> None:
    array = planes(7)
    net = network(3)
    seen = net.picture(opened(saved(tmp_path, array) + "#planes=6,0,2"))
    assert isinstance(seen, Planes)
    assert np.array_equal(np.stack(seen.planes), array[[6, 0, 2]])
    assert any("it gets planes 6, 0, 2" in note for note in seen.notes)
    alone = network(1).picture(opened(saved(tmp_path, array) + "#planes=5"))
    assert isinstance(alone, Planes)
    assert np.array_equal(alone.planes[0], array[5])


@pytest.mark.parametrize(("count", "channels"), [(4, 5), (7, 4), (3, 1), (2, 4)])
def test_that_planes_that_are_too_few_or_too_many_are_refused(tmp_path: Path, count: int, channels: int) -> None:
    net = network(channels, mean=(0.0,) * channels, std=(1.0,) * channels)
    with pytest.raises(Problem, match=rf"takes {channels} plane.* has {count}"):
        net.picture(opened(saved(tmp_path, planes(count))))


def test_that_a_picture_of_colours_is_none_for_a_network_of_four_planes() -> None:
    net = network()
    with pytest.raises(Problem, match="takes 4 planes, and this picture gives 3"):
        net.input_of_fitted(net.picture(open_origin("sample:cat")))


# --- methods and what is live


def test_that_a_gradient_is_that_of_the_numbers(tmp_path: Path) -> None:
    net, array = network(), planes()
    ran = asked(net, opened(saved(tmp_path, array)))
    mean, std = (torch.tensor(of).view(-1, 1, 1) for of in (MEAN, STD))
    x = ((torch.from_numpy(array) - mean) / std)[None].requires_grad_()
    (wanted,) = torch.autograd.grad(net.module(x)[0, 1], x)
    assert np.allclose(ran.numbers["result"], wanted[0].numpy(), atol=1e-6)  # type: ignore[attr-defined]
    assert any("4 planes of 20×24 values" in note for note in ran.notes)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("fill", "share"), [("black", 0.0), ("grey", 0.5)])
def test_that_black_and_grey_are_those_of_each_plane(tmp_path: Path, fill: str, share: float) -> None:
    net, array = network(), planes()
    ran = asked(net, opened(saved(tmp_path, array)), "occlusion", mask=8, stride=8, fill=fill)
    heat = ran.result  # type: ignore[attr-defined]
    assert isinstance(heat, Heat)
    assert isinstance(heat.over, Windows)
    mean, std = (torch.tensor(of).view(-1, 1, 1) for of in (MEAN, STD))
    least, most = (torch.from_numpy(of) for of in (array.min((1, 2)), array.max((1, 2))))
    top, left = (int(one) for one in heat.over.corners[1, 1])
    covered = torch.from_numpy(array).clone()
    covered[:, top : top + 8, left : left + 8] = (least + share * (most - least)).view(-1, 1, 1)
    with torch.no_grad():
        before, after = (net.module(((one - mean) / std)[None])[0, 1] for one in (torch.from_numpy(array), covered))
    assert float(heat.values[1, 1]) == pytest.approx(float(before - after), abs=1e-3)
    assert any("black is the least number of each plane" in note for note in ran.notes)  # type: ignore[attr-defined]


def test_that_what_is_live_is_answered_by_the_numbers(tmp_path: Path) -> None:
    net, picture = network(), opened(saved(tmp_path, planes()))
    frame = Frame(picture, 1, "/scan.npy", 0.0)
    live = LiveView(net).answer(LiveRequest(1, 1, frame, "0", 2, MapsLook()), 1)
    with torch.no_grad():
        wanted = class_vector(net, net.input_of_fitted(net.picture(picture)))[0]
    assert live.logits is not None
    assert np.allclose(live.logits, wanted.numpy(), atol=1e-4)
    assert np.array_equal(live.picture, picture.pixels)
    assert any("values from" in note for note in live.notes)


def test_that_a_mean_made_for_levels_is_told_where_values_are_none(tmp_path: Path) -> None:
    usual = network(3, mean=(0.5, 0.5, 0.5), std=(0.2, 0.2, 0.2))
    seen = usual.picture(opened(saved(tmp_path, planes(3))))
    assert isinstance(seen, Planes)
    assert any("made for values from 0 to 1" in note for note in seen.notes)
    fits = network(3).picture(opened(saved(tmp_path, planes(3))))
    assert isinstance(fits, Planes)
    assert not any("made for values" in note for note in fits.notes)


# --- files


def test_that_each_kind_of_file_gives_the_same_numbers(tmp_path: Path) -> None:
    array = planes()
    np.savez(tmp_path / "plain.npz", scan=array)
    np.savez_compressed(tmp_path / "packed.npz", labels=np.arange(3), scan=array, other=array[0])
    torch.save(torch.from_numpy(array), tmp_path / "tensor.pt")
    torch.save(nn.Parameter(torch.from_numpy(array)), tmp_path / "parameter.pt")
    torch.save({"other": 1, "scan": torch.from_numpy(array)}, tmp_path / "named.pt")
    torch.save(torch.from_numpy(array), tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    np.save(tmp_path / "last.npy", np.moveaxis(array, 0, 2))
    np.save(tmp_path / "fortran.npy", np.asfortranarray(array))
    np.save(tmp_path / "many.npy", np.stack([array - 1, array]))
    names = ["plain.npz", "packed.npz#array=scan", "tensor.pt", "parameter.pt", "named.pt", "old.pt", "last.npy"]
    for name in [*names, "fortran.npy", "many.npy#item=1"]:
        assert np.array_equal(np.stack(opened(str(tmp_path / name)).planes), array), name


def test_that_which_files_are_tensors_is_seen_without_running_them(tmp_path: Path) -> None:
    torch.save(planes_of := torch.zeros(3, 4, 5), tmp_path / "tensor.pt")
    torch.save(nn.Linear(2, 2).state_dict(), tmp_path / "weights.pt")
    torch.save({"x": planes_of}, tmp_path / "named.pt")
    np.savez(tmp_path / "a.npz", planes())
    np.savez(tmp_path / "figure.npz", result=planes(), recipe=np.array("{}"))
    (tmp_path / "text.pt").write_text("no zip")
    np.save(tmp_path / "a.npy", planes())
    found = {name for name in os.listdir(tmp_path) if is_tensor(str(tmp_path / name))}
    assert found == {"tensor.pt", "a.npz", "a.npy"}


class Harm:
    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (os.environ["HARM"],)


def test_that_hostile_and_odd_files_are_refused_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARM", str(tmp_path / "harm"))
    np.save(tmp_path / "objects.npy", np.array([Harm(), 1], object), allow_pickle=True)
    np.savez(tmp_path / "objects.npz", x=np.array([[Harm(), 1]], object))
    (tmp_path / "pickle.npy").write_bytes(pickle.dumps(Harm()))
    torch.save(Harm(), tmp_path / "harm.pt")
    torch.save(torch.zeros(1).expand(4, 100_000, 100_000), tmp_path / "endless.pt")
    torch.save(torch.zeros(4, 5, 5, device="meta"), tmp_path / "meta.pt")
    torch.save(torch.zeros(4, 5, 5).to_sparse(), tmp_path / "sparse.pt")
    np.save(tmp_path / "nothing.npy", np.zeros((4, 0, 5)))
    np.save(tmp_path / "line.npy", np.zeros(5))
    np.save(tmp_path / "five.npy", np.zeros((1, 1, 2, 3, 4)))
    np.save(tmp_path / "complex.npy", np.zeros((4, 5, 5), complex))
    np.save(tmp_path / "text.npy", np.array([["a", "b"]]))
    np.save(tmp_path / "records.npy", np.zeros((4, 5), [("a", "f4"), ("b", "f4")]))
    np.save(tmp_path / "nan.npy", np.full((4, 5, 5), np.nan))
    np.save(tmp_path / "inf.npy", np.full((4, 5, 5), np.inf, np.float16))
    np.save(tmp_path / "large.npy", np.full((4, 5, 5), 1e300))
    whole = Path(saved(tmp_path, planes(), "whole.npy")).read_bytes()
    (tmp_path / "cut.npy").write_bytes(whole[:1000])
    header = whole[:128].replace(b"(4, 24, 20)", b"(4,1<<40,1)")
    (tmp_path / "header.npy").write_bytes(header)
    (tmp_path / "empty.npy").write_bytes(b"")
    (tmp_path / "rubbish.npz").write_bytes(b"PK\x03\x04" + os.urandom(200))
    names = sorted(os.listdir(tmp_path))
    names.remove("whole.npy")
    os.mkdir(tmp_path / "folder.npy")
    for name in [*names, "folder.npy", "missing.npy", "whole.npy#planes=4", "whole.npy#planes=0,1", "whole.npy#item=2"]:
        with pytest.raises(Problem, match=r"\w.*[.:]") as refused:
            opened(str(tmp_path / name))
        assert "\n" not in str(refused.value)
    assert not (tmp_path / "harm").exists()


def test_that_what_unpacks_to_far_more_than_it_holds_is_never_unpacked(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "bomb.npz", x=np.zeros((160, 2000, 1000), np.float64))
    with pytest.raises(Problem, match="far more than it holds"):
        opened(str(tmp_path / "bomb.npz"))


def test_that_a_large_file_is_looked_at_where_it_lies(tmp_path: Path) -> None:
    picture = opened(saved(tmp_path, planes(4, 300, 200)))
    assert all(isinstance(plane.base, np.memmap) or isinstance(plane, np.memmap) for plane in picture.planes)


# --- origins

_paths = st.text(st.characters(exclude_characters="\0#", exclude_categories=("Cs",)), min_size=1, max_size=30)
_arrays = st.text(st.characters(exclude_characters="\0#", exclude_categories=("Cs",)), max_size=20)


@given(_paths, _arrays, st.integers(0, 999), st.lists(st.integers(0, 999), max_size=3))
@example("/a b/é.npz", "x,y=3", 2, [3, 2, 1])
def test_that_a_tensor_is_read_back_from_its_origin(path: str, array: str, item: int, planes: list[int]) -> None:
    text = origin_of_tensor(f"/{path}", array, item, tuple(planes))
    origin = Origin.parse(text)
    assert (origin.path, origin.array, origin.place or 0, list(origin.planes)) == (f"/{path}", array, item, planes)
    assert origin.kind == ("tensor" if array or item or planes else "file")
    assert origin.can_be_found_again
    assert origin.whole.text == f"/{path}"


def test_that_a_file_that_is_really_called_so_is_that_file(tmp_path: Path) -> None:
    np.save(tmp_path / "scan.npy", planes())
    os.rename(tmp_path / "scan.npy", tmp_path / "scan.npy#planes=1")
    assert Origin.found(str(tmp_path / "scan.npy#planes=1")).kind == "file"
