"""A query to a database, as a source of a roster."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Query:
    """A database, as SQLAlchemy names it, and what to ask it. Its password is shown nowhere."""

    url: str = field(repr=False)
    sql: str = field(repr=False)

    @property
    def file(self) -> Path | None:
        """Return the file of an SQLite database; None for what a server keeps."""
        head, _, path = self.url.partition(":///")
        return Path(path.partition("?")[0]) if head.startswith("sqlite") and path else None
