"""Scores: forecasts know nothing later than their origin, carry a fixed discrepancy, and are judged by known rules."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import norm
from typer.testing import CliRunner

from docs.pages import scoreboard
from simulator import draws, fits, scenario
from simulator.calibration import campaign, shipping
from simulator.calibration.campaign import UNTIL
from simulator.calibration.problem import Problem as Calibrating
from simulator.cases import cases
from simulator.cli import app
from simulator.errors import SimulatorError
from simulator.fentanyl import fentanyl_model
from simulator.integrate.tracks import Tracks
from simulator.record.observation import Observation
from simulator.record.reading import record
from simulator.report.outcomes import outcomes
from simulator.scoring import believers, board, measures, naive, present, projection
from simulator.scoring.backtest import SERIES, backtest
from simulator.scoring.discrepancy import RELAXATION, WALK, luck, walk, wandered
from simulator.scoring.events import frozen
from simulator.scoring.fan import fans
from simulator.scoring.foretelling import Foretold, foretell, pooled, sharing
from simulator.scoring.present import DEATHS, last_quarter, monthly, unrolled
from simulator.scoring.promises import PROMISES, broken, published
from simulator.scoring.stacking import stack, stacked

MEMBERS, ACCOUNTS = 3, ("cartel-driven", "demand-driven")
#: Keys that readers of the JSON rely on.
PROMISED = {"worldview", "mode", "origin", "year", "observed", "median", "lower90", "upper90", "crps"}


@pytest.fixture(scope="module")
def calibrations(tmp_path_factory):
    """Return a folder of calibrations that saw no record: members around the centre of the priors."""
    home = tmp_path_factory.mktemp("origins")
    model = fentanyl_model()
    generator = np.random.default_rng(1)
    for name in ACCOUNTS:
        settings = scenario.settings(scenario.find(name), model.parameters)
        free = Calibrating(model, None, UNTIL, None, settings).free
        for origin in believers.ORIGINS:
            place = believers.path(name, origin, home)
            place.parent.mkdir(exist_ok=True)
            np.savez_compressed(
                place,
                names=np.array(" ".join(free)),
                z=np.zeros(len(free)),
                sizes=np.ones(1),
                directions=np.zeros((1, len(free))),
                members=0.2 * generator.standard_normal((MEMBERS, len(free))),
                until=np.array(origin + 1.0),
                felt=np.array(" ".join(free)),
                priors=np.array(fits.priors_hash(model.parameters[each] for each in free)),
                fixed=np.array(" ".join(settings)),
                fixed_values=np.array(list(settings.values()), float),
            )
    return home


@pytest.fixture(scope="module")
def scored(calibrations):
    """Return every score of those calibrations."""
    return backtest(series=SERIES, folder=calibrations)


@pytest.fixture
def cli(calibrations, monkeypatch):
    """Return a function that runs a command; the calibrations stand in for those that ship."""
    monkeypatch.setattr(believers.fits, "home", lambda until=None: calibrations / f"{until or UNTIL:.0f}")
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


class Level:
    """A solution in which everything stands still at a level, whatever the name."""

    def __init__(self, level, until=2036.0, members=2):
        """Keep the level of every member."""
        self.level, self.failed = level, np.zeros(members, bool)
        self.times, self.states = np.array([2013.0, until]), np.zeros((members, 1, 2))

    def mean_between(self, _name, starts, _ends):
        """Return the level; shape (member, interval)."""
        return np.full((len(self.failed), np.size(starts)), self.level)


def certain(value, draws=100):
    """Return a forecast of one row that knows it exactly."""
    logs = np.full((draws, 1), np.log(value))
    return Foretold(logs, np.zeros(1), np.zeros((draws, 1)), logs[:1], np.ones(1), np.ones(1))


def row(**told):
    """Return a scored row with what matters to a test changed."""
    plain = {
        "worldview": "w", "mode": "knowing", "series": DEATHS, "origin": 2021, "year": 2022, "observed": 100.0,
        "median": 110.0, "lower50": 95.0, "upper50": 120.0, "lower90": 80.0, "upper90": 140.0, "crps": 0.1,
        "log_density": 0.0, "last_value": 100.0, "last_value_crps": 0.2, "damped_trend": 100.0,
        "damped_trend_crps": 0.2, "last_quarter": 100.0, "last_quarter_crps": 0.2,
    }  # fmt: skip
    return plain | told


# What a forecaster knows -------------------------------------------------------------------


def test_frozen_history_holds_what_stood_before_the_origin():
    """A jump at the very date is not known, a ramp stops where it is, and the past is as it was."""
    tracks = Tracks(
        np.array([2013.0, 2019.0, 2020.0, 2022.0]),
        np.array([[1.0, 0.0], [1.0, 4.0], [9.0, 6.0]]),
        np.array([[0.0, 0.0], [0.0, 2.0], [0.0, 2.0]]),
    )

    expected = [[1.0, 5.0], [1.0, 6.0], [1.0, 6.0]]

    found = frozen(tracks, 2020.0)

    assert expected == [found.at(time).tolist() for time in (2019.5, 2020.0, 2021.9)]
    assert not found.slopes[-1].any()
    assert tracks.edges[-1] == found.edges[-1]


def test_months_know_nothing_later_and_add_up_to_the_years_known():
    """To 1 January 2020: the last month is December 2019, and final counts of the years are kept."""
    ends, counts = monthly(2020.0)

    assert ends[-1] == pytest.approx(2020.0)
    for year in range(2015, 2020):
        inside = (ends > year + 1e-6) & (ends < year + 1 + 1e-6)
        assert counts[inside].sum() == pytest.approx(record(DEATHS).since(year, year + 1).values[0])


@pytest.mark.parametrize("origin", believers.ORIGINS)
def test_months_are_the_same_whatever_comes_later(origin, monkeypatch):
    """Taking later rows out of the record moves no month: nothing is learnt from the future."""
    until = origin + 1.0
    before = monthly(until)
    monkeypatch.setattr(present, "record", lambda name: record(name).since(0.0, until + 1e-6))
    monkeypatch.setattr(present, "unrolled", unrolled.__wrapped__)

    after = monthly.__wrapped__(until)

    assert [each.tolist() for each in before] == [each.tolist() for each in after]


def test_months_unrolled_from_yearly_sums_are_those_counted_later():
    """Provisional months, worked out, are within 5 % of the final counts of 2022-24."""
    final = record(f"{DEATHS}_monthly").values

    _, counts = unrolled()

    assert np.abs(counts[-len(final) :] / final - 1).max() < 0.05


def test_the_last_quarter_is_three_months_as_a_yearly_rate():
    """October to December 2024: 3,130, 3,073 and 3,307 deaths in the record."""
    expected = (3130 + 3073 + 3307) * 4

    assert expected == pytest.approx(last_quarter(2025.0))


def test_a_quarter_that_is_not_in_the_record_is_refused():
    """Nobody has counted 2029."""
    with pytest.raises(ValueError, match="not in the record"):
        last_quarter(2030.0)


# The discrepancy ---------------------------------------------------------------------------


def test_the_walk_spreads_as_stated():
    """Its variance after h years is that of the process, and its mean is nought."""
    times = np.array([2020.5, 2021.0, 2025.0])
    normal = np.random.default_rng(5).standard_normal((40_000, 3))
    expected = WALK**2 * RELAXATION / 2 * (1 - np.exp(-2 * (times - 2020) / RELAXATION))

    found = walk(2020.0, times, normal)

    assert found.var(axis=0) == pytest.approx(expected, rel=0.03)
    assert np.diag(wandered(2020.0, times)) == pytest.approx(expected)
    assert np.cov(found.T) == pytest.approx(wandered(2020.0, times), rel=0.04)
    assert found.mean(axis=0) == pytest.approx(0.0, abs=0.01)


def test_luck_is_common():
    """The same seed gives the same luck to whoever asks, and more draws change none."""
    few, many = luck(4, 3, 7), luck(4, 5, 7)

    assert few.tolist() == many[:3].tolist()
    assert luck(4, 3, 8).tolist() != few.tolist()


def test_a_forecast_starts_from_the_present():
    """A model that stands still at half the record forecasts the record, drifting slowly back to its own level."""
    level = last_quarter(2025.0)
    deaths = Observation(DEATHS, DEATHS, 0.025, None, 2013, "as shipped")
    years = projection._to_come(deaths, [2025, 2034])

    near, far = foretell(deaths, Level(level / 2, members=60), years, 2025.0, seed=1).quantiles([0.5])[0]

    assert level == pytest.approx(near, rel=0.06)
    assert level / 2 < far < 0.9 * level


def test_every_member_is_brought_to_the_same_present():
    """Members that differ in level agree a moment after the origin: only the walk and the count part them."""
    deaths = Observation(DEATHS, DEATHS, 0.025, None, 2013, "as shipped")
    solution = Level(np.array([[20_000.0], [60_000.0]]))
    solution.mean_between = lambda _name, starts, _ends: np.tile(solution.level, (1, np.size(starts)))

    found = foretell(deaths, solution, projection._to_come(deaths, [2025]), 2025.0, seed=1, walks=2000)

    first, second = found.centres[:2000], found.centres[2000:]
    assert abs(first.mean() - second.mean()) < 0.08 < np.log(3)


def test_the_density_is_that_of_the_draws():
    """Centre and width stated for each member are those of its own walks."""
    deaths = Observation(DEATHS, DEATHS, 0.025, None, 2013, "as shipped")

    found = foretell(deaths, Level(40_000.0, members=1), projection._to_come(deaths, [2025, 2027]), 2025.0, 1, 4000)

    assert found.samples.mean(axis=0) == pytest.approx(found.middles[0], abs=0.02)
    assert found.samples.std(axis=0) == pytest.approx(found.widths, rel=0.04)


def test_months_make_up_intervals():
    """A year is its months in equal shares; a point in time is the nearest month."""
    middles = 2020 + (np.arange(24) + 0.5) / 12
    expected = [0.0] * 12 + [1 / 12] * 12

    found = sharing(middles, np.array([2021.0, 2020.51]), np.array([2022.0, 2020.51]))

    assert expected == found[0].tolist()
    assert found[1].tolist().index(1.0) == 6


def test_a_mixture_takes_draws_by_weight():
    """Three to one: a quarter of the draws is from the second."""
    found = pooled([certain(1.0), certain(1000.0)], [3.0, 1.0])

    assert int((found.centres > np.log(30)).sum()) == 25
    assert len(found.centres) == 100
    assert found.shares.tolist() == [0.75, 0.25]


# Measures ----------------------------------------------------------------------------------


def test_scores_of_a_normal_forecast_are_those_of_the_closed_form():
    """CRPS and density of a log-normal forecast, counted at one standard deviation."""
    observed = np.array([100.0 * np.exp(0.1)])
    exact = naive.Rule("exact", np.array([np.log(100.0)]), np.array([0.1]))
    evenly = norm.ppf((np.arange(4000) + 0.5) / 4000)[:, None]
    middles = np.full((4000, 1), np.log(100.0))
    said = Foretold(middles, np.array([0.1]), evenly, middles[:1], np.array([0.1]), np.ones(1))

    (found,) = measures.rows({"origin": 2021}, said, [2022.0], observed, [exact])

    assert float(exact.crps(observed)[0]) == pytest.approx(found["crps"], rel=0.02)
    assert norm.logpdf(0.1, 0, 0.1) == pytest.approx(found["log_density"])
    assert exact.quantiles((0.05, 0.95))[:, 0] == pytest.approx([found["lower90"], found["upper90"]], rel=0.02)


def test_summaries_count_what_is_inside_and_how_far_off():
    """Two forecasts: one inside its intervals and 10 % off, one outside and 50 % off."""
    inside, outside = row(), row(year=2023, median=150.0, lower90=110.0, lower50=130.0, upper50=160.0, upper90=180.0)

    expected = {
        "points": 2, "coverage90": 0.5, "coverage50": 0.5, "error_1_year": 0.1, "error_2_years": 0.5,
        "bias": np.log(1.1 * 1.5) / 2, "against_last_value": 0.5,
    }  # fmt: skip

    (found,) = measures.summaries([inside, outside])

    assert expected == pytest.approx({key: found[key] for key in expected})


def test_held_out_points_are_pooled_over_series_and_each_by_itself():
    """Three points of two series, two of them inside."""
    outside = {"lower90": 1.0, "upper90": 2.0}

    found = measures.covered([row(), row(series="heroin_deaths"), row(series="heroin_deaths", **outside)])

    assert found["all"] == (3, pytest.approx(2 / 3))
    assert found["heroin_deaths"] == (2, 0.5)


def test_a_peak_foretold_too_late_is_counted_in_years():
    """Deaths peaked in 2022; a forecast from 2021 that rises to 2024 is two years late."""
    counted = {2022: 73_838.0, 2023: 72_776.0, 2024: 47_735.0}
    rows = [row(year=year, observed=value, median=70_000.0 + 4000 * (year - 2021)) for year, value in counted.items()]

    assert measures.turning_points(rows) == {2021: 2}


# Rules of thumb ----------------------------------------------------------------------------


def test_the_last_value_is_as_wide_as_its_past_changes():
    """Changes of one, up and down, have a root mean square of one; two years ahead it is the root of two."""
    found = naive.last_value(np.array([0.0, 1.0, 0.0, 1.0, 2.0]), 2)

    assert found.centres.tolist() == [2.0, 2.0]
    assert found.spreads == pytest.approx([1.0, np.sqrt(2)])


def test_the_damped_trend_slows_down():
    """A change of one goes on as 0.8, then 0.64; past errors were a fifth each, and add up."""
    found = naive.damped_trend(np.array([0.0, 1.0, 2.0, 3.0]), 2)

    assert found.centres == pytest.approx([3.8, 4.44])
    assert found.spreads == pytest.approx([0.2, 0.2 * np.sqrt(1 + 1.8**2)])


@pytest.mark.parametrize("origin", believers.ORIGINS)
def test_rules_give_the_same_whatever_comes_later(origin, monkeypatch):
    """Taking later rows out of the record moves no rule: nothing is learnt from the future."""
    before = [(rule.name, rule.centres.tolist(), rule.spreads.tolist()) for rule in naive.rules(DEATHS, origin + 1, 3)]
    ends, counts = monthly(origin + 1)
    monkeypatch.setattr(naive, "monthly", lambda _until: (ends, counts))
    monkeypatch.setattr(naive, "record", lambda name: record(name).since(0.0, origin + 1))

    after = [(rule.name, rule.centres.tolist(), rule.spreads.tolist()) for rule in naive.rules(DEATHS, origin + 1, 3)]

    assert [name for name, _, _ in before] == list(measures.RULES)
    assert before == after


# Weights -----------------------------------------------------------------------------------


def test_the_better_account_gets_most_of_the_weight():
    """One account gives every one of 40 points e times the density of the other."""
    found = stack(np.tile([0.0, -1.0], (40, 1)))

    assert found[0] > 0.9
    assert found.sum() == pytest.approx(1.0)


def test_equal_accounts_get_equal_weights():
    """Three that say the same."""
    assert stack(np.zeros((12, 3))) == pytest.approx(np.full(3, 1 / 3), abs=1e-4)


def test_two_that_are_right_half_the_time_share_the_weight():
    """And a third that is never right gets little, though each of the two is far off as often as not."""
    found = stack(np.array([[0.0, -6.0, -4.0], [-6.0, 0.0, -4.0]] * 20))

    assert found[0] == pytest.approx(found[1], abs=1e-3)
    assert found[2] < 0.05


def test_the_prior_is_one_point_an_account():
    """Without any point weights are equal; with one, (1 + 1) to 1 where a second account is impossible."""
    assert stack(np.zeros((0, 2))) == pytest.approx([0.5, 0.5])
    assert stack(np.array([[0.0, -50.0]])) == pytest.approx([2 / 3, 1 / 3], abs=1e-3)


def test_rows_of_one_forecast_count_once():
    """Ten rows of one origin weigh no more than one row of another, and each origin is left out in turn."""
    many = [
        row(worldview=name, year=2022 + step, log_density=value)
        for step in range(10)
        for name, value in (("a", 0.0), ("b", -50.0))
    ]
    one = [row(worldview=name, origin=2022, log_density=value) for name, value in (("a", -50.0), ("b", 0.0))]

    found = stacked([*many, *one], ("a", "b"))

    assert found.weights == pytest.approx([0.5, 0.5], abs=1e-3)
    assert set(found.without) == {2021, 2022}
    assert found.without[2022][0] == pytest.approx(2 / 3, abs=1e-3)


# Promises ----------------------------------------------------------------------------------


def test_a_broken_promise_is_named():
    """Everything kept but the error at one year, which is 50 %."""
    rows = [row(origin=2020 + step, year=2021 + step, median=150.0, upper90=200.0) for step in range(4)]
    rows.append(row(origin=2010, year=2011, median=100.0, lower90=101.0))
    (summary,) = measures.summaries(rows)

    found = broken([summary | {"turning_point": None}], DEATHS)

    assert [f"w, knowing: not kept, that {PROMISES[1].words}."] == found


def test_what_cannot_be_judged_is_not_broken():
    """No forecast two years ahead, no promise about it."""
    (summary,) = measures.summaries([row()])

    assert PROMISES[2].kept(summary) is None


def test_published_errors_are_those_of_the_record():
    """SOURCE: 81,527 said, 55,005 counted in 2024; 71.7 % of points covered (stringfellow2025, lim2022)."""
    found = published()

    assert found.year == 2024
    assert found.covered == pytest.approx(0.717)
    assert found.error == pytest.approx(81_527 / 55_005 - 1)


# All together ------------------------------------------------------------------------------


def test_every_origin_mode_and_account_is_scored(scored):
    """One row a worldview, mode, series, origin and year that was held out; no interval is without width."""
    deaths = [each for each in scored if each["series"] == DEATHS]
    expected = {
        (name, mode, origin, year)
        for name in ("evidence-weighted", *ACCOUNTS)
        for mode in ("knowing", "not-knowing")
        for origin in believers.ORIGINS
        for year in range(origin + 1, 2025)
    }

    assert expected == {tuple(each[key] for key in ("worldview", "mode", "origin", "year")) for each in deaths}
    assert {each["series"] for each in scored} == set(SERIES)
    assert all(
        each["lower90"] < each["lower50"] < each["median"] < each["upper50"] < each["upper90"] for each in scored
    )


def test_no_row_that_was_fitted_is_scored(scored):
    """Every row starts after the year that the fit saw last."""
    assert all(each["year"] >= each["origin"] + 1 for each in scored)


def test_events_matter_only_to_those_who_know_them(scored):
    """The two modes differ: events came after each origin."""
    medians = {
        mode: [each["median"] for each in scored if each["mode"] == mode and each["worldview"] == ACCOUNTS[0]]
        for mode in ("knowing", "not-knowing")
    }

    assert medians["knowing"] != medians["not-knowing"]


def test_score_answers_in_the_promised_rows(cli):
    """JSON: one row a forecast, and exit code 3 exactly where a promise is broken."""
    found = cli("score", "--worldview", ACCOUNTS[0], "--mode", "not-knowing", "--json")

    rows = json.loads(found.stdout)
    failed = broken(measures.summaries(rows), DEATHS)
    assert not PROMISED - rows[0].keys()
    assert {(each["worldview"], each["mode"]) for each in rows} == {(ACCOUNTS[0], "not-knowing")}
    assert (3 if failed else 0) == found.exit_code
    assert all(sentence in found.stderr for sentence in failed)


def test_score_of_one_origin_judges_no_promise(cli):
    """Promises pool all origins."""
    found = cli("score", "--worldview", ACCOUNTS[0], "--origin", 2022)

    assert found.exit_code == 0
    assert "none is judged" in found.stderr
    assert "last quarter" in found.stdout


def test_score_refuses_what_it_cannot_score(cli, tmp_path):
    """Wrong origin, wrong series, no calibrations, a part to be shipped: each with its remedy, exit code 2."""
    found = [
        cli("score", "--origin", 2018, "--series", "heroin_death"),
        cli("score", "--calibrations", tmp_path),
        cli("score", "--ship", "--mode", "knowing"),
        cli("score", "--worldview", "leverage"),
    ]

    assert [each.exit_code for each in found] == [2, 2, 2, 2]
    assert 'Did you mean "heroin_deaths"?' in found[0].stderr
    assert "Choose of: 2019, 2021, 2022, 2023." in found[0].stderr
    assert "fentsim calibrate WORLDVIEW --until 2020 --ship" in found[1].stderr
    assert "Leave out the other options." in found[2].stderr
    assert "leverage: It was not calibrated" in found[3].stderr


def test_score_draws_every_forecast(cli, tmp_path):
    """Eight panels in a file of its own: four origins, twice."""
    path = tmp_path / "scores.png"

    found = cli("score", "--worldview", ACCOUNTS[0], "--figure", path)

    assert str(path) in found.stderr
    assert path.read_bytes().startswith(b"\x89PNG")


def test_a_calibration_of_other_priors_is_refused(calibrations, tmp_path):
    """Coordinates mean nothing once the priors have moved."""
    source = believers.path(ACCOUNTS[0], 2019, calibrations)
    with np.load(source) as data:
        kept = dict(data)
    (tmp_path / "2020").mkdir()
    np.savez_compressed(tmp_path / "2020" / source.name, **{**kept, "priors": np.array("other")})

    with pytest.raises(SimulatorError, match="other priors"):
        backtest([ACCOUNTS[0]], origins=[2019], folder=tmp_path)


def test_shipped_scores_say_when_they_no_longer_hold(cli, scored, calibrations, tmp_path, monkeypatch):
    """Whole scores are written with their weights and read again; a changed calibration makes them stale, by name."""
    scores, mixture = tmp_path / "scores.csv", tmp_path / "mixture.csv"
    weights = board.ship(scored, 1, scores=scores, mixture=mixture)

    found = board.load(scores)

    assert [each["year"] for each in scored] == [each["year"] for each in found.rows]
    assert [each["crps"] for each in scored] == pytest.approx([each["crps"] for each in found.rows], rel=1e-6)
    assert not found.stale
    assert mixture.read_text(encoding="utf-8").splitlines()[4].startswith("worldview,weight,because")
    assert weights.weights.sum() == pytest.approx(1.0)
    monkeypatch.setattr(believers, "digest", lambda file: file.stem)
    assert found.stale[0].startswith("Calibrations have changed since: 2020/cartel-driven")


def test_a_part_of_the_scores_is_not_shipped(scored, tmp_path):
    """A score without an origin, or with one mode alone, would pass for the whole."""
    part = [each for each in scored if each["mode"] == "knowing" and each["origin"] != 2019]

    with pytest.raises(SimulatorError, match="Not scored: 2019"):
        board.ship(part, 1, scores=tmp_path / "scores.csv", mixture=tmp_path / "mixture.csv")
    assert not list(tmp_path.iterdir())


def test_the_page_shows_good_and_bad(cli, scored, tmp_path, monkeypatch):
    """Every forecast stands there beside the last-quarter rule, every promise with its verdict, SOURCE's error too."""
    monkeypatch.setattr(board, "path", lambda: tmp_path / "scores.csv")
    monkeypatch.setattr(projection, "home", lambda: tmp_path / "forecasts")
    empty = scoreboard.scoreboard()
    board.ship(scored, 1, mixture=tmp_path / "mixture.csv")

    full = scoreboard.scoreboard()

    assert "Nothing is scored yet." in empty
    assert "+48 %" in full
    assert full.count("| 2019 | 2020 | 56,516 |") == 2
    assert "Last quarter continues" in full
    assert all(promise.words[1:] in full for promise in PROMISES)
    assert all(name in full for name in ACCOUNTS)


# Forecasts of years to come ----------------------------------------------------------------


def test_a_forecast_is_written_once(cli, tmp_path, monkeypatch):
    """The same day again is refused, and the first stands as it was; the last-quarter rule stands beside it."""
    monkeypatch.setattr(projection.fits, "mixture", lambda: tuple((name, 0.5) for name in ACCOUNTS))
    for name in ACCOUNTS:
        target = projection.fits.home() / f"{name}.npz"
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(believers.path(name, 2023).read_bytes())
    monkeypatch.setattr(projection, "home", lambda: tmp_path)

    first = cli("score", "--forecast", "--json")
    (path,) = tmp_path.iterdir()
    before = path.read_bytes()
    again = cli("score", "--forecast")

    (found,) = projection.forecasts()
    assert (first.exit_code, again.exit_code) == (0, 2)
    assert "never overwritten" in again.stderr
    assert before == path.read_bytes()
    assert [each["median"] for each in json.loads(first.stdout)] == [each["median"] for each in found.rows]
    assert list(projection.YEARS) == [each["year"] for each in found.rows]
    assert all(each["lower90"] < each["lower50"] < each["median"] for each in found.rows)
    assert all(each["last_quarter_median"] == round(last_quarter(2025.0)) for each in found.rows)
    assert {"date", "commit", "seed", "model"} <= found.header.keys()


@pytest.fixture(scope="module")
def three():
    """Return history, a policy that starts in 2027, and a world that was another from 2015 on; six members each."""
    return cases(["history", "treat-demand-first", "no-china-at-all"], members=6, until=2030.0, engine="reference")


def test_a_policy_carries_the_discrepancy_of_the_status_quo(three):
    """Before it starts its forecast is that of history, and after as wide; what has another past has none."""
    rows = projection.with_forecasts(outcomes(three), three)

    told = {(row["scenario"], row["year"]): row for row in rows if row["outcome"] == DEATHS}
    same = ("median", "lower90", "upper90")
    widths = [told[name, 2029]["upper90"] / told[name, 2029]["lower90"] for name in ("history", "treat-demand-first")]
    before, instead = ([told[name, 2026][key] for key in same] for name in ("history", "treat-demand-first"))
    assert before == pytest.approx(instead, rel=1e-6)
    assert widths[0] == pytest.approx(widths[1], rel=0.15)
    assert {"forecast"} == {told[name, 2029]["interval"] for name in ("history", "treat-demand-first")}
    assert {"parameters"} == {row["interval"] for row in rows if row["scenario"] == "no-china-at-all"}
    assert {"parameters"} == {row["interval"] for row in rows if row["year"] < UNTIL or row["outcome"] == "price"}


def test_a_difference_keeps_its_sign_on_every_walk(three):
    """Both sides take the same walks: what a policy averts is scaled and never turned round."""
    history, policy = (projection.forecast(case, seed=3)[DEATHS][1] for case in three[:2])

    apart = policy.centres - history.centres
    walks = projection.walks(three[0].solution)
    assert apart == pytest.approx(np.repeat(policy.middles - history.middles, walks, axis=0), abs=1e-12)


def test_the_fan_is_the_forecast_of_the_table(three):
    """It starts at the last year that was counted, passes through the calendar years, and ends with the figure."""
    rows = projection.with_forecasts(outcomes(three[:1]), three[:1], seed=2)
    told = next(row for row in rows if (row["outcome"], row["year"]) == (DEATHS, 2026))
    counted = float(record(DEATHS).since(2024, 2025).values[0])

    found = fans(three[0], 2027.0, seed=2)

    years, months = found[1.0], found[1 / 12]
    ends = {"first": 2024.5, "last": 2026.5}
    assert ends == pytest.approx({"first": years.x[0], "last": years.x[-1]})
    assert years.five[:, 0] == pytest.approx(counted, rel=1e-9)
    assert [told["lower90"], told["median"], told["upper90"]] == pytest.approx(years.five[[0, 2, 4], -1], rel=0.05)
    assert months.five[2].sum() == pytest.approx(years.five[2][[12, 24]].sum(), rel=0.05)
    assert {} == fans(three[2], 2027.0) == fans(three[0], 2025.5)


def test_a_single_run_has_no_interval():
    """Nor a forecast."""
    (case,) = cases(["history"], members=1, until=2016.0, engine="reference")
    rows = [{"scenario": "history", "worldview": case.worldview, "outcome": DEATHS, "year": 2014, "lower90": None}]

    assert projection.with_forecasts(rows, [case])[0]["interval"] is None
    assert projection.forecast(case) == {}


@pytest.mark.parametrize(
    ("settings", "overrides", "prior", "expected"),
    [
        ({}, {}, False, True),
        ({}, {}, True, False),
        ({}, {"tolerance_switch": 0.0}, False, False),
        ({"precursor_slack": 0.2}, {}, False, False),
    ],
)
def test_only_members_of_a_calibration_are_calibrated(settings, overrides, prior, expected):
    """Bare ranges are not, nor numbers that were overwritten, nor a worldview under a borrowed name."""
    assert expected == draws.is_calibrated(draws.DEFAULT_WORLDVIEW, settings, overrides, prior=prior)
    assert not draws.is_calibrated("my-own-worldview", settings, overrides, prior=prior)


def test_what_is_not_calibrated_is_no_forecast():
    """Two members of bare ranges: their deaths after the record keep the interval of members."""
    found = cases(["history"], members=2, until=2026.0, engine="reference", prior=True)

    rows = projection.with_forecasts(outcomes(found), found)

    assert {"parameters"} == {row["interval"] for row in rows}


def test_every_shipped_worldview_is_calibrated_as_it_stands():
    """What its file fixes is what its calibration held fixed."""
    parameters = fentanyl_model().parameters
    for path in scenario.shipped():
        if path.parent.name == "worldviews":
            assert draws.is_calibrated(path.stem, scenario.settings(scenario.find(path.stem), parameters)), path.stem


def test_truncated_fits_ship_apart():
    """So that a fit to a shorter record never replaces what runs draw from."""
    assert fits.home() / "origins" / "2020" == fits.home(2020.0)
    assert fits.shipped("no-such-worldview", 2020.0) is None


@pytest.mark.parametrize(("until", "count", "minutes"), [(2020.0, 64, None), (UNTIL, 256, campaign.MINUTES)])
def test_calibrate_fits_fewer_members_to_a_shorter_record(until, count, minutes, cli, tmp_path, monkeypatch):
    """And ships them apart: 64 members do for scores, 256 for runs, and these are sampled."""
    told = {"minutes": None}

    def sampled(minutes, _seed, *, count, **_settings):
        told["minutes"], told["count"] = minutes, count
        return found_by(minutes)

    def found_by(_minutes=None):
        fit = SimpleNamespace(cost=1.0, converged=True)
        believed = SimpleNamespace(believed=True)
        return SimpleNamespace(
            worldview=ACCOUNTS[0], fit=fit, read=[0], outside=list, sampled=sampled, sample=believed, moved=moved
        )

    def moved(_seed, *, count):
        told["count"] = count
        return found_by()

    def fitted(_worldview, **settings):
        told.update(settings)
        return found_by()

    monkeypatch.setattr(campaign, "calibrate", fitted)

    def saved(_found, folder, command):
        told["command"] = command
        return [(folder or tmp_path) / "shipped.npz"]

    monkeypatch.setattr(shipping, "save", saved)

    found = cli("calibrate", ACCOUNTS[0], "--until", until, "--again", "--ship")

    assert found.exit_code == 0
    assert (told["until"], told["count"], told["minutes"]) == (until, count, minutes)
    assert told["command"] == (
        f"fentsim calibrate {ACCOUNTS[0]} --until {until:.0f} --starts 128 --seed 1 --members {count} "
        f"--sample {minutes or 0:.0f} --again"
    )
    assert ACCOUNTS[0] in found.stdout
    assert str(tmp_path) in found.stdout
