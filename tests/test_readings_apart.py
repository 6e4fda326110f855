"""A posterior that falls into valleys: each is sampled by itself, and how much of it each holds is measured."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import norm

from simulator.calibration import frame, posterior, walked
from simulator.calibration.parted import Evidence, Parted, shares
from simulator.calibration.parting import Parting
from simulator.calibration.sampling import Sample
from simulator.calibration.trust import LEAST_DRAWS
from simulator.calibration.weighing import MOST_ROUNDS, Valley, weigh

LOG_ROUND = 0.5 * np.log(2 * np.pi)


def bent(positions):
    """A banana times standard normals times e to the third: its mass is known."""
    away = positions[:, 1] - 0.5 * (positions[:, 0] ** 2 - 1)
    slopes = -positions.copy()
    slopes[:, 0] += 4 * away * positions[:, 0]
    slopes[:, 1] = -4 * away
    rest = (positions[:, 2:] ** 2).sum(axis=1)
    return 3 - 0.5 * (positions[:, 0] ** 2 + 4 * away**2 + rest), slopes


def drawn(count, coordinates=8):
    """Draws from the banana."""
    found = np.random.default_rng(1).standard_normal((count, coordinates))
    found[:, 1] = 0.5 * (found[:, 0] ** 2 - 1) + 0.5 * found[:, 1]
    return found


def weighed(*given, **named):
    """One valley's mass after two rounds."""
    valley = Valley(*given, **named)
    valley.weigh()
    valley.weigh()
    return valley.evidence


@pytest.mark.parametrize("seed", range(3))
def test_the_mass_of_a_banana_comes_out(seed):
    """E to the third, a width of a half, and eight times the root of two pi; errors are told honestly."""
    found = weighed(bent, drawn(3000), seed=seed)

    assert found.log == pytest.approx(3 + np.log(0.5) + 8 * LOG_ROUND, abs=0.35)
    assert 0 < found.error < 0.3


def test_errors_of_masses_are_told_honestly():
    """Of thirty weighings the truth is within one told error in about two of three, and within two in nearly all."""
    truth, draws = 3 + np.log(0.5) + 8 * LOG_ROUND, drawn(3000)
    told = [weighed(bent, draws, seed=seed) for seed in range(30)]
    away = np.array([abs(found.log - truth) / found.error for found in told])

    assert 0.5 < np.mean(away < 1) < 0.95
    assert np.mean(away < 2) > 0.8


def test_a_part_of_a_valley_has_a_part_of_its_mass():
    """One side of the banana is half of it."""
    half = drawn(6000)
    half = half[half[:, 0] > 0]

    found = weighed(bent, half, seed=1, belongs=lambda places: places[:, 0] > 0)

    assert found.log == pytest.approx(3 + 2 * np.log(0.5) + 8 * LOG_ROUND, abs=0.4)


def two_normals(positions):
    """A normal at minus two and one of fifty times its mass at plus two, which meets the first one's tail."""
    away = 2.0 * np.eye(8)[0]
    first, second = positions + away, positions - away
    logs = np.stack([-0.5 * (first**2).sum(axis=1), np.log(50) - 0.5 * (second**2).sum(axis=1)])
    whole = np.logaddexp(*logs)
    share = np.exp(logs - whole)
    return whole, -share[0][:, None] * first - share[1][:, None] * second


def test_particles_of_a_lesser_valley_do_not_leave_for_a_greater_one():
    """Next to a valley fifty times as heavy, what lies on the lesser side is weighed, and that alone."""
    generator = np.random.default_rng(6)
    draws = generator.standard_normal((6000, 8)) - 2.0 * np.eye(8)[0]
    lesser = draws[draws[:, 0] < -1]

    found = weighed(two_normals, lesser, seed=1, belongs=lambda places: places[:, 0] < -1)

    inside = norm.cdf(1) + 50 * norm.cdf(-3)
    assert found.log == pytest.approx(np.log(inside) + 8 * LOG_ROUND, abs=0.3)
    assert found.error < 0.2


def test_a_valley_that_no_particle_meets_is_not_known():
    """Its error is infinite, so that nothing is believed."""
    found = weighed(bent, drawn(3000), seed=1, belongs=lambda places: places[:, 0] > 50)

    assert found.error == np.inf
    samples = (SimpleNamespace(believed=True),) * 2
    assert not Parted(samples, (Evidence(0.0, 0.1), found)).believed


def test_shares_and_their_errors():
    """Three to one; the error of two shares is the same, `w (1 - w)` times that of the difference of logarithms."""
    found, errors = shares((Evidence(np.log(3), 0.3), Evidence(0.0, 0.4)))

    assert found == pytest.approx([0.75, 0.25])
    assert errors == pytest.approx([0.75 * 0.25 * 0.5] * 2)


def test_weighing_ends_when_shares_are_known(monkeypatch):
    """The least known valley is weighed again where its share matters, four times at most, and not where it cannot."""
    monkeypatch.setattr(Valley, "__init__", lambda self, log: vars(self).update(log=log, rounds=0))
    monkeypatch.setattr(Valley, "weigh", lambda self: vars(self).update(rounds=self.rounds + 1))
    monkeypatch.setattr(Valley, "evidence", property(lambda self: Evidence(self.log, 0.6 * self.rounds**-0.5)))
    told = []

    even, apart = ([Valley(0.0), Valley(log)] for log in (0.0, -5.0))
    weigh(even, told.append)
    weigh(apart)

    assert [each.rounds for each in even] == [MOST_ROUNDS, MOST_ROUNDS]
    assert [each.rounds for each in apart] == [2, 2]
    assert told[-1].startswith("reading 2: log mass 0.00, error 0.30, round 4")


def test_planes_part_two_clouds():
    """Every place of two long clouds side by side is told right, though their middles are nearer than their ends."""
    generator = np.random.default_rng(2)
    clouds = generator.standard_normal((2, 200, 3)) * [5.0, 0.3, 1.0]
    clouds[1, :, 1] += 3
    labels = np.repeat([0, 1], 200)

    planes = Parting.between(clouds.reshape(-1, 3), labels)

    assert (planes.belongs(clouds.reshape(-1, 3)) == labels).mean() > 0.99
    assert planes.belongs(clouds).shape == (2, 200)


def sampled(draws, rhat, effective):
    """A walk with draws of shape (iteration, walker, coordinate) that is trusted so far."""
    count = draws.shape[-1]
    return Sample(draws, np.full(count, rhat), np.full(count, effective), np.ones(count), 0.7, 100, 0.1)


def test_readings_are_drawn_by_their_weights():
    """Three to one, each reading's draws taken evenly; R-hat is the worst."""
    noise = 0.01 * np.random.default_rng(8).standard_normal((10, 8, 2))
    samples = (sampled(1.0 + noise, 1.01, 500.0), sampled(3.0 + noise, 1.005, 450.0))

    found = Parted(samples, (Evidence(np.log(3), 0.1), Evidence(0.0, 0.1)), 50)

    assert found.weights == pytest.approx([0.75, 0.25])
    assert (found.spread_out(40)[:, 0] < 2).sum() == 30
    assert (found.rhat.max(), found.evaluations, found.count) == (1.01, 250, 160)
    assert found.believed
    assert not Parted(found.samples, (Evidence(0.0, 0.1), Evidence(0.0, 0.4))).believed


def test_effective_draws_are_those_of_the_whole():
    """A mean of nine parts in ten and one in ten, found 4,000 times, scatters as the count of draws says."""
    share, counts, widths = np.array([0.9, 0.1]), np.array([380, 40]), np.array([1.0, 2.0])
    generator = np.random.default_rng(9)
    means = [
        share @ [generator.normal(0, w, n).mean() for w, n in zip(widths, counts, strict=True)] for _ in range(4000)
    ]
    samples = tuple(
        sampled(generator.normal(0, width, (200, 50, 1)), 1.01, float(count))
        for width, count in zip(widths, counts, strict=True)
    )

    found = Parted(samples, tuple(Evidence(float(np.log(each)), 0.1) for each in share))

    assert found.effective[0] == pytest.approx(share @ widths**2 / np.var(means), rel=0.07)
    assert found.effective[0] > 400
    assert found.believed


def test_readings_with_their_share_of_draws_are_enough_together():
    """Each with its share of 400 draws, whatever their widths, and the whole has 400 at least."""
    generator = np.random.default_rng(10)
    for share in (0.5, 0.9, 0.98):
        weights = np.array([share, 1 - share])
        samples = tuple(
            sampled(generator.normal(0, width, (50, 50, 1)), 1.0, LEAST_DRAWS * each)
            for width, each in zip(generator.uniform(0.1, 3, 2), weights, strict=True)
        )

        found = Parted(samples, tuple(Evidence(float(np.log(each)), 0.1) for each in weights))

        assert found.effective[0] == pytest.approx(LEAST_DRAWS)


class Room:
    """A reading whose walk is told beforehand: what R-hat and how many draws each further ask finds."""

    def __init__(self, log, *seen):
        """Tell it."""
        self.log, self.seen, self.asked, self.shares = log, seen, 0, []

    def known(self, share):
        """Whether the last two say so."""
        last = self.seen[max(self.asked - 2, 0) : self.asked]
        return len(last) > 1 and all(r <= 1.02 and n >= 400 * share for r, n in last)

    def valley(self, _found):
        """Its mass, known at once."""
        return SimpleNamespace(weigh=lambda: None, evidence=Evidence(self.log, 0.1), rounds=1)

    def go_on(self, minutes, share=None):
        """Ask until it is mixed, or known."""
        assert minutes > 0
        self.shares.append(share)
        while True:
            self.asked += 1
            if self.known(share) if share else self.seen[self.asked - 1][0] <= 1.02:
                return sampled(np.random.default_rng(1).standard_normal((20, 8, 2)), *self.seen[self.asked - 1])


def test_a_lesser_reading_is_walked_until_it_has_its_share_only():
    """Both are walked until they are mixed; then the greater one needs 392 draws, and the lesser one eight."""
    greater = Room(np.log(49), (1.05, 100.0), (1.02, 200.0), (1.01, 390.0), (1.01, 400.0), (1.01, 500.0))
    lesser = Room(0.0, (1.06, 50.0), (1.02, 90.0), (1.019, 100.0), (1.01, 400.0))

    found = posterior._weighed([greater, lesser], 10.0, lambda _line: None, 7)

    assert (greater.asked, lesser.asked) == (5, 3)
    assert greater.shares == [None, pytest.approx(0.98)]
    assert lesser.shares == [None, pytest.approx(0.02)]
    assert found.effective.min() > 400
    assert found.believed


WIDE, NARROW = 1.0, 0.5


class Apart:
    """Two normal valleys at minus and plus six in the first of three coordinates, one half as wide as the other.

    Mass is as width times height: a third lies in the narrow one, for heights are even. A prior is no part of it.
    """

    free = ("x0", "x1", "x2")

    def misfit(self, z):
        """Return the misfit of places and its slopes."""
        left, right = z - [-6.0, 0, 0], (z - [6.0, 0, 0]) / [NARROW, 1, 1]
        logs = np.stack([-0.5 * (left**2).sum(axis=1), -0.5 * (right**2).sum(axis=1)])
        whole = np.logaddexp(*logs)
        share = np.exp(logs - whole)
        return -whole, share[0][:, None] * left + share[1][:, None] * right / [NARROW, 1, 1]

    def residuals(self, z):
        """Return residuals that leave the misfit when the prior's part is added."""
        misfit, _ = self.misfit(z)
        return np.sqrt(np.maximum(2 * misfit - (z**2).sum(axis=1) + 1e3, 0.0))[:, None]


@pytest.mark.parametrize("folder", [None, "walks"])
def test_a_walk_over_two_valleys_is_parted_and_weighed(folder, monkeypatch, tmp_path):
    """Half of the walkers begin in each valley and none passes; the draws say two to one all the same."""
    for each in (frame, walked):
        monkeypatch.setattr(each, "Downhill", lambda problem, _tolerance: lambda z, _noise, _prior: problem.misfit(z))
    monkeypatch.setattr(frame, "slopes", lambda _problem, _z: np.eye(3))
    generator = np.random.default_rng(3)
    begun = generator.standard_normal((256, 3)) + np.where(np.arange(256) % 2, 6, -6)[:, None] * [1, 0, 0]
    told = []

    found = posterior.posterior(
        Apart(), begun, minutes=1, seed=1, report=told.append, checkpoint=folder and tmp_path / "walk.npz"
    )

    assert isinstance(found, Parted)
    assert found.believed
    assert found.weights == pytest.approx([2 / 3, 1 / 3], abs=0.06)
    drawn = found.spread_out(300)[:, 0]
    assert (drawn > 0).mean() == pytest.approx(1 / 3, abs=0.06)
    assert drawn[drawn < 0].std() == pytest.approx(WIDE, rel=0.15)
    assert drawn[drawn > 0].std() == pytest.approx(NARROW, rel=0.15)
    assert any("reading 2" in line for line in told)


def test_a_walk_whose_walkers_pass_is_not_parted(monkeypatch):
    """One valley is one walk."""
    monkeypatch.setattr(
        frame,
        "Downhill",
        lambda _problem, _tolerance: lambda z, _noise, _prior: (0.5 * (z**2).sum(axis=1), z),
    )
    monkeypatch.setattr(frame, "slopes", lambda _problem, _z: np.eye(3))
    begun = np.random.default_rng(4).standard_normal((256, 3))
    problem = SimpleNamespace(free=Apart.free, residuals=lambda z: np.zeros((len(z), 1)))

    found = posterior.posterior(problem, begun, minutes=1, seed=1)

    assert isinstance(found, Sample)
    assert found.believed
