"""The language of equations: what it accepts, what it refuses and in which words, and what text it becomes.

Every model here is a toy; nothing of the subject appears.
"""

import ast
import linecache
import traceback
from types import SimpleNamespace

import numba
import numpy as np
import pytest
from numpy import exp, log, maximum, minimum, sqrt
from scipy.integrate import solve_ivp

from simulator.cases import solve
from simulator.emission import SCALAR_WORDS, compiled
from simulator.errors import SimulatorError
from simulator.integrate import lifting, reference, tracks
from simulator.language import FUNCTIONS, Equation, auxiliary, flow, stock
from simulator.model import Model
from simulator.names import opening, words
from simulator.parameters import Parameter
from simulator.solution import ARRAY_WORDS, _observer
from simulator.units import registry
from tests.toy import epidemic, teacup


def refusal(declare):
    """Return the only problem that a declaration is refused for."""
    with pytest.raises(SimulatorError) as caught:
        declare()
    (problem,) = caught.value.problems
    return problem


def test_an_equation_remembers_all_that_its_author_wrote():
    """Name, kind, unit, causes, formula, sentence, source and sector are on record."""
    expected = Equation(
        name="infections",
        kind="flow",
        unit="person/year",
        causes=("susceptible", "share_infected", "contact_rate"),
        expression="contact_rate * susceptible * share_infected",
        meaning="Each meeting with an infected orc may pass it on.",
        source=None,
        leaves="susceptible",
        enters="infected",
        function=epidemic.infections.function,
        sector="epidemic",
    )

    assert expected == epidemic.infections


def test_an_equation_is_a_plain_function():
    """(353 - 293) kelvin over half a year: an equation can be called and read like any other."""
    assert teacup.cooling(353.0, 293.0, 0.5) == 120.0


def test_a_record_cannot_be_changed():
    """What has been declared stays declared."""
    with pytest.raises(AttributeError, match="cannot assign"):
        teacup.tea.unit = "celsius"


def test_a_source_is_kept():
    """A key of the bibliography travels with the equation."""

    @auxiliary("1", source="tolkien1937")
    def gloom(shade):
        """Shade makes gloom."""
        return 1 - shade

    assert gloom.source == "tolkien1937"


def test_a_sentence_may_run_over_lines():
    """Line breaks in a docstring are the editor's, not the author's."""

    def gloom(shade):
        return 1 - shade

    gloom.__doc__ = "Shade\n        makes gloom.\n        "

    assert auxiliary("1")(gloom).meaning == "Shade makes gloom."


def test_a_number_in_a_formula_is_refused():
    """Numbers have names; 0.3 here has none."""

    def declare():
        @auxiliary("1")
        def gloom(shade):
            """Shade makes gloom."""
            return 0.3 * shade

    problem = refusal(declare)

    assert problem.fault == "The number 0.3 stands in a formula."
    assert problem.remedy == "Give it a name, a unit and a source beside the sector."
    assert problem.place.endswith("gloom")


@pytest.mark.parametrize("number", [0, 1, 2])
def test_nothing_and_one_and_two_are_words(number):
    """0, 1 and 2 need no name: `1 - share`, `2 * radius`, `maximum(0, gap)`."""

    @auxiliary("1")
    def spare(shade):
        """What is left."""
        return maximum(0, 1 - shade) / 2

    assert spare(number) == max(0, 1 - number) / 2


def test_a_name_that_is_no_argument_is_refused():
    """A formula that reaches for a name around it hides a cause."""
    fog = 1.0

    def declare():
        @auxiliary("1")
        def gloom(shade):
            """Shade makes gloom."""
            return shade * fog

    problem = refusal(declare)

    assert problem.fault == '"fog" is neither a cause of this equation nor a known function.'
    assert problem.remedy == "Add it to the arguments."


def test_a_function_that_is_not_in_the_list_is_refused():
    """`abs` would have to be shown equal in five uses first."""

    def declare():
        @auxiliary("1")
        def gloom(shade):
            """Shade makes gloom."""
            return abs(shade)

    assert refusal(declare).fault == '"abs" is neither a cause of this equation nor a known function.'


def test_a_choice_is_not_arithmetic():
    """`if` does not work on arrays; the comparison and the choice are both named, and nothing else."""

    def declare():
        @auxiliary("1")
        def gloom(shade, moon):
            """Shade makes gloom, when there is no moon."""
            return shade if moon > 0 else shade * moon

    with pytest.raises(SimulatorError) as caught:
        declare()

    faults = {problem.fault.partition(" is not")[0] for problem in caught.value.problems}

    assert faults >= {"IfExp", "Compare"}


def test_an_attribute_is_not_arithmetic():
    """`shade.size` would work on arrays alone."""

    def declare():
        @auxiliary("1")
        def gloom(shade):
            """Shade makes gloom."""
            return shade.size

    assert refusal(declare).fault == "Attribute is not part of the language of equations."


def test_every_foreign_word_is_told_at_once():
    """Two numbers and a stranger: three problems, one error."""

    def declare():
        @auxiliary("1")
        def gloom(shade):
            """Shade makes gloom."""
            return 0.3 * shade + 0.7 * mist  # noqa: F821 - that is the fault

    with pytest.raises(SimulatorError) as caught:
        declare()

    assert len(caught.value.problems) == 3


def test_two_statements_are_refused():
    """An intermediate worth computing is worth naming."""

    def declare():
        @auxiliary("1")
        def gloom(shade):
            """Shade makes gloom."""
            half = shade / 2
            return half  # noqa: RET504 - that is the fault

    problem = refusal(declare)

    assert problem.fault == "An equation is one sentence and one return."
    assert problem.remedy == "Name the intermediate as an auxiliary."


@pytest.mark.parametrize("pipe", ["tea", "tea ->", "-> tea", "tea -> cup -> floor", "", "tea > cup"])
def test_a_pipe_that_is_badly_drawn_is_refused(pipe):
    """A pipe has two ends and an arrow between."""
    problem = refusal(lambda: flow("kelvin/year", pipe))

    assert problem.place == "pipe"
    assert problem.fault == f'"{pipe}" is not a pipe.'
    assert problem.remedy == 'Draw it as "here -> there".'


@pytest.mark.parametrize("pipe", ["tea -> outside", "tea->outside", "  tea   ->outside "])
def test_spaces_do_not_matter_in_a_pipe(pipe):
    """Ends are names; what stands around them is drawing."""

    @flow("kelvin/year", pipe)
    def cooling(tea, cooling_time):
        """Warmth leaves."""
        return tea / cooling_time

    assert (cooling.leaves, cooling.enters) == ("tea", "outside")


@auxiliary("1")
def every_word(small, large):
    """All words of the language in one formula."""
    return minimum(small, large) + maximum(small, large) + exp(small) + log(large) + sqrt(large)


def test_every_word_is_in_that_formula():
    """What follows shows something about each word only if each is there."""
    assert all(f"{word}(" in every_word.expression for word in FUNCTIONS)
    assert set(FUNCTIONS) == set(SCALAR_WORDS) == set(ARRAY_WORDS)


def test_words_mean_the_same_to_numpy_numba_and_python():
    """1 + 4 + e + log 4 + 2, on numbers, on arrays, compiled and emitted, and as pint sees it."""
    expected = 1 + 4 + np.e + np.log(4) + 2
    text = f"def word(small, large):\n    return {every_word.expression}\n"
    units = registry()

    answers = [
        every_word(1.0, 4.0),
        every_word(np.array([1.0, 0.5]), np.array([4.0, 3.0]))[0],
        numba.njit(every_word.function)(1.0, 4.0),
        compiled("word", text, SCALAR_WORDS)(1.0, 4.0),
        compiled("word", text, ARRAY_WORDS)(np.array([1.0]), np.array([4.0]))[0],
        units.Quantity(every_word(units.Quantity(1.0, "1"), units.Quantity(4.0, "1"))).to("1").magnitude,
    ]

    assert answers == pytest.approx([expected] * 6, rel=1e-14)


def test_the_emitted_derivatives_can_be_read():
    """One line a quantity, in causal order, and the net rate of each stock from its pipes."""
    text = Model.of(epidemic).system().derivatives_text()

    assert text == (
        "def derivatives(time, states, constants, inputs):\n"
        '    """Rates of change of every state."""\n'
        "    (susceptible, infected, recovered,) = states\n"
        "    (town, infected_at_start, contact_rate, illness,) = constants\n"
        "    share_infected = infected / town\n"
        "    recoveries = infected / illness\n"
        "    infections = contact_rate * susceptible * share_infected\n"
        "    return [\n"
        "        - infections,  # susceptible\n"
        "        infections - recoveries,  # infected\n"
        "        recoveries,  # recovered\n"
        "    ]\n"
    )


def test_a_traceback_quotes_the_equation_that_failed():
    """An illness of no length divides by zero, and the reader sees where."""
    derivatives = compiled("derivatives", Model.of(epidemic).system().derivatives_text(), SCALAR_WORDS)

    with pytest.raises(ZeroDivisionError) as caught:
        derivatives(0.0, [999.0, 1.0, 0.0], [1000.0, 1.0, 52.0, 0.0], [])

    assert "recoveries = infected / illness" in "".join(traceback.format_exception(caught.value))


def test_the_emitted_text_is_found_by_debuggers():
    """`linecache` holds what was compiled, line by line."""
    text = Model.of(teacup).system().derivatives_text()
    function = compiled("derivatives", text, SCALAR_WORDS)

    assert "".join(linecache.getlines(function.__code__.co_filename)) == text


def test_net_rates_come_from_the_pipes():
    """Each pipe is taken from the stock it leaves and given to the stock it enters, once."""
    system = Model.of(epidemic).system()

    assert system.rates == ("- infections", "infections - recoveries", "recoveries")


def test_a_stock_without_pipes_stays_as_it_is():
    """A number nobody changes has a rate of zero."""

    @stock("1")
    def stone(weight):
        """A stone."""
        return weight

    assert Model.of(toy(stone), parameters=[number("weight")]).system().rates == ("0.0",)


def test_running_totals_join_the_state_behind_the_stocks():
    """An integral is one more state whose rate is the flow, and starts at zero."""
    system = Model.of(teacup).system(("cooling",))

    assert system.states == ("tea", "total_cooling")
    assert system.rates == ("- cooling", "cooling")
    assert compiled("starts", system.starts_text(), SCALAR_WORDS)([353.0, 0.5], [293.0]) == [353.0, 0.0]


def test_an_observer_gives_any_quantity():
    """A tenth of the town infected means a chance of a tenth to meet one of them."""
    observe = _observer(Model.of(epidemic), ("share_infected", "recoveries"))

    assert observe([900.0, 100.0, 0.0], [1000.0, 1.0, 52.0, 0.04], []) == [0.1, 2500.0]


@pytest.mark.parametrize(("start", "end"), [(1.0, 2.5), (2.5, 2.5), (-0.5, 1.0)])
def test_a_run_says_nothing_of_years_that_it_did_not_run(start, end):
    """A mean that reaches beyond the run is refused; one that does so by rounding alone is that of the run."""
    times = np.array([0.0, 1.0, 2.0])
    run = solve(
        Model.of(teacup), ("cooling",), np.array([[353.0, 0.5]]), tracks.constant(np.array([293.0]), 0.0, 2.0), times,
        engine="reference",
    )  # fmt: skip

    with pytest.raises(ValueError, match="the run goes from 0 to 2, and says nothing of"):
        run.mean_between("cooling", start, end)
    assert run.mean_between("cooling", 1.0, 2.0) == pytest.approx(run.mean_between("cooling", 1.0, 2.0 + 1e-9))


def test_a_mean_that_was_asked_for_before_is_the_same_and_cannot_be_spoilt():
    """It is kept, so nobody may write into it; another interval is another mean."""
    times = np.array([0.0, 1.0, 2.0])
    run = solve(
        Model.of(teacup), ("cooling",), np.array([[353.0, 0.5]]), tracks.constant(np.array([293.0]), 0.0, 2.0), times,
        engine="reference",
    )  # fmt: skip
    first = run.mean_between("cooling", 0.0, 1.0)

    with pytest.raises(ValueError, match="read-only"):
        first *= 2
    assert run.mean_between("cooling", 0.0, 1.0) == first
    assert run.mean_between("cooling", 1.0, 2.0) != first


def by_hand(states, constants):
    """The epidemic as a textbook writes it: the oracle for what assembly derives from names."""
    susceptible, infected, _ = states
    town, _, contact_rate, illness = constants
    caught = contact_rate * susceptible * infected / town
    return [-caught, caught - infected / illness, infected / illness]


def test_the_assembled_model_equals_one_written_by_hand():
    """A hundred random towns: derivatives agree to rounding, 1e-12."""
    system = Model.of(epidemic).system()
    derivatives = compiled("derivatives", system.derivatives_text(), SCALAR_WORDS)
    generator = np.random.default_rng(1)
    for _ in range(100):
        states = generator.uniform(0, 1000, 3).tolist()
        constants = generator.uniform(0.01, 100, 4).tolist()

        assert derivatives(0.0, states, constants, []) == pytest.approx(by_hand(states, constants), rel=1e-12)


def test_the_assembled_model_runs_like_one_written_by_hand():
    """Half a year of the epidemic under the same solver and tolerance: 1e-12 of the town throughout."""
    system = Model.of(epidemic).system()
    constants, times = np.array([1000.0, 1.0, 52.0, 0.04]), np.linspace(0.0, 0.5, 11)

    run = reference.integrate(system, constants, tracks.constant(np.array([]), 0.0, 0.5), times)
    plain = solve_ivp(
        lambda _, y: by_hand(y, constants), (0.0, 0.5), [999.0, 1.0, 0.0], method=run.method, t_eval=times,
        rtol=run.relative_tolerance, atol=run.relative_tolerance,
    )  # fmt: skip

    assert np.abs(run.states - plain.y).max() < 1e-12 * 1000


@auxiliary("1")
def tangle(a, b, x, y):
    """Every form that lifting treats in its own way."""
    return (
        a * x / b
        - (a + b) * (x + a * b)
        + (x * y / (a * b)) ** (b / a)
        + x**2
        + a ** (x / y)
        + (a * x) ** y
        + minimum(x, exp(a) * b)
        + maximum(a, b) * -x / y / a
    )


def test_lifting_moves_work_and_no_values():
    """What is done once a run and what is done at each instant give together what the author wrote.

    Regrouping is allowed rounding: 1e-13 on sums of this size.
    """
    system = knotted().system(("tangle",))
    work = lifting.lift(system)
    words = {
        **SCALAR_WORDS,
        "power_": lambda base, power: base**power,
        "raised_": lambda base, power: np.exp(base * power),
    }
    generator = np.random.default_rng(2)
    for _ in range(50):
        a, b, x, y = generator.uniform(0.2, 3.0, 4)
        space = {**words, "a": a, "b": b, "pace": 1.0, "start": 1.0}
        for name, expression in work.prelude:
            space[name] = eval(expression, {}, space)  # noqa: S307 - emitted by ourselves
        once = set(space) - set(words)
        space |= {"x": x, "y": y}
        for name, expression in work.rest:
            space[name] = eval(expression, {}, space)  # noqa: S307 - emitted by ourselves

        assert space["tangle"] == pytest.approx(tangle(a, b, x, y), rel=1e-13)
        assert {"a", "b"} < once


def test_lifting_leaves_nothing_constant_to_be_done_again():
    """No product, quotient or power of constants alone is left for every instant."""
    work = lifting.lift(knotted().system(("tangle",)))
    fixed = {"a", "b", *(name for name, _ in work.prelude)}
    left = [
        ast.unparse(node)
        for _, expression in work.rest
        for node in ast.walk(ast.parse(expression))
        if isinstance(node, ast.BinOp) and lifting.names_in([ast.unparse(node)]) <= fixed
    ]

    assert left == []


@stock("1")
def x(start):
    """What moves."""
    return start


@flow("1/year", "outside -> x")
def pull(tangle, pace):
    """The tangle pulls."""
    return tangle / pace


def knotted():
    """Return the model of the tangle, in which `x` and `y` move."""
    still = [number(name) for name in ("a", "b", "pace", "start")]
    return Model.of(toy(tangle, x, pull), parameters=[*still, number("y", role="driver")])


def toy(*equations):
    """Return a sector of these equations, as a module would be."""
    return SimpleNamespace(**{f"_{place}": equation for place, equation in enumerate(equations)})


def number(name, **record):
    """Return a parameter of a toy."""
    unit = "year" if name == "pace" else "1"
    told = {
        "meaning": "A toy number.",
        "unit": unit,
        "value": 1.0,
        "shape": "fixed",
        "source": "assumption",
        "note": "A toy.",
    }
    return Parameter(name=name, sector="toy", **(told | record))


def test_names_are_read_with_spaces_and_countries_with_their_capital():
    """Capitals are kept at the beginning of a sentence too."""
    assert words("precursors_from_china") == "precursors from China"
    assert opening("precursors_from_china") == "Precursors from China"
    assert [words(name) for name in ("us_demand", "mexican_capacity")] == ["US demand", "Mexican capacity"]
