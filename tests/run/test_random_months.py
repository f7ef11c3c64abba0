"""Random small programmes and chains of commands: the files hold, the sums agree, and what stays is left alone."""

import json
import random

import pytest

from matcher.commands import main
from tests.helpers.office import Office, read

SEEDS = range(2, 3)
"""More of them, once in a while: ``range(100)`` takes some ten minutes."""
HOURS = ["", "", "", "周二上午、周四上午", "周一至周五下午", "周末", "周三9:00-11:00", "周一、周三、周五上午"]
OFTEN = ["", "", "每周3次", "每天", "每两周1次", "每四周1次", "每月1次", "每10天1次"]
WAYS = ["surge", "calls", "away", "left", "gone", "hand", "only", "fill", "closed"]
KEYS = ["elder_id", "volunteer_id", "date", "start", "end", "kind", "in_place_of", "companion"]
MONTH = "2026-12"


class RandomOffice(Office):
    """Random programme, whose month goes on by one random command after the other."""

    def __init__(self, place, draw):
        super().__init__(place, elders=draw.randint(2, 5), volunteers=draw.randint(2, 3), capacity=2)
        self.draw, self.settings, self.start = draw, [], None
        choose = draw.choice
        for side in ("elders", "volunteers"):
            people = getattr(self, side)
            many = range(len(people))
            people["availability"] = [choose(HOURS) for _ in many]
            people["joined"] = [choose(["", "", "", f"{MONTH}-09"]) for _ in many]
            people["days_off"] = [choose(["", "", "", f"{MONTH}-07至{MONTH}-12", f"{MONTH}-24"]) for _ in many]
        self.elders["contacts_per_week"] = [choose(OFTEN) for _ in self.elders["id"]]
        self.elders["wanted_sex"] = [choose(["", "", "female"]) for _ in self.elders["id"]]
        self.volunteers["sex"] = [choose(["female", "female", "male"]) for _ in self.volunteers["id"]]
        self.volunteers["role"] = [choose(["", "组长"]) for _ in self.volunteers["id"]]
        self.volunteers["team"] = "一组"

    def try_command(self, command, folder, *words, pairs=None):
        """Return the folder of a command, or of the last one where there was nothing to do; nothing else may fail."""
        out = self.place / f"{next(self.count)}"
        stand = ["--pairs", pairs or folder / "pairs.csv", "--visits", folder / "visits.csv", *self.settings]
        dates = [] if command == "substitute" else ["--month", MONTH]
        words = [*self.rosters, "--past", "--lang", "en", *stand, *dates, *words, "--out", out]
        code = main([command, *map(str, words)])
        assert code in ((0, 2, 4) if pairs else (0, 2)), (command, words)  # a hand may pair whom rules forbid
        return out if code == 0 else folder

    def go_on_by(self, way, folder):
        """Return the folder of a random command of some kind; ``start`` is since when the month was planned anew."""
        draw, day = self.draw, self.draw.randint(2, 26)
        first, last = f"{MONTH}-{day:02}", f"{MONTH}-{min(day + draw.randint(0, 8), 31):02}"
        pairs = read(folder)
        pairs = pairs[pairs["status"] != "paused"]
        if not len(pairs):
            return folder
        elder, volunteer = draw.choice(sorted(pairs["elder_id"])), draw.choice(sorted(pairs["volunteer_id"]))
        if way in ("surge", "calls"):
            option = "--surge" if way == "surge" else "--calls-only"
            out = self.try_command("schedule", folder, option, f"{first}:{last}")
            if self.start and out != folder:
                self.start = min(self.start, first)
            return out
        if way in ("away", "left"):
            until = ["--left"] if way == "left" else ["--to", last]
            return self.try_command("substitute", folder, "--volunteer", volunteer, "--from", first, *until)
        words, hand = ["--from", first], None
        if way == "gone":
            joined = self.elders.set_index("id")["joined"][elder]
            self.change("elders", elder, left=max(first, joined))
        elif way == "closed":
            self.settings = ["--set", f'schedule.closed_days=["{first}"]']
        elif way == "fill":
            words.append("--fill")
        elif way == "only":
            words += ["--elder", elder]
        else:
            other = draw.choice(["", *self.volunteers["id"]])
            hand = folder / "hand.csv"  # beside the rest, as people keep it
            read(folder).replace({"volunteer_id": {pairs.set_index("elder_id")["volunteer_id"][elder]: other}}).assign(
                volunteer_name=""
            ).to_csv(hand, index=False)
        out = self.try_command("schedule", folder, *words, pairs=hand)
        if out != folder:
            self.start = min(self.start or first, first) if way == "only" else first
        return out


@pytest.mark.long
@pytest.mark.parametrize("seed", SEEDS)
def test_a_month_holds_after_whatever_happens_in_it(tmp_path, seed, capsys):
    draw = random.Random(seed)
    office = RandomOffice(tmp_path, draw)
    out = tmp_path / "month"
    if main(["run", *office.rosters, "--past", "--lang", "en", "--month", MONTH, "--out", str(out)]):
        pytest.skip("nobody can be paired")
    for way in (None, *draw.sample(WAYS, 2)):
        out = office.go_on_by(way, out) if way else out
        figures = json.loads((out / "summary.json").read_text("utf-8-sig"))["schedule"]
        visits, missing = read(out, "visits"), read(out, "unscheduled")
        count = int(missing["missing"].astype(int).sum())
        assert figures["contacts_due"] == figures["contacts_planned"] + count, way
        assert figures["visits_missing"] + figures["calls_missing"] == count, way
        assert len(visits) == figures["contacts_planned"], way
        capsys.readouterr()
        since = ["--from", office.start] if office.start else []
        assert office.holds(out, *office.settings, *since), (way, capsys.readouterr().out)
    since = ["--from", office.start or f"{MONTH}-01"]
    if way in ("away", "left"):  # a stand-in has the day that was agreed; a month planned anew may find another
        out = office.try_command("schedule", out, *since)
    again = office.try_command("schedule", out, *since)
    for name, columns in (("visits", KEYS), ("unscheduled", ["elder_id", "week_start", "kind", "missing", "as_calls"])):
        was, now = (sorted(read(folder, name)[columns].itertuples(index=False)) for folder in (out, again))
        assert now == was, name
