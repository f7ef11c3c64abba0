"""Settings from a file and from the command line; what is wrong with them, all at once."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from matcher.columns import FILES
from matcher.errors import InputError, explain_system_error
from matcher.evidence import read_input
from matcher.i18n import N_, _
from matcher.messages import Issue
from matcher.settings.model import Settings, table

_ROSTERS = ("elders", "volunteers")
_LONGEST_SHOWN = 80
_MOST_NEAR = 3
"""Settings that are asked about where somebody wrote words."""


def load(path: Path | None = None, overrides: Sequence[str] = ()) -> Settings:
    """Read settings from a TOML file, each ``section.key=value`` of ``overrides`` laid over it.

    Values of overrides are TOML too (``keep.worth_m=500``, ``schedule.closed_days=["2026-12-24"]``); a bare word is
    taken as text.

    Raises:
        InputError: with one issue for each setting that is misspelt or out of range.
    """
    file = str(path) if path else ""
    tree: dict[str, Any] = {}
    if path:
        tree = read_toml(path, file)
    for override in overrides:
        _lay_over(tree, override)
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        raise InputError([_make_issue(file, item) for item in error.errors()]) from error


def decode_settings(content: bytes) -> str:
    """Return a settings file's text: UTF-8 with or without its mark, UTF-16 with it, or GB18030, as Notepad saves.

    Raises:
        UnicodeDecodeError: it is none of them.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")


def read_toml(path: Path, file: str, kind: str = "settings") -> dict[str, Any]:
    """Return what a TOML file holds.

    Args:
        path: The file.
        file: Its name in issues.
        kind: How the codes of its issues begin.

    Raises:
        InputError: it can't be read, or is no TOML.
    """
    try:
        return tomllib.loads(decode_settings(read_input(path)))
    except FileNotFoundError as error:
        raise InputError([Issue("file_missing", file)]) from error
    except OSError as error:
        issue = Issue(f"{kind}_unreadable", file, params={"problem": explain_system_error(error)})
        raise InputError([issue]) from error
    except UnicodeDecodeError as error:
        problem = N_("its text is neither UTF-8 nor GB18030")
        raise InputError([Issue(f"{kind}_unreadable", file, params={"problem": problem})]) from error
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        issue = Issue(f"{kind}_no_toml", file, int(line[1]) if line else None)
        raise InputError([issue]) from error
    except (ValueError, RecursionError) as error:  # numbers of more than 4,300 digits, lists a thousand deep
        raise InputError([Issue(f"{kind}_no_toml", file)]) from error


def changed(settings: Settings, values: Mapping[str, object]) -> Settings:
    """Return the settings with some others in their place, by their paths: ``{"keep.worth_m": 500}``.

    Raises:
        InputError: with one issue for each path that is misspelt and each value out of range.
    """
    tree = settings.model_dump()
    for path, value in values.items():
        section, _, key = path.partition(".")
        tree.setdefault(section, {})[key] = value
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        raise InputError([_make_issue("", item) for item in error.errors()]) from error


def read_overrides(overrides: Sequence[str]) -> dict[str, object]:
    """Return the values of ``section.key=value``, by path.

    Raises:
        InputError: one is not written so.
    """
    tree: dict[str, Any] = {}
    for override in overrides:
        _lay_over(tree, override)
    return list_by_path(tree)


def list_by_path(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings by their paths (``keep.worth_m``): those that stand by section, and those that do so already."""
    found: dict[str, Any] = {}
    for name, value in settings.items():
        within = isinstance(value, Mapping) and "." not in name
        found |= {f"{name}.{key}": one for key, one in value.items()} if within else {name: value}
    return found


def _lay_over(tree: dict[str, Any], override: str) -> None:
    path, equals, text = override.partition("=")
    section, dot, key = path.strip().partition(".")
    if equals and (near := _find_by_words(path.strip())) and not (dot and section and key):
        told = "; ".join(f"--set {name}={text.strip()} ({_(meaning)})" for name, meaning in near.items())
        raise InputError([Issue("setting_in_words", "--set", column=path.strip(), params={"near": told})])
    if not (equals and dot and section and key):
        raise InputError([Issue("set_malformed", "--set", value=override)])
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):  # no TOML, or more digits or brackets than Python reads
        value = text.strip()
    inner = tree.setdefault(section, {})
    if not isinstance(inner, dict):
        raise InputError([Issue("set_malformed", "--set", value=override)])
    inner[key] = value


def _find_by_words(words: str) -> dict[str, str]:
    """Return the settings that somebody may mean who writes no path, and what they are: their texts have the words."""
    if len(words) < 2:
        return {}
    plain = words.casefold().replace(" ", "_")
    found = [row for row in table() if plain in row.path.partition(".")[2]]
    found += [row for row in table() if words.casefold() in f"{_(row.text)} {row.text}".casefold()]
    return dict(islice({row.path: row.text for row in found}.items(), _MOST_NEAR))


def _make_issue(file: str, item: Any) -> Issue:
    path = ".".join(filter(None, map(str, item["loc"])))
    if item["type"] == "extra_forbidden":
        known = [row.path for row in table()]
        near = difflib.get_close_matches(path, known, 1, 0.5)
        if near:
            return Issue("setting_unknown_near", file, column=path, params={"near": near[0]})
        return Issue("setting_unknown", file, column=path)
    if item["type"] == "contradiction":
        told = item["ctx"]
        params = {"other": told["other"], "other_value": told["other_value"]}
        return Issue("settings_contradict", file, column=told["path"], value=str(told["value"]), params=params)
    return Issue(
        "setting_invalid", file, column=path, value=shorten(item["input"]), params={"allowed": _describe_allowed(path)}
    )


def shorten(value: object) -> str:
    """Return a value as an issue may show it: not endless."""
    try:
        text = str(value)
    except ValueError:  # Python writes no number of more than 4,300 digits, and reads one as 0xfff…
        text = hex(value) if isinstance(value, int) else type(value).__name__
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"


def _describe_allowed(path: str) -> str:
    """Return what a setting may be, as the settings file writes it."""
    section, _dot, key = path.partition(".")
    outer = Settings.model_fields.get(section)
    inner = type(outer.default).model_fields.get(key.split(".")[0]) if outer else None
    if inner is None:
        return f"[{section}]"
    if path.startswith("columns."):
        return '"…" = ' + " | ".join(dict.fromkeys(column.name for file in _ROSTERS for column in FILES[file]))
    return describe_type(inner.annotation, inner.metadata, inner.examples or ())


def describe_type(kind: Any, rules: Sequence[Any] = (), examples: Sequence[str] = ()) -> str:
    """Return a type as people write its values: ``"hard" | "soft"``, a whole number from one to another, ``[…, …]``."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Annotated:
        inside = [part for part in parts[1:] if isinstance(part, FieldInfo)]
        more = [rule for part in inside for rule in part.metadata]
        return describe_type(parts[0], [*rules, *more], [text for part in inside for text in part.examples or ()])
    if origin is tuple:
        return f"[{describe_type(parts[0])}, …]"
    if origin is dict:
        names = " | ".join(get_args(parts[0])) or '"…"'
        return f"{names} = {describe_type(parts[1])}"
    if kind is bool:
        return "true | false"
    if kind is date:
        return "2026-12-24"
    texts = [f'"{text}"' for text in (parts if origin is Literal else examples)]
    if kind in (int, float):
        low, high = (next(getattr(rule, end) for rule in rules if hasattr(rule, end)) for end in ("ge", "le"))
        text = _("whole number from {low} to {high}") if kind is int else _("number from {low} to {high}")
        texts.insert(0, text.format(low=f"{low:g}", high=high if isinstance(high, int) else f"{high:g}"))
    return " | ".join(texts) or '"…"'
