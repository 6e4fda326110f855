"""`python -m benchmarks.slopes`: what a slope costs, and a search, beside differences and scipy in the same process."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import minimize

from simulator.calibration.campaign import alone, posed
from simulator.calibration.descent import descend
from simulator.calibration.downhill import TOGETHER, Downhill
from simulator.calibration.frame import TOLERANCE, Frame
from simulator.calibration.slopes import slopes
from simulator.fits import shipped

if TYPE_CHECKING:
    from collections.abc import Callable

WORLDVIEW = "cartel-driven"
#: Rounds, of which the quickest counts; steps of a search, from so many members of the shipped calibration.
ROUNDS, STEPS = 5, 60


def main() -> None:
    """Measure, and print a table with ratios."""
    problem = posed(WORLDVIEW)
    found = shipped(WORLDVIEW)
    if found is None:
        message = f"{WORLDVIEW} has no shipped calibration"
        raise SystemExit(message)
    places = found.places(problem.free)[1 : TOGETHER + 1]
    downhill = Downhill(problem, TOLERANCE)
    with alone():
        alone_misfit = quickest(lambda: problem.residuals(places)) / len(places)
        with_slopes = quickest(lambda: downhill(places)) / len(places)
        tried = quickest(lambda: slopes(problem, places[0]))
        frame = Frame.at(problem, places)
        ground = frame.ground(problem)
        begun = frame.inside(places)
        ours = quickest(lambda: descend(ground, begun, STEPS), rounds=1)
        _, heights = descend(ground, begun, STEPS)
        scipys, height = one_by_one(ground, begun[0])
    print(f"{WORLDVIEW}: {len(problem.free)} free numbers, {len(places)} members together")
    print(f"misfit alone                    {1e3 * alone_misfit:8.2f} ms a member")
    print(f"misfit and its slopes           {1e3 * with_slopes:8.2f} ms a member, {with_slopes / alone_misfit:.1f} x")
    print(f"slopes by differences           {1e3 * tried:8.2f} ms a member, {tried / with_slopes:.0f} x the line above")
    print(
        f"search, {STEPS} steps, side by side  {1e3 * ours / len(places):8.0f} ms a start, "
        f"ends {np.min(heights):.2f}, half below {np.median(heights):.2f}"
    )
    print(
        f"search, scipy's L-BFGS-B        {1e3 * scipys:8.0f} ms a start, ends {height:.2f}; "
        f"{scipys / (ours / len(places)):.0f} x the line above"
    )


def quickest(work: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """Return the seconds of the quickest of some rounds, after one that does not count."""
    found = np.inf
    for number in range(rounds + 1):
        begun = time.perf_counter()
        work()
        found = min(found, time.perf_counter() - begun) if number else np.inf
    return float(found)


def one_by_one(ground: Callable[[Any], Any], place: Any) -> tuple[float, float]:  # noqa: ANN401 - arrays
    """Return the seconds of scipy's search from one place along the same slopes, and where it ends."""

    def both(at: Any) -> tuple[float, Any]:  # noqa: ANN401 - an array
        height, rising = ground(at[None])
        return float(height[0]), rising[0]

    begun = time.perf_counter()
    found = minimize(both, place, jac=True, method="L-BFGS-B", options={"maxfun": STEPS, "maxcor": 20})
    return time.perf_counter() - begun, float(found.fun)


if __name__ == "__main__":
    main()
