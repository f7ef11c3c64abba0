"""Settings of the match: who may be paired, and what a pair is worth."""

from __future__ import annotations

from matcher.i18n import N_
from matcher.settings.base import RESEARCH, RULE, SEED, Section, setting


class Distance(Section):
    """How far a volunteer may walk."""

    urban_limit_m: int = setting(
        1000, N_("longest walk from a volunteer to an elder in town"), unit="m", source=RULE, ge=1, le=50_000
    )
    rural_limit_m: int = setting(
        3000, N_("longest walk to an elder whose area is rural"), unit="m", source=RULE, ge=1, le=50_000
    )
    detour_factor: float = setting(1.3, N_("walked way over straight line"), unit="1", source=RESEARCH, ge=1.0, le=5.0)


class Capacity(Section):
    """How many elders a volunteer looks after."""

    default: int = setting(
        5,
        N_("elders for a volunteer whose roster row gives no capacity"),
        unit=N_("elders"),
        source=SEED,
        ge=0,
        le=50,
    )


class Consent(Section):
    """Who may be matched at all."""

    required: bool = setting(True, N_("match only elders whose consent is recorded as yes"), source=RULE)


class Keep(Section):
    """What last month's pairs are worth."""

    worth_m: int = setting(800, N_("metres of walking that keeping a pair is worth"), unit="m", ge=0, le=1_000_000)
    beyond_limit: bool = setting(
        True, N_("a pair of last month may stand even beyond the distance limit"), source=RESEARCH
    )
