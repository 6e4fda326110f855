"""Read a series with its labels: dates, statuses and notes travel with the numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.files import package
from simulator.record.citation import cite
from simulator.record.reading import record, table

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

_DATES = "datetime64[ns]"
_NUMBERS = ("value", "low", "high", "observed")


def evidence(name: str) -> xr.DataArray:
    """Return the series called `name`, with when, how sure and from where.

    The coordinates `time` (start), `end`, `status`, `note` and, where a file holds more than
    one thing, `measure` lie along `time`; the attributes carry unit, definition and citation.

    Raises:
        SimulatorError: when there is no such series; the nearest name is proposed.
    """
    import xarray as xr

    found = record(name)
    coordinates = {
        "time": np.array([start for start, _ in found.spans], dtype=_DATES),
        "end": ("time", np.array([end for _, end in found.spans], dtype=_DATES)),
        "status": ("time", list(found.statuses)),
        "note": ("time", list(found.notes)),
    }
    if any(found.measures):
        coordinates["measure"] = ("time", list(found.measures))
    kept = ("publisher", "definition", "frequency", "cell_methods", "retrieved", "note")
    attributes = {key: found.header[key] for key in kept} | {
        "units": found.unit,
        "long_name": found.header["title"],
        "source": cite(found.header["source"]),
        "references": "; ".join(found.sources),
    }
    return xr.DataArray(found.values.copy(), coordinates, ["time"], name, attributes)


def timeline() -> pd.DataFrame:
    """Return the dated policies and shocks, earliest first.

    `precision` says whether the day, the month or only the year is known.
    """
    import pandas as pd

    frame = _frame("timeline")
    return frame.assign(date=pd.to_datetime(frame["date"]))


def published_models() -> pd.DataFrame:
    """Return the headline results of published models, to compare ours with."""
    import pandas as pd

    frame = _frame("published_models")
    return frame.assign(**{column: pd.to_numeric(frame[column]) for column in _NUMBERS})


def _frame(name: str) -> pd.DataFrame:
    import pandas as pd

    header, rows = table(package("record", f"{name}.csv"))
    frame = pd.DataFrame([row for _, row in rows])
    frame.attrs = header
    return frame
