"""Verdicts follow their rules, rest on sources, and are not stale; fact checks are arithmetic on the record."""

import json

import numpy as np
import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from docs.pages.verdicts import verdicts as pages
from simulator.cli import app
from simulator.debate import shipping
from simulator.debate.cells import Cells
from simulator.debate.claims import SIZES, Claim, Comparison, claims
from simulator.debate.facts import arithmetic, checked, worth
from simulator.debate.splitting import Split
from simulator.debate.telling import headline, question
from simulator.debate.verdicts import Outcome, Verdict, compared, judged, others, ruled, worldviews
from simulator.fentanyl import fentanyl_model
from simulator.record import record
from simulator.scenario import catalogue

DEFAULT = "evidence-weighted"
#: The rows of the debate: ten of the essay, thirteen of the article and its readers.
ROWS = {*(f"A{number}" for number in range(1, 11)), *(f"B{number}" for number in range(1, 14))}
FACTS, OUTSIDE = {"A2", "A3", "A4"}, {"A10"}


def falls(size="substantially", **more):
    """Return a comparison that expects deaths to fall."""
    asked = {"outcome": "opioid_deaths", "over": "total", "policy": "care-package", "than": "history", "falls": size}
    return Comparison.model_validate({**asked, "years": [2027, 2037], **more})


def planted(asked, ours, theirs):
    """Return cells in which a comparison meets these members."""
    first, second = asked.measures
    found = {
        (asked.policy, DEFAULT): np.array([ours, theirs if asked.base == asked.policy else ours], float),
        (asked.base, DEFAULT): np.array([ours, theirs], float)
        if asked.base == asked.policy
        else np.array([theirs] * 2),
    }
    measures = (first, second) if first != second else (first,)
    return Cells(measures, found, {}, len(ours), 1)


# Which claims there are


def test_every_row_of_the_debate_is_a_claim():
    """No claim is missing; facts are checked, one is outside the model, all others are decided by runs."""
    found = claims()

    assert set(found) == ROWS
    assert {name for name, claim in found.items() if claim.facts} == FACTS
    assert {name for name, claim in found.items() if claim.outside} == OUTSIDE


def test_every_claim_that_is_run_has_a_scenario_of_its_own():
    """A scenario names the claim it argues, and the claim names that scenario."""
    policies = {each.name: each for each in catalogue() if each.kind == "policy"}
    argued = {number for each in policies.values() for number in each.claims}

    assert argued >= ROWS - FACTS - OUTSIDE
    assert not [
        name
        for name, claim in claims().items()
        if claim.decided_by and not any(name in policies[each].claims for each in claim.scenarios if each in policies)
    ]


def test_every_claim_has_evidence_for_and_against():
    """Each claim cites what speaks for it and what against it; what is outside the model may lack the latter."""
    assert not [name for name, claim in claims().items() if not claim.for_ or not (claim.against or claim.outside)]
    assert not [name for name, claim in claims().items() if not claim.cannot]


def test_comparisons_name_what_exists():
    """Outcomes are quantities of the model, policies are shipped, and years can be run."""
    model = fentanyl_model()
    policies = {each.name for each in catalogue() if each.kind in ("policy", "history")}
    asked = [each for claim in claims().values() for each in claim.decided_by]

    assert {each.outcome for each in asked} | {each.of for each in asked if each.of} <= set(model.equations)
    assert {policy for each in asked for policy in (each.policy, each.base)} <= policies
    assert all(2013 <= each.years[0] < each.years[1] <= 2041 for each in asked)


def test_sizes_are_the_same_for_both_sides():
    """Each side's claims are held to the same words; the essay's are no easier and no harder than the readers'."""
    used = {side: {each.sign[1] for name, claim in claims().items() if name[0] == side for each in claim.decided_by}
            for side in "AB"}  # fmt: skip

    assert {"noticeably", "substantially"} <= used["A"] & used["B"]
    assert SIZES["noticeably"] < SIZES["substantially"] < SIZES["mostly"] < SIZES["twofold"]


@pytest.mark.parametrize(
    "more",
    [{"rises": "mostly"}, {"than": None}, {"falls": "hugely"}, {"of": "heroin_deaths"}, {"stranger": 1}],
    ids=str,
)
def test_comparisons_that_say_two_things_or_none_are_refused(more):
    """A comparison expects exactly one thing, in words that mean a number."""
    with pytest.raises(ValidationError):
        falls(**more)


# Rules


def test_rules_give_each_verdict():
    """Likely under all is supported; unlikely under all contradicted; the rest depends."""
    assert ruled({DEFAULT: 0.7, "other": 0.9}) == "supported"
    assert ruled({DEFAULT: 0.3, "other": 0.1}) == "contradicted"
    assert ruled({DEFAULT: 0.7, "other": 0.5}) == "depends on"
    assert ruled({DEFAULT: 0.3, "other": 0.5}) == "depends on"
    assert ruled({DEFAULT: 0.7, "other": 0.2}) == "depends on"
    assert ruled({DEFAULT: 0.5, "other": 0.5}) == "depends on"
    assert ruled({DEFAULT: 0.2, "other": 0.9}) == "depends on"


def test_a_verdict_near_a_bound_says_what_else_it_could_be():
    """With few members a share near two thirds could be on the other side; with many it could not."""
    shares = {DEFAULT: 0.70, "other": 0.90}

    assert others(shares, dict.fromkeys(shares, 100)) == ["depends on"]
    assert others(shares, dict.fromkeys(shares, 10_000)) == []


def test_comparison_reads_members_one_by_one():
    """A fall of a tenth counts and less does not; what is nothing under both has not changed."""
    asked = falls()
    cells = planted(asked, [80, 89, 95, 0], [100, 100, 100, 0])

    change, holds = compared(asked, cells, DEFAULT)

    assert pytest.approx([-0.2, -0.11, -0.05, 0]) == list(change)
    assert list(holds) == [True, True, False, False]


def test_not_falling_is_the_opposite_of_falling():
    """`does not fall` holds exactly where `falls` of the same size does not."""
    ours, theirs = [80, 89, 95, 120], [100] * 4
    falling, standing = falls(), falls(None, **{"does not fall": "substantially"})

    _, down = compared(falling, planted(falling, ours, theirs), DEFAULT)
    _, up = compared(standing, planted(standing, ours, theirs), DEFAULT)

    assert list(~down) == list(up)


def test_share_of_another_outcome():
    """`is at least` compares two outcomes of the same policy."""
    asked = falls(
        None,
        than=None,
        policy="history",
        outcome="unaware_deaths",
        of="opioid_deaths",
        **{"is at least": "substantially"},
    )

    ratio, holds = compared(asked, planted(asked, [20, 5], [100, 100]), DEFAULT)

    assert pytest.approx([0.2, 0.05]) == list(ratio)
    assert list(holds) == [True, False]


def test_few_members_judge_a_claim_under_every_worldview():
    """A claim that compares a policy with itself never falls: contradicted, whoever is right."""
    same = Claim.model_validate(
        {"says": "Nothing changes something.", "side": "nobody", "mechanism": "None.", "cannot": "Nothing.",
         "for": [], "against": [], "decided_by": [falls(policy="history")]}
    )  # fmt: skip

    found = judged({"A1": same}, members=2)[0]

    assert set(worldviews()) == set(found.shares)
    assert {0.0} == set(found.shares.values())
    assert found.word == "contradicted"


def test_headline_names_the_belief():
    """What depends says on which number, at which threshold, and how often on either side."""
    claim = claims()["A5"]
    good, bad = Outcome(-0.2, -0.3, -0.1, 0.9), Outcome(0.0, 0.0, 0.0, 0.1)
    found = Verdict(
        "A5", {DEFAULT: 0.5, "supply-driven": 0.9}, {DEFAULT: (bad, bad), "supply-driven": (good, good)},
        Split("precursor_slack", 0.5, 0.9, 0.1, -0.8),
    )  # fmt: skip

    told = headline(found, claim)

    assert "`precursor_slack`" in told
    assert "90 % of members at or below 0.5 and in 10 % above" in told
    assert "Likely under supply-driven; open under evidence-weighted." in told
    assert question(claim.decided_by[0]) in told


# Facts


def test_deaths_of_2023_are_explained():
    """74,702 is the first release; over all opioids of 2017 it gives the quoted ratio, like for like another."""
    count, ratio = map(checked, claims()["A2"].facts)

    final = {int(start): value for start, value in zip(*_series("synthetic_opioid_deaths"), strict=True)}
    assert count.stands
    assert final[2023] == count.actual
    assert count.fact.claimed == count.origin
    assert not ratio.stands
    assert pytest.approx(final[2023] / final[2017]) == ratio.actual
    assert ratio.fact.claimed == pytest.approx(ratio.origin, abs=0.05)


def _series(name):
    found = record(name)
    return found.starts, found.values


def test_disorder_is_explained_by_its_definitions():
    """The quoted ratio crosses a break of definition; within one there is next to no rise."""
    count, ratio = map(checked, claims()["A3"].facts)
    own = claims()["A3"].facts[1].like_for_like

    found = record("nsduh_opioid_use_disorder")
    measures = dict(zip(found.starts, found.measures, strict=True))
    assert count.stands
    assert not ratio.stands
    assert ratio.fact.claimed == pytest.approx(ratio.origin, abs=0.05)
    assert measures[own.year] == measures[own.over.year] != measures[claims()["A3"].facts[1].comes_from.over.year]


def test_cost_is_explained_by_what_it_counts():
    """The figure is that of 2017; that of illicit opioids is another, and most of it is not cash."""
    total, illicit, cash = map(checked, claims()["A4"].facts)

    assert total.stands
    assert not illicit.stands
    assert 0 < cash.actual < 0.5
    assert " − " in arithmetic(cash.fact.like_for_like)


def test_ratio_is_worked_out_from_the_record():
    """A figure over another is their quotient."""
    ratio = claims()["A2"].facts[1].like_for_like

    assert pytest.approx(worth(ratio.model_copy(update={"over": None})) / worth(ratio.over)) == worth(ratio)


# What travels with the package


def test_shipped_verdicts_are_of_this_model():
    """Calibrations, policies, worldviews and claims are those that were judged; renew with `fentsim verdict --ship`."""
    found = shipping.shipped()

    assert found is not None
    assert not shipping.stale(found)


def test_stale_verdicts_say_so(monkeypatch):
    """A calibration that moves makes what was shipped stale, and every page says so."""
    monkeypatch.setattr(shipping, "calibrations_hash", lambda: "another")

    assert shipping.stale(shipping.shipped()) == ["The verdicts are stale: the calibrations have moved."]
    assert all("are stale" in text for name, text in pages().items() if name not in OUTSIDE)


def test_shipping_and_reading_are_inverse(tmp_path, monkeypatch):
    """What is written is read again, to six digits."""
    monkeypatch.setattr(shipping, "package", lambda *parts: tmp_path / parts[-1])
    monkeypatch.setattr(shipping, "calibrations_hash", lambda: "some")
    seen = (Outcome(-0.25, -0.5, -0.125, 0.75), Outcome(0.5, 0.25, 1.0, 1.0))
    shares, outcomes = {DEFAULT: 0.75, "supply-driven": 0.25}, {DEFAULT: seen, "supply-driven": seen}
    made = Verdict("A5", shares, outcomes, Split("precursor_slack", 0.5, 0.875, 0.125, -0.5))

    shipping.ship([made], members=200, seed=3)

    found = shipping.shipped()
    assert made == found.verdicts["A5"]
    assert (found.about["members"], found.about["seed"]) == ("200", "3")


def test_each_claim_has_a_page():
    """Every page names claim, verdict, both sides of the evidence, and the command that makes it again."""
    made = pages()

    assert ROWS | {"index"} == set(made)
    for name in ROWS - OUTSIDE:
        assert f"# Claim {name}: " in made[name]
        assert f"fentsim verdict {name} --members" in made[name]
        assert "## For" in made[name]
        assert "## Against" in made[name]
    assert all(f"[{name}]({name}.md)" in made["index"] for name in ROWS)


def test_command_judges_facts_without_a_run():
    """A fact check needs no members; `--json` gives verdict and reason."""
    found = CliRunner().invoke(app, ["verdict", "a2", "A10", "--json"])

    told = {row["claim"]: row for row in json.loads(found.stdout)["verdicts"]}
    assert found.exit_code == 0
    assert (told["A2"]["verdict"], told["A10"]["verdict"]) == ("contradicted", "outside the model")


def test_command_refuses_strangers_and_parts():
    """An unknown claim lists those there are; only all claims with enough members are shipped."""
    stranger = CliRunner().invoke(app, ["verdict", "C1"])
    part = CliRunner().invoke(app, ["verdict", "A6", "--ship"])
    few = CliRunner().invoke(app, ["verdict", "--ship", "--members", "10"])

    assert {2} == {stranger.exit_code, part.exit_code, few.exit_code}
    assert "The claims are: A1, A2" in stranger.stderr
    assert "Leave out the numbers." in part.stderr
    assert "Ask for 100 or more." in few.stderr
