"""The record is whole: each series says where it comes from, and totals that must agree do."""

import re
import subprocess
import sys
from collections import defaultdict
from datetime import date

import numpy as np
import pytest

from simulator import units
from simulator.errors import SimulatorError
from simulator.files import package, shipped
from simulator.record import STATUSES, evidence, published_models, record, series, timeline
from simulator.record.citation import cite
from simulator.record.reading import FREQUENCIES, HEADER, decimal_year, read

KEYS = frozenset(re.findall(r"^@\w+\{([^,\s]+),", shipped("references.bib").read_text(encoding="utf-8"), re.MULTILINE))
WANTED = {
    "all_drug_deaths",
    "cooperation_index",
    "fentanyl_share_of_lab_samples",
    "fentanyl_tariff_on_china",
    "heroin_deaths",
    "heroin_use_disorder",
    "naloxone_kits_distributed",
    "opioid_deaths",
    "people_in_medication_treatment",
    "pills_with_2mg_or_more",
    "powder_purity",
    "seizures_reported",
    "seizures_reported_monthly",
    "share_seized_at_ports",
    "synthetic_opioid_deaths",
    "synthetic_opioid_deaths_12_months_ending",
    "synthetic_opioid_deaths_monthly",
}


def by_year(name):
    """Return the values of a yearly series by the year each starts in."""
    found = record(name)
    return dict(zip(found.starts.astype(int), found.values, strict=True))


def fiscal(day):
    """The US fiscal year that a day belongs to: October opens the next one."""
    return day.year + (day.month >= 10)


def test_the_series_the_model_is_judged_by_are_here():
    """The series that calibration and reports ask for by name exist."""
    assert set(series()) >= WANTED


def test_no_source_is_listed_twice():
    """A key of the bibliography means one source."""
    keys = re.findall(r"^@\w+\{([^,\s]+),", shipped("references.bib").read_text(encoding="utf-8"), re.MULTILINE)

    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("name", series())
def test_every_series_opens_with_its_source_and_definition(name):
    """The header is complete, closed, and cites the bibliography."""
    found = record(name)

    assert found.name == name
    assert set(found.header) == set(HEADER)
    assert all(found.header[key] for key in HEADER if key != "note")
    assert set(found.sources) <= KEYS
    assert found.header["frequency"] in FREQUENCIES
    assert date.fromisoformat(found.header["retrieved"]) <= date(2026, 11, 21)


@pytest.mark.parametrize("name", series())
def test_every_row_is_dated_and_says_how_it_is_known(name):
    """Rows are numbers of known status, and none is repeated."""
    found = record(name)

    assert len(found.values) == len(found.statuses) == len(found.notes) > 0
    assert set(found.statuses) <= set(STATUSES)
    assert np.all(np.isfinite(found.values))
    rows = list(zip(found.measures, found.spans, found.notes, strict=True))
    assert len(set(rows)) == len(rows)


@pytest.mark.parametrize("name", series())
def test_every_row_lasts_as_long_as_its_frequency_says(name):
    """Start and end agree with the frequency, so a fiscal year cannot pass for a calendar one."""
    found = record(name)
    lengths = {
        "calendar-year": lambda a, b: (a.month, a.day, b) == (1, 1, date(a.year + 1, 1, 1)),
        "fiscal-year": lambda a, b: (a.month, a.day, b) == (10, 1, date(a.year + 1, 10, 1)),
        "month": lambda a, b: a.day == b.day == 1 and (b.year - a.year) * 12 + b.month - a.month == 1,
        "12-months-ending": lambda a, b: a.day == 1 and b == date(a.year + 1, a.month, 1),
        "period": lambda a, b: a < b,
        "point": lambda a, b: a == b,
    }

    assert all(lengths[found.header["frequency"]](*span) for span in found.spans)


@pytest.mark.parametrize("name", series())
def test_every_unit_is_one_that_the_model_knows(name):
    """Units parse in the one registry."""
    assert units.registry().Unit(record(name).unit) is not None


@pytest.mark.parametrize("name", series())
def test_a_share_lies_between_nothing_and_everything(name):
    """Fractions were not left in per cent."""
    found = record(name)
    if "share" in name or name.startswith(("powder_", "pills_with")):
        assert np.all((found.values >= 0) & (found.values <= 1))


def test_months_add_up_to_the_final_years():
    """CDC WONDER: the final months of 2022-24 add up exactly, not just within half a per cent."""
    months, totals = record("synthetic_opioid_deaths_monthly"), defaultdict(float)
    for (start, _), value in zip(months.spans, months.values, strict=True):
        totals[start.year] += value

    years = by_year("synthetic_opioid_deaths")
    assert {year: years[year] for year in (2022, 2023, 2024)} == totals


def test_fiscal_years_are_the_sum_of_their_months():
    """CBP open data, FY2019-FY2024; earlier years are statements and have no months."""
    months, totals = record("seizures_reported_monthly"), defaultdict(float)
    for (start, _), value in zip(months.spans, months.values, strict=True):
        totals[fiscal(start)] += value
    years = record("seizures_reported")

    for (start, _), value in zip(years.spans, years.values, strict=True):
        if start.year >= 2018:
            assert value == pytest.approx(totals[fiscal(start)], abs=0.01)


def test_regions_add_up_to_the_nation():
    """Regions are rounded to 0.01 lb, so the sum is off by at most 0.02."""
    parts = [
        record(f"seizures_{region}_monthly") for region in ("southwest_border", "northern_border", "coastal_interior")
    ]

    expected = record("seizures_reported_monthly").values
    assert sum(part.values for part in parts) == pytest.approx(expected, abs=0.02)


def test_the_share_at_ports_follows_from_the_months():
    """The share is derived to four digits from the same monthly record."""
    ports, total = record("seizures_at_ports_monthly"), record("seizures_reported_monthly")
    for (start, _), share in zip(
        record("share_seized_at_ports").spans, record("share_seized_at_ports").values, strict=True
    ):
        inside = [fiscal(day) == fiscal(start) for day, _ in total.spans]
        assert share == pytest.approx(ports.values[inside].sum() / total.values[inside].sum(), abs=5e-5)


def test_twelve_month_totals_change_as_the_months_do():
    """A change of the total is a month less the same month a year before.

    Totals are provisional and by occurrence, months final and by residence: at most 82 deaths apart.
    """
    totals, months = record("synthetic_opioid_deaths_12_months_ending"), record("synthetic_opioid_deaths_monthly")
    by_month = {end: value for (_, end), value in zip(months.spans, months.values, strict=True)}
    ends = [end for _, end in totals.spans]
    changes = dict(zip(ends[1:], np.diff(totals.values), strict=True))

    compared = 0
    for end, value in by_month.items():
        before = date(end.year - 1, end.month, 1)
        if before in by_month:
            assert changes[end] == pytest.approx(value - by_month[before], abs=82)
            compared += 1
    assert compared == 24


def test_provisional_years_stand_a_little_above_final_ones():
    """Occurrence counts visitors, residence does not: 0.3 to 2.0 per cent in 2015-2024."""
    final, totals = by_year("synthetic_opioid_deaths"), record("synthetic_opioid_deaths_12_months_ending")
    for (start, end), value in zip(totals.spans, totals.values, strict=True):
        if end.month == 1:
            assert 1.003 < value / final[start.year] < 1.0205


def test_the_four_classes_of_opioid_death_exhaust_them():
    """SOURCE splits all opioid deaths into four classes; only rounding is left over."""
    classes = (
        "synthetic_opioid_deaths_with_heroin",
        "synthetic_opioid_deaths_without_heroin",
        "heroin_deaths_without_synthetics",
        "prescription_opioid_deaths_alone",
    )

    total = record("opioid_deaths_by_occurrence").values
    assert sum(record(name).values for name in classes) == pytest.approx(total, abs=1)


def test_the_split_by_heroin_exceeds_the_final_count_less_and_less():
    """The split shares out deaths that name no drug: 50 per cent above T40.4 in 1999, 1.8 in 2020."""
    final = by_year("synthetic_opioid_deaths")
    split = by_year("synthetic_opioid_deaths_with_heroin"), by_year("synthetic_opioid_deaths_without_heroin")
    excess = {year: (split[0][year] + split[1][year]) / final[year] - 1 for year in split[0]}

    assert min(excess.values()) > 0
    assert excess[1999] == pytest.approx(0.5, abs=0.001)
    assert excess[2013] == pytest.approx(0.1, abs=0.001)
    assert excess[2020] == pytest.approx(0.018, abs=0.001)


def test_derived_deaths_of_2024_follow_from_the_provisional_ones():
    """Provisional 2024 times final over provisional of 2023, as their notes say."""
    assert by_year("heroin_deaths")[2024] == round(2795 * 3984 / 4062)
    assert by_year("opioid_deaths")[2024] == round(55005 * 79358 / 80719)


def test_people_in_treatment_are_the_sum_their_definition_says():
    """Methadone of 2020 is an artefact and replaced; later years are judged and not compared."""
    methadone = by_year("methadone_patients") | {2020: 409_000}
    naltrexone, buprenorphine = by_year("xr_naltrexone_patients"), by_year("buprenorphine_patients_annual")
    total = by_year("people_in_medication_treatment")

    for year in range(2013, 2021):
        assert total[year] == round(methadone[year] + naltrexone[year] + 0.55 * buprenorphine[year])


def test_deaths_by_drug_never_exceed_all_of_them():
    """A part is smaller than the whole in every year."""
    everything = by_year("all_drug_deaths")
    for name in (
        "opioid_deaths",
        "synthetic_opioid_deaths",
        "heroin_deaths",
        "cocaine_deaths",
        "psychostimulant_deaths",
    ):
        assert all(value < everything[year] for year, value in by_year(name).items())


def test_the_tariff_steps_follow_one_another_without_a_gap():
    """A step series has a value on every day it spans."""
    spans = record("fentanyl_tariff_on_china").spans

    assert [end for _, end in spans[:-1]] == [start for start, _ in spans[1:]]


def test_a_series_comes_with_its_dates_and_citation():
    """The labelled array explains itself without its file."""
    found = evidence("synthetic_opioid_deaths")

    assert float(found.sel(time="2023-01-01")) == 72_776  # CDC WONDER, final
    assert found.attrs["units"] == "person/year"
    assert "CDC WONDER" in found.attrs["source"]
    assert {"end", "status", "note"} <= set(found.coords)
    assert str(found["end"].sel(time="2024-01-01").dt.date.item()) == "2025-01-01"


def test_a_file_of_several_measures_names_each():
    """Breaks in definition are kept apart by their measure."""
    found = evidence("nsduh_opioid_use_disorder")

    assert set(found["measure"].values) == {"DSM-IV", "DSM-5", "DSM-5, all prescription users asked"}
    assert record("nsduh_opioid_use_disorder").measuring("DSM-5").values.tolist() == [2_700_000]


def test_rows_are_taken_by_year():
    """1999-2024 less everything before 2013 and after 2019: seven years."""
    assert len(record("synthetic_opioid_deaths").since(2013, until=2020).values) == 7


def test_an_unknown_name_proposes_the_nearest():
    """A misspelt series or measure is answered with the right one."""
    with pytest.raises(SimulatorError, match=r'Did you mean "heroin_deaths"\?'):
        evidence("herion_deaths")
    with pytest.raises(SimulatorError, match=r'Did you mean "DSM-5"\?'):
        record("nsduh_opioid_use_disorder").measuring("DSM5")


def test_every_fault_of_a_file_is_told_at_once(tmp_path):
    """Nobody mends a file one line at a time."""
    file = tmp_path / "odd.csv"
    file.write_text(
        "# series: odd\n# frequency: yearly\nstart,end,value,status,note\n"
        "2020-01-01,2019-01-01,1,confirmed,\n2020-01-01,2021-01-01,many,guessed,\n",
        encoding="utf-8",
    )

    with pytest.raises(SimulatorError) as caught:
        read(file)

    told = [str(problem) for problem in caught.value.problems]
    assert sum("The header has no" in text for text in told) == len(HEADER) - 2
    assert any("frequency is unknown" in text for text in told)
    assert any(text.startswith("odd.csv:4") and "ends before it starts" in text for text in told)
    assert any(text.startswith("odd.csv:5") and "status" in text for text in told)
    assert any(text.startswith("odd.csv:5") and "cannot be read" in text for text in told)


def test_a_day_is_a_fraction_of_its_own_year():
    """2024 has 366 days, and 182 of them have passed by 1 July."""
    assert decimal_year(date(2023, 1, 1)) == 2023.0
    assert decimal_year(date(2024, 7, 1)) == 2024.5


def test_events_are_in_order_and_cite_an_official_body():
    """The timeline runs forward and every event has a source in the bibliography."""
    events = timeline()

    assert events["date"].is_monotonic_increasing
    assert set(events["status"]) <= set(STATUSES)
    assert set(events["precision"]) == {"day", "month", "year"}
    assert {key for keys in events["source"] for key in keys.split("; ")} <= KEYS


def test_published_results_are_numbers_with_units_and_papers():
    """What others computed can be compared without reading their text."""
    results = published_models()

    assert set(results["status"]) <= set(STATUSES)
    assert {key for keys in results["source"] for key in keys.split("; ")} <= KEYS
    assert all(units.registry().Unit(unit) is not None for unit in results["unit"].unique())
    ordered = results.dropna(subset=["low", "high"])
    assert (ordered["low"] <= ordered["high"]).all()


def test_the_published_error_of_2024_is_the_one_we_quote():
    """SOURCE foresaw 81,527 deaths where 55,005 were counted: 48 per cent too many."""
    results = published_models()
    row = results[(results["model"] == "SOURCE 2025") & (results["period"] == "2024")].iloc[0]

    assert row["value"] / row["observed"] - 1 == pytest.approx(0.482, abs=0.001)


def test_a_citation_reads_as_a_sentence():
    """Keys are spelt out for readers; an unknown key stands as it is."""
    assert cite("lim2022").startswith("Lim, Tse Yang and others (2022). Modeling the evolution of the US opioid crisis")
    assert cite("cdc_vsrr; no_such_key").endswith("no_such_key.")


def test_no_file_names_the_copy_in_which_a_figure_was_seen():
    """The original publisher is cited; mirrors and blogs are not."""
    for name in (*series(), "timeline", "published_models"):
        text = package("record", f"{name}.csv").read_text(encoding="utf-8")
        assert not re.search(r"https?://|www\.|github|blogspot|\.csv\b", text), name


def test_plain_records_need_neither_xarray_nor_pandas():
    """The calibration pays for numpy alone."""
    code = "import sys; from simulator.record import record; record('heroin_deaths'); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert not {"xarray", "pandas", "pint"} & set(loaded)
