"""The search for the best numbers: downhill from many places, and how many ways to read a record it tells apart."""

from types import SimpleNamespace

import numpy as np
import pytest

from simulator.calibration import frame, readings
from simulator.calibration.descent import descend
from simulator.calibration.fit import Fit, fit
from simulator.calibration.members import members
from simulator.calibration.search import search
from simulator.validation import ways


def bowl(places):
    """A valley a hundred times as narrow one way as another, with its bottom at one, two, three, and so on."""
    widths = np.logspace(0, -2, places.shape[1])
    away = (places - np.arange(1, places.shape[1] + 1)) / widths
    return 0.5 * (away**2).sum(axis=1), away / widths


def bent(places):
    """Rosenbrock's valley: the bottom is at one and one, at the end of a long bend."""
    x, y = places.T
    slopes = np.stack([2 * (x - 1) - 40 * x * (y - x**2), 20 * (y - x**2)], axis=1)
    return (x - 1) ** 2 + 10 * (y - x**2) ** 2, slopes


def walled(places):
    """A bowl beside a place where nothing can be: not a number there, nor are the slopes."""
    height, slopes = 0.5 * ((places - 0.2) ** 2).sum(axis=1), places - 0.2
    beyond = places[:, 0] < 0
    return np.where(beyond, np.nan, height), np.where(beyond[:, None], np.nan, slopes)


@pytest.mark.parametrize(("ground", "bottom"), [(bowl, np.arange(1, 7)), (bent, [1, 1])])
def test_every_place_comes_to_the_bottom(ground, bottom):
    """Quadratic and bent: from 30 places spread over many widths all reach the only bottom there is."""
    begun = 2 * np.random.default_rng(1).standard_normal((30, len(bottom)))

    places, heights = descend(ground, begun, 300)

    assert heights == pytest.approx(0, abs=1e-6)
    assert places == pytest.approx(np.tile(bottom, (30, 1)), abs=1e-2)


def test_a_place_goes_its_own_way():
    """What one place learns of the ground changes nothing for another: together or alone, the same end."""
    begun = 2 * np.random.default_rng(2).standard_normal((5, 2))

    together, _ = descend(bent, begun, 40)
    alone = [descend(bent, each[None], 40)[0][0] for each in begun]

    assert np.array_equal(together, np.array(alone))


def test_no_place_goes_up_or_through_a_wall():
    """Steps of the descent that end beyond the wall are taken back and shortened."""
    begun = np.abs(np.random.default_rng(3).standard_normal((20, 3))) + 0.01

    places, heights = descend(walled, begun, 60)

    assert (places[:, 0] >= 0).all()
    assert (heights <= walled(begun)[0]).all()
    assert heights == pytest.approx(0, abs=1e-6)


class TwoWays:
    """A record of one number that two places tell equally well, seven and five halves from the centre of the prior.

    The residual is zero at `x0 = -2.5` and at `x0 = 3.5`, with a ridge between; a second row sees `x1` alone.
    """

    free = ("x0", "x1")

    def residuals(self, z, noise=None):
        """Return two residuals of each member; shape (member, 2)."""
        found = np.stack([1.5 * (z[:, 0] + 2.5) * (z[:, 0] - 3.5), 2 * (z[:, 1] - 1)], axis=1)
        return found if noise is None else found + noise

    def slopes(self, z, noise, prior):
        """Return misfit and slopes as `Downhill` does."""
        left = self.residuals(z, noise)
        away = z if prior is None else z - prior
        slopes = np.stack([left[:, 0] * 1.5 * (2 * z[:, 0] - 1), left[:, 1] * 2], axis=1) + away
        return 0.5 * ((left**2).sum(axis=1) + (away**2).sum(axis=1)), slopes


@pytest.fixture
def two_ways(monkeypatch):
    """Return the problem with two readings, its slopes in place of those of the model."""
    monkeypatch.setattr(frame, "Downhill", lambda problem, _tolerance: problem.slopes)
    return TwoWays()


def test_the_search_finds_the_best_of_two_ways(two_ways):
    """Both valleys are found, the nearer to the centre of the prior comes first, and what is known is a start too."""
    places, misfit = search(two_ways, 16, seed=1, known=np.array([[3.4, 0.0]]))

    assert len(places) == 17
    assert (np.diff(misfit) >= 0).all()
    assert places[0] == pytest.approx([-2.469, 0.8], abs=0.01)
    assert places[-1] == pytest.approx([3.457, 0.8], abs=0.01)


def test_readings_are_told_apart_by_the_ridge_between_them(two_ways):
    """Two readings, best first; places in the same valley are one."""
    found = fit(two_ways, starts=16, seed=1)

    read = readings.readings(two_ways, found.ends, found.costs)

    assert read[:, 0] == pytest.approx([-2.469, 3.457], abs=0.01)
    assert found.z == pytest.approx(read[0], abs=1e-3)
    places = np.array([[-2.4, 0.8], [3.4, 0.8], [-2.6, 0.8], [3.5, 0.7]])
    assert readings.grouped(two_ways, places).tolist() == [0, 1, 0, 1]
    assert found.converged


def test_steps_of_a_stair_do_not_join_what_a_ridge_parts():
    """A valley, and another that is reached over a shelf: each step is small, the whole way up is not."""
    heights = {0: 0.0, 1: 5.0, 2: 10.0, 3: 15.0, 4: 0.5}

    class Stair:
        """Misfit by place on a line, straight in between; the prior's part is taken off."""

        def residuals(self, z):
            level = np.interp(z[:, 0], list(heights), list(heights.values()))
            return np.sqrt(np.maximum(2 * (level + 100) - z[:, 0] ** 2, 0))[:, None]

    places = np.array([[0.0], [4.0], [1.0], [2.0], [3.0]])

    assert readings.grouped(Stair(), places).tolist()[:2] == [0, 1]


def test_a_reading_much_worse_than_the_best_is_none(two_ways):
    """An end that is beyond what counts as nearly as good is passed over."""
    ends = np.array([[-2.469, 0.8], [3.457, 0.8]])

    assert len(readings.readings(two_ways, ends, np.array([3.1, 3.1 + readings.WORSE + 1]))) == 1
    assert len(readings.readings(two_ways, ends, np.array([3.1, 6.1]))) == 2


def test_members_choose_the_reading_that_fits_their_own_record(two_ways):
    """Both readings have members; the nearer to the centre of the prior has more, and each valley its own spread."""
    found = fit(two_ways, starts=16, seed=1)

    fitted, _ = members(two_ways, found, 400, seed=2, readings=readings.readings(two_ways, found.ends, found.costs))

    low = fitted[:, 0] < 0
    assert 0.5 < low.mean() < 1
    assert fitted[low, 0].std() == pytest.approx(1 / np.sqrt(1 + 81), rel=0.3)
    assert fitted[:, 1].mean() == pytest.approx(0.8, abs=0.1)
    assert fitted[:, 1].std() == pytest.approx(1 / np.sqrt(5), rel=0.1)


def test_members_of_a_linear_problem_are_draws_from_its_posterior(monkeypatch):
    """Randomised maximum likelihood is exact there: mean and covariance are those of linear regression."""
    seen = np.array([[3.0, 1.0, 0.0], [0.0, 2.0, 0.0]])

    def downhill(_problem, _tolerance):
        def found(z, noise, prior):
            left = z @ seen.T - 1 + noise
            return 0.5 * ((left**2).sum(axis=1) + ((z - prior) ** 2).sum(axis=1)), left @ seen + z - prior

        return found

    monkeypatch.setattr(frame, "Downhill", downhill)
    linear = SimpleNamespace(free=("a", "b", "c"), residuals=lambda z: z @ seen.T - 1)
    covariance = np.linalg.inv(np.eye(3) + seen.T @ seen)
    best = covariance @ seen.T @ np.ones(2)
    found = Fit(best, linear.residuals(best[None])[0], seen, 0.0, True, best[None], np.zeros(1))

    fitted, _ = members(linear, found, 2000, seed=1)

    assert fitted.mean(axis=0) == pytest.approx(best, abs=0.06)
    assert np.cov(fitted.T) == pytest.approx(covariance, abs=0.06)


def test_ways_are_told_with_their_members_and_what_tells_them_apart(two_ways, monkeypatch):
    """Three members in one valley and one in the other: shares, misfits, and first the number that differs most."""
    numbers = {name: SimpleNamespace(at=lambda z: 10 + z) for name in two_ways.free}
    two_ways.model = SimpleNamespace(parameters=numbers)
    places = np.array([[-2.4, 0.7], [-2.5, 0.9], [-2.6, 0.8], [3.5, 0.8]])
    monkeypatch.setattr(ways, "shipped_problem", lambda _name: (two_ways, places))

    rows = ways.ways(["anything"])

    assert [(row["reading"], row["number"]) for row in rows] == [(1, "x0"), (1, "x1"), (2, "x0"), (2, "x1")]
    assert [row["share"] for row in rows] == [0.75, 0.75, 0.25, 0.25]
    assert rows[0]["value"] == pytest.approx(10 - 2.469, abs=0.01)
    assert rows[2]["value"] == pytest.approx(10 + 3.457, abs=0.01)
    assert rows[0]["record"] < rows[0]["misfit"] < rows[2]["misfit"]


def test_one_way_is_one_row(two_ways, monkeypatch):
    """Without a number, for nothing tells it apart."""
    two_ways.model = SimpleNamespace(parameters={})
    monkeypatch.setattr(ways, "shipped_problem", lambda _name: (two_ways, np.array([[-2.4, 0.7], [-2.5, 0.9]])))

    (row,) = ways.ways(["anything"])

    assert (row["reading"], row["share"], row["number"], row["value"]) == (1, 1.0, "", None)
