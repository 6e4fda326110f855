"""Observed: what the record would show of what the model does.

Border officers weigh what they find as it is, mixed and pressed; the model counts pure
product. The rest of the mapping from model to data is in `record/observation.py`.
"""

from simulator.language import auxiliary


@auxiliary("lb/year", source="cbp_seizures")
def seizures_reported(fentanyl_seized, gross_per_pure, purity, purity_reference, gross_exponent, mail_channel,
                      mail_arrivals, mail_gross_per_pure, pounds_per_kilogram):  # fmt: skip
    """Gross pounds seized, comparable with Customs and Border Protection: land routes and mail."""
    return pounds_per_kilogram * (
        fentanyl_seized * gross_per_pure * (purity / purity_reference) ** (-gross_exponent)
        + (mail_channel - mail_arrivals) * mail_gross_per_pure
    )


@auxiliary("person", source="lim2022")
def illicit_use_disorder(use_disorder, waiting, in_treatment, recently_released):
    """What a survey of households would call heroin use disorder, were it to find everybody."""
    return use_disorder + waiting + in_treatment + recently_released


@auxiliary("1", source="wagner2023")
def unaware_share(unaware_deaths, synthetic_opioid_deaths):
    """The share of synthetic-opioid deaths among people who did not know what they took."""
    return unaware_deaths / synthetic_opioid_deaths


@auxiliary("1/year", source="shealey2024")
def use_overdose_rate(overdose_rate, dose_effect):
    """Overdoses a year, fatal or not, of one who uses fentanyl daily."""
    return overdose_rate * dose_effect
