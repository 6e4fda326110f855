"""A teacup cools towards the room."""

from simulator.language import flow, stock


@stock("kelvin")
def tea(tea_at_start):
    """How warm the tea is."""
    return tea_at_start


@flow("kelvin/year", "tea -> outside")
def cooling(tea, room, cooling_time):
    """Warmth leaves as fast as the tea is warmer than the room."""
    return (tea - room) / cooling_time
