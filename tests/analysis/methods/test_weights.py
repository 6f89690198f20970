"""The weights of layers as tiles and in numbers."""

import copy
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from analysis.methods.weights import of_layer
from analysis.methods.weights.filters import Filters
from analysis.methods.weights.histogram import WeightHistogram
from analysis.methods.weights.of_layers import WeightsOfLayers
from analysis.methods.weights.singular_values import SingularValues
from analysis.methods.weights.statistics import WeightStatistics
from analysis.network.network import Network
from analysis.protocol.problems import Problem
from analysis.results.kinds import Tiles
from tests.analysis.methods.test_fields import asked, last_of, network_of


def some(*layers: nn.Module) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(*layers)


def tiles_of(technique: Filters, module: nn.Module, layer: str, unit: int | None = None) -> Tiles:
    result = last_of(technique, asked(network_of(module, 12), layer, unit)).result
    assert isinstance(result, Tiles)
    return result


def test_that_three_channels_are_colours_and_deeper_layers_a_table() -> None:
    module = some(nn.Conv2d(3, 6, 5), nn.Conv2d(6, 30, 3))
    first = tiles_of(Filters(), module, "0")
    assert [tile.is_picture for tile in first.tiles] == [True] * 6
    weight = module[0].weight.detach().numpy()
    np.testing.assert_array_equal(first.numbers["result"], weight)
    levels = 127.5 + 127.5 * weight[4] / np.abs(weight).max()
    np.testing.assert_allclose(first.tiles[4].values, levels.transpose(1, 2, 0), atol=0.51)
    planes = tiles_of(Filters(colours=False), module, "0")
    assert planes.column_names == ("red", "green", "blue")
    deeper = tiles_of(Filters(), module, "1")
    assert (len(deeper.tiles), deeper.columns, len(deeper.row_names)) == (20 * 6, 6, 20)
    second = tiles_of(Filters(page=2, filters=20), module, "1")
    np.testing.assert_array_equal(second.numbers["filters"], np.arange(20, 30))
    np.testing.assert_array_equal(second.tiles[7].values, module[1].weight[21, 1].detach().numpy())
    assert {tile.high for tile in second.tiles} == {float(module[1].weight.abs().max())}
    assert (second.tiles[7].unit, second.tiles[7].low) == (21, -second.tiles[7].high)


def test_that_one_unit_is_drawn_alone() -> None:
    module = some(nn.Conv2d(3, 6, 5), nn.Conv2d(6, 30, 3))
    one = tiles_of(Filters(), module, "1", unit=4)
    assert [tile.title for tile in one.tiles] == list("012345")
    np.testing.assert_array_equal(one.numbers["result"], module[1].weight[4:5].detach().numpy())


def test_that_a_fully_connected_layer_is_maps_where_its_input_is_one() -> None:
    module = some(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(400, 7), nn.Linear(7, 5))
    maps = tiles_of(Filters(), module, "2")
    assert maps.numbers["result"].shape == (7, 4, 10, 10)
    np.testing.assert_array_equal(maps.tiles[5].values, module[2].weight[1].detach().reshape(4, 10, 10)[1].numpy())
    matrix = tiles_of(Filters(), module, "3")
    np.testing.assert_array_equal(matrix.tiles[0].values, module[3].weight.detach().numpy())


def test_that_grouped_and_transposed_convolutions_show_what_each_unit_weighs() -> None:
    module = some(nn.Conv2d(3, 4, 3), nn.Conv2d(4, 6, 3, groups=2), nn.ConvTranspose2d(6, 8, 2, groups=2))
    grouped = tiles_of(Filters(), module, "1")
    assert "filter 5, input channel 3" in grouped.tiles[-1].words
    transposed = tiles_of(Filters(), module, "2")
    leaf = torch.zeros(1, 6, 1, 1, requires_grad=True)
    given = module[2](leaf)
    for unit, place in ((0, (0, 0)), (6, (1, 0))):
        (slope,) = torch.autograd.grad(given[0, unit][place], leaf, retain_graph=True)
        own = slope[0, :3] if unit < 4 else slope[0, 3:]
        np.testing.assert_array_equal(transposed.numbers["result"][unit][:, place[0], place[1]], own.flatten().numpy())


def test_that_dead_filters_and_twins_are_marked() -> None:
    module = some(nn.Conv2d(3, 6, 3), nn.Conv2d(6, 5, 3))
    with torch.no_grad():
        module[0].weight[2] = 0
        module[0].weight[4] = 2 * module[0].weight[1]
    found = tiles_of(Filters(), module, "0")
    assert [tile.marked for tile in found.tiles] == ["", "≈ 4", "dead", "", "≈ 1", ""]
    assert found.words.endswith("1 of all are dead, 2 nearly the same as another.")
    columns = last_of(WeightStatistics(), asked(network_of(module, 12), "0")).arrays
    assert columns["remark"].tolist() == ["", "alike", "dead", "", "alike", ""]
    assert columns["zeros"][2] == 1


@pytest.mark.parametrize("layer", [nn.ConvTranspose2d(4, 6, 3, groups=2), nn.Conv2d(4, 6, 3, groups=2)])
def test_that_the_dead_filters_of_a_layer_are_counted_alike_in_both_tables(
    layer: nn.Conv2d | nn.ConvTranspose2d,
) -> None:
    module = some(nn.Conv2d(3, 4, 3), layer)
    with torch.no_grad():
        if isinstance(layer, nn.ConvTranspose2d):
            layer.weight[2:, 1] = 0  # of the second group's filters the second one
        else:
            layer.weight[4] = 0
    remarks = last_of(WeightStatistics(), asked(network_of(module, 12), "1")).arrays["remark"].tolist()
    assert remarks == ["", "", "", "", "dead", ""]
    whole = last_of(WeightsOfLayers(), asked(network_of(module, 12), "1")).arrays
    assert whole["dead"].tolist() == [0, 1]


def test_that_weights_are_folded_with_the_norm_that_follows() -> None:
    module = some(nn.Conv2d(3, 6, 3, bias=False), nn.BatchNorm2d(6), nn.ReLU(), nn.Conv2d(6, 5, 3))
    with torch.no_grad():
        module[1].running_var.uniform_(0.5, 3)
        module[1].weight.uniform_(-2, 2)
    network = network_of(module.eval(), 12)
    arrays = last_of(Filters(folded=True), asked(network, "0")).arrays
    norm = module[1]
    expected = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    np.testing.assert_allclose(arrays["factors"], expected.detach().numpy(), rtol=1e-5)
    np.testing.assert_array_equal(arrays["result"], module[0].weight.detach().numpy())
    plain = last_of(Filters(folded=True), asked(network, "3"))
    assert plain.result is not None
    assert "nothing is folded" in plain.result.words  # type: ignore[union-attr]


def test_that_a_layer_without_weights_names_its_neighbours() -> None:
    module = some(nn.Conv2d(3, 6, 3), nn.ReLU(), nn.Conv2d(6, 5, 3))
    with pytest.raises(Problem, match="1 has no filters of its own \\(ReLU\\): choose 0 or 2"):
        tiles_of(Filters(), module, "1")


def test_that_singular_values_histograms_and_tables_are_torchs() -> None:
    module = some(nn.Conv2d(3, 6, 3), nn.Conv2d(6, 5, 3))
    network = network_of(module, 12)
    flat = module[1].weight.detach().flatten(1)
    values = last_of(SingularValues(), asked(network, "1")).arrays["result"]
    np.testing.assert_allclose(values, torch.linalg.svdvals(flat.double()).numpy(), rtol=1e-5)
    shares = last_of(WeightHistogram(bins=7), asked(network, "1", 2)).arrays
    assert shares["result"].sum(1) == pytest.approx([1, 1])
    end = float(flat.abs().max())
    counted = torch.histc(flat[2], 7, -end, end) / flat.shape[1]
    np.testing.assert_allclose(shares["result"][1], counted.numpy(), atol=1e-6)
    table = last_of(WeightsOfLayers(), asked(network, "1")).arrays
    assert table["layer"].tolist() == ["0", "1"]
    assert table["weights"].tolist() == [162, 270]
    np.testing.assert_allclose(table["norm"][1], float(flat.norm()), rtol=1e-6)


def test_that_filters_are_compared_with_another_file_of_weights(tmp_path: Path) -> None:
    module, other = some(nn.Conv2d(3, 6, 5), nn.Conv2d(6, 4, 3)), some(nn.Conv2d(3, 6, 5), nn.Conv2d(6, 4, 3))
    with torch.no_grad():
        other[1].weight += torch.arange(4).reshape(4, 1, 1, 1) * 0.01
    torch.save({"epoch": 3, "model": other.state_dict()}, tmp_path / "later.pth")
    before = {name: value.clone() for name, value in module.state_dict().items()}
    found = tiles_of(Filters(against=str(tmp_path / "later.pth")), module, "1")
    expected = (module[1].weight - other[1].weight).detach().numpy()
    np.testing.assert_array_equal(found.numbers["result"], expected)
    np.testing.assert_array_equal(found.tiles[7].values, expected[1, 1])
    lengths = np.linalg.norm(expected.reshape(4, -1), axis=1)
    moved = lengths / other[1].weight.detach().flatten(1).norm(dim=1).numpy()
    np.testing.assert_allclose(found.numbers["moved"], moved, rtol=1e-5)
    assert found.numbers["moved"][0] == 0
    assert "later.pth" in found.words
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    same = tiles_of(Filters(), module, "1")
    np.testing.assert_array_equal(same.numbers["alike"], found.numbers["alike"])


def test_that_another_state_that_does_not_fit_is_told(tmp_path: Path) -> None:
    module = some(nn.Conv2d(3, 6, 5), nn.Conv2d(6, 4, 3))
    torch.save(some(nn.Conv2d(3, 6, 3), nn.Conv2d(6, 4, 3)).state_dict(), tmp_path / "other.pth")
    (tmp_path / "words.pth").write_text("no weights")
    for against in (str(tmp_path / "other.pth"), str(tmp_path / "words.pth"), "nowhere.pth", "random:x"):
        with pytest.raises(Problem) as caught:
            tiles_of(Filters(against=against), module, "1")
        assert str(caught.value).endswith((".", "…"))


def test_that_freshly_drawn_weights_are_another_state_of_what_ships() -> None:
    from analysis.opening import catalogue
    from analysis.opening.loading import finished
    from analysis.protocol.recipe import ModelChoice

    def lenet(choice: ModelChoice) -> Network:
        return finished(catalogue.load(choice), lambda step: None)

    network, fresh = lenet(ModelChoice("lenet")), lenet(ModelChoice("lenet", "random", 5))
    result = last_of(Filters(against="random:5"), asked(network, "conv1")).result
    assert isinstance(result, Tiles)
    expected = network.module.get_submodule("conv1").weight - fresh.module.get_submodule("conv1").weight  # type: ignore[operator]
    np.testing.assert_array_equal(result.numbers["result"], expected.detach().numpy())


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.Conv1d(3, 4, 5), (4, 3, 1, 5)),
        (nn.Conv3d(3, 4, (2, 3, 5)), (4, 3, 3, 10)),
        (nn.ConvTranspose2d(6, 4, 3, groups=2), (4, 3, 3, 3)),
        (nn.Conv2d(6, 9, 3, groups=3), (9, 2, 3, 3)),
    ],
)
def test_that_every_kind_of_convolution_is_drawn_as_its_filters(layer: nn.Module, shape: tuple[int, ...]) -> None:
    class Around(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = layer
            self.fc = nn.Linear(4, 2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            wide = torch.cat([x, x], 1)[:, : layer.in_channels]  # type: ignore[index, misc]
            if isinstance(layer, nn.Conv1d):
                wide = wide.flatten(2)
            elif isinstance(layer, nn.Conv3d):
                wide = torch.stack([wide, wide, wide], 2)
            answer: torch.Tensor = self.layer(wide)
            return answer.flatten(2).mean(2)[:, :2]

    torch.manual_seed(1)
    found = tiles_of(Filters(filters=256, inputs=64), Around(), "layer")
    assert found.numbers["result"].shape == shape
    assert np.abs(found.numbers["result"]).sum() == pytest.approx(float(layer.weight.abs().sum()), rel=1e-5)  # type: ignore[operator, union-attr]


def test_that_a_huge_matrix_is_paged() -> None:
    class Wide(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.small, self.wide = nn.Linear(48, 3000, bias=False), nn.Linear(3000, 5000, bias=False)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            answer: torch.Tensor = self.wide(self.small(x.mean(1).flatten(1)[:, :48]))
            return answer

    module = Wide()
    first = tiles_of(Filters(), module, "wide")
    assert first.tiles[0].values.shape == (256, 1024)
    last = tiles_of(Filters(page=9999, inputs_page=9999), module, "wide")
    np.testing.assert_array_equal(last.numbers["result"], module.wide.weight[4864:, 2048:].detach().numpy())


class Quantised(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 4, 3), nn.Linear(400, 7)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        answer: torch.Tensor = self.fc(self.conv(x).flatten(1))
        return answer


def test_that_quantised_weights_are_drawn_as_what_they_stand_for() -> None:
    torch.manual_seed(3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = torch.ao.quantization.quantize_dynamic(Quantised(), {nn.Linear}, dtype=torch.qint8)
    question = asked(network_of(module, 12), "fc")
    meant = module.fc.weight().dequantize()
    maps = last_of(Filters(filters=7, inputs=4), question).result
    assert isinstance(maps, Tiles)
    np.testing.assert_array_equal(maps.numbers["result"], meant.reshape(7, 4, 10, 10).numpy())
    values = last_of(SingularValues(), question).arrays["result"]
    np.testing.assert_allclose(values, np.linalg.svd(meant.double().numpy(), compute_uv=False), rtol=1e-5)
    norms = last_of(WeightStatistics(), question).arrays["norm"]
    np.testing.assert_allclose(norms, meant.double().norm(dim=1).numpy(), rtol=1e-6)


@pytest.mark.parametrize("conv", [nn.Conv2d(6, 8, 3, groups=2, bias=False), nn.ConvTranspose2d(6, 8, 3, bias=False)])
def test_that_folded_filters_answer_as_filter_and_norm_do(conv: nn.Module) -> None:
    torch.manual_seed(4)
    norm = nn.BatchNorm2d(8).eval()
    with torch.no_grad():
        for one, low in ((norm.running_var, 0.1), (norm.weight, -1.0)):
            assert one is not None
            one.uniform_(low, 2.0)
    module = some(nn.Conv2d(3, 6, 1), conv, norm, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3)).eval()
    shown = tiles_of(Filters(folded=True, filters=256, inputs=64), module, "1")
    x = torch.randn(1, 6, 7, 7, dtype=torch.float64)
    alone, normed = copy.deepcopy(conv).double(), copy.deepcopy(norm).double()
    answered = normed(alone(x)) - normed(torch.zeros(1, 8, 1, 1, dtype=torch.float64))
    factors = torch.from_numpy(shown.numbers["factors"]).double()
    torch.testing.assert_close(alone(x) * factors.view(1, -1, 1, 1), answered, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("how", ["weight norm", "older weight norm", "pruned"])
def test_that_weights_that_were_taken_apart_are_folded_like_any_others(how: str) -> None:
    from torch.nn.utils import parametrizations, prune, weight_norm

    module = some(nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 3)).eval()
    with torch.no_grad():
        module[1].weight.uniform_(-1, 1)
    conv = module[0]
    meant = module[1].weight.detach() / (module[1].running_var + module[1].eps).sqrt()
    if how == "weight norm":
        parametrizations.weight_norm(conv)
    elif how == "older weight norm":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            weight_norm(conv)
    else:
        prune.l1_unstructured(conv, "weight", 0.4)
    shown = tiles_of(Filters(folded=True), module, "0")
    np.testing.assert_allclose(shown.numbers["factors"], meant.numpy(), rtol=1e-6)
    np.testing.assert_array_equal(shown.numbers["result"], conv.weight.detach().numpy())
    assert "Folded with 1." in shown.words


class Complex(nn.Module):
    """Weighs in complex numbers, and has a weight of its own beside its parts."""

    def __init__(self) -> None:
        super().__init__()
        self.turned = Turned()
        self.weight = nn.Parameter(torch.randn(3, 4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        answer: torch.Tensor = self.turned(x).mean((2, 3)) @ self.weight.T
        return answer


class Turned(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4, 3, 3, 3, dtype=torch.complex64))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.conv2d(x.to(torch.complex64), self.weight).abs()


def test_that_complex_weights_are_refused_and_never_halved() -> None:
    network = network_of(Complex(), 12)
    for technique in (Filters(), WeightStatistics(), WeightHistogram(), SingularValues()):
        with pytest.raises(Problem, match="The weights of turned are complex numbers"):
            last_of(technique, asked(network, "turned"))
    last = last_of(WeightsOfLayers(), asked(network, ""))
    assert last.arrays["layer"].tolist() == ["the whole network"]
    assert last.note == "Left out, because their weights are complex numbers: turned."
    result = last_of(Filters(), asked(network, "")).result
    assert isinstance(result, Tiles)
    assert result.words.startswith("The whole network: 3 units × 4 inputs")


def test_that_a_layer_is_called_as_it_is_named() -> None:
    module = nn.Sequential()
    module.add_module("features", some(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()))
    module.add_module("head", nn.Linear(4, 3))
    assert tiles_of(Filters(), module, "head").words.startswith("head: 3 units × 4 inputs")


def test_that_a_table_of_few_channels_lies() -> None:
    module = some(nn.Conv2d(3, 20, 5))
    lying = tiles_of(Filters(colours=False), module, "0")
    assert (lying.columns, lying.row_names) == (20, ("red", "green", "blue"))
    np.testing.assert_array_equal(lying.tiles[2 * 20 + 7].values, module[0].weight[7, 2].detach().numpy())
    assert [tile.unit for tile in lying.tiles] == [*range(20)] * 3


def test_that_numbers_of_a_huge_matrix_are_those_of_all_its_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    module = some(nn.Flatten(), nn.Linear(432, 60))
    question = asked(network_of(module, 12), "1")
    whole, layers = (last_of(one, question).arrays for one in (WeightStatistics(), WeightsOfLayers()))
    monkeypatch.setattr(of_layer, "_AT_ONCE", 432 * 7)
    parts, again = (last_of(one, question).arrays for one in (WeightStatistics(), WeightsOfLayers()))
    for name in ("norm", "mean", "deviation", "largest", "zeros"):
        np.testing.assert_allclose(parts[name], whole[name], rtol=1e-6, atol=1e-12)
        np.testing.assert_allclose(again[name], layers[name], rtol=1e-9, atol=1e-12)
