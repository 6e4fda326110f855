"""The public calls: what they accept, what they refuse and in which words, and what their results say of themselves."""

import subprocess
import sys

import numpy as np
import pytest
import xarray as xr

import simulator
from simulator.errors import SimulatorError

#: As little as can be run.
SHORT = {"until": 2014, "engine": "reference"}

REFUSED = {
    "no scenario": ({"scenarios": []}, "scenarios: None is named."),
    "no worldview": ({"worldviews": ()}, "worldviews: None is named."),
    "a misspelt engine": ({"engine": "reverence"}, 'There is no engine "reverence". Did you mean "reference"?'),
    "another engine": ({"engine": "steam"}, "Choose among auto, reference, ensemble."),
    "a negative seed": ({"seed": -1}, "seed: -1 is not a seed."),
    "half a seed": ({"seed": 0.5}, "seed: 0.5 is not a seed."),
    "half a member": ({"members": 1.5}, "members: 1.5 is not a number of members."),
    "a year in words": ({"until": "2030"}, "until: '2030' is outside the years that can be run."),
    "no year": ({"until": float("nan")}, "until: nan is outside the years that can be run."),
    "a number in words": (
        {"overrides": {"precursor_slack": "0.3"}},
        "precursor_slack: '0.3' is not a finite number.",
    ),
    "a stranger to keep": ({"keep": "prize"}, 'prize: There is no quantity of that name. Did you mean "price"?'),
}


@pytest.fixture(scope="module")
def shortest():
    """One year of history."""
    return simulator.simulate(["history"], **SHORT)


@pytest.mark.parametrize(("changes", "expected"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_run_is_refused_with_a_remedy(changes, expected):
    """Whatever a caller gives that is none of what is asked for, the place, the fault and the remedy are told."""
    with pytest.raises(SimulatorError) as caught:
        simulator.simulate(**{"scenarios": ["history"], **SHORT, **changes})

    assert expected in str(caught.value)


def test_a_single_name_needs_no_list(shortest):
    """A lone scenario, worldview or quantity is a list of one."""
    found = simulator.simulate("history", "evidence-weighted", keep="price", **SHORT)

    assert found.identical(shortest.assign_attrs(found.attrs))


def test_a_result_names_the_engine_that_made_it(shortest):
    """What `auto` chose is on record: the reference for a handful of runs."""
    found = simulator.simulate(["history"], until=2014)

    assert (shortest.attrs["engine"], found.attrs["engine"]) == ("reference", "reference")
    assert simulator.simulate(["history"], until=2014, engine="ensemble").attrs["engine"] == "ensemble"


def test_a_result_is_written_by_xarray_alone(shortest, tmp_path):
    """`to_netcdf` gives no warning (which fails here), and what comes back is what went in."""
    shortest.to_netcdf(tmp_path / "plain.nc")
    with xr.open_dataset(tmp_path / "plain.nc") as file:
        found = file.load()

    for name in ("time", "time_bounds", "opioid_deaths"):
        np.testing.assert_array_equal(found[name], shortest[name])


def test_a_result_says_where_it_leaves_its_conventions(shortest):
    """CF asks for units of UDUNITS, which counts no people: files name the convention and the exception."""
    assert shortest.opioid_deaths.attrs["units"] == "person/year"
    assert shortest.attrs["Conventions"] == "CF-1.11"
    assert "but for units: person" in shortest.attrs["metadata"]


def test_years_are_known_by_name_where_attributes_were_dropped(shortest):
    """Arithmetic drops attributes in some versions of xarray: rates are found by name, with unit and meaning."""
    bare, dressed = (simulator.annual(shortest.mean("scenario", keep_attrs=keep)) for keep in (False, True))

    assert set(bare) == set(dressed) == set(simulator.annual(shortest))
    assert bare.opioid_deaths.attrs == dressed.opioid_deaths.attrs
    assert bare.opioid_deaths.attrs["units"] == "person"
    np.testing.assert_array_equal(bare.opioid_deaths, dressed.opioid_deaths)


def test_years_keep_their_origin_and_claim_no_more_than_is_so(shortest):
    """Attributes of the whole stay; only where members are told apart are years called exact."""
    years, summarised = simulator.annual(shortest), simulator.annual(shortest.median("member", keep_attrs=True))

    assert shortest.attrs.items() - years.attrs.items() == {("title", shortest.attrs["title"])}
    assert "exact" in years.attrs["title"]
    assert "exact" not in summarised.attrs["title"]


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (lambda ds: ds[["price", "opioid_deaths"]].quantile(0.5, "member"), "Quantiles of months do not add up"),
        (lambda ds: ds.isel(time=slice(None, None, 2)), "Months are missing, out of order or there twice."),
        (lambda ds: ds.isel(time=slice(1, None)), "No calendar year has all its months."),
        (lambda ds: ds.isel(time=0), "No calendar year has all its months."),
        (lambda ds: ds.mean("time"), "No calendar year has all its months."),
        (lambda ds: ds[["purity", "price"]], "There is no rate among them."),
    ],
)
def test_what_has_no_years_is_refused(shortest, part, expected):
    """Nothing is returned in silence where there is nothing to add up."""
    with pytest.raises(SimulatorError) as caught:
        simulator.annual(part(shortest))

    assert expected in str(caught.value)


def test_public_names_are_listed_before_they_are_loaded():
    """A key that completes names finds them in a fresh process, in which none has been asked for."""
    asked = "import simulator; print(set(simulator.__all__) - set(dir(simulator)))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"
