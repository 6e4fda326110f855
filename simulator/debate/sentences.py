"""What a debate comes to, in sentences that are made from its results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.debate.contest import TIE
from simulator.names import words
from simulator.report.wording import amount, count

if TYPE_CHECKING:
    from simulator.debate.contest import Contest, Lead
    from simulator.debate.debates import Debate
    from simulator.debate.splitting import Split

#: Shares of resamplings that make an order sure, and of members that make a lead seldom.
_SURE, _SELDOM = 0.95, 1 / 3


def sentences(found: Debate) -> list[str]:
    """Return one paragraph for each pair of rivals, the headline first."""
    return [paragraph(each, found.cells.members) for each in found.contests]


def paragraph(found: Contest, members: int) -> str:
    """Say who beats whom under which beliefs, by how much, what flips it, and how sure the count of members is."""
    by_side = {side: [each for each in found.leads if each.side == side] for side in ("ahead", "behind", "tie", "open")}
    parts = [_beaten(found, by_side["ahead"])]
    if by_side["behind"]:
        parts.append(f"the ranking flips if {_those(by_side['behind'])}: there {found.second} is ahead")
    if not by_side["behind"]:
        parts.append("none of these worldviews flips the ranking" + _turning(found))
    if by_side["tie"]:
        parts.append(f"it makes no difference under {_names(by_side['tie'])}")
    if by_side["open"]:
        parts.append(f"members do not agree under {_listed(by_side['open'])}")
    return f"{'; '.join(parts)}. {_belief(found)} {_error(found, members)}"


def _beaten(found: Contest, ahead: list[Lead]) -> str:
    main = found.lead(found.decisive)
    if not ahead:
        size = _size(main)
        return (
            f"Neither {found.first} nor {found.second} is likely ahead anywhere; under {main.worldview} {size} deaths"
        )
    ordered = sorted(ahead, key=lambda each: (each.worldview != found.decisive, -each.median))
    head = ordered[0]
    return (
        f"{found.first} beats {found.second} under {_names(ordered)}, by {_size(head)} deaths averted under "
        f"{head.worldview}"
    )


def _size(lead: Lead, *, turned: bool = False) -> str:
    """Say a lead with its 90 % interval; `turned`, as seen by the rival."""
    ends = (lead.median, lead.lower90, lead.upper90)
    median, lower, upper = (-ends[0], -ends[2], -ends[1]) if turned else ends
    return f"{_people(median)} (90 % {_people(lower)} to {_people(upper)})"


def _people(number: float) -> str:
    return amount(number if abs(number) > TIE else 0.0, "person")


def _names(leads: list[Lead]) -> str:
    names = [each.worldview for each in leads]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _those(leads: list[Lead]) -> str:
    told = [f"{each.worldview} is right, by {_size(each, turned=True)}" for each in leads]
    return ", or if ".join(told)


def _listed(leads: list[Lead]) -> str:
    return ", ".join(f"{each.worldview} ({_size(each)})" for each in sorted(leads, key=lambda each: each.median))


def _turning(found: Contest) -> str:
    """Say on which side of the belief the leader is seldom ahead, where there is one."""
    if found.belief is None:
        return ""
    for share, side in ((found.belief.above, "above"), (found.belief.below, "at or below")):
        if share < _SELDOM:
            return f", and the lead is gone if `{found.belief.name}` is {side} {_threshold(found.belief)}"
    return ""


def _belief(found: Contest) -> str:
    if found.belief is None:
        return f"No single number divides the members of {found.decisive} better than chance would."
    return f"Among members of {found.decisive} it turns most on {told(found.belief, found.first + ' is ahead')}."


def told(belief: Split, what: str) -> str:
    """Say how often something holds on either side of a threshold."""
    return (
        f"{words(belief.name)} (`{belief.name}`): {what} in {100 * belief.below:.0f} % of members at or below "
        f"{_threshold(belief)} and in {100 * belief.above:.0f} % above"
    )


def _threshold(belief: Split) -> str:
    from simulator.fentanyl import fentanyl_model

    unit = fentanyl_model().parameters[belief.name].unit
    return f"{belief.threshold:.3g}{'' if unit == '1' else f' {unit}'}".replace("-", "−")


def _error(found: Contest, members: int) -> str:
    main = found.lead(found.decisive)
    shaky = [each.worldview for each in found.leads if each.kept < _SURE]
    doubt = f" More members could turn the order of medians under {', '.join(shaky)}." if shaky else ""
    return (
        f"With {count(members, 'member')} the median lead has a Monte-Carlo standard error of "
        f"{amount(main.error, 'person')}, and keeps its sign in {100 * main.kept:.0f} % of resamplings.{doubt}"
    )
