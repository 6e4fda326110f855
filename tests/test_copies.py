"""Members that share a fit count once: what is luck of fits is not above chance, and errors are those of fits."""

import numpy as np
import pytest

from simulator import copies, fits
from simulator.analysis import information, regret, swapping
from simulator.analysis.beliefs import Beliefs
from simulator.analysis.boxes import Side, measured
from simulator.analysis.pairing import paired
from simulator.analysis.payoffs import Payoffs
from simulator.debate.cells import Cells
from simulator.debate.contest import contest, resampled
from simulator.debate.debates import BASE, MEASURES, _argued
from simulator.debate.verdicts import independent
from simulator.fentanyl import fentanyl_model
from simulator.scenario import find

FITS, MANY = 256, 1000
WORLDVIEW = "good-faith"


def chosen(seed, members=MANY, number=FITS):
    """Return which fit each member was drawn from, as an ensemble draws them."""
    return np.random.default_rng(seed).integers(number, size=members)


def luck(groups, count, seed):
    """Return normals that copies share; shape (member, count)."""
    return np.random.default_rng(seed).standard_normal((FITS, count))[groups]


@pytest.fixture(scope="module")
def real():
    """Return members of a worldview, and which are copies."""
    beliefs = Beliefs.of(WORLDVIEW)
    numbers = beliefs.members(MANY, seed=1)
    return numbers, beliefs.alike(numbers)


# Who is alike ------------------------------------------------------------------------------


def test_members_of_one_fit_are_alike(real):
    """A thousand members are no more fits than were shipped; those of a group share what the record feels."""
    numbers, groups = real
    felt = [fentanyl_model().constants.index(name) for name in fits.shipped(WORLDVIEW).felt]

    assert len(np.unique(groups)) <= len(fits.shipped(WORLDVIEW).members)
    assert len(np.unique(groups)) == len(np.unique(numbers[:, felt], axis=0))
    assert all(np.ptp(numbers[groups == each][:, felt], axis=0).max() == 0 for each in range(20))
    assert np.array_equal(np.unique(groups), np.unique(groups[np.sort(np.unique(groups, return_index=True)[1])]))


def test_members_of_the_bare_priors_are_nobodys_copies():
    """Every member is a group of one, numbered as members are, so that nothing changes for them."""
    beliefs = Beliefs.of(WORLDVIEW)

    groups = beliefs.alike(beliefs.members(50, seed=1, prior=True))

    assert np.array_equal(np.arange(50), groups)


def test_a_worldview_without_a_calibration_draws_copies_of_the_default(real):
    """Members come from somewhere, and copies are found there."""
    _, groups = real
    constants = fentanyl_model().constants
    numbers = np.random.default_rng(1).random((len(groups), len(constants)))[groups]

    assert np.array_equal(groups, copies.alike(constants, numbers, "nobody's"))


def test_what_copies_know_is_what_fits_and_members_add_up_to():
    """An ensemble of n members from k fits knows the mean as n k / (n + k) independent ones do."""
    found = independent(WORLDVIEW, MANY, 1)

    assert found == pytest.approx(MANY * FITS / (MANY + FITS), rel=0.05)


# Drawing, dividing, shuffling --------------------------------------------------------------


def test_copies_stay_together():
    """In halves, in parts and in resamples a group is there as a whole or not at all."""
    groups, generator = chosen(1, 300, 60), np.random.default_rng(1)
    size = np.bincount(groups)

    seen, unseen = copies.halves(groups, generator)
    part = copies.parts(groups, 5, generator)
    (picked,) = copies.redrawn(groups, 1, generator)

    assert not set(groups[seen]) & set(groups[unseen])
    assert sorted(np.concatenate([seen, unseen])) == list(range(300))
    assert all(np.ptp(part[groups == each]) == 0 for each in np.unique(groups))
    assert set(part) == set(range(5))
    assert all(np.bincount(groups[picked], minlength=60)[each] % size[each] == 0 for each in np.unique(groups))


def test_shuffled_copies_get_what_copies_had():
    """What copies share they share after shuffling; a number of their own comes from all over its group."""
    groups, generator = np.array([0, 0, 0, 0, 1, 1, 2]), np.random.default_rng(1)

    found = [copies.shuffled(groups, generator) for _ in range(50)]

    assert all(np.ptp(groups[each][groups == 0]) == 0 for each in found)
    assert {tuple(each[4:6]) for each in found if groups[each[4]] == 0} == {(0, 2)}
    assert {tuple(each[:4]) for each in found if groups[each[0]] == 1} == {(4, 4, 5, 5)}


def test_without_copies_all_is_as_without_groups():
    """Draws, parts and shuffles are bit for bit those of members that are their own groups."""
    alone = copies.alone(20)
    values = np.random.default_rng(1).standard_normal((3, 20))

    def again():
        return np.random.default_rng(2)

    assert np.array_equal(again().integers(20, size=(3, 20)), list(copies.redrawn(alone, 3, again())))
    assert np.array_equal(again().permutation(20) % 5, copies.parts(alone, 5, again()))
    assert np.array_equal(again().permutation(20), copies.shuffled(alone, again()))
    assert np.array_equal(again().permutation(20), np.concatenate(copies.halves(alone, again())))
    assert copies.error(values, alone) == pytest.approx(values.std(axis=1, ddof=1) / np.sqrt(20))


# Errors ------------------------------------------------------------------------------------


def test_the_error_of_a_mean_is_that_of_fits():
    """Four copies of each of 256 normals know their mean as 256 do; and over many ensembles it scatters as told."""
    even = np.repeat(np.arange(FITS), 4)
    values = luck(even, 1, 2)[:, 0]
    ensembles = [(luck(groups, 1, 1000 + seed)[:, 0], groups) for seed in range(200) for groups in [chosen(seed)]]

    told = np.mean([copies.error(*each) for each in ensembles])

    assert copies.error(values, even) == pytest.approx(values[::4].std(ddof=1) / np.sqrt(FITS))
    assert np.std([values.mean() for values, _ in ensembles]) == pytest.approx(told, rel=0.15)
    assert told == pytest.approx(np.sqrt(1 / FITS + 1 / MANY), rel=0.05)
    assert np.isnan(copies.error(np.arange(3.0), np.zeros(3, int)))


def test_the_error_of_a_median_is_that_of_fits():
    """That of 256 normals is sqrt(pi/512), however many copies there are of each."""
    even = np.repeat(np.arange(FITS), 4)

    medians, means = resampled(luck(even, 1, 3).T, groups=even)

    assert medians.std() == pytest.approx(np.sqrt(np.pi / 2 / FITS), rel=0.25)
    assert means.std() == pytest.approx(1 / np.sqrt(FITS), rel=0.15)


def test_a_lead_of_real_members_has_the_error_of_their_fits(real):
    """Contest and ranking know which members are copies from what they believe."""
    numbers, groups = real
    averted = {("a", WORLDVIEW): 1000 + 3000 * luck(groups, 1, 4)[:, 0], ("b", WORLDVIEW): np.zeros(MANY)}
    constants = fentanyl_model().constants

    lead = contest("a", "b", averted, WORLDVIEW, constants, {WORLDVIEW: numbers}).leads[0]

    assert lead.error == pytest.approx(3000 * np.sqrt(np.pi / 2 * (1 / FITS + 1 / MANY)), rel=0.3)


def test_the_places_of_a_debate_have_the_errors_of_fits(real):
    """Whoever argues a debate says which members are copies."""
    numbers, groups = real
    asked = find("supply-or-demand").model_copy(update={"worldviews": (WORLDVIEW,)})
    found = {
        (policy, WORLDVIEW): np.tile(1000 * luck(groups, 1, place)[:, 0] * (policy != BASE), (len(MEASURES), 1))
        for place, policy in enumerate(asked.policies)
    }

    places = _argued(asked, Cells(MEASURES, found, {WORLDVIEW: numbers}, MANY, 1)).places[WORLDVIEW]

    expected = 1000 * np.sqrt(np.pi / 2 * (1 / FITS + 1 / MANY))
    assert np.mean([place.median_error for place in places]) == pytest.approx(expected, rel=0.2)


def test_regret_swaps_and_shares_have_the_errors_of_fits():
    """Twice the same members four times: the error is that of the members, not of their copies."""
    even, once = np.repeat(np.arange(FITS), 4), copies.alone(FITS)
    few = np.random.default_rng(5).standard_normal((3, 2, FITS)) + np.arange(3)[:, None, None]

    def rows(loss, groups):
        about = ("a", "b", "c"), ("v", "w"), loss, loss, np.zeros((2, loss.shape[2], 1)), "person", 0
        table = Payoffs(*about, (copies.alone(loss.shape[2]), groups))
        return regret.robustness(table, seed=1, satisfied=0.1, base="a"), regret.winners(table)

    def crossing(loss, groups):
        return swapping.swap(lambda value: value - 1 + loss[0, 0], np.linspace(-1, 3, 9), seed=1, groups=groups)

    def divided(loss, groups):
        rare = loss[0, 0] - np.quantile(few[0, 0], 0.06)
        return paired(("a", "b"), (np.zeros_like(rare), rare), np.zeros((len(rare), 0)), seed=1, groups=groups)

    many = np.repeat(few, 4, axis=2)
    for one, four in zip(rows(few, once)[0], rows(many, even)[0], strict=True):
        for key in ("mean_regret_error", "satisficing_error", "mean_loss_error", "gap_to_next_error"):
            assert four[key] == pytest.approx(one[key])
    assert rows(many, even)[1][1]["margin_error"] == pytest.approx(rows(few, once)[1][1]["margin_error"])
    assert divided(many, even).error == pytest.approx(divided(few, once).error)
    assert crossing(many, even).errors == pytest.approx(crossing(few, once).errors)
    assert crossing(many, even).high == pytest.approx(crossing(few, once).high)
    assert information.perfect(many[:, 0], seed=1, groups=even).error == pytest.approx(
        information.perfect(few[:, 0], seed=1).error
    )


def test_copies_do_not_make_a_restriction_more_surprising():
    """Ten fits of four copies are as surprising as ten members."""
    groups, values = np.repeat(np.arange(10), 4), np.arange(10.0)[:, None]
    fails, side = values[:, 0] >= 6, {"x": Side(5.0, None)}

    once, often = measured(values, fails, ["x"], side), measured(values[groups], fails[groups], ["x"], side, groups)

    assert often.sides["x"].chance == once.sides["x"].chance
