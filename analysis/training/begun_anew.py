"""Weights as a network's layers draw them at the beginning."""

from collections.abc import Collection

from torch import nn

from analysis.network.own_code import let_interrupt_pass


def begun_anew(network: nn.Module, frozen: Collection[str] = ()) -> str:
    """Each layer that can draws its weights anew; a sentence on those that cannot and keep theirs.

    Layers all of whose parameters are `frozen` are not asked.
    """
    kept = []
    for name, part in network.named_modules():
        own = [one for one, _ in part.named_parameters(name, recurse=False)]
        if all(one in frozen for one in own):
            continue
        draw = getattr(part, "reset_parameters", None)
        try:
            if draw is None:
                kept.append(name or type(part).__name__)
            else:
                draw()
        except BaseException as error:
            let_interrupt_pass(error)
            kept.append(name or type(part).__name__)
    if not kept:
        return ""
    return f"Weights of {', '.join(kept[:3])}{' …' if len(kept) > 3 else ''} cannot be drawn anew and stay as they are."
