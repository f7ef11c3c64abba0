"""Another user, who may read all and write nowhere: one sentence, exit 2, and all stands as it stood."""

from __future__ import annotations

import tempfile
from contextlib import chdir
from pathlib import Path

from tests.hostile.carry_out import look_at
from tests.hostile.children import give_in_child
from tests.hostile.world import World
from tests.hostile.writers import give, prepare

_READ_ONLY = {True: 0o555, False: 0o444}


def refuse_to_write(name: str, world: World, place: Path) -> int:
    """Give a command to another user where it wrote before, and where it never wrote; return how often."""
    place.mkdir(exist_ok=True)
    prepare(world, place)
    for folder in place.parents:
        if Path(tempfile.gettempdir()).resolve() in folder.parents:  # so that another user comes so far
            folder.chmod(folder.stat().st_mode | 0o055)
    _let_read(place)
    with chdir(place):
        new = give_in_child(name, world, "nobody")
        _let_write(place)
        done = give(name, world, lang="zh")
        _let_read(place)
        before = look_at(place)
        again = give_in_child(name, world, "nobody")
        assert look_at(place) == before
    _let_write(place)
    for code, said in (new, again):
        assert code == 2, (done, code, said)
        assert "not yours to write to" in said, said
        assert "Traceback" not in said
    return 2


def _let_read(place: Path) -> None:
    for path in (place, *place.rglob("*")):
        path.chmod(_READ_ONLY[path.is_dir()])


def _let_write(place: Path) -> None:
    for path in (place, *place.rglob("*")):
        path.chmod(_READ_ONLY[path.is_dir()] | 0o200)
