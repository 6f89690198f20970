"""Scores of units for classes against scikit-learn and SciPy, and corrections by hand."""

import numpy as np
import pytest
from scipy.stats import mannwhitneyu
from sklearn.metrics import average_precision_score, roc_auc_score

from analysis.sweeps.evidence import band, corrected, correlations, evidence, nearest, pearson, scores, selectivity

RANDOM = np.random.default_rng(5)
LABELS = RANDOM.integers(0, 4, 120)
COUNTS = np.bincount(LABELS, minlength=4)
VALUES = {
    "all different": RANDOM.normal(size=120),
    "mostly zero": np.maximum(RANDOM.normal(size=120) - 1, 0),
    "a few levels": RANDOM.integers(0, 4, 120).astype(float),
    "all the same": np.ones(120),
    "knows its class": (LABELS == 2) + 0.1 * RANDOM.normal(size=120),
}


@pytest.mark.parametrize("name", VALUES)
def test_that_scores_are_those_of_scikit_learn(name: str) -> None:
    values = VALUES[name].astype(np.float32)
    precision, area, p = scores(values, LABELS, COUNTS)
    for number in range(4):
        is_one = number == LABELS
        assert precision[number] == pytest.approx(average_precision_score(is_one, values), rel=1e-9)
        assert area[number] == pytest.approx(roc_auc_score(is_one, values), rel=1e-9)
        if len(set(values.tolist())) > 1:
            known = mannwhitneyu(values[is_one], values[~is_one], alternative="greater", method="asymptotic").pvalue
            assert p[number] == pytest.approx(known, rel=1e-6, abs=1e-12)


def test_that_the_class_that_a_unit_is_for_comes_first() -> None:
    pooled = np.stack([VALUES["knows its class"], VALUES["all different"]], 1).astype(np.float32)
    found = evidence(pooled, LABELS, 4)
    assert found is not None
    assert found.classes[0, 0] == 2
    assert found.p[0, 0] < 1e-6
    assert found.precision[0, 0] > found.band[2]


def test_that_a_class_of_nearly_all_pictures_is_no_favourite_by_chance() -> None:
    labels = np.array([0] * 95 + [1] * 5)
    pooled = (labels == 1).astype(np.float32)[:, None] + 0.01 * RANDOM.normal(size=(100, 1)).astype(np.float32)
    found = evidence(pooled, labels, 2)
    assert found is not None
    assert found.classes[0, 0] == 1


def test_that_pictures_without_a_label_and_a_single_class_say_nothing() -> None:
    assert evidence(np.ones((3, 2), np.float32), np.array([-1, -1, -1]), 0) is None
    assert evidence(np.ones((3, 2), np.float32), np.array([0, 0, -1]), 1) is None


def test_that_blind_units_stay_below_the_band_99_times_of_100() -> None:
    limit = band(LABELS, COUNTS)
    random = np.random.default_rng(9)
    above = np.mean([scores(random.normal(size=120).astype(np.float32), LABELS, COUNTS)[0] > limit for _ in range(400)])
    assert 0.001 < above < 0.03


def test_that_p_values_are_corrected_as_benjamini_and_hochberg_do() -> None:
    p = np.array([[0.01, 0.2], [0.04, 0.03]])
    # sorted .01 .03 .04 .2 of 8 tests: .08, .12, .1067, .4 and from behind the smallest
    np.testing.assert_allclose(corrected(p, 8), [[0.08, 0.4], [0.32 / 3, 0.32 / 3]])
    assert corrected(np.array([[0.9]]), 5)[0, 0] == 1


def test_that_correlation_with_a_class_comes_from_its_sums() -> None:
    values = np.stack([VALUES["all different"], VALUES["knows its class"], VALUES["all the same"]])
    sums = np.stack([values[:, number == LABELS].sum(1) for number in range(4)], 1)
    squares = np.stack([(values[:, number == LABELS] ** 2).sum(1) for number in range(4)], 1)
    found = pearson(COUNTS, sums, squares)
    for unit in range(2):
        for number in range(4):
            assert found[unit, number] == pytest.approx(np.corrcoef(values[unit], number == LABELS)[0, 1], abs=1e-9)
    assert (found[2] == 0).all()


def test_that_selectivity_is_best_against_the_rest() -> None:
    means = np.array([[3.0, 1.0, 1.0, 1.0], [-1.0, 1.0, 1.0, 1.0]])
    np.testing.assert_allclose(selectivity(means, COUNTS), [0.5, 0])


def test_that_the_nearest_unit_is_the_most_correlated_one() -> None:
    pooled = RANDOM.normal(size=(50, 6)).astype(np.float32)
    pooled[:, 4] = pooled[:, 1] * 3 + 0.01 * RANDOM.normal(size=50)
    pooled[:, 5] = 2
    who, how = nearest(pooled, block=2)
    known = np.corrcoef(pooled[:, :5].T)
    np.fill_diagonal(known, -np.inf)
    np.testing.assert_array_equal(who[:5], known.argmax(1))
    np.testing.assert_allclose(how[:5], known.max(1), rtol=1e-5)
    assert (who[5], how[5]) == (-1, 0)


def test_that_answers_which_differ_by_rounding_only_are_like_none() -> None:
    pooled = RANDOM.normal(size=(50, 4)).astype(np.float32)
    rounding = RANDOM.normal(size=50) * 2e-7
    pooled[:, 2], pooled[:, 3] = 5 * (1 + rounding), -7 * (1 + rounding)
    who, how = nearest(pooled)
    assert (who[2], how[2], who[3], how[3]) == (-1, 0, -1, 0)
    found = correlations(pooled)
    assert (found[2:] == 0).all()
    assert (found[:, 2:] == 0).all()
    assert found[0, 1] == pytest.approx(np.corrcoef(pooled[:, 0], pooled[:, 1])[0, 1], abs=1e-6)
