"""The tables as Markdown."""

from __future__ import annotations

from typing import Any

import numpy as np

LSODA = "scipy LSODA, Python derivatives"
OURS = "ours, 16 lanes"
C = "C, gcc, RK4 dt 1/48: 16 lanes, vector, tuned"
PYSD = "PySD, our XMILE, Euler dt 1/48"

#: How far apart two errors may be that count as the same, where a target asks for that.
SAME = 2

METHOD = """\
Members are drawn in turn from the bare priors and from the calibration. *Members a second* is per second of
processor time of one core, the median of rounds in which the engines take turns. *Error* is the worst over
judged members, stocks and month starts against DOP853 at rtol 1e-10, relative to the true value, or to the
smallest change worth resolving (a person, ten grams, a million dollars) where the true value is smaller."""


def page(found: dict[str, Any]) -> str:
    """Return what was found as one page."""
    parts = [
        f"# Benchmark of {found['date']}" + (" (quick)" if found["quick"] else ""),
        f"{found['machine']}. {', '.join(map(' '.join, found['versions'].items()))}.\n{found['load']}",
        f"Model: {found['model']}.",
        METHOD,
        _engines(found),
        "## What to reach\n\n" + _targets(found["targets"]),
    ]
    parts += [_profile(found["profile"])] if found.get("profile") else []
    parts += [_sweep(found["sweep"])] if found.get("sweep") else []
    parts += [_members(found["members"])] if found.get("members") else []
    parts += [_stocks(found["stocks"])] if found.get("stocks") else []
    return "\n\n".join(parts) + "\n"


def rates(found: dict[str, Any]) -> dict[str, float]:
    """Return members a second by engine."""
    return {row["name"]: row["rate"] for row in found["engines"]}


def targets(found: dict[str, Any]) -> list[dict[str, str]]:
    """Return, for each target, what was measured; empty where it was not."""
    rate, errors = rates(found), {row["name"]: row["error"] for row in found["engines"]}
    rows = []

    def say(measure: str, target: str, measured: str, met: bool) -> None:  # noqa: FBT001 - a row
        rows.append({"measure": measure, "target": target, "measured": measured, "met": "yes" if met else "no"})

    for name, target, slack in ((LSODA, 200, SAME), (C, 1, 1), (PYSD, 2000, 1)):
        if rate.get(OURS) and rate.get(name):
            measured = f"{rate[OURS] / rate[name]:,.3g} × (errors {errors[OURS]:.1e} and {errors[name]:.1e})"
            met = rate[OURS] >= target * rate[name] and errors[OURS] <= slack * errors[name]
            say(f"{OURS} / {name}", f"{target:,} ×", measured, met)
    if sweep := found.get("sweep"):
        worst = sweep["instants"]["worst"]
        measured = f"{worst:.1e}; years' totals {sweep['annual']['worst']:.1e}"
        say(f"worst error of {sweep['members']:,} prior members", "1e-5", measured, worst < 1e-5)  # noqa: PLR2004
    say("one run, model assembled", "60 ms", f"{1000 * found['single']:.0f} ms", found["single"] < 0.06)  # noqa: PLR2004
    if found.get("command"):
        say("`fentsim run history`", "1.5 CPU-s", f"{found['command']:.2f} CPU-s", found["command"] < 1.5)  # noqa: PLR2004
    if found.get("members"):
        most = found["members"][-1]
        measured = f"{most['peak_megabytes']:,.0f} MB"
        say(f"peak memory, {most['members']:,} members", "1,500 MB", measured, most["peak_megabytes"] < 1500)  # noqa: PLR2004
    return rows


def _engines(found: dict[str, Any]) -> str:
    rate = rates(found)
    rows = [
        [
            row["name"], f"{row['rate']:,.3g}", f"{min(row['rates']):,.3g}-{max(row['rates']):,.3g}",
            f"{row['error']:.1e}", str(row["judged"]),
            _ratio(row["rate"], rate.get(LSODA)), _ratio(row["rate"], rate.get(C)),
        ]
        for row in found["engines"]
    ]  # fmt: skip
    heads = [
        "Engine (rtol 1e-6 unless stated)",
        "members a second",
        "rounds",
        "error",
        "judged",
        "× LSODA Python",
        "× C tuned",
    ]
    absent = "".join(f"\n\nNot measured: {name}: {why}." for name, why in found["absent"].items())
    return _table(heads, rows) + absent


def _targets(rows: list[dict[str, str]]) -> str:
    return _table(["Measure", "Target", "Measured", "Met"], [list(row.values()) for row in rows])


def _profile(profile: dict[str, float]) -> str:
    return (
        "## Where our time goes\n\n"
        f"A member asks for its derivatives {profile['evaluations_as_asked']:,.0f} times, "
        f"{profile['nanoseconds_per_evaluation']:.0f} ns each, all included; C asks "
        f"{profile['c_evaluations']:,.0f} times. Members a second: {profile['as_asked']:,.0f} as asked; "
        f"{profile['storing_one_state']:,.0f} storing one state in place of all; "
        f"{profile['inputs_without_kinks']:,.0f} with inputs that hold still "
        f"({profile['evaluations_inputs_without_kinks']:,.0f} evaluations; the history has "
        f"{profile['segments']:.0f} segments, and a run restarts at each)."
    )


def _sweep(sweep: dict[str, Any]) -> str:
    heads = ["Error of", "median member", "99 %", "worst", "members below 1e-5"]
    rows = [
        [label, *(f"{sweep[key][name]:.1e}" for name in ("median", "p99", "worst")), f"{sweep[key]['below_1e-5']:.1%}"]
        for key, label in (("instants", "stocks at month starts"), ("annual", "totals of calendar years"))
    ]
    worst = ", ".join(f"{name} {value:.1e}" for name, value in sweep["worst_states"].items())
    note = f"\n\nFailed: {sweep['failed']}. Worst stocks: {worst}. Against our engine at rtol 1e-9, all members."
    return f"## A prior sweep of {sweep['members']:,} members\n\n" + _table(heads, rows) + note


def _members(found: list[dict[str, float]]) -> str:
    rows = [
        [
            f"{row['members']:,}", f"{row['wall_seconds']:,.3g}", f"{row['cpu_seconds']:,.3g}",
            f"{row['members'] / row['cpu_seconds']:,.3g}", f"{row['peak_megabytes']:,.0f}",
        ]
        for row in found
    ]  # fmt: skip
    heads = ["Members", "seconds", "CPU-seconds", "members a CPU-second", "peak MB"]
    note = "Drawn, integrated with every running total on all cores, and kept as totals of calendar years."
    return "## As members grow\n\n" + note + "\n\n" + _table(heads, rows)


def _stocks(found: list[dict[str, float]]) -> str:
    rows = [
        [
            str(row["stocks"]), *(f"{row.get(name, np.nan):,.3g}" for name in ("lsoda_python", "c_tuned", "ours")),
            _ratio(row["ours"], row["lsoda_python"]), _ratio(row["ours"], row.get("c_tuned")),
        ]
        for row in found
    ]  # fmt: skip
    heads = ["Stocks", "LSODA Python", "C tuned", "ours", "ours × LSODA", "ours × C"]
    note = "Chains of stocks, 25 years, months stored; members a second of processor time."
    return "## As stocks grow\n\n" + note + "\n\n" + _table(heads, rows)


def _ratio(one: float, other: float | None) -> str:
    return f"{one / other:,.3g}" if other else ""


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
