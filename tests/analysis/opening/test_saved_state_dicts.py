"""The plain saved state dict of every family of torchvision's classification networks fits its architecture."""

from pathlib import Path

import pytest
import torch
import torchvision
from safetensors.torch import save_file
from torch import nn

from analysis.opening.consent import Consent
from analysis.opening.weights_file import fit, read_weights


def smallest_of_each_family() -> list[str]:
    best: dict[str, tuple[int, str]] = {}
    for name in torchvision.models.list_models(module=torchvision.models):
        family = torchvision.models.get_model_builder(name).__module__
        size = torchvision.models.get_model_weights(name).DEFAULT.meta["num_params"]
        best[family] = min(best.get(family, (size, name)), (size, name))
    return sorted(name for _size, name in best.values())


def without_numbers(name: str) -> nn.Module:
    with torch.device("cpu" if name.startswith("regnet") else "meta"):  # whose widths are computed by torch
        return torchvision.models.get_model(name, weights=None)


def of_one_number(module: nn.Module, number: float) -> dict[str, torch.Tensor]:
    """Its state dict with one number everywhere, which takes no room in a file."""
    state = module.state_dict()
    for key, value in state.items():
        state[key] = torch.tensor(number).to(value.dtype).expand(value.shape)
    return state


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", smallest_of_each_family())
def test_that_a_saved_state_dict_fits(name: str, tmp_path: Path) -> None:
    module = without_numbers(name)
    torch.save(of_one_number(module, 0.5), tmp_path / "weights.pth")
    loaded = module.to_empty(device="cpu")
    assert fit(loaded, read_weights(tmp_path / "weights.pth", Consent()), tmp_path / "weights.pth", name) == ()
    assert all(bool((value == 0.5).all()) for value in loaded.parameters())


@pytest.mark.parametrize("around", ["", "module.", "_orig_mod.", "model.module."])
def test_that_the_versions_of_layers_are_found_however_they_are_wrapped(around: str, tmp_path: Path) -> None:
    file = tmp_path / "weights.pth"
    wrapped = torchvision.models.mnasnet0_75(weights=None)
    network: nn.Module = wrapped
    for name in reversed(around.split(".")[:-1]):
        network = nn.ModuleDict({name: network})
    torch.save(network.state_dict(), file)
    loaded = torchvision.models.mnasnet0_75(weights=None)
    fit(loaded, read_weights(file, Consent()), file, "mnasnet0_75")
    for one, other in zip(wrapped.parameters(), loaded.parameters(), strict=True):
        assert torch.equal(one, other)


def test_that_a_file_without_versions_is_read_as_of_today(tmp_path: Path) -> None:
    file = tmp_path / "weights.safetensors"
    made = torchvision.models.mnasnet0_75(weights=None)
    save_file(made.state_dict(), file)
    loaded = torchvision.models.mnasnet0_75(weights=None)
    fit(loaded, read_weights(file, Consent()), file, "mnasnet0_75")
    assert torch.equal(loaded.classifier[1].weight, made.classifier[1].weight)


def test_that_whatever_a_layer_raises_about_its_weights_is_one_sentence(tmp_path: Path) -> None:
    from analysis.protocol.problems import Problem

    file = tmp_path / "weights.pth"
    made = torchvision.models.mnasnet0_75(weights=None)
    state = made.state_dict()
    state._metadata[""]["version"] = 9
    torch.save(state, file)
    with pytest.raises(Problem, match=r"weights\.pth cannot be put into mnasnet0_75: version should be set to 1 or 2"):
        fit(made, read_weights(file, Consent()), file, "mnasnet0_75")
