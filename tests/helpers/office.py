"""A small programme in a folder, as an office runs it: rosters that change, one folder a command."""

import itertools

import pandas as pd

from matcher.commands import main

_RUNS = {}
"""The files of months that this process has planned, by month and rosters."""


def read(folder, name="pairs"):
    return pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")


class Office:
    """A small programme in a folder: rosters that change, and one folder a command."""

    def __init__(self, place, elders=3, volunteers=3, capacity=2):
        self.place, self.count = place, itertools.count()
        self.elders = pd.DataFrame(
            {
                "id": [f"E{i}" for i in range(1, elders + 1)],
                "name": [f"甲{i}" for i in range(1, elders + 1)],
                "sex": "female",
                "birth_date": "1940-03-01",
                "address": [f"徐汇区零陵路{i}号101室" for i in range(1, elders + 1)],
                "lng_wgs84": [121.44 + 0.0003 * i for i in range(1, elders + 1)],
                "lat_wgs84": 31.19,
                "consent": "yes",
                **dict.fromkeys(("status", "joined", "left", "days_off"), ""),
            }
        )
        self.volunteers = pd.DataFrame(
            {
                "id": [f"V{i}" for i in range(1, volunteers + 1)],
                "name": [f"乙{i}" for i in range(1, volunteers + 1)],
                "sex": "female",
                "birth_date": "1960-03-01",
                "phone": [f"1380000000{i}" for i in range(1, volunteers + 1)],
                "address": [f"徐汇区天钥桥路{i}号101室" for i in range(1, volunteers + 1)],
                "lng_wgs84": [121.44 + 0.0003 * i for i in range(1, volunteers + 1)],
                "lat_wgs84": 31.1901,
                "capacity": str(capacity),
                **dict.fromkeys(("status", "joined", "left", "days_off"), ""),
            }
        )

    def change(self, side, who, **cells):
        people = getattr(self, side)
        for name, value in cells.items():
            people.loc[people["id"] == who, name] = value

    def write(self, frame, name):
        path = self.place / name
        frame.to_csv(path, index=False)
        return str(path)

    @property
    def rosters(self):
        elders, volunteers = (self.write(getattr(self, side), f"{side}.csv") for side in ("elders", "volunteers"))
        return ["--elders", elders, "--volunteers", volunteers]

    def do(self, command, *words, code=0):
        out = self.place / f"{next(self.count)}"
        assert main([command, *self.rosters, "--past", "--lang", "en", *map(str, words), "--out", str(out)]) == code
        return out

    def month(self, month="2026-12", *words):
        """The folder of a month's run. The same input gives the same bytes: without words, a process plans it once."""
        if words:
            return self.do("run", "--month", month, *words)
        key = month, self.elders.to_csv(), self.volunteers.to_csv()
        if key not in _RUNS:
            out = self.do("run", "--month", month)
            _RUNS[key] = {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()}
            return out
        out = self.place / f"{next(self.count)}"
        for name, content in _RUNS[key].items():
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            (out / name).write_bytes(content)
        return out

    def go_on(self, command, folder, *words, pairs=None, code=0):
        stand = ["--pairs", pairs or folder / "pairs.csv", "--visits", folder / "visits.csv"]
        dates = [] if command == "substitute" else ["--month", "2026-12"]
        return self.do(command, *stand, *dates, *words, code=code)

    def holds(self, folder, *words):
        made = ["--pairs", folder / "pairs.csv", "--visits", folder / "visits.csv", "--month", "2026-12", *words]
        return main(["verify", *self.rosters, "--lang", "en", *map(str, made)]) == 0
