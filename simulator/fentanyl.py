"""The shipped model: its sectors, listed in causal order."""

from __future__ import annotations

from functools import cache

from simulator.files import shipped
from simulator.model import Model
from simulator.parameters import sources


@cache
def fentanyl_model(*, check_units: bool = False) -> Model:
    """Assemble the shipped model.

    Args:
        check_units: also call every equation with pint quantities; the tests and `fentsim
            doctor` do, a run need not.

    Raises:
        SimulatorError: when an equation or a number has been edited into nonsense.
    """
    from simulator.sectors import (
        abroad,
        accounts,
        attention,
        border,
        care,
        costs,
        harm,
        justice,
        market,
        observed,
        precursors,
        production,
        relations,
        use,
    )

    sectors = (
        relations, precursors, production, border, abroad, market,
        use, care, justice, harm, attention, costs, accounts, observed,
    )  # fmt: skip
    return Model.of(*sectors, sources=sources(shipped("references.bib")), check_units=check_units)
