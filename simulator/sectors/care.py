"""Care: how people wait for treatment, receive it, leave it, recover and relapse.

Seeking, places and retention are three separate levers: more of one changes nothing
while another binds. Kits of naloxone wear out and are used.
"""

from numpy import maximum, minimum

from simulator.language import auxiliary, flow, stock


@stock("person")
def waiting(waiting_at_start):
    """People who have asked for treatment and not yet begun it."""
    return waiting_at_start


@stock("person", source="samhsa_nssats")
def in_treatment(in_treatment_at_start):
    """People with an illicit disorder who receive medication."""
    return in_treatment_at_start


@stock("person", source="samhsa_nssats")
def prescription_in_treatment(prescription_in_treatment_at_start):
    """People with a disorder from prescription opioids who receive medication."""
    return prescription_in_treatment_at_start


@stock("person")
def early_remission(early_remission_at_start):
    """People who stopped within about a year."""
    return early_remission_at_start


@stock("person")
def stable_remission(stable_remission_at_start):
    """People who stopped long ago."""
    return stable_remission_at_start


@stock("place", source="samhsa_nssats")
def treatment_places(places_funded):
    """Places in programmes and practices."""
    return places_funded


@stock("person")
def care_workforce(places_funded, places_per_worker):
    """People who prescribe, dose and counsel."""
    return places_funded / places_per_worker


@stock("kit", source="lim2022")
def naloxone_kits(naloxone_distribution, kit_lifetime):
    """Kits in the hands of people who may witness an overdose."""
    return naloxone_distribution * kit_lifetime


@flow("person/year", "waiting -> in_treatment", source="lim2022")
def admissions(waiting, free_places, people_per_place, shortest_wait, places_limit_switch):
    """People or places, whichever is scarcer, one intake delay at a time."""
    return (
        minimum(waiting, places_limit_switch * free_places * people_per_place + (1 - places_limit_switch) * waiting)
        / shortest_wait
    )


@flow("person/year", "waiting -> use_disorder")
def giving_up(waiting, patience):
    """People who wait too long go back to use."""
    return waiting / patience


@flow("person/year", "waiting -> outside")
def deaths_while_waiting(waiting, use_death_rate, other_death_rate):
    """Who waits still uses."""
    return waiting * (use_death_rate + other_death_rate)


@flow("person/year", "in_treatment -> use_disorder", source="lim2022")
def dropping_out(in_treatment, departure_rate, completion_share):
    """Most who leave treatment early return to use; support keeps them longer."""
    return in_treatment * departure_rate * (1 - completion_share)


@flow("person/year", "in_treatment -> early_remission", source="lim2022")
def completing(in_treatment, treatment_stay, completion_share):
    """Some leave treatment in remission, the more the longer they are there."""
    return in_treatment / treatment_stay * completion_share


@flow("person/year", "in_treatment -> outside", source="santo2021")
def deaths_in_treatment(in_treatment, treatment_risk, use_death_rate, other_death_rate):
    """Treatment lowers the risk of death and does not remove it."""
    return in_treatment * (treatment_risk * use_death_rate + other_death_rate)


@flow("person/year", "prescription_in_treatment -> outside")
def prescription_departures(prescription_in_treatment, departure_rate):
    """People with a disorder from prescriptions leave treatment too."""
    return prescription_in_treatment * departure_rate


@flow("person/year", "early_remission -> use_disorder", source="lim2022")
def relapse(early_remission, relapse_rate, recovery_support, recovery_effect, relapse_switch):
    """Most relapses come within the first years."""
    return relapse_switch * early_remission * relapse_rate * (1 - recovery_effect * recovery_support / 2)


@flow("person/year", "early_remission -> stable_remission", source="lim2022")
def stabilising(early_remission, stabilising_time):
    """Remission that lasts becomes stable."""
    return early_remission / stabilising_time


@flow("person/year", "early_remission -> outside")
def deaths_in_early_remission(early_remission, other_death_rate):
    """People in remission die of other causes."""
    return early_remission * other_death_rate


@flow("person/year", "stable_remission -> use_disorder")
def late_relapse(stable_remission, late_relapse_rate, relapse_switch):
    """Even stable remission may end."""
    return relapse_switch * stable_remission * late_relapse_rate


@flow("person/year", "stable_remission -> outside")
def deaths_in_stable_remission(stable_remission, other_death_rate):
    """People in remission die of other causes."""
    return stable_remission * other_death_rate


@flow("place/year", "outside -> treatment_places")
def change_in_places(places_funded, care_workforce, places_per_worker, treatment_places, place_opening_time,
                     attention_response, attention_budgets):  # fmt: skip
    """Places open where money and staff allow, after planning and licensing."""
    return (
        minimum(places_funded * (1 + attention_response * attention_budgets), care_workforce * places_per_worker)
        - treatment_places
    ) / place_opening_time


@flow("person/year", "outside -> care_workforce")
def change_in_care_workforce(places_funded, places_per_worker, care_workforce, training_time, workforce_reserve):
    """Staff are trained for the places that are funded, with some in reserve."""
    return (places_funded * (1 + workforce_reserve) / places_per_worker - care_workforce) / training_time


@flow("kit/year", "outside -> naloxone_kits", source="lim2022")
def handing_out_kits(naloxone_distribution):
    """Kits are handed out by programmes and pharmacies."""
    return 1 * naloxone_distribution


@flow("kit/year", "naloxone_kits -> outside")
def kits_lost(naloxone_kits, kit_lifetime):
    """Kits expire, are lost, or are used."""
    return naloxone_kits / kit_lifetime


@auxiliary("place")
def free_places(treatment_places, in_treatment, prescription_in_treatment, people_per_place):
    """Places nobody holds; none when care is overfull."""
    return maximum(treatment_places - (in_treatment + prescription_in_treatment) / people_per_place, 0)


@auxiliary("1/year", source="chua2023")
def departure_rate(treatment_stay, retention_support, retention_effect, pandemic_disruption, pandemic_care):
    """People leave after an average stay, later where they are supported."""
    return (1 - pandemic_care * pandemic_disruption) / (treatment_stay * (1 + retention_effect * retention_support))


@auxiliary("person")
def people_in_treatment(in_treatment, prescription_in_treatment):
    """Everybody who receives medication for opioid use disorder."""
    return in_treatment + prescription_in_treatment


@auxiliary("person")
def people_in_remission(early_remission, stable_remission):
    """Everybody who has stopped, lately or long ago."""
    return early_remission + stable_remission
