"""Breeding fooling pictures for all classes of a network at once, a generation of children at a time.

A run with the same network, encoding, population and seed goes on where one before was stopped, as it would have gone.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from time import monotonic
from typing import Any, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from analysis.methods.fooling.archive import Archive, Elite
from analysis.methods.fooling.encoding import Encoding
from analysis.methods.fooling.keeping import Bred, packed, unpacked
from analysis.methods.method import Progress
from analysis.network.network import Network
from analysis.protocol.problems import Problem
from analysis.protocol.target import ClassTarget
from analysis.question.batches import batch_size
from analysis.question.question import Keep, Question
from analysis.question.scalar import class_vector, together
from analysis.quick.folding import folded
from analysis.quick.runtime.batches import in_batches, made_ready
from analysis.results.kinds import Ancestor, Elites
from analysis.results.planes_seen import looked_at_words

Genome = TypeVar("Genome")
MOST_SHOWN = 100  # classes; of a network with more, those that it is surest of
THUMB = 64  # pixels a side of what is shown while it goes on
SURE = 0.99
FEW = 4  # children that are judged at once in the first generation, so that there is something to see at once
KEPT_EVERY = 10.0  # seconds, at most, that are lost where the program is killed

_Child: TypeAlias = tuple[Genome, Ancestor | None, Ancestor | None]


_KEPT: WeakKeyDictionary[Network, dict[object, Any]] = WeakKeyDictionary()


def bred(
    question: Question, encoding: Encoding[Genome], population: int, generations: int, resume: bool
) -> Iterator[Progress]:
    """Where the question has a place to keep it, that is read first and written now and then, and when it stops."""
    network, keep = question.network, question.keep
    classes = _classes(network)
    key = (encoding.key, population, question.seed)
    about = f"{encoding.key}, {population} a generation, seed {question.seed}"
    kept = _KEPT.setdefault(network, {})
    found = _furthest(kept.get(key) if resume else None, keep, encoding, about, classes)
    if found is None or (keep is None and found.archive.generation >= generations):
        found = Bred(Archive(classes), torch.Generator().manual_seed(question.seed))
    kept[key] = found = Bred(_snapshot(found.archive), _at(found.generator.get_state()))
    archive, generator = _snapshot(found.archive), _at(found.generator.get_state())
    total = generations * population
    size = batch_size(network, 0, passes=1)
    quick = _in_batches(question, size, total)
    judge = network
    written = -KEPT_EVERY
    try:
        if archive.generation >= generations:
            yield _told(network, archive, total, total, ())
        while archive.generation < generations:
            if keep is not None and monotonic() - written >= KEPT_EVERY:
                keep.write(packed(kept[key], encoding, about))
                written = monotonic()
            done, before = archive.generation * population, _snapshot(archive)
            if archive.generation and judge is network:  # there is something to see by now
                grey = torch.zeros(size, *question.input.shape[1:])
                for _ in made_ready(quick, grey):
                    yield _told(network, archive, done, total, ())
                judge = quick.network
            litter, left = _litter(network, before, encoding, population, generator), population
            for count in question.pace.shares(population, size if archive.generation else min(size, FEW)):
                won = _judged(judge, archive, encoding, list(islice(litter, count)))
                done, left = done + count, left - count
                if left:
                    yield _told(network, archive, done, total, won, amid=True)
            archive.ends_generation()
            kept[key] = Bred(_snapshot(archive), _at(generator.get_state()))
            yield _told(network, archive, done, total, won)
    finally:  # stopped within a generation: that begins anew when it goes on
        if keep is not None:
            keep.write(packed(kept[key], encoding, about))


def _in_batches(question: Question, size: int, total: int) -> Question:
    """The first generation is judged by the network itself, all later ones by what is quicker, whoever waits and
    wherever it was stopped: so the same seed gives the same bits."""
    return in_batches(folded(replace(question, target=ClassTarget("class", 0), layer=None, unit=None)), size, total)


def _furthest(
    remembered: Bred[Genome] | None, keep: Keep | None, encoding: Encoding[Genome], about: str, classes: int
) -> Bred[Genome] | None:
    content = keep.read() if keep is not None else None
    written = unpacked(content, encoding, about, classes) if content is not None else None
    if remembered is None or written is None:
        return remembered or written
    return max(written, remembered, key=lambda one: one.archive.generation)


def _at(state: Tensor) -> Generator:
    generator = torch.Generator()
    generator.set_state(state)
    return generator


def _snapshot(archive: Archive[Genome]) -> Archive[Genome]:
    copy: Archive[Genome] = Archive(len(archive.elites))
    copy.elites, copy.confidence = list(archive.elites), archive.confidence.copy()
    copy.jumps, copy.taken = archive.jumps, archive.taken.copy()
    copy.generation, copy.medians = archive.generation, list(archive.medians)
    return copy


def _classes(network: Network) -> int:
    if network.output != "classes":
        raise Problem(
            f"{network.title} does not answer with classes, so there is nothing to be sure of: "
            "choose a network that tells classes apart."
        )
    p = network.preprocessing
    with torch.no_grad():
        grey = torch.zeros(1, p.channels, p.height, p.width, device=network.device)
        count = class_vector(network, grey).shape[1]
    if count < 2:
        raise Problem(f"{network.title} has a single output, which is sure of everything: choose a network of classes.")
    return count


def _litter(
    network: Network, archive: Archive[Genome], encoding: Encoding[Genome], population: int, generator: Generator
) -> Iterator[_Child[Genome]]:
    """The children of a generation, with the champions that each came of: two of every two champions."""
    filled = archive.filled
    made = 0
    while made < population:
        if not len(filled):
            yield encoding.first(generator), None, None
            made += 1
            continue
        drawn = filled[torch.randint(len(filled), (2,), generator=generator).numpy()]
        one, other = (archive.elites[int(index)] for index in drawn)
        assert one is not None
        assert other is not None
        *pair, mixed = encoding.children(one.genome, other.genome, generator)
        parents = [
            elite.remembered(index, network.label(index), float(archive.confidence[index]))
            for elite, index in zip((one, other), drawn.tolist(), strict=True)
        ]
        for child, first, second in zip(pair, parents, parents[::-1], strict=True):
            if made < population:
                yield child, first, replace(second, first=None, other=None) if mixed else None
            made += 1


def _judged(
    network: Network, archive: Archive[Genome], encoding: Encoding[Genome], some: list[_Child[Genome]]
) -> tuple[int, ...]:
    """The classes that these children took. What is judged are whole levels, as a file holds them."""
    pictures = torch.stack([encoding.drawn(genome) for genome, _first, _other in some])
    levels = (pictures * 255).round().to(torch.uint8)
    answers = _probabilities(network, levels)
    won: set[int] = set()
    for (genome, first, other), picture, sure in zip(some, levels, answers, strict=True):
        pixels = np.ascontiguousarray(picture.numpy().transpose(1, 2, 0))
        won.update(archive.offer(Elite(genome, pixels, archive.generation, first, other), sure).tolist())
    return tuple(sorted(won))


def _probabilities(network: Network, levels: Tensor) -> NDArray[np.float64]:
    inputs = torch.cat([network.normalised(one) for one in levels])
    with torch.no_grad():
        if len(inputs) == 1 or together(network, inputs):
            found = class_vector(network, inputs)
        else:
            found = torch.cat([class_vector(network, one[None]) for one in inputs])
    exact = found.to("cpu", torch.float64)
    ones = torch.ones(len(exact), dtype=torch.float64)
    is_sure = bool((exact >= 0).all()) and torch.allclose(exact.sum(1), ones, atol=1e-3)
    return (exact if is_sure else exact.softmax(1)).numpy()


def _told(
    network: Network, archive: Archive[Any], done: int, total: int, won: tuple[int, ...], amid: bool = False
) -> Progress:
    """`amid` a generation, or at the end of one."""
    final = done == total
    shown = archive.filled
    if len(shown) > MOST_SHOWN:
        shown = shown[np.argsort(-archive.confidence[shown], kind="stable")[:MOST_SHOWN]]
    elites = [elite for index in shown if (elite := archive.elites[int(index)]) is not None]
    frames = np.stack([_thumb(elite.pixels, final) for elite in elites])
    sure = np.maximum(archive.confidence, 0)
    names = tuple(network.label(int(index)) for index in shown)
    numbers = {
        "classes": shown.astype(np.int64),
        "born": np.array([elite.born for elite in elites], np.int64),
        "parents": np.array([elite.parent for elite in elites], np.int64),
        "all": sure.astype(np.float32),
        "taken": archive.taken.copy(),
        "medians": np.array(archive.medians, np.float32),
        "jumps": np.array(archive.jumps, np.int64),
    }
    median = 100 * float(np.median(sure))
    over = int((sure >= SURE).sum())
    surest, number = int(sure.argmax()), archive.generation + amid
    words = f"Generation {number}: median {median:.1f} %, {over:,} of {len(sure):,} classes at 99 %"
    words += f", surest {network.label(surest)} at {100 * sure[surest]:.1f} %"
    jumps = "1 jump" if archive.jumps == 1 else f"{archive.jumps:,} jumps"
    result = Elites(
        frames=frames,
        names=names,
        confidence=sure[shown].astype(np.float32),
        taken=np.isin(shown, won),
        words=f"{words}, {jumps} between classes{_of_which(len(shown), len(archive.filled))}.",
        family=tuple(
            elite.remembered(int(index), name, float(sure[index]))
            for elite, index, name in zip(elites, shown, names, strict=True)
        ),
        beside=numbers,
    )
    seen = looked_at_words(network.preprocessing.channels)
    return Progress(done, total, result, f"{words}. {seen}" if seen else words)


def _thumb(pixels: NDArray[np.uint8], whole: bool) -> NDArray[np.uint8]:
    step = 1 if whole else -(-max(pixels.shape[:2]) // THUMB)
    return pixels[::step, ::step]


def _of_which(shown: int, filled: int) -> str:
    """That not all champions are shown."""
    return f"; the {shown} that it is surest of are shown" if shown < filled else ""
