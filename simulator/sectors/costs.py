"""Costs: who pays, in cash, in years of life and in violence. Nothing here feeds back.

Cash and the value of life are kept apart; no total adds them.
"""

from simulator.language import auxiliary


@auxiliary("USD/year", source="nida_treatment_cost")
def treatment_cost(people_in_treatment, treatment_price):
    """Treatment, by people and price."""
    return people_in_treatment * treatment_price


@auxiliary("USD/year")
def naloxone_cost(naloxone_distribution, kit_price):
    """Kits handed out."""
    return naloxone_distribution * kit_price


@auxiliary("USD/year", source="bop_coif")
def incarceration_cost(incarcerated, prison_price):
    """Prison for people with the disorder."""
    return incarcerated * prison_price


@auxiliary("USD/year", source="ondcp_budget")
def interdiction_cost(interdiction_capacity, port_inspection, ports_share, between_ports_patrol, between_ports_share,
                      northern_border_patrol, northern_share, interdiction_price):  # fmt: skip
    """The border budget that goes to fentanyl; effort costs the same wherever little crosses."""
    return interdiction_price * (
        interdiction_capacity
        + (1 - ports_share) * port_inspection
        + (1 - between_ports_share) * between_ports_patrol
        + (1 - northern_share) * northern_border_patrol
    )


@auxiliary("USD/year", source="florence2021")
def health_and_crime_cost(use_disorder, waiting, recently_released, disorder_price):
    """Health care, crime and lost work of people with untreated disorder."""
    return (use_disorder + waiting + recently_released) * disorder_price


@auxiliary("USD/year")
def programme_cost(
    treatment_outreach, outreach_price, retention_support, retention_price, recovery_support, recovery_price,
    prevention_programmes, prevention_price, root_cause_investment, root_cause_price, drug_checking, checking_price,
    supervised_use, supervision_price, coercive_campaign, coercion_price, custody_treatment, custody_price,
    emergency_response, emergency_price,
):  # fmt: skip
    """Programmes, each at full scale times how far it is carried out."""
    return (
        treatment_outreach * outreach_price
        + retention_support * retention_price
        + recovery_support * recovery_price
        + prevention_programmes * prevention_price
        + root_cause_investment * root_cause_price
        + drug_checking * checking_price
        + supervised_use * supervision_price
        + coercive_campaign * coercion_price
        + custody_treatment * custody_price
        + (emergency_response - 1) * emergency_price
    )


@auxiliary("USD/year")
def force_cost(strike_intensity, strike_reference, strike_price, designation_pressure, designation_price,
               arrest_pressure, arrest_price, verification_effort, verification_price, sanctions_pressure,
               sanctions_price, mail_inspection, mail_inspection_price, mexico_enforcement, mexico_price,
               india_control_target, elsewhere_control_target, foreign_control_price):  # fmt: skip
    """Strikes, designation, sanctions, help to other countries, verification and the search of mail."""
    return (
        strike_intensity / strike_reference * strike_price
        + designation_pressure * designation_price
        + arrest_pressure * arrest_price
        + verification_effort * verification_price
        + sanctions_pressure * sanctions_price
        + mail_inspection * mail_inspection_price
        + (mexico_enforcement - 1) * mexico_price
        + (india_control_target + elsewhere_control_target) * foreign_control_price
    )


@auxiliary("USD/year")
def domestic_enforcement_cost(domestic_enforcement, domestic_enforcement_price):
    """Police and courts at home."""
    return domestic_enforcement * domestic_enforcement_price


@auxiliary("USD/year")
def public_cost(treatment_cost, naloxone_cost, incarceration_cost, interdiction_cost, programme_cost, force_cost,
                domestic_enforcement_cost):  # fmt: skip
    """What the public purse spends, cash."""
    return (
        treatment_cost
        + naloxone_cost
        + incarceration_cost
        + interdiction_cost
        + programme_cost
        + force_cost
        + domestic_enforcement_cost
    )


@auxiliary("USD/year")
def cash_cost(public_cost, health_and_crime_cost):
    """All cash: the public purse, and health care, crime and lost work."""
    return public_cost + health_and_crime_cost


@auxiliary("USD/year", source="dot_vsl")
def value_of_life_cost(opioid_deaths, value_of_life):
    """Deaths at the value used for regulation; an account apart from cash."""
    return opioid_deaths * value_of_life


@auxiliary("USD/year", source="yale_budget_lab_2025")
def tariff_cost_to_households(effective_tariff, tariff_on_neighbours, households, household_cost_of_china_tariff,
                              household_cost_of_neighbour_tariff):  # fmt: skip
    """What tariffs tied to fentanyl take from American households."""
    return households * (
        household_cost_of_china_tariff * effective_tariff + household_cost_of_neighbour_tariff * tariff_on_neighbours
    )


@auxiliary("USD/year", source="amiti2019")
def tariff_revenue(effective_tariff, tariff_on_neighbours, imports_from_china, imports_from_neighbours,
                   import_response):  # fmt: skip
    """What the tariffs bring in, imports shrinking as they rise."""
    return imports_from_china * effective_tariff / (1 + import_response * effective_tariff) + (
        imports_from_neighbours * tariff_on_neighbours / (1 + import_response * tariff_on_neighbours)
    )


@auxiliary("year/year", source="wittenberg2016")
def quality_adjusted_life_years_lost(opioid_deaths, years_lost_per_death, use_disorder, waiting, recently_released,
                                     disorder_disutility, people_in_treatment, treatment_disutility, incarcerated,
                                     one_person):  # fmt: skip
    """Years of life lost by death, and of its quality by disorder and treatment."""
    return (
        opioid_deaths * years_lost_per_death
        + disorder_disutility * (use_disorder + waiting + recently_released + incarcerated)
        + treatment_disutility * people_in_treatment
    ) / one_person


@auxiliary("person/year", source="prietocuriel2023")
def violent_deaths(cartel_workforce, violence_rate):
    """Killings among trafficking groups."""
    return cartel_workforce * violence_rate


@auxiliary("USD/year", source="kilmer2022price")
def revenue_of_sellers(fentanyl_consumed, price, grams_per_kilogram):
    """What buyers pay."""
    return fentanyl_consumed * grams_per_kilogram * price
