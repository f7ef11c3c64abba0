"""``run``: from two rosters to a verified plan and its schedule."""

from __future__ import annotations

from matcher import run as stages_in_order
from matcher.commands import options
from matcher.commands.bookkeeping import keep_run
from matcher.commands.handouts import find_request, show_written, write_beside
from matcher.commands.in_programme import WRITTEN, name_handouts_command
from matcher.commands.screen import watch_first_run
from matcher.commands.summary import show_done
from matcher.i18n import N_, _


@options.command(
    "run",
    inside=WRITTEN,
    text=N_(
        "Check the rosters, match elders with volunteers, plan the month's visits and calls, verify what was written, "
        "and put it all into a new folder."
    ),
)
@options.add_rosters
@options.add_fixed_pairs
@options.add_edits
@options.add_settings
@options.add_month()
@options.add_time_limit
@options.add_earlier_visits
@options.add_surge
@options.add_calendars
@options.add_handouts
@options.add_past
@options.add_set_aside
@options.add_names
@options.add_pages
@options.add_out()
@options.add_handed_out
def run(**given: object) -> int:
    """Plan a month."""
    request, papers = options.make_request(given), find_request(given)
    with watch_first_run() as stages:
        done = stages_in_order.run(request, stages)
        written = write_beside(papers, done, stages)
    next_step = _(
        "look through unmatched.csv and unscheduled.csv; to change pairs by hand, edit a copy of pairs.csv and run "
        "old-partners schedule"
    )
    if papers_command := name_handouts_command(request.horizon):
        text = _(
            "look through unmatched.csv and unscheduled.csv; to change pairs, fill in the yellow columns of plan.xlsx "
            "and run the month again with --edits; then {command}"
        )
        command = _("hand the papers out") if written else papers_command
        next_step = text.format(command=command)
    show_done(done, next_step)
    keep_run(done)
    if papers and written:
        show_written(written, papers.names)
    return done.exit_code
