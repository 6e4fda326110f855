"""Observed: what the record would show of what the model does.

Border officers weigh what they find as it is, mixed and pressed; the model counts pure
product. The rest of the mapping from model to data is in `evidence/observation.py`.
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
