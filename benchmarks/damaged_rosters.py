"""Rosters damaged at random: is every row of every file accounted for?

    python -m benchmarks.damaged_rosters [COUNT [SEED]]

Makes 2,000 rosters (CSV, quoted CSV, GB18030, workbooks) of whole and damaged people, blank rows, repeated headers,
totals and examples, and reads each. Ends at the first row that is neither read, set aside, blank nor passed over, and
at the first whole row that is lost; else prints what became of all rows.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path
from random import Random

from tests.helpers.damaged import VOLUNTEERS, account, make_damaged


def main(count: int = 2000, seed: int = 2026) -> None:
    """Read the rosters and print the sums."""
    rng, total = Random(seed), Counter[str]()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        volunteers = folder / "v.csv"
        volunteers.write_text(VOLUNTEERS, "utf-8")
        for _ in range(count):
            total += account(make_damaged(rng, folder), volunteers)
    for what, number in total.items():
        print(f"{number:>9,}  {what}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
