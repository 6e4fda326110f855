"""Actors and their accounts: which quantities are whose cost, in cash or in lives, and with which sign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Account:
    """One line of the accounts.

    Attributes:
        actor: whose it is.
        kind: `cash`, or `life` (people, years of life and their value); nothing adds the two.
        quantity: the rate that is added up, by its name in the model.
        sign: +1 where more of it is worse for the actor, -1 where it is income.
        part: whether it is a part of the cash account of the same actor above it.
    """

    actor: str
    kind: Literal["cash", "life"]
    quantity: str
    sign: int = 1
    part: bool = False


PURSE, HOUSEHOLDS, FAMILIES = "American purse", "American households", "users and families"
CHINA, MEXICO, CARTELS, SELLERS = "China", "Mexico", "cartels", "sellers in the US"

#: Every account, actor by actor; parts add up to the account above them.
ACCOUNTS = (
    Account(PURSE, "cash", "purse_cash_cost"),
    Account(PURSE, "cash", "public_cost", part=True),
    Account(PURSE, "cash", "public_health_care", part=True),
    Account(PURSE, "cash", "disorder_crime", part=True),
    Account(PURSE, "cash", "tariff_revenue", -1, part=True),
    Account(HOUSEHOLDS, "cash", "tariff_cost_to_households"),
    Account(FAMILIES, "cash", "families_cash_cost"),
    Account(FAMILIES, "cash", "revenue_of_sellers", part=True),
    Account(FAMILIES, "cash", "lost_earnings", part=True),
    Account(FAMILIES, "cash", "earnings_lost_by_death", part=True),
    Account(FAMILIES, "cash", "private_health_care", part=True),
    Account(FAMILIES, "life", "opioid_deaths"),
    Account(FAMILIES, "life", "quality_adjusted_life_years_lost"),
    Account(FAMILIES, "life", "value_of_life_cost"),
    Account(CHINA, "cash", "china_cash_cost"),
    Account(CHINA, "cash", "china_enforcement_cost", part=True),
    Account(CHINA, "cash", "tariff_borne_by_china", part=True),
    Account(CHINA, "cash", "export_profit_lost_by_china", part=True),
    Account(CHINA, "cash", "china_precursor_sales", -1, part=True),
    Account(MEXICO, "cash", "mexico_cash_cost"),
    Account(MEXICO, "cash", "mexico_enforcement_cost", part=True),
    Account(MEXICO, "cash", "tariff_borne_by_neighbours", part=True),
    Account(MEXICO, "life", "violent_deaths"),
    Account(CARTELS, "cash", "cartel_net_income", -1),
    Account(CARTELS, "cash", "cartel_sales", -1, part=True),
    Account(CARTELS, "cash", "precursor_purchases", part=True),
    Account(CARTELS, "cash", "making_cost", part=True),
    Account(SELLERS, "cash", "seller_margin", -1),
)

#: From where a policy is judged: which rates of cash, and with which sign, make up its cost. For
#: society, transfers drop out and what is left are resources; people's lost lives are the effect.
PERSPECTIVES: dict[str, tuple[tuple[str, int], ...]] = {
    "American purse": (("purse_cash_cost", 1),),
    "American society": (("cash_cost", 1), ("tariff_cost_to_households", 1), ("tariff_revenue", -1)),
}
