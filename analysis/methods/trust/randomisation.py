"""Does a map depend on what was learnt? The weights become random from the top down (Adebayo et al. 2018)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.known import testable
from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting, settings_of_the_named
from analysis.methods.trust.pixel_importance import SEEN, WHOSE, Tested, pixel_importance
from analysis.protocol.recipe import Setting
from analysis.question.question import Question
from analysis.results.kinds import Array, Film
from analysis.results.views import VIEWS


@dataclass(frozen=True)
class Randomisation:
    name: ClassVar[str] = "randomisation"
    title: ClassVar[str] = "Model randomisation"
    summary: ClassVar[str] = "A map that stays while the network forgets block by block does not show its reasons."
    family: ClassVar[Family] = "trust"
    gives: ClassVar[type[Film]] = Film
    asks: ClassVar[frozenset[Ask]] = frozenset({"picture", "target", "seed"})
    declares: ClassVar[Mapping[str, str]] = {
        "result": "rank correlation with the map of the trained network: first its own, then after every block",
        "maps": "the maps as a film strip, stages × rows × columns of the picture",
        "blocks": "which block became random at every stage, from the top; the first is none",
    }
    live: ClassVar[bool] = False

    map: str = setting("gradient", WHOSE, choices=testable)
    view: str = setting("raw", SEEN, choices=VIEWS)
    map_settings: Mapping[str, Setting] = settings_of_the_named("map")

    def run(self, question: Question) -> Iterator[Progress]:
        """The network itself is never touched: a copy of it forgets. The class stays that of the trained network."""
        import numpy as np
        import torch

        from analysis.methods.trust.rank_correlation import rank_correlation
        from analysis.question.forgetting import blocks_from_top, copied, forget
        from analysis.question.scalar import settled

        tested = Tested(self.map, self.view, self.map_settings)
        question = settled(question)
        blocks = blocks_from_top(question.network)
        total = len(blocks) + 1
        yield Progress(0, total, note="copying the network")
        forgetful = copied(question)
        generator = torch.Generator().manual_seed(question.seed)
        maps: list[Array] = []
        correlations = []
        for stage in range(total):
            if stage > 0:
                forget(forgetful.network.module.get_submodule(blocks[stage - 1]), generator)
            importance = yield from pixel_importance(tested, forgetful, stage, total)
            maps.append(importance.pixels)
            correlations.append(rank_correlation(maps[0], maps[-1]))
            titles = ("", *blocks[:stage])
            numbers = {
                "result": np.array(correlations, np.float32),
                "maps": np.stack(maps),
                "blocks": np.array(titles),
            }
            words = "rank correlation with the map of the trained network"
            yield Progress(stage + 1, total, Film(numbers["maps"], titles, numbers["result"], words, numbers))
