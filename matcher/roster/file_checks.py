"""Files that are no tables, whatever their names say: found by their first bytes, and refused before anyone tries."""

from __future__ import annotations

import re

from matcher.errors import InputError
from matcher.i18n import N_
from matcher.messages import Issue

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_BEGINNING = 4096
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|table|body|meta)[\s>]", re.IGNORECASE)


def unreadable(file: str, problem: str) -> InputError:
    """Return the error that a file can't be read."""
    return InputError([Issue("file_unreadable", file, params={"problem": problem})])


def refuse_what_is_no_table(content: bytes, file: str) -> None:
    """Look into a file's bytes for what is known to be no table.

    Raises:
        InputError: it is a web page, a PDF, or protected by a password.
    """
    if content.startswith(b"%PDF"):
        raise unreadable(file, N_("it is a PDF"))
    if content.startswith(OLE) and _ENCRYPTED in content:
        raise unreadable(file, N_("it is protected by a password"))
    if not content.startswith((ZIP, OLE)) and _PAGE.search(content[:_BEGINNING]):
        raise unreadable(file, N_("it is a web page that is called a workbook; Excel opens it and can save it anew"))
