"""What is written down of an operation is what torch computes, in whatever way it is called, or nothing is written."""

import math
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from analysis.network.agreement import agree
from analysis.network.unlike import unlike
from analysis.quick.runtime.proof import CLOSE, outputs_of
from analysis.quick.runtime.sessions import Session
from analysis.quick.runtime.written_down import Written, written_down

pytest.importorskip("onnxruntime")

Forward = Callable[[Tensor], Tensor]
MASK = torch.ones(8, 8, dtype=torch.bool).triu(1)
ORDER = torch.tensor([2, 0, -2])
WEIGHT = torch.randn(4, 8, generator=torch.Generator().manual_seed(5))
KERNELS = torch.randn(3, 3, 3, 2, generator=torch.Generator().manual_seed(8)) * 0.2
TABLE = torch.randn(1, 4, 4, 2, generator=torch.Generator().manual_seed(6)).tanh()


def moved(x: Tensor) -> Tensor:
    return torch.eye(2, 3)[None] + x.mean((2, 3))[:, :2, None] * 0.1


class Does(nn.Module):
    def __init__(self, does: Forward) -> None:
        super().__init__()
        self._does = does

    def forward(self, x: Tensor) -> Tensor:
        return self._does(x)


def given(count: int = 1) -> Tensor:
    return torch.randn(count, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def of(does: Forward, picture: Tensor) -> Written | None:
    with torch.no_grad():
        return written_down(Does(does), picture, [])


def alike(does: Forward, picture: Tensor, more: dict[str, Tensor] | None = None) -> bool:
    """On unlike pictures, whole answers."""
    written = of(does, picture)
    assert written is not None
    assert written.answer is not None
    session = Session(written, outputs_of(written, []))
    others = [picture, *(one.expand_as(picture) for one in unlike(picture).values()), *(more or {}).values()]
    return all(agree([session.run(one)[written.answer]], [does(one.clone())], CLOSE) for one in others)


OPERATIONS: dict[str, Forward] = {
    # of each number
    "rsqrt": lambda x: torch.rsqrt(x.abs() + 0.1),
    "log1p": lambda x: torch.log1p(x.abs() * 1e-6),
    "log2, log10": lambda x: torch.log2(x.abs() + 1) + torch.log10(x.abs() + 1),
    "exp2": lambda x: torch.exp2(x / 4),
    "square, cube": lambda x: x.square() + (x / 9) ** 3,
    "tan, atan, asin, acos": lambda x: (x / 40).tan() + x.atan() + (x / 40).asin() + (x / 40).acos(),
    "sinh, cosh, asinh": lambda x: (x / 9).sinh() + (x / 9).cosh() + x.asinh(),
    "lerp": lambda x: torch.lerp(x, x.flip(3), 0.3) + torch.lerp(x, x.flip(2), x.sigmoid()),
    "addcmul, addcdiv": lambda x: torch.addcmul(x, x, x, value=0.5).addcdiv(x, x.abs() + 1, value=2),
    "whole numbers of its own": lambda x: x * torch.arange(8) + torch.arange(8)[:, None],
    "chosen by its own": lambda x: torch.where(MASK, x, -x) + x.masked_fill(MASK, -3.0),
    "sign of its size": lambda x: torch.sign(x) * F.relu(torch.abs(x)),
    # activations
    "softplus": lambda x: F.softplus(x) + F.softplus(x, beta=2.5),
    "log of a sigmoid": lambda x: F.logsigmoid(x * 20),
    "elu, celu, selu": lambda x: F.elu(x, 0.7) + F.celu(x, 0.5) + F.selu(x),
    "prelu": lambda x: F.prelu(x, torch.tensor([0.1, 0.2, -0.3])) + F.prelu(x, torch.tensor([0.25])),
    "softshrink": lambda x: F.softshrink(x, 0.3),
    "threshold": lambda x: F.threshold(x, 0.2, 0.2),
    "glu": lambda x: F.glu(x, -1) + F.glu(x.flip(3), 3),
    # sums
    "var, std": lambda x: x.var((2, 3)) + x.std((2, 3), unbiased=False) + x.std(),
    "std_mean": lambda x: torch.cat([*torch.std_mean(x, 1, keepdim=True), *torch.var_mean(x, 1, keepdim=True)], 1),
    "largest": lambda x: x.max(2).values + x.min(-1)[0] + x.amax((2, 3), keepdim=True)[..., 0] - x.max(),
    "aminmax": lambda x: torch.aminmax(x, dim=1).max - torch.aminmax(x, dim=1).min,
    "logsumexp": lambda x: x.logsumexp((1, 2)) + (x * 50).logsumexp((2, 3))[..., None].mean(1),
    "prod": lambda x: (x * 0.5).prod(1),
    "norms": lambda x: x.norm(dim=1) + torch.linalg.vector_norm(x, 3, 1) + x.norm(p=math.inf, dim=1) + x.norm(p=1),
    "normalize": lambda x: F.normalize(x) + F.normalize(x, p=1, dim=-1),
    "cosine and distance": lambda x: F.cosine_similarity(x, x.flip(3), dim=3) + F.pairwise_distance(x, x.flip(2)),
    "cdist": lambda x: torch.cdist(x[0], WEIGHT) + torch.cdist(x[0], WEIGHT, p=1),
    "cumsum": lambda x: x.cumsum(-1) + x.cumsum(1),
    "topk": lambda x: x.topk(3, dim=2).values + x.topk(3, dim=2, largest=False)[0],
    "sort": lambda x: x.sort(-1, descending=True)[0] + torch.sort(x, stable=True, dim=2).values,
    "median": lambda x: x.median(-1).values + x.kthvalue(3, 2)[0],
    "products": lambda x: torch.baddbmm(x[0], x[0], x[0].mT) + (x[0] @ WEIGHT[0])[:, None] + x[0, 0, 0] @ WEIGHT[1],
    "einsum": lambda x: torch.einsum("bchw,kw->bkch", x, WEIGHT),
    # convolutions
    "not padded": lambda x: F.conv2d(x, KERNELS, stride=(2, 1), padding="valid"),
    "one number for all sides": lambda x: torch.conv2d(x, KERNELS, stride=[2], padding=[1], dilation=[2]),
    "transposed": lambda x: torch.conv_transpose2d(x, KERNELS, stride=[2], padding=[1], output_padding=[1]),
    # placing
    "flip": lambda x: x.flip((2, 3)) + torch.fliplr(x),
    "repeat": lambda x: x.repeat(2, 1, 2, 1) + x.tile(2, 1, 2, 1) + x.repeat_interleave(2, 2),
    "unfold": lambda x: x.unfold(2, 4, 2).unfold(-2, 3, 1),
    "index": lambda x: x[:, ORDER] + x.index_select(1, ORDER % 3),
    "index of two axes": lambda x: x[:, :, ORDER, ORDER[:, None]] + x[..., [0, 1, -1], [1, 2, 3]][..., None],
    "gather": lambda x: x.gather(3, torch.arange(8).flip(0).expand(1, 3, 8, 8)),
    "triangles": lambda x: x.tril(1) + x.triu() * 2,
    "channel shuffle": lambda x: F.channel_shuffle(x.repeat(1, 2, 1, 1), 3),
    "pixel shuffle": lambda x: F.pixel_shuffle(F.pixel_unshuffle(x, 2).flip(1), 2),
    "roll": lambda x: x.roll((1, -3), (2, 3)),
    "im2col": lambda x: F.unfold(x, (3, 2), dilation=(1, 2), padding=(1, 0), stride=(2, 1)),
    "col2im": lambda x: F.fold(F.unfold(x, 3, padding=1, stride=2), (8, 8), 3, padding=1, stride=2),
    "col2im, further apart": lambda x: F.fold(F.unfold(x, (2, 3), (2, 1)), (8, 8), (2, 3), (2, 1)),
    # layers
    "by its own channels": lambda x: F.instance_norm(x) + F.batch_norm(x, None, None, training=True),
    "by its own channels, weighed": lambda x: F.instance_norm(x, weight=WEIGHT[0, :3], bias=WEIGHT[1, :3]),
    "local response": lambda x: F.local_response_norm(x, 3),
    "rms": lambda x: F.rms_norm(x, (8,), WEIGHT[0]),
    "causal attention": lambda x: F.scaled_dot_product_attention(x, x.flip(2), x, is_causal=True),
    # poolings
    "adaptive largest": lambda x: (
        F.adaptive_max_pool2d(x, 4).repeat(1, 1, 3, 3)[..., :9, :9]
        + F.adaptive_max_pool2d(x, 3).repeat(1, 1, 3, 3)
    ),
    "in a row": lambda x: F.max_pool1d(x[0], 2) + F.avg_pool1d(x[0], 2) + F.adaptive_max_pool1d(x[0], 4),
    "in space": lambda x: (
        F.max_pool3d(x[None], (1, 2, 2))
        + F.avg_pool3d(x[None], (1, 2, 2))
        + F.adaptive_avg_pool3d(x[None], (3, 4, 4))
    ),
    "lp": lambda x: F.lp_pool2d(x, 2, 3, stride=2),
    # sizes
    "edges": lambda x: (
        F.pad(x, (1, 2, 2, 1), "replicate")
        + F.pad(x, (1, 2, 2, 1), "reflect")
        + F.pad(x, (1, 2, 2, 1), "circular")
    ),
    "edges of a row": lambda x: F.pad(x[0], (2, 1), "replicate") + F.pad(x[0], (2, 1), "reflect"),
    "bicubic": lambda x: (
        F.interpolate(x, (13, 5), mode="bicubic")
        + F.interpolate(x, (13, 5), mode="bicubic", align_corners=True)
    ),
    "nearest": lambda x: F.interpolate(x, (13, 5), mode="nearest-exact") + F.interpolate(x, (13, 5), mode="nearest"),
    "linear": lambda x: (
        F.interpolate(x[0], 13, mode="linear")
        + F.interpolate(x[0], 13)
        + F.interpolate(x[0], 13, mode="linear", align_corners=True)
    ),
    "area": lambda x: F.interpolate(x, (3, 5), mode="area"),
    "grid": lambda x: (
        F.grid_sample(x, TABLE, align_corners=True)
        + F.grid_sample(x, TABLE, padding_mode="reflection", align_corners=False)
        + F.grid_sample(x, TABLE, "nearest", "border", False)
    ),
    "grid by the picture": lambda x: (
        F.grid_sample(x, F.affine_grid(moved(x), [1, 3, 6, 5], align_corners=False), align_corners=False)
    ),
    "grid to the corners": lambda x: (
        F.affine_grid(moved(x), [1, 3, 6, 5], align_corners=True)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OPERATIONS)
def test_that_what_is_written_down_is_what_torch_computes(name: str) -> None:
    assert alike(OPERATIONS[name], given())


def test_that_pictures_of_a_batch_are_not_mixed() -> None:
    for name in ("by its own channels", "im2col", "unfold", "std_mean", "adaptive largest", "causal attention"):
        assert alike(OPERATIONS[name], given(2)), name


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.LSTM(24, 5, 2, bidirectional=True),
        lambda: nn.LSTM(24, 5, bias=False, batch_first=True),
        lambda: nn.GRU(24, 5, 2),
        lambda: nn.RNN(24, 5, bidirectional=True, nonlinearity="relu"),
    ],
    ids=["both ways", "without bias", "gru", "rnn"],
)
def test_that_recurrent_layers_answer_as_torchs(make: Callable[[], nn.RNNBase]) -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        layer = make().eval().requires_grad_(False)

    def does(x: Tensor) -> Tensor:
        answers, last = layer(x.transpose(1, 2).flatten(2))
        return answers.sum(1) + (last[0] if isinstance(last, tuple) else last).sum() + answers.mean()

    assert alike(does, given())


def into_a_view(x: Tensor) -> Tensor:
    y = x + 1
    y[:, :1].mul_(2)
    return y


def into_a_new_one(x: Tensor) -> Tensor:
    y = torch.zeros_like(x)
    for row in range(0, 8, 2):
        y[:, :, row] = x[:, :, : row + 1].mean(2)
    y[..., -1] += 1
    return y


def by_turns(x: Tensor) -> Tensor:
    y = x.clone()
    top, turned, inner = y[:, :, :4], y.transpose(2, 3), y[:, :, 2:6, 1::2]
    top.mul_(2)
    inner.add_(turned[:, :, :4, :4].clone())
    before = turned * 1
    y.sub_(1)
    top.zero_()
    return torch.cat([y, turned, before, top.repeat(1, 1, 2, 1), y.view(1, 3, 8, 8).flip(3)], 1)


def of_what_was_there(x: Tensor) -> Tensor:
    y = torch.arange(192.0).view(1, 3, 8, 8)
    head, tail = y[:, :1], y[:, 1:]
    head.copy_(x[:, :1])
    tail[:, :, :, ::2].add_(x[:, 1:, :, ::2])
    return torch.cat([head * 2, tail, y], 1)


def a_part_that_is_none(x: Tensor) -> Tensor:
    y = x.clone()
    first, second = y.chunk(2, 2)
    first.relu_()
    return second + first.mean()


@pytest.mark.parametrize("does", [into_a_view, into_a_new_one, by_turns, of_what_was_there, a_part_that_is_none])
def test_that_what_shares_a_memory_is_what_it_became(does: Forward) -> None:
    assert alike(does, given())


def reading_what_it_writes(x: Tensor) -> Tensor:
    y = x.clone()
    y[:, :, 2:6, 1::2].add_(y.transpose(2, 3)[:, :, :4, :4])
    return y


def lying_otherwise(x: Tensor) -> Tensor:
    y = x.clone()
    turned = y.view(1, 3, 8, 8)
    y[:, :, :2].mul_(2)
    return turned.transpose_(2, 3) * 1


REFUSED: dict[str, Forward] = {
    "comparison": lambda x: (x > 0).float(),
    "choice by its numbers": lambda x: torch.where(x > 0, x, 2 * x),
    "mask": lambda x: x.masked_fill(x.mean(1, keepdim=True) > 0, 0.0),
    "places": lambda x: x.argmax(1, keepdim=True).float() + x,
    "places of the largest": lambda x: x.max(1, keepdim=True).indices.float() + x,
    "places of a pooling": lambda x: F.max_pool2d(x, 2, return_indices=True)[1].float(),
    "places in order": lambda x: x + x.sort(3).indices.float(),
    "taken by places": lambda x: x.gather(3, x.topk(2).indices),
    "not in order": lambda x: x.topk(3, sorted=False).values,
    "rounding": lambda x: x.round() + x.floor(),
    "a sign": lambda x: x + x.sign(),
    "a sign of another size": lambda x: x.sign() * x.flip(3).abs(),
    "whole quotient": lambda x: x // 0.3,
    "half": lambda x: x.half().float(),
    "coarse": lambda x: x.bfloat16().float(),
    "double": lambda x: (x.double() * 3).float(),
    "threshold with a jump": lambda x: F.threshold(x, 0.2, 0.0) + F.hardshrink(x),
    "lots": lambda x: F.dropout(x, training=True),
    "a number": lambda x: x * x.mean().item(),
    "chosen by a number": lambda x: x if x.sum() > 0 else -x,
    "only those": lambda x: x[x > 0].mean()[None],
    "nearest by the picture": lambda x: F.grid_sample(x, x[..., :2].tanh(), "nearest", align_corners=True),
    "a scale that is rounded": lambda x: F.interpolate(x, scale_factor=1.3, mode="bilinear"),
    "an order of torch's own": reading_what_it_writes,
    "written to and turned": lying_otherwise,
    "complex": lambda x: torch.fft.fft2(x).abs(),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_that_what_jumps_or_decides_is_not_written_down(name: str) -> None:
    written = of(REFUSED[name], given())
    assert written is None or written.answer is None


class Remembering(nn.Module):
    kept: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("kept", torch.zeros(1, 3, 8, 8))

    def forward(self, x: Tensor) -> Tensor:
        self.kept[:, :1].copy_(x[:, :1])
        return self.kept * 1


def test_that_what_is_kept_from_pass_to_pass_is_not_written_down() -> None:
    with torch.no_grad():
        assert written_down(Remembering(), given(), []) is None
        learning = nn.BatchNorm2d(3).train()
        assert written_down(learning, given(), []) is None


@pytest.mark.parametrize(
    "does",
    [
        lambda x: F.max_pool2d(x.log(), 2),
        lambda x: x.sqrt().amax(1),
        lambda x: F.adaptive_max_pool2d(x / x.relu(), 2),
        lambda x: F.softshrink(x.acos(), 0.5),
        lambda x: (x.log() * 2).min(3).values,
    ],
)
def test_that_numbers_that_became_none_are_not_hidden(does: Forward) -> None:
    broken = given()
    broken[:, :, 5:] = -2
    assert alike(does, given(), {"broken": broken, "whole": torch.full_like(broken, 0.5)})


def test_that_a_channel_all_alike_leaves_nothing() -> None:
    flat = torch.full((1, 3, 8, 8), 0.1) * torch.tensor([1.0, -3.0, 7.0]).view(1, 3, 1, 1)
    written = of(F.instance_norm, given())
    assert written is not None
    assert written.answer is not None
    assert not Session(written, [written.answer]).run(flat)[written.answer].any()


def test_that_of_layers_only_what_has_words_is_given() -> None:
    net = nn.Sequential(nn.MaxPool2d(2, return_indices=True), Does(lambda both: both[1].float()))  # type: ignore[index]
    with torch.no_grad():
        written = written_down(nn.Sequential(nn.MaxPool2d(2, return_indices=True)), given(), ["0"])
        assert written_down(net, given(), ["0", "1"]) is None
    assert written is not None
    assert set(written.layers) == {"0"}
