"""The sampler draws from posteriors that are known, though the slopes it is given are wrong."""

import numpy as np
import pytest

from simulator.calibration import frame, posterior, sampling
from simulator.calibration.frame import Frame
from simulator.calibration.sampling import sample
from simulator.calibration.trust import GROUPS, MOST_DRIFT, settled, trust

PRECISION = np.eye(25) + 0.5 * np.ones((25, 25)) / 25 + np.diag(np.linspace(0, 1.5, 25))


def correlated(positions):
    """A normal whose spreads and correlations the standard normal misjudges; slopes a tenth off."""
    return -0.5 * np.einsum("ki,ij,kj->k", positions, PRECISION, positions), -1.1 * positions @ PRECISION


def bent(positions):
    """A banana in two coordinates among standard normals: x1 is normal around x0 squared; slopes a tenth off."""
    x0, x1 = positions[:, 0], positions[:, 1]
    away = x1 - 0.5 * (x0**2 - 1)
    slopes = -positions.copy()
    slopes[:, 0] += 4 * away * x0
    slopes[:, 1] = -4 * away
    rest = (positions[:, 2:] ** 2).sum(axis=1)
    return -0.5 * (x0**2 + 4 * away**2 + rest), 1.02 * slopes


def cliff(positions):
    """Half of a normal: nothing is beyond zero, and slopes there are not numbers."""
    beyond = positions[:, 0] < 0
    values = np.where(beyond, -np.inf, -0.5 * (positions**2).sum(axis=1))
    return values, np.where(beyond[:, None], np.nan, -positions)


def starts(count, walkers=64):
    """Walkers spread a fifth wider than a standard normal."""
    return 1.2 * np.random.default_rng(5).standard_normal((walkers, count))


def test_a_known_posterior_of_25_parameters_comes_out_unbiased():
    """Spreads within 4 %, means within 0.06, and convergence is believed."""
    found = sample(correlated, starts(25), iterations=300, warming=60, seed=1)

    flat = found.draws.reshape(-1, 25)
    expected = np.sqrt(np.diag(np.linalg.inv(PRECISION)))
    assert np.allclose(flat.std(axis=0) / expected, 1, atol=0.04)
    assert np.allclose(flat.mean(axis=0), 0, atol=0.06)
    assert found.believed


def test_a_bent_posterior_comes_out_unbiased():
    """Moments of the banana are known: x0 standard normal, var x1 = 1/4 + var(x0**2)/4 = 3/4."""
    found = sample(bent, starts(6), iterations=4000, warming=60, seed=2)

    flat = found.draws.reshape(-1, 6)
    assert flat[:, 0].std() == pytest.approx(1, abs=0.05)
    assert flat[:, 1].var() == pytest.approx(0.75, abs=0.1)
    assert flat[:, 1].mean() == pytest.approx(0, abs=0.06)
    assert np.allclose(flat[:, 2:].std(axis=0), 1, atol=0.05)
    assert found.believed


def test_walkers_that_fall_off_a_cliff_go_back():
    """Half a normal has the mean of 0.798 and the spread of 0.603; no draw lies beyond the edge."""
    found = sample(cliff, np.abs(starts(3)), iterations=400, warming=60, seed=3)

    flat = found.draws.reshape(-1, 3)
    assert flat[:, 0].min() >= 0
    assert flat[:, 0].mean() == pytest.approx(np.sqrt(2 / np.pi), abs=0.04)
    assert flat[:, 0].std() == pytest.approx(np.sqrt(1 - 2 / np.pi), abs=0.04)
    assert np.isfinite(flat).all()


def test_the_step_is_tuned_until_as_many_stay_as_are_wanted():
    """Steps that begin far too short or too long end with the share of walkers that is wanted."""
    found = sample(correlated, starts(25), iterations=100, warming=60, seed=4)

    assert found.accepted == pytest.approx(sampling.ACCEPTED, abs=0.1)


def test_walkers_that_disagree_are_not_believed():
    """A group of walkers in another place: R-hat says so; walkers that never move are one draw each."""
    draws = np.random.default_rng(3).standard_normal((100, 32, 2))
    draws[:, ::GROUPS, 0] += 1

    rhat, effective, _ = trust(draws)

    assert rhat[0] > 1.02
    assert rhat[1] < 1.01
    assert effective[1] > 400
    still = np.repeat(draws[:1], 100, axis=0) + 1e-6 * draws
    assert trust(still)[1].max() < 1.01 * 32


@pytest.mark.parametrize("count", [10, 40, 400])
def test_a_walk_shorter_than_its_memory_is_not_flattered(count):
    """Walkers that forget a twentieth of where they are: the variance of the mean of all is known for any length.

    What is told may fall short of it by a third, as the usual estimate does for long walks, but not exceed it.
    """
    memory, walkers = 0.95, 256
    generator = np.random.default_rng(7)
    draws = np.empty((count, walkers, 20))
    draws[0] = generator.standard_normal(draws.shape[1:])
    for number in range(1, count):
        draws[number] = memory * draws[number - 1] + (1 - memory**2) ** 0.5 * generator.standard_normal(draws.shape[1:])
    lag = np.arange(1, count)
    expected = walkers * count / (1 + 2 * np.sum((1 - lag / count) * memory**lag))

    _, effective, _ = trust(draws)

    assert 0.65 * expected < np.median(effective) < 1.1 * expected


def slow(memory, iterations, begun, walkers=256):
    """Walkers that forget a little of where they are at each iteration; they begin where they are put."""
    generator = np.random.default_rng(11)
    draws = np.empty((iterations, *begun.shape))
    draws[0] = begun
    for number in range(1, iterations):
        fresh = generator.standard_normal(begun.shape)
        draws[number] = memory * draws[number - 1] + (1 - memory**2) ** 0.5 * fresh
    assert draws.shape[1] == walkers
    return draws[iterations // 3 :]


@pytest.mark.parametrize(("memory", "iterations"), [(0.97, 20), (0.95, 30), (0.97, 30)])
def test_walkers_that_still_drift_are_not_believed(memory, iterations):
    """Walkers that begin one spread to the side in five directions of a hundred, and creep back; R-hat sees nothing."""
    begun = np.random.default_rng(12).standard_normal((256, 100))
    begun[:, :5] += 1

    rhat, _, drift = trust(slow(memory, iterations, begun))

    assert rhat[:5].max() < 1.03
    assert drift[:5].max() > MOST_DRIFT
    assert not settled(rhat, drift)


def test_walkers_that_do_not_drift_are_seldom_said_to():
    """Slow walkers that begin in the posterior: of two hundred numbers the worst is within the bound each time."""
    for seed in range(5):
        begun = np.random.default_rng(seed).standard_normal((256, 200))
        _, _, drift = trust(slow(0.9, 20, begun))

        assert drift.max() < MOST_DRIFT
        assert np.mean(drift) == pytest.approx(0.8, abs=0.15)


def test_walkers_that_began_together_are_one_until_they_part():
    """Five places and 256 walkers: slow ones are worth five draws, not 256; quick ones as many as strangers."""
    families = np.arange(256) % 5
    begun = np.random.default_rng(13).standard_normal((5, 40))[families]
    still, quick = slow(0.9999, 20, begun), slow(0.05, 60, begun)

    strangers = np.median(trust(still)[1])

    assert strangers > 200
    assert np.median(trust(still, families)[1]) < 15
    assert np.median(trust(quick, families)[1]) > 1000


def test_a_seed_gives_the_same_draws_again():
    """Same seed, same draws; another seed, others."""
    first, again, other = (
        sample(bent, starts(6, 16), iterations=20, warming=10, seed=seed).draws for seed in (1, 1, 3)
    )

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_walk_that_was_interrupted_goes_on_to_the_same_end(tmp_path):
    """Stopped after 20 of 40 iterations and begun again: the draws are those of a walk without a stop."""
    file = tmp_path / "walk.npz"
    settings = {"warming": 5, "seed": 4}
    expected = sample(bent, starts(6, 16), iterations=35, **settings)
    sample(bent, starts(6, 16), iterations=15, checkpoint=file, **settings)

    found = sample(bent, starts(6, 16), iterations=35, checkpoint=file, **settings)

    assert np.array_equal(expected.draws, found.draws)
    assert expected.accepted == found.accepted


def test_a_frame_and_back():
    """Coordinates of the prior come back from those of the frame; what the record narrows is narrow there."""
    slope = np.array([[0.0, 9.0, 0.0]])

    class Linear:
        """A record of one row, which sees the second coordinate alone."""

        def residuals(self, z):
            return z @ slope.T

    members = np.random.default_rng(1).standard_normal((400, 3)) * [1, 1 / np.sqrt(82), 1]
    laid = Frame.over(Linear(), members)

    assert laid.outside(laid.inside(members)) == pytest.approx(members)
    assert np.allclose(laid.inside(members).std(axis=0), 1, atol=0.15)


def test_members_that_are_moved_forget_where_they_began(monkeypatch):
    """Members of a linear problem that lie too wide and to one side come to lie as its posterior does."""
    slope = np.diag([9.0, 2.0, 0.0])

    class Linear:
        """A record of three rows, all met at the centre."""

        def residuals(self, z):
            return z @ slope.T

    def downhill(problem, _tolerance):
        def found(z, _noise, _prior):
            return 0.5 * (problem.residuals(z) ** 2 + z**2).sum(axis=1), problem.residuals(z) @ slope + z

        return found

    monkeypatch.setattr(frame, "Downhill", downhill)
    expected = 1 / np.sqrt(1 + np.diag(slope) ** 2)
    begun = 0.5 * expected + 1.5 * expected * np.random.default_rng(2).standard_normal((400, 3))

    found = posterior.moved(Linear(), begun, 400, seed=1)

    assert found.shape == (400, 3)
    assert np.allclose(found.mean(axis=0) / expected, 0, atol=0.2)
    assert np.allclose(found.std(axis=0) / expected, 1, atol=0.15)
