"""Production: what producers in Mexico want to make, can make, and have in store.

Output is the scarcest of capacity, wanted output and precursors. Capacity follows the
demand that producers expect, growth extrapolated, and profit; designation, strikes and
arrests destroy it, raise risk and split groups. The correction for a full or empty
pipeline belongs to output, not to capacity, and may be negative.
"""

from numpy import maximum, minimum

from simulator.language import auxiliary, flow, stock


@stock("kg/year")
def expected_demand(demand_for_mexican_product, growth_at_start, expectation_time):
    """What producers believe buyers of Mexican product want in a year; it trails a growing demand."""
    return demand_for_mexican_product / (1 + growth_at_start * expectation_time)


@stock("kg/year")
def production_capacity(desired_capacity):
    """What laboratories in Mexico could make in a year."""
    return desired_capacity


@stock("kg")
def product_in_mexico(expected_demand, dispatch_time):
    """Finished product waiting to be sent north or abroad."""
    return expected_demand * dispatch_time


@stock("person", source="prietocuriel2023")
def cartel_workforce(cartel_workforce_at_start):
    """Members of trafficking groups, of whom those who make fentanyl are a part."""
    return cartel_workforce_at_start


@stock("1")
def fragmentation(fragmentation_at_rest):
    """How split the groups are; 1 is the state of 2013."""
    return fragmentation_at_rest


@stock("1")
def replaced_laboratories(fragmentation_at_rest):
    """The share of capacity that others have set up in place of idled laboratories; none at the start."""
    return 0 * fragmentation_at_rest


@flow("kg/year/year", "outside -> expected_demand")
def change_in_expected_demand(demand_for_mexican_product, expected_demand, expectation_time):
    """Expectations follow what buyers ask for, whether or not they get it."""
    return (demand_for_mexican_product - expected_demand) / expectation_time


@flow("kg/year/year", "outside -> production_capacity")
def building_capacity(desired_capacity, production_capacity, capacity_build_time):
    """Laboratories are added towards what is desired."""
    return maximum(desired_capacity - production_capacity, 0) / capacity_build_time


@flow("kg/year/year", "production_capacity -> outside")
def abandoning_capacity(desired_capacity, production_capacity, capacity_decay_time):
    """Laboratories that nobody needs are given up slowly."""
    return maximum(production_capacity - desired_capacity, 0) / capacity_decay_time


@flow("kg/year/year", "production_capacity -> outside")
def destroying_capacity(
    production_capacity, strike_intensity, arrest_pressure, arrest_destruction, conflict, conflict_destruction
):
    """Strikes, arrests and wars among groups take laboratories out of use."""
    return production_capacity * (
        strike_intensity + arrest_destruction * arrest_pressure + conflict_destruction * conflict
    )


@flow("kg/year", "precursors_in_mexico -> product_in_mexico")
def fentanyl_produced(planned_use, precursors_in_mexico, processing_time):
    """Output is the scarcest of capacity, wanted output (both in planned use) and precursors."""
    return minimum(planned_use, precursors_in_mexico / processing_time)


@flow("person/year", "outside -> cartel_workforce", source="prietocuriel2023")
def recruitment(cartel_workforce, recruitment_rate, fragmentation, fragmentation_at_rest, competition_switch,
                recruitment_competition, workforce_switch):  # fmt: skip
    """Groups recruit in proportion to their size, more when they compete."""
    return (
        workforce_switch
        * cartel_workforce
        * recruitment_rate
        * (1 + competition_switch * recruitment_competition * (fragmentation - fragmentation_at_rest))
    )


@flow("person/year", "cartel_workforce -> outside", source="prietocuriel2023")
def workforce_losses(
    cartel_workforce, workforce_loss_rate, arrest_pressure, arrest_losses, conflict, conflict_losses, workforce_switch
):
    """Members are arrested, killed, or leave."""
    return (
        workforce_switch
        * cartel_workforce
        * (workforce_loss_rate + arrest_losses * arrest_pressure + conflict_losses * conflict)
    )


@flow("1/year", "outside -> fragmentation")
def splitting(fragmentation, most_fragmentation, arrest_pressure, strike_intensity, designation_pressure,
              split_by_arrests, split_by_strikes, split_by_designation, cartel_war):  # fmt: skip
    """The loss of leaders and of trust splits groups, the less the more they are split already."""
    return (most_fragmentation - fragmentation) * (
        split_by_arrests * (arrest_pressure + cartel_war)
        + split_by_strikes * strike_intensity
        + split_by_designation * designation_pressure
    )


@flow("1/year", "fragmentation -> outside")
def consolidating(fragmentation, fragmentation_at_rest, consolidation_time):
    """Groups settle into new orders."""
    return (fragmentation - fragmentation_at_rest) / consolidation_time


@flow("1/year", "outside -> replaced_laboratories")
def replacing_laboratories(halted_production, replaced_laboratories, replacement_time):
    """Other groups and places take over from idled laboratories, soon, late or hardly ever: nobody knows."""
    return (halted_production - replaced_laboratories) / replacement_time


@auxiliary("1")
def conflict(fragmentation, fragmentation_at_rest, conflict_switch):
    """Split groups fight; an index above the level of 2013."""
    return conflict_switch * maximum(0, fragmentation / fragmentation_at_rest - 1)


@auxiliary("kg/year")
def demand_for_mexican_product(us_demand, mail_channel, other_markets, least_production):
    """What buyers want beyond what arrives by mail, unconstrained by what there is."""
    return maximum(us_demand + other_markets - mail_channel, least_production)


@auxiliary("1/year")
def expected_growth(demand_for_mexican_product, expected_demand, expectation_time, fastest_growth):
    """The growth that producers see, within what they can believe; nobody plans for decline ahead of it."""
    return minimum(maximum((demand_for_mexican_product / expected_demand - 1) / expectation_time, 0), fastest_growth)


@auxiliary("1")
def profit_effect(price, normal_price, capacity_elasticity, price_production_switch, revenue_capacity_switch,
                  designation_pressure, finance_squeeze):  # fmt: skip
    """A price above normal draws capacity in; a squeeze on finance keeps it out."""
    return (
        1 + price_production_switch * ((price / normal_price) ** (revenue_capacity_switch * capacity_elasticity) - 1)
    ) * (1 - finance_squeeze * designation_pressure)


@auxiliary("kg/year")
def desired_capacity(expected_demand, expected_growth, growth_horizon, capacity_margin, profit_effect):
    """Capacity is planned for expected demand, growth extrapolated, with a margin."""
    return expected_demand * (1 + growth_horizon * expected_growth) * (1 + capacity_margin) * profit_effect


@auxiliary("1", source="insightcrime2023")
def halted_production(cartel_ban, cartel_ban_effect, cartel_war, cartel_war_effect):
    """A ban by a leading group, or a war among its factions, idles part of the laboratories."""
    return 1 - (1 - cartel_ban_effect * cartel_ban) * (1 - cartel_war_effect * cartel_war)


@auxiliary("kg/year")
def mexican_capacity(production_capacity, halted_production, replaced_laboratories, cartel_workforce,
                     cartel_workforce_at_start, labour_elasticity, workforce_switch):  # fmt: skip
    """Laboratories that run: not idled by their owners unless replaced, and manned."""
    return (
        production_capacity
        * (1 - maximum(0, halted_production - replaced_laboratories))
        * minimum(1, cartel_workforce / cartel_workforce_at_start) ** (workforce_switch * labour_elasticity)
    )


@auxiliary("kg/year")
def wanted_output(
    demand_for_mexican_product, target_cover, us_demand, us_inventory, dispatch_time, product_in_mexico,
    pipeline_adjustment_time, perceived_risk, bearable_loss,
):  # fmt: skip
    """Demand, plus or minus what the pipeline lacks or has too much of, over what gets through."""
    return maximum(
        0,
        demand_for_mexican_product / (1 - minimum(perceived_risk, bearable_loss))
        + (target_cover * us_demand - us_inventory) / pipeline_adjustment_time
        + (
            dispatch_time * demand_for_mexican_product / (1 - minimum(perceived_risk, bearable_loss))
            - product_in_mexico
        )
        / pipeline_adjustment_time,
    )


@auxiliary("1/year", source="prietocuriel2023")
def violence_rate(base_violence, conflict, violence_of_conflict, strike_intensity, violence_of_strikes,
                  arrest_pressure, violence_of_arrests):  # fmt: skip
    """Killings per member rise with wars among groups, with strikes on them, and with arrests that unsettle them."""
    return (
        base_violence
        + violence_of_conflict * conflict
        + violence_of_strikes * strike_intensity
        + violence_of_arrests * arrest_pressure
    )
