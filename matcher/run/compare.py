"""Two run folders side by side, what they were made from, and what each change of that does, solved in between."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from matcher.analysis.compare import Comparison, compare, tabulate_figures
from matcher.analysis.compared_plan import TABLES, ComparedPlan
from matcher.analysis.run_tables import read_frames, read_json
from matcher.errors import InputError, UsageError
from matcher.horizon import Horizon
from matcher.i18n import _, join_words
from matcher.matching.match import match_as_far_as_possible
from matcher.plan import Plan
from matcher.roster.source import READ_IN_FOLDERS, Sheet, Source
from matcher.run.held import note_version, read_manifest, read_run_settings
from matcher.run.inputs import Inputs, read_inputs, stop_at
from matcher.settings import Settings
from matcher.settings.load import list_by_path

ROSTERS = ("elders", "volunteers")
LISTS = ("previous", "pins", "never", "previous_visits", "records")
PARTS = ("rosters", "lists", "settings")
"""Causes of a plan, in the order in which one run's is put in the place of the other's."""
BY_HAND_A, BY_HAND_B = "by_hand_a", "by_hand_b"
"""Steps from a folder's pairs to what matching gives, and back: somebody changed them, or another version made them."""
_MATCHING = ("match", "run")


@dataclass(frozen=True, slots=True)
class InputDifference:
    """A part of what two runs were made from that is not the same; an empty text: there is none.

    Attributes:
        kind: ``month``, ``settings``, ``inputs``, ``options`` or ``version``.
        name: The path of the setting, or the part.
        a: What the first run has.
        b: What the second has.
    """

    kind: str
    name: str
    a: str
    b: str


@dataclass(frozen=True, slots=True, eq=False)
class Attribution:
    """Effects of each change: the plans between the two runs, each the best one, solved anew.

    Attributes:
        steps: What is put in the place of the first run's at each step, one or several of ``PARTS``, or ``BY_HAND_A``,
            ``BY_HAND_B``.
        figures: By figure, how much more it is after each step, a column a step; a row sums to the figure's difference.
    """

    steps: tuple[tuple[str, ...], ...]
    figures: pd.DataFrame


@dataclass(frozen=True, slots=True, eq=False)
class ComparedRuns:
    """Two run folders side by side.

    Attributes:
        comparison: The differences between their plans.
        inputs: What they were made from that is not the same.
        attribution: What each change does; None where that is not known.
        unattributed: Why it is not known; empty where nobody asked.
        notes: What is to be said before any answer.
        months: The months, ``2026-12``.
        files: What was read: it is never written over.
    """

    comparison: Comparison
    inputs: tuple[InputDifference, ...]
    attribution: Attribution | None
    unattributed: str
    notes: tuple[str, ...]
    months: tuple[str, str]
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _OpenedRun:
    """A run folder, its plan as its tables hold it, and the inputs that were found."""

    folder: Path
    manifest: Mapping[str, Any]
    plan: ComparedPlan
    inputs: Inputs | None
    """None where the rosters were not found."""
    missing: tuple[str, ...]
    """Inputs that were not found."""

    @property
    def horizon(self) -> Horizon:
        """Return the month."""
        return Horizon.of_month(self.manifest["options"]["month"])

    @property
    def sets_aside(self) -> bool:
        """Return whether rows at fault were left out."""
        return bool(self.manifest["options"].get("set_aside"))

    def list_hashes(self, names: Iterable[str]) -> list[tuple[str, str]]:
        """Return name and hash of what the run was made from, of the given parts."""
        inputs = self.manifest["inputs"]
        return sorted((name, str(one.get("sha256"))) for name in names for one in inputs.get(name, ()))


def compare_runs(a: Path, b: Path, folders: Sequence[Path] = ()) -> ComparedRuns:
    """Return two run folders side by side.

    Args:
        a: The first run folder.
        b: The second.
        folders: Folders that hold what they were made from: files are found by their SHA-256. With none, nothing is
            solved in between.

    Raises:
        UsageError: a folder is no run folder.
        InputError: a file can't be read, or rows of it are at fault.
    """
    hashes = _hash_files([*folders, a, b]) if folders else {}
    runs = tuple(_open(folder, hashes) for folder in (a, b))
    plans, attribution, unattributed = [run.plan for run in runs], None, ""
    if folders:
        solver = _Solver(*runs)
        unattributed = solver.find_obstacle()
        if not unattributed:
            try:
                plans, attribution = solver.attribute()
            except InputError as error:
                unattributed = _("what they were made from can't be read any more: {problem}").format(problem=error)
        plans = [plan if plan.roster else solver.add_roster(run) for plan, run in zip(plans, runs, strict=True)]
    notes = [
        f"{run.folder}: {note}"
        for run in runs
        for note in (*note_version(run.manifest), *run.plan.notes, *_note_missing(run))
    ]
    first, second = runs
    return ComparedRuns(
        compare(*plans),
        tuple(_list_differences(first, second)),
        attribution,
        unattributed,
        tuple(dict.fromkeys(notes)),
        (first.manifest["options"]["month"], second.manifest["options"]["month"]),
        tuple(path for folder in (a, b) for path in folder.iterdir()),
    )


def _open(folder: Path, hashes: Mapping[str, list[Path]]) -> _OpenedRun:
    """Return a run folder with those of its inputs that are among files by hash."""
    manifest = read_manifest(folder)
    plan = ComparedPlan.of_tables(read_frames(folder, list(TABLES)), read_json(folder, "summary"))
    inputs, missing = _find_inputs(manifest, hashes)
    return _OpenedRun(folder, manifest, plan, inputs, missing)


def _note_missing(run: _OpenedRun) -> list[str]:
    """Return what to say of files that the folder lacks."""
    names = [f"{kind}.csv" for kind in ("unmatched", "capacity", "areas")] + ["summary.json"]
    lacking = [name for name in names if not (run.folder / name).is_file()]
    if not lacking:
        return []
    text = _("{files} is missing: what it tells is not compared; to have it, make the plan again")
    return [text.format(files=join_words(lacking))]


# what they were made from


def _list_differences(a: _OpenedRun, b: _OpenedRun) -> Iterable[InputDifference]:
    """Yield what two runs were made from that is not the same."""
    one, other = a.manifest, b.manifest
    for name in ("month", "set_aside"):
        told = [_write(manifest["options"].get(name)) for manifest in (one, other)]
        if told[0] != told[1]:
            yield InputDifference("month" if name == "month" else "options", name, *told)
    settings = [list_by_path(manifest["settings"]) for manifest in (one, other)]
    for path in dict.fromkeys([*settings[0], *settings[1]]):
        values = [_write(some.get(path)) for some in settings]
        if values[0] != values[1]:
            yield InputDifference("settings", path, *values)
    for part in dict.fromkeys([*one["inputs"], *other["inputs"]]):
        if part != "settings" and a.list_hashes([part]) != b.list_hashes([part]):
            files = [
                ", ".join(str(entry.get("file", "?")) for entry in m["inputs"].get(part, ())) for m in (one, other)
            ]
            yield InputDifference("inputs", part, *files)
    versions = [str(dict(manifest.get("versions", {})).get("matcher", "?")) for manifest in (one, other)]
    if versions[0] != versions[1]:
        yield InputDifference("version", "version", *versions)


def _write(value: object) -> str:
    """Return a setting as the settings file has it."""
    return "" if value is None else json.dumps(value, ensure_ascii=False)


# the inputs, found by their hashes


def _hash_files(folders: Iterable[Path]) -> dict[str, list[Path]]:
    """Return the files that can be inputs below some folders, by the SHA-256 of their bytes.

    Raises:
        UsageError: a folder is none.
    """
    found: dict[str, list[Path]] = {}
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(_("{path} is no folder").format(path=folder))
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() in READ_IN_FOLDERS and path.is_file():
                with suppress(OSError), path.open("rb") as file:  # what is gone since is none of the inputs
                    found.setdefault(hashlib.file_digest(file, "sha256").hexdigest(), []).append(path)
    return found


def _find_inputs(
    manifest: Mapping[str, Any], hashes: Mapping[str, list[Path]]
) -> tuple[Inputs | None, tuple[str, ...]]:
    """Return a run's rosters and lists, None where a roster was not found, and the names of what was not found."""
    told, missing = manifest["inputs"], []
    sources: dict[str, list[Source]] = {part: [] for part in ROSTERS}
    lists: dict[str, Any] = {}
    for part in (*ROSTERS, *LISTS):
        for entry in told.get(part, ()):
            paths = hashes.get(str(entry.get("sha256")), [])
            if not paths:
                missing.append(str(entry.get("file", "?")))
            elif part in ROSTERS:
                sheet = str(entry.get("file", "")).rpartition("#")
                sources[part].append(Sheet(paths[0], sheet[2]) if sheet[1] else paths[0])
            else:
                lists[part] = _choose(paths, told, part)
    if any(len(sources[part]) != len(told.get(part, ())) or not sources[part] for part in ROSTERS):
        return None, tuple(missing)
    inputs = Inputs(tuple(sources["elders"]), tuple(sources["volunteers"]), **lists)
    for part, path in inputs.beside().items():
        if {str(entry.get("sha256")) for entry in told.get(part, ())} != {_hash(path)}:
            missing.append(path.name)
    missing += [
        str(entry["file"])
        for part in told
        if part.startswith("previous_") and part not in (*LISTS, *inputs.beside())
        for entry in told[part]
    ]
    return inputs, tuple(missing)


def _choose(paths: Sequence[Path], told: Mapping[str, Any], part: str) -> Path:
    """Return that file of the same bytes which lies beside what else the run was made from."""
    if part != "previous":
        return paths[0]
    known = {str(entry.get("sha256")) for name in told if name.startswith("previous_") for entry in told[name]}

    def count(path: Path) -> int:
        beside = Inputs((), (), previous=path).beside()
        return sum(1 if _hash(one) in known else -1 for one in beside.values())

    return max(paths, key=count)


def _hash(path: Path) -> str:
    """Return a file's SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# what each change does


class _Solver:
    """The plans of two runs, and those between them."""

    def __init__(self, a: _OpenedRun, b: _OpenedRun) -> None:
        self.runs = a, b
        self.rosters: dict[Path, ComparedPlan] = {}

    def find_obstacle(self) -> str:
        """Return why the plans in between can't be solved; empty where they can."""
        for run in self.runs:
            command, told = run.manifest.get("command"), run.manifest["inputs"]
            beyond = [
                part for part in told if part not in (*ROSTERS, *LISTS, "settings") and not part.startswith("previous_")
            ]
            if command not in _MATCHING or beyond:
                text = _("the pairs of {path} are not as matching gave them: another command, or a file, changed them")
                return text.format(path=run.folder)
            if run.missing:
                text = _("{files} of {path} was not found in the folders given with --inputs, unchanged since then")
                return text.format(files=join_words(run.missing), path=run.folder)
            try:
                read_run_settings(run.folder, run.manifest)
            except UsageError as error:
                return str(error)
        return ""

    def add_roster(self, run: _OpenedRun) -> ComparedPlan:
        """Return a run's plan with its roster, where that was found and can be read."""
        if run.inputs is None:
            return run.plan
        try:
            settings = read_run_settings(run.folder, run.manifest)
            loaded = read_inputs(run.inputs, settings, run.horizon, pins_too=False)
        except (InputError, UsageError):
            return run.plan
        return replace(run.plan, roster=loaded.month.roster)

    def attribute(self) -> tuple[list[ComparedPlan], Attribution]:
        """Return the plans of both runs, and what each change between them does.

        Raises:
            InputError: what one of the runs was made from can't be read.
        """
        steps: list[tuple[str, ...]] = []
        plans = [ComparedPlan.of(self._solve(frozenset()))]
        waiting: tuple[str, ...] = ()
        changed = [part for part in PARTS if self._differs(part)]
        for i, part in enumerate(changed, start=1):
            waiting = (*waiting, part)
            try:
                plan = ComparedPlan.of(self._solve(frozenset(changed[:i])))
            except InputError:
                if i == len(changed):
                    raise
                continue  # one run's lists do not fit the other's people: both are put in place at once
            plans.append(plan)
            steps.append(waiting)
            waiting = ()
        ends = [
            run.plan if not _is_same(run.plan, plan) else plan
            for run, plan in zip(self.runs, (plans[0], plans[-1]), strict=True)
        ]
        if ends[0] is not plans[0]:
            ends[0] = replace(ends[0], roster=plans[0].roster)
            plans.insert(0, ends[0])
            steps.insert(0, (BY_HAND_A,))
        if ends[1] is not plans[-1]:
            ends[1] = replace(ends[1], roster=plans[-1].roster)
            plans.append(ends[1])
            steps.append((BY_HAND_B,))
        return ends, Attribution(tuple(steps), tabulate_figures(plans).diff(axis=1).iloc[:, 1:])

    def _differs(self, part: str) -> bool:
        """Return whether a part of what the two runs follow from is another."""
        a, b = self.runs
        if part == "settings":
            return bool(a.manifest["settings"] != b.manifest["settings"])
        if part == "rosters":
            return a.list_hashes(ROSTERS) != b.list_hashes(ROSTERS)
        names = [name for run in self.runs for name in run.manifest["inputs"] if name not in (*ROSTERS, "settings")]
        return a.horizon != b.horizon or a.list_hashes(set(names)) != b.list_hashes(set(names))

    def _solve(self, later: frozenset[str]) -> Plan:
        """Return the best plan of the first run's inputs with the given parts of the second's.

        Raises:
            InputError: they do not go together.
        """
        a, b = self.runs
        assert a.inputs is not None
        assert b.inputs is not None
        of = {part: b if part in later else a for part in PARTS}
        lists, rosters = of["lists"].inputs, of["rosters"].inputs
        assert lists is not None
        assert rosters is not None
        inputs = replace(lists, elders=rosters.elders, volunteers=rosters.volunteers)
        settings: Settings = read_run_settings(of["settings"].folder, of["settings"].manifest)
        loaded = read_inputs(inputs, settings, of["lists"].horizon)
        stop_at(loaded.issues, set_aside=of["rosters"].sets_aside)
        return match_as_far_as_possible(loaded.month)


def _is_same(table: ComparedPlan, solved: ComparedPlan) -> bool:
    """Return whether a folder holds the pairs that matching gives, at the same costs."""
    same = len(table.pairs) == len(solved.pairs) and table.pairs["volunteer"].sort_index().equals(
        solved.pairs["volunteer"].sort_index()
    )
    return bool(same and table.figures["cost_m"] == solved.figures["cost_m"])
