"""A sample of a data set: fair to the classes, the same for a seed, and part of any larger one."""

from collections import Counter
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from analysis.datasets.sampling import stratified


@dataclass(frozen=True)
class Labelled:
    labels: list[int | None]

    @property
    def count(self) -> int:
        return len(self.labels)

    def label(self, index: int) -> int | None:
        return self.labels[index]


@given(st.lists(st.one_of(st.none(), st.integers(0, 4)), max_size=60), st.integers(0, 70), st.integers(0, 99))
def test_that_a_sample_is_as_even_as_it_can_be(labels: list[int | None], count: int, seed: int) -> None:
    data = Labelled(labels)
    drawn = stratified(data, count, seed)  # type: ignore[arg-type]
    there = Counter(label for label in labels if label is not None) or Counter(labels)
    assert len(drawn) == len(set(drawn)) == min(count, there.total())
    taken = Counter(labels[index] for index in drawn)
    most = max(taken.values(), default=0)
    for label, all_of_it in there.items():
        assert taken[label] >= min(all_of_it, most - 1)
    assert drawn == stratified(data, count, seed)  # type: ignore[arg-type]
    assert drawn == stratified(data, count + 5, seed)[: len(drawn)]  # type: ignore[arg-type]


def test_that_seeds_draw_different_samples() -> None:
    data = Labelled([0, 1] * 50)
    assert len({stratified(data, 6, seed) for seed in range(10)}) > 5  # type: ignore[arg-type]
