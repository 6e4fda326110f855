"""A model: equations and numbers, gathered, checked, wired by name and put in order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from graphlib import TopologicalSorter
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from simulator import checks
from simulator.emission import System
from simulator.errors import Problem, SimulatorError, nearest, refuse
from simulator.language import Equation
from simulator.parameters import Parameter, load
from simulator.units import resolution

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from types import ModuleType


@dataclass(frozen=True, eq=False)
class Model:
    """Equations and parameters whose wiring has been checked.

    Attributes:
        equations: every stock, flow and auxiliary by name, in the order of the sectors.
        parameters: every number by name.
    """

    equations: Mapping[str, Equation]
    parameters: Mapping[str, Parameter]

    @classmethod
    def of(
        cls,
        *sectors: ModuleType,
        parameters: Iterable[Parameter] | None = None,
        sources: AbstractSet[str] | None = None,
        check_units: bool = True,
    ) -> Model:
        """Gather sectors in causal order, check everything, and return the model.

        Args:
            sectors: modules of equations; each one's numbers lie beside it as `<name>.yaml`.
            parameters: numbers to use in place of the files beside the sectors.
            sources: known keys of the bibliography; None leaves sources unchecked.
            check_units: call every equation with pint quantities (about 0.4 s for the
                shipped model, whose tests do it; a run need not).

        Raises:
            SimulatorError: listing every fault that was found.
        """
        equations = [e for sector in sectors for e in vars(sector).values() if isinstance(e, Equation)]
        numbers = list(parameters) if parameters is not None else _beside(sectors)
        refuse(checks.names_are_taken_twice(equations, numbers), "Names must be unique.")
        model = cls(
            MappingProxyType({equation.name: equation for equation in equations}),
            MappingProxyType({number.name: number for number in numbers}),
        )
        refuse(model.faults(sources=sources, check_units=check_units), "The model does not assemble.")
        return model

    def faults(self, *, sources: AbstractSet[str] | None = None, check_units: bool = True) -> list[Problem]:
        """Return everything that is wrong with the wiring, the units and the sources."""
        found = checks.causes_are_missing(self.equations, self.parameters)
        found += checks.pipes_lead_nowhere(self.equations)
        found += checks.sentences_are_missing(self.equations)
        if found:
            return found
        found += checks.parameters_are_idle(self.equations, self.parameters)
        found += checks.cycle_without_stock(self.graph)
        if sources is not None:
            found += checks.source_is_unknown(self.equations, self.parameters, sources)
        if check_units:
            found += checks.flows_have_the_wrong_unit(self.equations)
            found += checks.units_disagree(self.equations, self.parameters)
        return found

    def _named(self, kind: str) -> tuple[str, ...]:
        return tuple(name for name, equation in self.equations.items() if equation.kind == kind)

    @cached_property
    def stocks(self) -> tuple[str, ...]:
        """The names of the stocks, in the order of the state vector."""
        return self._named("stock")

    @cached_property
    def flows(self) -> tuple[str, ...]:
        """The names of the flows."""
        return self._named("flow")

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """The levers and drivers: parameters that may move in time."""
        return tuple(name for name, parameter in self.parameters.items() if parameter.is_input)

    @cached_property
    def constants(self) -> tuple[str, ...]:
        """The parameters that hold still during a run."""
        return tuple(name for name, parameter in self.parameters.items() if not parameter.is_input)

    @cached_property
    def graph(self) -> dict[str, set[str]]:
        """Causes of every flow and auxiliary at one instant (stocks and numbers are given)."""
        return {
            name: {cause for cause in equation.causes if cause in self.equations and cause not in self.stocks}
            for name, equation in self.equations.items()
            if equation.kind != "stock"
        }

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Flows and auxiliaries, causes first, otherwise in the order they are written."""
        sorter = TopologicalSorter({name: sorted(causes) for name, causes in self.graph.items()})
        return tuple(sorter.static_order())

    @lru_cache(maxsize=16)  # noqa: B019 - a model lives as long as the process
    def system(self, integrals: tuple[str, ...] = ()) -> System:
        """Return what an integrator needs to know, and nothing of the subject.

        Args:
            integrals: quantities whose running totals join the state.

        Raises:
            SimulatorError: for an integral that the model does not have.
        """
        strangers = [name for name in integrals if name not in self.equations]
        refuse([Problem(n, "It is no quantity of the model.", nearest(n, self.equations)) for n in strangers])
        needed = self.ancestors((*self.flows, *integrals))
        rates = net_rates(self.stocks, self.equations)
        units = [self.equations[name].unit for name in self.stocks]
        totals = [self.equations[name].unit.removesuffix("/year") for name in integrals]
        return System(
            states=(*self.stocks, *(f"total_{name}" for name in integrals)),
            constants=self.constants,
            inputs=self.inputs,
            assignments=tuple((name, self.equations[name].expression) for name in self.order if name in needed),
            rates=(*rates.values(), *integrals),
            scales=tuple(resolution(unit) for unit in (*units, *totals)),
            starts=self._starts(),
        )

    def ancestors(self, names: Iterable[str]) -> set[str]:
        """Return the flows and auxiliaries that `names` depend on at one instant, themselves included."""
        waiting = [name for name in names if name in self.graph]
        found: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self.graph[name]
        return found

    def _starts(self) -> tuple[tuple[str, str], ...]:
        """Order the initial values, which may rest on numbers, on each other and on auxiliaries."""
        needed: dict[str, set[str]] = {}
        waiting = list(self.stocks)
        while waiting:
            name = waiting.pop()
            if name not in needed:
                needed[name] = {cause for cause in self.equations[name].causes if cause in self.equations}
                waiting += sorted(needed[name])
        faults = checks.cycle_without_stock(needed)
        if faults:
            raise SimulatorError(faults, "The initial values go round in a circle.")
        order = TopologicalSorter({name: sorted(causes) for name, causes in needed.items()}).static_order()
        chosen = [(name, self.equations[name].expression) for name in order if name in needed]
        return tuple(chosen)

    def describe(self, name: str) -> Equation | Parameter:
        """Return the equation or parameter of that name.

        Raises:
            SimulatorError: naming the nearest quantity.
        """
        found = self.equations.get(name) or self.parameters.get(name)
        if found is None:
            known = {*self.equations, *self.parameters}
            raise SimulatorError([Problem(name, "There is no quantity of that name.", nearest(name, known))])
        return found


def net_rates(stocks: Sequence[str], equations: Mapping[str, Equation]) -> dict[str, str]:
    """Derive every stock's net rate from the pipes; nobody is lost to a forgotten minus."""
    terms: dict[str, list[str]] = {name: [] for name in stocks}
    for flow in (equation for equation in equations.values() if equation.kind == "flow"):
        if flow.enters in terms:
            terms[flow.enters].append(f"+ {flow.name}")
        if flow.leaves in terms:
            terms[flow.leaves].append(f"- {flow.name}")
    return {name: " ".join(parts).removeprefix("+ ") or "0.0" for name, parts in terms.items()}


def _beside(sectors: Iterable[ModuleType]) -> list[Parameter]:
    """Load the YAML that lies beside each sector."""
    found: list[Parameter] = []
    for sector in sectors:
        path = Path(str(sector.__file__)).with_suffix(".yaml")
        if path.exists():
            found += load(path).values()
    return found
