"""The programme's texts on its hand-outs, as a page has room for them."""

from __future__ import annotations

from matcher.errors import UsageError
from matcher.i18n import _
from matcher.programme import Programme

LONGEST_KEEP = 200
"""Characters of the line on how to keep a sheet: Excel takes 255 at the foot of a page, marks included."""


def check_texts(programme: Programme) -> None:
    """Raise where a text finds no room on a page.

    Raises:
        UsageError: with what to shorten.
    """
    if (length := len(programme.handouts.keep)) > LONGEST_KEEP:
        text = _("[handouts] keep in programme.toml has {length} characters; the foot of a page holds {most}")
        raise UsageError(text.format(length=length, most=LONGEST_KEEP))


def name_office(programme: Programme) -> str:
    """Return who issues a sheet, with the telephone, in a line."""
    words = [programme.name or _("Old Partners programme"), *programme.letterhead]
    if programme.telephone:
        words.append(_("telephone {number}").format(number=programme.telephone))
    return " · ".join(words)
