"""Plan a region in which a city is bad, two cities touch and a worker is killed; hold it to single runs.

    python -m benchmarks.killed [--folder FOLDER]

It prints what the command says, then the command given again; then what of each city's folder differs from that of a
single run; and what is proved at the border.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import psutil

from benchmarks.many import MONTH, SIDES, VOLUNTEERS, move_people
from matcher.sample import make_sample
from matcher.sample.write import write_sample

SIZES = (300, 200, 120, 80, 60, 40)
BAD, TOUCHING = 2, (4, 5)
"""The city whose roster is no roster, and those on the same streets: of the first few volunteers, of the other many."""
_WORKER = "spawn_main"


def make_cities(folder: Path) -> None:
    """Write the rosters and the file that lists them."""
    lines = ['name = "Delta"']
    for number, elders in enumerate(SIZES):
        own = folder / f"c{number}"
        own.mkdir(parents=True)
        few = number == TOUCHING[0]
        write_sample(make_sample(elders, 4 if few else round(VOLUNTEERS * elders), min(number, TOUCHING[0])), own)
        move_people(own, min(number, TOUCHING[0]), str(number))
        lines += ["[[city]]", f'name = "City {number}"', *(f'{side} = "c{number}/{side}.csv"' for side in SIDES)]
    (folder / f"c{BAD}" / "elders.csv").write_text("nothing,here\n1,2\n")
    (folder / "cities.toml").write_text("\n".join(lines), "utf-8")


def plan_region(folder: Path, *, kill: bool) -> None:
    """Give the command, and show what it says; kill a worker when the first city has ended."""
    words = ["many", "cities.toml", "--month", MONTH, "--out", "region", "--jobs", "2"]
    print("$ old-partners " + " ".join(words), flush=True)
    command = [sys.executable, "-u", "-m", "matcher", *words]
    environment = {**os.environ, "COLUMNS": "110", "PYTHONPATH": os.pathsep.join(sys.path)}
    with psutil.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout:
            print(line.rstrip(), flush=True)
            if kill and f"/{len(SIZES)}  " in line and "planned" in line:
                worker = next(one for one in process.children(recursive=True) if _WORKER in " ".join(one.cmdline()))
                os.kill(worker.pid, signal.SIGKILL)
                print("        (one of the two workers is killed: SIGKILL)", flush=True)
                kill = False
    print(f"exit code {process.returncode}\n", flush=True)


def read_folder(folder: Path) -> dict[str, bytes]:
    """Return the files of a run folder, but the times in its manifest."""
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    manifest = json.loads(files["manifest.json"])
    manifest.pop("times")
    return files | {"manifest.json": json.dumps(manifest).encode()}


def compare(folder: Path, numbers: Sequence[int]) -> str:
    """Return how the plan of some cities is held against a single run of their rosters."""
    name = "+".join(f"City {number}" for number in numbers)
    rosters = [f"--{side}={folder / f'c{number}' / f'{side}.csv'}" for number in numbers for side in SIDES]
    alone = folder / f"alone {name}"
    command = [sys.executable, "-m", "matcher", "run", *rosters, f"--month={MONTH}", f"--out={alone}"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    own = folder / "region" / ("cities" if len(numbers) == 1 else "together") / name
    here, there = read_folder(own), read_folder(alone)
    differing = sorted(path for path in here.keys() | there.keys() if here.get(path) != there.get(path))
    return f"{name}: {len(here)} files, {sum(map(len, here.values())):,} bytes; differing: {differing or 'none'}"


def main(words: list[str]) -> None:
    """Print it all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="where to keep it; it must not exist yet")
    given = parser.parse_args(words)
    with nullcontext(given.folder) if given.folder else tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "killed"
        make_cities(folder)
        plan_region(folder, kill=True)
        plan_region(folder, kill=False)
        apart = [number for number in range(len(SIZES)) if number not in {BAD, *TOUCHING}]
        for numbers in (*((number,) for number in apart), TOUCHING):
            print(compare(folder, numbers), flush=True)
        proof = json.loads((folder / "region" / "region.json").read_text("utf-8"))["proof"]
        print(json.dumps({name: value for name, value in proof.items() if name != "parts"}, indent=2))


if __name__ == "__main__":
    main(sys.argv[1:])
