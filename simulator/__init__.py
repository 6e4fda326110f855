"""A policy system-dynamics simulator of the US fentanyl crisis.

    >>> import simulator
    >>> ds = simulator.simulate(["history"], members=1)
    >>> simulator.annual(ds).synthetic_opioid_deaths

Names listed here are public and stable; everything else may move.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.dataset import annual as annual
    from simulator.errors import NumbersFailedError as NumbersFailedError
    from simulator.errors import SimulatorError as SimulatorError
    from simulator.fentanyl import fentanyl_model as fentanyl_model
    from simulator.record import evidence as evidence
    from simulator.running import simulate as simulate

#: Loaded when first asked for, so that `import simulator` costs nothing.
_PLACES = {
    "NumbersFailedError": "simulator.errors",
    "SimulatorError": "simulator.errors",
    "annual": "simulator.dataset",
    "evidence": "simulator.record",
    "fentanyl_model": "simulator.fentanyl",
    "simulate": "simulator.running",
}

__all__ = list(_PLACES)


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    """Import a public name from where it lives."""
    if name not in _PLACES:
        message = f"module 'simulator' has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module

    found = getattr(import_module(_PLACES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """List the public names, loaded or not, for whoever explores with a key."""
    return sorted({*globals(), *__all__})
