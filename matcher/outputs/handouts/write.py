"""A month's hand-outs as a folder: a workbook and a page to print for each team, and for each coordinator.

The folder and its files are readable by their owner alone; Windows knows no such permissions, there they are those of
the folder above. ``manifest.json`` says from which visits and pairs the hand-outs were made, and what they looked like
when they were written: sheets that were filled in since are never replaced.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from matcher.errors import UsageError
from matcher.evidence import find_hash
from matcher.i18n import _, language
from matcher.outputs.filenames import make_file_names
from matcher.outputs.folder import RunFolder
from matcher.outputs.handouts import coordinator_page, elder_card, leader_page, volunteer_sheet
from matcher.outputs.handouts.month import Group, HandoutMonth
from matcher.outputs.handouts.page import write_page
from matcher.outputs.handouts.rows import Sheet
from matcher.outputs.handouts.workbook import make_template
from matcher.outputs.source_sheets import name_sheets
from matcher.programme import Programme

MANIFEST = "manifest.json"
GRIDS = (volunteer_sheet.GRID, leader_page.GRID, elder_card.GRID, coordinator_page.GRID)
_ENDINGS = (".xlsx", ".html")
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Written:
    """A folder of hand-outs: of which month, and how many papers it holds."""

    folder: Path
    month: str
    groups: int
    volunteers: int
    cards: int


def write_handouts(
    out: Path,
    month: HandoutMonth,
    programme: Programme,
    made_from: Mapping[str, Path],
    *,
    force: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> Written:
    """Write a month's hand-outs, whole or not at all.

    Args:
        out: The folder to be.
        month: What they tell.
        programme: What the programme says on them.
        made_from: The files of the run folder that they are made from, by kind: the manifest keeps their SHA-256.
        force: Replace hand-outs that nobody has filled in.
        on_progress: Called with how many volunteers' sheets are done, and of how many.

    Raises:
        UsageError: the folder can't be written, or is not to be replaced; a text finds no room.
    """
    with open_handouts(out, made_from, force=force) as folder:
        total = sum(len(group.volunteers) for group in month.groups)
        done, cards = 0, 0
        files: dict[str, str] = {}
        for name, sheets in make_coordinator_sheets(month, programme):
            files |= _write_sheets(folder.path, name, sheets)
        for group, name in _name_groups(month).items():
            sheets = make_sheets(month, programme, group)
            files |= _write_sheets(folder.path, name, sheets)
            done += len(group.volunteers)
            cards += sum(len(month.pairs_of.get(volunteer, ())) for volunteer in group.volunteers)
            if on_progress:
                on_progress(done, total)
        folder.write_json(MANIFEST, _make_manifest(month, made_from, files))
        return Written(folder.publish(), f"{month.horizon.start:%Y-%m}", len(month.groups), total, cards)


def open_handouts(out: Path, made_from: Mapping[str, Path], *, force: bool) -> RunFolder:
    """Return the folder to write to, refused where hand-outs stand there that are not to be replaced.

    Raises:
        UsageError: there are hand-outs and ``force`` is not given, some were filled in since, or it can't be written.
    """
    earlier = read_manifest(out)
    names: set[str] = {MANIFEST}
    if earlier is not None:
        if not force:
            raise UsageError(_explain_standing(out, earlier, made_from))
        if changed := _find_changed(out, earlier):
            text = _(
                "{path} holds sheets that were changed after they were written ({names}): read them with "
                "old-partners record, then move them, or choose another folder with --out"
            )
            raise UsageError(text.format(path=out, names=", ".join(changed[:3])))
        names |= set(map(glob.escape, earlier["files"]))
    return RunFolder(out, force=force, files=names, inputs=tuple(made_from.values()), private=True)


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of a folder of hand-outs; None where it holds none."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) and {"files", "made_from", "written_at"} <= manifest.keys() else None


def is_outdated(manifest: Mapping[str, Any], made_from: Mapping[str, Path]) -> bool:
    """Return whether hand-outs were made from other visits or pairs than those that stand now."""
    return any(manifest["made_from"].get(path.name) != _hash(path) for path in made_from.values() if path.is_file())


def _explain_standing(out: Path, manifest: Mapping[str, Any], made_from: Mapping[str, Path]) -> str:
    """Return what to do about hand-outs that are there."""
    if is_outdated(manifest, made_from):
        text = _(
            "{path} holds hand-outs of {day}, made before visits.csv or pairs.csv changed: write them anew with "
            "--force, and take the old sheets back from those concerned"
        )
    else:
        text = _("{path} holds the hand-outs of this plan already, of {day}; --force writes them anew")
    return text.format(path=out, day=str(manifest["written_at"])[:10])


def _find_changed(out: Path, manifest: Mapping[str, Any]) -> list[str]:
    """Return the hand-outs that are there and no longer as they were written."""
    files = manifest["files"].items()
    return [name for name, sha256 in files if (out / name).is_file() and _hash(out / name) != sha256]


def _name_groups(month: HandoutMonth) -> dict[Group, str]:
    """Return the file of each group, without ending: in a folder a subdistrict where there are several."""
    return dict(zip(month.groups, _name_files(month, [(g.area, g.name) for g in month.groups]), strict=True))


def _name_files(month: HandoutMonth, wanted: Sequence[tuple[tuple[str, str], str]]) -> list[str]:
    """Return file names that stay apart on any system, for names within areas."""
    area_of = _name_area_folders(month)
    names = make_file_names(list(dict.fromkeys(name or _("volunteers") for _area, name in wanted)))
    return [f"{area_of[area]}{names[name or _('volunteers')]}" for area, name in wanted]


def _name_area_folders(month: HandoutMonth) -> dict[tuple[str, str], str]:
    """Return the folder of each subdistrict, with its slash; none where there is only one."""
    if len(month.areas) == 1:
        return {month.areas[0]: ""}
    shown = {area: " ".join(filter(None, area)) or _("no subdistrict") for area in month.areas}
    names = make_file_names(list(shown.values()))
    return {area: f"{names[name]}/" for area, name in shown.items()}


def make_coordinator_sheets(month: HandoutMonth, programme: Programme) -> list[tuple[str, list[Sheet]]]:
    """Return the file and the sheet of each coordinator."""
    title = _("coordinator")
    files = _name_files(month, [(area, f"0 {title}") for area in month.areas])
    pages = (coordinator_page.make_coordinator_page(month, programme, area, title) for area in month.areas)
    return [(file, [page]) for file, page in zip(files, pages, strict=True)]


def make_sheets(month: HandoutMonth, programme: Programme, group: Group) -> list[Sheet]:
    """Return the sheets of a group: the leader's, each volunteer's, the elders' cards."""
    people = [month.people.name_volunteer(volunteer) for volunteer in group.volunteers]
    names = name_sheets([_("Team leader"), *people, _("Elders' cards")])
    sheets = [leader_page.make_leader_page(month, programme, group, names[0])]
    sheets += [
        volunteer_sheet.make_volunteer_sheet(month, programme, volunteer, name)
        for volunteer, name in zip(group.volunteers, names[1:-1], strict=True)
    ]
    cards = elder_card.make_elder_cards(month, programme, group, names[-1])
    return sheets if cards is None else [*sheets, cards]


def _write_sheets(folder: Path, name: str, sheets: Sequence[Sheet]) -> dict[str, str]:
    """Write sheets as a workbook and as a page; return their SHA-256 by name."""
    title = f"{Path(name).name} · {sheets[0].title}"
    contents = (make_template(language(), GRIDS).write(sheets), write_page(title, sheets))
    found = {}
    for ending, content in zip(_ENDINGS, contents, strict=True):
        path = folder / f"{name}{ending}"
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        found[f"{name}{ending}"] = hashlib.sha256(content).hexdigest()
    return found


def _make_manifest(month: HandoutMonth, made_from: Mapping[str, Path], files: Mapping[str, str]) -> dict[str, Any]:
    return {
        "month": f"{month.horizon.start:%Y-%m}",
        "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "made_from": {path.name: find_hash(path) for path in made_from.values()},
        "names": month.names,
        "by": month.by,
        "lang": language(),
        "files": dict(files),
    }


def _hash(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return found.hexdigest()
