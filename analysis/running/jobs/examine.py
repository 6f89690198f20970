"""The doctor's visit."""

from collections.abc import Iterator

from analysis.network.doctor import examine
from analysis.protocol.events import Event, Examined
from analysis.protocol.requests import ExamineRequest
from analysis.running.workbench import Workbench


def examine_network(bench: Workbench, request: ExamineRequest) -> Iterator[Event]:
    findings = sorted(examine(bench.needed()), key=lambda found: ("error", "warning", "note").index(found.severity))
    yield Examined(request.id, bench.epoch, tuple((found.severity, found.sentence) for found in findings))
