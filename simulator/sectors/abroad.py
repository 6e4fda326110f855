"""Abroad: Canada and Europe, where product that is blocked or too dear to send north may go."""

from numpy import maximum, minimum

from simulator.language import auxiliary, flow, stock


@stock("kg/year")
def other_markets(other_markets_at_start):
    """What buyers in other countries want in a year."""
    return other_markets_at_start


@flow("kg/year/year", "outside -> other_markets")
def opening_of_other_markets(indicated_other_markets, other_markets, market_opening_time, abroad_switch):
    """Markets abroad open slowly, where it pays."""
    return abroad_switch * (indicated_other_markets - other_markets) / market_opening_time


@flow("kg/year", "product_in_mexico -> outside")
def exports_abroad(other_markets, product_in_mexico, dispatch_time, demand_for_mexican_product):
    """Other markets get their share of what there is."""
    return other_markets * minimum(1, product_in_mexico / (dispatch_time * demand_for_mexican_product))


@auxiliary("kg/year")
def indicated_other_markets(other_markets_at_start, other_markets_potential, perceived_risk, base_seizure_share,
                            europe_opening, risk_that_diverts):  # fmt: skip
    """Markets abroad draw product when the way north becomes risky, or when somebody opens them."""
    return other_markets_at_start + other_markets_potential * minimum(
        1, europe_opening + maximum(0, perceived_risk - base_seizure_share) / risk_that_diverts
    )
