"""What is climbed: a number for each of several pictures, each with its own unit or class, and what is beside.

What is climbed of a unit is what its layer itself returned: a copy is kept before anything else may write into it, so
that a convolution is climbed before its ReLU also where that works in place. Nothing behind the layer is computed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor, nn

from analysis.network.capture import capture, tensor_in
from analysis.network.known_code import is_steady
from analysis.network.listening import listening
from analysis.network.maps import maps_of
from analysis.network.network import Network
from analysis.network.own_code import let_interrupt_pass, told
from analysis.protocol.layers import LayerNode
from analysis.protocol.problems import Problem
from analysis.protocol.target import UnitTarget
from analysis.question.batch_norm_slopes import lay_out_slopes
from analysis.question.derivative import NoDerivative, without_hooks_back
from analysis.question.enough import Enough, until_enough
from analysis.question.in_pieces import breathe
from analysis.question.question import Question
from analysis.question.relu_warm_up import let_through
from analysis.question.scalar import answer, asked_layer, from_output, single, together
from analysis.question.way_back import BackwardNode, way_back
from analysis.quick.straight import Straight, is_bare, straight_to

# Whose code normalises by nothing but modules that are made for that.
_WITH_NORMS_AS_PARTS = ("torch.nn.", "torchvision.", "analysis.")


class Slope(NamedTuple):
    """Of each picture: its number, what leads up from it, and whether nothing does by itself."""

    values: Tensor
    slope: Tensor
    silent: Tensor


@dataclass(frozen=True, eq=False)
class Summand:
    """What is climbed beside, with its weight; of a direction `along` is how much of each unit of the layer it has, and
    `named` what it is called."""

    weight: float
    question: Question
    along: Tensor | None = None
    named: str = ""


@dataclass(frozen=True, eq=False)
class Objective:
    """`questions` has one for each picture, all about one layer or all about the answer.

    With `whole` it is half the mean of the squares of all that the layer returns. Their part in the sum is `share`;
    `also` is climbed beside by every picture, and less `diversity` times how alike the others of the batch are to it
    in the layer `apart`.
    """

    questions: tuple[Question, ...]
    whole: bool = False
    share: float = 1.0
    also: tuple[Summand, ...] = ()
    diversity: float = 0.0
    apart: LayerNode | None = None

    @property
    def is_sum(self) -> bool:
        return bool(self.also) or self.share != 1.0 or self.diversity != 0.0

    @property
    def network(self) -> Network:
        return self.questions[0].network

    def values(self, pictures: Tensor) -> Tensor:
        """Of N×C×H×W pictures, as the network sees them; part of autograd's graph where that is on."""
        values, _ = self._asked(pictures)
        return values

    def slope_of(self, pictures: Tensor, leaf: Tensor, warm: bool = False) -> Slope:
        """The derivative of the values' sum by what the pictures were made of, one each.

        With `warm` gradients pass ReLUs for those of them to which nothing comes back.
        """
        seen = pictures.detach().requires_grad_()
        run = self._straight(seen)
        if run is not None:
            values, slope = self._along(run, seen)
        else:
            values, _ = self._way_back(seen, followed=False)
            slope = self._back(values, seen)
        breathe()
        silent = self._silent(slope)
        if warm and bool(silent.any()):  # what is rare costs a second pass, and not every step the memory for one
            again, back = self._way_back(seen, followed=True)
            let_through(back)
            slope = torch.where(silent.view(-1, *[1] * (slope.dim() - 1)), self._back(again, seen), slope)
            self._silent(slope)
        if pictures is not leaf:
            (slope,) = torch.autograd.grad(pictures, leaf, slope)
        return Slope(values.detach(), slope, silent)

    @cached_property
    def _only_known(self) -> bool:
        """Whether all code in it is known, puts on no hooks, and has none on."""
        return is_bare(list(self.network.module.modules())) and is_steady(self.network.module)

    def _straight(self, pictures: Tensor) -> Straight | None:
        """The quick way to what the layer returns, there and back."""
        if self.is_sum or not (self._of_layer and self._only_known):
            return None
        node = asked_layer(self.questions[0])
        if node.calls != 1 or not (len(pictures) == 1 or together(self.network, pictures)):
            return None
        return straight_to(self.network, node.path, pictures)

    @property
    def _of_layer(self) -> bool:
        return self.whole or isinstance(self.questions[0].target, UnitTarget)

    def _along(self, run: Straight, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Of a sum of the layer's numbers the slope is always the same, and what comes back as far as all is linear."""
        with torch.no_grad():
            output, kept = run.there(pictures.detach())
            if not self._reads_a_sum:
                values, slope = self._read_with_slope(output)
                return values, run.back(slope, kept).contiguous()
            values = self._read(output)
            if not (self._begun and self._begun[0][0] is run):
                slope = self._read_with_slope(output)[1]
                self._begun[:] = [(run, run.back(slope, kept, end=run.bends))]
            return values, run.back(self._begun[0][1], kept, begin=run.bends).contiguous()

    @cached_property
    def _begun(self) -> list[tuple[Straight, Tensor]]:
        """What comes back from behind the last bend of a run, which is the same each time."""
        return []

    @property
    def _reads_a_sum(self) -> bool:
        return not self.whole and all(
            isinstance(one.target, UnitTarget)
            and one.unit is not None
            and (one.target.where in ("center", "mean") or isinstance(one.target.where, tuple))
            for one in self.questions
        )

    def _read_with_slope(self, output: Tensor) -> tuple[Tensor, Tensor]:
        with torch.enable_grad():
            leaf = output.detach().requires_grad_()
            values = self._read(leaf)
            return values.detach(), torch.autograd.grad(values.sum(), leaf)[0]

    @cached_property
    def _normalises(self) -> bool:
        """Whether some part may, whose slopes have to be laid out."""
        parts = list(self.network.module.modules())
        plain = self._only_known and all(type(part).__module__.startswith(_WITH_NORMS_AS_PARTS) for part in parts)
        return not plain or any(isinstance(part, nn.modules.batchnorm._NormBase) for part in parts)

    def _way_back(self, seen: Tensor, followed: bool) -> tuple[Tensor, Sequence[BackwardNode]]:
        """The values and, if it is to be followed, the way back from them."""
        with nullcontext() if self._only_known else without_hooks_back(self.network.module):
            values, outputs = self._asked(seen)
        if values.grad_fn is None:
            raise NoDerivative(
                f"{self.network.title} has no derivative here: its answer does not depend smoothly on the picture."
            )
        way = way_back(*outputs) if followed or self._normalises else ()
        lay_out_slopes(way)
        return values, way

    def _back(self, values: Tensor, leaf: Tensor) -> Tensor:
        try:
            (slope,) = torch.autograd.grad(values.sum(), leaf)
        except (torch.OutOfMemoryError, MemoryError, Problem):
            raise
        except BaseException as error:  # what autograd cannot go through, or a part with a way back of its own
            let_interrupt_pass(error)
            raise NoDerivative(f"{self.network.title} has no derivative here; it says: {told(error)}.") from error
        return slope

    def _silent(self, slope: Tensor) -> Tensor:
        """Of which pictures nothing leads up, if that can be said."""
        sums = slope.flatten(1).sum(1).tolist()
        if not math.isfinite(sum(sums)) and not bool(slope.isfinite().all()):
            raise Problem(f"The derivative of {self.network.title} is NaN or infinite here, so there is no way up.")
        return slope.new_zeros(len(slope), dtype=torch.bool) if all(sums) else ~slope.flatten(1).any(1)

    def _asked(self, pictures: Tensor) -> tuple[Tensor, list[Tensor]]:
        """The values, and what the network gave for them."""
        if self.is_sum:
            return self._summed(pictures)
        if len(pictures) > 1 and not together(self.network, pictures):
            each = [
                replace(self, questions=self.questions[i : i + 1])._asked(pictures[i : i + 1])
                for i in range(len(pictures))
            ]
            return torch.cat([values for values, _ in each]), [output for _, outputs in each for output in outputs]
        output = self.output(pictures)
        return self._read(output), [output]

    def output(self, pictures: Tensor) -> Tensor:
        """What the layer returns for the pictures; where none is asked about, what the network answers."""
        first = self.questions[0]
        if not self._of_layer:
            return answer(self.network, pictures)
        return layer_output_of(self.network, asked_layer(first).path, asked_layer(first).calls, pictures)

    def _read(self, output: Tensor) -> Tensor:
        if self.whole:
            values = single(output).flatten(1).square().mean(1) / 2
        elif len({(one.target, one.unit) for one in self.questions}) == 1:
            values = from_output(self.questions[0], output)
        else:
            values = torch.cat([from_output(one, output[i : i + 1]) for i, one in enumerate(self.questions)])
        return self._finite(values)

    def _finite(self, values: Tensor) -> Tensor:
        if not math.isfinite(float(values.detach().sum())) and not bool(values.detach().isfinite().all()):
            raise Problem(f"{self.network.title} answers this picture with NaN or infinity, which cannot be climbed.")
        return values

    def _summed(self, pictures: Tensor) -> tuple[Tensor, list[Tensor]]:
        """One pass for all that is asked."""
        asked = [*([self.questions[0]] if self.share else []), *(one.question for one in self.also)]
        paths: dict[str, int] = {}
        for one in asked:
            if self.whole or isinstance(one.target, UnitTarget):
                paths[asked_layer(one).path] = asked_layer(one).calls
        if self.apart is not None and self.diversity:
            paths[self.apart.path] = self.apart.calls
        answers = any(not isinstance(one.target, UnitTarget) for one in asked) and not self.whole
        found = self._outputs(pictures, paths, answers)
        values = pictures.new_zeros(len(pictures), dtype=torch.promote_types(pictures.dtype, torch.float32))
        if self.share:
            values = values + self.share * self._read(found[self._source(self.questions[0])])
        for summand in self.also:
            own = _along(summand, found[self._source(summand.question)])
            values = values + summand.weight * own.to(values)
        if self.apart is not None and self.diversity and len(pictures) > 1:
            values = values - self.diversity * likeness(maps_of(self.apart, single(found[self.apart.path])))
        return self._finite(values), list(found.values())

    def _outputs(self, pictures: Tensor, paths: Mapping[str, int], answers: bool) -> dict[str, Tensor]:
        if len(pictures) == 1 or together(self.network, pictures):
            return outputs_of(self.network, paths, pictures, answers)
        each = [outputs_of(self.network, paths, pictures[i : i + 1], answers) for i in range(len(pictures))]
        return {path: torch.cat([one[path] for one in each]) for path in each[0]}

    def _source(self, question: Question) -> str:
        of_layer = self.whole or isinstance(question.target, UnitTarget)
        return asked_layer(question).path if of_layer else ANSWER


ANSWER = "(answer)"  # beside the paths of layers, in which it cannot occur


def _along(one: Summand, output: Tensor) -> Tensor:
    if one.along is None:
        return from_output(one.question, output)
    return columns(one.question, output) @ one.along


def columns(question: Question, output: Tensor) -> Tensor:
    """Of N pictures the numbers of all units at the place that is asked about, or their means: N × units."""
    node = asked_layer(question)
    maps, target = single(maps_of(node, output)), question.target
    assert isinstance(target, UnitTarget)
    if target.where == "mean":
        return maps.mean((2, 3))
    rows, wide = maps.shape[2:]
    row, column = target.where if isinstance(target.where, tuple) else (rows // 2, wide // 2)
    if row >= rows or column >= wide:
        raise Problem(f"The maps of {node.path} have {rows} rows and {wide} columns; there is no {row},{column}.")
    return maps[:, :, row, column]


def likeness(maps: Tensor) -> Tensor:
    """Of each picture the mean cosine between what goes together in it and in each other one (Gram matrices; Lucid)."""
    flat = maps.flatten(2)
    grams = (flat @ flat.transpose(1, 2)).flatten(1)
    grams = grams / grams.norm(dim=1, keepdim=True).clamp_min(1e-12)
    cosines = grams @ grams.T
    others = 1 - torch.eye(len(cosines), dtype=cosines.dtype, device=cosines.device)
    found: Tensor = (cosines * others).sum(1) / max(len(cosines) - 1, 1)
    return found


def layer_output_of(network: Network, path: str, calls: int, pictures: Tensor) -> Tensor:
    """What the layer returned in its last call. Code that is known is not run any further."""
    return outputs_of(network, {path: calls}, pictures)[path]


def outputs_of(
    network: Network, paths: Mapping[str, int], pictures: Tensor, answers: bool = False
) -> dict[str, Tensor]:
    """What each layer returned in its last call, of so many; with `answers` also the answer of the network.

    Code that is known is not run any further than to the last of them.
    """
    outputs: dict[str, Tensor] = {}
    said: Tensor | None = None
    if paths and "" not in paths and not answers and is_steady(network.module):
        left = dict(paths)

        def keeping(path: str) -> Callable[[object, object, object], None]:
            def keep(_module: object, _inputs: object, output: object) -> None:
                tensor = tensor_in(output)
                left[path] -= 1
                if tensor is not None:
                    outputs[path] = tensor.clone()
                if all(calls <= 0 for calls in left.values()):
                    raise Enough

            return keep

        with listening(network.module, {path: keeping(path) for path in paths}), until_enough():
            answer(network, pictures)
    else:
        with capture(network.module, list(paths)) as outputs:
            said = answer(network, pictures)
    for path in paths:
        if path not in outputs:
            raise Problem(f"The layer {path} was not used for this picture.")
        if len(outputs[path]) != len(pictures):
            raise Problem(f"The layer {path} does not answer picture by picture.")
    return {**outputs, **({ANSWER: said} if answers and said is not None else {})}
