"""The language of everything a user reads: gettext catalogs, one per language, English as the source text.

Texts in tables are marked with ``N_`` (so that they are extracted) and translated where they are shown, with ``_``.
"""

from __future__ import annotations

import gettext
import locale
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

DOMAIN = "old_partners"
LOCALE_DIR = Path(__file__).parent / "locale"
LANGUAGES = ("en", "zh")

_language = "en"
_catalog: gettext.NullTranslations = gettext.NullTranslations()


_IRREGULAR = {"people": "person", "addresses": "address", "are": "is", "were": "was", "have": "has"}
_ONE = re.compile(
    r"(?<![\w.,:/-])(?P<one>1 (?:(?:first|other|different|more|planned|emergency) )?)"
    r"(?P<noun>addresses|buildings|calls|cards|cells|characters|columns|contacts|days|edits|elders|errors|events|files"
    r"|floors|homes|ids|kilometres|meetings|metres|minutes|months|outings|pairs|people|pins|places|records|rows|sheets"
    r"|shortages|sites|teams|times|units|visits|volunteers|warnings|weeks|years)\b"
    r"(?:(?P<between>(?: here)? )(?P<verb>are|begin|depend|get|have|hold|lack|lie|live|take|were)\b)?"
)


class _EnglishText(str):
    """An English text that says one elder where it is filled in with 1: “1 elders have” becomes “1 elder has”."""

    __slots__ = ()

    def format(self, *args: object, **kwargs: object) -> str:
        """Fill the text in."""
        return _ONE.sub(_agree, super().format(*args, **kwargs))

    def format_map(self, mapping: Any) -> str:  # noqa: ANN401 - as str has it
        """Fill the text in."""
        return _ONE.sub(_agree, super().format_map(mapping))


def _agree(found: re.Match[str]) -> str:
    """Return a number of one with noun and verb in the singular."""
    noun, verb = found["noun"], found["verb"]
    told = found["one"] + _IRREGULAR.get(noun, noun.removesuffix("s"))
    return told if verb is None else f"{told}{found['between']}{_IRREGULAR.get(verb, verb + 's')}"


def N_(text: str) -> str:  # noqa: N802 - the usual gettext marker
    """Mark ``text`` for translation and return it unchanged."""
    return text


def _(text: str) -> str:
    """Return ``text`` in the language in use."""
    translated = _catalog.gettext(text) if text else ""
    return _EnglishText(translated) if _language == "en" and "{" in translated else translated


def ngettext(singular: str, plural: str, n: int) -> str:
    """Return the form of a text that fits ``n``, in the language in use."""
    return _catalog.ngettext(singular, plural, n)


def join_words(words: Iterable[str]) -> str:
    """Return words as a list within a sentence, parted as the language in use parts them."""
    return ("、" if _language == "zh" else ", ").join(words)


def language() -> str:
    """Return the language in use: one of ``LANGUAGES``."""
    return _language


def use_language(lang: str) -> None:
    """Make ``lang`` the language of all texts from here on, click's own included.

    Raises:
        ValueError: ``lang`` is not one of ``LANGUAGES``.
    """
    global _language, _catalog  # noqa: PLW0603 - one process, one user, one language
    if lang not in LANGUAGES:
        raise ValueError(f"language {lang!r} is not one of {', '.join(LANGUAGES)}")
    _language = lang
    _catalog = gettext.translation(DOMAIN, LOCALE_DIR, languages=[lang], fallback=True)
    # click translates its own texts through the process-wide gettext domain
    os.environ["LANGUAGE"] = lang
    gettext.bindtextdomain(DOMAIN, str(LOCALE_DIR))
    gettext.textdomain(DOMAIN)


@contextmanager
def in_language(lang: str) -> Iterator[None]:
    """Use ``lang`` within a ``with`` block."""
    before = _language
    use_language(lang)
    try:
        yield
    finally:
        use_language(before)


def locale_language() -> str:
    """Return the language that the user's locale asks for; English where it asks for none of ours."""
    names = [os.environ.get(key, "") for key in ("LC_ALL", "LC_MESSAGES", "LANG")]
    asked = next((name for name in names if name), "")
    if not asked and os.name == "nt":
        asked = locale.getlocale()[0] or ""
    return "zh" if asked.lower().startswith(("zh", "chinese")) else "en"
