"""Policies do what a reader of the debate would expect: the sentences of `cases/*.yaml` are true.

Each sentence reads `<quantity> in <year> higher than|lower than|within N % of <scenario>
[under <worldview>]`; the other scenario runs under the same beliefs and settings unless
another worldview is named. One run is the most probable one; nothing here is about size.
"""

import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import yaml

from simulator.cases import cases
from simulator.scenario import catalogue

CASES = [
    (path.stem, case)
    for path in sorted((Path(__file__).parent / "cases").glob("*.yaml"))
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]
SENTENCE = re.compile(
    r"(?P<quantity>\w+) in (?P<year>\d{4}) (?:(?P<sign>higher|lower) than|within (?P<share>[\d.]+) % of)"
    r" (?P<other>[\w-]+)(?: under (?P<worldview>[\w-]+))?"
)
#: The least difference, as a share, that counts as higher or lower: far above the integrator's error.
NOTICEABLE = 1e-4

#: Policies by which a debate asks what the same public money does, and how far their prices may differ.
RIVALS = [
    ("border-surge", "strikes", "root-causes", "treat-demand-first"),
    ("war-on-drugs", "opium-style-campaign", "decriminalise", "treat-demand-first"),
    ("supply-package", "care-package"),
]
TOLERANCE = 0.2  # of their mean: treatment and prisons follow people, not budgets


@cache
def run(scenario, worldview="evidence-weighted", settings=(), until=2037):
    """Return the most probable run of one scenario."""
    return cases([scenario], [worldview], until=until, overrides=dict(settings), engine="reference")[0].solution


def year_mean(scenario, worldview, settings, quantity, year):
    """Return the mean of a quantity over a calendar year."""
    solution = run(scenario, worldview, settings, until=max(2033, year + 1))
    return float(solution.mean_between(quantity, year, year + 1)[0, 0])


def test_every_policy_has_a_case():
    """What nobody expects anything of, nobody can check."""
    policies = {each.name for each in catalogue() if each.kind == "policy"}

    assert policies == {policy for policy, _ in CASES}


@pytest.mark.parametrize(("policy", "case"), CASES, ids=[f"{policy}: {case['title']}" for policy, case in CASES])
def test_case(policy, case):
    """The sentence is true of the model."""
    given = {"worldview": "evidence-weighted", "settings": {}, **case["given"]}
    settings = tuple(sorted(given["settings"].items()))
    assert given["policy"] == policy, "a case lies in the file of its policy"

    for line in case["expect"]:
        sentence = SENTENCE.fullmatch(line)
        quantity, year = sentence["quantity"], int(sentence["year"])
        found = year_mean(policy, given["worldview"], settings, quantity, year)
        other = year_mean(sentence["other"], sentence["worldview"] or given["worldview"], settings, quantity, year)

        said = f"{line}: {found:g} against {other:g}"
        if sentence["share"]:
            assert abs(found - other) <= float(sentence["share"]) / 100 * abs(other), said
        elif sentence["sign"] == "higher":
            assert found > other + NOTICEABLE * abs(other), said
        else:
            assert found < other - NOTICEABLE * abs(other), said


@pytest.mark.parametrize("rivals", RIVALS, ids=" ".join)
def test_rivals_cost_the_same(rivals):
    """Debates are fair: their policies take about the same from the public purse from 2027 to 2036.

    By the median of a hundred members: what a policy costs follows how many use and die, which no single run knows.
    """
    found = {
        case.scenario.name: case.solution.mean_between("public_cost", 2027, 2037)[:, 0]
        for case in cases(["history", *rivals], members=100, until=2037)
    }
    prices = {name: float(np.median(found[name] - found["history"])) for name in rivals}
    mean = sum(prices.values()) / len(prices)

    assert all(abs(price - mean) <= TOLERANCE * mean for price in prices.values()), prices
