"""`sweep`: a whole data set through a network once, into an atlas; started again it goes on where it was."""

import argparse
import os
import sys
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from analysis.commands import arguments as given
from analysis.commands.beside import errors_beside_in_words
from analysis.commands.progress import clear_line, progress_line
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice

if TYPE_CHECKING:
    from analysis.network.network import Network
    from analysis.sweeps.spec import SweepSpec
    from analysis.sweeps.sweep import Sweep

_WORTH_WORKERS = 4e12  # multiplications: a minute or two of one core
_MOST_WORKERS = 8  # that are begun without being asked for
_TOLD_EVERY = 30.0  # seconds, where nobody watches the line


def sweep(arguments: argparse.Namespace) -> None:
    from analysis.commands.opening import opened
    from analysis.datasets.opening import data_set
    from analysis.sweeps.choosing import laid_out_spec, swept_layers
    from analysis.sweeps.finishing import finish
    from analysis.sweeps.sweep import Sweep, spec_in

    folder = Path(arguments.output)
    there = spec_in(folder)
    again = None if arguments.again is None else spec_in(Path(arguments.again))
    if arguments.again is not None and again is None:
        raise Problem(f"There is no atlas in {arguments.again}: choose the folder of one.")
    part = _part(arguments.part)
    with errors_beside_in_words():
        network = opened(_choice(arguments, there or again), arguments)
        data = None if arguments.data is None else data_set(arguments.data)
        for note in (*network.notes, *(data.notes if data is not None else ())):
            _say(note)
        known = again or (there if not arguments.layers else None)
        spec = known
        if spec is None:
            if data is None:
                raise Problem("Say whose units over which pictures: sweep --model M --data FOLDER -o ATLAS.")
            layers = swept_layers(network, arguments.layers)
            spec = laid_out_spec(
                network,
                layers,
                data.count,
                threads=arguments.threads or 1,
                kept=arguments.keep,
                batch=arguments.batch,
                shard=arguments.shard,
            )
        for option, name in (("threads", "threads"), ("batch", "batch"), ("shard", "shard"), ("keep", "kept")):
            asked, begun = getattr(arguments, option), getattr(spec, name)
            if asked is not None and asked != begun:
                raise Problem(f"The sweep was begun with --{option} {begun}: leave it out, or choose another folder.")
        if spec.model.weights_hash != network.choice.weights_hash:
            raise Problem(
                f"The sweep in {folder} is of {spec.model.name} with the weights {str(spec.model.weights_hash)[:8]}, "
                f"and this has {str(network.choice.weights_hash)[:8]}: choose another folder."
            )
        if not network.fixed:
            _say(f"{network.title} does not always answer alike, so another sweep will give other numbers.")
        made = Sweep(folder, spec)
        try:
            if arguments.trust:
                made.trust()
            if arguments.again is not None:
                made.over_the_same_as(Path(arguments.again))
            elif data is not None:
                made.over(data, arguments.data)
            for sentence in made.changes.in_words():
                _say(sentence)
            if made.changes.new:
                _say(f"{made.changes.new:,} pictures have come since; they are swept, too.")
            for other in arguments.join:
                _say(f"{made.join(Path(other)):,} shards were taken from {other}.")
            _work_through(made, network, arguments, part)
            if not made.whole:
                _say(f"This part is done; join it: main.py sweep --join {folder} -o THE-OTHER-HALF.")
                return
            with progress_line() as show:
                for step in finish(made, network):
                    show(step.done, step.total, step.note)
        finally:
            made.close()
    from analysis.sweeps.atlas import Atlas

    atlas = Atlas(folder)
    bad = f", {atlas.about['bad']:,} left out" if atlas.about["bad"] else ""
    for line in atlas.left_out():
        _say(f"left out: {line}")
    _say(f"The atlas of {atlas.units:,} units over {atlas.pictures:,} pictures{bad} is in {folder}.")


def _work_through(made: "Sweep", network: "Network", arguments: argparse.Namespace, part: tuple[int, int]) -> None:
    from analysis.question.batches import multiplications
    from analysis.sweeps.engines.engine import Engine
    from analysis.sweeps.engines.in_process import InProcess
    from analysis.sweeps.engines.processes import Processes
    from analysis.sweeps.engines.ray_cluster import RayCluster

    engine: Engine
    workers = arguments.workers
    if arguments.engine == "ray":
        engine = RayCluster(arguments.address, workers, gpu=network.device.type == "cuda")
    else:
        if arguments.address is not None:
            raise Problem("--address is that of a Ray cluster: say --engine ray, too.")
        if workers is None:
            work = multiplications(network) * len(made.manifest.entries)
            large = work > _WORTH_WORKERS and network.device.type == "cpu"
            workers = min(max((os.cpu_count() or 1) // made.spec.threads, 1), _MOST_WORKERS) if large else 1
        if workers < 1:
            raise Problem(f"There is at least one worker: say --workers 1, not {workers}.")
        engine = InProcess(network) if workers == 1 else Processes(workers)
    last = None
    told = monotonic()
    try:
        steps = made.steps(engine, part)
        try:
            with progress_line() as show:
                for last in steps:
                    show(last.done, last.total, last.in_words())
                    if last.note:
                        clear_line()
                        _say(last.note[0].upper() + last.note[1:] + ".")
                    if not sys.stderr.isatty() and monotonic() - told > _TOLD_EVERY:
                        _say(last.in_words())
                        told = monotonic()
        finally:
            steps.close()
    except KeyboardInterrupt:
        done = f" with {last.done:,} of {last.total:,} pictures" if last is not None else ""
        clear_line()
        _say(f"Stopped{done}: the same command goes on, and loses the shards in flight at most.")
        raise
    finally:
        engine.close()
    if last is not None:
        _say(last.in_words())


def _choice(arguments: argparse.Namespace, spec: "SweepSpec | None") -> ModelChoice:
    if arguments.model is not None:
        return given.model_choice(arguments.model, arguments)
    if spec is None:
        raise Problem("Say whose units over which pictures: sweep --model M --data FOLDER -o ATLAS.")
    return spec.model


def _part(text: str) -> tuple[int, int]:
    first, slash, whole = text.partition("/")
    if not (slash and first.isdigit() and whole.isdigit() and 1 <= int(first) <= int(whole) <= 10_000):
        raise Problem(f"The part “{text[:40]}” is not written as 1/2: which of how many.")
    return int(first), int(whole)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
