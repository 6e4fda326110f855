"""Robustness is right where the truth is known, and honest about its Monte Carlo error where it is not."""

import json
import random

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from scipy.stats import norm
from typer.testing import CliRunner

from simulator import files
from simulator.analysis import information, regret
from simulator.analysis.beliefs import Beliefs
from simulator.analysis.blending import Blender, told
from simulator.analysis.front import pareto
from simulator.analysis.pairing import paired
from simulator.analysis.payoffs import Payoffs, candidates, payoffs
from simulator.analysis.question import Question
from simulator.analysis.robust_figure import robust_figure
from simulator.analysis.robustness import Choice, Verdict
from simulator.analysis.smoothing import fitted
from simulator.analysis.swapping import crossings, scan, swap
from simulator.cli import app
from simulator.errors import SimulatorError
from simulator.fentanyl import fentanyl_model

KNOWN = norm.pdf(0)  # expected gain of choosing by the sign of a standard normal
SHORT, LONG = Question("history", first=2027, last=2028), Question("history")


def table(loss, policies=None):
    """Return losses of shape (policy, worldview, member) as payoffs."""
    names = policies or tuple(f"policy {number}" for number in range(len(loss)))
    worldviews = tuple(f"worldview {number}" for number in range(loss.shape[1]))
    nothing, alone = np.zeros((*loss.shape[1:], 1)), np.arange(loss.shape[2])
    return Payoffs(names, worldviews, loss, np.zeros_like(loss), nothing, "person", 0, (alone,) * len(worldviews))


@pytest.fixture(scope="module")
def gaussian():
    """Return two policies whose difference is a sum of normals: one known to matter, one idle."""
    points = np.random.default_rng(4).standard_normal((900, 3))
    points -= points.mean(axis=0)
    loss = np.stack([np.zeros(900), points[:, 0] + 0.5 * points[:, 1]])
    return points, loss


# Value of information ----------------------------------------------------------------------


def test_knowing_is_worth_nothing_where_decisions_cannot_change(gaussian):
    """A policy that is better for every member is chosen anyway."""
    points, loss = gaussian
    dominated = loss + np.array([[0.0], [10.0]])

    everything, one = information.perfect(dominated, seed=1), information.partial(dominated, points[:, :1], seed=1)

    assert everything.value == 0
    assert one.value == 0
    assert not one.above_noise


def test_knowing_is_worth_what_theory_says(gaussian):
    """The gain of knowing a normal number is its standard deviation times the density at nought."""
    points, loss = gaussian

    everything = information.perfect(loss, seed=1)
    first, second = (information.partial(loss, points[:, [column]], seed=1) for column in (0, 1))

    assert everything.value == pytest.approx(np.sqrt(1.25) * KNOWN, abs=3 * everything.error)
    assert first.value == pytest.approx(KNOWN, abs=3 * first.error)
    assert second.value == pytest.approx(KNOWN / 2, abs=3 * second.error)
    assert abs(first.value - first.held_out) < 2 * first.error
    assert first.above_noise


def test_knowing_an_idle_number_is_not_above_chance(gaussian):
    """The bias of choosing the higher of two noisy curves is seen for what it is."""
    points, loss = gaussian

    idle = information.partial(loss, points[:, 2:], seed=1)

    assert idle.value < 3 * idle.error
    assert not idle.above_noise


def test_knowing_a_part_is_never_worth_more_than_knowing_everything(gaussian):
    """Also with few members, many policies and numbers that overlap."""
    points, _ = gaussian
    generator = np.random.default_rng(5)
    for members in (30, 200):
        loss = generator.standard_normal((4, members)) + points[:members, 0]
        everything = information.perfect(loss, seed=1).value

        assert information.partial(loss, points[:members], seed=1).value <= everything


def test_a_curve_follows_what_bends_and_ignores_noise():
    """A parabola through noise; two numbers that only matter together; a number with one value."""
    generator = np.random.default_rng(6)
    points = generator.uniform(-1, 1, (2000, 2))
    noise = 0.3 * generator.standard_normal(2000)
    bent, crossed = points[:, 0] ** 2, points[:, 0] * points[:, 1]

    curve = fitted(points[:, :1], (bent + noise)[:, None], points[:, :1])[:, 0]
    surface = fitted(points, (crossed + noise)[:, None], points)[:, 0]
    flat = fitted(np.ones((2000, 1)), noise[:, None], np.ones((2000, 1)))[:, 0]

    assert np.abs(curve - bent).mean() < 0.03
    assert np.abs(surface - crossed).mean() < 0.05
    assert np.allclose(noise.mean(), flat)


# Swaps -------------------------------------------------------------------------------------


def test_the_swap_point_is_found_with_its_interval():
    """A difference that rises with slope two from noise around minus three crosses at one and a half."""
    luck = np.random.default_rng(7).standard_normal(400)
    luck -= luck.mean()

    found = swap(lambda value: 2 * value - 3 + luck, np.linspace(0, 4, 9), seed=1)

    error = luck.std(ddof=1) / np.sqrt(400) / 2
    assert found.value == pytest.approx(1.5)
    assert found.high - found.low == pytest.approx(2 * 1.645 * error, rel=0.2)
    assert found.low < 1.5 < found.high
    assert found.first_is_better_below
    assert found.certainty == 1


def test_policies_that_never_swap_have_no_swap_point():
    """And failed members are left out."""
    luck = np.array([0.1, np.nan, -0.1])

    found = swap(lambda value: 5 + value + luck, np.linspace(0, 1, 5), seed=1)

    assert found.value is None
    assert found.low is None
    assert found.crossings == 0
    assert not found.first_is_better_below
    assert crossings(np.arange(3.0), np.array([-1.0, 1.0, -1.0])) == [0.5, 1.5]
    assert crossings(np.arange(3.0), np.array([-1.0, 0.0, 1.0])) == [1.0]


# Regret ------------------------------------------------------------------------------------


def test_regret_and_satisficing_are_what_they_are_called():
    """Two policies and a base, two worldviews, two members, by hand."""
    loss = np.array([[[10.0, 10.0], [10.0, 10.0]], [[4.0, 6.0], [9.0, 9.5]], [[8.0, 8.0], [8.0, 8.0]]])

    rows = {row["policy"]: row for row in regret.robustness(
        table(loss, ("base", "bold", "steady")), seed=1, satisfied=0.2, base="base")}  # fmt: skip

    assert rows["bold"]["mean_regret"] == (0 + 0 + 1 + 1.5) / 4
    assert rows["bold"]["greatest_regret"] == 1.5
    assert rows["steady"]["mean_regret"] == (4 + 2 + 0 + 0) / 4
    assert rows["bold"]["satisficing"] == 0.5
    assert rows["steady"]["satisficing"] == 1
    assert sorted(rows, key=lambda name: rows[name]["rank"]) == ["bold", "steady", "base"]
    best = [row["best"] for row in regret.winners(table(loss, ("base", "bold", "steady")))]
    assert best == ["bold", "steady"]


def test_who_wins_is_told_with_the_interval_of_members():
    """Beside the error of the mean, which says nothing of how members differ."""
    margins = np.linspace(-1.0, 3.0, 101)
    loss = np.stack([np.full(101, 10.0), np.full(101, 5.0), 5.0 + margins])[:, None]

    (row,) = regret.winners(table(loss, ("base", "first", "second")))

    assert (row["best"], row["second"], row["margin"]) == ("first", "second", pytest.approx(1.0))
    assert (row["margin_lower90"], row["margin_upper90"]) == pytest.approx((-0.8, 2.8))
    assert row["margin_error"] < 0.2


def test_the_picture_gives_intervals_and_names_each_row_once():
    """Every cell but those of the base has its interval, and no label of one panel lies in another."""
    generator = np.random.default_rng(2)
    loss = generator.normal([[[9e4]], [[5e4]], [[6e4]]], 1e4, size=(3, 8, 50))
    names = ("history", "a-policy-with-a-long-name", "another-policy-of-some-length")
    found = table(loss, names)
    ranking = regret.robustness(found, seed=1, satisfied=0.1, base="history")
    worth = {"everything": information.perfect(loss[:, 0], seed=1)}
    verdict = Verdict(found, ranking, [], "w", worth, names[1:], {}, None)

    figure = robust_figure(verdict, Question("history"), Choice(names, found.worldviews), source="here")

    FigureCanvasAgg(figure).draw()
    regrets, matrix, worth = figure.axes
    cells = 2 * 8
    assert cells == sum("to " in each.get_text() for each in matrix.texts if each.get_gid() == "90 %")
    assert not matrix.get_yticks().size
    assert regrets.yaxis.get_tightbbox().x0 > 0
    assert matrix.get_window_extent().x1 < worth.yaxis.get_tightbbox().x0
    titles = [axes._left_title.get_window_extent() for axes in figure.axes]
    assert titles[0].x1 < titles[1].x0 < titles[1].x1 < titles[2].x0 < titles[2].x1 < figure.bbox.x1


def test_cash_weighs_in_at_its_price():
    """A policy that saves one life for two million loses where a life is priced at one."""
    found = Payoffs(("a", "b"), ("w",), np.array([[[1.0]], [[0.0]]]), np.array([[[0.0]], [[2e6]]]),
                    np.zeros((1, 1, 1)), "person", 0, (np.arange(1),))  # fmt: skip

    assert found.loss[:, 0, 0].argmin() == 1
    assert found.worth(1e6).loss[:, 0, 0].argmin() == 0


def test_the_standard_error_is_the_spread_over_seeds():
    """What is stated as Monte Carlo error is what means really scatter by."""
    generator = np.random.default_rng(8)
    draws = [np.cumsum(generator.standard_normal((3, 2, 100)), axis=0) + np.arange(3)[:, None, None] for _ in range(40)]

    rows = [regret.robustness(table(each), seed=1, satisfied=0.1, base="policy 0")[0] for each in draws]

    assert {"policy 0"} == {row["policy"] for row in rows}
    stated = np.mean([row["mean_regret_error"] for row in rows])
    assert np.std([row["mean_regret"] for row in rows], ddof=1) == pytest.approx(stated, rel=0.3)


@pytest.fixture(scope="module")
def weighed():
    """Return payoffs of four policies for two seeds, and for twice as many members."""
    policies = ("history", "care-package", "treat-demand-first", "verified-controls")
    beliefs = [Beliefs.of("evidence-weighted"), Beliefs.of("supply-driven")]
    return [
        payoffs(SHORT, policies, beliefs, members=members, seed=seed) for seed, members in ((1, 60), (2, 60), (1, 120))
    ]


def test_the_ranking_moves_with_seed_or_members_no_more_than_it_says(weighed):
    """Where two runs order a pair differently, the gap is within three stated errors; means agree within four."""
    ranked = [
        {row["policy"]: row for row in regret.robustness(each, seed=1, satisfied=0.1, base="history")}
        for each in weighed
    ]

    for other in ranked[1:]:
        for name, row in ranked[0].items():
            error = np.hypot(row["mean_loss_error"], other[name]["mean_loss_error"])
            assert abs(row["mean_loss"] - other[name]["mean_loss"]) <= 4 * error
        for one, two in ((a, b) for a in ranked[0] for b in ranked[0] if a != b):
            if (ranked[0][one]["rank"] < ranked[0][two]["rank"]) != (other[one]["rank"] < other[two]["rank"]):
                place = [weighed[0].policies.index(name) for name in (one, two)]
                gap = (weighed[0].loss[place[0]] - weighed[0].loss[place[1]]).mean(axis=0)
                assert abs(gap.mean()) <= 3 * np.sqrt(2) * gap.std(ddof=1) / np.sqrt(len(gap))


def test_more_members_keep_the_first_ones(weighed):
    """Doubling adds members; it does not draw others."""
    assert np.array_equal(weighed[0].loss, weighed[2].loss[:, :, :60])


def test_a_lone_member_is_no_ensemble(tmp_path):
    """It would be the likeliest run; the command says how many to ask for."""
    words = ["robust", "history", "care-package", "--members", "1", "--outputs", str(tmp_path)]

    result = CliRunner().invoke(app, words)

    assert result.exit_code == 2
    assert "--members: 1 cannot show" in result.stderr


def test_a_debate_brings_its_policies_and_worldviews():
    """One debate, or policies; a lone policy leaves nothing to choose."""
    policies, worldviews, _ = candidates(["supply-or-demand"], [])

    assert "care-package" in policies
    assert "iron-law" in worldviews
    assert candidates(["history", "care-package"], ["iron-law"]) == (["history", "care-package"], ["iron-law"], None)
    with pytest.raises(SimulatorError, match="stands alone"):
        candidates(["supply-or-demand", "history"], [])
    with pytest.raises(SimulatorError, match="nothing to choose"):
        candidates(["history"], [])


def test_names_in_a_debate_call_the_files_beside_it(tmp_path):
    """A policy and a worldview of our own come before the shipped ones of the same names."""
    shipped = (files.shipped("scenarios") / "policies" / "treat-demand-first.yaml").read_text(encoding="utf-8")
    about = "title: Ours\nquestion: Which of the two is the better one?\n"
    for name, text in {
        "treat-demand-first": shipped.replace("to: 0.75", "to: 0.25"),
        "iron-law": f"name: iron-law\n{about}beliefs:\n  - {{set: precursor_slack, to: 0.3, "
        "because: Half of them would do as well., source: assumption}\n",
        "ours": f"name: ours\n{about}policies: [history, treat-demand-first]\nworldviews: [iron-law]\n",
    }.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")

    policies, worldviews, beside = candidates([str(tmp_path / "ours.yaml")], [])

    ours, theirs = (Question("history", beside=place).tracks_of(policies[1]) for place in (beside, None))
    assert not np.array_equal(ours.at(2030), theirs.at(2030))
    assert Beliefs.of(worldviews[0], beside=beside).fixed == {"precursor_slack": 0.3}
    assert len(Beliefs.of(worldviews[0]).fixed) > 1


# Mixes -------------------------------------------------------------------------------------


def test_a_blend_of_one_policy_is_that_policy_and_of_none_the_base():
    """Shares of one and nought give the tracks that scenarios resolve to."""
    names = ("treat-demand-first", "border-surge")
    blender = Blender.of(names, "history", LONG)
    dates = np.linspace(2013, 2036.99, 200)

    alone, nothing = blender.blend(np.array([1.0, 0.0])), blender.blend(np.zeros(2))

    wanted, base = LONG.tracks_of(names[0]), LONG.tracks_of("history")
    assert all(np.allclose(wanted.at(date), alone.at(date), rtol=1e-6, atol=1e-6) for date in dates)
    assert all(np.allclose(base.at(date), nothing.at(date), rtol=1e-6, atol=1e-6) for date in dates)


def test_a_blend_stays_within_what_levers_allow():
    """Twice the same policy at full scale would exceed its limits; it is held at them."""
    blender = Blender.of(("treat-demand-first", "care-package"), "history", LONG)

    tracks = blender.blend(np.array([1.0, 1.0]))

    at_end = tracks.at(2036.5)
    assert (at_end <= blender.most + 1e-9).all()
    assert (at_end >= blender.least - 1e-9).all()
    assert told(("a", "b"), [0.5, 0.0]) == "50 % a"


def test_the_front_buys_what_is_cheapest_first_and_stays_within_budget():
    """Two remedies with known yields: the better buy is exhausted before the other is begun."""
    state = random.getstate()

    found = pareto(
        lambda shares: [-(3 * shares[0] + shares[1]), shares[0] + shares[1]], 2, budget=1.2, evaluations=1500, seed=1
    )

    shares, loss, cost = found[-1]
    assert cost <= 1.2
    assert loss < -3.1  # the optimum is -3.2
    assert shares[0] > 0.95
    assert [point[2] for point in found] == sorted(point[2] for point in found)
    assert random.getstate() == state


def test_the_front_is_the_same_for_the_same_seed():
    """A search is a matter of luck, and luck has a seed."""
    one, two = (
        pareto(lambda shares: [-shares[0], shares[0] ** 2], 1, budget=None, evaluations=200, seed=3) for _ in range(2)
    )

    assert np.array_equal([point[1:] for point in one], [point[1:] for point in two])


def test_a_pair_is_told_apart_by_the_belief_that_decides():
    """The second policy is better where precursor slack is high: the tree finds the number and the limit."""
    beliefs = Beliefs.of("evidence-weighted")
    numbers = beliefs.members(300, seed=1, prior=True)
    slack = numbers[:, fentanyl_model().constants.index("precursor_slack")]
    middle = float(np.median(slack))

    found = paired(("one", "other"), (slack, np.full(300, middle)), numbers, seed=1)
    agreed = paired(("one", "other"), (slack, slack + 1), numbers, seed=1)

    assert found.share == 0.5
    assert list(found.leaves[0].sides) == ["precursor_slack"]
    assert found.leaves[0].sides["precursor_slack"].low == pytest.approx(middle, rel=0.05)
    assert found.accuracy > 0.95
    assert "Where precursor slack is above" in found.told()[1]
    assert "one is as good or better for 100 % of members" in found.told()[2]
    assert agreed.told() == ["other is better than one for 0 % (± 0) of members."]


# The whole ---------------------------------------------------------------------------------


def test_a_scan_moves_the_number_in_every_member():
    """Two equal policies differ nowhere along any number; a number that does not vary is refused."""
    members = Beliefs.of("evidence-weighted").members(3, seed=1)
    question = Question("history", first=2027, last=2027)

    found = scan(question, ("history", "history"), "precursor_slack", members, seed=1)

    assert np.allclose(0, found.differences)
    assert found.value is None
    with pytest.raises(SimulatorError, match="precursor_slack"):
        scan(question, ("history", "history"), "precursor_slak", members, seed=1)


def test_the_command_weighs_and_says_so(tmp_path):
    """Tables with Monte Carlo errors, a swap sentence, worth, and files that explain themselves."""
    words = ["robust", "care-package", "verified-controls", "-w", "evidence-weighted", "--members", "20",
             "--from", "2027", "--to", "2027", "--know", "precursor_slack", "--swap", "precursor_slack",
             "--outputs", str(tmp_path), "--json"]  # fmt: skip

    result = CliRunner().invoke(app, words)

    assert result.exit_code == 0, result.output
    told_all = json.loads(result.stdout)
    assert sorted(
        (row["policy"] for row in told_all["ranking"]), key=["history", "care-package", "verified-controls"].index
    ) == ["history", "care-package", "verified-controls"]
    assert all(row["mean_regret_error"] is not None for row in told_all["ranking"])
    assert "precursor slack" in told_all["swaps"][0]["sentence"]
    assert [row["number"] for row in told_all["worth"]] == ["everything", "precursor_slack"]
    folder = next(tmp_path.glob("robust-*/latest"))
    assert {"results.nc", "ranking.csv", "winners.csv", "swaps.csv", "worth.csv", "manifest.json", "log.txt"} <= {
        path.name for path in folder.iterdir()
    }
    assert (folder / "figures" / "robustness.png").stat().st_size > 0
