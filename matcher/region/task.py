"""The task of one city: paths in, a few kilobytes out. It runs on a worker, alone in its process.

It raises nothing: Dask would write an error, with all that its text tells of people, into the worker's log. It may be
run again at any time: what stands whole is not made again.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from matcher.compile_ahead import compile_once
from matcher.errors import InputError, OldPartnersError
from matcher.evidence import gather_evidence
from matcher.i18n import _, in_language
from matcher.messages import Issue
from matcher.outputs.folder import write_file
from matcher.outputs.tables import make_issues_frame
from matcher.publishing import WholeFile
from matcher.region.figures import Figures, count_city
from matcher.region.fingerprint import take_fingerprint
from matcher.run import RunRequest, run

Outcome = Literal["planned", "unchanged", "failed"]
INTERNAL = 1
_LONGEST = 2000
"""Characters of a reason."""


@dataclass(frozen=True, slots=True)
class CityOrder:
    """Order for one city: what ``run`` is asked, and where its figures are kept.

    Its text, which Dask may log, names the city alone.
    """

    name: str
    request: RunRequest = field(repr=False)
    lang: str = field(repr=False)
    record: Path = field(repr=False)
    """The file of its figures, and of what they follow from."""
    faults: Path = field(repr=False)
    """The file of its inputs' faults, where it fails by them."""
    need_bytes: int = 0
    """Memory that it is likely to take."""


@dataclass(frozen=True, slots=True)
class CityResult:
    """Outcome of a city."""

    name: str
    outcome: Outcome
    exit_code: int = 0
    reason: str = field(default="", repr=False)
    """Why it failed, in the language in use."""
    figures: Figures = field(default_factory=dict, repr=False)
    seconds: float = 0.0
    peak_bytes: int = 0
    """The most memory that the process held so far."""


def plan_city(order: CityOrder) -> tuple[CityResult, ...]:
    """Plan a city's month and publish its folder, unless it stands already, made from the same; raise nothing."""
    return guard((order,), lambda: (_plan(order),))


def hash_city(order: CityOrder) -> str:
    """Return a hash of all that a city is planned from; nothing where that can't be read: raise nothing."""
    with in_language(order.lang), suppress(OldPartnersError, OSError, ValueError):
        return take_fingerprint(order.request, order.lang)
    return ""


def guard(orders: Sequence[CityOrder], act: Callable[[], tuple[CityResult, ...]]) -> tuple[CityResult, ...]:
    """Return what an act makes of some cities, its errors as results that failed."""
    with in_language(orders[0].lang), gather_evidence():
        try:
            return act()
        except InputError as error:
            code, reason = error.exit_code, _write_faults(orders[0].faults, error.issues) or str(error)
        except OldPartnersError as error:
            code, reason = error.exit_code, str(error)
        except Exception as error:
            # its text may tell of people: its kind is all that leaves here
            code, reason = INTERNAL, _("the program itself failed ({kind}), sorry").format(kind=type(error).__name__)
        return tuple(CityResult(order.name, "failed", code, reason[:_LONGEST]) for order in orders)


def _plan(order: CityOrder) -> CityResult:
    """Plan a city, or find that it stands."""
    begun = time.monotonic()
    fingerprint = hash_city(order)  # what can't be read ``run`` says, with all other faults
    known = read_record(order.record, order.request.out, fingerprint)
    if known is not None:
        return CityResult(order.name, "unchanged", _find_exit_code(known), figures=known)
    compile_once()
    done = run(order.request)
    month = done.month
    everybody = np.ones(month.n_elders, dtype=bool), np.ones(month.n_volunteers, dtype=bool)
    figures = count_city(done.plan, done.schedule, *everybody)
    figures |= {"proof": done.summary["proof"], "exit_code": done.exit_code}
    write_record(order.record, order.request.out, fingerprint, figures)
    order.faults.unlink(missing_ok=True)
    seconds = time.monotonic() - begun
    return CityResult(order.name, "planned", done.exit_code, "", figures, round(seconds, 3), measure_peak())


def read_record(record: Path, folder: Path, fingerprint: str) -> dict[str, Any] | None:
    """Return a city's figures where its folder stands as it was made from the same; None else.

    An empty fingerprint, of what could not be read, is no other's equal.
    """
    try:
        known = json.loads(record.read_text("utf-8"))
        if fingerprint and known["fingerprint"] == fingerprint and known["manifest"] == _hash(folder / "manifest.json"):
            return dict(known["figures"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # nothing stands, or nobody knows what
    return None


def write_record(record: Path, folder: Path, fingerprint: str, figures: Figures) -> None:
    """Keep a city's figures with what they follow from."""
    told = {"fingerprint": fingerprint, "manifest": _hash(folder / "manifest.json"), "figures": dict(figures)}
    write_json(record, told)


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write a value as a JSON file, whole or not at all: keys sorted, no NaN, UTF-8."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2, sort_keys=True)
    with WholeFile(path) as file:
        file.path.write_text(text + "\n", encoding="utf-8", newline="")
        file.publish()


def measure_peak() -> int:
    """Return the most memory that this process held so far, bytes; 0 where the system does not tell."""
    peak = 0
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - not there on Windows

        in_kib = sys.platform != "darwin"
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1024 if in_kib else 1)
    return peak


def _write_faults(path: Path, issues: tuple[Issue, ...]) -> str:
    """Write all faults of a city's inputs; return the first of them, and where the others are."""
    try:
        write_file(path, make_issues_frame(issues), "issues")
    except OldPartnersError:
        return ""
    first = next((issue for issue in issues if issue.severity == "error"), issues[0])
    count = sum(issue.severity == "error" for issue in issues)
    text = f"{first.locate()}{first.message()}"
    return _("{fault} ({count} errors in {path})").format(
        fault=text, count=count, path=f"{path.parent.name}/{path.name}"
    )


def _find_exit_code(figures: Figures) -> int:
    return int(figures.get("exit_code", 0))


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
