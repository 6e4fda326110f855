"""Market: how much there is in the United States, how strong, at what price, and of what kind.

Cover, stock over demand, clears through strength and price. Fentanyl displaces heroin in
two waves, because it is cheaper to supply; what a market calls normal moves as it matures.
Prolonged scarcity invites other synthetic opioids.
"""

from numpy import exp, maximum, minimum

from simulator.language import auxiliary, flow, stock


@stock("kg")
def us_inventory(us_demand, target_cover):
    """Pure fentanyl held by wholesalers and dealers in the United States."""
    return us_demand * target_cover


@stock("USD/g", source="kilmer2022price")
def price(normal_price):
    """Retail price of a pure gram, adjusted for quality."""
    return normal_price


@stock("1", source="dea_ndta_2024")
def purity(normal_purity):
    """Share of fentanyl in powder at retail."""
    return normal_purity


@stock("1", source="nflis_drug")
def early_share(early_share_at_start):
    """Fentanyl's share of illicit opioids where it came first: the east, as powder."""
    return early_share_at_start


@stock("1", source="nflis_drug")
def late_share(late_share_at_start):
    """Fentanyl's share of illicit opioids where it came later: the west, as pills."""
    return late_share_at_start


@stock("1")
def market_maturity(fentanyl_share, highest_share):
    """How far buyers and sellers take fentanyl as the normal opioid."""
    return fentanyl_share / highest_share


@stock("1")
def other_synthetics_share(other_synthetics_ceiling):
    """Share of the market served by other synthetic opioids; none at the start."""
    return 0 * other_synthetics_ceiling


@flow("kg/year", "us_inventory -> outside")
def fentanyl_consumed(us_demand, cover, abundance_response):
    """People use what they want as far as it is there, and more when it abounds."""
    return us_demand * (minimum(cover, 1) + abundance_response * (maximum(cover, 1) - 1))


@flow("kg/year", "us_inventory -> outside")
def domestic_seizures(us_inventory, domestic_seizure_rate, domestic_enforcement):
    """Police find part of what lies in store."""
    return us_inventory * domestic_seizure_rate * domestic_enforcement


@flow("USD/g/year", "outside -> price")
def change_in_price(indicated_price, price, price_delay):
    """Prices take weeks to follow scarcity and cost."""
    return (indicated_price - price) / price_delay


@flow("1/year", "outside -> purity")
def change_in_purity(indicated_purity, purity, purity_delay):
    """Strength takes weeks to follow scarcity."""
    return (indicated_purity - purity) / purity_delay


@flow("1/year", "outside -> early_share")
def early_spread(early_spread_rate, early_share, highest_share, supply_for_spread, lock_in_switch, late_share_at_start):
    """Fentanyl spreads where it is already known, as far as supply keeps up."""
    return (
        early_spread_rate
        * (late_share_at_start + lock_in_switch * (early_share - late_share_at_start))
        * (1 - early_share / highest_share)
        * supply_for_spread
    )


@flow("1/year", "outside -> late_share")
def late_spread(late_spread_rate, late_share, highest_share, supply_for_spread, lock_in_switch, late_share_at_start):
    """The second wave spreads in the same way, later and more slowly."""
    return (
        late_spread_rate
        * (late_share_at_start + lock_in_switch * (late_share - late_share_at_start))
        * (1 - late_share / highest_share)
        * supply_for_spread
    )


@flow("1/year", "outside -> market_maturity")
def maturing(fentanyl_share, highest_share, market_maturity, maturing_time):
    """Norms follow the share of fentanyl in about a year."""
    return (fentanyl_share / highest_share - market_maturity) / maturing_time


@flow("1/year", "outside -> other_synthetics_share")
def change_in_other_synthetics(
    other_synthetics_ceiling, bounded_cover, other_synthetics_share, other_synthetics_time, substitutes_switch
):
    """Scarcity invites other synthetics; plenty drives them out."""
    return (
        substitutes_switch * other_synthetics_ceiling * maximum(0, 1 - bounded_cover) - other_synthetics_share
    ) / other_synthetics_time


@auxiliary("1")
def fentanyl_share(early_weight, early_share, late_share):
    """Fentanyl's share of illicit opioids in the country."""
    return early_weight * early_share + (1 - early_weight) * late_share


@auxiliary("person")
def people_buying(use_disorder, waiting, recently_released, casual_use, casual_consumption):
    """People who use illicit opioids, occasional users counted at what they consume."""
    return use_disorder + waiting + recently_released + casual_consumption * casual_use


@auxiliary("kg/year", source="kilmer2022consumption")
def us_demand(people_buying, fentanyl_share, other_synthetics_share, annual_dose, normal_purity, purity_high,
              price, normal_price, price_elasticity, scarcity_price_switch):  # fmt: skip
    """People times their dose at the strength they are used to, less where the price is high."""
    return (
        people_buying
        * fentanyl_share
        * (1 - other_synthetics_share)
        * annual_dose
        * (normal_purity / purity_high)
        * (price / normal_price) ** (scarcity_price_switch * price_elasticity)
    )


@auxiliary("1")
def cover(us_inventory, us_demand, target_cover, least_inventory):
    """Stock over the stock that sellers normally hold."""
    return us_inventory / (us_demand * target_cover + least_inventory)


@auxiliary("1")
def bounded_cover(cover, lowest_cover, highest_cover):
    """Cover within what strength and price can express."""
    return minimum(maximum(cover, lowest_cover), highest_cover)


@auxiliary("1")
def supply_for_spread(bounded_cover, spread_supply_exponent):
    """A new product wins markets only as far as it is to be had."""
    return minimum(bounded_cover, 1) ** spread_supply_exponent


@auxiliary("1", source="dea_ndta_2024")
def normal_purity(purity_low, purity_high, market_maturity):
    """The strength a market considers normal rises as fentanyl matures."""
    return purity_low * (purity_high / purity_low) ** market_maturity


@auxiliary("USD/g", source="kilmer2022price")
def normal_price(mature_price, early_price_premium, market_maturity):
    """The price a market considers normal falls as fentanyl matures."""
    return mature_price * exp(early_price_premium * (1 - market_maturity))


@auxiliary("1")
def indicated_purity(normal_purity, bounded_cover, purity_exponent, scarcity_purity_switch, purity_ceiling):
    """Sellers stretch what is scarce and strengthen what abounds."""
    return minimum(normal_purity * bounded_cover ** (scarcity_purity_switch * purity_exponent), purity_ceiling)


@auxiliary("USD/g", source="caulkins2010")
def landed_cost(landed_cost_at_start, perceived_risk, base_seizure_share, risk_premium_switch, risk_premium,
                designation_pressure, designation_risk):  # fmt: skip
    """What a gram costs at the border, with a premium for the risks of sending it there."""
    return landed_cost_at_start * (
        1
        + risk_premium_switch
        * (risk_premium * (perceived_risk - base_seizure_share) + designation_risk * designation_pressure)
    )


@auxiliary("USD/g", source="caulkins2010")
def indicated_price(normal_price, bounded_cover, price_exponent, landed_cost, landed_cost_at_start, price_transmission):
    """Scarcity raises the price; landed cost adds to it, or multiplies it, nobody knows which."""
    return bounded_cover ** (-price_exponent) * (
        (1 - price_transmission) * (normal_price + landed_cost - landed_cost_at_start)
        + price_transmission * normal_price * landed_cost / landed_cost_at_start
    )
