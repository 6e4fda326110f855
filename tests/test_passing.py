"""Readings between which walkers pass, but seldom: their shares are told before a walk has settled."""

from types import SimpleNamespace

import numpy as np
import pytest

from simulator.calibration import frame, posterior, shipping, walked
from simulator.calibration.frame import Frame
from simulator.calibration.parting import Parting
from simulator.calibration.passing import Passing, settling, weights
from simulator.calibration.sampling import Sample
from simulator.calibration.trust import MOST_ERROR

RATES = np.array([[0.97, 0.02, 0.01], [0.01, 0.98, 0.01], [0.0, 0.02, 0.98]])


def chain(seed, walkers=300, iterations=25):
    """Walkers that all begin in the first of three readings and pass at known rates."""
    generator = np.random.default_rng(seed)
    visits = np.zeros((iterations, walkers), int)
    for now in range(1, iterations):
        reached = np.cumsum(RATES[visits[now - 1]], axis=1)
        visits[now] = (generator.random((walkers, 1)) > reached).sum(axis=1)
    return visits


def settled():
    """Where the rates settle."""
    sizes, directions = np.linalg.eig(RATES.T)
    found = np.real(directions[:, np.argmax(np.real(sizes))])
    return found / found.sum()


def test_shares_are_told_long_before_they_settle():
    """Two walkers in three still are where all began; their passes tell where that ends, and how well they tell it."""
    truth, away = settled(), []
    for seed in range(40):
        visits = chain(seed)
        shares, errors = settling(visits, 3, np.arange(300))
        assert shares.sum() == pytest.approx(1)
        assert (visits == 0).mean() > truth[0] + 0.3
        away.append((shares - truth) / errors)

    assert abs(np.mean(away)) < 0.25
    assert 0.75 < np.std(away) < 1.25


def test_walkers_that_began_together_are_drawn_anew_together():
    """Copies of walkers tell nothing new: errors stay as they were."""
    visits = chain(1)
    _, alone = settling(visits, 3, np.arange(300))

    copies = np.tile(visits, 4)
    _, together = settling(copies, 3, np.tile(np.arange(300), 4))
    _, strangers = settling(copies, 3, np.arange(1200))

    assert together == pytest.approx(alone, rel=0.15)
    assert strangers == pytest.approx(alone / 2, rel=0.15)


def test_a_reading_that_nobody_leaves_leaves_the_shares_open():
    """A walker has come and none has gone: whether it holds all or little is not known."""
    visits = np.zeros((20, 100), int)
    visits[10:, 0] = 1

    _, errors = settling(visits, 2, np.arange(100))

    assert errors.max() > MOST_ERROR


def test_a_walker_that_looks_over_the_ridge_has_not_passed():
    """It has when it is deep in the other reading, and is back when it is deep in its own."""
    planes = Parting(np.array([[-4.0, 0.0], [4.0, 0.0]]), np.zeros(2))
    passing = Passing(planes, Frame(np.array([1.0, 0.0]), np.eye(2)))
    places = np.array([-2.0, 0.3, -1.0, 2.0, -0.3, 0.3, -2.0]) + 1.0

    visits = passing.visits(np.stack([places, np.zeros(7)], axis=-1)[:, None, :])

    assert visits[:, 0].tolist() == [0, 0, 0, 1, 1, 1, 0]


def test_draws_are_worth_what_makes_up_for_their_number():
    """Of four draws in five that should be one in two each is worth five eighths; of the rest, two and a half."""
    visits = np.repeat([0, 1], [80, 20]).reshape(10, 10)

    worth = weights(visits, np.array([0.5, 0.5]))

    assert worth[visits == 0] == pytest.approx(0.625)
    assert worth[visits == 1] == pytest.approx(2.5)


RADIUS, STIFF, RIDGE, LEAN = 5.0, 2.0, 2.0, 0.5


class Ring:
    """A ring with a valley at each end, so that the straight way leads over a mountain and the ring over two passes.

    A walker in some twenty takes one of them. The right valley is the deeper one.
    """

    free = ("x0", "x1", "x2", "x3")

    def misfit(self, z):
        """Return the misfit of places and its slopes."""
        radius, rest = np.maximum(np.hypot(z[:, 0], z[:, 1]), 1e-9), z[:, 2:]
        across = z[:, 0] / radius
        off = radius - RADIUS
        misfit = 0.5 * STIFF * off**2 - 2 * RIDGE * across**2 - LEAN * across + 0.5 * (rest**2).sum(axis=1)
        turning = (-4 * RIDGE * across - LEAN) / radius
        slopes = z.copy()
        slopes[:, 0] = STIFF * off * across + turning * (1 - across**2)
        slopes[:, 1] = STIFF * off * z[:, 1] / radius - turning * across * z[:, 1] / radius
        return misfit, slopes

    def residuals(self, z):
        """Return residuals that leave the misfit when the prior's part is added."""
        misfit, _ = self.misfit(z)
        return np.sqrt(np.maximum(2 * misfit - (z**2).sum(axis=1) + 1e3, 0.0))[:, None]


def right_share():
    """What of the ring lies to the right."""
    angles = np.linspace(0, 2 * np.pi, 3600, endpoint=False)
    heights = np.exp(2 * RIDGE * np.cos(angles) ** 2 + LEAN * np.cos(angles))
    return heights[np.cos(angles) > 0].sum() / heights.sum()


def walk_over_ring(monkeypatch, seed, **given):
    """Walkers of whom nine in ten begin in the lesser valley."""
    for each in (frame, walked):
        monkeypatch.setattr(each, "Downhill", lambda problem, _tolerance: lambda z, _noise, _prior: problem.misfit(z))
    monkeypatch.setattr(frame, "slopes", lambda _problem, _z: np.zeros((1, 4)))
    generator = np.random.default_rng(seed)
    side = np.where(np.arange(320) % 10, -RADIUS, RADIUS)
    begun = 0.3 * generator.standard_normal((320, 4)) + side[:, None] * [1, 0, 0, 0]
    return posterior.posterior(Ring(), begun, minutes=1, seed=seed, **given)


def test_a_walk_over_two_valleys_tells_their_shares_whatever_it_began_with(monkeypatch):
    """Nine in ten begin in the lesser valley, and too many are there still; draws have the true shares all the same."""
    told = []
    found = walk_over_ring(monkeypatch, 1, report=told.append)

    assert isinstance(found, Sample)
    assert found.believed
    assert (found.draws[..., 0] < 0).mean() > 1 - right_share() + 0.1
    assert found.shares.max() == pytest.approx(right_share(), abs=0.1)
    assert (found.spread_out(300)[:, 0] > 0).mean() == pytest.approx(right_share(), abs=0.1)
    assert any("seldom pass" in line for line in told)
    assert "readings hold" in told[-1]
    assert "walkers seldom pass between 2 readings, which hold" in shipping._members(SimpleNamespace(sample=found))
