"""``schedule``: the month's visits and calls for pairs made by any hand."""

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
    "schedule",
    inside=WRITTEN,
    text=N_(
        "Plan the month's visits and calls for the pairs of a file, as old-partners match wrote it or as corrected by "
        "hand, verify everything, and put it into a new folder. An unmatched.csv beside the pairs is carried over."
    ),
)
@options.add_rosters
@options.add_file_option("--pairs", N_("the pairs to plan for"), required=True)
@options.add_fixed_pairs
@options.add_edits
@options.add_settings
@options.add_month()
@options.add_earlier_visits
@options.add_from
@options.add_only
@options.option(
    "--fill",
    is_flag=True,
    help=N_("give elders without a volunteer one where there are places; no pair changes; with --elder, these alone"),
)
@options.add_surge
@options.add_calendars
@options.add_handouts
@options.add_past
@options.add_set_aside
@options.add_names
@options.add_pages
@options.add_out()
@options.add_handed_out
def schedule(**given: object) -> None:
    """Plan contacts for given pairs."""
    request, papers = options.make_request(given), find_request(given)
    with watch_first_run() as stages:
        done = stages_in_order.schedule(request, stages)
        written = write_beside(papers, done, stages)
    next_step = _("look through unscheduled.csv; then old-partners handouts makes each volunteer's sheet")
    if command := name_handouts_command(request.horizon):
        next_step = _("look through unscheduled.csv; tell the people in notices.csv; then {command}")
        next_step = next_step.format(command=_("hand the papers out") if written else command)
    if not len(done.plan.elder):
        next_step = _("nobody has a volunteer: enter pairs in the file, or let old-partners schedule --fill find them")
    show_done(done, next_step)
    keep_run(done)
    if papers and written:
        show_written(written, papers.names)
