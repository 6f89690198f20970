"""What an atlas says, as tables or JSON: of itself, of one unit, of all units that a query asks for."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from analysis.commands.listing import print_json, print_table
from analysis.files.whole_file import check_output
from analysis.protocol.problems import Problem
from analysis.sweeps.atlas import Atlas

_SHOWN = ("layer", "unit", "fav", "ap", "ap_lift", "pearson", "p", "max", "zeros", "dead")
_MOST = 50  # rows of a table for people


def atlas(arguments: argparse.Namespace) -> None:
    found = Atlas(Path(arguments.atlas))
    state = found.state()
    if arguments.json:
        print_json(state)
        return
    print(f"{state['network']} over {state['population']}")
    left = f", {state['left']:,} still to be swept" if state["left"] else ""
    print(f"{state['done']:,} of {state['pictures']:,} pictures{left}, {len(state['bad']):,} left out")
    print(f"{state['units']:,} units in {len(state['layers'])} layers, {state['dead']:,} of them dead")
    if state["truth"] is not None:
        truth = state["truth"]
        print(f"Known truth: {truth['right']} of the {truth['units']} units of {truth['layer']} have their own class.")
    print(f"weights {str(state['weights_hash'])[:16]}, statistics {state['digest'][:16]}")
    print()
    print_table(("layer", "type", "units"), [(one["layer"], one["type"], str(one["units"])) for one in state["layers"]])
    for line in found.left_out(_MOST):
        print(f"left out: {line}")


def unit(arguments: argparse.Namespace) -> None:
    told = Atlas(Path(arguments.atlas)).unit(arguments.layer, arguments.unit)
    if arguments.json:
        print_json(_finite(told))
        return
    print(f"unit {told['unit']} of {told['layer']}")
    for name in ("count", "mean", "std", "min", "max", "zeros", "fav", "ap", "ap_lift", "pearson", "p"):
        print(f"  {name}: {_cell(told[name])}")
    if told["dead"]:
        print(
            f"  dead: its rate is below {told['bound']:.2g} in 95 of 100 cases; "
            f"the largest value before the ReLU was {told['before_relu']:.3g}"
        )
    print()
    rows = [
        (one["picture"], _cell(one["value"]), f"{one['row']}, {one['column']}", str(one["class"]))
        for one in told["top"]
    ]
    print_table(("picture", "value", "row, column", "class"), rows or [("–", "", "", "")])
    if told["classes"]:
        print()
        rows = [
            (one["name"], *(_cell(one[name]) for name in ("mean", "ap", "lift", "auroc", "pearson", "p")))
            for one in told["classes"][:10]
        ]
        print_table(("class", "mean", "ap", "lift", "auroc", "pearson", "p"), rows)


def units(arguments: argparse.Namespace) -> None:
    found = Atlas(Path(arguments.atlas))
    most = arguments.limit if arguments.limit is not None else (None if arguments.json else _MOST)
    if arguments.query in (saved := found.queries()):
        arguments.query = saved[arguments.query]
    asked = found.ask(arguments.query, arguments.sort, not arguments.rising, most)
    if arguments.save is not None:
        found.save_query(arguments.save, arguments.query)
    rows = [found.row(identity) for identity in asked.units.tolist()]
    if arguments.json:
        print_json(_finite(rows))
        return
    print_table(_SHOWN, [[_cell(row[name]) for name in _SHOWN] for row in rows])
    if asked.total > len(rows):
        print(f"… {len(rows):,} of {asked.total:,}; --limit shows more", file=sys.stderr)


def export(arguments: argparse.Namespace) -> None:
    from analysis.sweeps.export import to_csv, to_parquet

    if (arguments.csv is None) == (arguments.parquet is None):
        raise Problem("Say where to: --csv FILE.csv, or --parquet FILE.parquet.")
    found = Atlas(Path(arguments.atlas))
    if arguments.csv is not None:
        path = Path(arguments.csv)
        check_output(path, (".csv",))
        to_csv(found, path)
    else:
        path = Path(arguments.parquet)
        check_output(path, (".parquet",))
        to_parquet(found, path)
    print(f"{found.units:,} units are in {path}.", file=sys.stderr)


def publish(arguments: argparse.Namespace) -> None:
    from analysis.commands.progress import progress_line
    from analysis.publishing.site import publish_atlas

    found = Atlas(Path(arguments.atlas))
    folder = Path(arguments.output)
    with progress_line() as show:
        for done, total, note in publish_atlas(found, folder, arguments.title, [Path(one) for one in arguments.map]):
            show(done, total, note)
    print(f"The site is in {folder}: open {folder / 'index.html'}.", file=sys.stderr)


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _finite(told: Any) -> Any:
    """JSON has no word for what is no finite number."""
    text = json.dumps(told, ensure_ascii=False)
    return json.loads(text, parse_constant=lambda _: None)
