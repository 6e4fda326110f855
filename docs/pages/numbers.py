"""The pages of numbers: every parameter, and everything that is assumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docs.pages import markup
from docs.pages.fits import Calibrated, calibrated
from simulator.draws import DEFAULT_WORLDVIEW

if TYPE_CHECKING:
    from simulator.model import Model
    from simulator.parameters import Parameter

_PARAMETERS = f"""
Every number of the model, sector by sector: its value and 90 % range as stated before any calibration, its
distribution, its role, and where it comes from.
*Fit* is where the most probable run of the worldview `{DEFAULT_WORLDVIEW}` puts it, and *width* is how much of the
stated uncertainty is left there: 1.00 is all of it.
Above 0.90 the record says next to nothing, and the number is called *not identified*.
Draws of that worldview mix [rival accounts](calibration.md#the-mixture), each with a fit of its own.

- **uncertainty**: nature's, drawn by members of an ensemble unless its shape is `fixed`; **deep** where the record
  cannot settle it and a worldview may
- **switch**: a [loop](loops.md), 0 off to 1 on
- **lever**: ours to set in a scenario, moves in time
- **driver**: a dated input of history that nobody sets, moves in time
"""

_ASSUMPTIONS = """
What nobody has measured, or nobody whom we have read: every number whose source is the word *assumption*, and every
equation without a source.
The list is made from the model and cannot be forgotten.
An assumption is no error: its range says how unsure we are, and a better source is a welcome contribution.
"""


def parameters(model: Model) -> str:
    """Return the page of all numbers."""
    fit = calibrated(DEFAULT_WORLDVIEW)
    headings = ("Number", "Meaning", "Value:", "90 % range", "Unit", "Shape", "Role", "Fit:", "Width", "Source")
    parts = [
        f"## Sector: {sector}\n\n{markup.table(headings, [_row(each, fit) for each in own])}"
        for sector, own in _by_sector(model).items()
    ]
    uncertain = [each for each in model.parameters.values() if each.is_uncertain]
    felt = sum(fit.numbers[each.name].note != "not identified" for each in uncertain if each.name in fit.numbers)
    counted = (
        f"There are {len(model.parameters)} numbers, {len(uncertain)} of them uncertain; "
        f"the record narrows {felt} of these by a tenth or more."
    )
    return markup.page("Parameters", f"{_PARAMETERS}\n{counted}", *parts)


def _by_sector(model: Model) -> dict[str, list[Parameter]]:
    order = dict.fromkeys(each.sector for each in model.equations.values())
    found = {sector: [each for each in model.parameters.values() if each.sector == sector] for sector in order}
    return {sector: own for sector, own in found.items() if own}


def _row(each: Parameter, fit: Calibrated) -> tuple[str, ...]:
    span = " to ".join(markup.number(end) for end in each.range) if each.range and each.is_uncertain else "–"
    seen = fit.numbers.get(each.name)
    meaning = f"{markup.plainly(each.meaning)} {f'*{markup.plainly(each.note)}*' if each.note else ''}"
    width = f"{seen.spread:.2f}{f', {seen.note}' if seen.note else ''}" if seen else "–"
    role = f"{each.role}, deep" if each.deep else each.role
    return (
        f"{markup.anchor(each.name)}`{each.name}`",
        meaning,
        markup.number(each.value),
        span,
        markup.unit(each.unit),
        each.shape if each.role == "uncertainty" else "–",
        role,
        markup.number(seen.value) if seen else "–",
        width,
        markup.sources(each.source),
    )


def assumptions(model: Model) -> str:
    """Return the page of all that is assumed."""
    assumed = [each for each in model.parameters.values() if each.source == "assumption"]
    numbers = [each for each in assumed if each.role == "uncertainty"]
    acts = [each for each in assumed if each.role != "uncertainty"]
    formulas = [each for each in model.equations.values() if each.source is None]
    whole = sum(each.role == "uncertainty" for each in model.parameters.values())
    counts = (
        f"- {len(numbers)} of {whole} numbers about how the world works rest on an assumption, "
        f"{sum(each.deep for each in numbers)} of them deep\n"
        f"- {len(acts)} of {len(model.parameters) - whole} levers, drivers and switches: "
        "most are a scale from 0 to 1 that the project has defined, and need no source\n"
        f"- {len(formulas)} of {len(model.equations)} equations have no source; "
        "many only count, convert or start a stock"
    )
    by_number = [
        (markup.quantity(each.name, model), each.sector, _stated(each), markup.plainly(each.meaning),
         markup.plainly(each.note)) for each in numbers
    ]  # fmt: skip
    by_act = [
        (markup.quantity(each.name, model), each.role, markup.plainly(each.meaning), markup.plainly(each.note))
        for each in acts
    ]
    by_formula = [(markup.quantity(each.name, model), each.sector, each.kind, each.meaning) for each in formulas]
    return markup.page(
        "Assumptions",
        f"{_ASSUMPTIONS}\n{counts}",
        "## Numbers\n\n" + markup.table(("Number", "Sector", "Stated", "Meaning", "How we came by it"), by_number),
        "## Levers, drivers and switches\n\n" + markup.table(("Number", "Role", "Meaning", "Note"), by_act),
        "## Equations\n\n" + markup.table(("Quantity", "Sector", "Kind", "Meaning"), by_formula),
    )


def _stated(each: Parameter) -> str:
    middle = markup.number(each.value)
    if each.is_uncertain and each.range:
        middle += f" ({' to '.join(markup.number(end) for end in each.range)})"
    return middle if each.unit == "1" else f"{middle} {each.unit}"
