"""The picture of why deaths fell, from shipped results: `python -m docs.attribution_picture`.

Draw it again whenever `fentsim validate --attribution --ship` has measured again.
"""

from __future__ import annotations

import sys
from pathlib import Path

from simulator.report import looks
from simulator.validation import shipping
from simulator.validation.attribution_figure import attribution_figure

PICTURE = Path(__file__).parent / "images" / "why-deaths-fell.png"


def draw(path: Path = PICTURE, folder: Path | None = None) -> bool:
    """Draw the picture of results, those that ship unless a folder is given; return whether there were any."""
    header, rows = shipping.read("attribution", folder)
    if not rows:
        return False
    path.parent.mkdir(exist_ok=True)
    looks.save(attribution_figure(rows, f"{header['again']}; {rows[0]['members']} members each."), path)
    return True


if __name__ == "__main__":
    if not draw():
        sys.exit("Nothing was measured yet. Run first: fentsim validate --attribution --ship")
