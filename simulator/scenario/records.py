"""The records of a scenario file: what may stand there, and how each field must look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, StringConstraints, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from simulator.scenario import amounts, dates

Kind = Literal["history", "policy", "worldview", "debate"]
Shape = Literal["step", "ramp", "pulse", "table"]

_SENTENCE = 4  # words
_DATE_PATTERN = r"^\d{4}(-\d{2}(-\d{2})?)?$"


def told(fault: str, remedy: str) -> PydanticCustomError:
    """Return a fault in our own words, for pydantic to collect."""
    return PydanticCustomError("told", "{fault} {remedy}", {"fault": fault, "remedy": remedy})


def _dated(value: object) -> int | str:
    if not isinstance(value, (int, str)) or isinstance(value, bool):
        raise told(f'"{value}" is not a date.', "Write a year (2027), a month (2027-03) or a day (2027-03-15).")
    try:
        dates.decimal_year(value)
    except dates.DateError as error:
        raise told(error.fault, error.remedy) from error
    return value


def _lasting(value: object) -> str:
    try:
        dates.years(str(value))
    except dates.DateError as error:
        raise told(error.fault, error.remedy) from error
    return str(value)


def _measured(value: object) -> int | float | str:
    try:
        number, unit = amounts.parsed(value)
    except amounts.AmountError as error:
        raise told(error.fault, error.remedy) from error
    if unit:
        return str(value).strip()
    return value if isinstance(value, (int, float)) else number


def _sentence(value: str) -> str:
    if len(value.split()) < _SENTENCE:
        raise told("This is too short for a reason.", "Give it in one full sentence.")
    return value.strip()


def _question(value: str) -> str:
    if len(value.split()) < _SENTENCE or not value.rstrip().endswith("?"):
        raise told("This is not a question.", 'Ask in one full sentence, ending with "?".')
    return value.strip()


def _name(value: str) -> str:
    plain = value.replace("-", "")
    if not (plain.isascii() and plain.isalnum() and plain.islower()) or not all(value.split("-")):
        raise told("This is not a name.", "Use small letters, digits and single hyphens, as in the file's name.")
    return value


_DATE_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "integer", "minimum": dates.EARLIEST, "maximum": dates.LATEST},
        {"type": "string", "pattern": _DATE_PATTERN},
    ],
    "description": "A year (2027), a month (2027-03) or a day (2027-03-15).",
}
_AMOUNT_SCHEMA: dict[str, Any] = {
    "anyOf": [{"type": "number"}, {"type": "string"}],
    "description": "A number in the parameter's own unit, or a number and its unit, such as 3 weeks.",
}
_DURATION_SCHEMA: dict[str, Any] = {"type": "string", "pattern": r"^\d+(\.\d+)? *(year|month|week|day)s?$"}

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Name = Annotated[str, AfterValidator(_name), WithJsonSchema({"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"})]
Claim = Annotated[str, StringConstraints(pattern=r"^[AB][1-9][0-9]?$")]
Date = Annotated[int | str, PlainValidator(_dated), WithJsonSchema(_DATE_SCHEMA)]
Duration = Annotated[str, PlainValidator(_lasting), WithJsonSchema(_DURATION_SCHEMA)]
Amount = Annotated[int | float | str, PlainValidator(_measured), WithJsonSchema(_AMOUNT_SCHEMA)]
Reason = Annotated[str, AfterValidator(_sentence)]
Question = Annotated[str, AfterValidator(_question)]


class Record(BaseModel):
    """Closed and unchangeable."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Change(Record):
    """A lever or a driver that moves, from when, how, and why.

    Dates, amounts and durations are kept as their author wrote them.

    Attributes:
        set: the parameter.
        from_: what it leaves or replaces (`from` in the file): for the reader, and checked.
        to: what it becomes.
        starting: the first instant of the change.
        until: the end of a pulse; what the pulse interrupted goes on from there.
        over: how long a ramp takes, in a straight line.
        shape: `step`, `ramp` (has `over`), `pulse` (has `until`) or `table` (has `points`);
            without it, the fields that are there tell.
        points: the dates of a table and its amounts, straight lines between, the last one held.
        because: the reason, one sentence.
        source: a key of `docs/references.bib` with what follows a comma, or `assumption`.
    """

    set: Text
    from_: Amount | None = Field(default=None, alias="from")
    to: Amount | None = None
    starting: Date | None = None
    until: Date | None = None
    over: Duration | None = None
    shape: Shape | None = None
    points: Mapping[Date, Amount] | None = None
    because: Reason
    source: Text | None = None

    @property
    def course(self) -> Shape:
        """The shape, stated or told by the fields."""
        if self.shape is not None:
            return self.shape
        telling: dict[Shape, object] = {"table": self.points, "ramp": self.over, "pulse": self.until}
        return next((shape for shape, field in telling.items() if field is not None), "step")


class Belief(Record):
    """A number about how the world works, held to be so by somebody, and why.

    Attributes:
        set: the uncertainty or switch.
        to: what it is believed to be.
        because: the reason, one sentence.
        source: a key of `docs/references.bib` with what follows a comma, or `assumption`.
    """

    set: Text
    to: Amount
    because: Reason
    source: Text


class Scenario(Record):
    """A question, and the changes or beliefs by which the model answers it.

    Attributes:
        name: that of the file, without .yaml.
        title: a few words.
        question: one sentence, ending with a question mark.
        side: whose argument it is.
        claims: numbers in the debate table, such as A6.
        builds_on: the scenario whose changes come first (policies only).
        changes: what moves (history and policies only).
        beliefs: what is held to be so (worldviews only).
        policies: the policies that a debate compares.
        worldviews: the beliefs that a debate runs them under.
        watch: the outcomes to look at first.
        not_asked: what it leaves out.
        kind: from the folder, never from the file.
        base: the scenario that `builds_on` names, loaded.
        path, lines: the file and the line of each place in it, for faults.
    """

    name: Name
    title: Text
    question: Question
    side: Text | None = None
    claims: tuple[Claim, ...] = ()
    builds_on: Text | None = None
    changes: tuple[Change, ...] = ()
    beliefs: tuple[Belief, ...] = ()
    policies: tuple[Text, ...] = ()
    worldviews: tuple[Text, ...] = ()
    watch: tuple[Text, ...] = ()
    not_asked: Text | None = None

    kind: SkipJsonSchema[Kind] = Field(default="policy", exclude=True)
    base: SkipJsonSchema[Scenario | None] = Field(default=None, exclude=True, repr=False)
    path: SkipJsonSchema[str] = Field(default="", exclude=True, repr=False)
    lines: SkipJsonSchema[dict[str, int]] = Field(default_factory=dict, exclude=True, repr=False)

    @property
    def lineage(self) -> tuple[Scenario, ...]:
        """The scenarios it builds on, oldest first, itself last."""
        return (*(self.base.lineage if self.base else ()), self)


#: Fields that the reader fills in and a file may not hold.
HIDDEN = ("kind", "base", "path", "lines")
