"""A design made ready to run: scenarios as tracks, worldviews as settings, members in blocks."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simulator import draws, provenance, scenario
from simulator.calling import called_each
from simulator.cases import INTEGRALS, START
from simulator.dates import MONTHS, month_starts
from simulator.experiments import faults, members
from simulator.experiments.sampling import Sampler
from simulator.fentanyl import fentanyl_model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.emission import System
    from simulator.experiments.design import Design
    from simulator.integrate.tracks import Tracks
    from simulator.model import Model

Array = np.ndarray[Any, np.dtype[np.float64]]

#: Members in a block: what is written, checked and, if need be, done again as a whole.
BLOCK = 1024


class Block(NamedTuple):
    """What is written at once: numbers of a scenario, a worldview and a run of members."""

    scenario: int
    worldview: int
    number: int

    def __str__(self) -> str:
        """Return the stem of its files."""
        return f"{self.scenario}-{self.worldview}-{self.number}"


@dataclass(frozen=True, eq=False)
class Plan:
    """All that a process needs to do any block of a sweep.

    Attributes:
        design: what was asked.
        path: of the design's file, from which all of this can be made again.
        model: what is integrated.
        sampler: where members stand.
        tracks: how the inputs move under each scenario.
        settings: the numbers each worldview fixes.
        texts: each scenario and worldview as it runs, for the record.
    """

    design: Design
    path: Path
    model: Model
    sampler: Sampler
    tracks: tuple[Tracks, ...]
    settings: tuple[Mapping[str, float], ...]
    texts: Mapping[str, str]

    @property
    def shape(self) -> tuple[int, int, int]:
        """How many scenarios, worldviews and members."""
        return len(self.design.scenarios), len(self.design.worldviews), self.sampler.members

    @property
    def runs(self) -> int:
        """How many integrations that makes."""
        return int(np.prod(self.shape))

    @property
    def blocks(self) -> list[Block]:
        """Every block, members first, so that scenarios of the same members follow each other."""
        scenarios, worldviews, count = self.shape
        numbers = range(-(-count // BLOCK))
        return [Block(s, w, n) for n in numbers for w in range(worldviews) for s in range(scenarios)]

    def members_of(self, number: int) -> tuple[int, int]:
        """Return the first member of a block, and the one after its last."""
        return number * BLOCK, min((number + 1) * BLOCK, self.sampler.members)

    @cached_property
    def rates(self) -> tuple[str, ...]:
        """The kept quantities that are rates, whose totals are integrated along."""
        equations = self.model.equations
        kept = self.design.keep.quantities
        moving = [name for name in kept if equations[name].kind != "stock"]
        return tuple(name for name in moving if equations[name].unit.endswith("/year"))

    @cached_property
    def integrals(self) -> tuple[str, ...]:
        """The totals of the system: those every run integrates, so that the compiled engine is shared."""
        return (*INTEGRALS, *(name for name in self.rates if name not in INTEGRALS))

    @cached_property
    def system(self) -> System:
        """The equations as the engine takes them."""
        return self.model.system(self.integrals)

    @cached_property
    def is_monthly(self) -> bool:
        """Whether anything is wanted by the month."""
        reduce = self.design.reduce
        return self.design.keep.resolution == "monthly" or (reduce is not None and reduce.resolution == "monthly")

    @cached_property
    def times(self) -> Array:
        """The instants at which the engine reports: month or year starts, the end included."""
        starts = month_starts(START, float(self.design.until))
        return starts if self.is_monthly else starts[::MONTHS]

    def constants(self, worldview: int, first: int, last: int) -> Array:
        """Return the numbers of members `first` to `last` under a worldview."""
        return members.constants(
            self.model,
            draws.calibrated(self.design.worldviews[worldview], self.settings[worldview]),
            self.settings[worldview],
            self.sampler,
            everything=isinstance(self.design.vary, str),
            first=first,
            last=last,
        )

    @cached_property
    def identity(self) -> dict[str, str]:
        """Return a hash of each thing on which numbers rest; a store belongs to one identity."""
        asked = self.design.model_dump(mode="json", exclude={"question", "vary"})
        varied = repr(self.design.vary if isinstance(self.design.vary, str) else dict(self.design.vary))
        courses = [array.tobytes() for each in self.tracks for array in (each.edges, each.levels, each.slopes)]
        held = json.dumps([dict(sorted(each.items())) for each in self.settings])
        return {
            "design": _hash(json.dumps(asked, sort_keys=True).encode(), varied.encode(), self.sampler.rows.tobytes()),
            "scenario or worldview": _hash(*courses, held.encode()),
            "set of numbers": provenance.parameters_hash(),
            "set of equations": _hash(repr(replace(self.system, starts=tuple(sorted(self.system.starts)))).encode()),
        }


def _hash(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.hexdigest()


def prepared(path: Path) -> Plan:
    """Return the plan of the design in a file.

    Raises:
        SimulatorError: listing every fault of the design.
    """
    model = fentanyl_model()
    design = faults.load(path, model)
    end = float(design.until)
    known = scenario.folders.named(beside=path.resolve())
    policies = called_each(known[name] for name in design.scenarios)
    beliefs = called_each(known[name] for name in design.worldviews)
    return Plan(
        design=design,
        path=path,
        model=model,
        sampler=Sampler.of(design, model, path.parent),
        tracks=tuple(scenario.resolve(each, model.parameters, START, end) for each in policies),
        settings=tuple(scenario.settings(each, model.parameters) for each in beliefs),
        texts={each.name: scenario.resolved_text(each, model.parameters) for each in (*policies, *beliefs)},
    )
