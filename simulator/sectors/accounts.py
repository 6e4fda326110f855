"""Accounts: who bears which cost, actor by actor, in cash. Nothing here feeds back.

Seven actors: the American purse, American households, people who use and their families, China,
Mexico, cartels and sellers. What one pays another may receive, so accounts of different actors are read
side by side, not added; lives and their value stand in `costs`, apart from all cash.
"""

from numpy import maximum

from simulator.language import auxiliary


@auxiliary("USD/year", source="florence2021")
def disorder_health_care(health_and_crime_cost, health_care_share):
    """Health care of people with untreated disorder, whoever pays."""
    return health_and_crime_cost * health_care_share


@auxiliary("USD/year", source="florence2021")
def disorder_crime(health_and_crime_cost, crime_share):
    """Police, courts and prisons for people with untreated disorder, beyond what is counted elsewhere."""
    return health_and_crime_cost * crime_share


@auxiliary("USD/year", source="florence2021")
def lost_earnings(health_and_crime_cost, health_care_share, crime_share):
    """Work that people with untreated disorder do not do; what is left of its cost."""
    return health_and_crime_cost * (1 - health_care_share - crime_share)


@auxiliary("USD/year", source="florence2021")
def earnings_lost_by_death(opioid_deaths, earnings_of_a_life):
    """Work that those who die would have done, counted in the year of death."""
    return opioid_deaths * earnings_of_a_life


@auxiliary("USD/year")
def public_health_care(disorder_health_care, public_payer_share):
    """The part of that health care which public insurance pays."""
    return disorder_health_care * public_payer_share


@auxiliary("USD/year")
def private_health_care(disorder_health_care, public_health_care):
    """The part that patients, families and their insurers pay."""
    return disorder_health_care - public_health_care


@auxiliary("USD/year")
def purse_cash_cost(public_cost, public_health_care, disorder_crime, tariff_revenue):
    """American purse: programmes, public health care and crime, less what tariffs bring in."""
    return public_cost + public_health_care + disorder_crime - tariff_revenue


@auxiliary("USD/year")
def families_cash_cost(revenue_of_sellers, lost_earnings, earnings_lost_by_death, private_health_care):
    """People who use and their families: what they pay for the drug, do not earn, and pay for care."""
    return revenue_of_sellers + lost_earnings + earnings_lost_by_death + private_health_care


@auxiliary("USD/year")
def china_enforcement_cost(china_control, china_oversight, informal_enforcement, verification_regime,
                           chinese_enforcement_price, chinese_oversight_price, hosting_price):  # fmt: skip
    """Controls carried out, oversight of trade, campaigns, and the hosting of those who verify."""
    return (
        (china_control + informal_enforcement) * chinese_enforcement_price
        + china_oversight * chinese_oversight_price
        + verification_regime * hosting_price
    )


@auxiliary("USD/year", source="doj_chapitos_2023")
def china_precursor_sales(precursors_from_china, precursor_price):
    """What Chinese suppliers are paid for diverted precursors; control forgoes it."""
    return precursors_from_china * precursor_price


@auxiliary("USD/year", source="amiti2019")
def imports_from_china_taxed(imports_from_china, import_response, effective_tariff):
    """Imports that still come from China under the tariff."""
    return imports_from_china / (1 + import_response * effective_tariff)


@auxiliary("USD/year", source="nyfed2026")
def tariff_borne_by_china(imports_from_china_taxed, effective_tariff, tariff_pass_through):
    """The part of the tariff that Chinese exporters absorb in lower prices."""
    return imports_from_china_taxed * effective_tariff * (1 - tariff_pass_through)


@auxiliary("USD/year")
def export_profit_lost_by_china(imports_from_china, imports_from_china_taxed, export_margin):
    """Profit on the goods that are no longer sold to the United States."""
    return (imports_from_china - imports_from_china_taxed) * export_margin


@auxiliary("USD/year")
def china_cash_cost(china_enforcement_cost, tariff_borne_by_china, export_profit_lost_by_china, china_precursor_sales):
    """China: enforcement and what tariffs take, less what its suppliers earn from the trade."""
    return china_enforcement_cost + tariff_borne_by_china + export_profit_lost_by_china - china_precursor_sales


@auxiliary("USD/year")
def mexico_enforcement_cost(mexico_effort, arrest_pressure, mexican_enforcement_price, mexican_arrest_price):
    """What Mexico spends on laboratories, stores and arrests."""
    return mexico_effort * mexican_enforcement_price + arrest_pressure * mexican_arrest_price


@auxiliary("USD/year", source="nyfed2026")
def tariff_borne_by_neighbours(imports_from_neighbours, tariff_on_neighbours, import_response, tariff_pass_through):
    """The part of the tariff that exporters in Mexico and Canada absorb."""
    return (imports_from_neighbours * tariff_on_neighbours / (1 + import_response * tariff_on_neighbours)) * (
        1 - tariff_pass_through
    )


@auxiliary("USD/year")
def mexico_cash_cost(mexico_enforcement_cost, tariff_borne_by_neighbours):
    """Mexico: enforcement and what tariffs take; its dead are counted as people and have no price here."""
    return mexico_enforcement_cost + tariff_borne_by_neighbours


@auxiliary("USD/year", source="caulkins2010")
def cartel_sales(arrivals, landed_cost, grams_per_kilogram):
    """What arrives, at the price of a gram north of the border."""
    return arrivals * grams_per_kilogram * landed_cost


@auxiliary("USD/year", source="doj_chapitos_2023")
def precursor_purchases(precursor_deliveries, precursor_price):
    """What producers pay for precursors, wherever they come from."""
    return precursor_deliveries * precursor_price


@auxiliary("USD/year")
def product_lost_to_seizure(fentanyl_seized, landed_cost, grams_per_kilogram):
    """What was seized at the border, at the price it would have fetched there; forgone, not paid."""
    return fentanyl_seized * grams_per_kilogram * landed_cost


@auxiliary("USD/year", source="ap_production_cost_2019")
def making_cost(fentanyl_produced, production_price):
    """Labour, equipment and protection of what is made, precursors apart; seized product has cost as much."""
    return fentanyl_produced * production_price


@auxiliary("USD/year")
def cartel_net_income(cartel_sales, precursor_purchases, making_cost):
    """Cartels: sales at the border less precursors and the making of all product, seized product included."""
    return cartel_sales - precursor_purchases - making_cost


@auxiliary("USD/year")
def seller_margin(revenue_of_sellers, cartel_sales):
    """Sellers within the United States: what buyers pay beyond the price at the border, at most all of it."""
    return maximum(revenue_of_sellers - cartel_sales, 0)
