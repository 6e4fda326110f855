"""Relations: how the United States and China stand, and what cooperation follows from it.

Tariffs, disputes and agreements move relations. Counternarcotics cooperation follows
relations, what is offered in return, and pressure, whose sign nobody knows. Verification
turns pledges into enforcement and slows backsliding.
"""

from numpy import exp, maximum, minimum

from simulator.language import auxiliary, flow, stock


@stock("1", source="felbabbrown2024")
def relations(relations_at_start):
    """How well the two governments get on, from 0 (hostile) to 1 (partners)."""
    return relations_at_start


@stock("1", source="felbabbrown2024")
def cooperation(cooperation_at_start):
    """How far China acts on American counternarcotics requests, from 0 to 1."""
    return cooperation_at_start


@stock("1")
def verification_regime(relations_at_start):
    """How far promised controls can be checked by an independent party; none at the start."""
    return 0 * relations_at_start


@flow("1/year", "outside -> relations")
def change_in_relations(indicated_relations, relations, relations_adjustment_time):
    """Relations drift to where climate, engagement and disputes would put them."""
    return (indicated_relations - relations) / relations_adjustment_time


@flow("1/year", "outside -> cooperation")
def change_in_cooperation(cooperation_gap, cooperation_delay, verification_regime, verification_hold):
    """Cooperation follows what is indicated, and slips back more slowly where it is verified."""
    return (
        maximum(cooperation_gap, 0) + minimum(cooperation_gap, 0) * (1 - verification_hold * verification_regime)
    ) / cooperation_delay


@flow("1/year", "outside -> verification_regime")
def change_in_verification(verification_effort, cooperation, verification_regime, verification_build_time):
    """Inspection and data sharing are built by effort, as far as the other side lets them in."""
    return (verification_effort * cooperation - verification_regime) / verification_build_time


@auxiliary("1", source="felbabbrown2024")
def indicated_relations(
    diplomatic_climate,
    diplomatic_engagement,
    engagement_effect,
    tariff_offence,
    force_friction,
    strike_intensity,
    strike_reference,
):
    """Climate and engagement improve relations; tariffs and the use of force sour them."""
    return maximum(
        0,
        minimum(
            1,
            diplomatic_climate
            + engagement_effect * diplomatic_engagement
            - tariff_offence
            - force_friction * strike_intensity / strike_reference,
        ),
    )


@auxiliary("1")
def tariff_offence(tariff_retaliation_switch, tariff_friction, effective_tariff, tariff_effect_on_cooperation):
    """Tariffs sour relations as far as they provoke: not where they extract cooperation, fully where they end it."""
    return tariff_retaliation_switch * tariff_friction * effective_tariff * (1 - tariff_effect_on_cooperation) / 2


@auxiliary("1")
def responsive_tariff(tariff_response, cooperation_asked, verified_cooperation):
    """A tariff by rule rises as verified action falls short of what is asked, and goes once it is there."""
    return tariff_response * maximum(0, cooperation_asked - verified_cooperation)


@auxiliary("1")
def effective_tariff(tariff_on_china, tariff_relief_linkage, verified_cooperation, responsive_tariff):
    """Where relief is tied to verified action, cooperation lowers the tariff, and its absence may raise another."""
    return tariff_on_china * (1 - tariff_relief_linkage * verified_cooperation) + responsive_tariff


@auxiliary("1")
def verified_cooperation(cooperation, verification_regime):
    """Only action that can be checked counts towards relief."""
    return cooperation * verification_regime


@auxiliary("1")
def pressure(effective_tariff, tariff_of_reference, sanctions_pressure, sanctions_weight):
    """Tariffs, as multiples of the 2025 one, and sanctions on suppliers and banks."""
    return effective_tariff / tariff_of_reference + sanctions_weight * sanctions_pressure


@auxiliary("1")
def reciprocity(tariff_relief_linkage, tariff_on_china, responsive_tariff, tariff_of_reference):
    """What is offered for verified action: the tariffs that it would lift."""
    return (tariff_relief_linkage * tariff_on_china + responsive_tariff) / tariff_of_reference


@auxiliary("1", source="felbabbrown2024")
def indicated_cooperation(
    cooperation_leaning,
    relations_weight,
    relations,
    reciprocity_weight,
    reciprocity,
    tariff_effect_on_cooperation,
    pressure_weight,
    pressure,
    complacency_switch,
    complacency_weight,
    political_attention,
):
    """China cooperates more with a partner, for a price, and more or less under pressure."""
    return 1 / (
        1
        + exp(
            -(
                cooperation_leaning
                + relations_weight * (2 * relations - 1)
                + reciprocity_weight * reciprocity
                + tariff_effect_on_cooperation * pressure_weight * pressure
                - complacency_switch * complacency_weight * (1 - political_attention)
            )
        )
    )


@auxiliary("1")
def cooperation_gap(indicated_cooperation, cooperation):
    """How far cooperation is from where relations, offers and pressure would put it."""
    return indicated_cooperation - cooperation
