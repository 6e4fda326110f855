"""What `fentsim robust` says: tables, and the sentences that a debate needs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from simulator.cli.footing import say_footing
from simulator.cli.telling import Column, Row, Teller
from simulator.names import words
from simulator.report.wording import amount, count, rounded

if TYPE_CHECKING:
    from simulator.analysis.front import Mix
    from simulator.analysis.question import Question
    from simulator.analysis.robustness import Choice, Verdict


def say(teller: Teller, verdict: Verdict, question: Question, choice: Choice) -> dict[str, list[Row]]:
    """Say everything but mixes; return it as rows by the name of their table."""
    what = f"{words(question.outcome)}, {question.first} to {question.last}"
    if choice.price is not None:
        what += f", public cash weighing one for every {amount(choice.price, 'USD')}"
    _say_ranking(teller, verdict, what, question.unit, choice)
    _say_winners(teller, verdict, question.unit)
    swaps = _say_swaps(teller, verdict, question.unit)
    worth = _say_worth(teller, verdict, question.unit)
    if verdict.payoffs.lost:
        teller.note(f"{verdict.payoffs.lost} members failed under some policy and were left out everywhere.")
    teller.note(
        "Worldviews count alike in the ranking; that is a summary, not a belief. ± is the Monte Carlo standard error "
        "over members, those that share a fit counting once. Members carry the uncertainty of parameters only, not a "
        "forecast."
    )
    say_footing(teller, choice.worldviews, choice.overrides, prior=choice.prior, beside=question.beside)
    return {"ranking": verdict.ranking, "winners": verdict.winners, "swaps": swaps, "worth": worth}


def _say_ranking(teller: Teller, verdict: Verdict, what: str, unit: str, choice: Choice) -> None:
    columns = [
        Column("policy", lambda row: row["policy"]),
        Column("mean regret", lambda row: _give(row["mean_regret"], row["mean_regret_error"], unit), right=True),
        Column("exceeded in 10 %", lambda row: _give(row["high_regret"], row["high_regret_error"], unit), right=True),
        Column("greatest", lambda row: amount(row["greatest_regret"], unit), right=True),
        Column(f"averts {100 * choice.satisfied:g} %", lambda row: f"{100 * row['satisficing']:.0f} %", right=True),
        Column("ahead of next by", lambda row: _give(row["gap_to_next"], row["gap_to_next_error"], unit), right=True),
        Column("keeps its rank", lambda row: f"{100 * row['same_rank']:.0f} %", right=True),
    ]
    beliefs = count(len(verdict.payoffs.worldviews), "worldview")
    teller.table(f"Regret across {beliefs}: {what}", columns, verdict.ranking)


def _say_winners(teller: Teller, verdict: Verdict, unit: str) -> None:
    columns = [
        Column("worldview", lambda row: row["worldview"]),
        Column("best", lambda row: row["best"]),
        Column("ahead of", lambda row: row["second"]),
        Column("by, on average", lambda row: _give(row["margin"], row["margin_error"], unit), right=True),
        Column("90 % of members", lambda row: _margin(row, unit), right=True),
        Column("best for", lambda row: f"{100 * row['best_for']:.0f} % of members", right=True),
    ]
    teller.say()
    teller.table("Who wins under which beliefs", columns, verdict.winners)


def _say_swaps(teller: Teller, verdict: Verdict, unit: str) -> list[Row]:
    """Say at which belief the two policies swap ranks."""
    from simulator.analysis.beliefs import described

    one, other = verdict.pair
    rows = []
    teller.say()
    for sentence in verdict.pairing.told() if verdict.pairing else ():
        teller.say(sentence)
    for name, found in verdict.swaps.items():
        told, suffix = described(name)
        low, high = found.values[0], found.values[-1]
        better, worse = (one, other) if found.first_is_better_below else (other, one)
        if found.value is None:
            sentence = (
                f"{better} stays ahead of {worse} whatever {told} is between {_number(low)} and {_number(high)}"
                f"{_after(suffix)}; {100 * found.certainty:.0f} % of resamples cross."
            )
        else:
            sentence = (
                f"{better} is better than {worse} where {told} is below {_number(found.value)}{_after(suffix)} "
                f"({_number(found.low)} to {_number(found.high)}), worse above"
                f"{'' if found.crossings == 1 else ', and they swap again further on'}."
            )
        teller.say(sentence)
        ends = [float(found.differences[0]), float(found.differences[-1])]
        rows.append(
            {"number": name, "first": one, "second": other, "value": found.value, "low90": found.low,
             "high90": found.high, "crossings": found.crossings, "certainty": found.certainty,
             "difference_at_low_end": ends[0], "difference_at_high_end": ends[1], "unit": unit, "sentence": sentence}
        )  # fmt: skip
    return rows


def _say_worth(teller: Teller, verdict: Verdict, unit: str) -> list[Row]:
    """Say what knowing is worth."""
    rows = [
        {"number": name, **asdict(each), "above_noise": each.above_noise, "unit": unit}
        for name, each in verdict.worth.items()
    ]
    columns = [
        Column("knowing", lambda row: words(row["number"])),
        Column("averts", lambda row: _give(row["value"], row["error"], unit), right=True),
        Column("on members not seen", lambda row: amount(row["held_out"], unit), right=True),
        Column("chance alone", lambda row: amount(row["noise"], unit), right=True),
        Column("above chance", lambda row: "yes" if row["above_noise"] else "no"),
    ]
    teller.say()
    teller.table(f"Worth of knowing before choosing, under {verdict.believed}", columns, rows)
    return rows


def say_mixes(teller: Teller, found: list[Mix], question: Question, choice: Choice) -> list[Row]:
    """Say the Pareto front, and the sentence about its best end."""
    from simulator.analysis.blending import told

    policies = [name for name in choice.policies if name != choice.base]
    years = len(question.years)
    rows = [
        {"cost_a_year": mix.cost / years, "averted": mix.averted, "averted_error": mix.averted_error,
         "averted_low90": mix.averted_low, "averted_high90": mix.averted_high, "promised": mix.promised,
         **dict(zip(policies, mix.shares.tolist(), strict=True))}
        for mix in found
    ]  # fmt: skip
    unit = question.unit
    columns = [
        Column("cash a year", lambda row: amount(row["cost_a_year"], "USD", signed=True), right=True),
        Column("averted", lambda row: _give(row["averted"], row["averted_error"], unit), right=True),
        Column("90 % of members", lambda row: _range(row, unit), right=True),
        Column("mix", lambda row: told(policies, [row[name] for name in policies])),
    ]
    teller.say()
    teller.table("Mixes that nothing tried beats in both, judged on members the search had not met", columns, rows)
    if rows:
        best = max(rows, key=lambda row: row["averted"])
        teller.say(
            f"Of these, {told(policies, [best[name] for name in policies])} averts most: "
            f"{_give(best['averted'], best['averted_error'], unit)} at {amount(best['cost_a_year'], 'USD')} a year."
        )
    return rows


def _range(row: Row, unit: str) -> str:
    return f"{amount(row['averted_low90'], unit)} to {amount(row['averted_high90'], unit)}"


def _margin(row: Row, unit: str) -> str:
    if row["margin_lower90"] is None:
        return ""
    return " to ".join(amount(row[end], unit, signed=True) for end in ("margin_lower90", "margin_upper90"))


def _give(value: float | None, error: float | None, unit: str) -> str:
    return "" if value is None else f"{amount(value, unit)} ± {amount(error, unit)}"


def _number(value: float | None) -> str:
    """Return a number that may be below zero."""
    return "–" if value is None else f"{'−' if value < 0 else ''}{rounded(abs(value))}"


def _after(unit: str) -> str:
    return f" {unit}" if unit else ""
