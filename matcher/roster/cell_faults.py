"""What a cell can be at fault for, and what its column is read for, so that a cell may be left aside.

A cell that is not understood is never guessed. Where it says who somebody is, or where, or where a hard rule that
protects somebody reads it, the row waits for an answer. Any other cell is unused, with a warning that says what now
reads nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from matcher.i18n import N_
from matcher.settings import Settings

ROSTERS = frozenset({"elders", "volunteers"})


class CellFaultError(ValueError):
    """A cell is not what its column asks for: the code of the issue, and what fills its sentences.

    ``kept`` is what the cell is read as nevertheless, where the issue is only a warning.
    """

    def __init__(self, code: str, kept: Any = None, **params: object) -> None:  # noqa: ANN401 - a cell may be anything
        self.code = code
        self.kept = kept
        self.params = params
        super().__init__(code)


class Use(NamedTuple):
    """What a column is read for: what is missing without it, and when a cell that is not understood must be mended."""

    missing: str
    is_needed: Callable[[Settings], bool] = lambda _settings: False


def _always(_settings: Settings) -> bool:
    return True


_TIMES = Use(N_("the times are not known"), _always)
_ABSENCE = Use(N_("it is not known who takes part"), _always)
_EXPIRY = N_("it is not told when this expires")
_STAIRS = N_("no stairs are counted")
USES: dict[str, Use] = {
    "id": Use("", _always),
    "name": Use("", _always),
    **dict.fromkeys(
        ("district", "subdistrict", "committee", "compound", "address", "registered_address"), Use("", _always)
    ),
    "lng": Use(N_("the home is placed by its address")),
    "lat": Use(N_("the home is placed by its address")),
    "wanted_sex": Use(N_("the elder's wish is not followed"), lambda asked: asked.sex.mode == "hard"),
    "wanted_languages": Use(N_("the elder's wish is not followed"), lambda asked: asked.language.wanted == "hard"),
    "health": Use(N_("the rule on dementia reads nothing"), lambda asked: asked.training.dementia == "hard"),
    "max_walk_m": Use(N_("no limit is kept"), lambda asked: asked.distance.own_limit == "hard"),
    "max_floor": Use(N_("no limit is kept"), lambda asked: asked.stairs.mode == "hard"),
    "availability": _TIMES,
    "days_off": _TIMES,
    "left": _ABSENCE,
    "status": _ABSENCE,
    "joined": Use(N_("the person counts as being on the programme already")),
    "consent": Use(N_("the elder does not count as having consented")),
    "floor": Use(_STAIRS),
    "lift": Use(_STAIRS),
    "training": Use(N_("no course is counted")),
    "training_expires": Use(_EXPIRY),
    "health_check_expires": Use(_EXPIRY),
    "background_check_expires": Use(_EXPIRY),
    "self_care": Use(N_("the elder does not count as of high risk"), lambda asked: asked.training.high_risk == "hard"),
    "risk": Use(N_("the elder does not count as of high risk"), lambda asked: asked.training.high_risk == "hard"),
    "living": Use(N_("no rule reads it")),
    "sex": Use(N_("the person counts as of unknown sex")),
    "birth_date": Use(N_("the age is not known")),
    "age": Use(N_("the age is not known")),
    "area": Use(N_("the home counts as urban")),
    "role": Use(N_("the person counts as a member, no leader")),
    "capacity": Use("", _always),
    "minutes_per_month": Use(N_("the number that the settings give holds")),
    "backup_capacity": Use(N_("the number that the settings give holds")),
    "contacts_per_week": Use(N_("contacts are as often as the settings say")),
    "visits_per_week": Use(N_("contacts are as often as the settings say")),
    "visits_per_month": Use(N_("contacts are as often as the settings say")),
    "waiting_since": Use(N_("the elder counts as waiting since joining")),
    "paired_since": Use(N_("the pair counts as one month old")),
}
"""What columns of the rosters are read for; any other is read for nothing that pairs depend on."""
NO_USE = Use(N_("nothing else reads it"))


def find_use(kind: str, name: str) -> Use:
    """Return what a column of a kind of file is read for; of files that are no rosters every cell is needed."""
    return USES.get(name, NO_USE) if kind in ROSTERS else Use("", _always)
