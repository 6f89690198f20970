"""The command line as it is typed, and as the choices that a recipe is made of. Nothing heavy is imported here."""

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, NoReturn

from analysis.datasets.names import whole_origin
from analysis.opening.own_name import own_name
from analysis.protocol.origin import Origin
from analysis.protocol.preprocessing import Overruling, Preprocessing
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice

OUTPUTS = (".png", ".svg", ".pdf", ".npz", ".json")

# A name with one of these endings is a file of the user's, stored with its whole path so that a recipe finds it again.
_MODEL_FILES = (".pt2", ".pt", ".pth", ".ts", ".torchscript", ".safetensors", ".py")

_EXAMPLES = """examples:
  main.py                                          open the window
  main.py --source camera --model resnet18         open it on the camera
  main.py layers alexnet                           list the layers of a network
  main.py render activations --model lenet --image seven.png --layer features.0 -o maps.png
  main.py render --recipe maps.png -o maps.pdf     draw a figure again
  main.py study --methods gradient grad-cam --models lenet --images pictures -o study
"""


class Parser(argparse.ArgumentParser):
    """One that says in one sentence what is wrong and leaves printing and exiting to main."""

    def error(self, message: str) -> NoReturn:
        raise Problem(f"{message[:1].upper()}{message[1:].rstrip('.')}; see {self.prog} --help.")


def parsed(typed: Sequence[str]) -> argparse.Namespace:
    """What stands before a command is the window's, and the command would go by its own defaults without a word."""
    arguments = parser().parse_args(typed)
    command = arguments.command
    if command is not None and typed[0] != command:
        before = " ".join(typed[: typed.index(command)])
        raise Problem(f"{before} stands before {command}, which does not hear it there: put it behind {command}.")
    return arguments


def parser() -> Parser:
    top = Parser(
        prog="main.py",
        description="Look under the hood of a neural network: without a command, in a window.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_window(top)
    top.add_argument(
        "--lecture", metavar="FILE|NAME", help="show a lecture on the whole screen: a file, or one that ships"
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", title="commands that need no display")

    def command(name: str, about: str) -> Parser:
        return commands.add_parser(name, help=about, description=about, allow_abbrev=False)

    _add_json(command("models", "List the networks there are, and which of their weights are here."))
    layers = command("layers", "List the layers of a network, with the shape of their output and their units.")
    layers.add_argument("model", metavar="M", help=_MODEL_HELP)
    _add_network(layers)
    _add_json(layers)
    graph = command("graph", "List the operations that a picture goes through, and which of them gives to which.")
    graph.add_argument("model", metavar="M", help=_MODEL_HELP)
    graph.add_argument("-o", "--output", metavar="OUT", help="draw it; ends in .png, .svg, .pdf, .npz or .json")
    graph.add_argument("--colour", metavar="C", default="parameters", help="what colours it (see `methods`)")
    graph.add_argument("--image", metavar="F", help="the picture, for what goes by one: activation and sparsity")
    graph.add_argument(
        "--unfold", metavar="PART", nargs="+", default=[], help="parts to be unfolded by their paths, all, or none"
    )
    _add_network(graph)
    _add_json(graph)
    _add_json(command("methods", "List the techniques and their settings."))
    data = command("data", "List what is in a data set: its kind, its classes, its first pictures.")
    data.add_argument("data", metavar="PATH-OR-NAME", help=_DATA_HELP)
    _add_json(data)
    _add_gallery(command("gallery", "List the recipes that ship with the program; `render --recipe NAME` draws one."))
    _add_render(command("render", "Draw a figure, or save the numbers behind it, without a window."))
    _add_predict(command("predict", "Write what a network answers to each of many pictures into a table."))
    _add_study(command("study", "Ask many questions, with the answers in a folder; started again it goes on."))
    _add_sweep(command("sweep", "Send a whole data set through a network once, into an atlas of every unit."))
    _add_atlas(command)
    _add_embed(command("embed", "Draw a whole data set as maps of what layers make of it."))
    screenshot = command("screenshot", "Save a picture of the whole window, drawn without a display.")
    screenshot.add_argument("-o", "--output", metavar="FILE", required=True, help="ends in .png")
    _add_window(screenshot)
    return top


_MODEL_HELP = "a name from `models`, a .pt2 or TorchScript file, or FILE.py:NAME or FILE.py:NAME(ARGUMENTS)"

_DATA_HELP = (
    "a folder (its sub-folders are the classes), a list of paths, an .npz file, .tar shards or an animated picture; "
    "MNIST, CIFAR10 and others of torchvision's where they were downloaded; samples, scenes or written-digits"
)


def _add_json(command: Parser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON for programs instead of a table")


def _add_gallery(command: Parser) -> None:
    command.add_argument("words", metavar="WORD", nargs="*", help="only rows in whose words all of these stand")
    _add_json(command)
    command.add_argument("--draw", metavar="FOLDER", help="make the thumbnails of all rows that need no download")
    command.add_argument("--again", action="store_true", help="with --draw: also of those that have one")
    command.add_argument("--sheet", metavar="FILE", help="all thumbnails on one sheet; ends in .webp")
    command.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, … or mps")
    command.set_defaults(trust=False, size=None, mean=None, std=None, fit=None)  # a row says these itself


def _add_network(command: Parser) -> None:
    group = command.add_argument_group("network")
    _add_weights(group)
    group.add_argument(
        "--size",
        metavar="N|HxW",
        help="size of the input: a number of pixels, or height by width; the picture is scaled to just that, "
        "without the larger size that many networks cut it out of",
    )
    group.add_argument(
        "--mean", metavar="X", nargs="+", help="what is taken from each channel (of 0…1); one number is for all of them"
    )
    group.add_argument("--std", metavar="X", nargs="+", help="what each channel is divided by after that, likewise")
    group.add_argument("--fit", choices=("crop", "stretch"), help="cut the middle of a picture, or squeeze all of it")


def _add_weights(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--weights", metavar="FILE|default|random", default="default", help="random ones come from --weights-seed"
    )
    group.add_argument("--seed", metavar="S", type=int, default=0, help="of methods that draw noise or masks")
    group.add_argument(
        "--weights-seed", metavar="S", type=int, help="of random weights; without it --seed is that of both"
    )
    group.add_argument("--labels", metavar="FILE", help="names of the classes, one a line")
    group.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, … or mps")
    group.add_argument("--trust", action="store_true", help="run the code in this network's file: you trust it")


def _add_window(command: Parser) -> None:
    command.add_argument("--model", metavar="M", help=_MODEL_HELP)
    command.add_argument(
        "--source",
        "--image",
        metavar="camera|screen|sketch|PATH",
        help="what to look at: a camera, the screen, a pad to draw on, a picture, video or folder, or sample:NAME, "
        "scene:SEED, noise:SEED, data:NAME#I",
    )
    command.add_argument("--layer", metavar="L", help="the layer to show, as `layers` names it")
    command.add_argument("--unit", metavar="N", type=int, help="the unit of the layer, from 0")
    command.add_argument("--recipe", metavar="FILE|NAME", help="a figure made here, or a name of the gallery")
    _add_network(command)


def _add_render(command: Parser) -> None:
    command.add_argument("method", metavar="METHOD", nargs="?", help="a technique from `methods`")
    command.add_argument("--recipe", metavar="FILE|NAME", help="draw this again: a figure made here, or of the gallery")
    command.add_argument("--model", metavar="M", help=_MODEL_HELP)
    command.add_argument(
        "--image",
        metavar="F",
        help="a picture file, sample:NAME, scene:SEED, noise:SEED or data:NAME#I; of a folder or a whole data set, "
        "all of its pictures",
    )
    command.add_argument("--data", metavar="PATH-OR-NAME", help=f"of what is about many pictures: {_DATA_HELP}")
    command.add_argument("--layer", metavar="L", help="a layer, as `layers` names it")
    command.add_argument("--unit", metavar="N|all", type=_unit, help="a unit of the layer, from 0, or all of them")
    command.add_argument(
        "--target",
        metavar="T",
        default=None,
        help="what is explained: class (the strongest), class:N or class:NAME (the beginning of a name is enough), "
        "class:N-class:M or “class:NAME - class:NAME” (why the one and not the other), probability:N, logprob:N, of a "
        "map of classes class:N@ROW,COL or class:N@region, of steps class:N@STEP, "
        "unit:mean, unit:max, unit:center or unit:ROW,COL",
    )
    command.add_argument(
        "--set", metavar="K=V", dest="settings", nargs="+", action="extend", default=[], help="the method's settings"
    )
    command.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        required=True,
        help="ends in .png, .svg, .pdf, .npz or .json; of many pictures or units a folder, which the same command "
        "goes on with where it was stopped",
    )
    _add_network(command)


def _add_predict(command: Parser) -> None:
    command.add_argument("--model", metavar="M", required=True, help=_MODEL_HELP)
    command.add_argument(
        "--image",
        metavar="F",
        nargs="+",
        required=True,
        help="picture files, folders of them, data sets as data:NAME, sample:NAME, …",
    )
    command.add_argument("--top", metavar="N", type=int, default=5, help="how many of the best classes; 5 without it")
    command.add_argument("-o", "--output", metavar="OUT", required=True, help="ends in .csv")
    _add_network(command)


def _add_embed(command: Parser) -> None:
    command.add_argument("--model", metavar="M", required=True, help=_MODEL_HELP)
    command.add_argument("--data", metavar="PATH-OR-NAME", required=True, help=_DATA_HELP)
    command.add_argument(
        "--layer", metavar="L", nargs="+", required=True, help="layers, as `layers` names them; input is the picture"
    )
    command.add_argument(
        "--method",
        metavar="METHOD",
        default="tsne",
        help="tsne (without it), pca or k-means; umap or pacmap where they are installed",
    )
    command.add_argument(
        "--set", metavar="K=V", dest="settings", nargs="+", action="extend", default=[], help="the method's settings"
    )
    command.add_argument("-o", "--output", metavar="OUT", required=True, help="ends in .png, .svg, .pdf, .npz or .csv")
    _add_network(command)


def _unit(text: str) -> int | Literal["all"]:
    if text == "all":
        return "all"
    try:
        return int(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"“{text[:40]}” is neither a number nor all") from error


def _add_study(command: Parser) -> None:
    command.add_argument("--recipe", metavar="FILE|NAME", help="the grid: a recipe with a comparison, or a study.json")
    command.add_argument("--methods", metavar="METHOD", nargs="+", default=[], help="techniques from `methods`")
    command.add_argument("--models", metavar="M", nargs="+", default=[], help=_MODEL_HELP)
    command.add_argument(
        "--images", metavar="F", nargs="+", default=[], help="picture files, folders of them, or sample:NAME"
    )
    command.add_argument("--targets", metavar="T", nargs="+", default=[], help="what is explained, as in `render`")
    command.add_argument("--layer", metavar="L", help="of units and of methods that weight its maps")
    command.add_argument("--units", metavar="N", type=int, nargs="+", default=[], help="units of the layer, from 0")
    command.add_argument(
        "--set", metavar="K=V", dest="settings", nargs="+", action="extend", default=[], help="settings of every method"
    )
    command.add_argument(
        "-o", "--output", metavar="FOLDER", required=True, help="a new folder, or that of the study that goes on"
    )
    _add_weights(command.add_argument_group("network"))
    # A study is described by its recipe alone, and says nothing of these.
    command.set_defaults(size=None, mean=None, std=None, fit=None)


def _add_sweep(command: Parser) -> None:
    command.add_argument("--model", metavar="M", help=_MODEL_HELP)
    command.add_argument("--data", metavar="FOLDER", help=_DATA_HELP)
    command.add_argument(
        "--layers",
        metavar="L",
        nargs="+",
        default=[],
        help="as `layers` names them; a part of the network stands for what is in it, all for every layer, and without "
        "any it is those whose values are used as they are",
    )
    command.add_argument("-o", "--output", metavar="ATLAS", required=True, help="a new folder, or that which goes on")
    command.add_argument("--workers", metavar="N", type=int, help="processes; as many as there are cores for long work")
    command.add_argument("--engine", choices=("here", "ray"), default="here", help="this machine, or a Ray cluster")
    command.add_argument("--address", metavar="HOST:PORT", help="of the Ray cluster; without it one is begun here")
    command.add_argument("--resume", action="store_true", help="go on with what is there, which it does anyway")
    command.add_argument("--part", metavar="K/N", default="1/1", help="only this part of the shards, for one machine")
    command.add_argument("--join", metavar="ATLAS", nargs="+", default=[], help="take in what other machines swept")
    command.add_argument("--again", metavar="ATLAS", help="the same pictures, layers and layout as that atlas has")
    command.add_argument("--threads", metavar="N", type=int, help="of each worker; part of what the numbers depend on")
    command.add_argument("--batch", metavar="N", type=int, help="pictures in one pass; likewise")
    command.add_argument("--shard", metavar="N", type=int, help="pictures in one piece of work; likewise")
    command.add_argument("--keep", metavar="N", type=int, help="pictures whose answers are kept one by one")
    _add_network(command)


def _add_atlas(command: Callable[[str, str], Parser]) -> None:
    def of_atlas(name: str, about: str) -> Parser:
        made = command(name, about)
        made.add_argument("atlas", metavar="ATLAS", help="the folder that a sweep was written to")
        return made

    _add_json(of_atlas("atlas", "Say how far an atlas is, and what it is of."))
    unit = of_atlas("unit", "Say what an atlas knows of one unit.")
    unit.add_argument("--layer", metavar="L", required=True, help="as `atlas` names it")
    unit.add_argument("--unit", metavar="N", type=int, required=True, help="from 0")
    _add_json(unit)
    units = of_atlas("units", "List the units that a query asks for: \"fav='dog' and ap_lift>20 and not dead\".")
    units.add_argument("query", metavar="QUERY", nargs="?", default="", help="or the name of one that was saved")
    units.add_argument("--sort", metavar="COLUMN", help="the largest first")
    units.add_argument("--rising", action="store_true", help="the smallest first")
    units.add_argument("--limit", metavar="N", type=int, help="at most so many")
    units.add_argument("--save", metavar="NAME", help="keep the query in the atlas under this name")
    _add_json(units)
    export = of_atlas("export", "Write the table of units for other tools.")
    export.add_argument("--csv", metavar="FILE", help="ends in .csv")
    export.add_argument("--parquet", metavar="FILE", help="ends in .parquet; needs underhood[parquet]")
    publish = of_atlas("publish", "Write an atlas as a web site that needs no server.")
    publish.add_argument("-o", "--output", metavar="SITE", required=True, help="a new folder, or one made before")
    publish.add_argument(
        "--map",
        metavar="FILE.npz",
        action="append",
        default=[],
        help="maps that `embed` wrote, to stand on the site, too; again for more",
    )
    publish.add_argument("--title", metavar="TITLE", default="", help="what stands over it")


# --- what was typed, as the choices of a recipe


def model_choice(name: str, arguments: argparse.Namespace) -> ModelChoice:
    """Which network was named, with whole paths."""
    weights = arguments.weights if arguments.weights in ("default", "random") else os.path.abspath(arguments.weights)
    labels = arguments.labels and os.path.abspath(arguments.labels)
    seed = arguments.seed if arguments.weights_seed is None else arguments.weights_seed
    return ModelChoice(_whole_model_path(name), weights, seed, labels=labels)


def notes_on(before: Preprocessing, arguments: argparse.Namespace) -> tuple[str, ...]:
    """What was typed says more than it seems to. `before` is how the network prepares pictures by itself."""
    notes = []
    if arguments.weights == "random" and arguments.weights_seed is None and arguments.seed != 0:
        notes.append(f"--seed {arguments.seed} draws the random weights, too; --weights-seed gives them their own.")
    return (*notes, *overruling(arguments).notes(before))


def picture_origin(text: str) -> str:
    """A picture's origin as a recipe stores it: files with their whole path."""
    origin = Origin.parse(text)
    if origin.kind == "data":
        return whole_origin(origin).text
    return text if origin.named else os.path.abspath(text)


def window_source(text: str | None) -> str | None:
    return text if text in (None, "camera", "screen", "sketch", "noise") else picture_origin(text)


def settings(pairs: Sequence[str]) -> dict[str, str]:
    """The settings of `--set`, still as text."""
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not name or not equals:
            raise Problem(f"The setting “{pair}” is not written as NAME=VALUE.")
        found[name] = value
    return found


def overrules(arguments: argparse.Namespace) -> bool:
    """Whether anything of the network's preprocessing was given."""
    return overruling(arguments) != Overruling()


def overruling(arguments: argparse.Namespace) -> Overruling:
    """What was given in place of the network's own preprocessing."""
    size = None if arguments.size is None else _size(arguments.size)
    return Overruling(size, arguments.fit, _numbers("--mean", arguments.mean), _numbers("--std", arguments.std))


def preprocessing(base: Preprocessing, arguments: argparse.Namespace) -> Preprocessing:
    """The network's own preprocessing with what was given in its place."""
    return overruling(arguments).over(base)


def _whole_model_path(name: str) -> str:
    if own := own_name(name):
        return f"{os.path.abspath(own.file)}:{own.called}"
    return os.path.abspath(name) if Path(name).suffix.lower() in _MODEL_FILES else name


def _size(text: str) -> tuple[int, int]:
    sides = text.lower().replace("×", "x").split("x")
    if len(sides) > 2 or not all(side.isascii() and side.isdigit() and len(side) < 6 for side in sides):
        raise Problem(f"The size “{text}” is neither a number of pixels nor HEIGHTxWIDTH.")
    return int(sides[0]), int(sides[-1])


def _numbers(option: str, texts: Sequence[str] | None) -> tuple[float, ...] | None:
    """Separated by commas, spaces or both."""
    if texts is None:
        return None
    try:
        return tuple(float(part) for text in texts for part in text.split(",") if part)
    except ValueError as error:
        raise Problem(f"{option} takes one number for each channel, not “{' '.join(texts)}”.") from error
