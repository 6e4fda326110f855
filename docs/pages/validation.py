"""The page of validation: every check, what was measured for it, and the tables behind it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from docs.pages import markup, validation_tables
from simulator import draws, scenario
from simulator.calibration.campaign import UNTIL
from simulator.cases import INTEGRALS, START, solve
from simulator.dates import month_starts
from simulator.draws import DEFAULT_WORLDVIEW
from simulator.record.observation import OBSERVATIONS
from simulator.report.agreement import agreement
from simulator.validation import shipping, statistics

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.model import Model

CHECKS = Path(__file__).with_name("checks.yaml")
_TESTS = "../../tests/"
#: The turning point that the design asks for: months.
_YEAR = 12

_ABOUT = """
What the model is tested against, check by check.
A check that needs many runs was measured by a command and shipped as a table; the others are worked out for this page
or held by tests, which run at every change.
`fentsim validate` measures again; with `--refit` it also knocks out loops, with `--recovery 20` it recovers synthetic
records.

Agreement with the record to which the model was fitted is a condition, and no proof.
What stands here as failing is left standing.
"""


class Measured(NamedTuple):
    """What was measured, in words, and whether it is good enough; None where nothing was promised or measured."""

    said: str
    good: bool | None


def validation(model: Model) -> str:
    """Return the page of validation."""
    return markup.page(
        "Validation", _ABOUT, f"## Every check\n\n{_index(model)}", *(part() for part in validation_tables.PARTS)
    )


@cache
def checks() -> tuple[dict[str, Any], ...]:
    """Return every check as it stands in `checks.yaml`."""
    return tuple(yaml.safe_load(CHECKS.read_text(encoding="utf-8")))


def _index(model: Model) -> str:
    rows = []
    for each in checks():
        found = FIGURES[each["figure"]](model) if "figure" in each else Measured("held by its tests", None)
        if not each["tests"]:
            found = Measured("elsewhere", None)
        untold = "–" if "figure" in each or not each["tests"] else "by its tests"
        verdict = {True: "passes", False: "**fails**", None: untold}[found.good]
        tests = ", ".join(_test(name) for name in each["tests"]) or "–"
        rows.append((each["check"], each["promise"], found.said, verdict, tests))
    return markup.table(("Check", "Promise", "Measured", "Verdict", "Tests"), rows)


def _test(name: str) -> str:
    file, _, function = name.partition("::")
    return f"[{function.removeprefix('test_').replace('_', ' ')}]({_TESTS}{file})"


def units(model: Model) -> Measured:
    """Call every equation with pint quantities."""
    faults = model.faults()
    return Measured(f"{len(model.equations)} equations, {len(faults)} faults", not faults)


def finer_steps(_: Model) -> Measured:
    """Tell the largest change of a year with finer steps, from the shipped table."""
    _, rows = shipping.read("steps")
    if not rows:
        return _missing()
    worst = max(float(row["worst"]) for row in rows)
    return Measured(f"at most {worst:.1g}, even with steps a hundred times as loose", all(_met(row) for row in rows))


def turning_points(model: Model) -> Measured:
    """Run history once and compare the month of the peak."""
    settings = scenario.settings(scenario.find(DEFAULT_WORLDVIEW), model.parameters)
    tracks = scenario.resolve(scenario.find("history"), model.parameters, START, UNTIL)
    numbers = draws.constants(model, DEFAULT_WORLDVIEW, settings)
    run = solve(model, INTEGRALS, numbers, tracks, month_starts(START, UNTIL), engine="reference")
    (row,) = (each for each in agreement(run, UNTIL) if each["measure"] == "months from the recorded peak")
    return Measured(f"{row['error']:+d} months from the recorded peak".replace("-", "−"), abs(row["error"]) <= _YEAR)


def fit(_: Model) -> Measured:
    """Count the series whose promise is met, and the mean error, under the default worldview."""
    rows = {row["series"]: row for row in statistics.compared(DEFAULT_WORLDVIEW)}
    promised = {each.series: each.target for each in OBSERVATIONS if each.target is not None}
    kept = sum(rows[name]["error"] <= target for name, target in promised.items())
    error = f"{100 * rows[statistics.MEAN]['error']:.1f} %"
    return Measured(f"{kept} of {len(promised)} promises met; mean error {error}", kept == len(promised))


def synthetic(_: Model) -> Measured:
    """Tell how often intervals held the truth, from the shipped table."""
    _, rows = shipping.read("coverage")
    if not rows:
        return _missing()
    said = "; ".join(f"{row['kind']}: {100 * float(row['coverage']):.0f} %" for row in rows)
    return Measured(f"{said} ({rows[0]['records']} records)", all(_met(row) for row in rows))


def loops(_: Model) -> Measured:
    """Count the loops whose loss a new fit does not make good, from the shipped table."""
    _, rows = shipping.read("knockout")
    if not rows:
        return _missing()
    told = [row for row in rows if row["turned"]]
    missed = sum(validation_tables.is_missed(row) for row in told)
    return Measured(f"{missed} of {len(told)} loops are missed by the record", None)


def family(_: Model) -> Measured:
    """Tell how many combinations of features some setting shows, from the shipped table."""
    _, rows = shipping.read("family")
    asked = [row for row in rows if row["nearest"] and row["ranges"] == "stated"]
    if not asked:
        return _missing()
    said = ", ".join(f"{row['feature']}: {'yes' if _met(row) else 'no'}" for row in asked)
    return Measured(said, all(_met(row) for row in asked))


def replays(_: Model) -> Measured:
    """Count the experiments whose answer has the published sign, from the shipped table."""
    _, rows = shipping.read("replays")
    if not rows:
        return _missing()
    within = sum(validation_tables.agrees(row) for row in rows)
    said = f"{sum(_met(row) for row in rows)} of {len(rows)} as expected; {within} published answers in our interval"
    return Measured(said, all(_met(row) for row in rows))


#: What is measured for a check, by the name that `checks.yaml` gives it.
FIGURES: dict[str, Callable[[Model], Measured]] = {
    "units": units,
    "finer_steps": finer_steps,
    "turning_points": turning_points,
    "fit": fit,
    "synthetic": synthetic,
    "loops": loops,
    "family": family,
    "replays": replays,
}


def _met(row: dict[str, str]) -> bool:
    return row["met"] == "True"


def _missing() -> Measured:
    return Measured("not measured yet", None)
