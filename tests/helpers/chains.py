"""Chains of random commands: a random small programme, whose month goes on by one command after the other."""

import shutil
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from random import Random

import pandas as pd

from matcher.commands import main
from tests.helpers import chain_invariants as invariants
from tests.helpers.office import Office, read

HOURS = ["", "", "", "周二上午、周四上午", "周一至周五下午", "周末"]
HOURS += ["周三9:00-11:00", "周一、周三、周五上午", "周一9:00-9:50"]
OFTEN = ["", "", "", "每周3次", "每天", "每两周1次", "每四周1次", "每月1次", "每10天1次"]
SETTINGS = [
    (),
    (),
    (),
    ("household.mode=soft",),
    ("new_pair.accompanied=false",),
    ("schedule.max_visits_per_day=1",),
    ("backup.planned=false",),
    ("schedule.visits_per_week=every second week", "schedule.max_visits_per_day=1"),
    ("schedule.due_when_closed=true",),
    ("schedule.weekends=false",),
    ("new_pair.first_visit_days=3",),
    ("schedule.max_contacts_per_day=2",),
]
MONTHS = ["2026-12", "2026-12", "2027-03", "2026-10", "2027-02", "2026-11"]
WAYS = {
    "from": 2,
    "surge": 3,
    "cold": 2,
    "few": 1,
    "calls": 2,
    "away": 3,
    "left": 2,
    "gone": 1,
    "absent": 2,
    "hours": 2,
    "often": 2,
    "hand": 3,
    "only": 2,
    "fill": 1,
    "joins": 1,
    "closed": 1,
    "records": 1,
    "next": 1,
}
"""Kinds of steps, and how often each comes."""


REFUSALS = (
    "all surges of a month are of one kind",
    "are not announced yet",
    "nobody leaves before the day after",
    "has no pair: nothing to plan anew",
)
"""Sentences one of which a command says that ends with exit code 2: whatever else is refused is a fault."""


class Chain(Office):
    """A random programme, and what goes wrong in its months.

    Attributes:
        faults: What broke an invariant, as sentences with the commands that led there.
        commands: The commands so far.
    """

    def __init__(self, place, seed):
        self.draw = Random(seed)
        draw, choose = self.draw, self.draw.choice
        super().__init__(place, elders=draw.randint(2, 6), volunteers=draw.randint(2, 4), capacity=draw.randint(1, 3))
        self.seed, self.month_name, self.closed = seed, choose(MONTHS), []
        self.settings = [word for text in choose(SETTINGS) for word in ("--set", text)]
        self.faults, self.commands, self.previous = [], [], []
        self.tells_history = False
        for side in ("elders", "volunteers"):
            people = getattr(self, side)
            many = range(len(people))
            people["availability"] = [choose(HOURS) for _ in many]
            people["joined"] = [choose(["", "", "", self.day(9)]) for _ in many]
            people["left"] = [choose([""] * 9 + [self.day(24)]) for _ in many]
            people["days_off"] = [choose(["", "", "", f"{self.day(7)}至{self.day(12)}", self.day(24)]) for _ in many]
            people["status"] = [choose([""] * 12 + ["暂停"]) for _ in many]
        elders, volunteers = self.elders, self.volunteers
        elders["contacts_per_week"] = [choose(OFTEN) for _ in elders["id"]]
        elders["visits_per_month"] = [choose(["", "", "", "", "2", "0"]) for _ in elders["id"]]
        elders["risk"] = [choose(["", "", "high", "medium", "low"]) for _ in elders["id"]]
        elders["wanted_sex"] = [choose(["", "", "female"]) for _ in elders["id"]]
        if draw.random() < 0.2:
            elders["address"] = elders["address"].iloc[0]
        volunteers["sex"] = [choose(["female", "female", "male"]) for _ in volunteers["id"]]
        volunteers["role"] = [choose(["", "组长"]) for _ in volunteers["id"]]
        volunteers["team"] = "一组"

    def day(self, number):
        """Return a day of the month."""
        return f"{self.month_name}-{number:02}"

    def call(self, command, *words):
        """Return the exit code of a command, and what it printed."""
        screen = StringIO()
        words = [command, *map(str, words), "--lang", "en", "--debug"]
        with redirect_stdout(screen), redirect_stderr(screen):
            code = main(words)
        return code, screen.getvalue()

    def try_command(self, command, folder, *words, pairs=None, codes=(0, 2)):
        """Return the folder of a command; None where it was refused.

        Other exit codes are faults, and so is a refusal with none of the sentences that are known.
        """
        out = self.place / f"{next(self.count)}"
        given = ["--pairs", pairs or folder / "pairs.csv", "--visits", folder / "visits.csv"] if folder else []
        dates = [] if command == "substitute" else ["--month", self.month_name]
        words = [*dates, *words]
        kept = [*given, *self.previous, *self.settings, *self.closed]
        code, told = self.call(command, *self.rosters, "--past", "--no-page", *kept, *words, "--out", out)
        self.commands.append(" ".join(map(str, [command, *words, f"→ {code} {out.name}"])))
        if code not in codes or (code == 2 and not any(sentence in told for sentence in REFUSALS)):
            self.fault(f"exit code {code}: {told[-1500:]}")
        return out if code == 0 else None

    def fault(self, *sentences):
        """Note what is wrong, with the commands so far."""
        self.faults += [f"seed {self.seed}, {' | '.join(self.commands)}: {sentence}" for sentence in sentences]

    def begin(self):
        """Return the folder of the first month; None where nobody can be paired. Half the time a month goes before."""
        if self.draw.random() < 0.5:
            month, self.month_name = self.month_name, f"{pd.Period(self.month_name) - 1}"
            before = self.try_command("run", None, codes=(0, 2, 3))
            self.month_name = month
            if before:
                self.previous = ["--previous", before / "pairs.csv", "--previous-visits", before / "visits.csv"]
        folder = self.try_command("run", None, codes=(0, 2, 3))
        if folder:
            self.look_at(folder)
        return folder

    def look_at(self, folder):
        """Check what must be true of a folder: the files hold, and the sums agree."""
        self.fault(*invariants.check_sums(folder))
        made = ["--pairs", folder / "pairs.csv", "--visits", folder / "visits.csv", "--month", self.month_name]
        code, told = self.call("verify", *self.rosters, *made, *self.previous, *self.settings, *self.closed)
        self.tells_history = "history, told only" in told
        if code:
            self.fault(f"verify says {code}: {told[-1500:]}")

    def plan_again(self, folder):
        """Check that the month planned anew from any day on, with nothing changed, is the same.

        Contacts that break a rule, and stand as they are history, are planned anew from a day before them: then it is a
        day on which they are history still.
        """
        day = self.day(self.draw.randint(1, 28))
        if self.tells_history and (folder / "replanned.csv").is_file():
            day = max(day, *read(folder, "replanned")["from"])
        again = self.try_command("schedule", folder, "--from", day)
        if again:
            self.fault(*invariants.check_nothing_changed(folder, again))
            shutil.rmtree(again)

    def step(self, folder):
        """Return the folder after a random command, the same where it was refused."""
        way = self.draw.choices(list(WAYS), list(WAYS.values()))[0]
        day = self.draw.randint(2, 26)
        first, last = self.day(day), self.day(min(day + self.draw.randint(0, 8), 28))
        before = self.elders.copy(), self.volunteers.copy(), self.closed
        self.commands.append(f"{way}:")
        out = getattr(self, f"_{way}")(folder, first, last)
        if out is None:
            self.elders, self.volunteers, self.closed = before
            return folder
        if way != "next":
            self.fault(*invariants.check_since_stays(folder, out))
            self.fault(*invariants.check_stands(folder, out, first))
        self.look_at(out)
        return out

    def _pick_pair(self, folder):
        pairs = read(folder)
        pairs = pairs[pairs["status"] != "paused"]
        if not len(pairs):
            return None, None
        row = pairs.iloc[self.draw.randrange(len(pairs))]
        return row["elder_id"], row["volunteer_id"]

    def _from(self, folder, first, _last):
        return self.try_command("schedule", folder, "--from", first)

    def _surge(self, folder, first, last):
        return self.try_command("schedule", folder, "--surge", f"{first}:{last}")

    def _cold(self, folder, first, last):
        return self.try_command("schedule", folder, "--surge", f"{first}:{last}", "--surge-kind", "cold")

    def _few(self, folder, first, last):
        return self.try_command("schedule", folder, "--surge", f"{first}:{last}", "--surge-contacts", "4")

    def _calls(self, folder, first, last):
        return self.try_command("schedule", folder, "--calls-only", f"{first}:{last}")

    def _away(self, folder, first, last):
        who = self.draw.choice(list(self.volunteers["id"]))
        return self.try_command("substitute", folder, "--volunteer", who, "--from", first, "--to", last)

    def _left(self, folder, first, _last):
        who = self.draw.choice(list(self.volunteers["id"]))
        day = max(first, self.volunteers.set_index("id")["joined"][who])  # nobody leaves before they have come
        return self.try_command("substitute", folder, "--volunteer", who, "--from", day, "--left")

    def _gone(self, folder, first, _last):
        side = self.draw.choice(["elders", "elders", "volunteers"])
        people = getattr(self, side)
        who = self.draw.choice(list(people["id"]))
        joined = people.set_index("id")["joined"][who]
        self.change(side, who, left=max(first, joined))
        return self.try_command("schedule", folder, "--from", first)

    def _absent(self, folder, first, last):
        side = self.draw.choice(["elders", "volunteers"])
        self.change(side, self.draw.choice(list(getattr(self, side)["id"])), days_off=f"{first}至{last}")
        return self.try_command("schedule", folder, "--from", first)

    def _hours(self, folder, first, _last):
        side = self.draw.choice(["elders", "volunteers"])
        who = self.draw.choice(list(getattr(self, side)["id"]))
        self.change(side, who, availability=self.draw.choice(HOURS))
        return self.try_command("schedule", folder, "--from", first, codes=(0, 2, 4))  # two may have no hour by now

    def _often(self, folder, first, _last):
        self.change("elders", self.draw.choice(list(self.elders["id"])), contacts_per_week=self.draw.choice(OFTEN))
        return self.try_command("schedule", folder, "--from", first)

    def _hand(self, folder, first, _last):
        """Another volunteer, or none, by hand; rules may bar the two."""
        elder, _volunteer = self._pick_pair(folder)
        if elder is None:
            return None
        pairs = read(folder)
        other = self.draw.choice(["", *self.volunteers["id"]])
        row = pairs["elder_id"] == elder
        pairs.loc[row, ["volunteer_id", "volunteer_name"]] = [other, ""]
        place = self.place / "desk" if self.draw.random() < 0.5 else folder
        place.mkdir(exist_ok=True)
        hand = place / "hand.csv"
        pairs.to_csv(hand, index=False)
        return self.try_command("schedule", folder, "--from", first, pairs=hand, codes=(0, 2, 4))

    def _only(self, folder, first, _last):
        elder, _volunteer = self._pick_pair(folder)
        return elder and self.try_command("schedule", folder, "--from", first, "--elder", elder)

    def _fill(self, folder, first, _last):
        return self.try_command("schedule", folder, "--from", first, "--fill")

    def _joins(self, folder, first, _last):
        number = len(self.elders) + 1
        row = self.elders.iloc[[0]].assign(
            id=f"E{number}",
            name=f"甲{number}",
            joined=first,
            left="",
            days_off="",
            status="",
            address=f"徐汇区零陵路{number}号101室",
            availability=self.draw.choice(HOURS),
        )
        self.elders = pd.concat([self.elders, row], ignore_index=True)
        return self.try_command("schedule", folder, "--from", first, "--fill")

    def _closed(self, folder, first, _last):
        self.closed = ["--set", f'schedule.closed_days=["{first}"]']
        return self.try_command("schedule", folder, "--from", first)

    def _records(self, folder, _first, _last):
        """Sheets come back: the plan stays, and next month counts what happened."""
        visits = read(folder, "visits")
        if not len(visits):
            return
        some = visits[[self.draw.random() < 0.8 for _ in range(len(visits))]]
        outcome = [self.draw.choice(["done", "done", "done", "no_answer"]) for _ in range(len(some))]
        sheet, records = self.place / "sheet.csv", self.place / f"records-{self.month_name}.csv"
        columns = ["visit_id", "elder_id", "volunteer_id", "date", "kind"]
        some[columns].assign(outcome=outcome).to_csv(sheet, index=False)
        month = pd.Period(self.month_name)
        words = ["--month", self.month_name, "--run", folder, *self.rosters, "--records", records]
        code, told = self.call("record", sheet, *words, "--as-of", month.end_time.date())
        self.commands.append(f"record → {code}")
        if code and "this contact is on record otherwise" not in told:  # two sheets of one month may differ
            self.fault(f"exit code {code}: {told[-1500:]}")

    def _next(self, folder, _first, _last):
        """The month after this one, with the pairs that stand."""
        records = self.place / f"records-{self.month_name}.csv"
        month, before = self.month_name, (self.previous, self.closed)
        self.month_name = f"{pd.Period(month) + 1}"
        self.previous = ["--previous", folder / "pairs.csv", "--previous-visits", folder / "visits.csv"]
        if records.is_file():
            self.previous += ["--records", records]
        self.closed = []
        out = self.try_command("run", None, codes=(0, 2, 3))
        if out is None:
            self.month_name, (self.previous, self.closed) = month, before
        return out


def run_chain(place, seed, steps):
    """Return the chain of a random programme after so many commands, or up to the first that broke something."""
    chain = Chain(place, seed)
    folder = chain.begin()
    if folder is None:
        return chain
    chain.plan_again(folder)
    for _ in range(steps):
        if chain.faults:
            break  # what follows from a fault is none of its own
        folder = chain.step(folder)
        chain.plan_again(folder)
    return chain
