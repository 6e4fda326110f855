"""The page of calibrations: how well each worldview tells the record, and what that took."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from docs.pages import markup
from simulator import fits
from simulator.calibration.campaign import UNTIL
from simulator.calibration.likelihood import Likelihood, log_overdispersion
from simulator.draws import DEFAULT_WORLDVIEW
from simulator.files import package
from simulator.record.observation import ANCHORS, OBSERVATIONS
from simulator.validation.statistics import statistics

if TYPE_CHECKING:
    from collections.abc import Mapping

#: A residual beyond this many standard deviations is listed.
_FAR = 2.0
#: Where the rows of single published figures are kept, beside those of series.
FIGURES = "figures"

_ABOUT = """
Each worldview is calibrated to the same record, with its own beliefs held fixed: so each tells the past as well as it
can, and how well differs.
The page is made from the files in `simulator/fits/`, which `simulator.calibration.campaign` writes.

A fit is no proof.
The record that is compared here is the record that was fitted, deaths from 2022 on as months and no longer as years;
how well the model foretells what it has not seen is on the [scoreboard](scoreboard.md).
"""

_WORDS = """
*Error* is the mean absolute percentage error; *promise* is the largest that the project has set itself.
*R²* is the share of variance explained.
The last three columns are Theil's: of the mean squared error, the share that is a wrong level (*bias*), a wrong
amplitude (*variation*), and a wrong course (*covariation*); only the last is harmless noise.
They are given where a series has four rows or more.
*Widened* is the factor by which the likelihood has widened the stated spread of a series that the model tells badly
([why](../decisions/0020-residuals-have-memory-and-a-price-of-doubt.md)).
"""


@dataclass(frozen=True)
class Number:
    """Where the record put a number: value, distance from its prior in standard deviations, what spread is left."""

    value: float
    z: float
    spread: float
    note: str


@dataclass(frozen=True)
class Calibrated:
    """A calibration as it is shipped: its header, its numbers, its rows `(record, model, residual)` by series."""

    worldview: str
    header: Mapping[str, str]
    numbers: Mapping[str, Number]
    rows: Mapping[str, list[tuple[float, float, float, float]]]


@cache
def calibrated(worldview: str) -> Calibrated:
    """Read what was shipped for a worldview."""
    header, numbers = _read(f"{worldview}.csv")
    _, residuals = _read(f"{worldview}_residuals.csv")
    found = {
        row["parameter"]: Number(float(row["value"]), float(row["z"]), float(row["spread"]), row["note"])
        for row in numbers
    }
    series = {each.series for each in OBSERVATIONS}
    rows: dict[str, list[tuple[float, float, float, float]]] = {}
    for row in residuals:
        values = (float(row["start"]), float(row["record"]), float(row["model"]), float(row["residual"]))
        rows.setdefault(row["series"] if row["series"] in series else FIGURES, []).append(values)
    return Calibrated(worldview, header, found, rows)


def _read(name: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    lines = package("fits", name).read_text(encoding="utf-8").splitlines()
    above = [line for line in lines if line.startswith("#")]
    header = {key.strip("# "): text.strip() for key, _, text in (line.partition(":") for line in above)}
    return header, list(csv.DictReader(lines[len(above) :]))


def shipped() -> list[str]:
    """Return the worldviews that have a calibration, the default first."""
    names = sorted(path.stem for path in package("fits").glob("*.npz"))
    return sorted(names, key=lambda name: (name != DEFAULT_WORLDVIEW, name))


def calibration() -> str:
    """Return the page of calibrations."""
    found = [calibrated(name) for name in shipped()]
    return markup.page(
        "Calibration",
        _ABOUT,
        f"## At a glance\n\n{_glance(found)}",
        f"## The mixture\n\n{_mixture()}",
        f"## Worldview by worldview\n\n{_WORDS.strip()}",
        *(_worldview(each) for each in found),
    )


def _glance(found: list[Calibrated]) -> str:
    rows = []
    for each in found:
        total, _, record = each.header["misfit"].partition(" in all, ")
        narrowed = sum(number.note != "not identified" for number in each.numbers.values())
        rows.append(
            (
                f"[{each.worldview}](#{each.worldview})",
                each.header["record"],
                total,
                record.partition(" ")[0],
                "yes" if each.header["method"].endswith("True") else "no",
                *_walked(each.header["members"]),
                len(each.numbers),
                narrowed,
                sum(number.note == "outside its range" for number in each.numbers.values()),
            )
        )
    headings = ("Worldview", "Record", "Misfit:", "of the record:", "Converged", "R-hat:",
                "Draws:", "Free numbers:",
                "Narrowed by a tenth:", "Outside their range:")  # fmt: skip
    words = (
        "*Misfit* is half the sum of squared distances, in standard deviations, of the record and of the numbers from "
        "their stated values; less is better. A difference of a few units is little beside what the choice of spreads "
        "and series decides. *R-hat*, of the worst number, and effective *draws*, of the number with the fewest, say "
        "how far members that were sampled are draws from the posterior; a walk with more than 1.02 or fewer than 400 "
        "is not shipped, and a dash stands for members that were fitted one by one "
        "([why](../decisions/0027-walkers-roll-and-the-model-runs-backwards.md); "
        "how draws are counted, [of a walk](../decisions/0030-draws-are-counted-by-walkers-too.md), [of readings "
        "together](../decisions/0031-draws-are-counted-of-the-whole.md) and [of readings between which walkers seldom "
        "pass](../decisions/0036-shares-of-readings-follow-from-passing.md))."
    )
    return f"{markup.table(headings, rows)}\n\n{words}"


def _walked(members: str) -> tuple[str, str]:
    """Return worst R-hat and fewest effective draws, dashes where members were not sampled."""
    found = re.search(r"worst R-hat ([0-9.]+), fewest effective draws ([0-9]+)", members)
    return (found[1], found[2]) if found else ("–", "–")


def _mixture() -> str:
    header, accounts = _read("mixture.csv")
    said = f"Which: {header['mixture']}. How: {header['method']}."
    reasons = {row["worldview"]: row["because"] for row in accounts}
    rows = [(f"[{name}](#{name})", f"{100 * weight:.0f} %", reasons[name]) for name, weight in fits.mixture()]
    about = (
        f"An ensemble of `{DEFAULT_WORLDVIEW}` draws each member from one of these; a single run is the most probable "
        "one of its own fit. [Why](../decisions/0009-the-evidence-weighted-worldview-is-a-mixture.md)."
    )
    return f"{said}\n\n{about}\n\n{markup.table(('Account', 'Weight:', 'Of the fall of 2023-24'), rows)}"


def _worldview(each: Calibrated) -> str:
    promises = {observation.series: observation for observation in OBSERVATIONS}
    rows = [
        _series(promises[name].offset, promises[name].target, name, values)
        for name, values in each.rows.items()
        if name != FIGURES
    ]
    headings = ("Series", "Rows:", "Error:", "Promise", "R²:", "Bias:", "Variation:", "Covariation:", "Widened:")
    wider = _widened(each)
    rows = [(*row, f"{wider[name]:.2f}") for row, name in zip(rows, wider, strict=True)]
    figures = each.rows.get(FIGURES, [])
    single = [
        (anchor.quantity, _span(anchor.start, anchor.end), markup.number(anchor.value), markup.number(row[2]),
         f"{row[3]:+.1f}".replace("-", "−")) for anchor, row in zip(ANCHORS, figures, strict=False)
    ]  # fmt: skip
    parts = [
        f"### {each.worldview}",
        f"Search: {each.header['method'].partition('; converged')[0]}.",
        f"Members: {each.header['members']}.",
        markup.table(headings, rows),
        markup.table(("Published figure", "Years", "Figure:", "Model:", "Standard deviations:"), single),
        _far(each),
        _outside(each),
    ]
    return "\n\n".join(part for part in parts if part)


def _widened(each: Calibrated) -> dict[str, float]:
    """Return by how much the likelihood widens the spread of each series, from its residuals."""
    found = {}
    for seen in Likelihood.of(UNTIL).series:
        name = seen.observation.series
        if name in each.rows:
            # Rows that are shown but not fitted to come last.
            residuals = np.array([row[3] for row in each.rows[name]])[: len(seen.spreads)]
            whitened = np.linalg.solve(np.linalg.cholesky(seen.correlation), residuals)
            found[name] = float(np.exp(log_overdispersion(np.array([whitened @ whitened]), len(whitened))[0]))
    return found


def _series(offset: float, target: float | None, name: str, values: list[tuple[float, ...]]) -> tuple[object, ...]:
    record, model = (np.array([row[column] for row in values]) + offset for column in (1, 2))
    found = statistics(record, model)
    promise = "–" if target is None else f"{100 * target:.0f} %, {'met' if found.error <= target else '**missed**'}"
    shares = (found.r2, found.bias, found.variation, found.covariation)
    told = ["–" if each is None else f"{each:.2f}".replace("-", "−") for each in shares]
    return (f"[{name}](record.md#{name})", found.rows, f"{100 * found.error:.1f} %", promise, *told)


def _span(start: float, end: float) -> str:
    return f"{start:g} to {end:g}"


def _far(each: Calibrated) -> str:
    rows = [
        (name, f"{row[0]:.2f}", markup.number(row[1]), markup.number(row[2]), f"{row[3]:+.1f}".replace("-", "−"))
        for name, values in each.rows.items()
        for row in values
        if abs(row[3]) > _FAR
    ]
    if not rows:
        return "No row is two standard deviations off."
    return "Rows that are more than two standard deviations off:\n\n" + markup.table(
        ("Series", "From:", "Record:", "Model:", "Standard deviations:"), rows
    )


def _outside(each: Calibrated) -> str:
    rows = [
        (f"[{name}](parameters.md#{name})", markup.number(number.value), f"{number.z:+.1f}".replace("-", "−"))
        for name, number in each.numbers.items()
        if number.note == "outside its range"
    ]
    if not rows:
        return "No number is pulled outside its own 90 % range."
    return "Numbers that the record pulls outside their own 90 % range:\n\n" + markup.table(
        ("Number", "Value:", "Standard deviations:"), rows
    )
