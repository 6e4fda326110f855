"""The sampler draws from posteriors that are known, though the slopes it is given are wrong."""

import numpy as np
import pytest

from simulator.calibration.sampling import sample, trust


def correlated(positions):
    """A normal whose spreads and correlations the standard normal misjudges; slopes as if it were standard."""
    precision = np.eye(25) + 0.5 * np.ones((25, 25)) / 25 + np.diag(np.linspace(0, 1.5, 25))
    return -0.5 * np.einsum("ki,ij,kj->k", positions, precision, positions), -positions


def bent(positions):
    """A banana in two coordinates among standard normals: x1 is normal around x0 squared."""
    x0, x1 = positions[:, 0], positions[:, 1]
    rest = (positions[:, 2:] ** 2).sum(axis=1)
    return -0.5 * (x0**2 + 4 * (x1 - 0.5 * (x0**2 - 1)) ** 2 + rest), -positions


def starts(count, walkers=64):
    """Walkers spread twice as wide as a standard normal."""
    return 2 * np.random.default_rng(5).standard_normal((2, walkers, count))


def test_a_known_posterior_of_25_parameters_comes_out_unbiased():
    """Spreads within 4 %, means within 0.06, and convergence is believed."""
    found = sample(correlated, starts(25), 10, iterations=1500, warming=300, seed=1)

    flat = found.draws.reshape(-1, 25)
    precision = np.eye(25) + 0.5 * np.ones((25, 25)) / 25 + np.diag(np.linspace(0, 1.5, 25))
    expected = np.sqrt(np.diag(np.linalg.inv(precision)))
    assert np.allclose(flat.std(axis=0) / expected, 1, atol=0.04)
    assert np.allclose(flat.mean(axis=0), 0, atol=0.06)
    assert found.believed


def test_a_bent_posterior_comes_out_unbiased():
    """Moments of the banana are known: x0 standard normal, var x1 = 1/4 + var(x0**2)/4 = 3/4."""
    found = sample(bent, starts(6), 2, iterations=2500, warming=300, seed=2)

    flat = found.draws.reshape(-1, 6)
    assert flat[:, 0].std() == pytest.approx(1, abs=0.05)
    assert flat[:, 1].var() == pytest.approx(0.75, abs=0.12)
    assert flat[:, 1].mean() == pytest.approx(0, abs=0.06)
    assert np.allclose(flat[:, 2:].std(axis=0), 1, atol=0.05)


def test_ensembles_that_disagree_are_not_believed():
    """Two ensembles in two places: R-hat says so."""
    draws = np.random.default_rng(3).standard_normal((2, 100, 16, 2))
    draws[1, ..., 0] += 1

    rhat, effective = trust(draws)

    assert rhat[0] > 1.02
    assert rhat[1] < 1.01
    assert effective[1] > 400


def test_a_seed_gives_the_same_draws_again():
    """Same seed, same draws; another seed, others."""
    first, again, other = (
        sample(bent, starts(6, 16), 2, iterations=50, warming=20, seed=seed).draws for seed in (1, 1, 3)
    )

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_walk_that_was_interrupted_goes_on_to_the_same_end(tmp_path):
    """Stopped after 200 of 400 iterations and begun again: the draws are those of a walk without a stop."""
    file = tmp_path / "walk.npz"
    settings = {"warming": 20, "seed": 4}
    expected = sample(bent, starts(6, 16), 2, iterations=380, **settings)
    sample(bent, starts(6, 16), 2, iterations=180, checkpoint=file, **settings)

    found = sample(bent, starts(6, 16), 2, iterations=380, checkpoint=file, **settings)

    assert np.array_equal(expected.draws, found.draws)
    assert expected.accepted == found.accepted
