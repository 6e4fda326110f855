"""One model, some scenarios, many members: a Dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator import dataset, draws
from simulator.cases import END, Engine, cases, listed
from simulator.errors import Problem, nearest, refuse
from simulator.fentanyl import fentanyl_model

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import xarray as xr


def simulate(  # noqa: PLR0913 - settings of a run, by name
    scenarios: Sequence[str | Path] | Path,
    worldviews: Sequence[str | Path] | Path = (draws.DEFAULT_WORLDVIEW,),
    *,
    members: int = 1,
    seed: int = 1,
    until: float = END,
    engine: Engine = "auto",
    overrides: Mapping[str, float] | None = None,
    prior: bool = False,
    keep: Sequence[str] = (),
    progress: Callable[[int, int], None] | None = None,
    command: str = "",
) -> xr.Dataset:
    """Run scenarios under worldviews and return what came out, labelled.

    Args:
        scenarios: names of shipped scenarios, or paths of files; a single one needs no list.
        worldviews: likewise.
        members: 1 is the most probable run; more are drawn from the calibration.
        seed: of all draws; the same members meet every scenario and worldview.
        until: 1 January of this year ends the run.
        engine: `reference` (scipy), `ensemble` (compiled) or `auto`.
        overrides: numbers to fix, by name.
        prior: draw from the stated ranges alone, without the record.
        keep: further quantities to report.
        progress: told `(done, all)` after every scenario and worldview.
        command: what the user typed, for the record.

    Returns:
        A Dataset with dims (scenario, worldview, member, time); see `simulator.dataset`.

    Raises:
        SimulatorError: for anything wrong with what was asked, all at once.
        NumbersFailedError: when numbers stop being finite, naming quantity and date.
    """
    model = fentanyl_model()
    kept = [str(name) for name in listed(keep)]
    strangers = [name for name in kept if name not in model.equations]
    refuse([Problem(n, "There is no quantity of that name.", nearest(n, model.equations)) for n in strangers])
    solved = cases(
        scenarios, worldviews, members=members, seed=seed, until=until, engine=engine, overrides=overrides,
        prior=prior, progress=progress,
    )  # fmt: skip
    return dataset.build(solved, seed=seed, keep=tuple(kept), command=command)
