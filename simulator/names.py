"""Names of quantities and numbers as people read them."""

from __future__ import annotations

#: Words of names that are written with a capital.
_PROPER = {"china": "China", "india": "India", "mexico": "Mexico", "europe": "Europe", "us": "US",
           "chinese": "Chinese", "mexican": "Mexican"}  # fmt: skip


def words(name: str) -> str:
    """Return a name with spaces, countries with their capital: `precursors from China`."""
    return " ".join(_PROPER.get(word, word) for word in name.split("_"))


def opening(name: str) -> str:
    """Return a name as a sentence begins with it: `Precursors from China`."""
    found = words(name)
    return f"{found[:1].upper()}{found[1:]}"
