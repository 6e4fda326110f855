"""The headline outcomes of a run, year by year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.report.spread import summary, well

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.cases import Case

#: What everybody asks first.
HEADLINES = (
    "synthetic_opioid_deaths", "opioid_deaths", "people_with_use_disorder", "people_in_treatment",
    "fentanyl_consumed", "purity", "price", "public_cost",
)  # fmt: skip


def outcomes(cases: Sequence[Case], names: Sequence[str] = HEADLINES) -> list[dict[str, Any]]:
    """Return one row a scenario, worldview, outcome and calendar year: means over the year, exact for rates.

    Beside `names`, what a scenario asks to watch, where that is a quantity of the model.
    """
    rows = []
    for case in cases:
        solution = case.solution
        model = solution.model
        watched = [name for name in case.scenario.watch if name in model.equations]
        for name in dict.fromkeys([*names, *watched]):
            years, means = solution.annual_means(name)
            rows += [
                {
                    "scenario": case.scenario.name,
                    "worldview": case.worldview,
                    "outcome": name,
                    "unit": model.equations[name].unit,
                    "year": int(year),
                    **summary(well(solution, means)[:, column]),
                }
                for column, year in enumerate(years)
            ]
    return rows


def milestones(rows: Sequence[dict[str, Any]], wanted: Sequence[int]) -> list[int]:
    """Return the years of a short table: those wanted that were run, and the last."""
    years = sorted({row["year"] for row in rows})
    return sorted({*(year for year in wanted if year in years), years[-1]}) if years else []


def by_year(rows: Sequence[dict[str, Any]], years: Sequence[int]) -> list[dict[str, Any]]:
    """Return one row an outcome, with the rows of the years side by side."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in rows:
        if row["year"] in years:
            key = (row["scenario"], row["worldview"], row["outcome"])
            line = found.setdefault(key, {name: row[name] for name in ("scenario", "worldview", "outcome", "unit")})
            line[str(row["year"])] = row
    return list(found.values())


def finite(cases: Sequence[Case]) -> str:
    """Return a sentence about members that did not stay finite, or nothing."""
    lost = {f"{case.scenario.name} under {case.worldview}": int(np.sum(case.solution.failed)) for case in cases}
    told = [f"{number} of {name}" for name, number in lost.items() if number]
    return f"Members that did not stay finite were left out: {'; '.join(told)}." if told else ""
