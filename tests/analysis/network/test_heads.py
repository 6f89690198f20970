"""The heads of an attention as maps, equal to its formula; answers that are tables as one map each."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torchvision.models import SwinTransformer, VisionTransformer

from analysis.methods.run import resolved, run
from analysis.network.capture import capture
from analysis.network.maps import maps_of
from analysis.network.network import Network
from analysis.opening.assembly import assembled
from analysis.opening.loading import finished
from analysis.protocol.frame import Frame
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice, PictureChoice, Recipe
from analysis.protocol.requests import LiveRequest
from analysis.results.looks import MapsLook
from analysis.running.live import LiveView

SIZE = Preprocessing(32, 24, 24, "stretch", 3, (0.5,) * 3, (0.25,) * 3)
PIXELS = np.random.default_rng(0).integers(0, 256, (32, 24, 3), np.uint8)
LAYER = "encoder.layers.encoder_layer_1.self_attention"


class Seen(nn.Module):
    """Patches that look at each other, without a class token, and a table of two axes that are no places."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 8, 8)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.table = nn.Linear(8, 6)
        self.head = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.patches(x).flatten(2).transpose(1, 2)
        seen = self.attention(tokens, tokens, tokens, need_weights=False)[0]
        mixed = torch.einsum("ntd,nsd->nts", seen, seen).softmax(1).mean(2, keepdim=True) * seen
        queries = torch.arange(5.0).view(1, 5, 1) * mixed.sum(1, keepdim=True)
        return self.head(queries.mean(1)) + self.table(queries).mean((1, 2))[:, None]


def network(module: nn.Module) -> Network:
    return assembled(module, ModelChoice("own"), "Own", SIZE)


@pytest.fixture
def transformer() -> Network:
    torch.manual_seed(0)
    size = Preprocessing(32, 32, 32, "stretch", 3, (0.5,) * 3, (0.25,) * 3)
    module = VisionTransformer(32, 8, num_layers=2, num_heads=4, hidden_dim=32, mlp_dim=64, num_classes=5)
    nn.init.normal_(module.heads.head.weight)
    return assembled(module, ModelChoice("vit"), "ViT", size)


def by_hand(attention: nn.MultiheadAttention, tokens: Tensor) -> Tensor:
    """softmax(q·k/√d), head by head."""
    query, key, _ = nn.functional.linear(tokens, attention.in_proj_weight, attention.in_proj_bias).chunk(3, -1)
    size = tokens.shape[2] // attention.num_heads
    query, key = (one.unflatten(2, (attention.num_heads, size)).transpose(1, 2) for one in (query, key))
    return (query @ key.transpose(2, 3) / math.sqrt(size)).softmax(-1)


def given(of: Network) -> Tensor:
    return of.input_of_fitted(of.picture(PIXELS))


def asked(of: Network, method: str, layer: str, target: str = "class:1", unit: int | None = None):  # type: ignore[no-untyped-def]
    recipe = Recipe(of.choice, PictureChoice("noise:0"), layer, unit, target=target, method=method)
    return finished(run(resolved(of, recipe, PIXELS)), lambda step: None)


def test_that_the_heads_of_a_vision_transformer_are_what_its_class_token_looks_at(transformer: Network) -> None:
    node = transformer.node(f"{LAYER}@heads")
    assert (node.units, node.kind, node.grid, node.shape) == (4, "tokens", (4, 4), (4, 17, 17))
    with torch.no_grad(), capture(transformer.module, [LAYER.replace("self_attention", "ln_1")]) as before:
        transformer.module(given(transformer))
    attention = transformer.module.get_submodule(LAYER)
    assert isinstance(attention, nn.MultiheadAttention)
    with torch.no_grad():
        wanted = by_hand(attention, next(iter(before.values())))
    ran = asked(transformer, "activations", f"{LAYER}@heads")
    assert np.allclose(ran.numbers["result"], wanted[0].numpy(), atol=1e-6)
    maps = maps_of(node, wanted)
    assert torch.equal(maps[0], wanted[0, :, 0, 1:].reshape(4, 4, 4))
    assert any("class token looks at, head by head" in note for note in ran.notes)
    live = LiveView(transformer).answer(
        LiveRequest(1, 1, Frame(PIXELS, 1, "/p.png", 0.0), f"{LAYER}@heads", 2, MapsLook()), 1
    )
    assert live.unit is not None
    assert np.allclose(live.unit.map, maps[0, 2].numpy(), atol=1e-6)


def test_that_heads_are_read_beside_the_way_and_change_nothing(transformer: Network) -> None:
    module, x = transformer.module, given(transformer)
    with torch.no_grad():
        plain = module(x)
        with capture(module, [f"{LAYER}@heads", LAYER]) as outputs:
            heard = module(x)
    assert torch.allclose(plain, heard, atol=1e-6)
    assert outputs[LAYER].shape == (1, 17, 32)
    assert not any(part._forward_hooks for part in module.modules())
    for method in ("grad-cam", "ablation-cam"):
        with pytest.raises(Problem, match="read beside the way"):
            asked(transformer, method, f"{LAYER}@heads")


def test_that_a_unit_of_the_heads_has_the_derivative_of_its_formula(transformer: Network) -> None:
    attention = transformer.module.get_submodule(LAYER)
    assert isinstance(attention, nn.MultiheadAttention)
    x = given(transformer).requires_grad_()
    with capture(transformer.module, [LAYER.replace("self_attention", "ln_1")]) as before:
        transformer.module(x)
    value = by_hand(attention, next(iter(before.values())))[0, 3, 0, 1:].max()
    (wanted,) = torch.autograd.grad(value, x)
    ran = asked(transformer, "gradient", f"{LAYER}@heads", "unit:max", 3)
    assert np.allclose(ran.numbers["result"], wanted[0].numpy(), atol=1e-5 * float(wanted.abs().max()) + 1e-9)


def test_that_without_a_class_token_the_heads_are_averaged_over_all_who_look() -> None:
    torch.manual_seed(1)
    seen = network(Seen())
    node = seen.node("attention@heads")
    assert (node.grid, node.units) == ((4, 3), 2)
    assert "every place, on average" in node.what_heads_show
    weights = torch.rand(1, 2, 12, 12)
    assert torch.allclose(maps_of(node, weights)[0], weights[0].mean(1).reshape(2, 4, 3))


def test_that_attention_to_something_else_has_no_map_of_heads() -> None:
    class Crossed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.patches = nn.Conv2d(3, 8, 8, 8)
            self.queries = nn.Parameter(torch.rand(1, 5, 8))
            self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

        def forward(self, x: Tensor) -> Tensor:
            tokens = self.patches(x).flatten(2).transpose(1, 2)
            return self.attention(self.queries.expand(len(x), -1, -1), tokens, tokens)[0].mean(1)

    assert network(Crossed()).root.find("attention@heads") is None


def test_that_a_table_is_one_map_that_lies_over_no_picture() -> None:
    torch.manual_seed(1)
    seen = network(Seen())
    node = seen.node("table")
    assert (node.kind, node.units, node.grid, node.has_places) == ("map", 1, (5, 6), False)
    ran = asked(seen, "activations", "table")
    assert ran.numbers["result"].shape == (5, 6)
    with torch.no_grad(), capture(seen.module, ["table"]) as outputs:
        seen.module(given(seen))
    assert np.allclose(ran.numbers["result"], outputs["table"][0].numpy(), atol=1e-6)
    assert maps_of(node, outputs["table"]).shape == (1, 1, 5, 6)
    with pytest.raises(Problem, match="has no rows and columns"):
        asked(seen, "grad-cam", "table")


class OwnAttention(nn.Module):
    """As people write it themselves: by a softmax, by torch's scaled dot product, or in a module of it."""

    def __init__(self, way: str, causal: bool = False) -> None:
        super().__init__()
        self.way, self.causal, self.heads = way, causal, 2
        self.qkv = nn.Linear(8, 24)
        self.attend = nn.Softmax(dim=-1)
        self.out = nn.Linear(8, 8)

    def forward(self, tokens: Tensor) -> Tensor:
        query, key, value = self.qkv(tokens).unflatten(2, (3, 2, 4)).permute(2, 0, 3, 1, 4)
        if self.way == "product":
            seen = nn.functional.scaled_dot_product_attention(query, key, value, is_causal=self.causal)
        else:
            alike = query @ key.transpose(2, 3) / 2
            weights = self.attend(alike) if self.way == "module" else nn.functional.softmax(alike, dim=-1)
            seen = weights @ value
        return self.out(seen.transpose(1, 2).flatten(2))  # type: ignore[no-any-return]


class OwnBlock(nn.Module):
    """Whose name speaks of attention as well, and which holds one."""

    def __init__(self, attention: nn.Module) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 8, 8)
        self.AttentionBlock = nn.Sequential(nn.LayerNorm(8), attention)
        self.head = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.patches(x).flatten(2).transpose(1, 2)
        return self.head((tokens + self.AttentionBlock(tokens)).mean(1))  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("way", "causal"), [("softmax", False), ("module", False), ("product", False), ("product", True)]
)
def test_that_the_heads_of_an_attention_of_ones_own_are_what_it_computes(way: str, causal: bool) -> None:
    torch.manual_seed(2)
    own = OwnAttention(way, causal)
    of = network(OwnBlock(own))
    assert [node.path for node in of.root.with_passes() if node.is_beside] == ["AttentionBlock.1@heads"]
    with torch.no_grad(), capture(of.module, ["AttentionBlock.0"]) as before:
        plain = of.module(given(of))
    query, key, _ = own.qkv(before["AttentionBlock.0"]).unflatten(2, (3, 2, 4)).permute(2, 0, 3, 1, 4)
    alike = query @ key.transpose(2, 3) / 2
    if causal:
        alike = alike.masked_fill(~torch.ones(12, 12, dtype=torch.bool).tril(), -math.inf)
    wanted = alike.softmax(-1)[0].detach().numpy()
    ran = asked(of, "activations", "AttentionBlock.1@heads")
    assert np.allclose(ran.numbers["result"], wanted, atol=1e-6)
    with torch.no_grad(), capture(of.module, ["AttentionBlock.1@heads"]):
        assert torch.equal(of.module(given(of)), plain)


def test_that_an_attention_that_fails_leaves_nobody_listening() -> None:
    torch.manual_seed(2)
    of = network(OwnBlock(OwnAttention("softmax")))
    with capture(of.module, ["AttentionBlock.1@heads"]), pytest.raises(RuntimeError):
        of.module.get_submodule("AttentionBlock.1")(torch.zeros(1, 12, 5))
    assert torch.overrides._get_current_function_mode() is None
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in of.module.modules())


def test_that_the_heads_of_windows_are_shown_where_one_window_is_the_whole_picture() -> None:
    torch.manual_seed(3)
    module = SwinTransformer([4, 4], 16, [1, 1], [2, 4], [5, 5], num_classes=5)
    size = Preprocessing(40, 40, 40, "stretch", 3, (0.5,) * 3, (0.25,) * 3)
    of = assembled(module, ModelChoice("swin"), "Swin", size)
    (node,) = [node for node in of.root.with_passes() if node.is_beside]
    assert (node.path, node.units, node.grid) == ("features.3.0.attn@heads", 4, (5, 5))
    ran = asked(of, "activations", node.path)
    assert np.allclose(ran.numbers["result"].sum(-1), 1, atol=1e-5)
