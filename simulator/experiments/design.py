"""The design of a sweep: a YAML file that says what varies, how it is drawn and what is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, WithJsonSchema

from simulator.cases import END, START
from simulator.draws import DEFAULT_WORLDVIEW
from simulator.scenario.records import Question, Record, Text, told

SampleKind = Literal[
    "grid", "latin-hypercube", "sobol", "monte-carlo", "one-at-a-time", "file", "posterior"
]  # fmt: skip
Resolution = Literal["monthly", "annual"]

#: How many members a sweep may have, and the last year that scenario files may date events in.
MOST_MEMBERS = 100_000_000
LAST_YEAR = 2041

_REMEDY = "Write prior, posterior, [low, high], or a record such as {values: [1, 2, 5]}."


class Course(Record):
    """How one parameter varies.

    Attributes:
        kind: `prior` and `posterior` draw from its distribution, `range` evenly between two
            ends, `values` from a list, each as likely.
        numbers: the two ends, or the list.
    """

    kind: Literal["prior", "posterior", "range", "values"]
    numbers: tuple[float, ...] = ()


def _course(value: object) -> Course:
    """Read one entry of `vary`: a word, two ends, or a list of values."""
    if isinstance(value, Course):
        return value
    if value in ("prior", "posterior"):
        return Course(kind="prior" if value == "prior" else "posterior")
    numbers = value
    if isinstance(value, Mapping):
        if set(value) != {"values"}:
            raise told("This does not say how it varies.", _REMEDY)
        numbers = value["values"]
    if not isinstance(numbers, (list, tuple)) or not numbers:
        raise told("This does not say how it varies.", _REMEDY)
    if any(isinstance(each, bool) or not isinstance(each, (int, float)) for each in numbers):
        raise told("Something in the list is not a number.", "Write numbers in the parameter's own unit.")
    found = tuple(float(each) for each in numbers)
    if any(abs(each) == float("inf") or each != each for each in found):  # noqa: PLR0124 - NaN
        raise told("Something in the list is not finite.", "Write finite numbers.")
    if isinstance(value, Mapping) or len(found) != 2:  # noqa: PLR2004 - two ends
        return Course(kind="values", numbers=found)
    if not found[0] < found[1]:
        raise told("The range does not run from low to high.", "Swap the two, or write {values: [...]} for a list.")
    return Course(kind="range", numbers=found)


_NUMBERS: dict[str, Any] = {"type": "array", "items": {"type": "number"}, "minItems": 1}
_COURSE_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"enum": ["prior", "posterior"]},
        _NUMBERS,
        {"type": "object", "properties": {"values": _NUMBERS}, "required": ["values"], "additionalProperties": False},
    ],
    "description": "prior, posterior, [low, high] (evenly between), or a list of values.",
}
_ALL_SCHEMA: dict[str, Any] = {"enum": ["prior", "posterior"], "description": "Every uncertainty of the model."}

Varied = Annotated[Course, PlainValidator(_course), WithJsonSchema(_COURSE_SCHEMA)]
Everything = Annotated[Literal["prior", "posterior"], WithJsonSchema(_ALL_SCHEMA)]


class Sample(Record):
    """How members are drawn.

    Attributes:
        kind: `grid` (every combination), `latin-hypercube`, `sobol` (2, 4, 8, ... members),
            `monte-carlo`, `one-at-a-time` (the likeliest member, then each parameter alone),
            `file` (a table of draws) or `posterior` (the members of `fentsim run`).
        members: how many; a grid, one-at-a-time and a file tell it themselves.
        seed: of all draws.
        levels: values tried of each parameter, in a grid (5) and one at a time (2).
        file: CSV with a column for each parameter, or NetCDF with variables on `member`.
    """

    kind: SampleKind
    members: int | None = Field(default=None, ge=1, le=MOST_MEMBERS)
    seed: int = Field(default=1, ge=0)
    levels: int | None = Field(default=None, ge=1, le=10_000)
    file: Text | None = None


class Keep(Record):
    """What is stored of every member.

    Attributes:
        quantities: outcomes by name.
        resolution: `annual` (calendar-year totals of rates, 1 January values of states) or
            `monthly` (means of rates, values of states at month starts).
        members: `all`, or `none` where the reductions suffice.
    """

    quantities: tuple[Text, ...] = Field(min_length=1)
    resolution: Resolution = "annual"
    members: Literal["all", "none"] = "all"


class Reduce(Record):
    """What is worked out along the way: mean, variance, extremes and quantiles over members.

    Attributes:
        quantiles: shares between 0 and 1.
        resolution: `annual` or `monthly`, as in `keep`.
        differences: `from-first` also reduces each member's difference from the first
            scenario; `none` does not.
    """

    quantiles: tuple[Annotated[float, Field(ge=0, le=1)], ...] = (0.05, 0.25, 0.5, 0.75, 0.95)
    resolution: Resolution = "annual"
    differences: Literal["from-first", "none"] = "from-first"


class Design(Record):
    """A question put to many members of the model.

    Attributes:
        question: one sentence, ending with a question mark.
        scenarios: policies or history; differences are from the first.
        worldviews: beliefs to hold; every scenario meets the same members under each.
        until: the run ends on 1 January of this year.
        vary: parameters and how each varies; or `prior` or `posterior` for every uncertainty.
            What does not vary stays at its likeliest value.
        sample: how members are drawn.
        keep: what is stored of every member.
        reduce: what is worked out along the way.
    """

    question: Question
    scenarios: tuple[Text, ...] = Field(min_length=1)
    worldviews: tuple[Text, ...] = Field(default=(DEFAULT_WORLDVIEW,), min_length=1)
    until: int = Field(default=int(END), ge=int(START) + 1, le=LAST_YEAR)
    vary: Everything | Mapping[str, Varied] = Field(default_factory=dict)
    sample: Sample
    keep: Keep
    reduce: Reduce | None = None
