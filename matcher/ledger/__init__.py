"""The ledger: all months of a programme in one database, and the tallies that reports read."""

from matcher.ledger.ledger import Forgotten, Ledger, write_records, write_run
from matcher.ledger.numbers import PARTS

__all__ = ["PARTS", "Forgotten", "Ledger", "write_records", "write_run"]
