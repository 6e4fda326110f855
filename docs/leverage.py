"""The picture of leverage, for its page: `python -m docs.leverage` (about half a minute), after each calibration."""

from __future__ import annotations

from pathlib import Path

from simulator.analysis.leverage_figure import leverage_figure
from simulator.report import looks

PICTURE = Path(__file__).parent / "images" / "leverage.png"


def draw() -> None:
    """Draw the picture and keep it beside the page."""
    PICTURE.parent.mkdir(exist_ok=True)
    looks.save(leverage_figure(), PICTURE)


if __name__ == "__main__":
    draw()
