"""Accounts by actor: discounted exactly, parts that add up, prices only where they mean something."""

import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from simulator.analysis import accounting
from simulator.analysis.accounting_figure import accounting_figure
from simulator.analysis.actors import ACCOUNTS, PERSPECTIVES
from simulator.cases import cases, solve
from simulator.cli import app, options
from simulator.dates import month_starts
from simulator.errors import SimulatorError
from simulator.fentanyl import fentanyl_model
from simulator.integrate.tracks import constant
from simulator.model import Model
from simulator.report.paired import Window
from tests.toy import epidemic

YEARS = Window(2027.0, 2029.0)
#: One dollar a year for ten years at 3 %: (1 - 1.03^-10) / ln 1.03.
TEN_YEARS = (1 - 1.03**-10) / np.log(1.03)


@pytest.fixture(scope="module")
def pair():
    """Return history and a policy that moves deaths, tariffs and cooperation, the likeliest run of each."""
    return cases(["history", "all-at-once"], until=YEARS.end, engine="reference")


def test_a_steady_flow_is_worth_its_annuity():
    """Weights of months add up to the closed form for a continuous annuity."""
    found = accounting.weights(np.linspace(2027.0, 2037.0, 121), 0.03)

    assert np.isclose(TEN_YEARS, found.sum(), rtol=1e-12)


def test_without_a_rate_years_count_as_they_are():
    """At 0 % a window is worth its length."""
    found = accounting.weights(np.array([2027.0, 2027.5, 2030.0]), 0.0)

    assert found.tolist() == [0.5, 2.5]


@pytest.mark.parametrize("rate", [-0.01, 0.51, np.nan])
def test_an_odd_rate_is_refused(rate):
    """A rate is a share: 3 would be 300 % a year."""
    with pytest.raises(SimulatorError, match="no rate to discount by"):
        accounting.weights(np.array([0.0, 1.0]), rate)


def test_a_decaying_flow_is_discounted_month_by_month():
    """Orcs who recover from an illness that nobody catches: I / T / s (1 - e^-st) with s = 1 / T + ln 1.07.

    Within a month the flow counts as steady, which errs by ln 1.07 / T / 12^3 or 0.002 %.
    """
    model = Model.of(epidemic, check_units=False)
    numbers = {"contact_rate": 0.0, "illness": 2.0, "infected_at_start": 100.0, "town": 1000.0}
    row = np.array([[numbers[name] for name in model.constants]])
    still, times = constant(np.zeros(0), 0.0, 3.0), month_starts(0.0, 3.0)
    solution = solve(model, ("recoveries",), row, still, times, engine="reference", relative_tolerance=1e-9)
    speed = 1 / 2.0 + np.log(1.07)

    found = accounting.total(solution, "recoveries", Window(0.0, 2.75), 0.07)

    assert np.isclose(100 / 2.0 / speed * (1 - np.exp(-speed * 2.75)), found[0], rtol=3e-5)


def test_years_still_to_come_count_less():
    """A lost life counts its years at their own dates, at 3 % (1 - 1.03^-38) / 38 ln 1.03 or three fifths of them."""
    assert accounting.present_share(0.0) == 1
    assert np.isclose((1 - 1.03**-38) / (38 * np.log(1.03)), accounting.present_share(0.03))


def test_discounting_years_of_life_touches_their_dates_only_once(pair):
    """Discounted, the years lost are those of disorder, and those of death times what the years to come are worth."""
    solution = pair[0].solution
    per_death = solution.constants[0, solution.model.constants.index("years_lost_per_death")]
    name, rate = "quality_adjusted_life_years_lost", 1e-9
    deaths = accounting.total(solution, "opioid_deaths", YEARS, 0.03)[0] * per_death

    nearly, whole = (accounting.total(solution, name, YEARS, each)[0] for each in (rate, 0.0))
    found = accounting.total(solution, name, YEARS, 0.03)[0]

    assert np.isclose(whole, nearly, rtol=1e-6)
    assert 0.5 * deaths < found < whole


def test_parts_add_up_to_the_account_of_their_actor(pair):
    """What an actor loses in cash is the sum of its parts."""
    rows = [row for row in accounting.accounts(pair, YEARS) if row["kind"] == "cash"]
    for actor in {row["actor"] for row in rows if row["part"]}:
        whole = next(row["median"] for row in rows if row["actor"] == actor and not row["part"])
        parts = [row["median"] for row in rows if row["actor"] == actor and row["part"]]

        assert np.isclose(whole, sum(parts), rtol=1e-6, atol=1e-3 * max(map(abs, parts)))


def test_every_actor_has_one_account_in_cash():
    """One line of cash an actor is no part; and no line of life is one."""
    actors = {each.actor for each in ACCOUNTS}
    whole = [each.actor for each in ACCOUNTS if each.kind == "cash" and not each.part]

    assert sorted(actors) == sorted(whole)
    assert not [each.quantity for each in ACCOUNTS if each.kind == "life" and each.part]


def test_cash_and_life_share_no_quantity():
    """No perspective and no account in cash counts a death or the value of a life."""
    model = fentanyl_model()
    cash = {each.quantity for each in ACCOUNTS if each.kind == "cash"}
    cash |= {name for parts in PERSPECTIVES.values() for name, _ in parts}

    assert "value_of_life" not in {cause for name in model.ancestors(cash) for cause in model.equations[name].causes}


def test_a_scenario_costs_nothing_beside_itself(pair):
    """No difference anywhere, so no price either."""
    twice = [pair[1], replace(pair[1], scenario=pair[0].scenario)]

    rows, values = accounting.accounts(twice, YEARS), accounting.worth(twice, YEARS)

    assert {0.0} == {row["median"] for row in rows}
    assert {(1.0, None)} == {(row["nothing"], row["median"]) for row in values}


def test_quadrants_say_who_gains_and_who_pays():
    """Four members, one in each quadrant: no price, for half of them lose."""
    cost, gain = np.array([-1.0, 2.0, -1.0, 2.0]), np.array([1.0, 1.0, -1.0, -1.0])

    found = accounting.effectiveness(cost, gain)

    quadrants = ("gains_and_saves", "gains_and_costs", "loses_and_saves", "loses_and_costs")
    assert [found[name] for name in quadrants] == [0.25] * 4
    assert (found["median"], found["ratio_of_means"]) == (None, None)


def test_a_price_is_told_where_all_gain():
    """The median of ratios is not the ratio of means: 1, 2 and 12 over 1, 1 and 2 give 2 and 15 / 4."""
    found = accounting.effectiveness(np.array([1.0, 2.0, 12.0]), np.array([1.0, 1.0, 2.0]))

    assert (found["median"], found["ratio_of_means"]) == (2.0, 3.75)


def test_who_saves_pays_nothing():
    """A negative ratio has no order, so that saving more and gaining less would look alike: the price is zero."""
    found = accounting.effectiveness(np.array([-5.0, -1.0, 4.0]), np.array([1.0, 1.0, 1.0]))

    assert (found["median"], found["ratio_of_means"]) == (0.0, None)
    assert np.isclose(2 / 3, found["gains_and_saves"])


def test_acceptability_is_the_share_with_a_net_benefit():
    """At 10 a year: 10 - 5, 10 - 15, -10 + 20 and -10 - 1; so two members of four."""
    cost, gain = np.array([5.0, 15.0, -20.0, 1.0]), np.array([1.0, 1.0, -1.0, -1.0])

    found = accounting.acceptability(cost, gain, (10.0,))

    assert found["acceptable"] == {"10": 0.5}
    assert found["net_benefit"]["10"]["median"] == 0.0


def test_the_picture_shows_every_actor_once_and_lives_apart(pair):
    """Two panels; a dot an actor in cash, a dot a kind of loss in lives, and no value of life."""
    rows = accounting.accounts(pair, YEARS)
    actors = {each.actor for each in ACCOUNTS}

    cash, lives = accounting_figure(rows).axes

    assert {text.get_text() for text in cash.get_yticklabels()} == actors
    assert [each.get_gid() for each in cash.lines].count("median") == len(actors)
    assert [each.get_gid() for each in lives.lines].count("median") == 3


def test_the_picture_says_that_it_shows_one_worldview_of_two(pair):
    """The first, by its name; the other stands in the table alone."""
    rows = accounting.accounts(pair, YEARS)
    others = [{**row, "worldview": "another"} for row in rows]

    one, two = (accounting_figure(each) for each in (rows, [*rows, *others]))

    told = f"Worldview {pair[0].worldview} alone, of 2; the table has each"
    assert any(text.get_text().startswith(told) for text in two.texts)
    assert not any("alone" in text.get_text() for text in one.texts)


def test_compare_tells_who_pays_and_what_it_buys(tmp_path):
    """Both tables come with `--json` too, parts and other rates included."""
    words = (
        "compare",
        "history",
        "treat-demand-first",
        "-n",
        2,
        "--until",
        2029,
        "--engine",
        "reference",
        "--no-figures",
    )
    words += ("--discount", 0.05, "--outputs", tmp_path, "--json")

    found = CliRunner().invoke(app, [str(word) for word in words])

    said = json.loads(found.stdout)
    assert found.exit_code == 0, found.stderr
    assert len(ACCOUNTS) == len(said["accounts"])
    assert {0.05} == {row["discount"] for row in said["accounts"]}
    assert {0.0, 0.03, 0.05, 0.07} == {row["discount"] for row in said["worth"]}
    assert {*PERSPECTIVES} == {row["perspective"] for row in said["worth"]}


def test_compare_refuses_an_odd_rate():
    """Before anything runs, with the remedy."""
    found = CliRunner().invoke(app, ["compare", "history", "treat-demand-first", "--discount", "3"])

    assert found.exit_code == 2
    assert accounting.RATE == options.DISCOUNT
