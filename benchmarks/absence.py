"""Peers that cannot be measured on this machine."""


class AbsentError(Exception):
    """A peer is not here; the text says why, and what would bring it."""
