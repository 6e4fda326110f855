"""Options that several commands share, worded once."""

from __future__ import annotations

import math
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

#: Repeated here so that `--help` need not load the model; a test keeps them true.
END, LAST, WORLDVIEW = 2036.0, 2041.0, "evidence-weighted"
ENSEMBLE = 200  # members, where a comparison needs them
DISCOUNT = 0.03  # a year, the reference case of health economics

Setting = Literal["auto", "reference", "ensemble"]


def finite(value: float | None) -> float | None:
    """Refuse what no number of years, dollars or deaths can be.

    Raises:
        BadParameter: for infinity, and for what is no number at all.
    """
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter(f"{value} is not a finite number.")
    return value


class Engine(StrEnum):
    """Which integrator works."""

    auto = "auto"
    reference = "reference"
    ensemble = "ensemble"


Json = Annotated[bool, typer.Option("--json", help="Print one JSON text instead of tables.")]
Worldviews = Annotated[
    list[str] | None,
    typer.Option("--worldview", "-w", metavar="NAME", help="Beliefs to hold; may be repeated. [evidence-weighted]"),
]
Members = Annotated[int, typer.Option("--members", "-n", help="How many sets of numbers to draw; 1 is the likeliest.")]
Seed = Annotated[int, typer.Option("--seed", "-s", min=0, help="Of all draws: the same seed, the same members.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Fix a number in every member; may be repeated."),
]
Until = Annotated[
    float, typer.Option("--until", metavar="YEAR", callback=finite, help="The run ends on 1 January of this year.")
]
Engines = Annotated[Engine, typer.Option("--engine", help="reference: scipy; ensemble: compiled; auto chooses.")]
Prior = Annotated[bool, typer.Option("--prior", help="Draw from the stated ranges alone, without the record.")]
Keep = Annotated[
    list[str] | None, typer.Option("--keep", metavar="NAME", help="A further quantity to write; may be repeated.")
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE.nc", help="Write this one file, and no folder.")
]
Outputs = Annotated[
    Path | None,
    typer.Option(
        "--outputs",
        metavar="FOLDER",
        envvar="FENTSIM_OUTPUTS",
        help="Where folders of results go. [outputs of the checkout, else right here]",
    ),
]
#: What the analyses share: one outcome over some years, of a policy or of its difference from another.
Against = Annotated[
    str | None, typer.Option("--against", metavar="BASE", help="Ask for the paired difference from this scenario.")
]
OneWorldview = Annotated[str, typer.Option("--worldview", "-w", metavar="NAME", help="Beliefs to hold.")]
Outcome = Annotated[str, typer.Option("--outcome", metavar="NAME", help="Any quantity; rates are added up.")]
First = Annotated[int, typer.Option("--from", metavar="YEAR", help="The first calendar year that counts.")]
Last = Annotated[int, typer.Option("--to", metavar="YEAR", help="The last calendar year that counts.")]
Relative = Annotated[
    bool, typer.Option("--relative", help="Tell the difference as a share of BASE, year by year, and average it.")
]


def overrides(settings: list[str] | None) -> dict[str, float]:
    """Read every `--set`, and tell all that is wrong with them at once.

    Raises:
        SimulatorError: when one is not written name=value, or a name comes twice.
    """
    from simulator.draws import override
    from simulator.errors import Problem, SimulatorError, refuse

    found: dict[str, float] = {}
    problems: list[Problem] = []
    for text in settings or []:
        try:
            name, value = override(text)
        except SimulatorError as error:
            problems += error.problems
            continue
        if name in found:
            problems.append(Problem("--set", f'"{name}" is set twice.', "Choose one value."))
        found[name] = value
    refuse(problems)
    return found


def refuse_repeats(names: list[str], option: str) -> None:
    """A scenario or worldview that comes twice could not be told apart in a result.

    Raises:
        SimulatorError: naming what comes twice, by the name of its file.
    """
    from simulator.errors import Problem, refuse

    stems = [Path(name).stem if name.endswith((".yaml", ".yml")) else name for name in names]
    twice = [stem for stem in dict.fromkeys(stems) if stems.count(stem) > 1]
    refuse([Problem(option, f'"{stem}" comes twice.', "Name it once.") for stem in twice])
