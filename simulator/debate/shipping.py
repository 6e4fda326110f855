"""Verdicts as data that travel with the package: written by `fentsim verdict --ship`, read by the pages."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from simulator import scenario
from simulator.cases import START
from simulator.debate.claims import SIZES, claims
from simulator.debate.facts import checked
from simulator.debate.splitting import Split
from simulator.debate.verdicts import Outcome, Verdict, worldviews
from simulator.files import package
from simulator.provenance import commit, own_version

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: The files: how comparisons come out, and on which belief a verdict depends.
RESULTS, BELIEFS = "results.csv", "beliefs.csv"
_DIGITS = 6
_HASH = 16
_ROW = ("claim", "worldview", "holds", "comparison", "median", "lower90", "upper90", "share")
_BELIEF = ("claim", "name", "threshold", "below", "above", "correlation")


@dataclass(frozen=True)
class Shipped:
    """Verdicts as they were shipped, and where they come from: version, commit, seed, members, hashes."""

    about: Mapping[str, str]
    verdicts: Mapping[str, Verdict]


def ship(verdicts: Sequence[Verdict], *, members: int, seed: int) -> list[Path]:
    """Write verdicts into the package, each file at once; return the files.

    Raises:
        OSError: when the package cannot be written.
    """
    about = {
        "version": own_version(), "commit": commit(), "members": members, "seed": seed,
        "calibrations": calibrations_hash(), "questions": questions_hash(),
        "made by": f"fentsim verdict --ship --members {members} --seed {seed}",
    }  # fmt: skip
    rows = [
        {
            "claim": each.name,
            "worldview": worldview,
            "holds": each.shares[worldview],
            "comparison": place,
            **asdict(seen),
        }
        for each in verdicts
        for worldview, outcomes in each.outcomes.items()
        for place, seen in enumerate(outcomes, start=1)
    ]
    beliefs = [{"claim": each.name, **asdict(each.belief)} for each in verdicts if each.belief is not None]
    written = {RESULTS: _text(about, _ROW, rows), BELIEFS: _text(about, _BELIEF, beliefs)}
    for name, text in written.items():
        _write(package("debate", name), text)
    return [package("debate", name) for name in written]


def shipped() -> Shipped | None:
    """Return the verdicts that travel with the package, or None where none were shipped."""
    if not package("debate", RESULTS).exists():
        return None
    about, rows = _read(RESULTS)
    _, beliefs = _read(BELIEFS)
    splits = {row["claim"]: _split(row) for row in beliefs}
    found = {}
    for name, claim in claims().items():
        mine = [row for row in rows if row["claim"] == name]
        outcomes: dict[str, tuple[Outcome, ...]] = {}
        for row in mine:
            seen = Outcome(*(float(row[key]) for key in ("median", "lower90", "upper90", "share")))
            outcomes[row["worldview"]] = (*outcomes.get(row["worldview"], ()), seen)
        shares = {row["worldview"]: float(row["holds"]) for row in mine}
        facts = tuple(map(checked, claim.facts))
        found[name] = Verdict(name, shares, outcomes, splits.get(name), facts, outside=bool(claim.outside))
    return Shipped(about, found)


def _split(row: dict[str, str]) -> Split:
    return Split(row["name"], *(float(row[key]) for key in ("threshold", "below", "above", "correlation")))


def stale(found: Shipped) -> list[str]:
    """Return why shipped verdicts are no longer those of this model; empty where they are."""
    said = {"calibrations": "the calibrations have moved", "questions": "a claim, a policy or a worldview has changed"}
    now = {"calibrations": calibrations_hash(), "questions": questions_hash()}
    return [f"The verdicts are stale: {why}." for key, why in said.items() if found.about.get(key) != now[key]]


def calibrations_hash() -> str:
    """Return a short hash of every calibration that members are drawn from."""
    digest = hashlib.sha256()
    for path in sorted([*package("fits").glob("*.npz"), package("fits", "mixture.csv")]):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:_HASH]


def questions_hash() -> str:
    """Return a short hash of what is asked: comparisons, sizes, policies and beliefs, as numbers and not as words."""
    from simulator.fentanyl import fentanyl_model

    parameters = fentanyl_model().parameters
    asked = {name: [each.model_dump() for each in claim.decided_by] for name, claim in claims().items()}
    policies = {
        policy for claim in claims().values() for each in claim.decided_by for policy in (each.policy, each.base)
    }
    digest = hashlib.sha256(repr((SIZES, asked)).encode())
    for policy in sorted(policies):
        tracks = scenario.resolve(scenario.find(policy), parameters, START)
        digest.update(policy.encode() + tracks.edges.tobytes() + tracks.levels.tobytes() + tracks.slopes.tobytes())
    for belief in sorted(worldviews()):
        settings = scenario.settings(scenario.find(belief), parameters)
        digest.update(repr((belief, sorted(settings.items()))).encode())
    return digest.hexdigest()[:_HASH]


def _text(about: Mapping[str, object], columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> str:
    text = io.StringIO()
    text.writelines(f"# {key}: {value}\n" for key, value in about.items())
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow(
            {key: float(f"{each:.{_DIGITS}g}") if isinstance(each, float) else each for key, each in row.items()}
        )
    return text.getvalue()


def _read(name: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    lines = package("debate", name).read_text(encoding="utf-8").splitlines()
    above = [line for line in lines if line.startswith("#")]
    about = {key.strip("# "): value.strip() for key, _, value in (line.partition(":") for line in above)}
    return about, list(csv.DictReader(lines[len(above) :]))


def _write(path: Path, text: str) -> None:
    """Write under another name first, then all at once."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink()
        raise
