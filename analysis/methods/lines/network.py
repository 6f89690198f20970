"""A fully connected network with ReLUs, its gradients, and what moves its weights; in double precision.

It is written out in NumPy: a network of twenty units is trained ten times as fast without a graph of operations.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    Doubles = NDArray[np.float64]
    Classes = NDArray[np.int64]

BETAS, TINY, MOMENTUM = (0.9, 0.999), 1e-8, 0.9
OPTIMISERS = ("adam", "momentum", "sgd")


@dataclass(eq=False)
class Small:
    """Each layer's weights are units × inputs."""

    weights: list[Doubles]
    biases: list[Doubles]

    @classmethod
    def drawn(cls, widths: Sequence[int], random: Generator) -> Small:
        """Uniform within ±1/√inputs, as torch begins."""
        made = cls([], [])
        for inputs, units in itertools.pairwise(widths):
            reach = 1 / np.sqrt(inputs)
            made.weights.append(random.uniform(-reach, reach, (units, inputs)))
            made.biases.append(random.uniform(-reach, reach, units))
        return made

    def copy(self) -> Small:
        return Small([one.copy() for one in self.weights], [one.copy() for one in self.biases])

    @property
    def parameters(self) -> list[Doubles]:
        return [*self.weights, *self.biases]

    @property
    def finite(self) -> bool:
        return all(bool(np.isfinite(one).all()) for one in self.parameters)

    def hidden(self, places: Doubles) -> list[Doubles]:
        """What each hidden unit makes of the points before its ReLU, layer by layer."""
        found: list[Doubles] = []
        value = places
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            if found:
                value = np.maximum(found[-1], 0)
            found.append(value @ weight.T)
            found[-1] += bias
        return found

    def answers(self, places: Doubles) -> Doubles:
        return self.answers_of(self.hidden(places))

    def answers_of(self, before: list[Doubles]) -> Doubles:
        """To the points of which this is what each unit makes."""
        return np.asarray(np.maximum(before[-1], 0) @ self.weights[-1].T + self.biases[-1])

    def widened(self, width: int, random: Generator, padded: list[list[Doubles]]) -> None:
        """To so many units in every hidden layer: the last ones go, or new ones are drawn.

        `padded` are lists alike `parameters`, which get zeros where units come.
        """
        layers = len(self.weights)
        for layer in range(layers):
            units = width if layer < layers - 1 else self.weights[layer].shape[0]
            inputs = width if layer > 0 else self.weights[layer].shape[1]
            reach = 1 / np.sqrt(inputs)
            fresh = random.uniform(-reach, reach, (units, inputs)), random.uniform(-reach, reach, units)
            for tensors, at, new in ((self.weights, layer, fresh[0]), (self.biases, layer, fresh[1])):
                tensors[at] = _laid_over(new, tensors[at])
            for other in padded:
                other[layer] = _laid_over(np.zeros((units, inputs)), other[layer])
                other[layers + layer] = _laid_over(np.zeros(units), other[layers + layer])


def _laid_over(new: Doubles, old: Doubles) -> Doubles:
    both = tuple(slice(0, min(one, other)) for one, other in zip(new.shape, old.shape, strict=True))
    new[both] = old[both]
    return new


def gradients(
    network: Small, places: Doubles, classes: Classes, masks: Sequence[Doubles] = ()
) -> tuple[float, list[Doubles]]:
    """The mean cross-entropy of the points, and its derivative by each of the parameters.

    A mask multiplies what a hidden layer gives, as dropout does.
    """
    count = len(places)
    given: list[Doubles] = [places]
    before: list[Doubles] = []
    for layer, (weight, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
        before.append(given[-1] @ weight.T)
        before[-1] += bias
        if layer < len(network.weights) - 1:
            value = np.maximum(before[-1], 0)
            given.append(value * masks[layer] if masks else value)
    loss, flowing = cross_entropy(before[-1], classes)
    flowing[np.arange(count), classes] -= 1
    flowing /= count
    of_weights, of_biases = [], []
    for layer in range(len(network.weights) - 1, -1, -1):
        of_weights.append(flowing.T @ given[layer])
        of_biases.append(flowing.sum(0))
        if layer:
            flowing = flowing @ network.weights[layer]
            if masks:
                flowing = flowing * masks[layer - 1]
            flowing = flowing * (before[layer - 1] > 0)
    return loss, [*of_weights[::-1], *of_biases[::-1]]


def cross_entropy(answers: Doubles, classes: Classes) -> tuple[float, Doubles]:
    """Its mean, and the probabilities."""
    logits = answers - answers.max(1, keepdims=True)
    powers = np.exp(logits)
    sums = powers.sum(1, keepdims=True)
    return float((np.log(sums[:, 0]) - logits[np.arange(len(classes)), classes]).mean()), powers / sums


@dataclass(eq=False)
class Optimiser:
    """Plain steps, steps with momentum, or Adam's, as torch takes them."""

    kind: str
    first: list[Doubles] = field(default_factory=list)
    second: list[Doubles] = field(default_factory=list)
    steps: int = 0

    @classmethod
    def fresh(cls, kind: str, network: Small) -> Optimiser:
        zeros = [np.zeros_like(one) for one in network.parameters]
        return cls(kind, zeros, [one.copy() for one in zeros])

    def step(self, network: Small, slopes: Sequence[Doubles], rate: float, decay: float) -> None:
        self.steps += 1
        for number, (parameter, slope) in enumerate(zip(network.parameters, slopes, strict=True)):
            if decay:
                slope = slope + decay * parameter
            if self.kind == "sgd":
                parameter -= rate * slope
            elif self.kind == "momentum":
                self.first[number] *= MOMENTUM
                self.first[number] += slope
                parameter -= rate * self.first[number]
            else:
                self.first[number] += (1 - BETAS[0]) * (slope - self.first[number])
                self.second[number] *= BETAS[1]
                self.second[number] += (1 - BETAS[1]) * slope**2
                root = np.sqrt(self.second[number] / (1 - BETAS[1] ** self.steps)) + TINY
                parameter -= rate / (1 - BETAS[0] ** self.steps) * self.first[number] / root
