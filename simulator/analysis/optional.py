"""Libraries that only some analyses need, and what to do where they are missing."""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import Any

from simulator.errors import Problem, SimulatorError

#: What installs them.
INSTALL = 'Install it with: pip install "fentanyl-policy-simulator[discovery]"'


def optional(module: str) -> Any:  # noqa: ANN401 - a module
    """Import a module of an optional library; what it says about parts of its own is left unsaid.

    Raises:
        SimulatorError: saying how to install the library.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return import_module(module)
    except ImportError:
        library = module.partition(".")[0].replace("_", "-")
        raise SimulatorError([Problem(library, "This library is not installed.", INSTALL)]) from None
