"""What a debate comes to, in sentences that are made from its results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.report.wording import amount, count, interval, words

if TYPE_CHECKING:
    from simulator.debate.contest import Contest, Lead
    from simulator.debate.debates import Debate
    from simulator.debate.splitting import Split

_SURE = 0.95


def sentences(found: Debate) -> list[str]:
    """Return one paragraph for each pair of rivals, the headline first."""
    return [paragraph(each, found.cells.members) for each in found.contests]


def paragraph(found: Contest, members: int) -> str:
    """Say who beats whom under which beliefs, by how much, what flips it, and how sure the count of members is."""
    ahead, behind, open_ = ([each for each in found.leads if each.side == side] for side in (1, -1, 0))
    parts = [_beaten(found, ahead)]
    if behind:
        parts.append(f"the ranking flips under {_listed(behind, turned=True)}, where {found.second} is ahead")
    if open_:
        parts.append(f"members do not agree under {_listed(open_)}")
    if not behind and not open_:
        parts.append("the ranking flips under none of these worldviews")
    return f"{'; '.join(parts)}. {_belief(found)} {_error(found, members)}"


def _beaten(found: Contest, ahead: list[Lead]) -> str:
    main = found.lead(found.decisive)
    size = interval(main.median, main.lower90, main.upper90, "person", signed=True)
    if not ahead:
        return (
            f"Neither {found.first} nor {found.second} is likely to avert more deaths under {found.decisive}, where they "
            f"differ by {size}"
        )
    where = ", ".join(each.worldview for each in sorted(ahead, key=lambda each: -each.median))
    return f"{found.first} beats {found.second} under {where}, by {size} deaths averted under {found.decisive} (90 %)"


def _listed(leads: list[Lead], *, turned: bool = False) -> str:
    told = []
    for each in sorted(leads, key=lambda each: each.median):
        ends = (each.median, each.lower90, each.upper90)
        if turned:
            ends = (-each.median, -each.upper90, -each.lower90)
        told.append(f"{each.worldview} (by {interval(*ends, 'person', signed=True)})")
    return ", ".join(told)


def _belief(found: Contest) -> str:
    if found.belief is None:
        return f"No single number divides the members of {found.decisive} better than chance would."
    return f"Among members of {found.decisive} it turns most on {told(found.belief, found.first + ' is ahead')}."


def told(belief: Split, what: str) -> str:
    """Say how often something holds on either side of a threshold."""
    from simulator.fentanyl import fentanyl_model

    unit = fentanyl_model().parameters[belief.name].unit
    threshold = f"{belief.threshold:.3g}{'' if unit == '1' else f' {unit}'}".replace("-", "−")
    return (
        f"{words(belief.name)} (`{belief.name}`): {what} in {100 * belief.below:.0f} % of members at or below "
        f"{threshold} and in {100 * belief.above:.0f} % above"
    )


def _error(found: Contest, members: int) -> str:
    main = found.lead(found.decisive)
    shaky = [each.worldview for each in found.leads if each.kept < _SURE]
    doubt = f" More members could turn the order of medians under {', '.join(shaky)}." if shaky else ""
    return (
        f"With {count(members, 'member')} the median lead has a Monte-Carlo standard error of "
        f"{amount(main.error, 'person')}, and keeps its sign in {100 * main.kept:.0f} % of resamplings.{doubt}"
    )
