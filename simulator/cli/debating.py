"""`fentsim debate`: policies of both sides under the beliefs of both, and who is right if."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from simulator.cli import options
from simulator.cli.guarding import typed
from simulator.cli.telling import Column, Progress, Row, Teller

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.debate.debates import Debate

MEMBERS = 1000


@dataclass(frozen=True)
class Asked:
    """What was asked of one debate."""

    command: str
    debate: str
    members: int
    seed: int


def debate(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME...]", help="Debates, or files of debates. [all of them]")
    ] = None,
    members: options.Members = MEMBERS,
    seed: options.Seed = 1,
    figures: Annotated[bool, typer.Option("--figures/--no-figures", help="Draw the picture.")] = True,
    outputs: options.Outputs = None,
    json: options.Json = False,
) -> None:
    """Run debates: each policy under each worldview, with the same members; who is right if, and what flips it."""
    from simulator.debate.debates import debates, shipped

    teller = Teller(json)
    chosen = names or shipped()
    options.refuse_repeats(chosen, "NAME")
    progress = Progress("Debating")
    try:
        found = debates(chosen, members=members, seed=seed, progress=progress)
    finally:
        progress.close()
    told = []
    for each in found:
        asked = Asked(typed(ctx), each.scenario.name, members, seed)
        told.append(_told(each, asked, teller, figures=figures, outputs=outputs))
    teller.result({"members": members, "seed": seed, "debates": told})


def _told(found: Debate, asked: Asked, teller: Teller, *, figures: bool, outputs: options.Outputs) -> Row:
    """Say one debate and keep it in a folder; return it as a row."""
    from pathlib import Path

    from simulator.cli.footing import say_footing
    from simulator.debate.keeping import keep
    from simulator.debate.sentences import sentences
    from simulator.debate.tables import rows

    paragraphs, table = sentences(found), rows(found)
    voice = Teller(teller.as_json)
    say(voice, found)
    for each in paragraphs:
        voice.say(f"{each}\n")
    say_footing(voice, found.scenario.worldviews, beside=Path(found.scenario.path))
    place = keep(found, asdict(asked), paragraphs, table, voice.lines, figures=figures, outputs=outputs)
    teller.note(f"Wrote {place}")
    return {"debate": asked.debate, "output": str(place), "sentences": paragraphs, "differences": table}


def say(teller: Teller, found: Debate) -> None:
    """Show deaths averted, rows policies and columns worldviews."""
    from simulator.debate.tables import thousands

    lines = [
        {"policy": policy, **{belief: thousands(found.averted(policy, belief)) for belief in found.scenario.worldviews}}
        for policy in found.policies
    ]
    columns = [Column("policy", lambda row: str(row["policy"]))]
    columns += [Column(belief, _of(belief), right=True) for belief in found.scenario.worldviews]
    years = "from 2027 to 2036"
    teller.table(f"{found.scenario.title}: thousands of opioid deaths averted {years}, against history", columns, lines)


def _of(key: str) -> Callable[[Row], str]:
    return lambda row: str(row[key])
