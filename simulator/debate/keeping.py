"""A debate on disk: one Dataset, one table, one picture, one page, and where they come from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.calling import called_each
from simulator.contents import Contents
from simulator.debate.debates import BASE, MEASURES
from simulator.debate.tables import as_csv, as_markdown, unit
from simulator.fentanyl import fentanyl_model
from simulator.names import words
from simulator.provenance import PACKAGES, commit, own_version, parameters_hash
from simulator.report.wording import count
from simulator.scenario import resolved_text

if TYPE_CHECKING:
    import xarray as xr

    from simulator.contents import Variable
    from simulator.debate.cells import Measure
    from simulator.debate.debates import Debate

_DIMS = ("scenario", "worldview", "member")


def gathered(found: Debate, about: dict[str, Any]) -> Contents:
    """Return a debate as arrays with dims (scenario, worldview, member).

    Each outcome of `MEASURES` comes twice: as it is, and with `_against_history` as the
    paired difference. `beliefs` holds what each member believes, by parameter.
    """
    policies, worldviews = list(found.scenario.policies), list(found.scenario.worldviews)
    variables: dict[str, Variable] = {}
    for measure in MEASURES:
        levels = np.array([[found.cells.of(measure, p, w) for w in worldviews] for p in policies])
        base = levels[policies.index(BASE)]
        variables[measure.quantity] = (_DIMS, levels, _attributes(measure, ""))
        told = _attributes(measure, f", less that of {BASE} in the same member")
        variables[f"{measure.quantity}_against_history"] = (_DIMS, levels - base, told)
    constants = np.array([found.cells.constants[worldview] for worldview in worldviews])
    meaning = {"long_name": "what a member believes, each number in its own unit"}
    variables["beliefs"] = (("worldview", "member", "parameter"), constants, meaning)
    names = {
        "scenario": policies,
        "worldview": worldviews,
        "member": np.arange(found.cells.members),
        "parameter": list(fentanyl_model().constants),
    }
    coordinates: dict[str, Variable] = {name: ((name,), np.array(each), {}) for name, each in names.items()}
    return Contents(variables, coordinates, {**about, "title": f"Debate: {found.scenario.title}"})


def _attributes(measure: Measure, more: str) -> dict[str, str]:
    spans = {"total": "total", "mean": "mean", "end": "value at the end"}
    told = f"{words(measure.quantity)}, {spans[measure.over]} of {measure.start:.0f} to {measure.end - 1:.0f}{more}"
    return {"units": unit(measure), "long_name": told}


def dataset(found: Debate, about: dict[str, Any] | None = None) -> xr.Dataset:
    """Return a debate as one Dataset; see `gathered`."""
    import xarray as xr

    contents = gathered(found, about or {})
    return xr.Dataset(contents.variables, contents.coordinates, contents.attributes)


def provenance(found: Debate, asked: dict[str, Any]) -> dict[str, Any]:
    """Return where a debate comes from: version, commit, seed, members, numbers and libraries."""
    return {
        **asked,
        "version": own_version(),
        "commit": commit(),
        "parameters_sha256": parameters_hash(),
        "packages": PACKAGES,
        "question": " ".join(found.scenario.question.split()),
        "comment": "Intervals among members carry the uncertainty of parameters only; they are not forecasts.",
    }


def keep(
    found: Debate,
    asked: dict[str, Any],
    paragraphs: list[str],
    table: list[dict[str, Any]],
    log: list[str],
    *,
    figures: bool,
    outputs: Path | None,
) -> Path:
    """Write a debate into a folder of its own, all of it or nothing; return the folder.

    Raises:
        OSError: when the place cannot be written.
    """
    from simulator.report.folder import created, manifest, named

    about = provenance(found, asked)
    with created(named([found.scenario.name]), asked, outputs) as folder:
        plain = {key: ", ".join(each) if isinstance(each, tuple) else each for key, each in about.items()}
        packed = {"zlib": True, "complevel": 1, "shuffle": True}
        made = dataset(found, plain)
        made.to_netcdf(folder.path / "results.nc", encoding={str(name): packed for name in made.data_vars})
        folder.write("table.csv", as_csv(table))
        folder.write("debate.md", as_markdown(found, paragraphs))
        folder.write("scenario.yaml", _texts(found))
        if figures:
            _draw(found, folder.path / "figures", about)
        folder.write("log.txt", "\n".join([asked["command"], *log, ""]))
        folder.write("manifest.json", manifest(folder.path, about))
    return folder.final


def _texts(found: Debate) -> str:
    parameters = fentanyl_model().parameters
    names = (*found.scenario.policies, *found.scenario.worldviews)
    return "---\n".join(resolved_text(each, parameters) for each in called_each(names, Path(found.scenario.path)))


def _draw(found: Debate, folder: Path, about: dict[str, Any]) -> None:
    from simulator.debate.picture import picture
    from simulator.report.looks import save

    folder.mkdir()
    source = (
        f"Source: fentsim {about['version']} ({about['commit']}), seed {found.cells.seed}, "
        f"{count(found.cells.members, 'member')}. fentsim debate {found.scenario.name}"
    )
    save(picture(found, source=source), folder / "debate.png")
