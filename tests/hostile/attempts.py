"""Attempts at the program, made up at random: the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.hostile.carry_out import Attempt
from tests.hostile.hostile_queries import make_query
from tests.hostile.spoilt_files import make_files
from tests.hostile.spoilt_results import make_folder, make_sheets
from tests.hostile.spoilt_rosters import make_check, make_ids, make_locate, make_month
from tests.hostile.spoilt_wishes import make_lists, make_programme, make_settings
from tests.hostile.world import World
from tests.hostile.wrong_places import make_places

MAKERS: dict[str, tuple[int, Callable[[Random, World, Path], Attempt]]] = {
    "check": (28, make_check),
    "files": (18, make_files),
    "query": (12, make_query),
    "settings": (10, make_settings),
    "places": (12, make_places),
    "lists": (4, make_lists),
    "folder": (3, make_folder),
    "locate": (8, make_locate),
    "sheets": (2, make_sheets),
    "programme": (6, make_programme),
    "month": (3, make_month),
    "ids": (1, make_ids),
}
"""Share of each kind, and its maker."""


def make_attempt(seed: int, world: World, folder: Path) -> Attempt:
    """Write the inputs of an attempt into an empty folder; return what is to be done there."""
    rng = Random(seed)
    kind = rng.choices(list(MAKERS), [weight for weight, _make in MAKERS.values()])[0]
    attempt = MAKERS[kind][1](rng, world, folder)
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    given = names - {name for name in names if name.split("/")[0] in {"old", "ledger.sqlite", "plan.toml", "notes.csv"}}
    secrets = dict(world.secrets)
    for level, values in attempt.secrets.items():
        secrets[level] = secrets.get(level, frozenset()) | values
    return Attempt(kind, attempt.commands, attempt.rows, attempt.people, secrets, frozenset(given))
