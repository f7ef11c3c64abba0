"""One month's match: rules, candidates, assignment and reasons become a plan."""

from matcher.matching.backups import find_seconds_with_the_first, update_backups
from matcher.matching.match import match, plan_from_pairs
from matcher.matching.pins import check_pins

__all__ = ["check_pins", "find_seconds_with_the_first", "match", "plan_from_pairs", "update_backups"]
