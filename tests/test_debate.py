"""Debates are fair, share their cells, and say how sure they are: on planted members, and on a few real ones."""

import json
import subprocess
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from simulator import files
from simulator.cli import app
from simulator.debate import cells as cell_module
from simulator.debate.cells import Measure, cells
from simulator.debate.contest import LIKELY, TIE, contest, ranking, resampled
from simulator.debate.debates import BASE, DEATHS, MEASURES, debates, rivals, shipped
from simulator.debate.keeping import dataset
from simulator.debate.picture import picture
from simulator.debate.sentences import paragraph, sentences
from simulator.debate.splitting import split
from simulator.debate.tables import rows, signed
from simulator.errors import SimulatorError
from simulator.record.citation import entries
from simulator.scenario import catalogue, find

#: Members of a planted ensemble: enough for shares to be within a few per cent.
MANY = 2000
#: Members of a real one: enough to have a spread.
FEW = 6
#: How far prices may lie apart, as a share of their mean (see test_cases.py); dollars in ten years that are no budget.
FAIR, SMALL_CHANGE = 0.25, 10e9
DECISIVE, OTHER = "evidence-weighted", "supply-driven"


@pytest.fixture(scope="module")
def small():
    """Run the smallest debate with a few members."""
    return debates(["pressure-or-dialogue"], members=FEW, seed=1)[0]


def planted(seed=1):
    """Return what two policies avert, and a number above whose median the second does better."""
    generator = np.random.default_rng(seed)
    belief, noise = generator.normal(size=(2, MANY))
    numbers = np.stack([generator.normal(size=MANY), belief], axis=1)
    first = np.full(MANY, 1000.0)
    second = 1000 + 900 * np.sign(belief) + 50 * noise
    averted = {("first", DECISIVE): first, ("second", DECISIVE): second,
               ("first", OTHER): first, ("second", OTHER): first - 800}  # fmt: skip
    return averted, numbers


def own_debate(folder, name):
    """Write a debate and two policies of our own, one of which has the name of a shipped one; return its path."""
    folder.mkdir()
    for policy in ("mild", "border-surge"):
        (folder / f"{policy}.yaml").write_text(
            f"name: {policy}\ntitle: Ours\nquestion: What if a little more were done?\nbuilds_on: history\nchanges:\n"
            "  - {set: treatment_outreach, to: 0.25, starting: 2027, because: A few more are reached than today.}\n",
            encoding="utf-8",
        )
    path = folder / f"{name}.yaml"
    text = f"name: {name}\ntitle: Ours\nquestion: Which of the two is the better one?\n"
    path.write_text(f"{text}policies: [{BASE}, mild, border-surge]\nworldviews: [{DECISIVE}]\n", encoding="utf-8")
    return path


# Which debates there are


def test_every_debate_names_its_rivals():
    """The five debates are shipped, and each holds two of its own policies against each other."""
    found = {each.name: each for each in catalogue() if each.kind == "debate"}
    five = {
        "supply-or-demand",
        "pressure-or-dialogue",
        "can-china-stop-it",
        "enforcement-or-care",
        "everything-together",
    }

    assert five == set(found) == set(shipped())
    assert not [
        pair for name, pairs in rivals().items() for pair in pairs if not set(pair) <= set(found[name].policies)
    ]


@pytest.mark.parametrize("policy", [each.name for each in catalogue() if each.kind == "policy"])
def test_every_policy_argues_its_case(policy):
    """Each side states a reason and a published source for what it does, and says what it leaves out."""
    found = find(policy)
    sources = [change.source.partition(",")[0] for change in found.changes if change.source]

    assert found.side
    assert found.not_asked
    assert all(change.because and change.source for change in found.changes)
    assert set(sources) & set(entries())


def test_every_debate_hears_both_sides():
    """A debate holds policies of at least two sides, and says what it leaves out."""
    found = [each for each in catalogue() if each.kind == "debate"]

    assert not [each.name for each in found if len({find(policy).side for policy in each.policies}) <= 1]
    assert not [each.name for each in found if not each.not_asked]


def test_headlines_cost_the_same():
    """The two policies of a headline take about the same from the public purse, or next to nothing each."""
    cost = next(measure for measure in MEASURES if measure.quantity == "public_cost")
    pairs = {pairs[0] for pairs in rivals().values()}
    policies = {BASE, *(policy for pair in pairs for policy in pair)}
    found = cells([(policy, DECISIVE) for policy in policies], [cost], members=100)  # a median of few wanders
    base = np.median(found.of(cost, BASE, DECISIVE))
    price = {policy: np.median(found.of(cost, policy, DECISIVE)) - base for policy in policies}

    apart = [abs(price[first] - price[second]) for first, second in pairs]
    allowed = [max(FAIR * (price[first] + price[second]) / 2, SMALL_CHANGE) for first, second in pairs]
    assert all(gap <= most for gap, most in zip(apart, allowed, strict=True)), price


# Cells


def test_a_cell_that_two_debates_need_is_solved_once(monkeypatch):
    """Cells are solved by pair of policy and worldview, not by debate."""
    solved = []
    monkeypatch.setattr(
        cell_module, "_cell", lambda _m, policy, belief, *_: solved.append((policy.name, belief)) or np.zeros((7, 2))
    )

    found = debates(["supply-or-demand", "everything-together"], members=2)

    pairs = {
        (policy, belief) for each in found for belief in each.scenario.worldviews for policy in each.scenario.policies
    }
    assert len(solved) == len(set(solved))
    assert pairs == set(solved)


def test_names_in_a_debate_call_the_files_beside_it(monkeypatch, tmp_path):
    """Own policies and worldviews come first; two debates that each have a file of one name mean different things."""
    solved = []
    monkeypatch.setattr(
        cell_module, "_cell", lambda _m, policy, *_: solved.append(policy.path) or np.full((7, 2), float(len(solved)))
    )
    places = [own_debate(tmp_path / folder, folder) for folder in ("one", "other")]

    found = debates([str(each) for each in places], members=2)

    for each in found:
        folder = tmp_path / each.scenario.name
        assert {str(folder / f"{name}.yaml") for name in ("mild", "border-surge")} <= set(solved)
        assert list(dict.fromkeys(policy for policy, _ in each.cells.found)) == [BASE, "mild", "border-surge"]
        number = solved.index(str(folder / "mild.yaml")) + 1.0
        assert (each.cells.of(DEATHS, "mild", DECISIVE) == number).all()
    assert len(solved) == len(set(solved)) == 5  # history is shared


def test_check_and_debate_look_into_the_files_beside_a_debate(tmp_path):
    """A policy with a fault, another debate in place of a policy, and a debate that names itself are all told."""
    path = own_debate(tmp_path / "ours", "ours")
    fault = (tmp_path / "ours" / "mild.yaml").read_text(encoding="utf-8").replace("to: 0.25, ", "to: 2, ")
    (tmp_path / "ours" / "mild.yaml").write_text(fault, encoding="utf-8")
    text = path.read_text(encoding="utf-8")
    other = text.replace("name: ours", "name: other").replace("border-surge", "ours")
    (tmp_path / "ours" / "other.yaml").write_text(other, encoding="utf-8")
    path.write_text(text.replace("border-surge", "other, ours"), encoding="utf-8")

    told = CliRunner().invoke(app, ["check", str(path)])
    found = CliRunner().invoke(app, ["debate", str(path), "--members", "2"])

    assert [line.partition(": ")[2] for line in told.stdout.splitlines()] == [
        f'policies[1]: "mild" has faults of its own. See them with: fentsim check {path.parent / "mild.yaml"}',
        "policies[2]: other.yaml is a debate, not a policy. Name another, or move it.",
        "policies[3]: ours.yaml is a debate, not a policy. Name another, or move it.",
    ]
    assert set(told.stdout.splitlines()) <= set(found.stderr.splitlines())


@pytest.mark.parametrize("command", ["debate", "robust"])
def test_a_worldview_beside_a_debate_is_said_to_be_uncalibrated(tmp_path, monkeypatch, command):
    """It has no shipped name, so that only the debate knows where it lies; the note tells how far history is missed."""
    monkeypatch.setenv("FENTSIM_OUTPUTS", str(tmp_path / "outputs"))
    about = "question: What if strength mattered less than most of us think?\n"
    (tmp_path / "gentle.yaml").write_text(
        f"name: gentle\ntitle: Gentle\n{about}beliefs:\n  - {{set: dose_response, to: 0.5, "
        "because: An assumption for the sake of trying., source: assumption}\n",
        encoding="utf-8",
    )
    path = tmp_path / "ours.yaml"
    path.write_text(
        f"name: ours\ntitle: Ours\n{about}policies: [history, treat-demand-first, border-surge]\n"
        "worldviews: [gentle, supply-driven]\n",
        encoding="utf-8",
    )

    found = CliRunner().invoke(app, [command, str(path), "--members", "100", "--no-figures"])

    assert found.exit_code == 0, found.stderr
    assert "Not calibrated: under gentle, numbers that the record feels (dose_response)" in found.stderr
    assert "Its likeliest run misses yearly synthetic-opioid deaths" in found.stderr


def test_a_debate_of_your_own_runs_as_the_page_says(monkeypatch, tmp_path):
    """The lines of `docs/how-to/run-a-debate.md` make a file without faults; it has its own name in what is written."""
    monkeypatch.setattr(cell_module, "_cell", lambda *_: np.zeros((7, 2)))
    (tmp_path / "scenarios").symlink_to(files.shipped("scenarios"))
    monkeypatch.chdir(tmp_path)
    page = (files.package().parent / "docs" / "how-to" / "run-a-debate.md").read_text(encoding="utf-8")
    begin, *commands = page.partition("A debate of your own")[2].split("```console\n")[1].split("```")[0].splitlines()

    subprocess.run(begin, shell=True, check=True)  # noqa: S602 - a line of our own page

    assert [command.split()[1] for command in commands] == ["check", "debate"]
    assert CliRunner().invoke(app, ["check", "my-debate.yaml"]).exit_code == 0
    assert [each.scenario.name for each in debates(["my-debate.yaml"], members=2)] == ["my-debate"]


def test_members_are_the_same_whatever_the_block(monkeypatch):
    """A member's result does not depend on who else is in memory."""
    measures = [DEATHS, Measure("cooperation", "mean", 2029, 2037)]
    whole = cells([(BASE, DECISIVE)], measures, members=FEW).found[BASE, DECISIVE]
    monkeypatch.setattr(cell_module, "BLOCK", 4)

    parted = cells([(BASE, DECISIVE)], measures, members=FEW).found[BASE, DECISIVE]

    assert pytest.approx(whole, rel=1e-12) == parted


def test_cells_agree_with_the_command_that_compares(small):
    """A paired difference of a debate is that which `fentsim compare` finds."""
    from simulator.cases import cases
    from simulator.report.paired import Outcome, Window, difference

    base, other = cases([BASE, "dialogue"], ["retaliation"], members=FEW, until=2037, engine="ensemble")

    expected = difference(other, base, Outcome("opioid_deaths", "total"), Window(2027, 2037))
    assert pytest.approx(expected, abs=1) == small.change(DEATHS, "dialogue", "retaliation")


def test_what_cannot_be_debated_is_refused_with_a_remedy():
    """A stranger is answered with the nearest name, a policy with what to do instead, one member with two."""
    with pytest.raises(SimulatorError, match='Did you mean "supply-or-demand"'):
        debates(["supply-or-demnd"], members=2)
    with pytest.raises(SimulatorError, match=r"It is a policy, not a debate\. Run it with: fentsim run border-surge"):
        debates(["border-surge"], members=2)
    with pytest.raises(SimulatorError, match=r"It is a worldview, not a debate\. Hold it in a run: .* -w iron-law"):
        debates(["iron-law"], members=2)
    with pytest.raises(SimulatorError, match="Ask for two or more"):
        debates(["supply-or-demand"], members=1)


# Contests


def test_contest_finds_the_planted_belief():
    """The number that decides who is ahead is named, with its threshold and both shares."""
    averted, numbers = planted()

    found = contest("first", "second", averted, DECISIVE, ("noise", "belief"), {DECISIVE: numbers, OTHER: numbers})

    assert found.belief.name == "belief"
    assert found.belief.threshold == pytest.approx(0, abs=0.01)
    assert {found.belief.below, found.belief.above} == {0.0, 1.0}


def test_no_belief_is_named_where_chance_would_do_as_well():
    """Among many numbers that have nothing to do with it, none is named; in one of twenty at most."""
    generator = np.random.default_rng(5)
    numbers = generator.normal(size=(200, 30))
    names = [f"number_{place}" for place in range(30)]

    named = [split(names, numbers, generator.random(200) < 0.5) for _ in range(10)]

    assert sum(each is not None for each in named) <= 2


def test_members_that_share_a_fit_are_no_further_evidence():
    """Ten groups of alike members prove no more than ten members would, however many each holds."""
    generator = np.random.default_rng(7)
    groups = np.repeat(np.arange(10), 40)
    numbers = generator.normal(size=(10, 30))[groups]
    holds = (generator.random(10) < 0.5)[groups]
    names = [f"number_{place}" for place in range(30)]

    assert split(names, numbers, holds, groups=groups) is None
    assert split(names, numbers, holds) is not None


def test_leads_say_ahead_behind_tie_or_open():
    """A share of two thirds makes a side; differences too small to see are ties and no lead."""
    averted = {
        ("a", "w1"): np.full(9, 500.0), ("b", "w1"): np.zeros(9),
        ("a", "w2"): np.zeros(9), ("b", "w2"): np.full(9, 400.0),
        ("a", "w3"): np.full(9, TIE / 2), ("b", "w3"): np.zeros(9),
        ("a", "w4"): np.repeat([300.0, -300, 0], 3), ("b", "w4"): np.zeros(9),
    }  # fmt: skip
    numbers = {f"w{place}": np.zeros((9, 1)) for place in range(1, 5)}

    found = contest("b", "a", averted, "w1", ("nothing",), numbers)

    assert (found.first, found.second) == ("a", "b")
    assert [lead.side for lead in found.leads] == ["ahead", "behind", "tie", "open"]
    assert found.belief is None
    assert LIKELY > 1 / 2


def test_sentence_says_who_where_how_much_and_what_flips_it():
    """The paragraph names both rivals, the worldview that flips them, the belief, and the Monte-Carlo error."""
    averted, numbers = planted()
    averted["second", OTHER] = averted["first", OTHER] + 700
    averted["first", DECISIVE] = averted["first", DECISIVE] + 3000
    flat = {DECISIVE: numbers, OTHER: numbers}

    told = paragraph(contest("first", "second", averted, DECISIVE, ("noise", "belief"), flat), MANY)

    assert told.startswith("first beats second under evidence-weighted, by ")
    assert "the ranking flips if supply-driven is right, by 700 (90 % 700 to 700): there second is ahead" in told
    assert "Monte-Carlo standard error" in told


# How sure a count of members is


def test_resampling_gives_the_known_error_of_a_median():
    """The standard error of the median of normals is sqrt(pi/2n), and resampling finds it."""
    values = np.random.default_rng(3).normal(size=(1, MANY))

    medians, _ = resampled(values)

    assert np.sqrt(np.pi / 2 / MANY) == pytest.approx(float(medians.std()), rel=0.25)


def test_ranking_holds_beyond_its_error_when_seed_and_members_change():
    """Ranks that resampling calls sure are the same with other members and twice as many."""

    def drawn(seed, members):
        generator = np.random.default_rng(seed)
        common = generator.normal(0, 3000, members)
        return {f"policy-{place}": 1000.0 * place + common + generator.normal(0, 200, members) for place in range(5)}

    first, again = ranking(drawn(1, 300)), ranking(drawn(2, 600))

    sure = [place.policy for place in first if place.kept > 0.99]
    assert sure
    assert {each.policy: each.rank for each in first if each.policy in sure}.items() <= {
        each.policy: each.rank for each in again
    }.items()


@pytest.mark.parametrize("level", [0.0, 25.0, 50.0, 1000.0])
def test_ties_depend_on_differences_alone(level):
    """Medians two deaths apart tie wherever they lie, and the mean decides; above fifty apart the median does."""
    skewed = np.append(np.zeros(9), 500.0)  # whose median is 0, and whose mean is 50
    averted = {
        "far": np.full(10, level + 53.0), "first": np.full(10, level + 1.0), "second": level - 1.0 + skewed,
        "last": level - 100.0 + 4 * skewed,
    }  # fmt: skip
    expected = {"far": 1, "second": 2, "first": 3, "last": 4}

    assert {each.policy: each.rank for each in ranking(averted)} == expected
    assert {each.policy: each.rank for each in ranking(dict(reversed(averted.items())))} == expected


def test_real_medians_move_no_more_than_their_error_says():
    """With another seed and twice as many members, a median lead stays within four of its standard errors."""
    pair = ("care-package", "supply-package")

    def lead(seed, members):
        found = cells([(policy, DECISIVE) for policy in pair], [DEATHS], members=members, seed=seed)
        averted = {(policy, DECISIVE): -found.of(DEATHS, policy, DECISIVE) for policy in pair}
        nothing = {DECISIVE: np.zeros((members, 1))}
        told = contest(*pair, averted, DECISIVE, ("nothing",), nothing)
        one = told.lead(DECISIVE)
        return (one.median if told.first == pair[0] else -one.median), one.error

    (median, error), (other, smaller) = lead(1, 100), lead(2, 200)

    assert abs(median - other) <= 4 * np.hypot(error, smaller)


# What comes out


def test_dataset_holds_paired_differences(small):
    """One Dataset: outcomes by scenario, worldview and member, as they are and against history."""
    found = dataset(small)

    assert {"scenario", "worldview", "member", "parameter"} == set(found.sizes)
    for measure in MEASURES:
        level, change = found[measure.quantity], found[f"{measure.quantity}_against_history"]
        assert level.dims == ("scenario", "worldview", "member")
        assert np.allclose(level - level.sel(scenario=BASE), change)
        assert level.attrs["units"]


def test_table_and_picture_show_the_same_numbers(small):
    """Each cell of the picture is a row of the table, in the table's order; text is large enough for a slide."""
    table = [row for row in rows(small) if row["outcome"] == "opioid_deaths"]
    drawn = picture(small, source="a test")
    texts = [each for each in drawn.axes[0].texts if each.get_gid() == "median"]

    ranked = sorted(table, key=lambda row: small.policies.index(row["policy"]))
    expected = sorted(signed(-row["median"] / 1e3) for row in ranked)
    assert expected == sorted(each.get_text() for each in texts)
    assert len(small.policies) * len(small.scenario.worldviews) == len(texts)
    assert min(each.get_fontsize() for each in drawn.axes[0].texts) >= 11
    assert all(a != b for a, b in pairwise(small.policies))


def test_command_writes_a_folder_that_explains_itself(tmp_path):
    """`fentsim debate` leaves results, table, page, picture, scenarios and manifest; JSON holds its sentences."""
    asked = ["debate", "pressure-or-dialogue", "--members", "4", "--outputs", str(tmp_path), "--json"]

    found = CliRunner().invoke(app, asked)

    told = json.loads(found.stdout)["debates"][0]
    folder = Path(told["output"])
    files = {"results.nc", "table.csv", "debate.md", "scenario.yaml", "manifest.json", "log.txt", "figures"}
    assert files == {each.name for each in folder.iterdir()}
    assert (folder / "figures" / "debate.png").stat().st_size
    assert len(rivals()["pressure-or-dialogue"]) == len(told["sentences"])
    assert told["sentences"][0] in (folder / "debate.md").read_text(encoding="utf-8")


def test_sentences_are_as_many_as_rivals(small):
    """Each pair of rivals gets its paragraph, the headline first."""
    assert [pair for pair in rivals()["pressure-or-dialogue"] if set(pair) == set(rivals()["pressure-or-dialogue"][0])]
    assert len(small.contests) == len(sentences(small))
