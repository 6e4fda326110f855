"""The claims of the debate, as `claims.yaml` states them: what decides each, and what speaks for and against it."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from simulator.debate.cells import Measure
from simulator.errors import Problem, SimulatorError, nearest, refuse
from simulator.files import package
from simulator.record.citation import entries

Size = Literal["noticeably", "substantially", "mostly", "twofold"]
#: What words for sizes mean, for both sides alike; why is said at the head of `claims.yaml`.
SIZES: dict[Size, float] = {"noticeably": 0.01, "substantially": 0.10, "mostly": 0.50, "twofold": 2.0}
Years = Annotated[tuple[int, int], Field(description="The first year, and the year before whose start it ends.")]


class Record(BaseModel):
    """Closed and unchangeable."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Comparison(Record):
    """One number that decides: an outcome of a policy against that of another, member by member.

    Attributes:
        outcome: a quantity of the model.
        over: its total, its mean, or its value at the end of `years`.
        policy: whose outcome.
        than: against whose; itself where `of` names another outcome.
        of: the outcome it is compared with, where that is another one.
        falls, rises, does_not_fall, does_not_rise, is_at_least: by which size; exactly one is given.
        years: the span.
    """

    outcome: str
    over: Literal["total", "mean", "end"]
    policy: str
    than: str | None = None
    of: str | None = None
    falls: Size | None = None
    rises: Size | None = None
    does_not_fall: Size | None = Field(default=None, alias="does not fall")
    does_not_rise: Size | None = Field(default=None, alias="does not rise")
    is_at_least: Size | None = Field(default=None, alias="is at least")
    years: Years

    @property
    def sign(self) -> tuple[str, Size]:
        """What is expected, and by which size."""
        given: dict[str, Size | None] = {
            "falls": self.falls, "rises": self.rises, "does not fall": self.does_not_fall,
            "does not rise": self.does_not_rise, "is at least": self.is_at_least,
        }  # fmt: skip
        return next((sign, size) for sign, size in given.items() if size is not None)

    @model_validator(mode="after")
    def _one_sign(self) -> Comparison:
        given = [self.falls, self.rises, self.does_not_fall, self.does_not_rise, self.is_at_least]
        if sum(each is not None for each in given) != 1:
            message = "a comparison expects exactly one thing"
            raise ValueError(message)
        if (self.is_at_least is None) == (self.than is None) or (self.of is None) == (self.is_at_least is not None):
            message = "a comparison is with another policy (`than`), or with another outcome (`is at least`, `of`)"
            raise ValueError(message)
        return self

    @property
    def base(self) -> str:
        """The policy that is compared with."""
        return self.than or self.policy

    @property
    def measures(self) -> tuple[Measure, Measure]:
        """What is measured of the policy, and of what it is compared with."""
        start, end = map(float, self.years)
        measures = [Measure(name, self.over, start, end) for name in (self.outcome, self.of or self.outcome)]
        return measures[0], measures[1]


class Figure(Record):
    """A number of the record: a series in a year, perhaps less some amounts, perhaps over another figure."""

    series: str
    year: int
    measure: str | None = None
    less: tuple[float, ...] = ()
    over: Figure | None = None


class Fact(Record):
    """A figure that somebody quotes, what it is like for like, and where it comes from; or one that nobody claimed."""

    says: str
    claimed: float | None = None
    like_for_like: Figure
    comes_from: Figure
    because: str


class Evidence(Record):
    """One line for or against, with a key of `docs/references.bib`."""

    says: str
    source: str


class Claim(Record):
    """A claim: in our words, whose it is, what decides it, and what the evidence says.

    Attributes:
        says: the claim, in our own words.
        side: whose.
        mechanism: by what the model can answer it.
        scenarios: the policies to look at.
        decided_by: it holds where every one of these does; none for fact checks.
        facts: figures to check against the record.
        outside: why the model cannot answer, where it cannot.
        beyond: the part that it cannot answer, where it can answer the rest.
        for_, against: evidence.
        cannot: what neither model nor evidence can settle.
    """

    says: str
    side: str
    mechanism: str
    scenarios: tuple[str, ...] = ()
    decided_by: tuple[Comparison, ...] = ()
    facts: tuple[Fact, ...] = ()
    outside: str | None = None
    beyond: str | None = None
    for_: tuple[Evidence, ...] = Field(alias="for")
    against: tuple[Evidence, ...]
    cannot: str


@cache
def claims() -> dict[str, Claim]:
    """Return every claim by its number, in the order of the debate.

    Raises:
        SimulatorError: listing what is wrong with `claims.yaml`.
    """
    import yaml

    read = yaml.safe_load(package("debate", "claims.yaml").read_text(encoding="utf-8"))
    found: dict[str, Claim] = {}
    problems: list[Problem] = []
    for name, each in read.items():
        try:
            found[name] = Claim.model_validate(each)
        except ValidationError as error:
            problems += [Problem(_place(name, fault["loc"]), fault["msg"], "Mend it.") for fault in error.errors()]
    problems += [problem for name, claim in found.items() for problem in _faults(name, claim)]
    refuse(problems, "The claims cannot be judged.")
    return found


def find(names: list[str]) -> dict[str, Claim]:
    """Return claims by their numbers; all of them when none is named.

    Raises:
        SimulatorError: for a number that no claim has.
    """
    known = claims()
    strangers = [name for name in names if name.upper() not in known]
    if strangers:
        remedy = f"The claims are: {', '.join(known)}."
        problems = [
            Problem(name, "There is no such claim.", nearest(name.upper(), known) or remedy) for name in strangers
        ]
        raise SimulatorError(problems)
    return {name.upper(): known[name.upper()] for name in names} or dict(known)


def _place(name: str, where: tuple[int | str, ...]) -> str:
    return ".".join(map(str, (name, *where)))


def _faults(name: str, claim: Claim) -> list[Problem]:
    """Check what a schema cannot: sources are known, and a claim is decided, checked or outside."""
    cited = [*claim.for_, *claim.against]
    problems = [
        Problem(name, f'There is no source "{each.source}".', nearest(each.source, entries()))
        for each in cited
        if each.source not in entries()
    ]
    ways = sum(map(bool, (claim.decided_by, claim.facts, claim.outside)))
    if ways != 1:
        fault = "A claim is decided by comparisons, by facts, or is outside the model."
        problems.append(Problem(name, fault, "Give exactly one of the three."))
    return problems
