"""Random programmes and chains of commands: does every promise of a month that goes on hold?

    python -m benchmarks.chains [COUNT [FIRST_SEED [STEPS]]]

Each chain is a programme made up at random (``tests/helpers/chains.py``), planned for a month, and so many commands one
after the other: surges, absences, leavings, edits by hand, records, the next month. After each the invariants of
``tests/helpers/chain_invariants.py`` are asked, and the month is planned anew with nothing changed. What breaks one is
printed with the commands that led there; ``1 SEED`` repeats one chain.
"""

from __future__ import annotations

import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

from tests.helpers.chains import run_chain


def main(count: int = 200, first: int = 0, steps: int = 4) -> int:
    commands: Counter[str] = Counter()
    broken, began = 0, time.process_time()
    for seed in range(first, first + count):
        with tempfile.TemporaryDirectory() as place:
            try:
                chain = run_chain(Path(place), seed, steps)
            except Exception:
                traceback.print_exc()
                print(f"seed {seed}: an error of its own", flush=True)
                broken += 1
                continue
        commands.update(command.split()[0] for command in chain.commands)
        broken += bool(chain.faults)
        for fault in chain.faults:
            print(fault, flush=True)
    told = ", ".join(f"{number} {name}" for name, number in commands.most_common())
    spent_s = time.process_time() - began
    print(f"{count} chains from seed {first}, {told}: {broken} broke something; {spent_s:.0f} s of CPU")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
