"""What the command line says about the window that is to be opened."""

from dataclasses import dataclass

from analysis.recipe import ModelChoice, Recipe


@dataclass(frozen=True)
class WindowOptions:
    """`source` is `camera`, `screen`, `sketch`, or a path; None leaves each choice to the session before."""

    model: ModelChoice | None = None
    source: str | None = None
    layer: str | None = None
    unit: int | None = None
    device: str = "auto"
    trusted: bool = False
    recipe: Recipe | None = None
