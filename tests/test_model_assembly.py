"""Assembly: every reason for which a model or a number is refused, and what a number's range means.

Every model here is a toy; nothing of the subject appears.
"""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import norm

from simulator import draws
from simulator.errors import SimulatorError
from simulator.language import auxiliary, flow, stock
from simulator.model import Model
from simulator.parameters import Parameter, at_once, load
from tests.toy import epidemic, teacup

GOOD = {
    "name": "illness",
    "sector": "toy",
    "meaning": "Time to get better.",
    "unit": "year",
    "value": 0.04,
    "range": (0.02, 0.1),
    "source": "assumption",
    "note": "About two weeks.",
}


def number(name, unit="1", **record):
    """Return a fixed number of a toy."""
    told = {"meaning": "A toy number.", "value": 1.0, "shape": "fixed", "source": "assumption", "note": "A toy."}
    return Parameter(name=name, sector="toy", unit=unit, **(told | record))


def assemble(*equations, numbers=(), **options):
    """Assemble equations as if one module held them."""
    sector = SimpleNamespace(**{f"_{place}": equation for place, equation in enumerate(equations)})
    return Model.of(sector, parameters=list(numbers), **options)


def refusals(*equations, numbers=(), **options):
    """Return the problems that these equations are refused for, as people read them."""
    with pytest.raises(SimulatorError) as caught:
        assemble(*equations, numbers=numbers, **options)
    return [str(problem) for problem in caught.value.problems]


@stock("person")
def waiting(waiting_at_start):
    """People in a queue."""
    return waiting_at_start


@flow("person/year", "waiting -> outside")
def leaving(waiting, patience):
    """People give up."""
    return waiting / patience


QUEUE = (number("waiting_at_start", "person"), number("patience", "year"))


def test_a_sound_model_assembles():
    """The queue that the faults below are made in is itself without fault."""
    model = assemble(waiting, leaving, numbers=QUEUE)

    assert (model.stocks, model.flows, model.order) == (("waiting",), ("leaving",), ("leaving",))


def test_a_misspelt_cause_is_answered_with_the_nearest_name():
    """`patiense` is not a quantity; `patience` is."""

    @flow("person/year", "waiting -> outside")
    def leaving(waiting, patiense):
        """People give up."""
        return waiting / patiense

    (problem,) = refusals(waiting, leaving, numbers=QUEUE)

    assert problem == 'test_model_assembly.leaving: There is no quantity "patiense". Did you mean "patience"?'


def test_a_missing_cause_is_named():
    """Nothing is near to `moon`, so nothing is suggested."""

    @flow("person/year", "waiting -> outside")
    def leaving(waiting, moon):
        """People give up at new moon."""
        return waiting / moon

    (problem,) = refusals(waiting, leaving, numbers=QUEUE)

    assert problem == 'test_model_assembly.leaving: There is no quantity "moon".'


def test_a_cycle_without_a_stock_is_told_with_its_path():
    """Mood makes talk makes mood: nothing says which comes first."""

    @auxiliary("1")
    def mood(talk):
        """Talk lifts the mood."""
        return 1 - talk

    @auxiliary("1")
    def talk(laughter):
        """Laughter starts talk."""
        return 1 - laughter

    @auxiliary("1")
    def laughter(mood):
        """A good mood makes people laugh."""
        return 1 - mood

    (problem,) = refusals(mood, talk, laughter)
    path, _, words = problem.partition(": ")
    around = path.split(" -> ")

    assert words == "These depend on each other at the same instant. Put a stock or a delay between."
    assert around[0] == around[-1]
    assert set(around) == {"mood", "talk", "laughter"}


def test_a_quantity_that_causes_itself_is_a_cycle():
    """The shortest circle has one link."""

    @auxiliary("1")
    def mood(mood):
        """A mood feeds on itself."""
        return 2 * mood

    (problem,) = refusals(mood)

    assert problem.startswith("mood -> mood: ")


def test_a_cycle_through_a_stock_is_no_fault():
    """People leave because people wait, and fewer wait because people leave."""
    assert "waiting" in assemble(waiting, leaving, numbers=QUEUE).equations["leaving"].causes


def test_initial_values_may_not_go_round_in_a_circle():
    """Two stocks that each start as the other have no start."""

    @stock("person")
    def left(right):
        """People on the left."""
        return 1 * right

    @stock("person")
    def right(left):
        """People on the right."""
        return 1 * left

    model = assemble(left, right)

    with pytest.raises(SimulatorError, match="The initial values go round in a circle"):
        model.system()


def test_a_flow_has_the_unit_of_its_stocks_a_year():
    """A queue of people does not lose kilograms."""

    @flow("kg/year", "waiting -> outside")
    def leaving(waiting, weight, patience):
        """People leave by weight."""
        return waiting * weight / patience

    (problem,) = refusals(waiting, leaving, numbers=[*QUEUE, number("weight", "kg/person")])

    assert problem == (
        'test_model_assembly.leaving: "waiting" is in person, so this flow is in person/year, not kg/year. '
        "Mend the unit."
    )


def test_a_unit_that_disagrees_is_told_with_its_place():
    """People times years are not people a year."""

    @flow("person/year", "waiting -> outside")
    def leaving(waiting, patience):
        """People give up."""
        return waiting * patience

    (problem,) = refusals(waiting, leaving, numbers=QUEUE)

    assert problem == (
        "test_model_assembly.leaving: The formula gives person * year, not person/year. Mend the formula or the unit."
    )


def test_units_that_cannot_be_added_are_told():
    """People and years have no sum."""

    @auxiliary("person")
    def muddle(waiting, patience):
        """A muddle."""
        return waiting + patience

    (problem,) = refusals(waiting, leaving, muddle, numbers=QUEUE)

    assert problem.startswith("test_model_assembly.muddle: The units do not fit together: ")
    assert problem.endswith("It should give person.")


def test_a_unit_that_is_only_a_multiple_is_told():
    """Months are years times twelve, and no factor may hide in a unit."""

    @flow("person/year", "waiting -> outside")
    def leaving(waiting, patience):
        """People give up."""
        return waiting / patience

    (problem,) = refusals(waiting, leaving, numbers=[number("waiting_at_start", "person"), number("patience", "month")])

    assert problem == (
        "test_model_assembly.leaving: The formula gives person / month, which is a multiple of person/year. "
        "Choose units that need no factor."
    )


@pytest.mark.parametrize("kind", ["auxiliary", "flow", "stock", "number"])
def test_a_unit_that_pint_does_not_know_is_told(kind):
    """`persn` is a slip of the pen, whether of an auxiliary, a flow, a stock or a number."""
    declared = {
        "auxiliary": lambda: refusals(waiting, leaving, auxiliary("persn")(queue), numbers=QUEUE),
        "flow": lambda: refusals(waiting, flow("persn/year", "waiting -> outside")(leaving.function), numbers=QUEUE),
        "stock": lambda: refusals(stock("persn")(waiting.function), leaving, numbers=QUEUE),
        "number": lambda: refusals(waiting, leaving, numbers=[QUEUE[0], number("patience", "persn")]),
    }

    problems = declared[kind]()

    assert any("persn" in problem and "is not a unit." in problem for problem in problems)


def queue(waiting):
    """How many wait."""
    return 1 * waiting


def test_a_source_that_nobody_knows_is_told():
    """A key that is not in the bibliography, of an equation and of a number."""

    @flow("person/year", "waiting -> outside", source="gandalf3018")
    def leaving(waiting, patience):
        """People give up."""
        return waiting / patience

    numbers = [QUEUE[0], number("patience", "year", source="frodo3019, chapter 2")]
    problems = refusals(waiting, leaving, numbers=numbers, sources={"gandalf3019"})

    assert len(problems) == 2
    assert "leaving" in problems[0]
    assert 'Did you mean "gandalf3019"?' in problems[0]
    assert "patience" in problems[1]
    assert "frodo3019" in problems[1]


def test_a_name_taken_twice_is_told():
    """Two quantities with one name would be one wire."""
    problems = refusals(waiting, leaving, leaving, numbers=[*QUEUE, number("waiting")])

    assert problems == [
        f'{place}: "{name}" is already defined in test_model_assembly. Give one of them another name.'
        for place, name in (("test_model_assembly.leaving", "leaving"), ("toy.waiting", "waiting"))
    ]


def test_a_number_that_nothing_uses_is_told():
    """An idle number is a promise that the model does not keep."""
    (problem,) = refusals(waiting, leaving, numbers=[*QUEUE, number("weather")])

    assert problem == "toy.weather: No equation uses this number. Remove it."


def test_a_pipe_that_leads_nowhere_is_told():
    """A pipe may not end in a number or in a name nobody has."""

    @flow("person/year", "waitng -> patience")
    def leaving(waiting, patience):
        """People give up."""
        return waiting / patience

    problems = refusals(waiting, leaving, numbers=QUEUE)

    assert problems == [
        'test_model_assembly.leaving: "waitng" is not a stock. Did you mean "waiting"?',
        'test_model_assembly.leaving: "patience" is not a stock.',
    ]


def test_a_quantity_without_a_sentence_is_told():
    """Nobody can trust what nobody explains."""

    def leaving(waiting, patience):
        return waiting / patience

    (problem,) = refusals(waiting, flow("person/year", "waiting -> outside")(leaving), numbers=QUEUE)

    assert problem == "test_model_assembly.leaving: It has no sentence. Say in one what causes it."


def test_all_faults_of_the_wiring_are_told_at_once():
    """A misspelt cause, a pipe to nowhere and a missing sentence: three problems, one error."""

    def leaving(waiting, patiense):
        return waiting / patiense

    assert len(refusals(waiting, flow("person/year", "waitng -> outside")(leaving), numbers=QUEUE)) == 3


def test_all_faults_behind_the_wiring_are_told_at_once():
    """An idle number, an unknown source, a wrong flow unit, a cycle and a muddle of units: five problems."""

    @flow("kg/year", "waiting -> outside", source="gandalf3018")
    def leaving(waiting, patience, weight):
        """People leave by weight."""
        return waiting * weight / patience

    @auxiliary("1")
    def mood(talk):
        """Talk lifts the mood."""
        return 1 - talk

    @auxiliary("1")
    def talk(mood):
        """A good mood starts talk."""
        return 1 - mood

    @auxiliary("person")
    def muddle(waiting, patience):
        """A muddle."""
        return waiting + patience

    numbers = [*QUEUE, number("weight", "kg/person"), number("weather")]
    problems = refusals(waiting, leaving, mood, talk, muddle, numbers=numbers, sources=set())

    assert len(problems) == 5


def test_an_integral_that_is_no_quantity_is_refused():
    """A running total of a misspelt flow is answered with the nearest one."""
    with pytest.raises(SimulatorError, match=r'coolng: It is no quantity of the model\. Did you mean "cooling"'):
        Model.of(teacup).system(("coolng",))


def test_a_quantity_is_found_by_name_or_by_the_nearest_one():
    """`describe` answers for equations and numbers alike."""
    model = Model.of(epidemic)

    assert model.describe("infections") is epidemic.infections
    assert model.describe("town").value == 1000
    with pytest.raises(SimulatorError, match='Did you mean "infections"'):
        model.describe("infection")


def test_numbers_lie_beside_their_sector():
    """`Model.of(teacup)` finds `teacup.yaml`; what moves in time is an input, the rest holds still."""
    model = Model.of(teacup)

    assert (model.inputs, model.constants) == (("room",), ("tea_at_start", "cooling_time"))


FAULTS = {
    "an assumption without a note": ({"note": ""}, "an assumption explains itself in a note"),
    "a fixed number without a note": (
        {"shape": "fixed", "source": "shire1418", "note": ""}, "a fixed number explains itself in a note",
    ),
    "no range": ({"range": None}, 'an uncertainty has a range, or "shape: fixed" with a note'),
    "a range that runs backwards": ({"range": (0.1, 0.02)}, "the range runs from low to high around the value"),
    "a value outside its range": ({"value": 0.5}, "the range runs from low to high around the value"),
    "a value that is no number": ({"value": "much"}, "valid number"),
    "a value that is not a number": ({"value": float("nan")}, "its numbers are finite"),
    "a lognormal range that touches zero": ({"range": (0.0, 0.1)}, "a lognormal range is above zero"),
    "a logit range that touches zero": (
        {"shape": "logit", "range": (0.0, 0.1)}, "a logit range lies strictly between 0 and 1",
    ),
    "a logit range that touches one": (
        {"shape": "logit", "value": 0.5, "range": (0.1, 1.0)}, "a logit range lies strictly between 0 and 1",
    ),
    "a shape nobody knows": ({"shape": "bell"}, "'lognormal'"),
    "a role nobody knows": ({"role": "hero"}, "'uncertainty'"),
    "a meaning that says nothing": ({"meaning": "Time."}, "at least 8 characters"),
    "a field nobody reads": ({"colour": "blue"}, "not permitted"),
    "three ends of a range": ({"range": (0.01, 0.02, 0.1)}, "at most 2"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_number_tells_its_whole_story(tmp_path, fault):
    """Every fault of a record is told with its file and its name."""
    change, words = FAULTS[fault]
    path = tmp_path / "orcs.yaml"
    write(path, {"illness": {**GOOD, **change}})

    with pytest.raises(SimulatorError) as caught:
        load(path)

    (problem,) = caught.value.problems
    assert problem.place.startswith("orcs.yaml: illness")
    assert words in problem.fault


@pytest.mark.parametrize("missing", ["meaning", "unit", "value", "source"])
def test_a_number_without_one_of_these_is_no_number(tmp_path, missing):
    """Meaning, unit, value and source have no default."""
    path = tmp_path / "orcs.yaml"
    write(path, {"illness": {key: value for key, value in GOOD.items() if key != missing}})

    with pytest.raises(SimulatorError, match=rf"orcs.yaml: illness.{missing}: Field required"):
        load(path)


@pytest.mark.parametrize("record", [3, None, [1, 2]])
def test_a_record_that_is_no_record_is_told(tmp_path, record):
    """A bare number has no meaning, no unit and no source."""
    path = tmp_path / "orcs.yaml"
    write(path, {"illness": record}, whole=True)

    with pytest.raises(SimulatorError, match=r"orcs\.yaml: illness"):
        load(path)


def test_all_faulty_numbers_of_a_file_are_told_at_once(tmp_path):
    """Three faults in two records and one sound record: three problems."""
    path = tmp_path / "orcs.yaml"
    write(path, {
        "illness": {**GOOD, "shape": "bell", "role": "hero"},
        "town": {**GOOD, "range": None},
        "contact_rate": GOOD,
    })  # fmt: skip

    with pytest.raises(SimulatorError, match=r"3 things are wrong with orcs\.yaml") as caught:
        load(path)

    assert len(caught.value.problems) == 3


def test_a_file_of_no_numbers_is_no_fault(tmp_path):
    """A sector may have none."""
    path = tmp_path / "orcs.yaml"
    path.write_text("# none yet\n", encoding="utf-8")

    assert load(path) == {}


def write(path, records, *, whole=False):
    """Write YAML records, without the two fields that the file itself provides."""
    import yaml

    kept = records if whole else {
        name: {key: list(value) if isinstance(value, tuple) else value
               for key, value in record.items() if key not in ("name", "sector")}
        for name, record in records.items()
    }  # fmt: skip
    path.write_text(yaml.safe_dump(kept), encoding="utf-8")


SHAPES = {
    "lognormal": {"value": 0.04, "range": (0.02, 0.1)},
    "normal": {"value": -1.0, "range": (-2.0, 3.0)},
    "logit": {"value": 0.2, "range": (0.05, 0.8)},
    "uniform": {"value": 0.5, "range": (0.0, 1.0)},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_lopsided_range_is_honoured_at_both_ends_and_in_the_middle(shape):
    """The 5th percentile, the median and the 95th are the numbers in the file; a uniform's ends are its limits.

    Percentiles of the standard normal: scipy.
    """
    parameter = Parameter(**{**GOOD, "shape": shape, **SHAPES[shape]})
    (low, high), value = parameter.range, parameter.value
    expected = [low, value, high] if shape != "uniform" else [0.05, 0.5, 0.95]

    assert parameter.at(norm.ppf([0.05, 0.5, 0.95])) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_half_of_the_draws_lie_above_the_value(shape):
    """20,000 draws: shares below low, value and high are 5, 50 and 95 percent to one percent (three sigma)."""
    parameter = Parameter(**{**GOOD, "shape": shape, **SHAPES[shape]})
    found = parameter.at(np.random.default_rng(3).standard_normal(20_000))
    ends = parameter.at(norm.ppf([0.05, 0.5, 0.95]))

    assert [np.mean(found < end) for end in ends] == pytest.approx([0.05, 0.5, 0.95], abs=0.0106)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_value_is_found_again_on_the_line(shape):
    """`locate` undoes `at`, on both sides of the value."""
    parameter = Parameter(**{**GOOD, "shape": shape, **SHAPES[shape]})

    assert [parameter.locate(float(parameter.at(z))) for z in (-2.0, -0.3, 0.0, 1.5)] == pytest.approx(
        [-2.0, -0.3, 0.0, 1.5], abs=1e-9
    )


def test_distributions_climb():
    """More luck never means a smaller number, the bend at the value included."""
    z = np.linspace(-4, 4, 801)

    assert all(np.all(np.diff(Parameter(**{**GOOD, "shape": s, **SHAPES[s]}).at(z)) > 0) for s in SHAPES)


def test_draws_stay_within_limits():
    """A limit holds for draws too."""
    parameter = Parameter(**{**GOOD, "shape": "normal", "value": 0.0, "range": (-1, 1), "limits": (-1, 1)})

    assert parameter.at(np.array([-9.0, 9.0])).tolist() == [-1.0, 1.0]


def test_many_numbers_at_once_are_each_what_it_is_alone():
    """To the last bit, in any order of shapes, limits included."""
    shapes = [*SHAPES, *reversed(SHAPES)]
    numbers = [Parameter(**{**GOOD, "shape": shape, **SHAPES[shape]}) for shape in shapes]
    numbers.append(numbers[1].model_copy(update={"limits": (-1.5, 1.0)}))
    z = np.random.default_rng(4).standard_normal((50, len(numbers)))

    found = at_once(numbers, z)

    assert found.tolist() == np.stack([each.at(z[:, k]) for k, each in enumerate(numbers)], axis=1).tolist()
    assert (found[:, -1].min(), found[:, -1].max()) == (-1.5, 1.0)


BOUNDS = {
    "a time": ({"unit": "year"}, [0.04, 1e9], [0.0, -7.0], "Stay above 0 year: it is a time, and"),
    "a price": ({"unit": "USD/kit"}, [0.0, 1e9], [-4.0], "Stay at 0 USD/kit or above: it cannot"),
    "a share": ({"unit": "1", "shape": "logit"}, [0.0, 1.0], [-0.1, 5.0], "Stay within 0 to 1: it is a share."),
    "a switch": ({"unit": "1", "role": "switch"}, [0.0, 0.5, 1.0], [-1.0, 2.0], "Stay within 0 to 1: 0 is off, 1 is"),
    "a count": ({"unit": "person", "shape": "fixed"}, [0.0, 9.0], [-9.0], "Stay at 0 person or above"),
    "no time yet": ({"unit": "year", "shape": "fixed", "value": 0.0}, [0.0, 1.0], [-1.0], "Stay at 0 year or above"),
    "below zero": ({"unit": "1", "shape": "fixed", "value": -2.0}, [-9.0, 9.0], [np.inf], "Give a finite number."),
    "a leaning": ({"unit": "1", "shape": "normal"}, [-9.0, 9.0], [np.nan], "Give a finite number."),
    "a lever": ({"unit": "1", "role": "lever"}, [-9.0, 9.0], [-np.inf], "Give a finite number."),
    "as stated": ({"unit": "year", "limits": (0.0, 1.5)}, [0.0, 1.5], [-0.1, 2.0], "Stay within 0 to 1.5 year."),
}


@pytest.mark.parametrize(("record", "possible", "impossible", "advice"), BOUNDS.values(), ids=BOUNDS.keys())
def test_what_a_number_can_be_follows_from_its_shape(record, possible, impossible, advice):
    """Stated limits win; without them a lognormal is not negative, a share within 0 and 1, and a time above zero."""
    parameter = Parameter(**{**GOOD, **record})

    assert parameter.allows(np.array(possible)).all()
    assert not parameter.allows(np.array(impossible)).any()
    assert parameter.advice.startswith(advice)


@pytest.mark.parametrize("record", [{"shape": "fixed"}, {"role": "switch"}, {"role": "lever"}, {"role": "driver"}])
def test_what_is_not_uncertain_is_not_drawn(record):
    """Fixed numbers, switches and inputs hold their value whatever the luck."""
    parameter = Parameter(**{**GOOD, **record})

    assert parameter.at(np.array([-2.0, 0.0, 2.0])).tolist() == [0.04] * 3
    assert not parameter.is_uncertain


def test_a_member_does_not_depend_on_how_many_others_there_are():
    """Member 7 of 10, of 100 and of a block that begins at 5 is the same member."""
    ten, hundred = draws.normals(4, 10, seed=1), draws.normals(4, 100, seed=1)
    block = draws.normals(4, 5, seed=1, first=5)

    assert np.array_equal(ten, hundred[:10])
    assert np.array_equal(ten[5:], block)


def test_members_differ_and_seeds_differ():
    """Luck is not shared among members, nor among seeds."""
    one, other = draws.normals(4, 100, seed=1), draws.normals(4, 100, seed=2)

    assert len(np.unique(one)) == one.size
    assert not np.any(one == other)


def test_the_numbers_of_a_member_do_not_depend_on_count_or_order():
    """The same through ranges to numbers, on a toy whose numbers no record has narrowed."""
    model = Model.of(epidemic)
    eight = draws.constants(model, members=8, seed=5, prior=True)

    assert np.array_equal(draws.constants(model, members=3, seed=5, prior=True), eight[:3])
    assert np.array_equal(draws.constants(model, members=4, seed=5, prior=True, first=4), eight[4:])


def test_one_member_is_the_value_of_every_number():
    """Who asks for one gets the middle, not luck: the numbers of `epidemic.yaml`."""
    expected = [[1000.0, 1.0, 52.0, 0.04]]

    assert draws.constants(Model.of(epidemic), prior=True) == pytest.approx(np.array(expected), rel=1e-15)


def test_what_is_set_wins_over_what_is_drawn():
    """A setting of a worldview holds for every member, and a number the user sets wins over both."""
    model = Model.of(epidemic)
    found = draws.constants(
        model, settings={"illness": 0.05, "town": 10.0}, overrides={"town": 20.0}, members=3, prior=True
    )
    column = model.constants.index

    assert found[:, column("illness")].tolist() == [0.05] * 3
    assert found[:, column("town")].tolist() == [20.0] * 3


def test_a_number_that_cannot_be_set_is_refused_with_every_other():
    """A stranger, an input, something not finite and something impossible, told at once."""
    with pytest.raises(SimulatorError) as caught:
        draws.constants(Model.of(epidemic), overrides={"ilness": 1.0, "town": float("inf")}, prior=True)
    with pytest.raises(SimulatorError) as moved:
        draws.constants(Model.of(teacup), overrides={"room": 300.0}, prior=True)
    with pytest.raises(SimulatorError) as impossible:
        draws.constants(Model.of(epidemic), overrides={"illness": 0.0, "contact_rate": -1.0}, prior=True)

    assert [str(problem) for problem in caught.value.problems] == [
        'ilness: There is no number of that name to set. Did you mean "illness"?',
        "town: inf is not a finite number. Give one in person.",
    ]
    assert str(moved.value.problems[0]).startswith("room: It moves in time and belongs to scenarios.")
    assert [str(problem) for problem in impossible.value.problems] == [
        "illness: 0 is outside its limits. Stay above 0 year: it is a time, and nothing happens in none.",
        "contact_rate: -1 is outside its limits. Stay at 0 1/year or above: it cannot be negative.",
    ]
