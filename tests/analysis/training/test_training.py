"""Training: seeded, interruptible, and clear about data it cannot use."""

import hashlib
import itertools
import json
import math
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

import analysis.training.__main__ as command
from analysis.opening.loading import finished
from analysis.shipped import BUILTINS
from analysis.shipped import weights as shipped
from analysis.training import dynamics, lenet, loop, resnet_cifar
from analysis.training.course import Moment, normalised
from analysis.training.distortion import Distortion, distort, shifted, with_gaps
from analysis.training.examples import Examples, read_examples
from analysis.training.lenet import pen_width
from analysis.training.loop import learning_rate

LENET = next(builtin for builtin in BUILTINS if builtin.name == "lenet")


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    """Two batches of blobs whose place says their class, in the format of the real data."""
    file = tmp_path / "digits.npz"
    pictures, labels = _blobs(256)
    test_pictures, test_labels = _blobs(40)
    np.savez(file, x_train=pictures, y_train=labels, x_test=test_pictures, y_test=test_labels)
    return file


def _blobs(count: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    labels = (np.arange(count) % 10).astype(np.uint8)
    pictures = np.zeros((count, 28, 28), np.uint8)
    for picture, label in zip(pictures, labels, strict=True):
        row, column = 5 + 9 * (label // 5), 3 + 5 * (label % 5)
        picture[row : row + 5, column : column + 4] = 220
    return pictures, labels


def _train(digits: Path, out: Path, *more: str) -> int:
    return command.main(["lenet", "--data", str(digits), "--out", str(out), *more])


def _sha256(folder: Path) -> str:
    return hashlib.sha256((folder / "lenet.safetensors").read_bytes()).hexdigest()


def test_that_training_learns_and_writes_weights_with_their_card(digits: Path, tmp_path: Path) -> None:
    assert _train(digits, tmp_path / "out", "--epochs", "12") == 0
    card = json.loads((tmp_path / "out" / "lenet.json").read_text(encoding="utf-8"))
    assert card["scores"]["test_accuracy"] > 0.5  # by chance 0.1
    assert card["sha256"] == _sha256(tmp_path / "out")
    assert card["epochs"] == 12
    assert card["parameters"] == 105_506
    assert str(tmp_path) not in json.dumps(card)
    assert card["command"] == "python -m analysis.training lenet --epochs 12 --seed 0 --data digits.npz --out weights"
    network = LENET.build()
    network.load_state_dict(shipped.load(LENET, tmp_path / "out"))
    assert all(tensor.dtype in (torch.float32, torch.int64) for tensor in network.state_dict().values())


def test_that_the_same_seed_gives_the_same_weights_and_another_seed_others(digits: Path, tmp_path: Path) -> None:
    for folder, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        assert _train(digits, tmp_path / folder, "--epochs", "1", "--seed", seed) == 0
    assert _sha256(tmp_path / "a") == _sha256(tmp_path / "b")
    assert _sha256(tmp_path / "a") != _sha256(tmp_path / "c")


def test_that_an_interrupted_training_goes_on_to_the_same_weights(
    digits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _train(digits, tmp_path / "whole", "--epochs", "3") == 0

    def interrupt(sentence: str) -> None:
        if "epoch 2 of 3, batch" in sentence:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(command, "_say", interrupt)
        assert _train(digits, tmp_path / "parts", "--epochs", "3") == 130
    assert "--resume" in capsys.readouterr().err
    assert not (tmp_path / "parts" / "lenet.safetensors").exists()
    assert _train(digits, tmp_path / "parts", "--epochs", "3", "--resume") == 0
    assert "goes on after epoch 1 of 3" in capsys.readouterr().out
    assert _sha256(tmp_path / "whole") == _sha256(tmp_path / "parts")


def test_that_a_training_is_stepped_and_stopped_between_two_batches(digits: Path, tmp_path: Path) -> None:
    course, examples = lenet.course(), read_examples(digits, side=28, channels=1, classes=10)
    file = tmp_path / "lenet.checkpoint"

    def steps(resume: bool = False) -> Generator[loop.Step, None, loop.Trained]:
        return loop.train(course, examples, 3, 7, file, resume)

    told: list[loop.Step] = []
    whole = finished(steps(), told.append)
    assert [type(step) for step in told[:4]] == [loop.Begun, loop.BatchLearned, loop.BatchLearned, loop.EpochDone]
    assert [step.batch for step in told if isinstance(step, loop.BatchLearned)] == [1, 2] * 3
    ends = [step for step in told if isinstance(step, loop.EpochDone)]
    assert [(step.epoch, step.epochs) for step in ends] == [(1, 3), (2, 3), (3, 3)]
    assert all(0 <= step.scores["test_accuracy"] <= 1 for step in ends)
    file.unlink()
    stopped = steps()
    for step in stopped:
        if isinstance(step, loop.BatchLearned) and step.epoch == 2:
            break
    stopped.close()
    again: list[loop.Step] = []
    resumed = finished(steps(resume=True), again.append)
    assert again[0] == loop.Begun(1, 3)
    for name, tensor in whole.network.state_dict().items():
        assert torch.equal(tensor, resumed.network.state_dict()[name])


def test_that_a_training_draws_from_nobody_elses_generator(digits: Path, tmp_path: Path) -> None:
    course, examples = lenet.course(), read_examples(digits, side=28, channels=1, classes=10)
    torch.manual_seed(11)
    alone = torch.rand(3)
    torch.manual_seed(11)
    steps = loop.train(course, examples, 1, 7, tmp_path / "lenet.checkpoint", False)
    drawn = [torch.rand(1) for _ in steps]
    assert torch.equal(torch.cat(drawn)[:3], alone)


def test_that_a_loss_that_is_no_number_ends_the_training_and_leaves_the_checkpoint_before(
    digits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _train(digits, tmp_path, "--epochs", "1") == 0
    before = (tmp_path / "lenet.checkpoint").read_bytes()
    capsys.readouterr()
    monkeypatch.setattr(loop, "learning_rate", lambda *_: 1e30)
    code = _train(digits, tmp_path, "--epochs", "3", "--resume")
    assert "no longer a number" in _refusal(capsys, code)
    assert (tmp_path / "lenet.checkpoint").read_bytes() == before


def test_that_progress_says_what_is_left(digits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _train(digits, tmp_path, "--epochs", "2") == 0
    assert "epoch 1 of 2 done, test accuracy" in (told := capsys.readouterr().out)
    assert "left" in told


def _refusal(capsys: pytest.CaptureFixture[str], code: int) -> str:
    told = capsys.readouterr().err.strip()
    assert code == 2
    assert told
    assert "\n" not in told
    assert "Traceback" not in told
    return told


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"x_train": None}, "x_train"),
        ({"y_test": None}, "y_test"),
        ({"x_train": np.zeros((5, 27, 28), np.uint8)}, "N×28×28"),
        ({"x_train": np.zeros((5, 28, 28))}, "uint8"),
        ({"x_test": np.zeros((0, 28, 28), np.uint8), "y_test": np.zeros(0, np.uint8)}, "uint8"),
        ({"y_train": np.zeros(3, np.uint8)}, "labels"),
        ({"y_test": np.full(40, 10, np.uint8)}, "outside 0 to 9"),
    ],
)
def test_that_unusable_data_is_refused_in_a_sentence(
    digits: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: dict[str, NDArray[np.generic] | None],
    said: str,
) -> None:
    with np.load(digits) as stored:
        arrays: dict[str, NDArray[np.generic]] = dict(stored)
    for name, value in change.items():
        arrays.pop(name)
        if value is not None:
            arrays[name] = value
    np.savez(tmp_path / "bad.npz", allow_pickle=False, **arrays)
    assert said in _refusal(capsys, _train(tmp_path / "bad.npz", tmp_path / "out"))


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x03\x04 broken"])
def test_that_a_file_that_is_no_npz_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    (tmp_path / "bad.npz").write_bytes(content)
    assert "bad.npz" in _refusal(capsys, _train(tmp_path / "bad.npz", tmp_path / "out"))


def test_that_a_missing_file_and_pickled_data_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "none.npz" in _refusal(capsys, _train(tmp_path / "none.npz", tmp_path / "out"))
    objects = np.array([{"code": "runs"}], dtype=object)
    np.savez(tmp_path / "pickled.npz", x_train=objects)
    assert "pickled.npz" in _refusal(capsys, _train(tmp_path / "pickled.npz", tmp_path / "out"))


def test_that_damaged_jpegs_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "jpegs.npz"
    np.savez(
        file,
        jpeg_train=np.zeros(50, np.uint8),
        offset_train=np.array([0, 25, 50]),
        y_train=np.zeros(2, np.uint8),
    )
    code = command.main(["resnet-cifar", "--data", str(file), "--out", str(tmp_path / "out")])
    assert "training pictures" in _refusal(capsys, code)


def test_that_resuming_needs_a_sound_checkpoint_of_the_same_run(
    digits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "without --resume" in _refusal(capsys, _train(digits, tmp_path / "out", "--resume"))
    assert _train(digits, tmp_path / "out", "--epochs", "1", "--seed", "1") == 0
    capsys.readouterr()
    assert "seed 1" in _refusal(capsys, _train(digits, tmp_path / "out", "--resume", "--seed", "2"))
    (tmp_path / "out" / "lenet.checkpoint").write_bytes(b"half a file")
    assert "damaged" in _refusal(capsys, _train(digits, tmp_path / "out", "--resume"))


def test_that_odd_wishes_are_refused(digits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--epochs 0" in _refusal(capsys, _train(digits, tmp_path / "out", "--epochs", "0"))
    code = command.main(["dynamics", "--data", str(digits), "--out", str(tmp_path / "out")])
    assert "simulates its own" in _refusal(capsys, code)
    assert "cannot be made" in _refusal(capsys, _train(digits, digits / "below a file"))


def test_that_the_learning_rate_rises_stays_and_falls_to_nothing() -> None:
    rates = [learning_rate(1.0, step / 1000) for step in range(1, 1001)]
    assert max(rates) == 1
    assert rates[0] < 0.05
    assert all(rate == 1 for rate in rates[60:340])
    assert all(later < earlier for earlier, later in itertools.pairwise(rates[400:]))
    assert rates[-1] == 0


def test_that_a_distortion_of_nothing_changes_nothing() -> None:
    pictures = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 255
    still = Distortion((1.0, 1.0), degrees=0, shift=0, aspect=0, mirror=False, outside="zeros")
    assert torch.allclose(distort(pictures, 32, still, torch.Generator()), pictures, atol=1e-3)


def test_that_mirroring_mirrors_about_half_of_the_pictures() -> None:
    pictures = torch.rand(1, 1, 8, 8).repeat(200, 1, 1, 1)
    how = Distortion((1.0, 1.0), degrees=0, shift=0, aspect=0, mirror=True, outside="zeros")
    mirrored = distort(pictures, 8, how, torch.Generator().manual_seed(1))
    same = torch.isclose(mirrored, pictures, atol=1e-4).flatten(1).all(1)
    turned = torch.isclose(mirrored, pictures.flip(-1), atol=1e-4).flatten(1).all(1)
    assert (same ^ turned).all()
    assert 70 < int(same.sum()) < 130


def test_that_a_smaller_cut_out_shows_things_larger() -> None:
    dot = torch.zeros(1, 1, 32, 32)
    dot[:, :, 12:20, 12:20] = 255
    near = Distortion((0.8, 0.8), degrees=0, shift=0, aspect=0, mirror=False, outside="zeros")
    area = [float(distort(dot, 32, near, torch.Generator().manual_seed(seed)).sum() / 255) for seed in range(5)]
    assert area == pytest.approx([64 / 0.64] * 5, rel=0.02)


def test_that_pen_widths_vary_in_both_directions() -> None:
    stroke = torch.zeros(300, 1, 28, 28)
    stroke[:, :, 4:24, 12:16] = 255
    ink = pen_width(stroke, torch.Generator().manual_seed(0)).sum(dim=(1, 2, 3)) / stroke[0].sum()
    assert (ink > 1.05).float().mean() > 0.2
    assert (ink < 0.95).float().mean() > 0.2
    assert (ink == 1).float().mean() > 0.2
    assert ink.max() < 1.9
    assert ink.min() > 0.4


def test_that_a_learning_rate_may_fall_in_a_bow() -> None:
    assert learning_rate(1.0, 0.2, fall=2) == 1
    assert learning_rate(1.0, 0.675, fall=2) == pytest.approx(0.25)
    assert learning_rate(1.0, 1.0, fall=2) == 0


def test_that_the_rate_leaves_its_bow_where_statistics_settle_and_falls_straight_to_nothing() -> None:
    course = replace(lenet.course(), rate=1.0, fall=2.0, settled_from=0.8, settled_rate=0.03, bow=1.1)
    assert loop.rate(course, 0.7) == learning_rate(1.0, 0.77, fall=2)
    assert [loop.rate(course, progress) for progress in (0.8, 0.9, 1.0)] == pytest.approx([0.03, 0.015, 0])
    plain = lenet.course()
    assert loop.rate(plain, 0.9) == learning_rate(plain.rate, 0.9)


def test_that_shifts_move_whole_pixels_and_mirror_half_of_the_pictures() -> None:
    picture = torch.arange(64, dtype=torch.uint8).view(1, 1, 8, 8)
    moved = shifted(picture.repeat(400, 1, 1, 1), 2, torch.Generator().manual_seed(0))
    grown = functional.pad(picture.float(), (2, 2, 2, 2), mode="reflect")[0, 0]
    places = [grown[row : row + 8, column : column + 8] for row in range(5) for column in range(5)]
    windows = torch.stack([*places, *(place.flip(-1) for place in places)]).to(torch.uint8)
    found = (moved == windows[None, :].view(1, 50, 8, 8)).flatten(2).all(2)
    assert (found.sum(1) == 1).all()
    assert (found.sum(0) > 0).all()  # each of the 25 places, both ways round
    assert 150 < int(found[:, 25:].sum()) < 250


def test_that_gaps_are_squares_that_may_lie_partly_outside() -> None:
    holed = with_gaps(torch.ones(300, 2, 16, 16), 6, torch.Generator().manual_seed(0))
    assert torch.equal(holed[:, 0], holed[:, 1])
    sizes = (holed[:, 0] == 0).flatten(1).sum(1)
    assert sizes.max() == 36
    assert sizes.min() == 9  # a corner
    rows = (holed[:, 0] == 0).any(2).sum(1)
    columns = (holed[:, 0] == 0).any(1).sum(1)
    assert torch.equal(rows * columns, sizes)


def cifar(count: int) -> Examples:
    pictures = torch.randint(256, (count, 3, 32, 32), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    return Examples(pictures, torch.zeros(count, dtype=torch.int64), pictures[:1], torch.zeros(1))


def test_that_cifar_batches_become_mixed_and_all_take_as_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resnet_cifar, "BATCH", 18)
    examples = cifar(90)

    def batches(epoch: int) -> list[tuple[int, int]]:
        moment = Moment(epoch, 100, torch.Generator().manual_seed(epoch))
        made = list(resnet_cifar.course().batches(examples, moment))
        assert all(len(inputs) == len(targets) for inputs, targets in made)
        return [(inputs.shape[-1], len(inputs)) for inputs, _ in made]

    assert batches(0) == batches(84) == [(32, 18)] * 5
    last = [size for epoch in range(85, 100) for size in batches(epoch)]
    assert set(last) == {(32, 18), (48, 8), (64, 4), (96, 2)}
    assert last.count((32, 18)) > len(last) / 2


class Normalised(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.bn, self.last = torch.nn.BatchNorm2d(1), torch.nn.Linear(1, 10)

    def forward(self, x: Tensor) -> Tensor:
        answer: Tensor = self.last(self.bn(x).mean((2, 3)))
        return answer


def statistics(network: torch.nn.Module) -> tuple[Tensor, Tensor]:
    assert isinstance(network, Normalised)
    assert network.bn.running_mean is not None
    return network.bn.running_mean.clone(), network.last.weight.detach().clone()


@pytest.mark.parametrize("stopped_after", [1, 2, 3])
def test_that_settled_statistics_stay_while_the_weights_go_on(
    digits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stopped_after: int
) -> None:
    """Also when the training is interrupted before, when or after they settle."""
    course = replace(lenet.course(), builtin=replace(LENET, build=Normalised), settled_from=0.5, settled_rate=0.05)
    examples, file = course.gather(digits, tmp_path, 0), tmp_path / "run.checkpoint"
    seen: list[tuple[Tensor, Tensor]] = []

    def look(_course: object, network: torch.nn.Module, *_: object, **__: object) -> dict[str, float]:
        seen.append(statistics(network))
        return {}

    monkeypatch.setattr(loop, "score", look)
    whole = finished(loop.train(course, examples, 4, 0, tmp_path / "whole.checkpoint", False), str).network
    means, weights = zip(*seen, strict=True)
    assert not torch.equal(means[0], means[1])
    assert torch.equal(means[1], means[3])
    assert not torch.equal(weights[1], weights[2])
    interrupted = loop.train(course, examples, 4, 0, file, False)
    for step in interrupted:
        if isinstance(step, loop.EpochDone) and step.epoch == stopped_after:
            break
    interrupted.close()
    resumed = finished(loop.train(course, examples, 4, 0, file, True), str).network
    assert all(map(torch.equal, statistics(resumed), statistics(whole)))


def test_that_the_first_filters_begin_uncorrelated() -> None:
    network, examples = resnet_cifar.RESNET_CIFAR.build(), cifar(64)
    resnet_cifar.course().prepare(network, examples)
    first = network.get_submodule("conv")
    with torch.no_grad():
        answers = first(normalised(examples.inputs, resnet_cifar.RESNET_CIFAR))[:, :, 1:-1, 1:-1]
    answers = answers.movedim(1, 0).flatten(1)
    assert torch.allclose(answers[:16], -answers[16:], atol=1e-5)
    correlations = torch.corrcoef(answers[:16]) - torch.eye(16)
    assert correlations.abs().max() < 0.05


def test_that_the_jpegs_of_the_shared_data_are_read(shared: Path) -> None:
    examples = resnet_cifar.course().gather(shared / "data" / "cifar10_jpeg.npz", shared, 0)
    assert examples.inputs.shape == (50_000, 3, 32, 32)
    assert examples.test_inputs.shape == (10_000, 3, 32, 32)
    assert torch.bincount(examples.test_targets).tolist() == [1000] * 10
    # An aeroplane's sky is blue on average.
    planes = examples.inputs[examples.targets == 0].float().mean(dim=(0, 2, 3))
    assert planes.argmax() == 2


def test_that_simulated_examples_are_seeded_and_turned_alike(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(dynamics, "SCENES", 64)
    monkeypatch.setattr(dynamics, "TEST_SCENES", 8)
    course = dynamics.course()
    one, other = course.gather(None, tmp_path, 3), course.gather(None, tmp_path, 3)
    assert torch.equal(one.inputs, other.inputs)
    assert torch.equal(one.targets, other.targets)
    assert not torch.equal(one.inputs, course.gather(None, tmp_path, 4).inputs)
    ((inputs, targets),) = course.batches(one, Moment(0, 1, torch.Generator().manual_seed(0)))
    still = (inputs[:, :1] - targets).abs().mean()
    astray = (inputs[:, :1] - targets.roll(1, 0)).abs().mean()
    assert still < 0.5 * astray
    assert targets.max() <= 1


def test_that_the_simple_guesses_are_scored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Unmoved(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.here = torch.nn.Parameter(torch.zeros(1))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x[:, :1]

    monkeypatch.setattr(dynamics, "SCENES", 8)
    monkeypatch.setattr(dynamics, "TEST_SCENES", 100)
    course = dynamics.course()
    examples = course.gather(None, tmp_path, 0)
    with torch.no_grad():
        scores = course.score(Unmoved(), examples, True)
    assert math.isclose(scores["test_mse"], scores["nothing_moves_mse"], rel_tol=1e-5)
    assert 0 < scores["only_the_grasped_moves_mse"] < scores["nothing_moves_mse"]
