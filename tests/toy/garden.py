"""A garden of moss around a pond: every word of the language once."""

from numpy import exp, log, maximum, minimum, sqrt

from simulator.language import auxiliary, flow, stock


@stock("kg")
def pond(pond_at_start):
    """Water in the pond."""
    return pond_at_start


@stock("kg")
def moss(moss_at_start):
    """Moss around the pond."""
    return moss_at_start


@flow("kg/year", "outside -> pond")
def rain(rainfall):
    """It rains into the pond."""
    return rainfall


@flow("kg/year", "pond -> outside")
def evaporation(pond, evaporation_time, cover):
    """Water leaves where no moss shades it."""
    return pond / evaporation_time * (1 - cover)


@flow("kg/year", "outside -> moss")
def growth(moss, growth_rate, moisture, room_left):
    """Moss grows where it is moist and there is room."""
    return growth_rate * moss * moisture * room_left


@flow("kg/year", "moss -> outside")
def withering(moss, lifetime, hardship, frost_survival, cover):
    """Moss withers with age and frost, less where it is dense."""
    return moss / lifetime * hardship * frost_survival ** (1 - cover)


@flow("kg/year", "moss -> outside")
def grazing(moss, grazing_rate, dense_moss):
    """Snails prefer dense moss."""
    return grazing_rate * moss * sqrt(moss / dense_moss)


@auxiliary("1")
def cover(moss, dense_moss):
    """How much of the ground is covered."""
    return 1 - exp(-moss / dense_moss)


@auxiliary("1")
def moisture(pond, moist_pond, thirst):
    """The fuller the pond, the moister the ground, up to a point."""
    return minimum((pond / moist_pond) ** thirst, 1)


@auxiliary("1")
def room_left(moss, dense_moss):
    """Dense moss leaves no room."""
    return maximum(1 - (moss / dense_moss) ** 2, 0)


@auxiliary("1")
def hardship(moss, moss_at_start):
    """The more moss there is, the less each part of it gets."""
    return log(1 + moss / moss_at_start)
