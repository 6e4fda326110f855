"""The numbers of the model: value, unit, 90 % range, distribution and source.

A range is stated as people know it, a central value and the 5th and 95th percentile;
this module finds the distribution. Draws go through a standard normal `z`, so that
calibration, priors and common random numbers all speak of the same coordinate:
z = 0 is the value, z = -1.645 and +1.645 are the ends of the range.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from simulator.errors import Problem, SimulatorError, refuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: Standard normal 95th percentile: the distance in z from a value to an end of its 90 % range.
Z95 = 1.6448536269514722

Shape = Literal["lognormal", "normal", "logit", "uniform", "fixed"]
Role = Literal["uncertainty", "switch", "lever", "driver"]

#: Units of a time: rates are divided by it, so that it cannot be zero.
_TIMES = ("year", "month", "week", "day")


class Parameter(BaseModel):
    """One number of the model and everything a hostile reviewer asks of it.

    Attributes:
        role: `uncertainty` (nature's), `switch` (a loop, 0 off to 1 on), `lever` (ours to
            set, moves in time), `driver` (a dated input of history that nobody sets).
        range: 5th and 95th percentile, the value being the median; for `uniform`, the ends.
        limits: values outside are refused, whoever asks for them; without any, its shape sets bounds.
        deep: an uncertainty that the record cannot settle and a worldview may.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    sector: str
    meaning: str = Field(min_length=8)
    unit: str
    value: float
    range: tuple[float, float] | None = None
    shape: Shape = "lognormal"
    role: Role = "uncertainty"
    limits: tuple[float, float] | None = None
    deep: bool = False
    source: str
    note: str = ""

    @model_validator(mode="after")
    def _tells_its_story(self) -> Parameter:
        if not np.isfinite([self.value, *(self.range or ()), *(self.limits or ())]).all():
            raise ValueError("its numbers are finite")
        if self.limits and not self.limits[0] <= self.value <= self.limits[1]:
            raise ValueError("the value lies within the limits")
        if self.source == "assumption" and not self.note:
            raise ValueError("an assumption explains itself in a note")
        if self.shape == "fixed" or self.role in ("switch", "lever", "driver"):
            if self.role == "uncertainty" and not self.note:
                raise ValueError("a fixed number explains itself in a note")
            return self
        if self.range is None:
            raise ValueError('an uncertainty has a range, or "shape: fixed" with a note')
        low, high = self.range
        if not low < high or not low <= self.value <= high:
            raise ValueError("the range runs from low to high around the value")
        if self.shape == "lognormal" and low <= 0:
            raise ValueError("a lognormal range is above zero")
        if self.shape == "logit" and not (low > 0 and high < 1):
            raise ValueError("a logit range lies strictly between 0 and 1")
        return self

    @property
    def is_input(self) -> bool:
        """Whether it moves in time (a lever or a driver)."""
        return self.role in ("lever", "driver")

    @property
    def is_uncertain(self) -> bool:
        """Whether members of an ensemble draw it."""
        return self.role == "uncertainty" and self.shape != "fixed"

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the most it can be: its limits or, where none are stated, what its role and shape leave.

        Zero is meant where the bounds hold it: it switches an effect off. Only a time is more than zero.
        """
        if self.limits:
            return self.limits
        if self.role == "switch" or (self.role == "uncertainty" and self.shape == "logit"):
            return 0.0, 1.0
        free = self.is_input or self.shape in ("normal", "uniform") or self.value < 0
        return (-math.inf if free else 0.0), math.inf

    @property
    def _takes_time(self) -> bool:
        return self.unit in _TIMES and self.value > 0 and not self.limits and self.bounds[0] == 0

    def allows(self, value: Any) -> Any:  # noqa: ANN401 - a number or an array, as given
        """Whether it can have this value (same shape)."""
        low, high = self.bounds
        found = np.isfinite(value) & (low <= value) & (value <= high)
        return found & (value > 0) if self._takes_time else found

    @property
    def advice(self) -> str:
        """What to write instead of a value that is not allowed, and why."""
        low, high = self.bounds
        unit = "" if self.unit == "1" else f" {self.unit}"
        if self._takes_time:
            return f"Stay above 0{unit}: it is a time, and nothing happens in none."
        if math.isinf(high):
            return f"Stay at 0{unit} or above: it cannot be negative." if low == 0 else "Give a finite number."
        reason = ": 0 is off, 1 is on" if self.role == "switch" else "" if self.limits else ": it is a share"
        return f"Stay within {low:g} to {high:g}{unit}{reason}."

    def at(self, z: Any) -> Any:  # noqa: ANN401 - a number or an array, as given
        """Return the value at standard normal coordinate `z` (same shape).

        The distribution is two-piece, so that the value is exactly the median and both
        ends of the range are exactly the 5th and 95th percentile.
        """
        if not self.is_uncertain or self.range is None:
            return self.value + 0 * z
        found = _stretched(self.shape, self.value, *self.range, z)
        return np.clip(found, *self.limits) if self.limits and self.shape != "uniform" else found

    def locate(self, value: float) -> float:
        """Return the `z` at which `at(z)` is `value`: how surprising a value is."""
        if not self.is_uncertain or self.range is None:
            return 0.0
        low, high = self.range
        if self.shape == "uniform":
            return _normal_quantile((value - low) / (high - low))
        forward, _ = _COORDINATES[self.shape]
        middle = forward(self.value)
        step = (middle - forward(low) if value < self.value else forward(high) - middle) / Z95
        return float((forward(value) - middle) / step)


def at_once(parameters: Sequence[Parameter], z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the values of many uncertain parameters, as `Parameter.at` has each; shape as `z`.

    Args:
        parameters: uncertain ones.
        z: standard normal coordinates; shape (member, parameter).
    """
    found = np.empty(z.shape)
    for shape in {each.shape for each in parameters}:
        columns = [column for column, each in enumerate(parameters) if each.shape == shape]
        mine = [parameters[column] for column in columns]
        value, low, high = np.array([(each.value, *(each.range or ())) for each in mine]).T
        values = _stretched(shape, value, low, high, z[:, columns])
        if shape != "uniform":
            least, most = np.array([each.limits or (-np.inf, np.inf) for each in mine]).T
            values = np.clip(values, least, most)
        found[:, columns] = values
    return found


def _stretched(shape: Shape, value: Any, low: Any, high: Any, z: Any) -> Any:  # noqa: ANN401 - numbers or arrays alike
    """Return what a shape makes of standard normal coordinates, limits apart."""
    if shape == "uniform":
        return low + (high - low) * _normal_share(z)
    forward, back = _COORDINATES[shape]
    middle = forward(value)
    step = np.where(np.asarray(z) < 0, middle - forward(low), forward(high) - middle) / Z95
    return back(middle + step * z)


def _normal_share(z: Any) -> Any:  # noqa: ANN401
    from scipy.special import ndtr

    return ndtr(z)


def _normal_quantile(share: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(min(max(share, 1e-6), 1 - 1e-6)))


#: How each shape is stretched onto the line on which it is normal, and back.
_COORDINATES: dict[str, Any] = {
    "lognormal": (np.log, np.exp),
    "normal": (lambda x: x, lambda x: x),
    "logit": (lambda x: np.log(x / (1 - x)), lambda y: 1 / (1 + np.exp(-y))),
}


def load(path: Path) -> dict[str, Parameter]:
    """Read one sector's YAML of parameters.

    Raises:
        SimulatorError: listing every record that does not tell its whole story.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where there is one: ten times faster
    records = yaml.load(path.read_bytes(), Loader=loader) or {}  # noqa: S506 - a safe loader
    found: dict[str, Parameter] = {}
    names = re.findall(r"^(\w+):", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    problems = [
        Problem(f"{path.name}: {name}", "It stands there twice.", "Keep one of them.")
        for name, times in Counter(names).items()
        if times > 1
    ]
    for name, record in records.items():
        try:
            found[name] = Parameter(name=name, sector=path.stem, **record)
        except ValidationError as error:
            problems += [_translated(path, name, fault) for fault in error.errors()]
        except TypeError as error:
            problems.append(Problem(f"{path.name}: {name}", f"{error}.", "Write the fields of a parameter."))
    refuse(problems, f"{len(problems)} things are wrong with {path.name}.")
    return found


def _translated(path: Path, name: str, fault: Any) -> Problem:  # noqa: ANN401 - pydantic's ErrorDetails
    place = ".".join(str(part) for part in (name, *fault["loc"]))
    text = fault["msg"].removeprefix("Value error, ").removesuffix(".")
    return Problem(f"{path.name}: {place}", f"{text}.", "See docs/schema/parameters.json.")


@cache
def sources(bibliography: Path) -> frozenset[str]:
    """Return the keys of a BibTeX file."""
    lines = bibliography.read_text(encoding="utf-8").splitlines()
    return frozenset(line.partition("{")[2].rstrip(", ") for line in lines if line.startswith("@"))


def unknown(name: str, parameters: dict[str, Parameter]) -> SimulatorError:
    """Return the error for a name that is no parameter, with the nearest one."""
    from simulator.errors import nearest

    return SimulatorError([Problem(name, "There is no parameter of that name.", nearest(name, parameters))])
