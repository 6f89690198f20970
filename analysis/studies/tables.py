"""A study as a table for other programs, and as one page of all its cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from html import escape

from analysis.methods.registry import method
from analysis.methods.setting_words import setting_words
from analysis.protocol.recipe import ModelChoice, Recipe
from analysis.studies.cells import Cell
from analysis.studies.record import Record

COLUMNS = (
    "cell",
    "method",
    "settings",
    "seed",
    "network",
    "weights",
    "target",
    "layer",
    "unit",
    "picture",
    "score",
    "answer",
    "words",
    "file",
    "problem",
)

_STYLE = (
    "body{font:14px sans-serif;margin:1.5em;color:#1a1a1a;background:#fff}table{border-collapse:collapse}"
    "td,th{vertical-align:top;padding:.4em;border:1px solid #ddd;text-align:left;max-width:24em}"
    "img{width:22em;max-width:100%;display:block}small{color:#666}.none{color:#a33}"
    ".sheet{display:flex;flex-wrap:wrap;gap:.5em}.sheet div{width:9em;font-size:11px}.sheet img{width:9em}"
)


def csv_of(rows: Sequence[tuple[Cell, Record]], files: Mapping[int, str]) -> bytes:
    """A row for each cell that was asked; `files` have no suffix."""
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(COLUMNS)
    for cell, record in rows:
        asked = cell.question
        table.writerow(
            (
                cell.number,
                asked.method,
                " ".join(f"{name}={value}" for name, value in asked.settings.items()),
                asked.seed,
                cell.choice.name,
                _weights(cell.choice),
                asked.target,
                asked.layer or "",
                "" if asked.unit is None else asked.unit,
                _picture(asked),
                "" if record.score is None else repr(record.score),
                record.answer,
                record.words,
                "" if record.problem else f"{files[cell.number]}.npz",
                record.problem,
            )
        )
    return stream.getvalue().encode("utf-8")


def page_of_cells(
    grid: Recipe,
    cells: Sequence[Cell],
    records: Mapping[int, Record],
    files: Mapping[int, str],
    made: Mapping[int, str] | None = None,
) -> bytes:
    """For each picture and target a table: a row for each method with its settings, a column for each network.

    Where nothing but the unit changes, what was `made` for them stands close together instead.
    """
    chosen = grid.comparison
    assert chosen is not None
    failed = sum(bool(record.problem) for record in records.values())
    there = f"{len(records) - failed} of {len(cells)} cells" + (f", {failed} without a result" if failed else "")
    parts = [
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Study</title><style>{_STYLE}</style>',
        f"</head><body><h1>Study</h1><p>{there}. Numbers: <a href=study.csv>study.csv</a>.</p>",
    ]
    if made and len({(cell.picture, cell.row, cell.variant, cell.column) for cell in cells}) == 1:
        parts.append(_sheet(cells, records, files, made))
        return "\n".join([*parts, "</body></html>"]).encode("utf-8")
    at = {(cell.picture, cell.unit, cell.row, cell.variant, cell.column): cell for cell in cells}
    for picture, unit in dict.fromkeys((cell.picture, cell.unit) for cell in cells):
        first = at[picture, unit, 0, 0, 0].question
        parts.append(f"<h2>{escape(_picture(first))}, {escape(_target(first))}</h2><table><tr><th></th>")
        parts += [
            f"<th>{escape(choice.name)}<br><small>{escape(_weights(choice))}</small></th>" for choice in chosen.networks
        ]
        for row, variant in dict.fromkeys((cell.row, cell.variant) for cell in cells):
            parts.append(f"</tr><tr><th>{_method(at[picture, unit, row, variant, 0].question)}</th>")
            for column in range(len(chosen.networks)):
                number = at[picture, unit, row, variant, column].number
                parts.append(f"<td>{_cell(records.get(number), files[number])}</td>")
        parts.append("</tr></table>")
    parts.append("</body></html>")
    return "\n".join(parts).encode("utf-8")


def _sheet(
    cells: Sequence[Cell], records: Mapping[int, Record], files: Mapping[int, str], made: Mapping[int, str]
) -> str:
    first = cells[0].question
    parts = [f"<p>{_method(first)}</p><div class=sheet>"]
    for cell in cells:
        record, whose = records.get(cell.number), escape(_target(cell.question))
        if cell.number in made and record is not None:
            figure, picture = (escape(name, quote=True) for name in (f"{files[cell.number]}.png", made[cell.number]))
            answers = "" if record.score is None else f": {record.score:.3g}"
            seen = f'<a href="{figure}"><img loading="lazy" alt="" src="{picture}"></a>{whose}{answers}'
        else:
            seen = f"{whose}<br>{_cell(record, files[cell.number])}"
        parts.append(f"<div>{seen}</div>")
    return "".join([*parts, "</div>"])


def _cell(record: Record | None, file: str) -> str:
    if record is None:
        return "<small>not asked yet</small>"
    if record.problem:
        return f'<span class="none">{escape(record.problem)}</span>'
    link = escape(file, quote=True)
    said = "".join(f"<br><small>{escape(note)}</small>" for note in record.notes)
    return f'<a href="{link}.png"><img loading="lazy" alt="" src="{link}.png"></a>{escape(record.words)}{said}'


def _method(asked: Recipe) -> str:
    technique = method(asked.method)
    words = setting_words(technique, asked.settings) if asked.settings else ""
    return f"{escape(technique.title)}<br><small>{escape(words)}</small>"


def _picture(asked: Recipe) -> str:
    if asked.picture is None:
        return ""
    return asked.picture.origin + (" (mirrored)" if asked.picture.mirrored else "")


def _target(asked: Recipe) -> str:
    parts = [asked.target]
    if asked.layer is not None:
        parts.append(asked.layer)
    if asked.unit is not None:
        parts.append(f"unit {asked.unit}")
    return " · ".join(parts)


def _weights(choice: ModelChoice) -> str:
    return f"random {choice.seed}" if choice.weights == "random" else choice.weights
