"""Use: who becomes vulnerable, begins, escalates, stops and dies.

Initiation grows with social influence, availability and vulnerability and falls with the
danger people see. Flows belong to the sector whose stock they leave.
"""

from numpy import maximum, minimum

from simulator.language import auxiliary, flow, stock


@stock("person")
def vulnerable(vulnerable_at_start):
    """People who do not misuse opioids but live where and how it easily begins."""
    return vulnerable_at_start


@stock("person", source="samhsa_nsduh")
def prescription_misuse(prescription_misuse_at_start):
    """People who misuse prescription opioids and no illicit ones."""
    return prescription_misuse_at_start


@stock("person", source="lim2022")
def casual_use(casual_use_at_start):
    """People who use illicit opioids without a disorder."""
    return casual_use_at_start


@stock("person", source="lim2022")
def use_disorder(use_disorder_at_start):
    """People with an illicit opioid use disorder who are neither in treatment nor waiting for it."""
    return use_disorder_at_start


@flow("person/year", "outside -> vulnerable")
def becoming_vulnerable(vulnerability_inflow, root_cause_investment, root_cause_effect, vulnerability_switch,
                        use_disorder, use_disorder_at_start, vulnerability_of_families):  # fmt: skip
    """Poverty, pain and broken families; addiction itself breeds more of them."""
    return (
        vulnerability_inflow
        * (1 - root_cause_effect * root_cause_investment)
        * (1 + vulnerability_switch * vulnerability_of_families * (use_disorder / use_disorder_at_start - 1))
    )


@flow("person/year", "vulnerable -> outside")
def outgrowing_vulnerability(vulnerable, vulnerability_time, root_cause_investment, root_cause_escape):
    """Lives settle with the years, sooner where schools, work and community help."""
    return vulnerable / vulnerability_time * (1 + root_cause_escape * root_cause_investment)


@flow("person/year", "vulnerable -> casual_use", source="lim2022")
def initiation(base_initiation, vulnerable, caution, social_influence, availability, prevention_programmes,
               prevention_effect, coercion_effect, coercive_campaign):  # fmt: skip
    """People begin where others use and supply is at hand, less where they see danger."""
    return (
        base_initiation
        * vulnerable
        * caution
        * social_influence
        * availability
        * (1 - prevention_effect * prevention_programmes)
        * (1 - coercion_effect * coercive_campaign)
    )


@flow("person/year", "vulnerable -> prescription_misuse", source="lim2022")
def prescription_initiation(vulnerable, base_prescription_initiation, prescription_volume, prevention_programmes,
                            prevention_effect):  # fmt: skip
    """Misuse of prescription opioids begins in proportion to how many are prescribed."""
    return (
        vulnerable
        * base_prescription_initiation
        * prescription_volume
        * (1 - prevention_effect * prevention_programmes)
    )


@flow("person/year", "prescription_misuse -> outside", source="lim2022")
def quitting_prescription(prescription_misuse, prescription_quit_rate):
    """Most misuse ends by itself."""
    return prescription_misuse * prescription_quit_rate


@flow("person/year", "prescription_misuse -> casual_use", source="lim2022")
def switching_to_illicit(prescription_misuse, switching_rate, caution, availability):
    """Some turn to cheaper illicit supply, less where they see danger."""
    return prescription_misuse * switching_rate * caution * availability


@flow("person/year", "prescription_misuse -> outside", source="cdc_wonder")
def prescription_deaths(prescription_misuse, prescription_death_rate):
    """Deaths by prescription opioids in which neither heroin nor synthetics have a part."""
    return prescription_misuse * prescription_death_rate


@flow("person/year", "prescription_misuse -> prescription_in_treatment", source="lim2022")
def prescription_admissions(prescription_seekers, free_places, people_per_place, shortest_wait, places_limit_switch):
    """People with a disorder from prescriptions enter treatment, as far as places are free."""
    return minimum(
        prescription_seekers,
        places_limit_switch * free_places * people_per_place / shortest_wait
        + (1 - places_limit_switch) * prescription_seekers,
    )


@flow("person/year", "casual_use -> use_disorder", source="lim2022")
def escalation(casual_use, escalation_rate):
    """Use becomes a disorder."""
    return casual_use * escalation_rate


@flow("person/year", "casual_use -> outside", source="lim2022")
def quitting_casual_use(casual_use, casual_quit_rate):
    """Occasional use ends."""
    return casual_use * casual_quit_rate


@flow("person/year", "casual_use -> outside")
def deaths_in_casual_use(casual_use, casual_risk, use_death_rate, other_death_rate):
    """Occasional users die of overdose, at part of the risk, and of other causes."""
    return casual_use * (casual_risk * use_death_rate + other_death_rate)


@flow("person/year", "use_disorder -> outside")
def deaths_in_use_disorder(use_disorder, use_death_rate, other_death_rate):
    """People with the disorder die of overdose and of other causes."""
    return use_disorder * (use_death_rate + other_death_rate)


@flow("person/year", "use_disorder -> early_remission", source="lim2022")
def cessation(use_disorder, cessation_rate, recovery_support, recovery_effect, scarcity_cessation, bounded_cover,
              coercive_campaign, coercion_cessation):  # fmt: skip
    """Some stop without medication, more when helped, forced, or when supply dries up."""
    return use_disorder * (
        cessation_rate * (1 + recovery_effect * recovery_support)
        + scarcity_cessation * maximum(0, 1 - bounded_cover)
        + coercion_cessation * coercive_campaign
    )


@flow("person/year", "use_disorder -> waiting", source="lim2022")
def seeking(use_disorder, use_disorder_at_start, treatment_pull_switch, seeking_rate, seeking_growth,
            treatment_expansion, treatment_outreach, outreach_effect, pandemic_care, pandemic_disruption):  # fmt: skip
    """People ask for treatment, more where it is offered and known."""
    return (
        seeking_rate
        * (
            treatment_pull_switch * use_disorder
            + (1 - treatment_pull_switch) * minimum(use_disorder, use_disorder_at_start)
        )
        * (1 + seeking_growth * treatment_expansion)
        * (1 + outreach_effect * treatment_outreach)
        * (1 - pandemic_care * pandemic_disruption)
    )


@flow("person/year", "use_disorder -> incarcerated", source="winkelman2018")
def incarceration(use_disorder, incarceration_rate, domestic_enforcement, decriminalisation,
                  decriminalisation_effect, coercive_campaign, coercion_arrests, justice_switch):  # fmt: skip
    """Police imprison people who use, as enforcement and law have it."""
    return (
        justice_switch
        * use_disorder
        * (
            incarceration_rate * domestic_enforcement * (1 - decriminalisation_effect * decriminalisation)
            + coercion_arrests * coercive_campaign
        )
    )


@auxiliary("person/year", source="lim2022")
def prescription_seekers(prescription_misuse, prescription_seeking_rate, seeking_growth, treatment_expansion,
                         treatment_outreach, outreach_effect):  # fmt: skip
    """People with a disorder from prescriptions who ask for treatment, more where it is offered and known."""
    return (
        prescription_misuse
        * prescription_seeking_rate
        * (1 + seeking_growth * treatment_expansion)
        * (1 + outreach_effect * treatment_outreach)
    )


@auxiliary("1")
def caution(public_risk_perception, risk_perception_at_start, risk_response):
    """The danger people see keeps them from beginning."""
    return (public_risk_perception / risk_perception_at_start) ** (-risk_response)


@auxiliary("1")
def social_influence(use_disorder, casual_use, use_disorder_at_start, casual_use_at_start, social_exponent,
                     social_influence_switch):  # fmt: skip
    """Use spreads among people who know people who use."""
    return ((use_disorder + casual_use) / (use_disorder_at_start + casual_use_at_start)) ** (
        social_influence_switch * social_exponent
    )


@auxiliary("1")
def availability(bounded_cover, fentanyl_share, availability_exponent, price, normal_price):
    """How easily illicit opioids are had: heroin as ever, fentanyl as cover and price allow."""
    return (1 - fentanyl_share + fentanyl_share * bounded_cover * normal_price / price) ** availability_exponent


@auxiliary("person")
def people_with_use_disorder(use_disorder, waiting, in_treatment, prescription_in_treatment, incarcerated,
                             recently_released):  # fmt: skip
    """Everybody with an opioid use disorder that is not in remission, wherever they are."""
    return use_disorder + waiting + in_treatment + prescription_in_treatment + incarcerated + recently_released


@auxiliary("person")
def casual_users(casual_use):
    """People who use illicit opioids without a disorder, the public name of the stock."""
    return 1 * casual_use
