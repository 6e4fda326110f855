"""The page of leverage: where bargains over help and tariffs come to rest, and whether they swing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from docs.pages import markup
from simulator.analysis import leverage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Each row of the tables asks so many members; shares are whole per cent.
MEMBERS = 100
POLICIES = ("dialogue", "maximum-pressure", "grand-bargain", leverage.POLICY)
WORLDVIEWS = ("evidence-weighted", "leverage", "retaliation")
RESPONSES, LAGS = (0.2, 0.4, 1.0, 2.0), (0.0, 0.5, 2.0)
#: Rules up to this many times the value of the goods are searched for one that never settles.
STRONGEST, TRIED = 100.0, 40

_ABOUT = """
China's help against fentanyl has come and gone with relations.
If tariffs follow help and help follows tariffs, does the pair settle, swing, or run into a quarrel that feeds itself?
Here [relations](sectors/relations.md) are cut out of the model: relations, cooperation and verification move, and all
else holds still, as it does in the model while attention is at rest.

![Maps and courses of the bargain](../images/leverage.png)

`python -m docs.leverage` draws the picture; `simulator/analysis/leverage.py` does the sums.
"""

_RULE = """
A tariff that answers is a rule with two numbers.
[How much verified cooperation is asked](../reference/parameters.md#cooperation_asked) and
[how high the tariff is where there is none](../reference/parameters.md#tariff_response): between them it is a straight
line, and where enough is done it is gone.
It counts three times: as [pressure](../reference/quantities.md#pressure), whose sign nobody knows; as an
[offer](../reference/quantities.md#reciprocity), for action would lift it; and as an offence to
[relations](../reference/quantities.md#indicated_relations).
The rule acts as soon as action is seen;
[verification](../reference/quantities.md#verification_regime), through which it is seen, takes years to build.
[Why it has no lag of its own](../decisions/0019-a-tariff-by-rule-has-no-stock.md).
"""

_SEEN = f"{100 * leverage.VISIBLE:.0f} %"
_WORDS = f"""
- *{leverage.SETTLES.capitalize()}*: one resting point, and no swing of which {_SEEN} comes back on the other side.
- *{leverage.SWINGS.capitalize()}*: one resting point, reached with a swing that can be seen.
- *{leverage.CYCLES.capitalize()}*: no stable resting point, so that cooperation, which is bounded, cycles by itself.
- *{leverage.CAMPS.capitalize()}*: two stable resting points; trust keeps the tariff off, or the tariff keeps trust
  away, and the start decides.

Stability is that of the eigenvalues at each resting point, taken on both sides of it, for verified cooperation slips
more slowly than it grows.
*Cooperation* is where it rests, the median of members with 5 and 95 %; of two camps both count.
*Settling time* is one over the slowest rate at which disturbances die away.
"""

_DRIVEN = """
Quarrels from outside are another matter: whatever moves the diplomatic climate swings cooperation with it, slow
quarrels more than quick ones.
`leverage-cycle` draws such a swing by hand.
How far a rule that answers damps or deepens it is the distance of full from dotted lines in the last panel.
"""

_LIMITS = """
Governments respond here and have no motives: no bluff, no election, no fatigue, no third party.
Any of these could add a lag or a threshold that makes a bargain swing where this one does not.
What is shown is that delay in verification and Washington's answer do not suffice.
"""


def page() -> str:
    """Return the page."""
    return markup.page(
        "Leverage: given, taken back, or stuck",
        _ABOUT,
        f"## The rule\n{_RULE}",
        f"## Does it cycle by itself?\n\n{_search()}\n{_DRIVEN}",
        f"## What becomes of it\n{_WORDS}\n{_policies()}",
        f"## Stronger rules and a slower Washington\n\nShares of {MEMBERS} members of {WORLDVIEWS[0]}.\n\n{_rules()}",
        f"## What this leaves out\n{_LIMITS}",
    )


def _search() -> str:
    """Say whether any rule, however strong, swings for ever at the likeliest numbers and for members."""
    likeliest, many = leverage.numbers(), leverage.numbers(members=MEMBERS)
    strengths = np.geomspace(0.1, STRONGEST, TRIED)
    alone = Counter(fate for lag in LAGS for fate in leverage.fates(likeliest, lag, tariff_response=strengths))
    members = Counter(fate for lag in LAGS for fate in leverage.fates(many, lag, tariff_response=RESPONSES[-1]))
    lags = ", ".join(f"{lag:g}" for lag in LAGS)
    told = (
        f"Rules were tried up to a tariff of {STRONGEST:g} times the value of the goods, with {lags} years until\n"
        f"Washington acts: {_share(alone, leverage.CYCLES)} of them swing for ever at the likeliest numbers.\n"
        f"With the strongest that a scenario may set, a tariff of {100 * RESPONSES[-1]:.0f} %,\n"
        f"{_share(members, leverage.CYCLES)} of {MEMBERS} members do."
    )
    if alone[leverage.CYCLES] + members[leverage.CYCLES] == 0:
        told += (
            "\nSo it does not cycle by itself: an act counts at once in what is verified, and only what is built of\n"
            "verification comes late, so that the answer never comes wholly out of step."
        )
    return told


def _policies() -> str:
    rows = []
    for policy in POLICIES:
        for worldview in WORLDVIEWS:
            given = leverage.numbers(policy, worldview, members=MEMBERS)
            rests = leverage.resting_points(leverage.bargain(given))
            rows.append((policy, worldview, *_row(rests)))
    headings = ("Levers of", "Worldview", *(f"{fate.capitalize()}:" for fate in leverage.FATES), "Cooperation:",
                "Settling time, years:")  # fmt: skip
    return f"{MEMBERS} members each, levers as in {leverage.YEAR:.0f}.\n\n{markup.table(headings, rows)}"


def _row(rests: Sequence[list[leverage.Rest]]) -> tuple[str, ...]:
    found = Counter(leverage.fate(each) for each in rests)
    stable = [rest for each in rests for rest in each if rest.is_stable]
    low, middle, high = np.quantile([rest.states["cooperation"] for rest in stable], (0.05, 0.5, 0.95))
    slowest = [-1 / max(mode.growth for mode in (*rest.rising, *rest.falling)) for rest in stable]
    shares = (_share(found, fate) for fate in leverage.FATES)
    return (*shares, f"{middle:.2f} ({low:.2f} to {high:.2f})", f"{np.median(slowest):.1f}")


def _rules() -> str:
    many = leverage.numbers(members=MEMBERS)
    rows = [_rule(many, response, lag) for response in RESPONSES for lag in LAGS]
    headings = (
        "Tariff for no action:",
        "Washington's lag, years:",
        *(f"{fate.capitalize()}:" for fate in leverage.FATES),
    )
    return markup.table(headings, rows)


def _rule(given: Mapping[str, Any], response: float, lag: float) -> tuple[str, ...]:
    found = Counter(leverage.fates(given, lag, tariff_response=response))
    return (f"{100 * response:.0f} %", f"{lag:g}", *(_share(found, fate) for fate in leverage.FATES))


def _share(found: Counter[str], fate: str) -> str:
    return f"{100 * found[fate] / found.total():.0f} %"
