"""The page of accounts: whose costs are counted and how, and what CHEERS asks of an economic evaluation."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from docs.pages import markup
from simulator.analysis.accounting import AGREED, RATE, RATES, THRESHOLDS, YEARS_LEFT, present_share
from simulator.analysis.actors import ACCOUNTS, PERSPECTIVES
from simulator.report.paired import HORIZON

if TYPE_CHECKING:
    from simulator.analysis.actors import Account
    from simulator.model import Model

_ABOUT = """
What `fentsim compare` adds up, actor by actor, and how it sets cost beside effect.
The story of the accounts, and what they miss, is told under [accounts](../explanation/sectors/accounts.md) and
[costs](../explanation/sectors/costs.md); prices with their ranges and sources are
[parameters](parameters.md).

```console
fentsim compare history treat-demand-first --members 200 --discount 0.03 --json
```
"""

_RATIOS = f"""
A price of a death averted or of a quality-adjusted year is told only where {100 * AGREED:.0f} % of members or more
gain, as the median and 90 % interval over those that do.
A ratio has no order across quadrants, and a negative one no meaning: where money is saved the price is zero.
Everywhere stand the shares of members in each quadrant: gain and save (*dominant*), gain and pay, lose and save, lose
and pay (*dominated*).
The ratio of mean cost to mean effect is given only where every member gains and pays.
Net benefit and acceptability are defined whatever the signs, and are given at
{", ".join(f"{each:,.0f}" for each in THRESHOLDS)} dollars a quality-adjusted year: the estimate of
[vanness2021](references.md#vanness2021), from what care is displaced when money goes elsewhere, between the ends of its
uncertainty interval.
"""

_DISCOUNT = f"""
Costs and effects are discounted to the day on which scenarios part, at the same rate: {100 * RATE:g} % unless
`--discount` says otherwise, as the second panel recommends ([sanders2016](references.md#sanders2016)).
Prices are also given at {", ".join(f"{100 * each:g}" for each in RATES)} %, the highest of them from guidance to
regulators ([omb2003](references.md#omb2003)).
A life lost counts the {YEARS_LEFT:g} years that it still had at their own dates, so that at {100 * RATE:g} % it counts
{100 * present_share(RATE):.0f} % of what it counts undiscounted.
The value of a statistical life and the work lost by a death are present values at death already.
"""

_WHO = """
A plus is a loss to the actor and a minus an income.
Parts add up to the account above them; accounts of cash and of life are never added.
"""

_FROM = """
For society transfers drop out: what tariffs bring in is taken off what households pay, and what buyers pay sellers is
left out.
"""

_CHEERS = Path(__file__).parents[1] / "cheers.yaml"


def page(model: Model) -> str:
    """Return the page."""
    actors = [(name, list(rows)) for name, rows in groupby(ACCOUNTS, key=lambda each: each.actor)]
    lines = [_line(each, model) for _, rows in actors for each in rows]
    seen = [(name, " ".join(_signed(sign, quantity, model) for quantity, sign in parts))
            for name, parts in PERSPECTIVES.items()]  # fmt: skip
    return markup.page(
        "Accounts by actor",
        _ABOUT,
        f"## Who loses what\n{_WHO}\n{markup.table(('Actor', 'Account', 'Sign', 'What', 'Unit', 'Source'), lines)}",
        f"## From where it is judged\n{_FROM}\n{markup.table(('Perspective', 'Cost'), seen)}",
        f"## Later counts less\n{_DISCOUNT}",
        f"## What a life costs\n{_RATIOS}",
        "## CHEERS\n\nThe checklist of [husereau2022](references.md#husereau2022), item by item, gaps included.\n\n"
        + markup.table(("Item:", "Asked", "Here"), _items()),
    )


def _items() -> list[tuple[int, str, str]]:
    facts = {
        "perspectives": "; ".join(PERSPECTIVES),
        "horizon": f"{HORIZON:g}",
        "rate": f"{100 * RATE:g}",
        "rates": ", ".join(f"{100 * each:g}" for each in RATES),
    }
    items = yaml.safe_load(_CHEERS.read_text(encoding="utf-8")).items()
    return [(number, item, str(said).format(**facts)) for number, (item, said) in enumerate(items, start=1)]


def _line(each: Account, model: Model) -> tuple[str, ...]:
    equation = model.equations[each.quantity]
    what = f"{'part: ' if each.part else ''}{markup.quantity(each.quantity, model)}"
    sign = "+" if each.sign > 0 else "−"
    return (each.actor, each.kind, sign, what, equation.unit.removesuffix("/year"), markup.sources(equation.source))


def _signed(sign: int, quantity: str, model: Model) -> str:
    return f"{'+' if sign > 0 else '−'} {markup.quantity(quantity, model)}"
