"""``match``: from two rosters to a verified plan."""

from __future__ import annotations

from matcher import run as stages_in_order
from matcher.commands import options
from matcher.commands.in_programme import WRITTEN, get_programme
from matcher.commands.screen import watch_stages
from matcher.commands.summary import show_done
from matcher.i18n import N_, _


@options.command(
    "match",
    inside=WRITTEN,
    text=N_(
        "Check the rosters, match elders with volunteers, verify the pairs, and put them into a new folder. "
        "They can be corrected by hand before old-partners schedule plans their visits."
    ),
)
@options.add_rosters
@options.add_fixed_pairs
@options.add_edits
@options.add_settings
@options.add_month()
@options.add_time_limit
@options.add_past
@options.add_set_aside
@options.add_names
@options.add_pages
@options.add_out()
@options.add_handed_out
def match(**given: object) -> int:
    """Match without planning contacts."""
    request = options.make_request(given)
    with watch_stages() as stages:
        done = stages_in_order.match(request, stages)
    next_step = _(
        "look through unmatched.csv, correct a copy of pairs.csv where you know better, then run old-partners schedule"
    )
    if get_programme() is not None:
        text = _("look through unmatched.csv; to change pairs, fill in the yellow columns of plan.xlsx; then {command}")
        next_step = text.format(command=f"old-partners schedule {request.horizon.start:%Y-%m}")
    show_done(done, next_step)
    return done.exit_code
