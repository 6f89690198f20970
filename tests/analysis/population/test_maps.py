"""Maps of points against scikit-learn and against what is computed pair by pair in double precision."""

import numpy as np
import pytest
import torch
from sklearn.cluster import KMeans as SkKMeans
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE, trustworthiness
from sklearn.metrics import average_precision_score
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from analysis.population.affinities import check, conditional, joint
from analysis.population.clusters import clustered
from analysis.population.components import principal_of
from analysis.population.concept import average_precision, concept, direction
from analysis.population.distances import nearest, vote
from analysis.population.plane import neighbourly
from analysis.population.quality import (
    decided_after,
    neighbourhoods_kept,
    neighbours_right,
    rank_correlation,
    votes_of,
)
from analysis.population.repulsion import Mesh, pairs
from analysis.population.tsne import Descent, divergence, usual_steps
from analysis.population.turning import signs_towards, turned_towards
from analysis.protocol.problems import Problem

RANDOM = np.random.default_rng(0)
POINTS = RANDOM.normal(size=(150, 12)).astype(np.float32)
DIGITS = load_digits()
SOME = DIGITS.data[:300].astype(np.float32)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def exactly(places: np.ndarray) -> tuple[np.ndarray, float]:  # type: ignore[type-arg]
    exact = places.astype(np.float64)
    apart = exact[:, None] - exact[None]
    q = 1 / (1 + (apart**2).sum(2))
    return ((q**2)[..., None] * apart).sum(1), float(q.sum()) - len(places)


def test_that_neighbours_are_those_of_brute_force() -> None:
    found = nearest(POINTS, 10)
    distances, indices = NearestNeighbors(n_neighbors=11, algorithm="brute").fit(POINTS).kneighbors(POINTS)
    assert np.array_equal(found.indices, indices[:, 1:])
    assert np.allclose(found.squares, distances[:, 1:] ** 2, rtol=1e-5)


def test_that_the_vote_of_neighbours_is_scikit_learns() -> None:
    data, classes = DIGITS.data.astype(np.float32), DIGITS.target
    near = NearestNeighbors(n_neighbors=6, algorithm="brute").fit(data).kneighbors(data[1200:], return_distance=False)
    told = KNeighborsClassifier(5, algorithm="brute").fit(data[:1200], classes[:1200])
    own = told.kneighbors(data[1200:], return_distance=False)
    assert np.array_equal(vote(classes[:1200], own, 10), told.predict(data[1200:]))
    assert np.mean(vote(classes, near[:, 1:], 10) == classes[1200:]) > 0.95


def test_that_the_share_of_right_neighbours_equals_leaving_each_point_out() -> None:
    classes = DIGITS.target[:300]
    near = nearest(SOME, 5).indices
    right = 0
    for point in range(len(SOME)):
        rest = np.delete(np.arange(len(SOME)), point)
        told = (
            KNeighborsClassifier(5, algorithm="brute").fit(SOME[rest], classes[rest]).predict(SOME[point : point + 1])
        )
        right += int(told[0] == classes[point])
    assert neighbours_right(classes, votes_of(classes, near, 10)) == pytest.approx(right / len(SOME))


def test_that_without_labels_there_is_no_vote() -> None:
    none = np.full(150, -1)
    votes = votes_of(none, nearest(POINTS, 5).indices, 0)
    assert (votes == -1).all()
    assert np.isnan(neighbours_right(none, votes))


def test_that_trustworthiness_is_scikit_learns_and_continuity_is_it_the_other_way_round() -> None:
    places = POINTS[:, :2] + RANDOM.normal(size=(150, 2)).astype(np.float32)
    *_, kept = neighbourhoods_kept(POINTS, places, nearest(POINTS, 12).indices, 12)
    assert kept is not None
    assert float(kept.trust.mean()) == pytest.approx(trustworthiness(POINTS, places, n_neighbors=12), abs=1e-6)
    assert float(kept.continuity.mean()) == pytest.approx(trustworthiness(places, POINTS, n_neighbors=12), abs=1e-6)
    assert kept.trust.shape == (150,)
    assert kept.trust.std() > 0


def test_that_a_map_that_changes_nothing_is_believed() -> None:
    flat = POINTS[:, :2]
    *_, kept = neighbourhoods_kept(flat, flat, nearest(flat, 12).indices, 12)
    assert kept is not None
    assert (kept.trust == 1).all()
    assert (kept.continuity == 1).all()


@pytest.mark.parametrize("shape", [(150, 12), (30, 90)])
def test_that_components_are_scikit_learns(shape: tuple[int, int]) -> None:
    values = RANDOM.normal(size=shape).astype(np.float32) * np.linspace(3, 1, shape[1], dtype=np.float32)
    found, told = principal_of(values, 4), PCA(4, svd_solver="full").fit(values)
    assert np.allclose(found.explained, told.explained_variance_ratio_, rtol=1e-4)
    assert np.allclose(np.abs(found.of(values)), np.abs(told.transform(values)), atol=1e-3)


def test_that_digits_have_the_components_that_are_known() -> None:
    assert principal_of(DIGITS.data.astype(np.float32), 2).explained == pytest.approx(
        [0.14890594, 0.13618771], abs=1e-6
    )


def test_that_iterated_components_are_as_good_as_exact_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = principal_of(SOME, 8)
    monkeypatch.setattr("analysis.population.components._EXACT", 1)
    iterated = principal_of(SOME, 8)
    assert iterated.explained == pytest.approx(exact.explained, rel=1e-3)


def test_that_clusters_are_as_tight_as_scikit_learns() -> None:
    *_, found = clustered(SOME, 10, seed=0)
    assert found is not None
    assert found.spread <= SkKMeans(10, n_init=4, random_state=0).fit(SOME).inertia_ * 1.03
    assert (np.diff(np.bincount(found.of)) <= 0).all()


def test_that_as_many_neighbours_count_as_the_perplexity_says() -> None:
    shares = conditional(nearest(POINTS, 60).squares, 20.0)
    entropy = -(shares * np.log(np.maximum(shares, 1e-300))).sum(1)
    assert np.exp(entropy) == pytest.approx(np.full(150, 20.0), rel=1e-4)
    both = joint(nearest(POINTS, 60), 20.0)
    assert both.sum() == pytest.approx(1, abs=1e-5)
    assert abs(both - both.T).max() < 1e-9


@pytest.mark.parametrize("dimensions", [2, 3])
def test_that_all_pairs_are_what_double_precision_says(dimensions: int) -> None:
    places = (RANDOM.normal(size=(900, dimensions)) * 8).astype(np.float32)
    push, total = pairs(torch.from_numpy(places))
    wanted, sum_of_all = exactly(places)
    assert np.linalg.norm(push.numpy() - wanted) < 1e-4 * np.linalg.norm(wanted)
    assert total == pytest.approx(sum_of_all, rel=1e-5)


@pytest.mark.parametrize("extent", [0.01, 1.0, 12.0, 70.0])
def test_that_the_mesh_pushes_as_all_pairs_do(extent: float) -> None:
    middles = RANDOM.uniform(-1, 1, (10, 2)) * extent / 2
    places = (middles[RANDOM.integers(10, size=1500)] + RANDOM.normal(size=(1500, 2)) * extent / 15).astype(np.float32)
    push, total = Mesh()(torch.from_numpy(places))
    wanted, sum_of_all = exactly(places)
    assert np.linalg.norm(push.numpy() - wanted) < 0.02 * np.linalg.norm(wanted)
    assert total == pytest.approx(sum_of_all, rel=2e-3)


@pytest.mark.parametrize("exact", [True, False])
def test_that_the_descent_ends_in_a_map_that_can_be_believed(exact: bool) -> None:
    near = nearest(SOME, 60)
    both = joint(near, 20.0)
    descent = Descent(both, principal_of(SOME, 2).of(SOME), exact)
    if not exact:
        descent._push = Mesh()
    first = descent.divergence()
    for _ in range(200):
        descent.step()
    assert descent.divergence() < 0.25 * first
    *_, kept = neighbourhoods_kept(SOME, descent.places, near.indices, 12)
    assert kept is not None
    assert kept.trust.mean() > 0.96
    assert kept.continuity.mean() > 0.96


def test_that_a_plane_at_once_keeps_neighbours_and_is_the_same_again() -> None:
    places = neighbourly(SOME)
    assert places is not None
    assert trustworthiness(SOME, places, n_neighbors=12) > 0.96
    again = neighbourly(SOME)
    assert again is not None
    assert np.array_equal(places, again)
    assert neighbourly(SOME[:5]) is None
    assert neighbourly(np.ones((20, 4))) is None


def test_that_the_map_is_as_deep_as_scikit_learns() -> None:
    """In the mean of some that begin alike: in which valley a descent ends, here and there, rounding may decide."""
    ratios = []
    for turn in range(6):
        points = SOME + np.random.default_rng(turn).normal(0, 1e-4, SOME.shape).astype(np.float32)
        both = joint(nearest(points, 60), 20.0)
        places = TSNE(perplexity=20.0, init="pca", random_state=0).fit_transform(points)
        descent = Descent(both, principal_of(points, 2).of(points))
        for _ in range(usual_steps(len(points))):
            descent.step()
        ratios.append(descent.divergence() / divergence(both, places))
    assert np.mean(ratios) <= 1.02


def test_that_the_divergence_counts_every_pair() -> None:
    both = joint(nearest(POINTS, 60), 20.0)
    places = RANDOM.normal(size=(150, 2)) * 3
    apart = places[:, None] - places[None]
    q = 1 / (1 + (apart**2).sum(2))
    np.fill_diagonal(q, 0)
    q /= q.sum()
    p = both.toarray().astype(np.float64)
    there = p > 0
    wanted = float((p[there] * np.log(p[there] / q[there])).sum())
    assert divergence(both, places.astype(np.float32)) == pytest.approx(wanted, rel=1e-4)


def test_that_points_which_are_all_alike_do_not_fly_away() -> None:
    alike = np.ones((40, 5), np.float32)
    descent = Descent(joint(nearest(alike, 15), 5.0), np.zeros((40, 2), np.float32))
    for _ in range(60):
        descent.step()
    assert np.isfinite(descent.places).all()


def test_that_too_few_points_are_said() -> None:
    with pytest.raises(Problem, match="at least 4"):
        check(3, 1.0)
    with pytest.raises(Problem, match="say 9 or less"):
        check(30, 50.0)


def test_that_the_score_of_a_concept_is_average_precision() -> None:
    values = np.round(RANDOM.normal(size=(80, 6)), 1)  # some are alike
    inside = RANDOM.random(80) < 0.2
    wanted = [average_precision_score(inside, column) for column in values.T]
    assert average_precision(values, inside) == pytest.approx(wanted)


def test_that_the_unit_that_knows_a_concept_is_found_and_others_are_in_the_band_of_chance() -> None:
    inside = np.arange(100) < 15
    noise = RANDOM.normal(size=(100, 40)).astype(np.float32)
    knows = noise.copy()
    knows[:, 7] = inside + 0.1 * noise[:, 7]
    found = concept((("first", noise), ("second", knows)), inside)
    best, next_best = found.units[:2]
    assert (best.layer, best.unit) == ("second", 7)
    assert best.score > 0.9 > found.band > next_best.score * 0.7
    assert best.lift == pytest.approx(best.score / 0.15)


def test_that_ranks_of_distances_are_compared() -> None:
    sheet = RANDOM.normal(size=(60, 2))
    true = np.linalg.norm(sheet[:, None] - sheet[None], axis=2)
    assert rank_correlation(true, sheet * 3 + 5) == pytest.approx(1)
    assert abs(rank_correlation(true, RANDOM.normal(size=(60, 2)))) < 0.2


def test_that_a_decision_is_after_the_last_change() -> None:
    votes = np.array([[1, 2, 3], [1, 1, 3], [1, 2, 0]])
    assert decided_after(votes).tolist() == [0, 2, 2]


@pytest.mark.parametrize("dimensions", [2, 3])
def test_that_a_map_is_turned_as_another_lies_and_not_bent(dimensions: int) -> None:
    random = np.random.default_rng(dimensions)
    wanted = random.standard_normal((50, dimensions))
    turn = np.linalg.qr(random.standard_normal((dimensions, dimensions)))[0]
    turn[:, 0] *= -1 if np.linalg.det(turn) > 0 else 1  # in a mirror, too
    found = turned_towards((wanted @ turn + 7).astype(np.float32), wanted)
    assert found == pytest.approx(wanted - wanted.mean(0), abs=1e-5)


def test_that_axes_of_a_projection_only_change_their_signs() -> None:
    wanted = np.random.default_rng(0).standard_normal((50, 2))
    assert signs_towards(wanted * (1, -3), wanted).tolist() == [1, -1]


def test_that_a_concepts_direction_leads_from_the_others_to_it() -> None:
    values = np.random.default_rng(4).normal(size=(60, 80))
    inside = np.arange(60) < 20
    values[:, 7] += 9 * inside
    values[:, 3] -= 6 * inside
    found = direction(values, inside, most=10)
    apart = values[inside].mean(0) - values[~inside].mean(0)
    assert [unit for unit, _share in found[:2]] == [7, 3]
    assert len(found) == 10
    assert np.linalg.norm([share for _unit, share in found]) == pytest.approx(1, abs=0.01)
    assert [share for _unit, share in found] == pytest.approx(
        [apart[unit] / np.linalg.norm(apart[[one for one, _ in found]]) for unit, _ in found], rel=0.01
    )
    assert direction(values, np.ones(60, bool)) == direction(np.zeros((60, 3)), inside) == ()
