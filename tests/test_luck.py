"""What is luck of fits is not told from chance for having been copied, and analyses say which members are copies."""

import numpy as np
import pytest

from simulator.analysis import discovery, given, information, robustness, sensitivity
from simulator.analysis.beliefs import Beliefs
from simulator.analysis.discovery import Target
from simulator.analysis.peeling import prim
from simulator.analysis.question import Question
from simulator.analysis.tree import tree
from simulator.debate.splitting import split

FITS, MANY = 256, 1000
WORLDVIEW = "good-faith"
YEAR = Question("care-package", "history", first=2027, last=2027)


def chosen(seed, members=MANY, number=FITS):
    """Return which fit each member was drawn from, as an ensemble draws them."""
    return np.random.default_rng(seed).integers(number, size=members)


def luck(groups, count, seed):
    """Return normals that copies share; shape (member, count)."""
    return np.random.default_rng(seed).standard_normal((FITS, count))[groups]


# Chance ------------------------------------------------------------------------------------


def test_luck_of_fits_is_not_measured_above_noise(monkeypatch):
    """One in twenty numbers that copies share at most, or one of their own, is told from chance."""
    monkeypatch.setattr(given, "RESAMPLES", 2)
    groups = chosen(6)
    shared, own = luck(groups, 40, 7), np.random.default_rng(8).standard_normal((MANY, 40))
    names = [str(number) for number in range(80)]
    outcome = luck(groups, 1, 9)[:, 0]

    found = given.given_data(np.hstack([shared, own]), outcome, names, keep=80, seed=1, groups=groups)
    naive = given.given_data(np.hstack([shared, own]), outcome, names, keep=80, seed=1)

    is_own = np.array([int(name) >= 40 for name in found.names])
    assert np.mean(found.distance[~is_own] > found.noise[~is_own]) < 0.2  # 0.05, and luck of forty on both sides
    assert np.mean(found.distance[is_own] > found.noise[is_own]) < 0.2
    assert abs(found.first[~is_own].mean()) < 0.01
    assert found.noise[is_own].max() < 0.7 * found.noise[~is_own].min()
    assert np.mean(naive.distance > naive.noise) > 0.4


def test_luck_of_fits_is_not_worth_knowing():
    """Value of information: shuffles, folds and resamples take copies together."""
    worths = []
    for trial in range(20):
        groups = chosen(100 + trial, 400, 100)
        loss = np.stack([np.zeros(400), luck(groups, 1, 200 + trial)[:, 0]])
        worths.append(information.partial(loss, luck(groups, 1, 300 + trial), seed=trial, groups=groups))

    assert sum(each.above_noise for each in worths) <= 3  # 1 is expected of 20


def test_luck_of_fits_is_not_told_right_on_members_not_seen():
    """A tree does as a coin, and a box does as well as everything; where copies were taken apart they did better."""
    accuracies, naive, denser = [], [], []
    for trial in range(6):
        groups = chosen(400 + trial)
        points, fails = luck(groups, 6, 500 + trial), luck(groups, 1, 600 + trial)[:, 0] > 0.3
        names = [str(number) for number in range(6)]
        accuracies.append(tree(points, fails, names, seed=trial, groups=groups).accuracy)
        naive.append(tree(points, fails, names, seed=trial).accuracy)
        if trial < 2:
            _, stability = prim(points, fails, names, density=0.75, seed=trial, halves=2, groups=groups)
            denser.append(stability.density - fails.mean())

    assert np.mean(accuracies) == pytest.approx(0.5, abs=0.04)
    assert np.mean(naive) > 0.56
    assert np.mean(denser) < 0.08


def test_numbers_are_chosen_on_members_seen():
    """The six of sixty numbers that tell most by luck tell nothing of members that had no say in choosing them."""
    accuracies = []
    for trial in range(6):
        groups = chosen(400 + trial)
        points, fails = luck(groups, 60, 500 + trial), luck(groups, 1, 600 + trial)[:, 0] > 0.3
        names = [str(number) for number in range(60)]
        accuracies.append(tree(points, fails, names, seed=trial, groups=groups, factors=6).accuracy)

    assert np.mean(accuracies) == pytest.approx(0.5, abs=0.04)


def test_no_belief_is_named_for_luck_of_fits():
    """One split in twenty at most, among groups of every size."""
    named = []
    for trial in range(15):
        groups = chosen(700 + trial, 400, 100)
        points, holds = luck(groups, 20, 800 + trial), luck(groups, 1, 900 + trial)[:, 0] > 0.3
        named.append(split([str(number) for number in range(20)], points, holds, trial, groups) is not None)

    assert sum(named) <= 3


# Who says so -------------------------------------------------------------------------------


@pytest.mark.slow
def test_analyses_of_real_members_say_which_are_copies(monkeypatch):
    """Sensitivity, discovery and robustness hand on the groups of what they drew."""
    told = {}

    def noted(name, function):
        def spy(*given, groups=None, **more):
            told[name] = groups
            return function(*given, groups=groups, **more)

        return spy

    for module, name in ((sensitivity.given, "given_data"), (discovery, "prim"), (discovery, "tree"),
                         (robustness, "paired"), (robustness.information, "partial"),
                         (robustness.information, "perfect"), (robustness.swapping, "scan")):  # fmt: skip
        monkeypatch.setattr(module, name, noted(name, getattr(module, name)))
    beliefs = Beliefs.of(WORLDVIEW)
    answers = YEAR.over_years(YEAR.by_year(beliefs.members(120, seed=1)))
    choice = robustness.Choice(
        ("care-package", "border-surge"), (WORLDVIEW,), members=120, scanned=("precursor_slack",)
    )

    sensitivity.over_members(YEAR, beliefs, sensitivity.Sizes(members=120, factors=2), seed=1)
    discovery.discover(YEAR, Target("at_most", float(np.median(answers))), beliefs, members=120, seed=1, factors=2)
    verdict = robustness.weigh(Question("history", first=2027, last=2027), choice)

    assert set(told) == {"given_data", "prim", "tree", "paired", "partial", "perfect", "scan"}
    assert {len(np.unique(groups)) for groups in told.values()} == {len(np.unique(verdict.payoffs.alike[0]))}
    assert len(np.unique(verdict.payoffs.alike[0])) < 120
