"""Harm: how often people overdose, who survives, and who is counted.

The hazard depends on the dose actually taken relative to what a body tolerates, on its
variability among people (the frailest die first), and on being alone. People without
tolerance, who take fentanyl unknowingly in stimulants and pills, never adapt.
"""

from numpy import exp, maximum, minimum

from simulator.language import auxiliary, flow, stock


@stock("1")
def tolerance(potency):
    """The strength that people's bodies have adapted to, relative to the reference dose."""
    return potency


@stock("1")
def public_risk_perception(risk_perception_at_start):
    """How dangerous people who do not use believe illicit opioids to be."""
    return risk_perception_at_start


@stock("1", source="odonnell2021")
def solitary_use(base_solitary_use):
    """The share of use with nobody present who could help."""
    return base_solitary_use


@stock("1")
def frailty(frailty_at_entry):
    """Mean risk among people who use, relative to newcomers."""
    return frailty_at_entry


@flow("1/year", "outside -> tolerance")
def change_in_tolerance(potency, tolerance, tolerance_time, least_tolerance):
    """Tolerance follows the strength of what is taken; other opioids keep up some of it."""
    return (maximum(potency, least_tolerance) - tolerance) / tolerance_time


@flow("1/year", "outside -> public_risk_perception")
def change_in_risk_perception(
    indicated_risk_perception, public_risk_perception, risk_rise_time, risk_fall_time, risk_perception_switch
):
    """People learn of a danger in about two years and forget it in about twenty."""
    return risk_perception_switch * (
        maximum(indicated_risk_perception - public_risk_perception, 0) / risk_rise_time
        + minimum(indicated_risk_perception - public_risk_perception, 0) / risk_fall_time
    )


@flow("1/year", "outside -> solitary_use")
def change_in_solitary_use(indicated_solitary_use, solitary_use, habit_time):
    """Habits follow circumstances in some months."""
    return (indicated_solitary_use - solitary_use) / habit_time


@flow("1/year", "frailty -> outside", source="vaupel1979")
def depletion_of_the_frail(frailty, use_death_rate, frailty_variance, depletion_switch):
    """The frailest die first, so the mean risk of survivors falls with mortality and with inequality."""
    return depletion_switch * frailty_variance * use_death_rate * frailty


@flow("1/year", "outside -> frailty", source="vaupel1979")
def renewal_of_the_frail(frailty, frailty_at_entry, entry_rate, depletion_switch):
    """Newcomers bring the mean risk back towards that of people who have not been selected."""
    return depletion_switch * (frailty_at_entry - frailty) * entry_rate


@auxiliary("1/year")
def entry_rate(escalation, relapse, relapse_renewal, use_disorder, one_person):
    """How fast people with the disorder are replaced by others not yet selected by risk."""
    return (escalation + relapse_renewal * relapse) / (use_disorder + one_person)


@auxiliary("1")
def fentanyl_potency(purity, normal_purity, fentanyl_consumed, us_demand, trace_demand, purity_reference):
    """The strength of the fentanyl actually taken: the lesser of what is sold and what can be had."""
    return (
        maximum(0, minimum(purity, normal_purity * fentanyl_consumed / (us_demand + trace_demand))) / purity_reference
    )


@auxiliary("1")
def potency(fentanyl_potency, other_synthetics_share, other_synthetics_potency):
    """The strength that bodies grow used to, over all that is taken."""
    return (1 - other_synthetics_share) * fentanyl_potency + other_synthetics_share * other_synthetics_potency


@auxiliary("1")
def naive_dose_effect(fentanyl_potency, other_synthetics_share, other_synthetics_potency, dose_response):
    """The risk of a dose as a multiplier, averaged over doses of either kind, for bodies that tolerate nothing."""
    return (1 - other_synthetics_share) * fentanyl_potency**dose_response + (
        other_synthetics_share * other_synthetics_potency
    )


@auxiliary("1")
def dose_effect(naive_dose_effect, tolerance, tolerance_protection, tolerance_switch, dose_response):
    """The same multiplier for bodies that tolerate what they are used to."""
    return naive_dose_effect / tolerance ** (tolerance_switch * tolerance_protection * dose_response)


@auxiliary("1")
def indicated_solitary_use(
    base_solitary_use, pandemic_disruption, pandemic_solitude, supervised_use, supervision_reach
):
    """The pandemic left people alone; supervised places bring them together."""
    return (base_solitary_use + pandemic_solitude * pandemic_disruption) * (1 - supervision_reach * supervised_use)


@auxiliary("1")
def kits_per_head(naloxone_kits, people_at_risk, one_person, kits_per_person):
    """Kits for each person at risk, in units of one."""
    return naloxone_kits / ((people_at_risk + one_person) * kits_per_person)


@auxiliary("1", source="walley2013")
def naloxone_coverage(kits_per_head, naloxone_cap, naloxone_effect, naloxone_saturation_switch):
    """The chance that a bystander has naloxone: it grows with kits and saturates."""
    return minimum(
        naloxone_cap,
        naloxone_saturation_switch * naloxone_cap * (1 - exp(-naloxone_effect * kits_per_head / naloxone_cap))
        + (1 - naloxone_saturation_switch) * naloxone_effect * kits_per_head,
    )


@auxiliary("1", source="lim2022")
def survival_by_help(solitary_use, witness_share, naloxone_coverage, emergency_survival, emergency_response):
    """The share of overdoses that a witness, naloxone and ambulances turn from fatal to survived."""
    return (
        (1 - solitary_use)
        * witness_share
        * (1 - (1 - naloxone_coverage) * (1 - minimum(1, emergency_survival * emergency_response)))
    )


@auxiliary("1/year", source="shealey2024")
def overdose_rate(base_overdose_rate, frailty, pandemic_hazard, pandemic_disruption, drug_checking, checking_effect):
    """Overdoses a year of one who uses fentanyl daily, at the reference dose and tolerance."""
    return (
        base_overdose_rate
        * frailty
        * (1 + pandemic_hazard * pandemic_disruption)
        * (1 - checking_effect * drug_checking)
    )


@auxiliary("1/year", source="lim2022")
def fentanyl_death_rate(overdose_rate, dose_effect, case_fatality, survival_by_help):
    """Deaths a year of one who uses fentanyl daily: overdoses, their fatality, less those saved."""
    return overdose_rate * dose_effect * case_fatality * (1 - survival_by_help)


@auxiliary("1/year", source="lim2022")
def heroin_death_rate(heroin_overdose_rate, heroin_case_fatality, survival_by_help, frailty, pandemic_hazard,
                      pandemic_disruption):  # fmt: skip
    """Deaths a year of one who uses heroin daily."""
    return (
        heroin_overdose_rate
        * heroin_case_fatality
        * (1 - survival_by_help)
        * frailty
        * (1 + pandemic_hazard * pandemic_disruption)
    )


@auxiliary("1/year")
def use_death_rate(fentanyl_share, fentanyl_death_rate, heroin_death_rate):
    """Overdose deaths a year of one who uses daily what the market offers."""
    return fentanyl_share * fentanyl_death_rate + (1 - fentanyl_share) * heroin_death_rate


@auxiliary("person")
def people_exposed(use_disorder, waiting, casual_use, casual_risk, in_treatment, treatment_risk,
                   recently_released, release_risk):  # fmt: skip
    """People at risk, each counted by risk relative to daily use without treatment."""
    return (
        use_disorder
        + waiting
        + casual_risk * casual_use
        + treatment_risk * in_treatment
        + release_risk * recently_released
    )


@auxiliary("person")
def people_at_risk(use_disorder, waiting, casual_use, in_treatment, recently_released):
    """People who may witness or suffer an overdose, to whom kits go."""
    return use_disorder + waiting + casual_use + in_treatment + recently_released


@auxiliary("person/year", source="wagner2023")
def unaware_deaths(people_with_adulterated_supply, fentanyl_share, adulteration, unaware_overdose_rate,
                   naive_dose_effect, case_fatality, survival_by_help, unaware_help, drug_checking,
                   checking_reach, pandemic_hazard, pandemic_disruption, people_buying,
                   market_that_adulterates):  # fmt: skip
    """People who take stimulants or pills that hold fentanyl unknown to them, and have no tolerance."""
    return (
        people_with_adulterated_supply
        * people_buying
        / (people_buying + market_that_adulterates)
        * fentanyl_share
        * adulteration
        * unaware_overdose_rate
        * naive_dose_effect
        * case_fatality
        * (1 - unaware_help * survival_by_help)
        * (1 - checking_reach * drug_checking)
        * (1 + pandemic_hazard * pandemic_disruption)
    )


@auxiliary("person/year")
def illicit_fentanyl_deaths(people_exposed, fentanyl_share, fentanyl_death_rate):
    """Deaths by illicit fentanyl of people who use opioids."""
    return people_exposed * fentanyl_share * fentanyl_death_rate


@auxiliary("person/year")
def heroin_only_deaths(people_exposed, fentanyl_share, heroin_death_rate):
    """Deaths by heroin in which fentanyl has no part."""
    return people_exposed * (1 - fentanyl_share) * heroin_death_rate


@auxiliary("person/year", source="cdc_wonder")
def synthetic_opioid_deaths(illicit_fentanyl_deaths, unaware_deaths, pharmaceutical_deaths):
    """Deaths coded T40.4: illicit fentanyl, knowingly taken or not, on a constant pharmaceutical base."""
    return illicit_fentanyl_deaths + unaware_deaths + pharmaceutical_deaths


@auxiliary("person/year", source="cdc_wonder")
def heroin_deaths(heroin_only_deaths, illicit_fentanyl_deaths, heroin_involvement, fentanyl_share):
    """Deaths coded T40.1: heroin alone, and fentanyl deaths in which heroin is found too."""
    return heroin_only_deaths + heroin_involvement * (1 - fentanyl_share) * illicit_fentanyl_deaths


@auxiliary("person/year", source="cdc_wonder")
def opioid_deaths(synthetic_opioid_deaths, heroin_only_deaths, prescription_deaths):
    """Deaths by any opioid, each person counted once."""
    return synthetic_opioid_deaths + heroin_only_deaths + prescription_deaths


@auxiliary("1")
def indicated_risk_perception(opioid_deaths, alarming_deaths):
    """Deaths, relative to a number that alarms the public."""
    return opioid_deaths / alarming_deaths
