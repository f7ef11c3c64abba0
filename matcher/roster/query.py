"""A query to a database, as a source of a roster."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Query:
    """A database, as SQLAlchemy names it, and what to ask it. Its password is shown nowhere."""

    url: str = field(repr=False)
    sql: str = field(repr=False)
