"""Scenarios: questions, the changes or beliefs that ask them, and what inputs do because of them.

A scenario file is read without executing or expanding anything; every fault is told at
once as `file:line: place: fault. remedy`. Policies and history become tracks, worldviews
become settings.
"""

from simulator.scenario.catalogue import catalogue, find, located
from simulator.scenario.folders import shipped, use_of
from simulator.scenario.loading import check, load
from simulator.scenario.readme import readme
from simulator.scenario.records import Belief, Change, Scenario
from simulator.scenario.resolving import Resolved, resolve, resolved, settings
from simulator.scenario.retelling import resolved_text
from simulator.scenario.vocabulary import Vocabulary

__all__ = [
    "Belief",
    "Change",
    "Resolved",
    "Scenario",
    "Vocabulary",
    "catalogue",
    "check",
    "find",
    "load",
    "located",
    "readme",
    "resolve",
    "resolved",
    "resolved_text",
    "settings",
    "shipped",
    "use_of",
]
