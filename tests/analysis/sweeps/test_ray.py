"""The cluster's engine, where Ray is installed: a node that is lost, and the same bytes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from analysis.protocol.problems import Problem
from analysis.sweeps.engines.ray_cluster import RayCluster
from tests.analysis.sweeps.swept import digest, folder_of_bars, opened, sweep

try:
    import ray
    from ray.cluster_utils import Cluster
except ImportError:
    ray = None  # type: ignore[assignment]


@pytest.mark.skipif(ray is not None, reason="Ray is installed")
def test_that_a_missing_ray_is_told_in_one_sentence() -> None:
    with pytest.raises(Problem, match="pip install"):
        RayCluster()


@pytest.mark.slow
@pytest.mark.skipif(ray is None, reason="Ray is not installed")
@pytest.mark.filterwarnings("ignore")
def test_that_a_lost_node_loses_its_shards_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = (str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH", ""))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(places))
    data = folder_of_bars(tmp_path / "data")
    network = opened()
    sweep(network, data, tmp_path / "serial")
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    try:
        second = cluster.add_node(num_cpus=1)
        ray.init(address=cluster.address, log_to_driver=False)
        lost = []

        def watch(_step: object) -> None:
            if not lost:
                cluster.remove_node(second, allow_graceful=False)
                lost.append(second)

        sweep(network, data, tmp_path / "cluster", RayCluster(), watch=watch)
        assert lost
    finally:
        ray.shutdown()
        cluster.shutdown()
    assert digest(tmp_path / "cluster") == digest(tmp_path / "serial")
