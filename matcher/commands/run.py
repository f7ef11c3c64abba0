"""``run``: from two rosters to a verified plan and its schedule."""

from __future__ import annotations

from matcher import run as stages_in_order
from matcher.commands import options
from matcher.commands.report import show_done
from matcher.commands.screen import watching
from matcher.i18n import N_, _


@options.command(
    "run",
    text=N_(
        "Check the rosters, match elders with volunteers, plan the month's visits and calls, verify what was written, "
        "and put it all into a new folder."
    ),
)
@options.rosters
@options.fixed_pairs
@options.settings_options
@options.month_option()
@options.time_limit_option
@options.earlier_visits
@options.surge_options
@options.calendars_option
@options.past_option
@options.set_aside_option
@options.names_option
@options.out_options()
def run(**given: object) -> None:
    """Plan a month."""
    request = options.make_request(given)
    with watching() as stages:
        done = stages_in_order.run(request, stages)
    show_done(
        done,
        _(
            "look through unmatched.csv and unscheduled.csv; to change pairs by hand, edit a copy of pairs.csv and run "
            "old-partners schedule"
        ),
    )
