"""A see-saw of two orcs: the simplest loop that swings."""

from simulator.language import auxiliary, flow, stock


@stock("1")
def left(left_at_start):
    """How high the left orc sits."""
    return left_at_start


@stock("1")
def right(left_at_start):
    """How high the right orc sits; level at the start."""
    return 0 * left_at_start


@flow("1/year", "outside -> left")
def lifting_left(right, eagerness, left, fatigue):
    """The left orc rises with the right one, and tires."""
    return eagerness * right - left / fatigue


@flow("1/year", "outside -> right")
def lifting_right(shove, right, fatigue):
    """The right orc falls as it is shoved, and tires."""
    return shove - right / fatigue


@auxiliary("1/year")
def shove(eagerness, left):
    """The higher the left orc, the harder it shoves."""
    return -eagerness * left
