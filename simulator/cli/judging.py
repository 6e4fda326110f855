"""`fentsim verdict`: what becomes of each claim of the debate, by rules stated before the runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from simulator.cli import options
from simulator.cli.telling import Column, Progress, Row, Teller

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.debate.claims import Claim
    from simulator.debate.verdicts import Verdict

#: What is shipped is drawn from this many members or more.
_SHIPPED = 100


def verdict(
    claims: Annotated[
        list[str] | None, typer.Argument(metavar="[CLAIM...]", help="Numbers of claims, such as A6. [all of them]")
    ] = None,
    members: options.Members = options.ENSEMBLE,
    seed: options.Seed = 1,
    ship: Annotated[
        bool, typer.Option("--ship", help="Write all verdicts into the package, for the pages. Then: make docs.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Judge claims under every worldview: supported, contradicted, depends on a belief, or outside the model."""
    from simulator.debate.claims import find
    from simulator.debate.telling import headline
    from simulator.debate.verdicts import judged

    teller = Teller(json)
    options.refuse_repeats([each.upper() for each in claims or []], "CLAIM")
    chosen = find(claims or [])
    _refuse_part(claims or [], members, ship=ship)
    progress = Progress("Judging")
    try:
        found = judged(chosen, members=members, seed=seed, progress=progress)
    finally:
        progress.close()
    rows = [_row(each, chosen[each.name]) for each in found]
    columns = [
        Column("claim", lambda row: str(row["claim"])),
        Column("verdict", lambda row: str(row["verdict"])),
        Column("likely under", lambda row: _count(row, "likely"), right=True),
        Column("open", lambda row: _count(row, "open"), right=True),
        Column("unlikely", lambda row: _count(row, "unlikely"), right=True),
        Column("says", lambda row: str(row["says"])),
    ]
    teller.table("", columns, rows)
    teller.say()
    for each in found:
        teller.say(f"{each.name}: {headline(each, chosen[each.name])}")
        _say_comparisons(teller, each, chosen[each.name])
    teller.note(f"{members} members, seed {seed}; the rules are at the head of simulator/debate/verdicts.py.")
    if ship:
        from simulator.debate.shipping import ship as written

        for path in written(found, members=members, seed=seed):
            teller.note(f"Wrote {path}")
    teller.result({"members": members, "seed": seed, "verdicts": rows})


def _refuse_part(claims: list[str], members: int, *, ship: bool) -> None:
    from simulator.errors import Problem, refuse

    problems = []
    if ship and claims:
        problems.append(Problem("--ship", "Only all claims together are shipped.", "Leave out the numbers."))
    if ship and members < _SHIPPED:
        problems.append(Problem("--members", f"{members} are too few to ship.", f"Ask for {_SHIPPED} or more."))
    refuse(problems)


def _row(found: Verdict, claim: Claim) -> Row:
    from dataclasses import asdict

    from simulator.debate.telling import headline

    return {
        "claim": found.name,
        "verdict": found.word,
        "says": claim.says,
        "side": claim.side,
        "because": headline(found, claim),
        "holds": dict(found.shares),
        "comparisons": {belief: [asdict(each) for each in seen] for belief, seen in found.outcomes.items()},
        "belief": asdict(found.belief) if found.belief else None,
        **{word: found.where(word) for word in ("likely", "open", "unlikely")},
    }


def _count(row: Mapping[str, object], word: str) -> str:
    names = row[word]
    return str(len(names)) if isinstance(names, list) and row["holds"] else ""


def _say_comparisons(teller: Teller, found: Verdict, claim: Claim) -> None:
    """Say how each comparison comes out under the default worldview."""
    from simulator.debate.telling import change, question

    for place, asked in enumerate(claim.decided_by):
        seen = found.outcomes[options.WORLDVIEW][place]
        teller.say(f"    {question(asked)}: {change(seen, asked)}; so in {100 * seen.share:.0f} % of members")
