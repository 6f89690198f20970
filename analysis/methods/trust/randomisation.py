"""Does a map depend on what was learnt? The weights become random from the top down (Adebayo et al. 2018)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.method import Dependence, Drawing, Progress
from analysis.methods.settings import setting, settings_of_the_named
from analysis.methods.trust.pixel_importance import CHOICES, SEEN, WHOSE, Tested, pixel_importance
from analysis.protocol.recipe import VIEWS, Setting
from analysis.question.question import Question
from analysis.results.array import Array


@dataclass(frozen=True)
class Randomisation:
    name: ClassVar[str] = "randomisation"
    title: ClassVar[str] = "Model randomisation"
    summary: ClassVar[str] = "A map that stays while the network forgets block by block does not show its reasons."
    drawing: ClassVar[Drawing] = "curves"
    declares: ClassVar[Mapping[str, str]] = {
        "result": "rank correlation with the map of the trained network: first its own, then after every block",
        "maps": "the maps as a film strip, stages × rows × columns of the picture",
        "blocks": "which block became random at every stage, from the top; the first is none",
    }
    needs_layer: ClassVar[bool] = False
    depends_on: ClassVar[tuple[Dependence, ...]] = ("target", "seed")
    live: ClassVar[bool] = False

    map: str = setting("gradient", WHOSE, choices=CHOICES)
    view: str = setting("raw", SEEN, choices=VIEWS)
    map_settings: Mapping[str, Setting] = settings_of_the_named("map")

    def run(self, context: Question) -> Iterator[Progress]:
        """The network itself is never touched: a copy of it forgets. The class stays that of the trained network."""
        import numpy as np
        import torch

        from analysis.methods.trust.rank_correlation import rank_correlation
        from analysis.question.forgetting import blocks_from_top, copied, forget
        from analysis.question.scalar import settled

        tested = Tested(self.map, self.view, self.map_settings)
        context = settled(context)
        blocks = blocks_from_top(context.network)
        total = len(blocks) + 1
        yield Progress(0, total, {}, "copying the network")
        forgetful = copied(context)
        generator = torch.Generator().manual_seed(context.seed)
        maps: list[Array] = []
        correlations = []
        for stage in range(total):
            if stage > 0:
                forget(forgetful.network.module.get_submodule(blocks[stage - 1]), generator)
            importance = yield from pixel_importance(tested, forgetful, stage, total)
            maps.append(importance.pixels.numpy())
            correlations.append(rank_correlation(maps[0], maps[-1]))
            arrays = {
                "result": np.array(correlations, np.float32),
                "maps": np.stack(maps),
                "blocks": np.array(["", *blocks[:stage]]),
            }
            yield Progress(stage + 1, total, arrays)
