"""`python -m analysis.training NAME --out FOLDER` trains one of our own networks and writes weights and card."""

import argparse
import importlib
import sys
from pathlib import Path

from analysis.protocol.problems import Problem

COURSES = {"lenet": "lenet", "resnet-cifar": "resnet_cifar", "dynamics": "dynamics"}


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        _train(options)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted: --resume goes on from the last whole epoch.", file=sys.stderr)
        return 130
    return 0


def _train(options: argparse.Namespace) -> None:
    from analysis.opening.loading import finished
    from analysis.training.course import Course
    from analysis.training.loop import Step, score, train, words
    from analysis.training.shipping import as_shipped, ship

    course: Course = importlib.import_module(f"analysis.training.{COURSES[options.name]}").course()
    epochs = course.epochs if options.epochs is None else options.epochs
    if epochs < 1:
        raise Problem(f"--epochs {epochs} leaves nothing to train: give 1 or more.")
    folder: Path = options.out
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(f"The folder {folder} cannot be made: {error.strerror}.") from error
    examples = course.gather(options.data, folder / "downloads", options.seed)
    print(f"{options.name}: {len(examples.inputs)} examples to learn from", flush=True)
    file = folder / f"{options.name}.checkpoint"

    def tell(step: Step) -> None:
        if sentence := words(options.name, step):
            _say(sentence)

    trained = finished(train(course, examples, epochs, options.seed, file, options.resume), tell)
    network = as_shipped(trained.network)
    scores = score(course, network, examples, thorough=True)
    ship(course, network, trained, scores, options.seed, options.data, folder)
    for key, value in scores.items():
        _say(f"{options.name}: {key.replace('_', ' ')} {value:.5f}")
    _say(f"{options.name}: wrote {folder / options.name}.safetensors and its card")


def _say(sentence: str) -> None:
    print(sentence, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m analysis.training", description=__doc__)
    parser.add_argument("name", choices=sorted(COURSES), help="the network to train")
    parser.add_argument("--data", type=Path, metavar="FILE.npz", help="pictures and labels (default: download them)")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="where weights, card and checkpoint go"
    )
    parser.add_argument("--epochs", type=int, help="how often each example is seen")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same network (default 0)")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in FOLDER")
    return parser


if __name__ == "__main__":
    sys.exit(main())
