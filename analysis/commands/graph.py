"""What a network does with a picture, operation by operation, as a table, as JSON or as a drawing."""

import argparse
import sys
from typing import Any

from analysis.commands.listing import print_json, print_table


def graph(arguments: argparse.Namespace) -> None:
    if arguments.output is not None:
        _draw(arguments)
        return
    if arguments.unfold or arguments.image is not None or arguments.colour != "parameters":
        from analysis.protocol.problems import Problem

        raise Problem("Colours, a picture and what is unfolded are for a drawing: name its file with -o.")
    import torch

    from analysis.commands.arguments import model_choice
    from analysis.commands.beside import errors_beside_in_words
    from analysis.commands.opening import opened
    from analysis.network.own_code import let_interrupt_pass, told
    from analysis.protocol.problems import Problem
    from analysis.tracing.graph import CUT_OFF, OperationGraph, graph_of

    with errors_beside_in_words():
        network = opened(model_choice(arguments.model, arguments), arguments)
        size = network.preprocessing
        example = torch.zeros(1, size.channels, size.height, size.width, device=network.device)
        try:
            found: OperationGraph = graph_of(network.module, example)
        except Problem:
            raise
        except BaseException as error:  # the network may be the person's own and can fail in any way
            let_interrupt_pass(error)
            raise Problem(f"{network.title} failed on an empty picture: {told(error)}.") from error
    for note in (*network.notes, *(() if found.answers else (CUT_OFF,))):
        print(note, file=sys.stderr)
    if arguments.json:
        print_json(as_objects(found))
        return
    takes: dict[int, list[str]] = {}
    for maker, taker in found.edges:
        takes.setdefault(taker, []).append(str(maker))
    rows = []
    for i, node in enumerate(found.nodes):
        taken, weights = " ".join(takes.get(i, [])), " ".join(node.parameters)
        rows.append((str(i), node.operation, node.module, _sizes(node.shapes), taken, weights))
    print_table(("", "operation", "layer", "gives", "takes", "weights"), rows)


def _draw(arguments: argparse.Namespace) -> None:
    """As the window draws it, with the recipe inside."""
    from pathlib import Path

    from analysis.commands.arguments import OUTPUTS, model_choice, picture_origin
    from analysis.commands.beside import errors_beside_in_words
    from analysis.commands.render import rendered
    from analysis.files.whole_file import check_output, write_whole
    from analysis.methods.dependence import dependences
    from analysis.protocol.problems import Problem
    from analysis.protocol.recipe import PictureChoice, Recipe, with_look
    from analysis.results.looks import GraphLook

    if arguments.json:
        raise Problem("A drawing and the list are two things: leave --json out, or -o (OUT.json is a sentence on it).")
    output = Path(arguments.output)
    check_output(output, OUTPUTS)
    picture = PictureChoice(picture_origin(arguments.image)) if arguments.image is not None else None
    recipe = Recipe(
        model_choice(arguments.model, arguments),
        picture,
        method="network-graph",
        settings={"colour": arguments.colour},
    )
    if picture is None and "picture" in dependences(recipe):
        raise Problem(f"The {arguments.colour} of a network is that of a picture: name one with --image.")
    recipe = with_look(recipe, GraphLook, unfolded=" ".join(arguments.unfold))
    with errors_beside_in_words():
        content, notes = rendered(recipe, output.suffix.lower(), arguments)
    write_whole(output, content)
    for note in notes:
        print(note, file=sys.stderr)


def as_objects(found: Any) -> dict[str, Any]:
    """As programs read it; nodes are told by their numbers."""
    nodes = [
        {
            "number": number,
            "operation": node.operation,
            "module": node.module,
            "type": node.type,
            "inside": list(node.inside),
            "multiplications": node.multiplications,
            "shapes": [list(shape) for shape in node.shapes],
            "parameters": {name: list(shape) for name, shape in node.parameters.items()},
        }
        for number, node in enumerate(found.nodes)
    ]
    return {"nodes": nodes, "edges": [list(edge) for edge in found.edges], "answers": list(found.answers)}


def _sizes(shapes: tuple[tuple[int, ...], ...]) -> str:
    return " ".join("×".join(map(str, shape)) or "a number" for shape in shapes if 0 not in shape)
