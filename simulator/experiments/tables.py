"""Tables of draws: read from a user's file, written beside a store."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.errors import Problem, SimulatorError, nearest, refuse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from simulator.model import Model

Array = np.ndarray[Any, np.dtype[np.float64]]

_PATIENCE = 20  # faults of one file that are told


def read_draws(path: Path, model: Model) -> tuple[tuple[str, ...], Array]:
    """Return the parameters of a table of draws, and its rows of shape (member, parameter).

    Raises:
        SimulatorError: for a file that cannot be read, an unknown name, or a number beyond its limits.
    """
    try:
        names, rows = _netcdf(path) if path.suffix in (".nc", ".nc4") else _csv(path)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        said = getattr(error, "strerror", None) or str(error)
        problem = Problem(path.name, f"It cannot be read ({said}).", "Name a CSV or NetCDF file beside the design.")
        raise SimulatorError([problem]) from None
    refuse([*_strangers(path.name, names, model), *_emptiness(path.name, names, rows)])
    refuse(_beyond(path.name, names, rows, model)[:_PATIENCE])
    return names, rows


def _csv(path: Path) -> tuple[tuple[str, ...], Array]:
    """Read a table with a header; a column `member` only numbers the rows."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(line for line in file if line.strip() and not line.startswith("#"))
        header = [each.strip() for each in next(reader, [])]
        kept = [place for place, name in enumerate(header) if name != "member"]
        problems, rows = [], []
        for number, line in enumerate(reader, start=1):
            try:
                rows.append([float(line[place]) for place in kept])
            except (ValueError, IndexError):
                fault = "A number is missing, or is none."
                problems.append(Problem(f"{path.name}: row {number}", fault, "Write one number a column."))
    refuse(problems[:_PATIENCE])
    return tuple(header[place] for place in kept), np.array(rows, float).reshape(len(rows), len(kept))


def _netcdf(path: Path) -> tuple[tuple[str, ...], Array]:
    """Read every variable on `member` alone."""
    import netCDF4

    with netCDF4.Dataset(path) as file:
        chosen = [name for name, each in file.variables.items() if each.dimensions == ("member",) and name != "member"]
        wordy = [name for name in chosen if np.dtype(file.variables[name].dtype).kind not in "biuf"]
        fault, remedy = "It holds something else than numbers.", "Store numbers, or leave it out."
        refuse([Problem(f"{path.name}: {name}", fault, remedy) for name in wordy])
        columns = [np.ma.filled(file.variables[name][:].astype(float), np.nan) for name in chosen]
    return tuple(chosen), np.stack(columns, axis=1) if columns else np.empty((0, 0))


def _strangers(file: str, names: Sequence[str], model: Model) -> list[Problem]:
    problems = []
    for number, name in enumerate(names):
        if name not in model.constants:
            fault = f'There is no number "{name}" that a member draws.'
            problems.append(Problem(file, fault, nearest(name, model.constants)))
        elif name in names[:number]:
            problems.append(Problem(file, f'"{name}" has two columns.', "Keep one of them."))
    return problems


def _emptiness(file: str, names: Sequence[str], rows: Array) -> list[Problem]:
    if names and len(rows):
        return []
    return [Problem(file, "There are no draws in it.", "Write a header of parameters, then a row a member.")]


def _beyond(file: str, names: Sequence[str], rows: Array, model: Model) -> list[Problem]:
    problems = []
    for column, name in enumerate(names):
        parameter, values = model.parameters[name], rows[:, column]
        for row in np.flatnonzero(~parameter.allows(values))[:1]:
            fault = f"{values[row]:g} is not finite, or outside the limits."
            problems.append(Problem(f"{file}: row {row + 1}: {name}", fault, parameter.advice))
    return problems


def write_draws(path: Path, names: Sequence[str], blocks: Iterable[tuple[str, int, Array]]) -> None:
    """Write a table of draws: one row a worldview and member.

    Args:
        path: of the CSV file.
        names: of the columns.
        blocks: worldview, number of the first member, and rows of shape (member, parameter).
    """
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["worldview", "member", *names])
        for worldview, first, rows in blocks:
            writer.writerows([worldview, first + number, *row.tolist()] for number, row in enumerate(rows))
