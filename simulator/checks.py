"""Every reason for which a model is refused, one function each, named as a statement."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.errors import Problem, nearest
from simulator.language import OUTSIDE
from simulator.units import registry

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from simulator.language import Equation
    from simulator.parameters import Parameter


def names_are_taken_twice(equations: list[Equation], parameters: list[Parameter]) -> list[Problem]:
    """Two quantities with one name would be one wire."""
    places: dict[str, str] = {}
    problems = []
    things: list[Equation | Parameter] = [*equations, *parameters]
    for thing in things:
        if thing.name in places:
            fault = f'"{thing.name}" is already defined in {places[thing.name]}.'
            problems.append(Problem(f"{thing.sector}.{thing.name}", fault, "Give one of them another name."))
        places[thing.name] = thing.sector
    return problems


def causes_are_missing(equations: Mapping[str, Equation], parameters: Mapping[str, Parameter]) -> list[Problem]:
    """Every argument is a quantity or a parameter."""
    known = {*equations, *parameters}
    return [
        Problem(f"{equation.sector}.{equation.name}", f'There is no quantity "{cause}".', nearest(cause, known))
        for equation in equations.values()
        for cause in equation.causes
        if cause not in known
    ]


def pipes_lead_nowhere(equations: Mapping[str, Equation]) -> list[Problem]:
    """A flow leaves and enters stocks, or the cloud."""
    stocks = {name for name, equation in equations.items() if equation.kind == "stock"}
    return [
        Problem(f"{flow.sector}.{flow.name}", f'"{end}" is not a stock.', nearest(end, stocks))
        for flow in equations.values()
        if flow.kind == "flow"
        for end in (flow.leaves, flow.enters)
        if end not in stocks and end != OUTSIDE
    ]


def parameters_are_idle(equations: Mapping[str, Equation], parameters: Mapping[str, Parameter]) -> list[Problem]:
    """A number that nothing uses is a promise the model does not keep."""
    used = {cause for equation in equations.values() for cause in equation.causes}
    return [
        Problem(f"{parameter.sector}.{name}", "No equation uses this number.", "Remove it.")
        for name, parameter in parameters.items()
        if name not in used
    ]


def cycle_without_stock(graph: Mapping[str, AbstractSet[str]]) -> list[Problem]:
    """A loop of causes must pass through a stock, else nothing says which comes first."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        path = " -> ".join(reversed(error.args[1]))
        return [Problem(path, "These depend on each other at the same instant.", "Put a stock or a delay between.")]
    return []


def source_is_unknown(
    equations: Mapping[str, Equation], parameters: Mapping[str, Parameter], sources: AbstractSet[str]
) -> list[Problem]:
    """A source is a key of the bibliography, or for a number the word `assumption`."""
    cited = [(e.sector, e.name, e.source) for e in equations.values() if e.source is not None]
    cited += [(p.sector, p.name, p.source) for p in parameters.values() if p.source != "assumption"]
    problems = []
    for sector, name, source in cited:
        for key in (piece.partition(",")[0].strip() for piece in source.split(";")):
            if key not in sources:
                fault = f'The source "{key}" is not in references.bib.'
                remedy = nearest(key, sources) or "Add it, or say assumption."
                problems.append(Problem(f"{sector}.{name}", fault, remedy))
    return problems


def units_disagree(equations: Mapping[str, Equation], parameters: Mapping[str, Parameter]) -> list[Problem]:
    """Call every equation with quantities and compare what comes back with what it promises.

    The values are unequal and above zero, so that nothing cancels or divides by nothing;
    only the dimension of the answer is looked at.
    """
    units = registry()
    quantities: dict[str, Any] = {}
    problems = []
    things: list[Equation | Parameter] = [*equations.values(), *parameters.values()]
    for number, thing in enumerate(things):
        try:
            quantities[thing.name] = units.Quantity(1.0 + number / 1000, thing.unit)
        except Exception:  # noqa: BLE001 - pint raises many kinds for one fault
            fault = f'"{thing.unit}" is not a unit.'
            problems.append(Problem(f"{thing.sector}.{thing.name}", fault, "Use units such as person/year or kg."))
    for equation in equations.values():
        if equation.name in quantities and all(cause in quantities for cause in equation.causes):
            problems += _disagreement(equation, quantities, units)
    return problems


def _disagreement(equation: Equation, quantities: dict[str, Any], units: Any) -> list[Problem]:  # noqa: ANN401
    place = f"{equation.sector}.{equation.name}"
    with np.errstate(all="ignore"):
        try:
            answer = units.Quantity(equation(*(quantities[cause] for cause in equation.causes)))
        except Exception as reason:  # noqa: BLE001 - pint raises many kinds for one fault
            return [Problem(place, f"The units do not fit together: {reason}.", f"It should give {equation.unit}.")]
    if answer.dimensionality != units.Unit(equation.unit).dimensionality:
        fault = f"The formula gives {answer.units or 'a pure number'}, not {equation.unit}."
        return [Problem(place, fault, "Mend the formula or the unit.")]
    if not np.isclose(units.Quantity(1, answer.units).to(equation.unit).magnitude, 1):
        fault = f"The formula gives {answer.units}, which is a multiple of {equation.unit}."
        return [Problem(place, fault, "Choose units that need no factor.")]
    return []


def flows_have_the_wrong_unit(equations: Mapping[str, Equation]) -> list[Problem]:
    """A flow's unit is that of the stocks at its ends, a year."""
    units = registry()
    problems = []
    spelt = {name for name, equation in equations.items() if _is_spelt(equation.unit)}
    for flow in (equation for equation in equations.values() if equation.kind == "flow" and equation.name in spelt):
        for end in ({flow.leaves, flow.enters} - {OUTSIDE}) & spelt:
            wanted = units.Unit(equations[end].unit) / units.year
            if units.Unit(flow.unit) != wanted:
                fault = f'"{end}" is in {equations[end].unit}, so this flow is in {equations[end].unit}/year, '
                problems.append(Problem(f"{flow.sector}.{flow.name}", f"{fault}not {flow.unit}.", "Mend the unit."))
    return problems


def _is_spelt(unit: str) -> bool:
    """Return whether pint knows the unit; `units_disagree` tells where it does not."""
    try:
        registry().Unit(unit)
    except Exception:  # noqa: BLE001 - pint raises many kinds for one fault
        return False
    return True


def sentences_are_missing(equations: Mapping[str, Equation]) -> list[Problem]:
    """Every equation says in one sentence what causes it."""
    return [
        Problem(f"{equation.sector}.{equation.name}", "It has no sentence.", "Say in one what causes it.")
        for equation in equations.values()
        if not equation.meaning.endswith(".")
    ]
