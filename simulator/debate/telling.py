"""Verdicts in words: the sentence of each claim, what decides it, and how it comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.debate.claims import SIZES
from simulator.debate.sentences import told
from simulator.debate.verdicts import likely
from simulator.draws import DEFAULT_WORLDVIEW
from simulator.names import words

if TYPE_CHECKING:
    from simulator.debate.claims import Claim, Comparison
    from simulator.debate.verdicts import Outcome, Verdict


def headline(found: Verdict, claim: Claim) -> str:
    """Return the verdict as one sentence."""
    if found.outside:
        return f"Outside the model: {' '.join((claim.outside or '').split())}"
    if found.facts:
        wrong = [each.fact.says.rstrip(".") for each in found.facts if not each.stands]
        right = [each.fact.says.rstrip(".") for each in found.facts if each.stands and each.fact.claimed is not None]
        stands = f" What stands: {'; '.join(right)}." if right else ""
        return f"Contradicted: {'; '.join(wrong)}.{stands}" if wrong else "Supported: the record says so."
    where = {word: found.where(word) for word in ("likely", "open", "unlikely")}
    if found.word == "supported":
        return f"Supported: likely under every worldview.{_beyond(claim)}"
    parts = _parts(found, claim)
    if found.word == "contradicted":
        return f"Contradicted: unlikely under every worldview.{parts}{_beyond(claim)}"
    return f"Depends on {_turning(found)}. {_spread(where)}{parts}{_beyond(claim)}"


def _beyond(claim: Claim) -> str:
    """Say which part of a claim no run can answer."""
    return f" Outside the model: {claim.beyond[:1].lower()}{claim.beyond[1:]}" if claim.beyond else ""


def _parts(found: Verdict, claim: Claim) -> str:
    """Say which of several comparisons hold by themselves and which do not, under the default worldview."""
    seen = list(zip(claim.decided_by, found.outcomes[DEFAULT_WORLDVIEW], strict=True))
    if len(seen) == 1:
        return ""
    said = [f"{question(asked)} ({likely(outcome.share)})" for asked, outcome in seen]
    return f" By themselves, under {DEFAULT_WORLDVIEW}: {'; '.join(said)}."


def _spread(where: dict[str, list[str]]) -> str:
    parts = [f"likely under {_names(where['likely'])}"] if where["likely"] else []
    parts += [f"unlikely under {_names(where['unlikely'])}"] if where["unlikely"] else []
    parts += [f"open under {_names(where['open'])}"] if where["open"] else []
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."


def _turning(found: Verdict) -> str:
    if found.belief is None:
        return f"the worldview; no single number divides the members of {DEFAULT_WORLDVIEW} better than chance"
    return f"{told(found.belief, 'it holds')}, under {DEFAULT_WORLDVIEW}"


def _names(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def question(asked: Comparison) -> str:
    """Return what a comparison expects, as a sentence."""
    sign, word = asked.sign
    size = SIZES[word]
    first, last = asked.years
    whole = f"from {first} to {last - 1}" if last - first > 1 else f"in {first}"
    spans = {"total": whole, "mean": f"on average {whole}"}
    years = spans.get(asked.over, f"at the end of {last - 1}")
    what = f"{words(asked.outcome)} under `{asked.policy}`"
    if sign == "is at least":
        return f"{what}: at least {100 * size:.0f} % of {words(asked.of or '')}, {years}"
    expected = {
        "falls": f"lower by {100 * size:.0f} % or more",
        "rises": f"higher by {100 * size:.0f} % or more",
        "does not fall": f"lower by less than {100 * size:.0f} %, or higher,",
        "does not rise": f"higher by less than {100 * size:.0f} %, or lower,",
    }
    return f"{what}: {expected[sign]} than under `{asked.base}`, {years}"


def change(seen: Outcome, asked: Comparison) -> str:
    """Return how a comparison came out: the relative change or share, with 90 %."""
    signed = asked.is_at_least is None
    numbers = [_percent(each, signed=signed) for each in (seen.median, seen.lower90, seen.upper90)]
    return f"{numbers[0]} ({numbers[1]} to {numbers[2]})"


def _percent(value: float, *, signed: bool) -> str:
    text = f"{100 * value:{'+' if signed else ''}.1f} %".replace("-", "−")
    return "0 %" if text.strip("+−") == "0.0 %" else text
