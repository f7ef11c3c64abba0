"""``status``: where a programme's months stand, what is missing, and the next command to type."""

from __future__ import annotations

from datetime import date

from rich.text import Text

from matcher.commands import options
from matcher.commands.in_programme import add_month, propose_month
from matcher.commands.plain_text import make_plain
from matcher.commands.screen import make_console
from matcher.errors import UsageError
from matcher.horizon import Horizon
from matcher.i18n import N_, _, ngettext
from matcher.programme import Programme, find_programme
from matcher.run.month_state import MonthState, find_missing_files, read_month_state

_SHOWN = 3
"""Months that are shown, the latest."""
_LAST_DAYS = 10
"""From so many days before a month's end on, the next one is to be planned."""
_PHASES = {
    "matched": N_("pairs, no visits yet"),
    "draft": N_("draft: not handed out"),
    "handed_out": N_("handed out on {day}"),
    "over": N_("handed out on {day}, over"),
}


@options.command(
    "status",
    text=N_(
        "Say where the programme's months stand: planned, handed out, whose records are in; what is missing; and the "
        "next command to type."
    ),
)
def status() -> int:
    """Show where the months stand, and return the exit code."""
    programme = find_programme()
    if programme is None:
        raise UsageError(_("this is no programme's folder; old-partners init FOLDER makes one"))
    today = options.get_today()
    shown = make_console()
    shown.print(Text(programme.name or _("programme without a name: fill in name in programme.toml"), "bold"))
    states = [read_month_state(programme, month, today) for month in programme.list_months()[-_SHOWN:]]
    for state in states:
        shown.print(f"  {describe_state(state)}", soft_wrap=True)
    if not states:
        nothing = _("no month is planned yet")
        shown.print(f"  {nothing}")
    missing = find_missing_files(programme)
    for trouble in (*list_troubles(states, missing), *list_misnamed(programme)):
        shown.print(f"  {trouble}", style="yellow", soft_wrap=True)
    shown.print(f"{_('Next')}  {find_next_step(programme, states, missing, today)}", soft_wrap=True)
    return 2 if missing else 0


def describe_state(state: MonthState) -> str:
    """Return a line on where a month stands."""
    day = state.handed_out.day if state.handed_out else ""
    parts = [_(_PHASES[state.phase]).format(day=day)]
    if state.handed_out and not state.handed_out.stands:
        parts.append(_("changed since: notices.csv says who is to be told"))
    if state.handed_out and state.volunteers:
        text = ngettext(
            "records of {reported} of {count} volunteer are in",
            "records of {reported} of {count} volunteers are in",
            state.volunteers,
        )
        parts.append(text.format(reported=state.reported, count=state.volunteers))
    return f"{state.month}  {_('; ').join(parts)}"


def list_troubles(states: list[MonthState], missing: list[tuple[str, str]]) -> list[str]:
    """Return a line on each file that is missing or can't be read."""
    lines = []
    for key, path in missing:
        text = _("{key} names {path}, which is not there") if path else _("{key} is not filled in")
        lines.append(text.format(key=f"programme.toml: {key}", path=make_plain(path)))
    unread = [path for state in states for path in state.unread]
    return [*lines, *(_("{path} can't be read").format(path=make_plain(str(path))) for path in unread)]


def list_misnamed(programme: Programme) -> list[str]:
    """Return a line on each plan whose folder bears no month's name: no command finds it."""
    text = _("{path} holds a plan but is not named as a month: name it as 2027-01, or put it elsewhere")
    return [text.format(path=make_plain(str(path))) for path in programme.list_misnamed_plans()]


def find_next_step(programme: Programme, states: list[MonthState], missing: list[tuple[str, str]], today: date) -> str:
    """Return the next command to type, complete, or what to do first."""
    if missing:
        return _("put the files there, or correct programme.toml; then old-partners status")
    if not states:
        text = _("fill in the rosters, old-partners check lists their faults; then {command}")
        return text.format(command=f"old-partners run {propose_month(programme, f'{today:%Y-%m}')}")
    last = states[-1]
    behind = next((state for state in states[:-1] if state.phase == "over" and state.reported < state.volunteers), None)
    if behind:
        return _take_records(programme, behind.month)
    following = f"old-partners run {add_month(last.month)}"
    ends_soon = (Horizon.of_month(last.month).end - today).days < _LAST_DAYS
    match last.phase:
        case "matched":
            text, command = _("look through unmatched.csv; then {command}"), f"old-partners schedule {last.month}"
        case "draft":
            folder = make_plain(str(programme.month_folder(last.month)))
            text = _("look through {path}; then {command}").replace("{path}", folder)
            command = f"old-partners handouts {last.month}"
        case "over" if last.reported < last.volunteers:
            return _take_records(programme, last.month)
        case "handed_out" if not ends_soon:
            text = _("somebody is away? old-partners substitute --volunteer ID --from DATE; at the end: {command}")
            command = _name_record(programme, last.month)
        case _:
            text, command = "{command}", following
    return text.format(command=command)


def _take_records(programme: Programme, month: str) -> str:
    text = _("collect the sheets that are filled in; then {command}")
    return text.format(command=_name_record(programme, month))


def _name_record(programme: Programme, month: str) -> str:
    """Return the command that reads what came back; sheets filled in elsewhere are named in the folder's place."""
    return f"old-partners record {month} {make_plain(str(programme.handouts_folder(month)))}"
