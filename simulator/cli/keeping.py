"""What the analyses leave behind: one folder with tables, a NetCDF file, figures, log and manifest."""

from __future__ import annotations

import csv
import io
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import xarray as xr

    from simulator.cli.telling import Row, Teller
    from simulator.report.folder import Folder


def provenance(command: str, seed: int) -> dict[str, Any]:
    """Return what a file of results says of its origin."""
    from simulator.provenance import METADATA, commit, own_version, parameters_hash

    return {
        **METADATA,
        "institution": "fentanyl-policy-simulator",
        "version": own_version(),
        "commit": commit(),
        "command": command,
        "seed": seed,
        "parameters_sha256": parameters_hash(),
        "references": "docs/references.bib",
    }


def source_line(seed: int) -> str:
    """Return the line at the foot of a figure."""
    about = provenance("", seed)
    return f"Source: fentsim {about['version']} ({about['commit']}), seed {seed}. Record: simulator/record."


def written(data: xr.Dataset, path: Path, command: str, seed: int) -> None:
    """Write a dataset as NetCDF, first under another name.

    Raises:
        OSError: when the place cannot be written; nothing is left behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    try:
        data.assign_attrs(provenance(command, seed)).to_netcdf(name, engine="netcdf4")
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def kept(
    place: Folder,
    data: xr.Dataset,
    tables: Mapping[str, Sequence[Row]],
    teller: Teller,
    *,
    asked: Mapping[str, Any],
    draw: Callable[[str], Mapping[str, Any]] | None,
) -> None:
    """Write everything into a folder.

    Args:
        place: the folder.
        data: goes into `results.nc`.
        tables: rows by the name of their CSV.
        teller: whose words go into the log.
        asked: the settings; `command` and `seed` among them.
        draw: given the source line, returns figures by name.
    """
    from simulator.report.folder import manifest
    from simulator.report.looks import save

    command, seed = str(asked["command"]), int(asked["seed"])
    written(data, place.path / "results.nc", command, seed)
    for name, rows in tables.items():
        place.write(f"{name}.csv", table(rows))
    if draw is not None:
        (place.path / "figures").mkdir()
        for name, figure in draw(source_line(seed)).items():
            save(figure, place.path / "figures" / f"{name}.png")
    place.write("log.txt", "\n".join([command, *teller.lines, f"{time.process_time():.1f} CPU seconds", ""]))
    place.write("manifest.json", manifest(place.path, {**asked, **provenance(command, seed)}))


def table(rows: Sequence[Row]) -> str:
    """Return rows as CSV; what holds several values is joined by semicolons."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(dict.fromkeys(key for row in rows for key in row)), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: "; ".join(map(str, value)) if isinstance(value, (list, tuple)) else value
                         for key, value in row.items()})  # fmt: skip
    return text.getvalue()
