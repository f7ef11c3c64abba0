"""``schedule``: the month's visits and calls for pairs made by any hand."""

from __future__ import annotations

from matcher import run as stages_in_order
from matcher.commands import options
from matcher.commands.report import show_done
from matcher.commands.screen import watching
from matcher.i18n import N_, _


@options.command(
    "schedule",
    text=N_(
        "Plan the month's visits and calls for the pairs of a file, as old-partners match wrote it or as corrected by "
        "hand, verify everything, and put it into a new folder. An unmatched.csv beside the pairs is carried over."
    ),
)
@options.rosters
@options.file_option("--pairs", N_("the pairs to plan for"), required=True)
@options.fixed_pairs
@options.settings_options
@options.month_option()
@options.earlier_visits
@options.from_option
@options.only_options
@options.surge_options
@options.calendars_option
@options.past_option
@options.set_aside_option
@options.names_option
@options.out_options()
def schedule(**given: object) -> None:
    """Plan contacts for given pairs."""
    request = options.make_request(given)
    with watching() as stages:
        done = stages_in_order.schedule(request, stages)
    show_done(done, _("look through unscheduled.csv; hand out visits.csv"))
