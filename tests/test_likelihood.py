"""The likelihood: memory, widening, noise; how inputs jump; and that no doubtful sample ships."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from typer.testing import CliRunner

from simulator.calibration import campaign, shipping
from simulator.calibration.likelihood import OVERDISPERSION, Likelihood, log_overdispersion, widened
from simulator.cli import app
from simulator.integrate.tracks import Tracks
from simulator.record.observation import OBSERVATIONS


def test_whitening_makes_residuals_independent_and_of_unit_spread():
    """The covariance that spreads and memory state becomes the unit matrix, series by series."""
    for seen in Likelihood.of(2025.0).series:
        covariance = seen.spreads[:, None] * seen.correlation * seen.spreads

        found = seen.whitening @ covariance @ seen.whitening.T

        assert np.allclose(found, np.eye(len(found)), atol=1e-9)


def test_neighbours_share_what_is_stated_and_distant_rows_nothing():
    """Final counts of deaths share a fifth, fading; the diagonal is one."""
    monthly = next(each for each in Likelihood.of(2025.0).series if each.observation.series.endswith("_monthly"))

    assert np.allclose(np.diag(monthly.correlation), 1)
    assert monthly.correlation[0, 1] == pytest.approx(0.2 * np.exp(-1 / 12 / 1.5))
    assert monthly.correlation[0, -1] < monthly.correlation[0, 1]


def test_a_series_told_well_is_not_widened():
    """Sums of squares up to the number of rows stay as they are: what is stated is the least."""
    residuals = np.array([[0.5, -0.5, 1.0, -1.0]])

    assert widened(residuals) == pytest.approx(residuals)


@pytest.mark.parametrize(("squares", "count"), [(10.0, 4), (200.0, 36), (5000.0, 3)])
def test_widening_is_the_most_probable(squares, count):
    """Scipy's own minimiser finds the same log widening, and the residuals carry the minimum."""

    def objective(log):
        return 2 * count * log + squares * np.exp(-2 * log) + (log / OVERDISPERSION) ** 2

    expected = minimize_scalar(objective, bounds=(0, 6), method="bounded", options={"xatol": 1e-10})
    residuals = np.full((1, count), np.sqrt(squares / count))

    assert log_overdispersion(np.array([squares]), count)[0] == pytest.approx(expected.x, abs=1e-6)
    assert (widened(residuals) ** 2).sum() == pytest.approx(expected.fun, rel=1e-9)


def test_only_jumps_are_jumps():
    """The first segment counts; a bend does not; a jump does; segments without length are left out."""
    tracks = Tracks(np.array([0.0, 1, 1, 2, 3]), np.array([[0.0], [9], [1], [5]]), np.array([[1.0], [0], [-1], [0]]))

    whole = tracks.without_points()

    assert whole.edges.tolist() == [0, 1, 2, 3]
    assert whole.jumps().tolist() == [True, False, True]


def test_a_sample_that_is_not_believed_is_not_shipped(monkeypatch, tmp_path):
    """The command leaves with 3, says so, and writes nothing among the calibrations that ship."""
    doubted = SimpleNamespace(sample=SimpleNamespace(believed=False))
    found = SimpleNamespace(sampled=lambda *_, **__: doubted)
    written = []
    monkeypatch.setattr(campaign, "calibrate", lambda *_, **__: found)
    monkeypatch.setattr(shipping, "save", lambda *given: written.append(given))
    monkeypatch.chdir(tmp_path)

    seen = CliRunner().invoke(app, ["calibrate", "cartel-driven", "--sample", "1", "--ship"])

    assert seen.exit_code == 3
    assert "not to be believed" in seen.stderr
    assert written == []


def test_a_year_does_not_count_beside_its_months():
    """Years whose months are fitted to are not fitted to as well; all are shown."""
    fitted = {seen.observation.series: seen.rows for seen in Likelihood.of(2025.0).series}
    years, months = fitted["synthetic_opioid_deaths"], fitted["synthetic_opioid_deaths_monthly"]

    assert years.ends.max() == pytest.approx(months.starts.min(), abs=0.01)
    whole = next(each for each in OBSERVATIONS if each.series == "synthetic_opioid_deaths")
    assert whole.rows(2025.0).ends.max() == pytest.approx(2025, abs=0.01)
