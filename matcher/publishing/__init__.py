"""The one door for files that are written: each is the old one or the new one, whole, and never an input."""

from matcher.publishing.file import WholeFile, refuse_file
from matcher.publishing.folder import WholeFolder
from matcher.publishing.leftovers import mend, mend_missing
from matcher.publishing.log import begin_log, list_mended, list_written, note_mended, note_written
from matcher.publishing.turn import take_turn

__all__ = [
    "WholeFile",
    "WholeFolder",
    "begin_log",
    "list_mended",
    "list_written",
    "mend",
    "mend_missing",
    "note_mended",
    "note_written",
    "refuse_file",
    "take_turn",
]
