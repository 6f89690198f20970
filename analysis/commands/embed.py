"""`embed`: a whole data set as maps of what layers make of it, as a figure, as numbers or as a table."""

import argparse
import csv
import io
import sys
from pathlib import Path

from analysis.commands.arguments import model_choice
from analysis.commands.arguments import settings as typed_settings
from analysis.commands.beside import errors_beside_in_words
from analysis.commands.running import run_on
from analysis.datasets.names import whole_origin
from analysis.files.npz import npz_bytes
from analysis.files.whole_file import check_output, write_whole
from analysis.methods.dependence import dependences
from analysis.methods.registry import members, method
from analysis.methods.settings import configured
from analysis.protocol.origin import Origin, origin_in_data
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import Recipe
from analysis.results.kinds import Embedding

OUTPUTS = (".png", ".svg", ".pdf", ".npz", ".csv")


def embed(arguments: argparse.Namespace) -> None:
    output = Path(arguments.output)
    check_output(output, OUTPUTS)
    recipe = _asked_for(arguments)
    with errors_beside_in_words():
        from analysis.commands.opening import opened

        network = opened(recipe.model, arguments)
        ran = run_on(network, recipe, None)
        assert isinstance(ran.result, Embedding)
        suffix = output.suffix.lower()
        if suffix == ".npz":
            content = npz_bytes(ran.recipe, ran.numbers)
        elif suffix == ".csv":
            content = table(ran.result)
        else:
            from analysis.drawing.run_figure import figure_of

            content = figure_of(ran, suffix)
    write_whole(output, content)
    for one in ran.result.maps:
        print(f"{one.layer}: {one.words}")
    for note in ran.notes:
        print(note, file=sys.stderr)


def _asked_for(arguments: argparse.Namespace) -> Recipe:
    technique = method(arguments.method)
    if technique.family != "embeddings" or "data" not in technique.asks:
        there = ", ".join(one.name for one in members("embeddings") if "data" in one.asks)
        raise Problem(f"{technique.title} makes no map of a data set: there are {there}.")
    settings = typed_settings(arguments.settings)
    configured(technique, settings)
    recipe = Recipe(
        model_choice(arguments.model, arguments),
        data=whole_origin(Origin.parse(origin_in_data(arguments.data))).path,
        layers=tuple(dict.fromkeys(arguments.layer)),
        method=arguments.method,
        settings=settings,
        seed=arguments.seed,
    )
    assert "data" in dependences(recipe)
    return recipe


def table(result: Embedding) -> bytes:
    """A row for each picture and layer."""
    stream = io.StringIO()
    rows = csv.writer(stream, lineterminator="\n")
    axes = [f"place_{'xyz'[axis]}" for axis in range(result.maps[0].places.shape[1])]
    rows.writerow(["picture", "layer", *axes, "class", "prediction", "vote", "cluster", "trust", "continuity"])
    for one in result.maps:
        trust, continuity = one.trust, one.continuity
        assert trust is not None
        assert continuity is not None
        for point, name in enumerate(result.names):
            rows.writerow(
                [
                    name,
                    one.layer,
                    *(f"{value:.6g}" for value in one.places[point]),
                    _name(result.group_names, int(result.groups[point])),
                    _name(result.prediction_names, int(result.predictions[point])),
                    _name(result.group_names, int(one.votes[point])),
                    int(one.clusters[point]),
                    f"{trust[point]:.6g}",
                    f"{continuity[point]:.6g}",
                ]
            )
    return stream.getvalue().encode("utf-8")


def _name(names: tuple[str, ...], number: int) -> str:
    return names[number] if 0 <= number < len(names) else ""
