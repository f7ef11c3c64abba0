"""Bring the catalogs up to date: extract the texts of the code and of click, keep what is translated, compile.

click looks its own texts up in the catalog in use, so they stand in ours. English is its own translation.
Run as ``make catalogs``; texts that wait for a translation are listed.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from matcher.i18n import DOMAIN, LANGUAGES, LOCALE_DIR

SOURCES = {"matcher": LOCALE_DIR.parent, "click": Path(click.__file__).parent}
PEOPLE = "the Old Partners contributors"
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}


def find_path(language: str) -> Path:
    """Return the catalog's source (.po); the compiled one (.mo) stands beside it."""
    return LOCALE_DIR / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def extract(*sources: str) -> Catalog:
    """Return every text that users of the ``sources`` (default: all) may see, with the files that hold it."""
    catalog = Catalog(domain=DOMAIN)
    for name in sources or SOURCES:
        for file, _line, text, comments, _context in extract_from_dir(SOURCES[name], keywords=KEYWORDS):
            catalog.add(text, locations=[(f"{name}/{file}", 0)], auto_comments=comments)
    return catalog


def read(language: str) -> Catalog:
    """Read the catalog of a language from disk; return an empty one where there is none."""
    path = find_path(language)
    if path.exists():
        with path.open("rb") as file:
            return read_po(file, locale=language, domain=DOMAIN)
    now = datetime.now(UTC)
    return Catalog(
        locale=language,
        domain=DOMAIN,
        header_comment=f"# Texts of old-partners: {language}. `make catalogs` keeps this file; fill in what is empty.",
        project="old-partners",
        version="0",
        msgid_bugs_address="none",
        last_translator=PEOPLE,
        language_team=PEOPLE,
        creation_date=now,
        revision_date=now,
        fuzzy=False,
    )


def messages(catalog: Catalog) -> Iterator[Message]:
    """Return its messages, without the header."""
    return (message for message in catalog if message.id)


def update(language: str) -> Catalog:
    """Write a language's catalog anew from what it has and what the code needs, and compile it."""
    catalog, path = read(language), find_path(language)
    catalog.update(extract(), no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    if language == "en":
        for message in messages(catalog):
            message.string = message.id
    text = io.BytesIO()
    write_po(text, catalog, width=110, sort_output=True, include_lineno=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.getvalue())
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, read(language))
    return catalog


def is_translated(message: Message) -> bool:
    """Return whether all forms of a message have a translation."""
    return bool(message.string) and all(message.string) and not message.fuzzy


def main() -> int:
    """Update all catalogs; 1 where a text has no translation yet."""
    waiting = [
        f"{language}: {message.id}"
        for language in LANGUAGES
        for message in messages(update(language))
        if not is_translated(message)
    ]
    print("\n".join(waiting) or "every text is translated")
    return 1 if waiting else 0


if __name__ == "__main__":
    sys.exit(main())
