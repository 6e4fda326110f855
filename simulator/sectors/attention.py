"""Attention: deaths raise it, budgets follow, success lets it fade. Off unless switched on."""

from numpy import maximum

from simulator.language import auxiliary, flow, stock


@stock("1")
def political_attention(attention_at_rest):
    """How high the crisis stands on the agenda; 1 is the peak of 2022."""
    return attention_at_rest


@flow("1/year", "outside -> political_attention")
def change_in_attention(indicated_attention, political_attention, attention_time, attention_switch):
    """Attention follows deaths, and with a delay forgets them."""
    return attention_switch * (indicated_attention - political_attention) / attention_time


@auxiliary("1")
def indicated_attention(synthetic_opioid_deaths, deaths_at_peak):
    """Deaths relative to the peak."""
    return synthetic_opioid_deaths / deaths_at_peak


@auxiliary("1")
def attention_budgets(political_attention, attention_at_rest, attention_switch):
    """Budgets that attention adds."""
    return attention_switch * maximum(0, political_attention - attention_at_rest)
