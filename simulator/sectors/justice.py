"""Justice: prison and the weeks after it, when tolerance is lost."""

from simulator.language import auxiliary, flow, stock


@stock("person")
def incarcerated(incarcerated_at_start):
    """People with the disorder who are in prison or jail."""
    return incarcerated_at_start


@stock("person")
def recently_released(incarcerated_at_start, sentence, release_period):
    """People in the first weeks after release."""
    return incarcerated_at_start / sentence * release_period


@flow("person/year", "incarcerated -> recently_released")
def release(incarcerated, sentence, custody_treatment, custody_treatment_reach):
    """Sentences end; those treated in custody leave by another door."""
    return incarcerated / sentence * (1 - custody_treatment_reach * custody_treatment)


@flow("person/year", "incarcerated -> in_treatment")
def release_into_treatment(incarcerated, sentence, custody_treatment, custody_treatment_reach):
    """Treatment begun in custody goes on outside."""
    return incarcerated / sentence * custody_treatment_reach * custody_treatment


@flow("person/year", "incarcerated -> outside")
def deaths_in_custody(incarcerated, other_death_rate):
    """People in custody die of other causes."""
    return incarcerated * other_death_rate


@flow("person/year", "recently_released -> use_disorder")
def settling_back(recently_released, release_period):
    """Most return to use, and with it to tolerance."""
    return recently_released / release_period


@flow("person/year", "recently_released -> outside", source="merrall2010")
def deaths_after_release(recently_released, release_risk, use_death_rate, other_death_rate):
    """Lost tolerance meets the old dose."""
    return recently_released * (release_risk * use_death_rate + other_death_rate)


@auxiliary("person")
def people_incarcerated(incarcerated):
    """People with the disorder who are in prison or jail, the public name of the stock."""
    return 1 * incarcerated
