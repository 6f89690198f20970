"""The command line: the window, or one of the commands that need none. Everything is imported late.

What is heavy because it would be waited for, and the rest because Ctrl+C is answered in Python's own words until `main`
has begun.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # `typing` is one of those that are waited for
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from gui.options import WindowOptions

INTERRUPTED = 130


def main(typed: Sequence[str] | None = None) -> int:
    """Runs what was typed and says how it ended: 0, 2 for a problem said in one sentence, 130 (143, 129) when ended."""
    from gui.process.endings import interrupt_when_asked, leave_when_asked

    if typed is None:
        leave_when_asked()
    from analysis.protocol.problems import Problem
    from gui.options import WindowOptions

    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by who started this, or a program without a console
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 - for as long as the program runs
    for stream in (sys.stdout, sys.stderr):  # a terminal that lacks a letter shows a question mark
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    if typed is None:
        import warnings

        if not sys.warnoptions:  # what libraries warn programmers of is nothing for the person here
            warnings.simplefilter("ignore")
    try:
        words = sys.argv[1:] if typed is None else typed
        if typed is None:
            interrupt_when_asked()
        return _run(words) if words else _window(WindowOptions())
    except Problem as problem:
        print(" ".join(str(problem).split()), file=sys.stderr)
        return 2
    except KeyboardInterrupt as end:
        return getattr(end, "status", INTERRUPTED)
    except BrokenPipeError:  # such as `main.py models | head`
        _print_no_more()
        return 0


def _run(typed: Sequence[str]) -> int:
    from analysis.commands.arguments import parsed

    arguments = parsed(typed)
    if arguments.command is None:
        return _window(_options(arguments))
    if arguments.command == "screenshot":
        return _screenshot(arguments)
    from analysis.quick.freed_memory import keep_freed_memory

    keep_freed_memory()
    if arguments.command == "render":
        from analysis.commands.render import render

        render(arguments)
    elif arguments.command == "predict":
        from analysis.commands.predict import predict

        predict(arguments)
    elif arguments.command == "embed":
        from analysis.commands.embed import embed

        embed(arguments)
    elif arguments.command == "study":
        from analysis.commands.study import study

        study(arguments)
    elif arguments.command == "sweep":
        from analysis.commands.sweep import sweep

        sweep(arguments)
    elif arguments.command in ("export", "publish"):
        from analysis.commands import atlas

        (atlas.export if arguments.command == "export" else atlas.publish)(arguments)
    else:
        _list(arguments)
    return 0


def _list(arguments: Namespace) -> None:
    from analysis.commands import gallery, graph, listing
    from analysis.protocol.problems import Problem

    command = {
        "models": listing.models,
        "layers": listing.layers,
        "graph": graph.graph,
        "methods": listing.methods,
        "data": listing.data,
        "gallery": gallery.gallery,
        "atlas": _of_atlas,
        "unit": _of_atlas,
        "units": _of_atlas,
    }[arguments.command]
    try:
        command(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _print_no_more()
        raise Problem(f"The list could not be written: {error.strerror or error}.") from error


def _of_atlas(arguments: Namespace) -> None:
    from analysis.commands import atlas

    {"atlas": atlas.atlas, "unit": atlas.unit, "units": atlas.units}[arguments.command](arguments)


def _print_no_more() -> None:
    """What is left in the buffer goes nowhere; at the end of the program it would fail once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _window(options: WindowOptions) -> int:
    from gui.process.display import display_answers

    if not display_answers():
        from analysis.protocol.problems import Problem

        raise Problem(
            "There is no display to open the window on; models, layers, graph, methods, data, gallery, study, embed, "
            "sweep, atlas, unit, units, export, publish, predict, render and screenshot work without one "
            "(main.py --help)."
        )
    from gui.process.endings import leave_when_asked

    leave_when_asked()  # until the window hears it itself
    from gui.app import run_window

    return run_window(options)


def _screenshot(arguments: Namespace) -> int:
    from pathlib import Path

    from analysis.files.whole_file import check_output

    output = Path(arguments.output)
    check_output(output, (".png",))
    options = _options(arguments)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from gui.app import take_screenshot

    return take_screenshot(options, output)


def _options(arguments: Namespace) -> WindowOptions:
    from analysis.commands import arguments as given
    from gui.options import WindowOptions

    recipe = None
    if arguments.recipe is not None:
        from analysis.commands.finding import found_recipe

        recipe = found_recipe(arguments.recipe)
    lecture = None
    if getattr(arguments, "lecture", None) is not None:
        from analysis.files.lecture import found, read_lecture

        lecture = read_lecture(found(arguments.lecture))
    return WindowOptions(
        model=None if arguments.model is None else given.model_choice(arguments.model, arguments),
        source=given.window_source(arguments.source),
        layer=arguments.layer,
        unit=arguments.unit,
        device=arguments.device,
        trusted=arguments.trust,
        recipe=recipe,
        lecture=lecture,
        said=given.overruling(arguments) if given.overrules(arguments) else None,
    )


if __name__ == "__main__":
    ended = main()
    from analysis.commands.beside import leave

    leave(ended)
