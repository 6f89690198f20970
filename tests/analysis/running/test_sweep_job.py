"""A sweep as a job of the window: what it says in the end."""

from pathlib import Path

from analysis.protocol.events import JobProgress, SweepEnded
from analysis.protocol.recipe import ModelChoice
from analysis.protocol.requests import SweepRequest
from analysis.running.jobs.sweep import run_sweep
from analysis.running.workbench import Workbench
from analysis.sweeps.atlas import Atlas
from tests.analysis.sweeps.swept import folder_of_bars
from tests.analysis.to_the_end import opened


def test_that_what_was_left_out_is_named_and_what_lies_beside_is_told(tmp_path: Path) -> None:
    data = folder_of_bars(tmp_path / "bars", 12)
    (data / "class-0" / "broken.png").write_text("no picture")
    (data / "class-1" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    (data / "beside.png").write_bytes((data / "class-0" / "0000.png").read_bytes())
    bench = Workbench()
    network = opened(ModelChoice("lenet"))
    bench.take(network, 1)
    asked = SweepRequest(1, network.choice, str(tmp_path / "atlas"), str(data), ("conv1",))
    *steps, ended = run_sweep(bench, asked)
    assert all(isinstance(step, JobProgress) for step in steps)
    assert isinstance(ended, SweepEnded)
    assert (ended.pictures, ended.bad) == (12, 2)
    first, beside = ended.remarks
    assert first.startswith("One of them is class-0/broken.png: “broken.png” is not a picture")
    assert beside.startswith("1 picture is left out")
    assert Atlas(tmp_path / "atlas").left_out(1) == (first.removeprefix("One of them is "), "and 1 more")
