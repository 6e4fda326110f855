"""The record: what was counted, by whom, over which time, and how sure we are of it.

One CSV a series, headed by its source; `evidence` reads one with its dates and notes,
`record` the same as plain arrays for the calibration. What quantity of the model each
series measures is said in `observation.py`.
"""

from simulator.record.labelled import evidence, published_models, timeline
from simulator.record.reading import STATUSES, Record, record, series

__all__ = ["STATUSES", "Record", "evidence", "published_models", "record", "series", "timeline"]
