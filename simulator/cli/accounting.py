"""How `compare` tells who bears the costs, and what they buy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.cli.telling import Column
from simulator.names import words
from simulator.report.wording import amount, plainly

if TYPE_CHECKING:
    from simulator.cases import Case
    from simulator.cli.telling import Row, Teller
    from simulator.report.paired import Window


def say_accounts(cases: list[Case], years: Window, rate: float, teller: Teller) -> dict[str, list[Row]]:
    """Say who pays what and what a life or a year of life costs; return both as rows, parts of accounts included.

    Ratios are returned at the rates of other guidelines too.
    """
    from simulator.analysis.accounting import RATES, accounts, worth

    bill = accounts(cases, years, rate)
    value = [row for each in dict.fromkeys([rate, *RATES]) for row in worth(cases, years, each)]
    who = _columns(bill)
    told = f"{years.told}, discounted by {100 * rate:g} % a year"
    columns = [
        Column("actor", lambda row: row["actor"]),
        Column("account", lambda row: row["kind"]),
        Column("what", lambda row: words(row["quantity"])),
        Column("unit", lambda row: plainly(row["unit"])),
        Column("more or less", lambda row: amount(row["median"], row["unit"], signed=True), right=True),
        Column("90 % of members", _range, right=True),
    ]
    teller.say()
    teller.table(
        f"What each actor loses (+) or gains (−), {told}", [*who, *columns], [x for x in bill if not x["part"]]
    )
    teller.say()
    teller.table(f"What it buys, {told}", [*who, *_value()], [row for row in value if row["discount"] == rate])
    teller.note(
        "What one actor pays another may receive, so accounts are read side by side; cash and lives are never added. "
        "A price stands only where nearly all members gain; elsewhere read the shares of members that gain or lose "
        "lives, and save or pay. `Worth it` is the share to whom the policy pays at 104,000 dollars a "
        "quality-adjusted year. Parts of accounts, other rates and other values of a year: --json."
    )
    return {"accounts": bill, "worth": value}


def _value() -> list[Column]:
    return [
        Column("perspective", lambda row: row["perspective"]),
        Column("price of a", lambda row: row["effect"]),
        Column("median", lambda row: _price(row["median"]), right=True),
        Column("90 % of those who gain", _prices, right=True),
        Column("gain, save", lambda row: _share(row["gains_and_saves"]), right=True),
        Column("gain, pay", lambda row: _share(row["gains_and_costs"]), right=True),
        Column("lose, save", lambda row: _share(row["loses_and_saves"]), right=True),
        Column("lose, pay", lambda row: _share(row["loses_and_costs"]), right=True),
        Column("worth it", lambda row: _share(list(row["acceptable"].values())[1] if "acceptable" in row else None)),
    ]


def _price(price: float | None) -> str:
    return "saves" if price == 0 else amount(price, "USD")


def _prices(row: Row) -> str:
    return "" if row["lower90"] is None else f"{_price(row['lower90'])} to {_price(row['upper90'])}"


def _columns(rows: list[Row]) -> list[Column]:
    """Return the columns that tell rows apart, where there is more than one scenario or worldview."""
    wanted = [name for name in ("worldview", "scenario") if len({row[name] for row in rows}) > 1]
    return [Column(name, lambda row, name=name: row[name]) for name in wanted]  # type: ignore[misc]


def _range(row: Row) -> str:
    if row["lower90"] is None:
        return ""
    return " to ".join(amount(row[end], row["unit"], signed=True) for end in ("lower90", "upper90"))


def _share(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.0f} %"
