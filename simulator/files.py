"""Where the shipped files are: inside the wheel, or at the root of a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent
_SHIPPED = _PACKAGE / "_shipped"
_CHECKOUT = _PACKAGE.parent


def shipped(name: str) -> Path:
    """Return the path of `scenarios` or `references.bib`, from the wheel or the checkout.

    Raises:
        FileNotFoundError: when the installation is incomplete.
    """
    candidates = (_SHIPPED / name, _CHECKOUT / name, _CHECKOUT / "docs" / name)
    for candidate in candidates:
        if candidate.exists():
            return candidate
    message = f"{name} is missing from this installation. Install it again: pip install --force-reinstall ."
    raise FileNotFoundError(message)


def package(*parts: str) -> Path:
    """Return a path inside the package, such as `package("sectors", "care.yaml")`."""
    return _PACKAGE.joinpath(*parts)
