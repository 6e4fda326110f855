"""Whether a design fits the model, and whether what it asks of a sample can be had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.calling import words
from simulator.errors import SimulatorError, nearest
from simulator.experiments.sampling import TOO_LARGE, Sampler, factors_of
from simulator.scenario import folders
from simulator.scenario.faults import shown
from simulator.scenario.loading import Library

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.experiments.design import Course, Design
    from simulator.model import Model
    from simulator.parameters import Parameter
    from simulator.scenario.faults import Faults

_RANDOM = ("latin-hypercube", "sobol", "monte-carlo", "posterior")
_LEVELLED = ("grid", "one-at-a-time")
_SAYS_ITSELF = ("posterior", "file")


def check(design: Design, path: Path, model: Model, faults: Faults) -> None:
    """Look for everything that keeps a design from running; each check is one sentence."""
    scenarios_are_unknown(design, path, faults)
    quantities_are_unknown(design, model, faults)
    parameters_cannot_vary(design, model, faults)
    if faults.is_clean(("sample",)):
        sample_lacks_a_field(design, faults)
        members_do_not_fit(design, faults)
    if not faults.problems:
        sample_cannot_be_had(design, path, model, faults)


def scenarios_are_unknown(design: Design, path: Path, faults: Faults) -> None:
    """Scenarios are policies or history, worldviews are worldviews; each once, and sound."""
    known = folders.named(beside=path.resolve())
    sorts = (
        ("scenarios", design.scenarios, ("policy", "history"), "scenario"),
        ("worldviews", design.worldviews, ("worldview",), "worldview"),
    )
    shipped, library, own = folders.shipped(), Library(), Library(words())  # what is shipped, the tests examine
    for field, names, kinds, word in sorts:
        for number, name in enumerate(names):
            place = (field, number)
            if not faults.is_clean(place):
                continue
            fitting = [each for each, target in known.items() if folders.kind_of(target) in (*kinds, None)]
            if name not in fitting:
                remedy = nearest(name, fitting) or "List them with: fentsim scenarios"
                faults.add(place, f'There is no {word} "{shown(name)}".', remedy)
            elif name in names[:number]:
                faults.add(place, f'"{name}" comes twice.', "Name it once.")
            elif (library if known[name] in shipped else own).examine(known[name]).problems:
                faults.add(place, f'"{name}" has faults of its own.', f"See them with: fentsim check {known[name]}")


def quantities_are_unknown(design: Design, model: Model, faults: Faults) -> None:
    """What is kept is a stock, a flow or an auxiliary of the model."""
    for number, name in enumerate(design.keep.quantities):
        place = ("keep", "quantities", number)
        if name not in model.equations and faults.is_clean(place):
            remedy = nearest(name, model.equations) or "List them with: fentsim quantities"
            faults.add(place, f'There is no quantity "{shown(name)}".', remedy)
        elif name in design.keep.quantities[:number]:
            faults.add(place, f'"{name}" comes twice.', "Name it once.")
    if design.keep.members == "none" and design.reduce is None and faults.is_clean(("keep", "members")):
        faults.add(("keep", "members"), "Nothing would be stored.", "Keep all members, or add the field reduce.")


def parameters_cannot_vary(design: Design, model: Model, faults: Faults) -> None:
    """What varies is a constant of the model, within its limits."""
    for name, course in design.vary.items() if not isinstance(design.vary, str) else ():
        place, parameter = ("vary", name), model.parameters.get(name)
        if parameter is None:
            remedy = nearest(name, model.constants) or "List them with: fentsim quantities"
            faults.add(place, f'There is no parameter "{shown(name)}".', remedy, again=True)
        elif parameter.is_input:
            faults.add(place, "It moves in time and belongs to scenarios.", "Write scenarios that set it.")
        else:
            _course_does_not_fit(name, course, parameter, faults)


def _course_does_not_fit(name: str, course: Course, parameter: Parameter, faults: Faults) -> None:
    place = ("vary", name)
    if course.kind in ("prior", "posterior") and not parameter.is_uncertain:
        faults.add(place, f'"{name}" has no distribution to draw from.', "Write [low, high] or a list of values.")
    outside = [each for each in course.numbers if not parameter.allows(each)]
    if outside:
        faults.add(place, f'{outside[0]:g} is outside the limits of "{name}".', parameter.advice)


def sample_lacks_a_field(design: Design, faults: Faults) -> None:
    """Each kind of sample needs some fields and has no use for others."""
    sample, place = design.sample, ("sample", "kind")
    if sample.kind in _RANDOM and sample.members is None:
        faults.add(place, f"A {sample.kind} sample does not say how many.", "Add members: 1000.", again=True)
    if sample.kind == "file" and sample.file is None:
        faults.add(place, "The file of draws is not named.", "Add file: draws.csv, beside this design.", again=True)
    if sample.kind != "file" and sample.file is not None:
        faults.add(("sample", "file"), f"A {sample.kind} sample reads no file.", "Remove it, or write kind: file.")
    if sample.kind not in _LEVELLED and sample.levels is not None:
        faults.add(("sample", "levels"), f"A {sample.kind} sample has no levels.", "Remove it.")
    if not faults.is_clean(("vary",)):
        return
    if sample.kind in _SAYS_ITSELF and design.vary:
        faults.add(("vary",), f"A {sample.kind} sample says itself what varies.", "Remove vary, or change the kind.")
    if sample.kind not in _SAYS_ITSELF and not design.vary:
        faults.add(place, "Nothing varies.", "Add vary: prior, vary: posterior, or a record.", again=True)


def members_do_not_fit(design: Design, faults: Faults) -> None:
    """Sobol' points come in powers of two: any other number spoils their balance."""
    members, place = design.sample.members, ("sample", "members")
    if design.sample.kind == "sobol" and members and members & (members - 1):
        below = 1 << (members.bit_length() - 1)
        faults.add(place, f"{members} is not a power of two, as Sobol' points are.", f"Write {below} or {2 * below}.")


def sample_cannot_be_had(design: Design, path: Path, model: Model, faults: Faults) -> None:
    """A file of draws is sound, a grid is what was meant, a hypercube fits into memory."""
    try:
        sampler = Sampler.of(design, model, path.parent)
    except SimulatorError as error:
        for problem in error.problems:
            faults.add(("sample", "file"), f"{problem.place}: {problem.fault}", problem.remedy, again=True)
        return
    wanted, place = design.sample.members, ("sample", "members")
    if wanted is not None and design.sample.kind in _LEVELLED and wanted != sampler.members:
        fault = f"The levels make {sampler.members} members, not {wanted}."
        faults.add(place, fault, "Remove the line, or change the levels.")
    if design.sample.kind == "file" and wanted is not None and wanted > len(sampler.rows):
        faults.add(place, f"The file has {len(sampler.rows)} draws, not {wanted}.", "Remove the line.")
    size = sampler.members * len(factors_of(design, model))
    if design.sample.kind == "latin-hypercube" and size > TOO_LARGE:
        fault = f"{size:.2g} numbers of a Latin hypercube do not fit into memory."
        faults.add(place, fault, "Write kind: sobol, which needs none.")
