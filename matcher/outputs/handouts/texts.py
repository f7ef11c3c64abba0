"""The programme's own words on the hand-outs: who issues them, what volunteers are to do, how paper is kept."""

from __future__ import annotations

from dataclasses import dataclass

from matcher.errors import UsageError
from matcher.i18n import N_, _

_LONGEST_KEEP = 200
_INSTRUCTIONS = (
    N_("Fill in each contact on the day: tick Done and write the minutes. If it was not made, write its sign (below)."),
    N_("Call before you visit. If nobody answers the door or the telephone, tell the office the same day."),
    N_("In an emergency call 120 (ambulance), 119 (fire) or 110 (police) first, then the family, then the office."),
    N_("Take no money and no gifts; what you see and hear stays with you and the office."),
    N_("At the month's end sign the sheet and bring it to your team leader or to the office."),
)
_KEEP = N_(
    "Personal data, for your own visits only: take no photographs, pass nothing on; bring the sheet back at the "
    "month's end, it will be destroyed."
)


@dataclass(frozen=True, slots=True)
class HandoutTexts:
    """What the programme writes on its hand-outs.

    Attributes:
        letterhead: Lines with the programme's and the office's names.
        telephone: The office's number.
        instructions: What a volunteer is to do, a line each; none: the usual ones.
        keep: How to keep and destroy the paper; empty: the usual line.
    """

    letterhead: tuple[str, ...] = ()
    telephone: str = ""
    instructions: tuple[str, ...] = ()
    keep: str = ""

    def __post_init__(self) -> None:
        if len(self.keep) > _LONGEST_KEEP:
            text = _("how to keep the sheets takes {length} characters; {most} are as many as fit the foot of a page")
            raise UsageError(text.format(length=len(self.keep), most=_LONGEST_KEEP))

    def list_instructions(self) -> list[str]:
        """Return what a volunteer is to do, in the language in use."""
        return list(self.instructions) or [_(text) for text in _INSTRUCTIONS]

    def say_keep(self) -> str:
        """Return how to keep and destroy the paper, in the language in use."""
        return self.keep or _(_KEEP)

    def name_office(self) -> str:
        """Return who issues the sheet, with the telephone, in a line."""
        words = list(self.letterhead) or [_("Old Partners programme")]
        if self.telephone:
            words.append(_("telephone {number}").format(number=self.telephone))
        return " · ".join(words)
