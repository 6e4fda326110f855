"""The pages of verdicts: one a claim, and one that lists them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docs.pages import markup
from simulator.debate import shipping, telling
from simulator.debate.claims import SIZES, claims
from simulator.debate.contest import LIKELY
from simulator.debate.facts import NEAR, arithmetic
from simulator.debate.verdicts import independent, likely, others
from simulator.scenario import find

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.debate.claims import Claim, Evidence
    from simulator.debate.facts import Checked
    from simulator.debate.shipping import Shipped
    from simulator.debate.verdicts import Verdict

_REFERENCE = "../reference/"

_ABOUT = f"""
Every claim of the debate, in our own words, and what becomes of it when it is run under everybody's beliefs.

What decides a claim is stated in `simulator/debate/claims.yaml` before anything is run, and the rules are the same for
both sides.
A claim holds in a member of an ensemble when every comparison that decides it holds there.
Under a worldview it is *likely* when it holds in {100 * LIKELY:.0f} % of members or more, *unlikely* in
{100 * (1 - LIKELY):.0f} % or fewer, and *open* between.

- **supported**: likely under every worldview
- **contradicted**: unlikely under every worldview
- **depends on**: everything else; the belief is named that divides members best, if one does so better than chance
- **outside the model**: it holds nothing that could answer

A fact check is contradicted when any of its figures is more than {100 * NEAR:.0f} % off the same figure like for like.

*Contradicted* means that the model does not bear the claim out in full, parts of which may hold: each page tells.
*Close to* names a verdict that other members could give, with all shares moved by two Monte-Carlo standard errors,
in which members that share a fit count once.
Shares and intervals are those of members: they carry the uncertainty of parameters, not every way in which the model
may be wrong.
"""


def verdicts() -> dict[str, str]:
    """Return the text of every page by its name; none where no verdicts were shipped."""
    found = shipping.shipped()
    if found is None:
        return {}
    made = _made(found)
    pages = {name: _page(name, claim, found, made) for name, claim in claims().items()}
    return {"index": _index(found, made), **pages}


def _index(found: Shipped, made: str) -> str:
    rows = [
        (
            f"[{name}]({name}.md)",
            claim.side,
            claim.says,
            _word(found.verdicts[name], found),
            _belief(found.verdicts[name]),
        )
        for name, claim in claims().items()
    ]
    sizes = ", ".join(f"{word} {100 * size:.0f} %" for word, size in SIZES.items())
    return markup.page(
        "Verdicts",
        _ABOUT,
        markup.table(("Claim", "Whose", "In our words", "Verdict", "On what it turns"), rows),
        f"Sizes: {sizes}.\n\n{made}",
    )


def _word(verdict: Verdict, found: Shipped) -> str:
    drawn = int(found.about["members"]), int(found.about["seed"])
    close = others(verdict.shares, {name: independent(name, *drawn) for name in verdict.shares})
    return f"{verdict.word} (close to: {', '.join(close)})" if close else verdict.word


def _belief(found: Verdict) -> str:
    if found.word != "depends on":
        return ""
    return f"`{found.belief.name}`" if found.belief is not None else "the worldview"


def _page(name: str, claim: Claim, found: Shipped, made: str) -> str:
    verdict = found.verdicts[name]
    about = f"**{claim.says}**\n({claim.side})\n\n{_capital(telling.headline(verdict, claim))}"
    parts = [
        f"## What the model has to do with it\n\n{' '.join(claim.mechanism.split())}",
        _scenarios(claim),
        _facts(verdict.facts) if verdict.facts else "",
        _decided(claim, verdict) if claim.decided_by else "",
        _evidence("## For", claim.for_),
        _evidence("## Against", claim.against),
        f"## What cannot be settled\n\n{' '.join(claim.cannot.split())}",
        _again(name, found, made) if not claim.outside else "",
    ]
    return markup.page(f"Claim {name}: {verdict.word}", about, *parts, "[All verdicts](index.md)")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _scenarios(claim: Claim) -> str:
    """Tell the scenarios: their question, why each change is made and on what source, and what they leave out."""
    parts = []
    for each in map(find, claim.scenarios):
        reasons = [
            f"- {' '.join(change.because.split())} ({markup.sources(change.source, _REFERENCE)})"
            for change in each.changes
        ]
        asked, left = (" ".join((text or "").split()) for text in (each.question, each.not_asked))
        link = f"[`{each.name}`](../../scenarios/policies/{each.name}.yaml)"
        parts.append(f"### {each.title}\n\n{link}: {asked}\n\n" + "\n".join(reasons) + f"\n\nNot asked: {left}")
    return "## The scenarios, as their proponents would argue\n\n" + "\n\n".join(parts) if parts else ""


def _quoted(found: Checked) -> tuple[str, str, str, str]:
    claimed = found.fact.claimed
    said = ("–", "") if claimed is None else (markup.number(claimed), "stands" if found.stands else "does not stand")
    return found.fact.says, said[0], markup.number(found.actual), said[1]


def _facts(found: Sequence[Checked]) -> str:
    rows = [_quoted(each) for each in found]
    sums = [
        f"- {each.fact.says}\n  Quoted: {arithmetic(each.fact.comes_from)}.\n  Like for like: "
        f"{arithmetic(each.fact.like_for_like)}.\n  {' '.join(each.fact.because.split())}"
        for each in found
    ]
    table = markup.table(("Said", "Quoted:", "Like for like:", "So it"), rows)
    series = sorted({figure.series for each in found for figure in (each.fact.comes_from, each.fact.like_for_like)})
    links = ", ".join(f"[{name}]({_REFERENCE}record.md#{name})" for name in series)
    return f"## The figures\n\n{table}\n\nThe arithmetic:\n\n" + "\n".join(sums) + f"\n\nSeries: {links}."


def _decided(claim: Claim, found: Verdict) -> str:
    asked = "\n".join(f"{place}. {_capital(telling.question(each))}" for place, each in enumerate(claim.decided_by, 1))
    rows = [
        (
            worldview,
            *(
                f"{telling.change(seen, each)}, {_share(seen.share)}"
                for seen, each in zip(outcomes, claim.decided_by, strict=True)
            ),
            _share(found.shares[worldview]),
            likely(found.shares[worldview]),
        )
        for worldview, outcomes in found.outcomes.items()
    ]
    headings = ("Worldview", *(f"{place}:" for place in range(1, len(claim.decided_by) + 1)), "Holds:", "So it is")
    words = (
        "Each cell: the relative change, or the share where that is asked, as median and 90 % of members, and in how "
        "many members it is as the claim has it. *Holds*: in how many members all of them are."
    )
    return f"## What decides it\n\n{asked}\n\n## Under each worldview\n\n{words}\n\n{markup.table(headings, rows)}"


def _share(share: float) -> str:
    return f"{100 * share:.0f} %"


def _evidence(heading: str, lines: Sequence[Evidence]) -> str:
    told = [f"- {' '.join(each.says.split())} ({markup.sources(each.source, _REFERENCE)})" for each in lines]
    return f"{heading}\n\n" + ("\n".join(told) or "Nothing that we know of.")


def _again(name: str, found: Shipped, made: str) -> str:
    members, seed = found.about["members"], found.about["seed"]
    command = f"fentsim verdict {name} --members {members} --seed {seed}"
    return f"## Run it\n\n```console\n{command}\n```\n\n{made}"


def _made(found: Shipped) -> str:
    about = found.about
    stale = " ".join(shipping.stale(found))
    made = (
        f"Made from {about['members']} members a worldview and policy, seed {about['seed']}, with version "
        f"{about['version']} at {about['commit']}, calibrations {about['calibrations']}."
    )
    return f"{made} **{stale}** Renew with `fentsim verdict --ship --members 1000`." if stale else made
