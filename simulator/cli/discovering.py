"""`fentsim discover`: under which beliefs a policy fails to reach a target."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulator.cli import options
from simulator.cli.guarding import typed
from simulator.cli.telling import Column, Progress, Row, Teller

if TYPE_CHECKING:
    import xarray as xr

    from simulator.analysis.boxes import Box
    from simulator.analysis.discovery import Discovery, Target

_MEMBERS = 1000
_AVERTING = 0.1


def discover(
    ctx: typer.Context,
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="The policy that may fail.")],
    against: options.Against = None,
    averting: Annotated[
        float | None,
        typer.Option("--averting", min=0, max=1, help="Target: avert this share of BASE. [0.1 of history]"),
    ] = None,
    at_most: Annotated[
        float | None, typer.Option("--at-most", callback=options.finite, help="Target: the answer is this, or less.")
    ] = None,
    at_least: Annotated[
        float | None, typer.Option("--at-least", callback=options.finite, help="Target: the answer is this, or more.")
    ] = None,
    worldview: options.OneWorldview = options.WORLDVIEW,
    outcome: options.Outcome = "synthetic_opioid_deaths",
    first: options.First = 2027,
    last: options.Last = 2036,
    members: options.Members = _MEMBERS,
    seed: options.Seed = 1,
    set_: options.Settings = None,
    prior: options.Prior = False,
    factors: Annotated[int, typer.Option("--factors", min=1, help="How many numbers to look at closely.")] = 12,
    among: Annotated[
        list[str] | None, typer.Option("--among", metavar="NAME", help="Look at this number only; may be repeated.")
    ] = None,
    density: Annotated[
        float, typer.Option("--density", min=0, max=1, help="Share of failures that a box should have at least.")
    ] = 0.75,
    output: options.Output = None,
    outputs: options.Outputs = None,
    json: options.Json = False,
) -> None:
    """Find the beliefs under which a policy fails: boxes (PRIM), a tree, and sentences that say it."""
    from simulator.analysis import discovery
    from simulator.analysis.beliefs import Beliefs
    from simulator.analysis.question import Question
    from simulator.calling import called_each
    from simulator.cli.footing import say_footing
    from simulator.cli.keeping import kept, written
    from simulator.cli.running import refuse_output
    from simulator.report.folder import created, named

    refuse_output(output)
    target = _target(averting, at_most, at_least)
    base = "history" if target.kind == "averts" and against is None else against
    called_each(name for name in (scenario, base, worldview) if name)  # faults of all files in one round
    question = Question(scenario, base, outcome, first, last)
    beliefs = Beliefs.of(worldview, options.overrides(set_))
    teller, progress = Teller(json), Progress("Running")
    asked: dict[str, Any] = {
        "command": typed(ctx), "seed": seed, "question": question.told, "target": told(target, question.unit),
        "worldview": worldview, "members": members, "prior": prior,
    }  # fmt: skip

    def answer() -> tuple[xr.Dataset, list[Row], dict[str, Any]]:
        found = discovery.discover(
            question, target, beliefs, members=members, seed=seed, prior=prior, factors=factors,
            among=among or [], density=density, progress=progress,
        )  # fmt: skip
        progress.close()
        rows = [{"from": kind, **_row(box)} for kind, box in _boxes(found)]
        said = _say(teller, found, asked["target"], rows)
        say_footing(teller, [worldview], options.overrides(set_), prior=prior)
        return _dataset(found, question.told), rows, said

    if output is not None:
        data, rows, said = answer()
        written(data, output, asked["command"], seed)
        final = output
    else:
        with created(named(["discover", Path(scenario).stem]), asked, outputs) as place:
            data, rows, said = answer()
            kept(place, data, {"boxes": rows}, teller, asked=asked, draw=None)
        final = place.final
    teller.note(f"Wrote {final}")
    teller.result({"output": str(final), "question": question.told, "target": asked["target"], **said, "boxes": rows})


def _target(averting: float | None, at_most: float | None, at_least: float | None) -> Target:
    """Return the one target that was asked for.

    Raises:
        SimulatorError: when more than one was.
    """
    from simulator.analysis.discovery import Target
    from simulator.errors import Problem, refuse

    given = {"averts": averting, "at_most": at_most, "at_least": at_least}
    chosen = {kind: value for kind, value in given.items() if value is not None}
    fault = Problem("--averting, --at-most, --at-least", "A policy has one target.", "Choose one of them.")
    refuse([fault] if len(chosen) > 1 else [])
    kind, value = next(iter(chosen.items()), ("averts", _AVERTING))
    return Target(kind, value)  # type: ignore[arg-type]


def told(target: Target, unit: str) -> str:
    """Return a target in words."""
    from simulator.report.wording import amount

    if target.kind == "averts":
        return f"avert {100 * target.value:g} % or more"
    return f"{target.kind.replace('_', ' ')} {amount(target.value, unit, signed=target.value < 0)}"


def _boxes(found: Discovery) -> list[tuple[str, Box]]:
    boxes = [("PRIM", found.box)] if found.box is not None else []
    return [*boxes, *(("tree", leaf) for leaf in (found.tree.leaves if found.tree else []))]


def _row(box: Box) -> Row:
    return {
        "beliefs": [
            {"name": name, "low": side.low, "high": side.high, "quasi_p": side.chance, "found_again": side.found_again}
            for name, side in box.sides.items()
        ],
        "coverage": box.coverage,
        "density": box.density,
        "mass": box.mass,
        "of": box.sought,
        "sentence": box.told(),
    }


def _say(teller: Teller, found: Discovery, target: str, rows: list[Row]) -> dict[str, Any]:
    """Say what was found."""
    from dataclasses import asdict

    from simulator.names import words

    failing, members = float(found.fails.mean()), len(found.fails)
    teller.say(f"Target: {target}. Of {members:,} members, {100 * failing:.0f} % miss it.")
    said = {"members": members, "failed_runs": found.lost, "share_missing": failing}
    if found.lost:
        teller.note(f"{found.lost} members did not stay finite and were left out.")
    if found.box is None or found.tree is None:
        which = "nearly all" if failing > 0.5 else "hardly any"  # noqa: PLR2004 - more than half
        teller.say(f"It is missed by {which} members: there is nothing to tell apart. Choose another target.")
        return said
    teller.say(found.box.told())
    stable = found.stability
    if stable is not None:
        teller.say(
            f"Repeated on {stable.halves} random halves and judged on the other halves: coverage "
            f"{100 * stable.coverage:.0f} %, density {100 * stable.density:.0f} %."
        )
        said |= {"coverage_unseen": stable.coverage, "density_unseen": stable.density}
    sides = [{"name": name, **asdict(side)} for name, side in found.box.sides.items()]
    columns = [
        Column("belief", lambda row: words(row["name"])),
        Column("from", lambda row: _limit(row["low"]), right=True),
        Column("to", lambda row: _limit(row["high"]), right=True),
        Column("quasi-p", lambda row: f"{row['chance']:.1g}", right=True),
        Column("found again", lambda row: f"{100 * (row['found_again'] or 0):.0f} %", right=True),
    ]
    if sides:
        teller.table("The box, its restrictions one by one", columns, sides)
    teller.say()
    leaves = [
        Column("coverage", lambda row: f"{100 * row['coverage']:.0f} %", right=True),
        Column("density", lambda row: f"{100 * row['density']:.0f} %", right=True),
        Column("where", _where),
    ]
    teller.table(
        f"A tree, its leaves by density of {found.box.sought}", leaves, [row for row in rows if row["from"] == "tree"]
    )
    teller.note(
        f"The tree tells {100 * found.tree.accuracy:.0f} % right of members it has not seen (a coin: 50 %). Coverage: "
        "share of all that lie there; density: share of those there. Numbers depend on each other where the record "
        "binds them, so a box may stand for others that go along with it."
    )
    return {**said, "tree_accuracy": found.tree.accuracy}


def _where(row: Row) -> str:
    from simulator.analysis.boxes import Side, phrase

    told_each = [phrase(each["name"], Side(each["low"], each["high"])) for each in row["beliefs"]]
    return " and ".join(told_each) or "everywhere"


def _limit(value: float | None) -> str:
    from simulator.report.wording import rounded

    return "" if value is None else rounded(value)


def _dataset(found: Discovery, title: str) -> xr.Dataset:
    import xarray as xr

    variables = {name: (("member",), found.points[:, place]) for place, name in enumerate(found.names)}
    return xr.Dataset({**variables, "fails": (("member",), found.fails.astype("int8"))}, attrs={"title": title})
