"""``match``: from two rosters to a verified plan."""

from __future__ import annotations

from matcher import run as stages_in_order
from matcher.commands import options
from matcher.commands.report import show_done
from matcher.commands.screen import watching
from matcher.i18n import N_, _


@options.command(
    "match",
    text=N_(
        "Check the rosters, match elders with volunteers, verify the pairs, and put them into a new folder. "
        "They can be corrected by hand before old-partners schedule plans their visits."
    ),
)
@options.rosters
@options.fixed_pairs
@options.settings_options
@options.month_option()
@options.time_limit_option
@options.past_option
@options.set_aside_option
@options.names_option
@options.out_options()
def match(**given: object) -> None:
    """Match without planning contacts."""
    request = options.make_request(given)
    with watching() as stages:
        done = stages_in_order.match(request, stages)
    show_done(
        done,
        _(
            "look through unmatched.csv, correct a copy of pairs.csv where you know better, then run "
            "old-partners schedule"
        ),
    )
