"""An epidemic in a town of orcs: the classic three stocks."""

from simulator.language import auxiliary, flow, stock


@stock("person")
def susceptible(town, infected_at_start):
    """Orcs who can still catch it."""
    return town - infected_at_start


@stock("person")
def infected(infected_at_start):
    """Orcs who have it and pass it on."""
    return infected_at_start


@stock("person")
def recovered(town):
    """Orcs who have had it."""
    return 0 * town


@flow("person/year", "susceptible -> infected")
def infections(susceptible, share_infected, contact_rate):
    """Each meeting with an infected orc may pass it on."""
    return contact_rate * susceptible * share_infected


@flow("person/year", "infected -> recovered")
def recoveries(infected, illness):
    """Orcs get better after an average illness."""
    return infected / illness


@auxiliary("1")
def share_infected(infected, town):
    """How likely the next orc one meets is infected."""
    return infected / town
