"""``substitute``: a volunteer is away or has left; who makes the contacts, and who is to be told."""

from __future__ import annotations

from datetime import date

import pandas as pd
from rich.table import Table

from matcher import run as stages_in_order
from matcher.columns import column
from matcher.commands import options
from matcher.commands.bookkeeping import keep_run
from matcher.commands.dates import DAY
from matcher.commands.in_programme import WRITTEN, name_handouts_command
from matcher.commands.plain_text import make_plain
from matcher.commands.screen import make_console, make_table, watch_stages
from matcher.commands.summary import show_done
from matcher.errors import UsageError
from matcher.horizon import Horizon
from matcher.i18n import N_, _
from matcher.run import Absence


@options.command(
    "substitute",
    inside=WRITTEN,
    text=N_(
        "Hand over a volunteer's contacts from a day to a day: to the elder's second volunteer, then to the nearest "
        "volunteer whom the rules allow and whose day has room. Each keeps its date, and nothing else moves. With "
        "--left, match only the elders concerned anew from that day on. notices.csv lists who is to be told."
    ),
)
@options.option("--volunteer", "volunteer_id", required=True, metavar=N_("ID"), help=N_("who is away"))
@options.option("--from", "first", type=DAY, required=True, metavar=N_("DATE"), help=N_("first day away"))
@options.option("--to", "last", type=DAY, metavar=N_("DATE"), help=N_("last day away; else the same day"))
@options.option("--left", is_flag=True, help=N_("the volunteer has left: find the elders another for good"))
@options.add_rosters
@options.add_file_option("--pairs", N_("the pairs as they stand"), required=True)
@options.add_file_option("--visits", N_("this month's visits as they stand"), required=True)
@options.add_file_option("--previous-visits", N_("last month's visits: days without a contact count on"))
@options.add_records
@options.add_fixed_pairs
@options.add_settings
@options.add_calendars
@options.add_past
@options.add_set_aside
@options.add_names
@options.add_pages
@options.add_out()
def substitute(volunteer_id: str, first: date, last: date | None, left: bool, **given: object) -> None:
    """Find stand-ins for a volunteer."""
    horizon = Horizon.of_month(f"{first:%Y-%m}")
    last = horizon.end if left else last or first
    if not first <= last:
        raise UsageError(_("--to {last} is before --from {first}").format(first=first, last=last))
    if last > horizon.end:
        text = _("{first} and {last} are in two months; hand over each month's contacts by itself")
        raise UsageError(text.format(first=first, last=last))
    request = options.make_request({**given, "horizon": horizon, "volunteer_id": volunteer_id})
    with watch_stages() as stages:
        done = stages_in_order.substitute(request, Absence(volunteer_id, first, last, left), stages)
    next_step = _("tell the people in notices.csv; then old-partners handouts makes new sheets for those concerned")
    if command := name_handouts_command(horizon):
        text = _("tell the people in notices.csv; new papers for those concerned: {command}")
        next_step = text.format(command=command)
    show_done(done, next_step)
    keep_run(done)
    assert done.notices is not None
    _show_notices(done.notices)


def _show_notices(notices: pd.DataFrame) -> None:
    """Show who is to be told, as a table."""
    table: Table = make_table(_("Date"), _("Whom to tell"), _("Phone"), _("What to tell them"))
    part = column("notices", "part")
    for row in notices.to_dict("records"):
        day = "" if row["date"] is pd.NaT else f"{row['date']:%Y-%m-%d}"
        whom = f"{part.choice_label(row['part'])} {row['person_name']} ({row['person_id']})"
        table.add_row(day, make_plain(whom), make_plain(row["phone"]), make_plain(row["message"]))
    make_console().print(table)
