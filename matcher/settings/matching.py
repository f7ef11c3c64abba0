"""Settings of the match: who may be paired, and what a pair is worth."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from matcher.i18n import N_
from matcher.settings.base import PRESS, RESEARCH, RULE, SEED, TRIED, Section, refuse_contradiction, setting
from matcher.settings.schedule import Risk

Mode = Literal["hard", "soft", "off"]
"""How a rule on pairs holds: no pair may break it, each that does costs metres, or it is not asked."""
MOST_PLACES = 50
"""Elders of one volunteer that no roster and no setting goes beyond."""
MOST_MINUTES = 20_000
"""Minutes a month of one volunteer that no roster and no setting goes beyond."""
_MOST_M = 1_000_000
_BUDGET = Field(pattern=r"^(\d{1,7}|(\d{1,2}|100)(\.\d+)?%)?$", examples=["20", "5%", "2.5%", ""])


def _convert_number(value: object) -> object:
    """Return a number as text: it may be written without quotes."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def mode(default: Mode, text: str, **more: str) -> Mode:
    """Return a setting that turns a rule hard, soft or off."""
    chosen: Mode = setting(default, text, **more)
    return chosen


def metres(default: int, text: str, **more: str) -> int:
    """Return a setting that costs something in metres of walking."""
    cost: int = setting(default, text, unit="m", ge=0, le=_MOST_M, **more)
    return cost


class DistanceSettings(Section):
    """How far a volunteer may walk."""

    urban_limit_m: int = setting(
        1000, N_("longest walk from a volunteer to an elder in town"), unit="m", source=RULE, ge=1, le=50_000
    )
    rural_limit_m: int = setting(
        3000, N_("longest walk to an elder whose area is rural"), unit="m", source=RULE, ge=1, le=50_000
    )
    detour_factor: float = setting(1.3, N_("walked way over straight line"), unit="1", source=RESEARCH, ge=1.0, le=5.0)
    own_limit: Mode = mode(
        "hard", N_("walks beyond what the volunteer is ready for: hard, soft (each metre beyond counts twice) or off")
    )


class CapacitySettings(Section):
    """How much a volunteer takes on: elders, units or minutes a month."""

    unit: Literal["elders", "units", "minutes"] = setting(
        "elders",
        N_(
            "what capacity counts: elders; units, of which some elders take more than one; or minutes a month, of "
            "visits, calls and the walks to visits and back"
        ),
    )
    units_by_risk: dict[Risk, Annotated[int, Field(ge=0, le=MOST_PLACES)]] = setting(
        {"high": 2},
        N_("units that an elder of a risk tier takes, else 1; who cannot look after themselves counts as of high risk"),
        unit=N_("units"),
    )
    default_minutes: int = setting(
        1800,
        N_("minutes a month of a volunteer whose roster row gives none: five elders with a visit and a call a week"),
        unit="min",
        ge=0,
        le=MOST_MINUTES,
    )
    time_limit_s: float = setting(
        60.0,
        N_("with units or minutes: seconds after which the best plan so far is taken, with its gap, 0: no limit"),
        unit="s",
        ge=0,
        le=86_400,
    )
    default: int = setting(
        5,
        N_("elders for a volunteer whose roster row gives no capacity"),
        unit=N_("elders"),
        source=SEED,
        ge=0,
        le=MOST_PLACES,
    )
    minimum: int = setting(
        0,
        N_("least elders of each volunteer, as far as can be; a volunteer with fewer places is not held to it"),
        unit=N_("elders"),
        ge=0,
        le=MOST_PLACES,
    )
    minimum_penalty_m: int = metres(500, N_("penalty for each elder that a volunteer has fewer than the minimum"))
    fair_m: int = metres(
        0,
        N_("fair loads: each further elder of a volunteer costs so many metres more than the one before"),
    )
    most_high_risk: int = setting(
        MOST_PLACES,
        N_("most elders of high risk, or who cannot look after themselves, of one volunteer"),
        unit=N_("elders"),
        ge=0,
        le=MOST_PLACES,
    )

    @model_validator(mode="after")
    def _check_minimum(self) -> Self:
        """Refuse a minimum above the default capacity."""
        if self.minimum > self.default:
            refuse_contradiction("capacity.minimum", self.minimum, "capacity.default", self.default)
        return self

    @model_validator(mode="after")
    def _check_unit(self) -> Self:
        """Refuse what is about numbers of elders beside a capacity in units or minutes."""
        if self.unit != "elders":
            for name in ("fair_m", "minimum", "most_high_risk"):
                if (value := getattr(self, name)) != type(self).model_fields[name].default:
                    refuse_contradiction(f"capacity.{name}", value, "capacity.unit", self.unit)
        return self


def _check_ascending(bands: tuple[int, ...]) -> tuple[int, ...]:
    """Check that they rise and give them back."""
    if any(low >= high for low, high in pairwise(bands)):
        raise ValueError(bands)
    return bands


def _check_distinct(parts: tuple[str, ...]) -> tuple[str, ...]:
    """Check that none stands twice and give them back."""
    if len(set(parts)) < len(parts):
        raise ValueError(parts)
    return parts


Bands = Annotated[tuple[Annotated[int, Field(ge=0, le=1200)], ...], AfterValidator(_check_ascending)]


class PrioritySettings(Section):
    """Who comes first when places run out; serving as many as possible comes before that.

    The order makes tiers, which no metres outweigh. What leaving an elder out costs beside them is in metres.
    """

    order: Annotated[
        tuple[Literal["current", "high_risk", "risk", "waiting", "age"], ...], AfterValidator(_check_distinct)
    ] = setting(
        ("current", "high_risk"),
        N_(
            "what decides who comes first whatever the walk, the weightiest first: current (who has a volunteer who "
            "may go on keeps one), high_risk, risk (high, medium, others), waiting, age; empty: metres alone"
        ),
        source=RULE,
    )
    high_risk_after_months: int = setting(
        0,
        N_(
            "months of waiting after which an elder of high risk comes before one of low or unknown risk who has a "
            "volunteer, 0: never"
        ),
        unit=N_("months"),
        ge=0,
        le=1200,
    )
    waiting_month_m: int = metres(200, N_("what leaving out an elder costs for each month of waiting"), source=TRIED)
    most_waiting_months: int = setting(
        12, N_("months of waiting that count at most"), unit=N_("months"), source=TRIED, ge=0, le=1200
    )
    lost_months: int = setting(
        6,
        N_("months that an elder counts as having waited whose volunteer has left, or has fewer places than elders"),
        unit=N_("months"),
        source=TRIED,
        ge=0,
        le=1200,
    )
    medium_risk_m: int = metres(1000, N_("what leaving out an elder of medium risk costs"), source=TRIED)
    age_band_m: int = metres(50, N_("what leaving out an elder costs for each age band reached"), source=TRIED)
    age_bands: Bands = setting(
        (80, 90), N_("ages, ascending; who has reached more of them comes first"), unit=N_("years"), source=RULE
    )
    waiting_bands: Bands = setting(
        (1, 3, 6), N_("months of waiting, ascending; who has waited for more of them comes first"), unit=N_("months")
    )
    as_many: Literal["elders", "use"] = setting(
        "elders",
        N_(
            "with units or minutes, what serving as many as possible counts: elders, so that where places run out "
            "those who take more are left out first; or what elders take (use), the walk aside"
        ),
    )


class ConsentSettings(Section):
    """Who may be matched at all."""

    required: bool = setting(True, N_("match only elders whose consent is recorded as yes"), source=RULE)
    served_elsewhere: bool = setting(False, N_("also match elders whom another programme visits already"))


class BoundarySettings(Section):
    """Whether pairs may cross the borders of administration."""

    level: Literal["none", "district", "subdistrict", "committee"] = setting(
        "none", N_("the smallest area that a pair may not cross: none, district, subdistrict or committee")
    )
    mode: Mode = mode("hard", N_("pairs across that border: hard, soft or off"))
    penalty_m: int = metres(500, N_("penalty of a pair across that border, where that is soft"))


class FamilySettings(Section):
    """Pairs of people who live or belong together."""

    mode: Mode = mode("hard", N_("pairs of one household, or of an elder and the emergency contact: hard, soft or off"))
    contact: bool = setting(
        True, N_("the emergency contact counts as family, where name and phone are the volunteer's")
    )
    penalty_m: int = metres(2000, N_("penalty of such a pair, where that is soft"))


class HouseholdSettings(Section):
    """Elders who share a home."""

    mode: Mode = mode(
        "off",
        N_(
            "one volunteer for elders who share a home, their visits in one walk: hard (never two; whom that one can't "
            "take waits), soft (two where that saves more than worth_m) or off (such homes are only listed)"
        ),
    )
    worth_m: int = metres(500, N_("what it is worth, where that is soft, that a home has one volunteer fewer"))
    time_limit_s: float = setting(
        60.0,
        N_("hard or soft: seconds after which the best plan so far is taken, with its gap, 0: no limit"),
        unit="s",
        ge=0,
        le=86_400,
    )


class SexSettings(Section):
    """What elders ask or would like a volunteer's sex to be."""

    mode: Mode = mode(
        "hard", N_("a volunteer of another sex than the elder asks for: hard, soft or off; a preference is never hard")
    )
    penalty_m: int = metres(400, N_("penalty of another sex, where the elder only prefers one or the rule is soft"))


class LanguageSettings(Section):
    """Whether the two can talk to each other."""

    wanted: Mode = mode(
        "hard", N_("a volunteer who speaks none of the languages that the elder asks for: hard, soft or off")
    )
    common: Mode = mode(
        "soft", N_("two with no language in common, as far as their languages are known: hard, soft or off")
    )
    penalty_m: int = metres(500, N_("penalty for breaking either rule, where it is soft"))


class TrainingSettings(Section):
    """What a volunteer must have learnt for some elders."""

    dementia: Mode = mode(
        "hard", N_("an elder with dementia and a volunteer without a course in dementia care: hard, soft or off")
    )
    high_risk: Mode = mode(
        "soft", N_("an elder of high risk and a volunteer without a course in care for them: hard, soft or off")
    )
    penalty_m: int = metres(300, N_("penalty for breaking either rule, where it is soft"))
    dementia_words: tuple[str, ...] = setting(
        (
            *(
                "认知障碍",
                "认知症",
                "失智",
                "痴呆",
                "阿尔茨海默",
                "阿尔兹海默",
                "阿兹海默",
                "认知功能障碍",
                "认知功能下降",
            ),
            *(
                "认知功能减退",
                "认知下降",
                "认知减退",
                "认知损害",
                "认知损伤",
                "认知受损",
                "认知缺损",
                "认知退化",
                "路易体",
            ),
            *("dementia", "cognitive impairment", "cognitive decline", "Alzheimer"),
        ),
        N_("parts of words of an elder's health that tell of dementia"),
    )
    dementia_courses: tuple[str, ...] = setting(
        ("认知", "失智", "痴呆", "dementia"), N_("parts of the names of courses in dementia care")
    )
    high_risk_courses: tuple[str, ...] = setting(
        ("高风险", "高危", "失能", "护理", "high-risk", "high risk", "nursing"),
        N_("parts of the names of courses in care for elders of high risk, who cannot look after themselves"),
    )


class StairsSettings(Section):
    """Floors without a lift against what volunteers can climb."""

    mode: Mode = mode("hard", N_("a home without a lift higher up than the volunteer can climb: hard, soft or off"))
    spare_floors: int = setting(
        0, N_("floors that may be asked of volunteers beyond what they say"), unit=N_("floors"), ge=0, le=120
    )
    penalty_m: int = metres(200, N_("penalty of each floor beyond what the volunteer can climb, where that is soft"))
    climb_m: int = metres(
        20,
        N_("cost of each floor to climb, for volunteers who say how high they can climb"),
        source=RESEARCH,
    )


class AvailabilitySettings(Section):
    """Whether the two are free at the same time, and often enough."""

    mode: Mode = mode("hard", N_("two who can have no contact on any day of the month: hard, soft or off"))
    penalty_m: int = metres(1000, N_("penalty of such a pair, where that is soft"))
    least_visits: Mode = setting(
        "hard", N_("two who have no time for the visits that the elder is to have at least: hard, soft or off")
    )
    silence: Mode = setting(
        "off",
        N_(
            "two whose hours leave the elder longer without a contact than max_gap_days, week after week: hard, soft "
            "or off"
        ),
    )


class MatchSettings(Section):
    """What it costs that two have too little time for what is due, so that a free neighbour is the better choice."""

    missed_contact_m: int = metres(
        200,
        N_("cost of each contact due in the month for which the pair, or a volunteer of so many elders, has no time"),
        source=RESEARCH,
    )
    missed_visit_m: int = metres(60, N_("what it costs more where that is a visit"), source=RESEARCH)
    missed_floor_m: int = metres(
        3000,
        N_("penalty of a pair against least_visits or silence, where these are soft"),
        source=RESEARCH,
    )


class SameSettings(Section):
    """What it is worth, beside the shorter walk, that two live in one place. The worths add up."""

    building_m: int = metres(100, N_("what one building is worth: many pairs share a staircase"), source=PRESS)
    lane_m: int = metres(50, N_("what one lane is worth"), source=PRESS)
    compound_m: int = metres(30, N_("what one compound is worth"))
    committee_m: int = metres(50, N_("what one residents' committee is worth"))


class KeepSettings(Section):
    """What last month's pairs are worth."""

    worth_m: int = metres(1600, N_("metres of walking that keeping a pair is worth"), source=TRIED)
    month_worth_m: int = metres(20, N_("what each further month is worth that a pair has lasted"), source=RESEARCH)
    budget: Annotated[str, BeforeValidator(_convert_number), _BUDGET] = setting(
        "",
        N_(
            "change budget: at most so many of last month's pairs are broken, as a number or as 5%; it comes before "
            "serving as many as possible; empty: no limit"
        ),
    )
    most_changes: Annotated[str, BeforeValidator(_convert_number), Field(pattern=r"^\d{0,2}$", examples=["2", ""])] = (
        setting(
            "",
            N_(
                "most of last month's pairs that are broken, on the margin, so that one elder more is served; empty: "
                "as many as it takes"
            ),
        )
    )
    fewest_broken: bool = setting(
        False, N_("break as few of last month's pairs as can be, whatever the walk; serving as many comes before")
    )
    most_months: int = setting(
        24, N_("months after which a pair's worth no longer rises"), unit=N_("months"), ge=1, le=600
    )
    paused_months: int = setting(
        3,
        N_(
            "for so many months a pair pauses while one of the two is away, and goes on when they are back; then it "
            "has ended; 0: it ends at once"
        ),
        unit=N_("months"),
        ge=0,
        le=600,
    )
    beyond_limit: bool = setting(
        True, N_("a pair of last month may go on even beyond the distance limit"), source=RESEARCH
    )

    @model_validator(mode="after")
    def _check_one_limit_of_changes(self) -> Self:
        """Refuse two limits of changes: a budget comes before the count, the most changes are weighed against it."""
        if self.budget and self.most_changes:
            refuse_contradiction("keep.budget", self.budget, "keep.most_changes", self.most_changes)
        return self

    def compute_most_broken(self, pairs: int) -> int | None:
        """Return how many of so many ``pairs`` may be broken; None: any number."""
        if not self.budget:
            return None
        return int(pairs * Decimal(self.budget[:-1]) / 100) if self.budget.endswith("%") else int(self.budget)


class BackupSettings(Section):
    """A second volunteer for each elder, for when the first is away."""

    planned: bool = setting(
        False,
        N_("plan for each elder with a volunteer a second one, of another household, after the first"),
        source=RESEARCH,
    )
    capacity: int = setting(
        5,
        N_("elders to whom a volunteer may be the second, where the roster gives no backup_capacity"),
        unit=N_("elders"),
        ge=0,
        le=MOST_PLACES,
    )


class AcquaintedSettings(Section):
    """Pairs who know each other already: the rosters say so, or one stood in last month."""

    worth_m: int = metres(
        300,
        N_(
            "what it is worth that two know each other already, or that one was the other's second volunteer last month"
        ),
        source=PRESS,
    )


class InterestsSettings(Section):
    """What two like to do or talk about."""

    worth_m: int = metres(50, N_("what each interest in common is worth"))
    most: int = setting(3, N_("at most so many interests count"), unit="1", ge=1, le=64)


class NeedsSettings(Section):
    """What the elder needs against what the volunteer can do."""

    worth_m: int = metres(100, N_("what each need is worth that the volunteer's skills answer"), source=PRESS)
    most: int = setting(3, N_("at most so many needs count"), unit="1", ge=1, le=64)
    answered_by: dict[str, tuple[str, ...]] = setting(
        {}, N_("needs of your own words, each with the skills that answer it, beside those that the program knows")
    )


class WordsSettings(Section):
    """Words of the rosters: what means the same, nothing, or anything."""

    same: tuple[tuple[str, ...], ...] = setting(
        (), N_("groups of words for one language, interest, need or skill, beside those that the program knows")
    )
    nothing: tuple[str, ...] = setting(
        (), N_("cells that say nothing, as 无, 不详 or n/a do, in words that the program does not know")
    )
    anything: tuple[str, ...] = setting(
        (), N_("cells that say that anything goes, as 不限 or any does, in words that the program does not know")
    )
