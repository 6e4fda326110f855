"""Border: what is sent north, what is seized, and how smugglers adapt.

Seizure works on odds: they rise with effort and fall with adaptation, which is learnt
with a delay and bounded. Producers make up for realised losses. Finished product by
mail from China is a channel of its own, until control closes it.
"""

from numpy import maximum, minimum

from simulator.language import auxiliary, flow, stock


@stock("1")
def interdiction_capacity(inspection_at_rest):
    """People and machines at the border; 1 is the state of 2017."""
    return inspection_at_rest


@stock("1")
def adaptation(inspection_at_rest):
    """How well smugglers have adapted to inspection; 1 is the state of 2017."""
    return inspection_at_rest


@stock("1")
def perceived_risk(base_seizure_share):
    """The share of shipments that producers expect to lose."""
    return base_seizure_share


@stock("kg/year", source="dea_ndta_2019")
def mail_channel(mail_share_at_start, us_demand):
    """Finished product sent by mail from China."""
    return mail_share_at_start * us_demand


@flow("1/year", "outside -> interdiction_capacity")
def change_in_interdiction(indicated_interdiction, interdiction_capacity, interdiction_build_time):
    """Capacity follows budgets with the time it takes to hire and install."""
    return (indicated_interdiction - interdiction_capacity) / interdiction_build_time


@flow("1/year", "outside -> adaptation")
def learning_to_evade(indicated_adaptation, adaptation, adaptation_time, adaptation_switch):
    """Smugglers learn from what is seized."""
    return adaptation_switch * (indicated_adaptation - adaptation) / adaptation_time


@flow("1/year", "outside -> perceived_risk")
def change_in_perceived_risk(seizure_share, perceived_risk, risk_perception_delay):
    """Producers learn what share they really lose, not what is announced."""
    return (seizure_share - perceived_risk) / risk_perception_delay


@flow("kg/year/year", "outside -> mail_channel")
def change_in_mail(indicated_mail, mail_channel, mail_adjustment_time):
    """Mail orders follow demand and the open part of the channel."""
    return (indicated_mail - mail_channel) / mail_adjustment_time


@flow("kg/year", "product_in_mexico -> us_inventory")
def arrivals(shipments, seizure_share):
    """What is sent north and not seized."""
    return shipments * (1 - seizure_share)


@flow("kg/year", "product_in_mexico -> outside")
def fentanyl_seized(shipments, seizure_share):
    """What is sent north and seized at or near the border."""
    return shipments * seizure_share


@flow("kg/year", "outside -> us_inventory")
def mail_arrivals(mail_channel, mail_seizure_share, mail_inspection, mail_inspection_effect):
    """What is mailed from China and not found."""
    return mail_channel * (1 - mail_seizure_share - (1 - mail_seizure_share) * mail_inspection_effect * mail_inspection)


@auxiliary("kg/year")
def shipments(product_in_mexico, dispatch_time, exports_abroad):
    """Product leaves Mexico after a few weeks in store; what goes abroad does not come north."""
    return maximum(product_in_mexico / dispatch_time - exports_abroad, 0)


@auxiliary("1", source="cbp_seizures")
def indicated_interdiction(
    inspection_at_rest, interdiction_growth, interdiction_buildup, ports_share, port_inspection,
    between_ports_share, between_ports_patrol, northern_share, northern_border_patrol, attention_response,
    attention_budgets,
):  # fmt: skip
    """The build-up of 2019-2023 and later effort, each route weighted by what crosses it."""
    return maximum(
        0,
        inspection_at_rest
        + (interdiction_growth - 1) * interdiction_buildup
        + ports_share * port_inspection
        + between_ports_share * between_ports_patrol
        + northern_share * northern_border_patrol
        + attention_response * attention_budgets,
    )


@auxiliary("1")
def indicated_adaptation(interdiction_capacity, adaptation_response, adaptation_ceiling):
    """Adaptation grows with inspection, never beyond a ceiling."""
    return minimum(maximum(interdiction_capacity, 0) ** adaptation_response, adaptation_ceiling)


@auxiliary("1")
def seizure_odds(base_seizure_share, interdiction_capacity, adaptation):
    """The odds of losing a shipment: raised by effort, divided by adaptation."""
    return base_seizure_share / (1 - base_seizure_share) * interdiction_capacity / adaptation


@auxiliary("1")
def seizure_share(seizure_odds):
    """Odds as a share."""
    return seizure_odds / (1 + seizure_odds)


@auxiliary("kg/year")
def indicated_mail(mail_preference, us_demand, china_finished_control, finished_control_effect):
    """Buyers' preference for mail, as far as control of finished product leaves it open."""
    return mail_preference * us_demand * (1 - finished_control_effect * china_finished_control)
