"""Sensitivity says which numbers an answer turns on, and is right where the truth is known."""

import json

import numpy as np
import pytest
import xarray as xr
from matplotlib.backends.backend_agg import FigureCanvasAgg
from typer.testing import CliRunner

from simulator.analysis import sensitivity
from simulator.analysis.beliefs import Beliefs
from simulator.analysis.blocks import Losses, whole
from simulator.analysis.given import given_data
from simulator.analysis.question import Question
from simulator.analysis.screening import HIGH, LOW, morris
from simulator.analysis.sensitivity_figure import sensitivity_figure
from simulator.analysis.tornado import tornado
from simulator.analysis.variance import Indices, sobol
from simulator.cli import app
from simulator.errors import NumbersFailedError, SimulatorError

NAMES = ["first", "second", "third"]
#: Ishigami with 7 and 0.1, worked out by hand in Saltelli et al. (2008), section 4.6.
ISHIGAMI_FIRST, ISHIGAMI_TOTAL = (0.3139, 0.4424, 0.0), (0.5576, 0.4424, 0.2437)


def ishigami(points):
    """Return the function of Ishigami and Homma on the unit cube."""
    x = np.pi * (2 * points - 1)
    return (np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))[:, None]


def g_function(points, weights):
    """Return the g function of Sobol'."""
    return np.prod((np.abs(4 * points - 2) + weights) / (1 + weights), axis=1)[:, None]


def test_indices_of_ishigami_are_right_to_a_hundredth():
    """Where indices are known by hand, ours are."""
    found = sobol(ishigami, NAMES, size=4096, seed=1, resamples=2)

    assert np.allclose(ISHIGAMI_FIRST, found.first[-1, :, 0], atol=0.01)
    assert np.allclose(ISHIGAMI_TOTAL, found.total[-1, :, 0], atol=0.01)


def test_indices_of_the_g_function_are_right_to_a_hundredth():
    """The g function has its indices in closed form, for any weights."""
    weights = np.array([0.0, 1.0, 4.5])
    own = 1 / (3 * (1 + weights) ** 2)
    whole_variance = np.prod(1 + own) - 1
    total = own * np.prod(1 + own) / (1 + own) / whole_variance

    found = sobol(lambda points: g_function(points, weights), NAMES, size=4096, seed=2, resamples=2)

    assert np.allclose(own / whole_variance, found.first[-1, :, 0], atol=0.01)
    assert np.allclose(total, found.total[-1, :, 0], atol=0.01)


def test_a_group_has_the_index_of_its_numbers_together():
    """First and third of Ishigami interact only with each other, so grouped they have no interaction."""
    found = sobol(ishigami, NAMES, size=2048, seed=1, groups=["pair", "second", "pair"], resamples=2)

    assert found.names == ("pair", "second")
    assert np.allclose((1 - 0.4424, 0.4424), found.first[-1, :, 0], atol=0.01)


def test_convergence_is_shown_and_grows():
    """Indices at a quarter, a half and the whole of the design are reported, with intervals that narrow."""
    found = sobol(ishigami, NAMES, size=1024, seed=1, resamples=50)

    assert found.sizes == (256, 512, 1024)
    assert (found.total_error[-1] < found.total_error[0]).all()
    assert found.drift.max() < 0.05


def test_planted_failures_cost_whole_blocks_and_are_counted():
    """One failed run takes its block along; the indices that remain are still right."""

    def failing(points):
        answers = ishigami(points)
        answers[::97] = np.nan
        return answers

    found = sobol(failing, NAMES, size=4096, seed=1, resamples=2)

    planted = len(range(0, 4096 * 5, 97))
    assert planted == found.losses.failed_runs
    assert planted == found.losses.lost_blocks
    assert np.allclose(ISHIGAMI_TOTAL, found.total[-1, :, 0], atol=0.03)
    assert "blocks were left out" in found.losses.told


def test_hardly_a_block_left_is_refused():
    """Indices of three blocks would be noise."""
    answers = np.full((20, 1), np.nan)
    answers[:15] = 1.0

    with pytest.raises(NumbersFailedError, match="3 blocks"):
        whole(answers, 5)


def test_a_size_that_is_no_power_of_two_is_refused():
    """Sobol' sequences are balanced at powers of two only."""
    with pytest.raises(SimulatorError, match="power of two"):
        sobol(ishigami, NAMES, size=100, seed=1)


def test_what_does_not_vary_has_no_index():
    """A year before the policies part is no division of nothing by nothing."""
    found = sobol(lambda points: np.column_stack([points[:, 0], 0 * points[:, 0]]), NAMES, size=64, seed=1)

    assert np.isnan(found.total[-1, :, 1]).all()
    assert np.isfinite(found.total[-1, :, 0]).all()


def test_screening_finds_slopes_and_forgives_failures():
    """On a plane every elementary effect is the slope times the range crossed; failed trajectories are left out."""

    def plane(points):
        answers = points @ np.array([3.0, 0.0, -1.0])
        answers[5] = np.nan
        return answers

    found = morris(plane, NAMES, trajectories=8, seed=1)

    assert np.allclose(np.array([3, 0, -1]) * (HIGH - LOW), found.mean)
    assert np.allclose(0, found.spread)
    assert found.strongest(2) == ["first", "third"]
    assert found.losses.lost_blocks == 1


def test_measuring_on_members_tells_numbers_from_chance():
    """Members whose numbers go together: what decides and what goes along rise above chance; ties do no harm."""
    generator = np.random.default_rng(1)
    points = generator.standard_normal((600, 4))
    points[:, 1] = 0.9 * points[:, 0] + 0.4 * points[:, 1]
    points[:200, 3] = 0.5
    answers = 2 * points[:, 0] + 0.5 * generator.standard_normal(600)
    answers[7] = np.nan

    found = given_data(points, answers, ["decides", "along", "idle", "tied"], keep=4, seed=1)

    assert found.names[:2] == ("decides", "along")
    assert (found.distance[:2] > 1.5 * found.noise[:2]).all()
    assert (found.distance[2:] < 1.2 * found.noise[2:]).all()
    assert found.first[0] == pytest.approx(16 / 17, abs=0.06)  # 4 of 4.25, less what slices lose
    assert found.failed == 1


def test_a_tornado_moves_one_number_and_survives_failures():
    """The widest swing comes first; a run that failed is told as such."""
    beliefs = Beliefs("evidence-weighted", "evidence-weighted", {}, ("precursor_slack", "substitution_time"))

    def answers(constants):
        found = np.arange(len(constants), dtype=float)
        found[1] = np.nan
        return found

    rows = tornado(answers, beliefs, members=50, seed=1, prior=True)

    assert [row["name"] for row in rows] == ["substitution_time", "precursor_slack"]
    assert rows[1]["at_low"] is None
    assert rows[0]["low"] < rows[0]["high"]


def test_questions_that_cannot_be_answered_are_refused():
    """A stranger among quantities, and years out of order."""
    with pytest.raises(SimulatorError, match="synthetic_opioid_deaths"):
        Question("history", outcome="synthetic_opioid_death")
    with pytest.raises(SimulatorError, match="Swap them"):
        Question("history", first=2030, last=2027)
    with pytest.raises(SimulatorError, match="not years of a run"):
        Question("history", first=2030, last=2127)
    with pytest.raises(SimulatorError, match="share of"):
        Question("history", relative=True)


def test_a_difference_is_that_of_its_sides():
    """The same members under both, subtracted; as a share, divided by the base."""
    beliefs = Beliefs.of("evidence-weighted")
    members = beliefs.members(3, seed=1, prior=True)
    question = Question("care-package", "history", first=2027, last=2028)

    own, base = question.sides(members)

    assert np.allclose(own - base, question.by_year(members), rtol=1e-6)
    share = Question("care-package", "history", first=2027, last=2028, relative=True)
    assert np.allclose(own / base - 1, share.by_year(members), rtol=1e-6)
    assert np.allclose((own - base).sum(axis=1), question.over_years(question.by_year(members)))


def test_numbers_that_a_worldview_fixes_do_not_vary():
    """Only what is left uncertain gets a coordinate; its middle is the stated value."""
    free = Beliefs.of("evidence-weighted").free

    fixed = Beliefs.of("retaliation", {"case_fatality": 0.05})

    assert "precursor_slack" in free
    assert "precursor_slack" not in fixed.free
    assert "case_fatality" not in fixed.free
    middle = fixed.at_shares(np.full((1, len(fixed.free)), 0.5))[0]
    assert np.allclose(fixed.best(prior=True), middle)


def test_the_picture_cuts_nothing_off():
    """Dots below zero, bands beyond one, and labels of lines that all end near zero stay within their panels."""
    names = ("everything_else", "market_that_adulterates", "late_relapse_rate", "adulteration", "switching_rate")
    total = np.full((3, 5, 4), 0.02) + np.array([0.9, 0.0, 0.001, 0.002, 0.003])[:, None]
    first, error = np.full((3, 5, 4), -0.25), np.full((3, 5, 4), 0.3)
    indices = Indices(names, (16, 32, 64), first, total, error, error, Losses(4, 0, 4, 0))
    found = sensitivity.Sensitivity(None, indices, [])

    figure = sensitivity_figure(found, Question("history", first=2027, last=2029), "w", source="here")

    FigureCanvasAgg(figure).draw()
    shares, years, tornado_ = figure.axes
    assert shares.get_xlim()[0] < -0.55
    assert shares.get_xlim()[1] > 1.22
    assert shares.yaxis.get_tightbbox().x0 > 0
    assert years.get_ylim()[1] > 1.22
    box = years.get_window_extent()
    labels = [each.get_window_extent() for each in years.texts if each.get_gid() == "label"]
    assert len(names) == len(labels)
    assert all(box.y0 <= each.y0 < each.y1 <= box.y1 and each.x1 <= tornado_.get_window_extent().x0 for each in labels)


def test_the_command_gives_indices_by_year_and_says_what_they_are(tmp_path):
    """A small design, whole: a file with every year, rows with convergence, and the caveat on stderr."""
    target = tmp_path / "found.nc"
    words = ["sensitivity", "care-package", "--size", "16", "--trajectories", "4",
             "--factors", "2", "--from", "2027", "--to", "2028", "--json", "-o", str(target)]  # fmt: skip

    result = CliRunner().invoke(app, words)

    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert {"name", "total", "total_error", "first", "total_at_half", "morris"} <= set(told["indices"][0])
    assert [row["year"] for row in told["by_year"][:2]] == [2027, 2028]
    assert sensitivity.REST in {row["name"] for row in told["indices"]}
    assert "independent of the others" in result.stderr
    with xr.open_dataset(target) as data:
        assert data["total_index_by_year"].sizes == {"blocks": 3, "number": 3, "calendar_year": 2}
        assert data.attrs["seed"] == 1
