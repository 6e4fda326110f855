"""How the record sees the model: what each series measures, and how closely it should agree.

One entry a series. A quantity of the model is averaged over the very interval of each
row of the record (a fiscal year, a month), turned into what was measured, and compared
on the logarithmic scale. The spread is measurement and definition together, stated as a
relative standard deviation. What rows of a series have in common is the likelihood's matter
(`calibration/likelihood.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from simulator.record.reading import Floats, Record, record

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike


class Simulated(Protocol):
    """What this page needs of a solution."""

    def mean_between(self, name: str, starts: ArrayLike, ends: ArrayLike) -> np.ndarray:
        """Return the mean of a quantity over intervals; shape (member, interval)."""


#: Median purity, and spread of the logarithm, at which half of pills hold 2 mg: the DEA's
#: figures of 2017-2024 lie on this normal curve with nothing left to fit (`dea_fpp`).
PILL_CENTRE = 0.114
PILL_SPREAD = 0.76
#: Relative change by which the slope of what was measured is found.
_SMALL = 1e-6


@dataclass(frozen=True, slots=True)
class Observation:
    """One series of the record and the quantity that it measures.

    Attributes:
        series: the file in this folder.
        quantity: the quantity of the model.
        spread: relative standard deviation of record against model.
        target: largest mean absolute percentage error that the project promises, or None.
        since: rows before this year say something else and are left out.
        why: where spread and definition come from.
        sees: turns the quantity into what was measured, where that is another thing.
        weights: spreads of single rows relative to the rest, by the year they start in.
        offset: added to both sides before the logarithm, where the record holds zeros.
        shared: share of the variance that neighbours in time have in common; see the likelihood.
        told_elsewhere: rows that end after this are another series added up: shown and scored, but not fitted to.
    """

    series: str
    quantity: str
    spread: float
    target: float | None
    since: float
    why: str
    sees: Callable[[np.ndarray], np.ndarray] | None = None
    weights: tuple[tuple[int, float], ...] = ()
    offset: float = 0.0
    shared: float = 0.5
    told_elsewhere: float = np.inf

    def rows(self, until: float = np.inf) -> Record:
        """Return the part of the record that is compared, up to `until`."""
        return record(self.series).since(self.since, until)

    def fitted(self, until: float) -> Record:
        """Return the part of the record up to `until` that a calibration is held to: no row beside its parts."""
        return self.rows(min(until, self.told_elsewhere))

    def predicted(self, solution: Simulated, rows: Record) -> np.ndarray:
        """Return what the record should have shown; shape (member, row)."""
        means = solution.mean_between(self.quantity, rows.starts, rows.ends)
        if rows.header["cell_methods"] == "time: sum":
            means = means * (rows.ends - rows.starts)
        return means if self.sees is None else self.sees(means)

    def relative_slopes(self, solution: Simulated, rows: Record) -> np.ndarray:
        """Return how the log of what is predicted, offset added, follows the quantity's mean; (member, row)."""
        means = solution.mean_between(self.quantity, rows.starts, rows.ends)
        bent = means * (1 + _SMALL)
        seen, other = (each if self.sees is None else self.sees(each) for each in (means, bent))
        length = rows.ends - rows.starts if rows.header["cell_methods"] == "time: sum" else 1.0
        return np.asarray((other - seen) / (bent - means) * length / (seen * length + self.offset))

    def spreads(self, rows: Record) -> Floats:
        """Return the relative standard deviation of each row; shape (row,)."""
        extra = dict(self.weights)
        return np.array([self.spread * extra.get(int(start), 1.0) for start in rows.starts])


def share_of_strong_pills(purity: np.ndarray) -> np.ndarray:
    """Return the share of pills with at least 2 mg where powder has this purity.

    Source: `dea_fpp`, `dea_ndta_2024`, `dea_ndta_2025`: a normal curve in the log of purity.
    """
    from scipy.special import ndtr

    return np.asarray(ndtr(np.log(np.maximum(purity, 1e-9) / PILL_CENTRE) / PILL_SPREAD))


OBSERVATIONS = (
    Observation(
        "synthetic_opioid_deaths", "synthetic_opioid_deaths", 0.025, 0.05, 2013,
        "Final counts; unspecified drugs hid up to 15 percent before 2015. From 2022 on the months are fitted to.",
        weights=((2013, 3.0), (2014, 2.0)), shared=0.2, told_elsewhere=2022,
    ),
    Observation(
        "synthetic_opioid_deaths_monthly", "synthetic_opioid_deaths", 0.03, 0.05, 2022,
        "Monthly noise of 3 percent; final counts, of which little errs for months on end.", shared=0.2,
    ),
    Observation(
        "heroin_deaths", "heroin_deaths", 0.06, 0.10, 2013,
        "Final counts; naming of heroin beside fentanyl varies among examiners.",
    ),
    Observation(
        "opioid_deaths", "opioid_deaths", 0.06, None, 2013,
        "Final counts, any opioid, each death once.",
    ),
    Observation(
        "people_in_medication_treatment", "people_in_treatment", 0.05, 0.08, 2013,
        "Derived: annual patients to a number at a point in time, ratio 0.45 to 0.62.",
    ),
    Observation(
        "pills_with_2mg_or_more", "purity", 0.13, 0.20, 2017,
        "Laboratory samples of seizures.",
        sees=share_of_strong_pills,
    ),
    Observation(
        "powder_purity", "purity", 0.12, 0.20, 2018,
        "Laboratory samples of seizures; 2021 is recalled with low confidence.",
        weights=((2021, 2.5),),
    ),
    Observation(
        "fentanyl_share_of_lab_samples", "fentanyl_share", 0.12, 0.20, 2013,
        "Share of laboratory reports, not of use.",
        weights=((2013, 2.0),),
    ),
    Observation(
        "seizures_reported", "seizures_reported", 0.22, 0.30, 2016.5,
        "Gross pounds; fiscal 2017 is ports and mail only; a few large seizures move a year.",
        weights=((2016, 1.5),),
    ),
    Observation(
        "heroin_use_disorder", "illicit_use_disorder", 0.20, None, 2013,
        "Survey times a multiplier of three; households only.",
    ),
    Observation(
        "prescription_misuse", "prescription_misuse", 0.10, None, 2013,
        "Survey; question changed in 2015.",
    ),
    Observation(
        "cooperation_index", "cooperation", 0.60, None, 2015,
        "A judgement by period; zero stands for formal suspension.",
        offset=0.1,
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Anchor:
    """A single published figure that the model should be near, with its spread on the log scale.

    Attributes:
        quantity: of the model.
        start, end: the interval over which it is averaged.
        value, spread: the figure, and its relative standard deviation.
        source: a key of the bibliography and what it says.
        offset: added to both sides before the logarithm, where nothing at all is possible.
    """

    quantity: str
    start: float
    end: float
    value: float
    spread: float
    source: str
    offset: float = 0.0

    def distance(self, seen: np.ndarray) -> np.ndarray:
        """Return how far what the model has is from the figure, in standard deviations; same shape."""
        return np.asarray(np.log((seen + self.offset) / (self.value + self.offset)) / self.spread)


ANCHORS = (
    Anchor("fentanyl_consumed", 2021, 2022, 4000.0, 0.45, "kilmer2022consumption, single-digit tonnes; commission2022"),
    Anchor(
        "unaware_share",
        2022,
        2023,
        0.12,
        0.6,
        "odonnell2023, counterfeit pills in 4.4 percent of deaths; premortem2022, no sign of earlier use in 35 percent",
    ),
    Anchor("naloxone_coverage", 2019, 2020, 0.2, 0.35, "lim2022, chance in 2019"),
    Anchor("seizure_share", 2022.75, 2023.75, 0.2, 0.45, "cbp_seizures against consumption, 8 to 40 percent"),
    Anchor("seizure_share", 2016.75, 2017.75, 0.08, 0.5, "cbp_seizures against consumption, before the build-up"),
    Anchor("cartel_workforce", 2022, 2023, 175000.0, 0.04, "prietocuriel2023, 160,000 to 185,000"),
    Anchor("price", 2021, 2022, 1000.0, 0.5, "kilmer2022price; press_price_reports, 2 dollars for 2.2 mg"),
    Anchor("use_overdose_rate", 2017, 2022, 0.41, 0.35, "shealey2024, 0.32 to 0.53 a year since 2016"),
    Anchor(
        "other_synthetics_share",
        2023.5,
        2024.5,
        0.01,
        0.5,
        "tanz2024, 34 deaths a month with carfentanil among some 5,000; others are rarer still or unseen",
        0.01,
    ),
    Anchor("incarcerated", 2018, 2019, 110000.0, 0.5, "nasem_incarcerated_oud, 15 percent, not all illicit"),
)
