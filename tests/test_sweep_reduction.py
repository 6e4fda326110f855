"""Reductions: equal to numpy over all members, whatever the blocks and their order."""

import numpy as np
import pytest

from simulator.experiments.reduce import ACCURACY, SMALLEST, Summary, merged, summarised

SHARES = (0.0, 0.05, 0.25, 0.5, 0.9, 1.0)


def samples():
    """Return members of very different sorts, a column each."""
    generator = np.random.default_rng(1)
    columns = [
        generator.lognormal(10, 1, 5000),
        generator.normal(0, 1, 5000),
        generator.normal(-1e12, 1e9, 5000),
        np.where(generator.random(5000) < 0.5, 0.0, generator.exponential(1e-6, 5000)),
        np.full(5000, 7.0),
        generator.integers(-3, 4, 5000).astype(float),
    ]
    values = np.stack(columns, axis=1)
    values[::97] = np.nan  # members that failed
    return values


def blocks(values, size):
    """Return summaries of runs of members."""
    return [summarised(values[first : first + size]) for first in range(0, len(values), size)]


@pytest.mark.parametrize("size", [1, 64, 1000, 5000])
def test_moments_equal_numpy(size):
    """Count, mean, variance, extremes and the share below zero are those of all members at once."""
    values = samples()[: 200 if size == 1 else 5000]
    finite = values[np.isfinite(values[:, 0])]
    found = merged(blocks(values, size))

    np.testing.assert_array_equal(found.count, len(finite))
    np.testing.assert_allclose(found.mean, finite.mean(axis=0), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(found.variance, finite.var(axis=0, ddof=1), rtol=1e-9)
    np.testing.assert_array_equal(found.lowest, finite.min(axis=0))
    np.testing.assert_array_equal(found.highest, finite.max(axis=0))
    np.testing.assert_array_equal(found.share_negative, (finite < 0).mean(axis=0))


@pytest.mark.parametrize("size", [64, 1000, 5000])
def test_quantiles_equal_numpy_to_the_stated_accuracy(size):
    """Each quantile is within a quarter of a percent of numpy's inverted distribution."""
    values = samples()
    finite = values[np.isfinite(values[:, 0])]
    expected = np.quantile(finite, SHARES, axis=0, method="inverted_cdf")
    found = merged(blocks(values, size)).quantiles(SHARES)

    np.testing.assert_allclose(found, expected, rtol=ACCURACY * (1 + 1e-9), atol=SMALLEST)


def test_any_accuracy_of_moments_is_kept_far_from_zero():
    """A spread of one around 1e9 is not lost in rounding."""
    values = np.random.default_rng(2).normal(1e9, 1, (4096, 1))

    np.testing.assert_allclose(merged(blocks(values, 64)).variance, values.var(axis=0, ddof=1), rtol=1e-6)


def test_summary_survives_its_bytes_and_they_depend_on_nothing_else():
    """What is read is what was written, and writing again gives the same bytes."""
    summary = summarised(samples())
    again = Summary.from_bytes(summary.to_bytes())

    assert again.to_bytes() == summary.to_bytes() == summarised(samples()).to_bytes()
    np.testing.assert_array_equal(again.quantiles(SHARES), summary.quantiles(SHARES))


def test_no_finite_member_leaves_nothing():
    """Where all members failed there is NaN, not zero; one member has no variance."""
    nobody, one = summarised(np.full((3, 2), np.nan)), summarised(np.ones((1, 2)))

    assert np.isnan(nobody.quantiles(SHARES)).all()
    assert np.isnan(nobody.lowest).all()
    assert np.isnan(nobody.share_negative).all()
    assert np.isnan(one.variance).all()
    np.testing.assert_array_equal(merged([nobody, one]).mean, 1.0)


def test_a_summary_is_much_smaller_than_what_it_sums_up():
    """A million members of one outcome (spread of a factor e) fit in a few thousand cells."""
    generator = np.random.default_rng(3)
    found = merged(summarised(generator.lognormal(0, 0.5, (10_000, 1))) for _ in range(100))

    assert found.count[0] == 1_000_000
    assert len(found.to_bytes()) < 10_000
