"""Pairs of settings: does ``verify`` accept what is planned with any two of them other than their defaults?

    python -m benchmarks.setting_pairs [COUNT [SEED]]

A small programme (``tests/helpers/setting_pairs.py``) is planned once with each pair of settings of match and schedule,
or with so many pairs drawn by a seed, and ``verify`` looks at each plan. What is refused for another reason than that
the two contradict each other, what ends with an error, and what breaks a rule is printed.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.helpers.setting_pairs import SmallProgramme, list_pairs, list_values


def main(count: int = 0, seed: int = 0) -> int:
    pairs = list_pairs(seed, count) if count else list_pairs()
    values, broken, began = list_values(), 0, time.process_time()
    with tempfile.TemporaryDirectory() as place:
        programme = SmallProgramme(Path(place))
        for pair in pairs:
            if fault := programme.find_fault(*pair):
                broken += 1
                print(", ".join(f"{path}={values[path]}" for path in pair), fault, flush=True)
    spent_s = time.process_time() - began
    print(f"{len(pairs)} pairs of {len(values)} settings: {broken} broke something; {spent_s:.0f} s of CPU")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
