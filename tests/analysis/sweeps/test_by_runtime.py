"""Sweeps by ONNX Runtime: torch's numbers, or torch itself; and never two engines in one atlas."""

import json
from pathlib import Path

import numpy as np
import pytest

from analysis.network.network import Network
from analysis.protocol.problems import Problem
from analysis.quick.switch import VARIABLE
from analysis.sweeps import by_runtime
from analysis.sweeps.atlas import Atlas
from analysis.sweeps.engines.in_process import InProcess
from analysis.sweeps.spec import spec_of
from analysis.sweeps.sweep import Sweep
from tests.analysis.sweeps.swept import folder_of_bars, opened, spec_for, sweep
from tests.tricks import uses

SUMS = ("mean", "std", "min", "max")


@pytest.fixture(scope="module")
def network() -> Network:
    return opened()


@pytest.fixture(scope="module")
def bars(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of_bars(tmp_path_factory.mktemp("bars") / "bars", 22)


def engine_of(folder: Path) -> str:
    return spec_of((folder / "spec.json").read_text()).engine


@uses("runtime")
def test_that_the_runtime_gives_the_atlas_that_torch_gives(
    network: Network, bars: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep(network, bars, tmp_path / "quick")
    monkeypatch.setenv(VARIABLE, "runtime")
    sweep(network, bars, tmp_path / "plain")
    assert engine_of(tmp_path / "quick").startswith("onnxruntime ")
    assert engine_of(tmp_path / "plain").startswith("torch ")
    quick, plain = Atlas(tmp_path / "quick"), Atlas(tmp_path / "plain")
    assert quick.about["digest"] != plain.about["digest"]
    assert any(layer.before_relu for layer in quick.layers)
    for layer in quick.layers:
        units = [(quick.unit(layer.path, unit), plain.unit(layer.path, unit)) for unit in range(layer.units)]
        share = 1e-5 * (max(other["max"] for _, other in units) - min(other["min"] for _, other in units))
        for one, other in units:
            assert [one[name] for name in SUMS] == pytest.approx([other[name] for name in SUMS], rel=1e-5, abs=share)
            assert one["count"] == other["count"] == sum(one["histogram"]["counts"])
            assert one["zeros"] == pytest.approx(other["zeros"], abs=2e-3)  # of what lies at zero by rounding
            values = [[best["value"] for best in told["top"]] for told in (one, other)]
            np.testing.assert_allclose(values[0], values[1], rtol=1e-5, atol=share)
            before = [
                [best.before or 0.0 for best in atlas.best(atlas.id_of(layer.path, one["unit"]))]
                for atlas in (quick, plain)
            ]
            np.testing.assert_allclose(before[0], before[1], rtol=1e-5, atol=share)


@uses("runtime")
def test_that_what_one_engine_began_no_other_goes_on_with(
    network: Network, bars: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep(network, bars, tmp_path / "quick", part=(1, 2))
    monkeypatch.setenv(VARIABLE, "runtime")
    sweep(network, bars, tmp_path / "plain", part=(1, 2))
    with pytest.raises(Problem, match=r"was begun by onnxruntime .* and here it would be torch"):
        Sweep(tmp_path / "quick", spec_for(network))
    going_on = Sweep(tmp_path / "quick")
    with pytest.raises(Problem, match=r"was begun by onnxruntime .* turned off"):
        list(going_on.steps(InProcess(network)))
    going_on.close()
    monkeypatch.delenv(VARIABLE)
    told = json.loads((tmp_path / "plain" / "spec.json").read_text())
    (tmp_path / "plain" / "spec.json").write_text(json.dumps(told | {"engine": "torch 1.0"}))
    going_on = Sweep(tmp_path / "plain")
    with pytest.raises(Problem, match=r"was begun by torch 1.0, and here is torch "):
        list(going_on.steps(InProcess(network)))
    going_on.close()
    sweep(network, bars, tmp_path / "quick")
    assert Atlas(tmp_path / "quick").pictures == 22


@uses("runtime")
def test_that_a_pass_which_was_written_down_wrongly_is_left_to_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    written = by_runtime.written_down

    def wrongly(*asked):  # type: ignore[no-untyped-def]
        found = written(*asked)
        assert found is not None
        name = max(found.graph.constants, key=lambda one: found.graph.constants[one].size)
        found.graph.constants[name] = found.graph.constants[name] * np.float32(1.001)
        return found

    monkeypatch.setattr(by_runtime, "written_down", wrongly)
    assert spec_for(opened()).engine.startswith("torch ")
