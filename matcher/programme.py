"""A programme folder: where its rosters, lists, months, hand-outs and records lie, and what its papers say.

``programme.toml`` in the folder describes it. A command that is called inside the folder takes its inputs from there.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError

from matcher.database import is_database, locate
from matcher.errors import InputError
from matcher.i18n import LANGUAGES, N_, _, in_language, language
from matcher.messages import Issue
from matcher.programme_root import FILE, find_root
from matcher.settings.load import describe_type, read_toml, shorten

INSTRUCTIONS = (
    N_("Ring before you go. Show your badge at the door."),
    N_("Take no money and no presents. Buy, sell and recommend nothing."),
    N_("Nobody opens? Knock, ring, ask the neighbours, then call the office. In danger call 120 or 110 first."),
    N_("Write down each visit and each call on the same day, and sign the sheet at the month's end."),
)
"""What the box of instructions on a volunteer's sheet says, unless the programme says otherwise."""
KEEP = N_(
    "This sheet holds particulars of people who live alone. Keep it where nobody else reads it, take no picture of it, "
    "and give it back at the month's end to be destroyed."
)
"""How a sheet is to be kept and destroyed."""
MESSAGE = N_(
    "{volunteer}, this is {programme}: your contacts in {month}.\n"
    "{contacts}\n"
    "{changes}\n"
    "Addresses and telephone numbers are on your sheet alone; please pass nothing on in chats.\n"
    "Can't you go? Please call {telephone}."
)
"""A volunteer's message; a line whose fields are all empty is left out."""
MESSAGE_FIELDS = ("volunteer", "programme", "month", "contacts", "changes", "telephone")


KEPT = "-handed-out-"
"""Part of the name of a plan that is kept as it was handed out; the day stands behind it."""
_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class HandedOut:
    """A month that was handed out.

    Attributes:
        day: When, ``2026-12-28``; ``?`` where the manifest of the hand-outs does not say.
        stands: Whether the month's plan is still the one that was handed out.
    """

    day: str
    stands: bool


def _make_list(value: object) -> object:
    """Return one text as a list of it."""
    return [value] if isinstance(value, str) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_make_list)]


class _Part(BaseModel):
    """A table of ``programme.toml``; the description of a field is the comment that ``init`` writes above it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ProgrammeFiles(_Part):
    """The places of a programme's inputs: paths from its folder, or addresses of databases."""

    elders: Texts = Field(
        (),
        description=N_("roster of elders: a file, a folder, book.xlsx#Sheet, several in [ ], or a database's address"),
    )
    elders_query: str = Field("", description=N_("what to ask that database: one SELECT"))
    volunteers: Texts = Field((), description=N_("roster of volunteers, likewise"))
    volunteers_query: str = Field("", description=N_("what to ask that database: one SELECT"))
    pins: str = Field("", description=N_("pairs that have to be"))
    never: str = Field("", description=N_("pairs that must not be"))
    settings: str = Field("", description=N_("the settings file"))
    holidays: str = Field("", description=N_("the file of holidays, where the built-in calendar does not do"))
    previous: str = Field("", description=N_("for the first month: the pairs as they stood before"))


class Handouts(_Part):
    """The texts of hand-outs."""

    instructions: Texts = Field(
        default_factory=lambda: tuple(_(text) for text in INSTRUCTIONS),
        description=N_("the box of instructions on each volunteer's sheet, a line each"),
    )
    keep: str = Field(
        default_factory=lambda: _(KEEP), description=N_("on each page: how to keep the sheet and when to destroy it")
    )


class Messages(_Part):
    """The texts of short messages."""

    volunteer: str = Field(
        default_factory=lambda: _(MESSAGE),
        description=N_(
            "a volunteer's message for WeChat or SMS. It may name {volunteer}, {programme}, {month}, {contacts}, "
            "{changes} and {telephone}; a line whose names are all empty is left out"
        ),
    )

    @field_validator("volunteer")
    @classmethod
    def _check_fields(cls, template: str) -> str:
        """Refuse fields that messages don't have, and braces that open none."""
        try:
            names = [name for _text, name, _form, _conversion in Formatter().parse(template) if name is not None]
        except ValueError as error:
            raise PydanticCustomError("template", "braces") from error
        if unknown := [name for name in names if name not in MESSAGE_FIELDS]:
            raise PydanticCustomError("template", "fields", {"names": unknown})
        return template


class Programme(_Part):
    """A programme folder as its ``programme.toml`` describes it; months are written ``2027-01``."""

    root: Path = Field(Path(), exclude=True)
    """The folder."""
    name: str = Field("", description=N_("the programme's name, as papers and messages show it"))
    language: Literal["zh", "en"] = Field(
        default_factory=lambda: "zh" if language() == "zh" else "en",
        description=N_("language of all commands in this folder: zh or en"),
    )
    letterhead: Texts = Field((), description=N_("lines at the head of each page: the office, its address"))
    telephone: str = Field("", description=N_("the office's telephone number"))
    ledger: str = Field(
        "ledger.sqlite",
        description=N_(
            "the ledger of all months: a file, or postgresql+psycopg://… where several people write at once"
        ),
    )
    files: ProgrammeFiles = ProgrammeFiles()
    handouts: Handouts = Field(default_factory=Handouts)
    messages: Messages = Field(default_factory=Messages)

    @property
    def toml(self) -> Path:
        """Return the file that describes it."""
        return self.root / FILE

    @property
    def ledger_url(self) -> str:
        """Return the address of the ledger's database."""
        if is_database(self.ledger):
            return locate(self.ledger, self.root)
        return f"sqlite:///{Path(os.path.realpath(self.root / self.ledger)).as_posix()}"

    def month_folder(self, month: str) -> Path:
        """Return the run folder of a month."""
        return self.root / "months" / month

    def handouts_folder(self, month: str) -> Path:
        """Return the folder of a month's hand-outs; where it is, the month was handed out."""
        return self.root / "handouts" / month

    def list_months(self) -> list[str]:
        """Return the months that have a plan, in order."""
        folders = (self.root / "months").glob("????-??/pairs.csv")
        return sorted(path.parent.name for path in folders if _MONTH.fullmatch(path.parent.name))

    def list_misnamed_plans(self) -> list[Path]:
        """Return folders in ``months`` that hold a plan and bear no month's name, but plans kept as handed out."""
        folders = sorted(path.parent for path in (self.root / "months").glob("*/pairs.csv"))
        return [path for path in folders if not _MONTH.fullmatch(path.name) and KEPT not in path.name]

    def find_last_month(self, month: str) -> str | None:
        """Return the latest month before the given one that has a plan."""
        return next((name for name in reversed(self.list_months()) if name < month), None)

    def read_handed_out(self, month: str) -> HandedOut | None:
        """Return when a month was handed out, None where it was not."""
        folder, day, made_from = self.month_folder(month), "?", {}
        try:
            manifest = json.loads((self.handouts_folder(month) / "manifest.json").read_text("utf-8"))
            day, made_from = str(manifest["written_at"])[:10], dict(manifest["made_from"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            pass  # it was handed out, and nobody knows when
        files = [folder / name for name in ("visits.csv", "pairs.csv") if name in made_from]
        return HandedOut(day, bool(files) and all(made_from[path.name] == _hash(path) for path in files))

    def records_file(self, month: str) -> Path:
        """Return the file of what happened in a month."""
        return self.root / "records" / f"{month}.csv"

    def reports_folder(self, month: str) -> Path:
        """Return the folder of a month's reports."""
        return self.root / "reports" / month

    def find_sources(self, roster: str) -> tuple[str, ...]:
        """Return the sources of a roster (``elders``, ``volunteers``) as a command line names them."""
        return tuple(locate(text, self.root) for text in getattr(self.files, roster) if text)

    def find_file(self, part: str) -> Path | None:
        """Return a file of ``[files]``, None where the programme names none."""
        text = getattr(self.files, part)
        return self.root / text if text else None


def _hash(path: Path) -> str:
    """Return a file's SHA-256; empty where it can't be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def find_programme(start: Path | None = None) -> Programme | None:
    """Return the programme in whose folder ``start``, else the current folder, lies; None where there is none.

    Raises:
        InputError: its ``programme.toml`` has faults: one issue each.
    """
    root = find_root(start)
    return read_programme(root) if root is not None else None


def read_programme(root: Path) -> Programme:
    """Return the programme in a folder, its texts by default in its own language.

    Raises:
        InputError: with one issue for each fault of its ``programme.toml``.
    """
    path = root / FILE
    tree = read_toml(path, str(path), "programme")
    issues = [Issue("programme_unknown", str(path), column="root")] if tree.pop("root", None) is not None else []
    asked = tree.get("language")
    programme = None
    with in_language(asked if asked in LANGUAGES else language()):
        try:
            programme = Programme.model_validate({**tree, "root": root})
        except ValidationError as error:
            faults = error.errors()
    if programme is None:
        issues += [_make_issue(str(path), fault) for fault in faults]
    if programme is None or issues:
        raise InputError(issues)
    return programme


def list_fields() -> Iterator[tuple[str, FieldInfo]]:
    """Yield the path (``files.elders``) and the field of everything that ``programme.toml`` may hold, in its order."""
    for name, field in Programme.model_fields.items():
        if not field.exclude:
            kind = field.annotation
            inner = kind.model_fields if isinstance(kind, type) and issubclass(kind, _Part) else None
            yield from ((f"{name}.{key}", value) for key, value in inner.items()) if inner else [(name, field)]


def _make_issue(file: str, fault: ErrorDetails) -> Issue:
    path = ".".join(str(part) for part in fault["loc"] if isinstance(part, str))
    fields = dict(list_fields())
    if fault["type"] == "extra_forbidden":
        places = {key.rpartition(".")[2]: key for key in fields}
        if near := difflib.get_close_matches(path.rpartition(".")[2], places, 1, 0.7):
            return Issue("programme_unknown_near", file, column=path, params={"near": _show_place(places[near[0]])})
        return Issue("programme_unknown", file, column=path)
    if fault["type"] == "template":
        names = ", ".join(f"{{{name}}}" for name in fault.get("ctx", {}).get("names", ()))
        known = " ".join(f"{{{name}}}" for name in MESSAGE_FIELDS)
        return Issue("programme_template", file, column=path, value=names or "{ }", params={"known": known})
    field = fields.get(path)
    allowed = describe_type(field.annotation) if field else f"[{path}]"
    return Issue("programme_invalid", file, column=path, value=shorten(fault["input"]), params={"allowed": allowed})


def _show_place(path: str) -> str:
    """Return where a key stands: ``elders`` under ``[files]``."""
    section, dot, key = path.rpartition(".")
    return _("{key} under [{section}]").format(key=key, section=section) if dot else key
