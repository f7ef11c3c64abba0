"""Checks of stand-ins: whoever makes a contact in place of the elder's volunteer has to fit like one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from matcher.verify.pairs import check_fit, measure_straight_m
from matcher.verify.reference import Reference
from matcher.verify.tables import find_known
from matcher.verify.violations import Findings


def check_stand_ins(contacts: pd.DataFrame, pairs: pd.DataFrame, reference: Reference, findings: Findings) -> None:
    """Check each contact that somebody else makes than the elder's own volunteer, and that says in whose place.

    Every rule on the two of a pair holds for the elder and the stand-in, whom no pin excuses, and the stand-in takes
    part in the programme. How many elders a volunteer has does not count: who stands in has no pair more.
    """
    people = reference.people
    claims = find_known(contacts[contacts["in_place_of"] >= 0])
    themselves = claims["volunteer"] == claims["in_place_of"]
    findings.add("wrong_amount", claims[themselves].assign(amount=1), "in_place_of")
    keys = people.pair_keys(claims["elder"], claims["volunteer"])
    own = np.isin(keys, people.pair_keys(pairs["elder"], pairs["volunteer"]))
    stand_ins = claims.assign(key=keys)[~own & ~themselves]
    if not len(stand_ins):
        return
    findings.add("dates", stand_ins[~people.volunteers.active[stand_ins["volunteer"]]])
    without_pins = replace(reference, pairs=replace(reference.pairs, pins=np.empty(0, dtype=np.int64)))
    measured = stand_ins.assign(straight_m=measure_straight_m(stand_ins, people))
    check_fit(measured, without_pins, findings, first=False)
