"""The pages of a published atlas, one function each; a page is written by hand and read by anybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from analysis.publishing.words import number, share, text
from analysis.sweeps.atlas import Atlas, Best, ClassScore
from analysis.sweeps.tuning_words import mean_colour, tuned_to


@dataclass(frozen=True)
class Shown:
    """One of a unit's best pictures, and where its cutting and its whole are on the site; empty where they are not."""

    best: Best
    crop: str
    whole: str


@dataclass(frozen=True)
class MapLink:
    """A map of a layer, how it was made, and where it is on the site."""

    layer: str
    words: str
    file: str


def page(title: str, body: str, up: str, tail: str = "") -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{text(title)}</title>\n<link rel="icon" href="data:,">\n'
        f'<link rel="stylesheet" href="{up}site.css">\n</head>\n<body data-up="{up}">\n{body}\n'
        f'{tail}<script src="{up}site.js"></script>\n</body>\n</html>\n'
    )


def header(title: str, up: str, *links: tuple[str, str]) -> str:
    told = "".join(f'<a href="{up}{where}">{text(words)}</a> ' for where, words in links)
    return f'<header><h1>{text(title)}</h1>{told}<button id="look" type="button">Light / dark</button></header>'


def index(atlas: Atlas, title: str, maps: Sequence[MapLink]) -> str:
    state = atlas.state()
    truth = state["truth"]
    told = [
        f"{state['done']:,} pictures",
        f"{atlas.units:,} units in {len(atlas.layers)} layers",
        f"{state['dead']:,} dead",
        f"weights {str(state['weights_hash'])[:12]}",
        f"statistics {state['digest'][:12]}",
    ]
    if state["bad"]:
        told.append(f"{len(state['bad']):,} pictures left out")
    known = (
        f"<p>Known truth: {truth['right']} of the {truth['units']} units of {text(truth['layer'])} have their own "
        "class as their label.</p>"
        if truth is not None
        else ""
    )
    rows = []
    for place, layer in enumerate(atlas.layers):
        part = slice(atlas.firsts[place], atlas.firsts[place] + layer.units)
        link = f'<a href="layers/{place}.html">{text(layer.path or "(the whole network)")}</a>'
        map_ = _links([one for one in maps if one.layer == layer.path])
        dead = int(atlas.columns["dead"][part].sum())
        zeros = share(float(atlas.columns["zeros"][part].mean()))
        rows.append(
            f'<tr><td class="name">{link}</td><td>{text(layer.type)}</td><td>{layer.units}</td>'
            f"<td>{layer.rows}×{layer.columns}</td><td>{zeros}</td><td>{dead}</td><td>{map_}</td></tr>"
        )
    others = [one for one in maps if all(one.layer != layer.path for layer in atlas.layers)]
    named = "".join(f"<li>{text(one.layer)}: {_links([one])}</li>" for one in others)
    beside = f"<h2>More maps of the pictures</h2><ul class='facts'>{named}</ul>" if others else ""
    body = (
        header(title, "")
        + f"<ul class='facts dim'>{''.join(f'<li>{text(one)}</li>' for one in told)}</ul>{known}"
        + '<p><label for="search">Units by layer, number or class</label><br>'
        '<input id="search" type="search" placeholder="press / and type, such as conv dog" autocomplete="off"></p>'
        '<div id="found" aria-live="polite"></div>'
        f"<h2>Layers</h2>{_wide('Layers')}<table><thead><tr><th>layer</th><th>type</th><th>units</th><th>map</th>"
        "<th>zeros</th><th>dead</th><th>pictures by it</th></tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>{beside}"
    )
    return page(title, body, "")


def _wide(name: str) -> str:
    """The beginning of what may be wider than the page; keys move it, too."""
    return f'<div class="wide" tabindex="0" role="region" aria-label="{name}">'


def _links(maps: Sequence[MapLink]) -> str:
    return " ".join(f'<a href="{one.file}">{text(one.words)}</a>' for one in maps)


def layer_page(atlas: Atlas, title: str, place: int, which: int, many: int, items: Sequence[str]) -> str:
    layer = atlas.layers[place]
    name = layer.path or "(the whole network)"
    more = ""
    if many > 1:
        links = [
            f"<strong>{one + 1}</strong>" if one == which else f'<a href="{layer_file(place, one)}">{one + 1}</a>'
            for one in range(many)
        ]
        more = f"<p>Pages: {' '.join(links)}</p>"
    body = (
        header(f"{name} · {title}", "../", ("index.html", "All layers"))
        + f"<p class='dim'>{text(layer.type)}, {layer.units} units of {layer.rows}×{layer.columns} places</p>"
        + '<p><input id="filter" type="search" placeholder="press / and type a number or a class" '
        'aria-label="Show only units with this number or class" autocomplete="off"> '
        '<label>Order <select id="order"><option value="unit">by number</option><option value="lift">by lift</option>'
        '<option value="max">by maximum</option><option value="rate">by rate</option></select></label> '
        '<span class="dim" id="left" aria-live="polite"></span></p>'
        + more
        + f'<ul class="units" id="grid">{"".join(items)}</ul>'
        + more
    )
    return page(f"{name} · {title}", body, "../")


def layer_file(place: int, which: int) -> str:
    return f"{place}.html" if which == 0 else f"{place}-{which + 1}.html"


def item(atlas: Atlas, place: int, unit: int, crop: str) -> str:
    """A unit in the grid of its layer."""
    row = atlas.columns
    identity = atlas.firsts[place] + unit
    favourite = int(row["fav"][identity])
    label = atlas.classes[favourite] if favourite >= 0 and bool(row["sure"][identity]) else ""
    picture = f'<img src="../{crop}" alt="" loading="lazy">' if crop else '<span class="none"></span>'
    dead = " dead" if row["dead"][identity] else ""
    lift = float(row["ap_lift"][identity])
    words = f"{unit}{' · dead' if dead else ''}{f' · {text(label)}' if label else ''}"
    return (
        f'<li data-unit="{unit}" data-lift="{lift:.4g}" data-max="{float(row["max"][identity]):.4g}" '
        f'data-rate="{float(row["rate"][identity]):.4g}"><a class="unit{dead}" href="../units/{place}/{unit}.html">'
        f"{picture}{words}</a></li>"
    )


def unit_page(atlas: Atlas, title: str, place: int, unit: int, shown: Sequence[Shown], synthesis: str) -> str:
    layer = atlas.layers[place]
    identity = atlas.firsts[place] + unit
    row = atlas.row(identity)
    name = f"{layer.path or '(the whole network)'} · unit {unit}"
    up = "../../"
    facts = [
        f"mean {number(row['mean'])}",
        f"deviation {number(row['std'])}",
        f"from {number(row['min'])} to {number(row['max'])}",
        f"{share(row['zeros'])} zeros",
        f"answers {share(row['rate'])} of pictures",
    ]
    body = header(
        f"{name} · {title}", up, ("index.html", "All layers"), (f"layers/{place}.html", layer.path or "Layer")
    )
    body += _steps(place, unit, layer.units)
    body += f"<ul class='facts'>{''.join(f'<li>{text(one)}</li>' for one in facts)}</ul>{_told(row, atlas.pictures)}"
    body += _tuning(row, layer.rows * layer.columns)
    if synthesis:
        body += f'<h2>Synthesis</h2><img src="{up}{synthesis}" alt="a picture made for the unit" width="224">'
    body += f"<h2>{_best_title(shown)}</h2><ul class='best'>{''.join(_best(atlas, one, up) for one in shown)}</ul>"
    body += f"<h2>Its values</h2>{_histogram(atlas, identity)}"
    scores = atlas.class_scores(identity)[:10]
    if scores:
        body += f"<h2>Classes, with evidence</h2>{_scores(scores)}{_counter(atlas, identity)}"
    near = atlas.neighbours(identity, 6)
    if near:
        links = [
            f'<li><a href="{atlas.where(other)[1]}.html">unit {atlas.where(other)[1]}</a> '
            f'<span class="dim">r {number(likeness)}</span></li>'
            for other, likeness in near
        ]
        body += f"<h2>Units that answer alike</h2><ul class='facts'>{''.join(links)}</ul>"
    notes = atlas.notes(identity)
    if notes:
        body += f"<h2>Notes</h2>{''.join(f'<p>{text(note)}</p>' for note in notes)}"
    return page(f"{name} · {title}", body, up)


def map_page(title: str, name: str, words: str, other: bool) -> str:
    """`other` is whether there is a second map by neighbours."""
    switch = '<button type="button" id="other" data-other="By components (PCA)">By neighbours (t-SNE)</button>'
    buttons = (
        '<button type="button" id="nearer" aria-label="Nearer">+</button>'
        '<button type="button" id="farther" aria-label="Farther">−</button>'
        '<button type="button" id="whole">All of it</button>'
    )
    return (
        header(f"{name} · {title}", "../", ("index.html", "All layers"))
        + f"<p class='dim'>{text(words)} Drag or use the arrow keys to move it; the wheel, two fingers or + and − "
        "come nearer; n and p go from point to point, 0 shows all of it.</p>"
        + f'<div class="looks">{buttons}{switch if other else ""}</div>'
        + '<canvas id="map" tabindex="0" aria-label="Each point is a picture"></canvas>'
        '<div id="about-point" aria-live="polite"></div>'
        '<ul class="facts" id="legend" aria-label="Classes: choose one to see it alone"></ul>'
    )


def _steps(place: int, unit: int, units: int) -> str:
    before = f'<a id="previous" href="{unit - 1}.html">← unit {unit - 1}</a>' if unit else "<span></span>"
    after = f'<a id="next" href="{unit + 1}.html">unit {unit + 1} →</a>' if unit + 1 < units else "<span></span>"
    return f'<nav class="steps">{before}{after}</nav>'


def _told(row: dict[str, Any], pictures: int) -> str:
    """Sentences on what is odd about it."""
    told = []
    if row["dead"]:
        near = f" The largest value that came into its ReLU was {number(row['before_relu'])}."
        told.append(
            f"It was zero everywhere on all {pictures:,} pictures, so it answers fewer than {share(row['bound'])} of "
            f"such pictures in 95 of 100 cases.{near if row['before_relu'] else ''}"
        )
    if row["always"]:
        told.append("It answers somewhere on every picture.")
    if row["duplicate"]:
        told.append(f"Unit {row['twin']} answers nearly the same (r {number(row['twin_r'])}).")
    if row["odd"]:
        told.append(f"{row['odd']:,} of its values are no finite numbers, and are not counted.")
    return "".join(f"<p>{text(one)}</p>" for one in told)


def _tuning(row: dict[str, Any], places: int) -> str:
    told = [text(one) for one in tuned_to(row, places)]
    colour = mean_colour(row)
    if colour:
        told.append(f'mean colour <span class="blot" style="background:{colour}"></span>{colour}')
    return f"<p>What it saw: {'; '.join(told)}.</p>" if told else ""


def _best_title(shown: Sequence[Shown]) -> str:
    if shown and all(one.best.before is not None for one in shown):
        return "The pictures that came nearest to waking it"
    return "The pictures that it answers to most"


def _best(atlas: Atlas, shown: Shown, up: str) -> str:
    best = shown.best
    parts = []
    height, width = atlas.size
    top, left, bottom, right = best.box
    if shown.whole:
        box = (
            f"left:{100 * left / width:.2f}%;top:{100 * top / height:.2f}%;"
            f"width:{100 * (right - left) / width:.2f}%;height:{100 * (bottom - top) / height:.2f}%"
        )
        parts.append(
            f'<span class="seen"><img src="{up}{shown.whole}" alt="" loading="lazy">'
            f'<span class="box" style="{box}"></span></span>'
        )
    if shown.crop:
        parts.append(f'<img src="{up}{shown.crop}" alt="" loading="lazy">')
    value = number(best.value) if best.before is None else f"0 ({number(best.before)} before the ReLU)"
    label = f" · {text(best.label)}" if best.label else ""
    return f"<li>{''.join(parts)}{value}{label}<br><span class='dim'>{text(best.name)}</span></li>"


def _histogram(atlas: Atlas, identity: int) -> str:
    edges, counts, counted = atlas.histogram(identity)
    most = max(int(counts.max()), 1)
    step = 1000 / len(counts)
    bars = []
    for place, count in enumerate(counts.tolist()):
        tall = 100 * (count / most) ** 0.5
        if count:
            words = f"{number(float(edges[place]))} to {number(float(edges[place + 1]))}: {count:,}"
            bars.append(
                f'<rect x="{place * step:.1f}" y="{100 - tall:.1f}" width="{max(step - 1, 0.5):.1f}" '
                f'height="{tall:.1f}"><title>{text(words)}</title></rect>'
            )
    part = "" if counted >= 1 else f"; of each picture {share(counted)} of the places are counted"
    return (
        f'<svg class="bars" viewBox="0 0 1000 100" preserveAspectRatio="none" role="img" '
        f'aria-label="histogram of its values">{"".join(bars)}</svg>'
        f"<p class='dim'>From {number(float(edges[0]))} to {number(float(edges[-1]))} in bins that double every four; "
        f"heights by square root{part}.</p>"
    )


def _scores(scores: Sequence[ClassScore]) -> str:
    rows = []
    for one in scores:
        cells = (one.mean, one.ap, one.lift, one.null, one.auroc, one.pearson, one.p)
        rows.append(
            f'<tr><td class="name">{text(one.name)}</td>{"".join(f"<td>{number(cell)}</td>" for cell in cells)}</tr>'
        )
    names = ("class", "mean", "AP", "lift", "chance (99 %)", "AUROC", "Pearson", "p corrected")
    return (
        f"{_wide('Classes, with evidence')}<table>"
        f"<thead><tr>{''.join(f'<th>{name}</th>' for name in names)}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _counter(atlas: Atlas, identity: int) -> str:
    told = atlas.counter_examples(identity)
    if not told:
        return ""
    items = []
    for one in told:
        what = "answered, though it is of" if one.answered else "silent or weak, though it is of"
        items.append(f"<li>{text(one.name)}: {number(one.value)}, {what} {text(one.label)}</li>")
    return f"<h2>What speaks against it</h2><ul>{''.join(items)}</ul>"
