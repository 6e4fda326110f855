"""Figures show what they say, and numbers read as people read them."""

import os
import time
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_hex

from simulator.cases import cases
from simulator.files import package
from simulator.integrate.tracks import Tracks
from simulator.report import looks
from simulator.report.agreement import agreement
from simulator.report.comparison_figure import comparison_figure
from simulator.report.folder import created, home, named
from simulator.report.history_figure import PANELS, Fan, compared, history_figure
from simulator.report.paired import OUTCOMES, Outcome, Window, difference, differences, parting, window
from simulator.report.wording import amount, interval

SOURCE = "Source: a test."


@pytest.fixture(scope="module")
def pair():
    """Return history and a policy, five members each."""
    return cases(["history", "treat-demand-first"], members=5, engine="reference", until=2037)


@pytest.fixture(scope="module")
def single():
    """Return the likeliest run of history."""
    return cases(["history"], until=2030)


def gids(axes):
    """Return what is drawn, by name."""
    return [each.get_gid() for each in (*axes.collections, *axes.lines)]


# History against the record ----------------------------------------------------------------


def test_history_shows_every_series_with_bands_and_the_end_of_the_record(pair):
    """Seven panels; each with both bands, a median, points and the line where calibration ended."""
    figure = history_figure(pair[0], until=2025.0, source=SOURCE)

    assert [axes.get_title(loc="left") for axes in figure.axes] == [title for title, _ in PANELS.values()]
    for axes in figure.axes:
        assert {"band90", "band50", "median", "end of record"} <= set(gids(axes))
        ends = [line.get_xdata()[0] for line in axes.lines if line.get_gid() == "end of record"]
        assert ends == [2025.0]


def test_points_of_the_record_say_how_they_are_known(pair):
    """Filled circles are confirmed, hollow ones recalled; the year 2020 of deaths is one of those."""
    axes = history_figure(pair[0], until=2025.0, source=SOURCE).axes[0]

    points = {line.get_gid(): line for line in axes.lines if line.get_gid() in looks.STATUSES}
    assert points["recalled"].get_xdata().tolist() == [2020.5]
    assert to_hex(points["recalled"].get_markerfacecolor()) == "#ffffff"
    assert len(points["confirmed"].get_xdata()) == 11


def test_months_stand_inside_the_panel_of_the_years(pair):
    """From 2022 on, when months were counted."""
    (inset,) = history_figure(pair[0], until=2025.0, source=SOURCE).axes[0].child_axes

    assert inset.get_title(loc="left") == "by month"
    assert inset.get_xlim()[0] == 2022
    assert "band90" in gids(inset)


def test_captions_are_honest(pair):
    """No band without a word on what it is, no figure without its source."""
    texts = [text.get_text() for text in history_figure(pair[0], until=2025.0, source=SOURCE).texts]

    assert any("uncertainty of parameters only; they are not a forecast" in text for text in texts)
    assert SOURCE in texts


def test_a_forecast_takes_over_where_the_record_ends(pair):
    """An orange fan from the last count on, in years and in months; the members' bands end there, and each is named."""
    x = np.array([2024.5, 2025.5, 2026.5])
    fan = Fan(x, np.linspace(2e4, 6e4, 5)[:, None] * np.ones(3))

    figure = history_figure(pair[0], until=2025.0, source=SOURCE, fans={1.0: fan, 1 / 12: fan})

    for axes in (figure.axes[0], figure.axes[0].child_axes[0]):
        ends = {line.get_gid(): line.get_xdata()[-1] for line in axes.lines}
        assert {"forecast band90", "forecast band50"} <= set(gids(axes))
        assert (ends["median"], ends["forecast median"]) == pytest.approx((2024.5, 2026.5), abs=1 / 12)
    assert "forecast band90" not in gids(figure.axes[1])
    assert any(text.get_text().startswith("Orange: a forecast") for text in figure.texts)
    assert any("uncertainty of parameters only" in text.get_text() for text in figure.texts)


def test_a_single_run_is_drawn_without_an_interval_and_says_so(single):
    """One line, no bands."""
    figure = history_figure(single[0], until=2025.0, source=SOURCE)

    assert "single run" in gids(figure.axes[0])
    assert "band90" not in gids(figure.axes[0])
    assert any("without an interval" in text.get_text() for text in figure.texts)


def test_the_line_is_what_the_record_would_have_seen(single):
    """At the middle of 2023 it is the mean over the calendar year 2023."""
    solution = single[0].solution
    found = compared("synthetic_opioid_deaths", solution, 2027.0)

    expected = solution.mean_between("synthetic_opioid_deaths", 2023, 2024)[0, 0]
    assert np.interp(2023.5, found.x, found.values[0]) == pytest.approx(expected)


# The comparison ----------------------------------------------------------------------------


def test_the_comparison_shows_paths_differences_and_costs(pair):
    """Three panels; bands on the paths, a hump with its interval, members and crosses."""
    years = window([case.solution.tracks for case in pair])
    figure = comparison_figure(pair, years, source=SOURCE)
    paths, spread, costs = figure.axes

    assert {"band90", "band50", "median", "parting"} <= set(gids(paths))
    assert [text.get_text().replace("\n", "") for text in paths.texts if text.get_gid() == "label"] == [
        "history", "treat-demand-first",
    ]  # fmt: skip
    assert {"hump", "90 %", "median"} <= set(gids(spread))
    assert {"members", "90 %"} <= set(gids(costs))
    assert costs.get_xlabel() == "deaths averted, thousands"
    assert costs.get_xlim()[0] < 0 < costs.get_xlim()[1]
    assert costs.get_ylim()[0] < 0 < costs.get_ylim()[1]


def test_a_comparison_under_two_worldviews_says_which_panel_shows_which(pair):
    """Paths and costs are of the first alone, and carry its name; under one worldview there is nothing to tell."""
    both = [*pair, *(replace(case, worldview="another") for case in pair)]
    years = window([case.solution.tracks for case in pair])

    one, two = (comparison_figure(each, years, source=SOURCE) for each in (pair, both))

    name = pair[0].worldview
    titles = [axes.get_title(loc="left") for axes in two.axes]
    assert [name in title for title in titles] == [True, False, True]
    assert any(f"{name} alone; middle: each of 2 worldviews" in text.get_text() for text in two.texts)
    assert not [axes for axes in one.axes if name in axes.get_title(loc="left")]
    assert [text.get_text() for text in two.axes[1].texts if "another" in text.get_text()]


def test_the_past_that_policies_share_is_grey_and_drawn_once(pair):
    """Colours begin where they part."""
    years = window([case.solution.tracks for case in pair])
    paths = comparison_figure(pair, years, source=SOURCE).axes[0]

    lines = [line for line in paths.lines if line.get_gid() == "median"]
    assert [line.get_color() for line in lines] == [looks.QUIET, *looks.COLOURS[:2]]
    assert lines[0].get_xdata()[-1] <= years.start + 0.1 <= lines[1].get_xdata()[0] + 0.2


def test_a_figure_of_the_same_numbers_has_the_same_bytes(tmp_path, single):
    """Nothing of the clock or the machine is in it."""
    for name in ("one.png", "two.png"):
        looks.save(history_figure(single[0], until=2025.0, source=SOURCE), tmp_path / name)

    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    assert (tmp_path / "one.png").stat().st_size > 50_000


def test_labels_are_moved_apart_and_keep_their_order():
    """No two closer than asked."""
    found = looks.apart([1.0, 1.01, 0.99, 5.0], 0.5)

    assert np.argsort(found).tolist() == [2, 0, 1, 3]
    assert np.diff(np.sort(found)).min() >= 0.5 - 1e-3


# The numbers behind them -------------------------------------------------------------------


def test_differences_are_taken_member_by_member(pair):
    """The median of differences, not the difference of medians."""
    years = window([case.solution.tracks for case in pair])
    deaths = Outcome("opioid_deaths", "total")
    found = difference(pair[1], pair[0], deaths, years)

    by_hand = [
        case.solution.running_total("opioid_deaths")[:, -1] - case.solution.running_total("opioid_deaths")[:, 14 * 12]
        for case in pair
    ]
    row = next(row for row in differences(pair, years) if row["outcome"] == "opioid_deaths")
    assert years.start == 2027
    assert found == pytest.approx(by_hand[1] - by_hand[0])
    assert row["median"] == pytest.approx(np.median(by_hand[1] - by_hand[0]))
    assert [row["outcome"] for row in differences(pair, years)] == [outcome.name for outcome in OUTCOMES]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(2027, 2037, "2027 to 2036"), (2036, 2037, "2036"), (2025.09, 2035.09, "2025.1 to 2035.1"),
     (2027, 2032.5, "2027.0 to 2032.5")],
)  # fmt: skip
def test_a_window_is_told_as_debates_and_analyses_tell_it(start, end, expected):
    """By the calendar years that it holds, the last one included; by dates where years are not whole."""
    assert expected == Window(start, end).told


def test_scenarios_part_where_an_input_first_differs():
    """At a kink of either, or never."""
    still = Tracks(np.array([2013.0, 2030.0]), np.array([[1.0]]), np.array([[0.0]]))
    ramp = Tracks(np.array([2013.0, 2027.5, 2030.0]), np.array([[1.0], [1.0]]), np.array([[0.0], [0.1]]))

    assert parting([still, ramp]) == 2027.5
    assert parting([still, still]) is None
    assert (window([still, ramp]).start, window([still, ramp]).end) == (2027.5, 2030.0)
    assert (window([still, still]).start, window([still, still]).end) == (2020.0, 2030.0)


def test_members_that_failed_are_left_out_of_both(pair):
    """Pairs stay pairs."""
    pair[0].solution.failed[2] = True
    try:
        years = window([case.solution.tracks for case in pair])
        assert len(difference(pair[1], pair[0], OUTCOMES[0], years)) == 4
    finally:
        pair[0].solution.failed[2] = False


def test_agreement_keeps_the_promises_of_the_project(single):
    """Every promise of the issue is kept by the shipped calibration: see `fentsim tour`."""
    rows = agreement(single[0].solution, 2025.0)

    assert [row["series"] for row in rows if row["verdict"] == "missed"] == []
    assert {"error in 2024", "months from the recorded peak"} <= {row["measure"] for row in rows}


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [(74213.4, "person/year", "74,200"), (1.234e10, "USD", "$12.3 bn"), (-2.5e6, "USD/year", "−$2.50 m"),
     (0.1344, "1", "13.4 %"), (0.2, "person", "0"), (1040.0, "USD/g", "1,040"), (None, "1", "–"), (0.0, "kg", "0"),
     (float("nan"), "kg", "–"), (0.00123, "kg/year", "0.00123"), (999.6, "kg", "1,000")],
)  # fmt: skip
def test_numbers_read_as_people_read_them(value, unit, said):
    """Three digits that count, dollars in billions, shares in per cent."""
    assert amount(value, unit) == said


def test_an_interval_has_signs_where_it_is_a_difference():
    """And none where there is a single run."""
    assert interval(-5000.0, -9000.0, 100.0, "person", signed=True) == "−5,000 (−9,000 to +100)"
    assert interval(5000.0, None, None, "person") == "5,000"


def aged(folder, days):
    """Make a folder with a file in it that nobody has changed for some days."""
    folder.mkdir(parents=True)
    (folder / "results.nc").write_text("half", encoding="utf-8")
    for path in (folder / "results.nc", folder):
        os.utime(path, (time.time() - 86_400 * days,) * 2)
    return folder


def test_what_a_killed_run_left_is_cleared_by_the_next(tmp_path):
    """A day later, and only what we made and nobody holds: not what is written still, nor what others hide there."""
    stale = aged(tmp_path / "k" / ".fentsim-abcdefgh.part", days=2)
    young = aged(tmp_path / "k" / ".fentsim-stuvwxyz.part", days=0.5)
    foreign = aged(tmp_path / "k" / ".abcdefgh.part", days=2)
    with created("k", {"who": "a slow one"}, tmp_path) as slow:
        os.utime(slow.path, (time.time() - 2 * 86_400,) * 2)
        with created("k", {"who": "a quick one"}, tmp_path) as quick:
            quick.write("done.txt", "yes")
        left = [path.exists() for path in (stale, young, foreign, slow.path, quick.final)]

    assert left == [False, True, True, True, True]
    assert slow.final.is_dir()


def test_one_rule_says_where_results_go(monkeypatch, tmp_path):
    """The folder asked for, else that of the environment, else the checkout's, from wherever it is called."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FENTSIM_OUTPUTS", str(tmp_path / "mine"))
    named_by_the_environment = home()
    asked_for = home(tmp_path / "asked")
    monkeypatch.setenv("FENTSIM_OUTPUTS", "")

    assert named_by_the_environment == tmp_path / "mine"
    assert asked_for == tmp_path / "asked"
    assert home() == package().parent / "outputs"


def test_results_of_a_wheel_go_where_one_stands(monkeypatch, tmp_path):
    """Outside a checkout, `outputs` right here."""
    monkeypatch.delenv("FENTSIM_OUTPUTS", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("simulator.report.folder.package", lambda: tmp_path / "site-packages" / "simulator")

    assert home() == tmp_path / "outputs"
    assert named(["a b/c", "x" * 200]).startswith("a-b-c-and-x")
    assert len(named(["x" * 200])) <= 80
