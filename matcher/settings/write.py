"""Writing headers of the user's own into a settings file, all else in it as it was."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from matcher.errors import UsageError
from matcher.i18n import _
from matcher.publishing import WholeFile
from matcher.settings.load import decode_settings

_SECTION = re.compile(r"^\s*\[\s*columns\s*\]\s*(?:#.*)?$", re.MULTILINE)
_CONTROL = re.compile(r"[\x7f-\x9f]")
"""Signs that JSON leaves as they are."""
_TABLE = re.compile(r"^\s*\[\s*columns\s*\.\s*aliases\s*\]\s*(?:#.*)?$", re.MULTILINE)
_ALIASES = re.compile(r"^[ \t]*aliases[ \t]*=.*$", re.MULTILINE)
_NEXT = re.compile(r"^\s*\[", re.MULTILINE)


def write_aliases(path: Path, aliases: Mapping[str, str]) -> None:
    """Add headers of the user's own to a settings file; make it where there is none.

    Raises:
        UsageError: it is no settings file, or can't be written.
    """
    try:
        text = decode_settings(path.read_bytes()) if path.exists() else ""
        changed = _merge_aliases(text, aliases)
    except (OSError, UnicodeDecodeError, ValueError, RecursionError, AttributeError, TypeError) as error:
        raise UsageError(_("{path} is no settings file that headers can be noted in").format(path=path)) from error
    with WholeFile(path) as file:
        file.path.write_text(changed, "utf-8", newline="")
        file.publish()


def _merge_aliases(text: str, aliases: Mapping[str, str]) -> str:
    """Return a settings file's text with more aliases, and all else as it was.

    Raises:
        ValueError: that can't be done.
    """
    before = tomllib.loads(text)
    both = {**before.get("columns", {}).get("aliases", {}), **aliases}
    changed = _lay_in(text, both)
    if tomllib.loads(changed) != {**before, "columns": {**before.get("columns", {}), "aliases": both}}:
        raise ValueError(text)
    return changed


def quote_toml(text: str) -> str:
    """Return a text as TOML has it, on one line: no control character stands as it is, for TOML or a terminal."""
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def _lay_in(text: str, aliases: Mapping[str, str]) -> str:
    """Return a settings file's text with these aliases and no others."""
    items = [f"{quote_toml(key)} = {quote_toml(name)}" for key, name in aliases.items()]
    if table := _TABLE.search(text):
        following = _NEXT.search(text, table.end())
        end = following.start() if following else len(text)
        return (
            text[: table.end()]
            + "\n"
            + "".join(f"{item}\n" for item in items)
            + ("\n" + text[end:] if following else "")
        )
    line = f"aliases = {{{', '.join(items)}}}"
    section = _SECTION.search(text)
    if not section:
        return f"{text.rstrip()}\n\n[columns]\n{line}\n".lstrip()
    following = _NEXT.search(text, section.end())
    end = following.start() if following else len(text)
    body = text[section.end() : end]
    had = _ALIASES.search(body)
    body = _ALIASES.sub(lambda _found: line, body, count=1) if had else f"\n{line}{body}"
    return text[: section.end()] + body + text[end:]
