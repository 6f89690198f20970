"""The sphere round a picture: whether any direction is as bad as that of an attack (Fleuret's lecture).

Directions by chance, twice as far as an attack had to go, hardly ever change the answer; how far they have to go for
that is found by larger and larger spheres. The samples are not cut off at black and white, so that they stay on it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

from analysis.methods.adversaries.ddn import Ddn
from analysis.methods.adversaries.deepfool import DeepFool
from analysis.methods.adversaries.fgsm import Fgsm
from analysis.methods.adversaries.loss_ascent import LossAscent
from analysis.methods.adversaries.pgd import Pgd
from analysis.methods.method import Ask, Family, Method, Progress
from analysis.methods.settings import setting
from analysis.protocol.problems import Problem
from analysis.question.question import Question
from analysis.results.kinds import Adversary, Curves, Line

if TYPE_CHECKING:
    from torch import Tensor

    from analysis.results.kinds import Array

ATTACKS: dict[str, type[Method]] = {attack.name: attack for attack in (LossAscent, Fgsm, Pgd, Ddn, DeepFool)}
Z = 1.959963984540054  # of a 95 % interval
FURTHEST = 64  # times the first radius
SHOWN = 100  # steps of an attack that are counted as part of the whole


@dataclass
class _Found:
    radii: list[float] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Sphere:
    name: ClassVar[str] = "sphere"
    title: ClassVar[str] = "Sphere test"
    summary: ClassVar[str] = "Whether directions by chance change the answer, too, and how far they must go for that."
    family: ClassVar[Family] = "adversaries"
    gives: ClassVar[type[Curves]] = Curves
    asks: ClassVar[frozenset[Ask]] = frozenset({"picture", "seed"})
    declares: ClassVar[Mapping[str, str]] = {
        "result": "share of the samples on each sphere that are answered otherwise",
        "low": "lower end of its 95 % interval (Wilson)",
        "high": "upper end of its 95 % interval (Wilson)",
        "changed": "how many samples on each sphere are answered otherwise",
        "samples": "how many samples were drawn on each sphere",
        "radii": "radius of each sphere (L2, values from 0 to 1)",
        "times": "the same, by the length of the attack's change",
        "distance": "length of the attack's change ‖x − x̌‖",
        "ratio": "the same, in % of the picture's length",
        "first_flip": "how far the first sphere is whose answers change, by the attack's length; 0 if none",
        "confidence": "the network's probability of its answer to the picture itself",
    }
    live: ClassVar[bool] = False

    attack: str = setting("loss-ascent", "The attack whose length is compared with.", choices=tuple(ATTACKS))
    samples: int = setting(1000, "How many directions are drawn on each sphere.", low=1, high=1_000_000)
    times: float = setting(2.0, "Radius of the first sphere, by the length of the attack's change.", low=0.01, high=100)
    growth: float = setting(2.0, "By how much every further sphere is larger.", low=1.01, high=100)
    batch: int = setting(
        0, "Pictures that are computed at once; 0 chooses for this network.", low=0, high=4096, lowest="automatic"
    )

    def run(self, question: Question) -> Iterator[Progress]:
        """Spheres grow until one has a sample that is answered otherwise, or is larger than any picture."""
        import torch

        from analysis.methods.adversaries.picture_space import lengths, picture_of
        from analysis.methods.adversaries.victim import Victim
        from analysis.protocol.target import ClassTarget
        from analysis.question.batches import batch_size
        from analysis.quick.folding import folded
        from analysis.quick.runtime.batches import in_batches

        spheres = self._spheres()
        total = SHOWN + spheres * self.samples
        attacked: Adversary | None = None
        for step in ATTACKS[self.attack]().run(question):
            if isinstance(step.result, Adversary):
                attacked = step.result
            yield Progress(min(SHOWN * step.done // step.total, SHOWN), total, None, f"First the attack: {step.note}")
        assert attacked is not None
        victim, clean = Victim(question.network), picture_of(question.network, question.input)
        first = victim.look_at(clean)
        label = int(first[0].argmax())
        changed = torch.from_numpy(attacked.values).permute(2, 0, 1)[None].to(clean)
        distance = float((changed - clean).norm())
        if distance == 0:
            raise Problem(
                f"The attack {self.attack} did not move this picture, so there is no distance to compare with: "
                "choose another attack."
            )
        about = {
            "distance": distance,
            "ratio": 100 * distance / float(lengths(clean)[0]),
            "confidence": float(first[0].softmax(0)[label]),
        }
        generator = torch.Generator().manual_seed(question.seed)
        found, done = _Found(), SHOWN
        asked = folded(replace(question, target=ClassTarget("class", 0), layer=None, unit=None))
        size = batch_size(question.network, self.batch, passes=1)
        quick = Victim(in_batches(asked, size, self.samples).network)
        quick.probabilities = victim.probabilities
        for number in range(spheres):
            times = self.times * self.growth**number
            found.radii.append(times * distance)
            found.changed.append(0)
            found.asked.append(0)
            for count in question.pace.shares(self.samples, size):
                samples = self._samples(clean, count, times * distance, generator)
                found.changed[-1] += int((quick.answers(samples).argmax(1) != label).sum())
                found.asked[-1] += count
                done += count
                ends = found.asked[-1] == self.samples and (found.changed[-1] > 0 or number == spheres - 1)
                yield Progress(total if ends else done, total, self._drawn(found, about), self._note(found, times))
                if ends:
                    return

    def _spheres(self) -> int:
        import math

        return 1 + max(0, math.ceil(math.log(FURTHEST) / math.log(self.growth)))

    def _samples(self, clean: "Tensor", count: int, radius: float, generator: object) -> "Tensor":
        import torch

        from analysis.methods.adversaries.picture_space import lengths

        # One by one, so that they do not depend on the size of a batch.
        drawn = torch.cat([torch.randn(clean.shape, generator=generator) for _ in range(count)]).to(clean)  # type: ignore[call-overload]
        return clean + radius * drawn / lengths(drawn)

    def _note(self, found: _Found, times: float) -> str:
        share = f"{found.changed[-1]:,} of {found.asked[-1]:,} answers changed"
        return f"{share} on the sphere of {times:.3g} times the attack's length"

    def _drawn(self, found: _Found, about: Mapping[str, float]) -> Curves:
        import numpy as np

        radii = np.array(found.radii, np.float32)
        shares, low, high = (
            np.array(one, np.float32) for one in zip(*map(wilson, found.changed, found.asked), strict=True)
        )
        times = radii / np.float32(about["distance"])
        flips = np.flatnonzero(np.array(found.changed))
        numbers: dict[str, Array] = {
            "result": shares,
            "low": low,
            "high": high,
            "changed": np.array(found.changed, np.int64),
            "samples": np.array(found.asked, np.int64),
            "radii": radii,
            "times": times,
            "first_flip": np.array(float(times[flips[0]]) if len(flips) else 0.0),
            **{name: np.array(value) for name, value in about.items()},
        }
        return Curves(
            lines=(Line("changed", shares), Line("at least", low, True), Line("at most", high, True)),
            x=times,
            x_words="radius of the sphere, in lengths of the attack's change",
            y_words="share of the answers that change",
            numbers=numbers,
            few=("ratio", "first_flip", "samples", "changed"),
            y_range=(0.0, 1.0),
        )


def wilson(changed: int, asked: int) -> tuple[float, float, float]:
    """The share, and the ends of its 95 % interval."""
    import math

    share = changed / asked
    middle = share + Z**2 / (2 * asked)
    reach = Z * math.sqrt(share * (1 - share) / asked + Z**2 / (4 * asked**2))
    whole = 1 + Z**2 / asked
    return share, max(0.0, (middle - reach) / whole), min(1.0, (middle + reach) / whole)
