"""Nodes and edges of networks against lists that were written by hand from their code."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from analysis.tracing.graph import OperationGraph, graph_of
from analysis.tracing.measures import FieldSize, Milliseconds, Strength, Zeros
from tests.analysis.zoo import odd


class UNet(nn.Module):
    """Down, across and up again, with what was seen on the way down beside what comes up."""

    def __init__(self) -> None:
        super().__init__()
        self.down1, self.down2 = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 8, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.across = nn.Conv2d(8, 8, 3, padding=1)
        self.up2, self.up1 = nn.ConvTranspose2d(8, 8, 2, 2), nn.ConvTranspose2d(8, 4, 2, 2)
        self.join2, self.join1 = nn.Conv2d(16, 8, 3, padding=1), nn.Conv2d(8, 4, 3, padding=1)
        self.head = nn.Conv2d(4, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        first = functional.relu(self.down1(x))
        second = functional.relu(self.down2(self.pool(first)))
        y = functional.relu(self.across(self.pool(second)))
        y = self.join2(torch.cat([second, self.up2(y)], 1)).relu()
        y = self.join1(torch.cat([first, self.up1(y)], 1)).relu()
        z: Tensor = self.head(y)
        return z


class Attending(nn.Module):
    """A step of a vision transformer, written with functions."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 4, 4)
        self.norm = nn.LayerNorm(8)
        self.query, self.key, self.value = (nn.Conv1d(8, 8, 1) for _ in range(3))
        self.head = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.patches(x).flatten(2)
        q, k, v = self.query(tokens), self.key(tokens), self.value(tokens)
        look = torch.softmax(torch.bmm(q.transpose(1, 2), k), 2)
        y = tokens + torch.bmm(v, look.transpose(1, 2))
        z: Tensor = self.head(self.norm(y.mean(2)))
        return z


# Each line: the operation, the innermost part, and the lines that it takes from.
BY_HAND: dict[str, list[str]] = {
    "plain": [
        "picture", "convolution 0 < 0", "relu 1 < 1", "max_pool2d_with_indices 2 < 2", "convolution 3 < 3",
        "relu 4 < 4", "avg_pool2d 5 < 5", "view 6 < 6", "addmm 7 < 7",
    ],
    "reused-relu": [
        "picture", "convolution conv1 < 0", "relu relu@1 < 1", "convolution conv2 < 2", "relu relu@2 < 3", "mean < 4",
        "addmm fc < 5",
    ],
    "functional-relu": [
        "picture", "convolution conv1 < 0", "relu < 1", "convolution conv2 < 2", "relu < 3", "convolution conv3 < 4",
        "relu < 5", "mean < 6", "view < 7", "addmm fc < 8",
    ],
    "in-place-relu": [
        "picture", "convolution conv1 < 0", "relu relu1 < 1", "convolution conv2 < 2", "relu < 3",
        "convolution conv3 < 4", "relu < 5", "amax < 6", "addmm fc < 7",
    ],
    "residual": [
        "picture", "convolution stem < 0",
        "convolution blocks.0.conv1 < 1", "native_batch_norm blocks.0.bn1 < 2", "relu blocks.0.relu@1 < 3",
        "convolution blocks.0.conv2 < 4", "native_batch_norm blocks.0.bn2 < 5", "add blocks.0 < 1 6",
        "relu blocks.0.relu@2 < 7",
        "convolution blocks.1.conv1 < 8", "native_batch_norm blocks.1.bn1 < 9", "relu blocks.1.relu@1 < 10",
        "convolution blocks.1.conv2 < 11", "native_batch_norm blocks.1.bn2 < 12", "convolution blocks.1.down < 8",
        "add blocks.1 < 13 14", "relu blocks.1.relu@2 < 15",
        "mean pool < 16", "view < 17", "addmm fc < 18",
    ],
    "concatenating": [  # as Inception's branches
        "picture", "convolution branches.0 < 0", "convolution branches.1.0 < 0", "relu branches.1.1 < 2",
        "convolution branches.2.0 < 0", "relu branches.2.1 < 4", "max_pool2d_with_indices branches.3.0 < 0",
        "convolution branches.3.1 < 6", "cat < 1 3 5 7", "convolution after < 8", "relu < 9", "mean < 10",
        "addmm fc < 11",
    ],
    "dict-output": [
        "picture", "convolution features.conv1 < 0", "relu features < 1", "convolution features.conv2 < 2",
        "relu features < 3", "mean < 4", "addmm fc < 5",
    ],
    "called-twice": [
        "picture", "convolution stem < 0", "relu < 1", "convolution shared@1 < 2", "relu < 3",
        "convolution shared@2 < 4", "relu < 5", "mean < 6", "addmm fc < 7",
    ],
    "squeeze-excitation": [
        "picture", "convolution conv1 < 0", "silu act < 1", "mean squeeze < 2", "convolution excite < 3",
        "sigmoid < 4", "mul < 2 5", "convolution conv2 < 6", "gelu < 7", "mean < 8", "addmm fc < 9",
    ],
    "picture-output": [
        "picture", "convolution down < 0", "relu < 1", "convolution up < 2", "sigmoid < 3",
    ],
    "pre-activation": [
        "picture", "convolution stem < 0", "native_batch_norm norm1 < 1", "relu relu@1 < 2", "convolution conv1 < 3",
        "native_batch_norm norm2 < 4", "relu relu@2 < 5", "convolution conv2 < 6", "add < 1 7",
        "native_batch_norm norm3 < 8", "relu relu@3 < 9", "mean < 10", "addmm fc < 11",
    ],
}  # fmt: skip


def told(found: OperationGraph) -> list[str]:
    takes: dict[int, list[int]] = {}
    for start, end in found.edges:
        takes.setdefault(end, []).append(start)
    lines = []
    for number, node in enumerate(found.nodes):
        line = f"{node.operation} {node.inside[-1] if node.inside else ''}".strip()
        lines.append(f"{line} < {' '.join(map(str, takes[number]))}" if number in takes else line)
    return lines


@pytest.mark.parametrize("name", list(BY_HAND))
def test_that_the_graph_of_an_odd_network_is_as_its_code_says(name: str) -> None:
    one = odd(name)
    assert told(graph_of(one.module(), one.example())) == BY_HAND[name]


def test_that_the_skips_of_a_u_net_are_edges() -> None:
    found = graph_of(UNet().eval(), torch.zeros(1, 3, 16, 16))
    pool = "max_pool2d_with_indices pool"
    assert told(found) == [
        "picture", "convolution down1 < 0", "relu < 1", f"{pool}@1 < 2", "convolution down2 < 3", "relu < 4",
        f"{pool}@2 < 5", "convolution across < 6", "relu < 7", "convolution up2 < 8", "cat < 5 9",
        "convolution join2 < 10", "relu < 11", "convolution up1 < 12", "cat < 2 13", "convolution join1 < 14",
        "relu < 15", "convolution head < 16",
    ]  # fmt: skip
    assert found.nodes[14].shapes == ((1, 8, 16, 16),)
    # positions × weights: those of a transposed convolution are of its input
    assert found.nodes[1].multiplications == 16 * 16 * 4 * 3 * 9
    assert found.nodes[9].multiplications == 4 * 4 * 8 * 8 * 4
    assert sum(node.multiplications for node in found.nodes if node.operation in ("relu", "cat", "picture")) == 0


def test_that_attention_of_functions_is_followed() -> None:
    found = graph_of(Attending().eval(), torch.zeros(1, 3, 16, 16))
    assert told(found) == [
        "picture", "convolution patches < 0", "view < 1", "convolution query < 2", "convolution key < 2",
        "convolution value < 2", "transpose < 3", "bmm < 4 6", "_softmax < 7", "transpose < 8", "bmm < 5 9",
        "add < 2 10", "mean < 11", "native_layer_norm norm < 12", "addmm head < 13",
    ]  # fmt: skip
    assert [found.nodes[number].multiplications for number in (7, 10, 14)] == [16 * 16 * 8, 8 * 16 * 16, 8 * 3]


def test_that_a_part_within_parts_is_told_with_all_of_them() -> None:
    one = odd("residual")
    found = graph_of(one.module(), one.example())
    assert found.nodes[3].inside == ("blocks", "blocks.0", "blocks.0.bn1")
    assert found.called["blocks.0"] == "Block"
    assert graph_of(odd("concatenating").module(), one.example()).called.keys().isdisjoint({"branches"})


def test_that_measures_are_of_what_each_operation_gives() -> None:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(4 * 9, 2)).eval()
    picture = torch.randn(1, 3, 8, 8)
    with torch.no_grad():
        first = module[0](picture)
    values = [node.value for node in graph_of(module, picture, Strength()).nodes]
    assert values[1] == pytest.approx(float(first.abs().mean()))
    assert values[2] == pytest.approx(float(first.relu().mean()))
    zeros = [node.value for node in graph_of(module, picture, Zeros()).nodes]
    assert zeros[2] == pytest.approx(float((first <= 0).double().mean()))
    fields = [node.value for node in graph_of(module, picture, FieldSize()).nodes]
    assert fields[1:4] == [3, 3, 4]
    clock = Milliseconds()
    times = [[node.value for node in graph_of(module, picture, clock).nodes[1:]] for _ in range(3)]
    assert all(time > 0 for time in times[2])
    assert all(later <= before for before, later in zip(times[0], times[1], strict=True))
