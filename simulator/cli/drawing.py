"""The figure that `run` and `tour` have in common: history against the record."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.cases import Case


def draw_history(case: Case, seed: int, folder: Path, source: str) -> None:
    """Draw a case against the record, with the forecast where the table of a run has it."""
    from simulator.cli.footing import calibrated_until
    from simulator.report.history_figure import history_figure, shown_until
    from simulator.report.looks import save
    from simulator.scoring.fan import fans

    until = calibrated_until(case.worldview)
    ahead = fans(case, shown_until(case, until), seed)
    save(history_figure(case, until=until, source=source, fans=ahead), folder / "history-against-record.png")
