"""What may have made deaths fall in 2023-24: causes, each the inputs and loops through which it acts."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.errors import Problem, nearest, refuse
from simulator.fentanyl import fentanyl_model


@dataclass(frozen=True)
class Cause:
    """Something that may be taken away.

    Attributes:
        name: in results.
        title: as pages and pictures call it.
        inputs: levers and drivers that hold still without it.
        loops: switches whose stock stands still without it.
    """

    name: str
    title: str
    inputs: tuple[str, ...] = ()
    loops: tuple[str, ...] = ()


#: Every input that history moves after the freeze belongs to one of these; a test holds that.
CAUSES = (
    Cause(
        "china",
        "China",
        (
            "diplomatic_climate", "sanctions_pressure", "verification_effort", "informal_enforcement",
            "china_control_scope", "china_finished_control",
        ),
    ),
    Cause("cartels", "cartels: ban and war", ("cartel_ban", "cartel_war")),
    Cause("border", "border", ("interdiction_buildup",)),
    Cause("naloxone", "naloxone", ("naloxone_distribution",)),
    Cause("treatment", "treatment, prescribing", ("treatment_expansion", "places_funded", "prescription_volume")),
    Cause("pandemic", "end of the pandemic", ("pandemic_disruption",)),
    Cause("depletion", "depletion of the frailest", (), ("depletion_switch",)),
    Cause("behaviour", "behaviour: fear of fentanyl", (), ("risk_perception_switch",)),
)  # fmt: skip


def check(causes: tuple[Cause, ...]) -> None:
    """Refuse causes that name what the model does not have.

    Raises:
        SimulatorError: for each input or switch that does not exist, with the nearest.
    """
    model = fentanyl_model()
    switches = [name for name, number in model.parameters.items() if number.role == "switch"]
    problems = []
    for cause in causes:
        for names, known, noun in ((cause.inputs, model.inputs, "input"), (cause.loops, switches, "switch")):
            problems += [
                Problem(cause.name, f"{name} is no {noun} of the model.", nearest(name, known))
                for name in names
                if name not in known
            ]
    refuse(problems, "These causes cannot be taken away.")
