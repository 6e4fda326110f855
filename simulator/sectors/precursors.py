"""Precursors: who could supply Mexican producers, and how far controls stop them.

Every quantity is the finished pure product it could become, in kilograms; no substance
is named anywhere. Controls raise the cost of a source, orders drift to other countries
and to substitutes not yet controlled, and what slack suppliers have decides the rest.
"""

from numpy import exp, maximum, minimum

from simulator.language import auxiliary, flow, stock


@stock("1")
def china_control(china_control_at_start):
    """How much of the diversion from China is stopped, from 0 to 1, before evasion."""
    return china_control_at_start


@stock("1")
def india_control(india_control_target):
    """How much of the diversion from India is stopped, from 0 to 1, before evasion."""
    return india_control_target


@stock("1")
def elsewhere_control(elsewhere_control_target):
    """How much of the diversion from all other countries is stopped, before evasion."""
    return elsewhere_control_target


@stock("1", source="odni2025")
def china_share(china_attraction, india_attraction, elsewhere_attraction):
    """China's share of what Mexican producers order."""
    return china_attraction / (china_attraction + india_attraction + elsewhere_attraction)


@stock("1", source="odni2025")
def india_share(china_attraction, india_attraction, elsewhere_attraction):
    """India's share of what Mexican producers order."""
    return india_attraction / (china_attraction + india_attraction + elsewhere_attraction)


@stock("kg/year")
def precursor_capacity(precursor_slack, planned_use):
    """What suppliers could divert in a year if nobody hindered them."""
    return (1 + precursor_slack) * planned_use


@stock("1")
def evasion(china_control_at_start):
    """The share of control that substitutes and false papers get around; none at the start."""
    return 0 * china_control_at_start


@stock("kg")
def precursors_in_mexico(planned_use, precursor_cover):
    """Precursors held by producers, as finished product."""
    return planned_use * precursor_cover


@flow("kg/year", "outside -> precursors_in_mexico")
def precursor_deliveries(precursor_orders, deliverable_precursors):
    """Orders arrive as far as suppliers, controls and evasion allow."""
    return minimum(precursor_orders, deliverable_precursors)


@flow("kg/year", "precursors_in_mexico -> outside")
def precursor_seizures(precursors_in_mexico, precursor_seizure_rate, mexico_effort):
    """Mexican authorities find part of what lies in store."""
    return precursors_in_mexico * precursor_seizure_rate * mexico_effort


@flow("1/year", "outside -> china_control")
def change_in_china_control(china_control_gap, control_delay, verification_regime, verification_hold):
    """Control follows law and will; it lapses more slowly where it is verified."""
    return (
        maximum(china_control_gap, 0) + minimum(china_control_gap, 0) * (1 - verification_hold * verification_regime)
    ) / control_delay


@flow("1/year", "outside -> india_control")
def change_in_india_control(india_control_target, india_control, control_delay):
    """India's control follows the effort made there."""
    return (india_control_target - india_control) / control_delay


@flow("1/year", "outside -> elsewhere_control")
def change_in_elsewhere_control(elsewhere_control_target, elsewhere_control, control_delay):
    """Control in all other countries follows the effort made there."""
    return (elsewhere_control_target - elsewhere_control) / control_delay


@flow("1/year", "outside -> china_share")
def drift_of_china_share(indicated_china_share, china_share, substitution_time, substitution_switch):
    """Buyers move their orders to the cheaper source, as fast as new contacts can be made."""
    return substitution_switch * (indicated_china_share - china_share) / substitution_time


@flow("1/year", "outside -> india_share")
def drift_of_india_share(indicated_india_share, india_share, substitution_time, substitution_switch):
    """Buyers move their orders to the cheaper source, as fast as new contacts can be made."""
    return substitution_switch * (indicated_india_share - india_share) / substitution_time


@flow("kg/year/year", "outside -> precursor_capacity")
def change_in_precursor_capacity(
    precursor_slack, planned_use, growth_horizon, expected_growth, precursor_capacity, supplier_response_time
):
    """Suppliers keep their slack above what producers are about to use, growth extrapolated."""
    return (
        (1 + precursor_slack) * planned_use * (1 + growth_horizon * expected_growth) - precursor_capacity
    ) / supplier_response_time


@flow("1/year", "outside -> evasion", source="mcketin2011")
def change_in_evasion(evasion_ceiling, average_control, evasion, evasion_time, substitution_switch):
    """Control teaches evasion, up to a ceiling and with a delay."""
    return substitution_switch * (evasion_ceiling * average_control - evasion) / evasion_time


@auxiliary("1")
def mexico_effort(mexico_enforcement, strike_offence, strike_intensity, strike_reference):
    """Strikes on its soil cost the help of Mexico."""
    return mexico_enforcement * maximum(0, 1 - strike_offence * strike_intensity / strike_reference)


@auxiliary("1")
def china_enforcement(enforcement_without_cooperation, cooperation, unverified_delivery, verification_regime):
    """Law is enforced a little by itself, more with cooperation, fully only where verified."""
    return enforcement_without_cooperation + (1 - enforcement_without_cooperation) * cooperation * (
        unverified_delivery + (1 - unverified_delivery) * verification_regime
    )


@auxiliary("1")
def china_control_gap(
    china_control_scope, china_enforcement, china_oversight, oversight_effect, informal_enforcement,
    informal_enforcement_effect, china_control,
):  # fmt: skip
    """Listed substances enforced, stricter oversight of trade and quiet crackdowns each stop a part of the rest."""
    return (
        1
        - (1 - china_control_scope * china_enforcement)
        * (1 - oversight_effect * china_oversight)
        * (1 - informal_enforcement_effect * informal_enforcement)
        - china_control
    )


@auxiliary("1")
def average_control(china_share, china_control, india_share, india_control, elsewhere_share, elsewhere_control):
    """The control that the average order meets."""
    return china_share * china_control + india_share * india_control + elsewhere_share * elsewhere_control


@auxiliary("1")
def elsewhere_share(china_share, india_share):
    """What is ordered neither in China nor in India."""
    return maximum(0, 1 - china_share - india_share)


@auxiliary("1")
def open_to_china(china_control, evasion):
    """The share of China's capacity that control leaves open."""
    return 1 - china_control * (1 - evasion)


@auxiliary("1")
def open_to_india(india_control, evasion):
    """The share of India's capacity that control leaves open."""
    return 1 - india_control * (1 - evasion)


@auxiliary("1")
def open_to_elsewhere(elsewhere_control, evasion):
    """The share of all other capacity that control leaves open."""
    return 1 - elsewhere_control * (1 - evasion)


@auxiliary("1")
def china_appeal(china_attraction, industry_relocation, control_aversion, open_to_china):
    """China's draw on buyers falls with control and as its industry moves away."""
    return china_attraction * (1 - industry_relocation) * exp(-control_aversion * (1 - open_to_china))


@auxiliary("1")
def india_appeal(
    india_attraction, china_attraction, industry_relocation, relocation_to_india, relocation_leakage,
    control_aversion, open_to_india,
):  # fmt: skip
    """India's draw grows with the industry that moves there and brings its leakage along."""
    return (india_attraction + china_attraction * industry_relocation * relocation_to_india * relocation_leakage) * exp(
        -control_aversion * (1 - open_to_india)
    )


@auxiliary("1")
def elsewhere_appeal(
    elsewhere_attraction, china_attraction, industry_relocation, relocation_to_india, relocation_leakage,
    control_aversion, open_to_elsewhere,
):  # fmt: skip
    """The draw of all other countries grows with the industry that moves there."""
    return (
        elsewhere_attraction + china_attraction * industry_relocation * (1 - relocation_to_india) * relocation_leakage
    ) * exp(-control_aversion * (1 - open_to_elsewhere))


@auxiliary("1")
def indicated_china_share(china_appeal, india_appeal, elsewhere_appeal):
    """China's share among sources chosen by cost, a logit choice."""
    return china_appeal / (china_appeal + india_appeal + elsewhere_appeal)


@auxiliary("1")
def indicated_india_share(china_appeal, india_appeal, elsewhere_appeal):
    """India's share among sources chosen by cost, a logit choice."""
    return india_appeal / (china_appeal + india_appeal + elsewhere_appeal)


@auxiliary("kg/year")
def planned_use(wanted_output, mexican_capacity):
    """What producers would use if precursors were no obstacle."""
    return minimum(wanted_output, mexican_capacity)


@auxiliary("kg/year")
def precursor_orders(planned_use, precursor_cover, precursors_in_mexico, precursor_adjustment_time):
    """Producers order what they are about to use and what their stores lack, never less than nothing."""
    return maximum(0, planned_use + (planned_use * precursor_cover - precursors_in_mexico) / precursor_adjustment_time)


@auxiliary("1")
def open_sourcing(china_share, open_to_china, india_share, open_to_india, elsewhere_share, open_to_elsewhere):
    """The share of suppliers' capacity, over all sources, that control leaves open."""
    return china_share * open_to_china + india_share * open_to_india + elsewhere_share * open_to_elsewhere


@auxiliary("kg/year")
def deliverable_precursors(precursor_capacity, open_sourcing):
    """What suppliers can deliver through what control leaves open."""
    return precursor_capacity * open_sourcing


@auxiliary("kg/year")
def precursors_from_china(precursor_deliveries, china_share, open_to_china, open_sourcing, trace):
    """The part of deliveries that comes from China."""
    return precursor_deliveries * china_share * open_to_china / (open_sourcing + trace)


@auxiliary("kg/year")
def precursors_from_elsewhere(precursor_deliveries, precursors_from_china):
    """The part of deliveries that comes from India and all other countries."""
    return precursor_deliveries - precursors_from_china
