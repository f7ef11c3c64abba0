"""One month's match: rules, candidates, assignment and reasons become a plan."""

from matcher.matching.backups import backups_after
from matcher.matching.match import match, plan_from_pairs
from matcher.matching.pins import check_pins

__all__ = ["backups_after", "check_pins", "match", "plan_from_pairs"]
