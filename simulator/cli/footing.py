"""What members rest on, said aloud where that is no shipped calibration."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from simulator.cli.telling import Teller

_NAMED = 4  # numbers told by name


def calibrated_until(worldview: str) -> float:
    """Return where the record that the members were calibrated to ends."""
    from simulator import fits
    from simulator.draws import DEFAULT_WORLDVIEW

    found = fits.shipped(worldview) or fits.shipped(DEFAULT_WORLDVIEW)
    return found.until if found is not None else 2025.0


def say_footing(
    teller: Teller,
    worldviews: Sequence[str | Path],
    overrides: Mapping[str, float] | None = None,
    *,
    prior: bool = False,
    beside: Path | None = None,
) -> None:
    """Say under which worldviews nothing was fitted to the record as it is run, and what that does to history.

    Args:
        teller: says it.
        worldviews, overrides, prior: of the run.
        beside: the debate that names the worldviews; files that lie beside it come before shipped ones.
    """
    from pathlib import Path

    from simulator import draws, scenario
    from simulator.calling import called
    from simulator.fentanyl import fentanyl_model

    if prior:
        teller.note("Members are drawn from stated ranges alone and were never held against the record: no forecast.")
        return
    model = fentanyl_model()
    for worldview in worldviews:
        belief = called(worldview, beside)
        settings = scenario.settings(belief, model.parameters)
        names = draws.overwritten(model, belief.name, settings, overrides)
        if names:
            told = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
            missed = _missed(Path(belief.path), overrides)
            teller.note(
                f"Not calibrated: under {belief.name}, numbers that the record feels ({told}) are set by hand in "
                f"members that were fitted without them.{missed} This is no forecast. To fit "
                "them, write them as a worldview into scenarios/worldviews/ and run: fentsim calibrate NAME --ship"
            )


def _missed(worldview: Path, overrides: Mapping[str, float] | None) -> str:
    """Say by how much the likeliest run misses the last years that were counted."""
    from simulator.cases import cases
    from simulator.errors import NumbersFailedError
    from simulator.report.agreement import LAST_YEARS, miss

    try:
        (case,) = cases(["history"], [worldview], until=calibrated_until(worldview.stem) + 1, overrides=overrides)
    except NumbersFailedError:
        return ""
    until = calibrated_until(case.worldview)
    error, target = miss(case.solution, until)
    years = f"{until - LAST_YEARS:.0f} to {until - 1:.0f}"
    return (
        f" Its likeliest run misses yearly synthetic-opioid deaths of {years} by {100 * error:.0f} % on average; "
        f"of a calibration we promise {100 * target:.0f} %."
    )
