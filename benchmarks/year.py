"""A programme's year, from ``init`` to December's report, by the commands that a coordinator types.

    python -m benchmarks.year [--months 12] [--elders 60] [--volunteers 14] [--seed 1] [--lang zh] [--folder FOLDER]

Each month is planned, verified, handed out, recorded in two lots, reported; between months the rosters follow the
suggestions of ``roster_changes.csv``, and people join and leave. What happens is made up by a seeded generator: one
contact in twenty is missed, elders fall ill, die, move, refuse; volunteers are away, or leave in mid-month. After each
month the files must agree: nobody is lost, tallies are the rows, all levels of reports add up, the year is the sum of
its months, ``verify`` finds nothing, ``status`` names the next command. The first that does not ends the year.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from openpyxl import load_workbook

from matcher.columns import FILES, column
from matcher.commands import main
from matcher.horizon import Horizon
from matcher.i18n import use_language
from matcher.ledger import Ledger
from matcher.ledger.counts import LEVELS, Level
from matcher.outcomes import BY_CODE
from matcher.outputs.report.figures import FIGURES
from matcher.outputs.report.report import make_report

SHARES = {"missed": 0.05, "hospital": 0.03, "died": 0.008, "moved": 0.008, "refused": 0.008, "volunteer_away": 0.06}
"""How often a contact is missed; a month in which an elder, or a volunteer, meets with the rest."""
LATE = 0.2
"""Volunteers whose sheets come in late."""
NEW_ELDERS, NEW_VOLUNTEERS = 2, 1
"""Who join in a month, the second in every other one."""
LEAVING = (4, 8)
"""Months of the year, from 0, in which a volunteer leaves in mid-month."""
_BLANK = ""


class YearError(Exception):
    """What does not agree."""


@dataclass(slots=True)
class Teller:
    """What happens to people, made up: the outcome of each contact, the same for the same seed."""

    rng: np.random.Generator
    gone: dict[str, tuple[date, str]] = field(default_factory=dict)
    """Elders who died, moved or refused: since when, and which."""
    ill: dict[str, tuple[date, date]] = field(default_factory=dict)
    """Elders in hospital, from when until when."""
    away: dict[str, tuple[date, date]] = field(default_factory=dict)
    """Volunteers who could not come, likewise."""

    def begin_month(self, horizon: Horizon, elders: Sequence[str], volunteers: Sequence[str]) -> None:
        """Draw what the month brings."""
        self.ill = {who: span for who, span in self.ill.items() if span[1] >= horizon.start}
        self.away = {}
        for who in elders:
            if who in self.gone:
                continue
            for kind in ("died", "moved", "refused"):
                if self.rng.random() < SHARES[kind]:
                    self.gone[who] = (self._draw_day(horizon), kind)
                    break
            if self.rng.random() < SHARES["hospital"]:
                first = self._draw_day(horizon)
                self.ill[who] = (first, first + timedelta(days=int(self.rng.integers(5, 25))))
        for who in volunteers:
            if self.rng.random() < SHARES["volunteer_away"]:
                first = self._draw_day(horizon)
                self.away[who] = (first, first + timedelta(days=6))

    def tell(self, elder: str, volunteer: str, day: date) -> str:
        """Return the outcome of a contact."""
        if elder in self.gone and day >= self.gone[elder][0]:
            return self.gone[elder][1]
        if elder in self.ill and self.ill[elder][0] <= day <= self.ill[elder][1]:
            return "in_hospital"
        if volunteer in self.away and self.away[volunteer][0] <= day <= self.away[volunteer][1]:
            return "volunteer_absent"
        return "no_answer" if self.rng.random() < SHARES["missed"] else "done"

    def _draw_day(self, horizon: Horizon) -> date:
        return horizon.start + timedelta(days=int(self.rng.integers(0, horizon.days)))


class Year:
    """A programme folder, and the person who types.

    Args:
        folder: Where the programme is to be; it is not there yet.
        elders: How many elders begin.
        volunteers: How many volunteers begin.
        seed: Other seed, other people and other events.
        lang: zh or en.
        say: Takes each line to print.
        levels: Whose units of reports are added up.
    """

    def __init__(
        self,
        folder: Path,
        elders: int,
        volunteers: int,
        seed: int,
        lang: str,
        say: Callable[[str], None] = print,
        levels: Sequence[Level] = LEVELS,
    ) -> None:
        self.root, self.lang, self.say, self._levels = folder, lang, say, levels
        self._n = elders, volunteers
        self._seed = seed
        self._rng = np.random.default_rng(seed)
        self._teller = Teller(np.random.default_rng(seed + 1))
        self._reserve: dict[str, list[dict[str, str]]] = {}

    def live(self, months: Sequence[str]) -> None:
        """Live through the months.

        Raises:
            YearError: something does not agree.
        """
        use_language(self.lang)
        self._begin(months[0])
        with contextlib.chdir(self.root):
            for number, month in enumerate(months):
                started = time.process_time()
                self._live_month(number, month)
                self.say(f"# {month}: {time.process_time() - started:.1f} s CPU\n")
                if month != months[-1]:
                    self._follow_suggestions(month)
                    self._welcome(number, month)

    def _begin(self, month: str) -> None:
        """Make up people, of whom the last are kept back to join later, and the programme's folder."""
        (n_elders, n_volunteers), made = self._n, self.root.parent / "made"
        sizes = [f"--elders={n_elders * 3 // 2}", f"--volunteers={n_volunteers * 3 // 2}", f"--seed={self._seed}"]
        self.type("sample", *sizes, f"--month={month}", f"--out={made}", f"--lang={self.lang}")
        for side, n in (("elders", n_elders), ("volunteers", n_volunteers)):
            rows = _read(made / f"{side}.csv")
            joined, left = (column(side, name).header() for name in ("joined", "left"))
            rows[left] = _BLANK
            self._reserve[side] = rows.iloc[n:].assign(**{joined: _BLANK}).to_dict("records")
            _write(made / f"{side}.csv", rows.iloc[:n])
        name = {"zh": "仙霞老伙伴", "en": "Xianxia Old Partners"}[self.lang]
        self.type("init", str(self.root), f"--name={name}", f"--lang={self.lang}", "--templates")
        for side in ("elders", "volunteers"):
            template = next((self.root / "rosters").glob(f"{side}*"), None) or self.root / "rosters" / f"{side}.xlsx"
            template.unlink(missing_ok=True)
            shutil.copy(made / f"{side}.csv", self.root / "rosters" / f"{side}.csv")
        toml = self.root / "programme.toml"
        text = toml.read_text("utf-8")
        for side in ("elders", "volunteers"):
            text = _replace_files(text, side, f"rosters/{side}.csv")
        toml.write_text(text, "utf-8")

    def _live_month(self, number: int, month: str) -> None:
        horizon = Horizon.of_month(month)
        if number:
            self._expect(f"old-partners run {month}")
        self.type("run", month, "--past")
        self._check_plan(month)
        self._expect(f"old-partners handouts {month}")
        self.type("handouts", month)
        if number in LEAVING:
            self._lose_volunteer(month, horizon)
        planned = self._read_month(month, "visits")
        rosters = [self._read_roster(side)[column(side, "id").header()].tolist() for side in ("elders", "volunteers")]
        self._teller.begin_month(horizon, *rosters)
        self._expect(f"old-partners record {month}")
        papers = sorted((self.root / "handouts" / month).rglob("*.xlsx"))
        everybody = planned["volunteer_id"].unique().tolist()
        late = {who for who in everybody if self._rng.random() < LATE} or set(everybody[:1])
        outcomes = self._tell_month(planned)
        for lot in (set(everybody) - late, late):
            fill_sheets(papers, {key: one for key, one in outcomes.items() if one[0] in lot})
            words = [str(path.relative_to(self.root)) for path in papers]
            self.type("record", month, *words, f"--as-of={horizon.end}")
        before = (self.root / "records" / f"{month}.csv").read_bytes()
        self.type("record", month, *words, f"--as-of={horizon.end}", quiet=True)
        _agree((self.root / "records" / f"{month}.csv").read_bytes() == before, "the same sheets twice change nothing")
        self._check_records(month, outcomes)
        self.type("report", month)
        self._check_ledger(month)
        self._check_reports(month)

    def _lose_volunteer(self, month: str, horizon: Horizon) -> None:
        """Let a volunteer leave in mid-month, and hand out the papers anew."""
        pairs = self._read_month(month, "pairs")
        who = pairs["volunteer_id"].value_counts().index[0]
        day = horizon.start + timedelta(days=13)
        self.type("substitute", f"--volunteer={who}", f"--from={day}", "--left", "--past")
        self._check_plan(month)
        self.type("handouts", month, "--force")
        self._set_roster("volunteers", who, {"left": f"{day - timedelta(days=1)}"})

    def _tell_month(self, planned: pd.DataFrame) -> dict[str, tuple[str, str, int]]:
        """Return for each visit id who was to make it, its outcome and minutes."""
        told = {}
        for row in planned.sort_values(["date", "visit_id"]).to_dict("records"):
            outcome = self._teller.tell(row["elder_id"], row["volunteer_id"], date.fromisoformat(row["date"]))
            minutes = int(self._rng.integers(25, 60)) if row["kind"] == self._word("visits", "kind", "visit") else 10
            told[row["visit_id"]] = (row["volunteer_id"], outcome, minutes)
        return told

    def _follow_suggestions(self, month: str) -> None:
        """Do what ``roster_changes.csv`` suggests; who was in hospital comes home at the month's end."""
        changes = _read(self.root / "records" / month / "roster_changes.csv", "roster_changes")
        for row in changes.to_dict("records"):
            name = next(one for one in ("status", "left", "consent") if column("elders", one).header() == row["column"])
            self._set_roster("elders", row["person_id"], {name: row["suggested"]})
        after = Horizon.of_month(month).end + timedelta(days=1)
        paused, active = (self._word("elders", "status", code) for code in ("paused", "active"))
        elders = self._read_roster("elders")
        status, identity = column("elders", "status").header(), column("elders", "id").header()
        for who in elders.loc[elders[status] == paused, identity]:
            if who not in self._teller.ill or self._teller.ill[who][1] < after:
                self._set_roster("elders", who, {"status": active})
        self.say(f"# {len(changes)} suggestions of records/{month}/roster_changes.csv are taken into the rosters")

    def _welcome(self, number: int, month: str) -> None:
        """Let people join on the first day of the month to come."""
        day = Horizon.of_month(month).end + timedelta(days=1)
        for side, n in (("elders", NEW_ELDERS), ("volunteers", NEW_VOLUNTEERS if number % 2 else 0)):
            rows = self._read_roster(side)
            new = [self._reserve[side].pop() for _ in range(min(n, len(self._reserve[side])))]
            joined = {column(side, "joined").header(): f"{day}"}
            new = [row | joined for row in new]
            _write(self._roster(side), pd.concat([rows, pd.DataFrame(new, columns=rows.columns)], ignore_index=True))
            self.say(f"# {len(new)} new {side}")

    # what must agree

    def _check_plan(self, month: str) -> None:
        """Check that nobody is lost, and that the verifier finds nothing."""
        elders = self._read_roster("elders")[column("elders", "id").header()].tolist()
        pairs, unmatched = self._read_month(month, "pairs"), self._read_month(month, "unmatched")
        pauses = pairs["status"] == self._word("pairs", "status", "paused")
        accounted = sorted([*pairs.loc[~pauses, "elder_id"], *unmatched["elder_id"]])
        _agree(accounted == sorted(elders), f"each elder of the roster is in a pair or unmatched, once ({month})")
        _agree(
            set(pairs.loc[pauses, "elder_id"]) <= set(elders), f"pairs that pause are of people on the roster ({month})"
        )
        self.type("verify", month, quiet=True)

    def _check_records(self, month: str, outcomes: dict[str, tuple[str, str, int]]) -> None:
        """Check that each contact has the record that its sheet gave."""
        records = self._read_records(month)
        told = dict(zip(records["visit_id"], records["outcome"], strict=True))
        word = {code: self._word("records", "outcome", code) for code in BY_CODE}
        wrong = [key for key, (_who, outcome, _min) in outcomes.items() if told.get(key) != word[outcome]]
        _agree(not wrong and len(told) == len(outcomes), f"records are what the sheets say ({month}): {wrong[:3]}")

    def _check_ledger(self, month: str) -> None:
        """Check that tallies are the rows, and that rows are the files'."""
        number = int(month.replace("-", ""))
        with contextlib.closing(sqlite3.connect(self.root / "ledger.sqlite")) as ledger:
            run, records = ledger.execute("SELECT run, records FROM standing WHERE month = ?", (number,)).fetchone()

            def count(text: str, batch: int) -> int:
                return int(ledger.execute(text, (batch,)).fetchone()[0] or 0)

            planned = count("SELECT COUNT(*) FROM contacts WHERE batch = ?", run)
            _agree(planned == len(self._read_month(month, "visits")), f"the ledger's contacts are the plan's ({month})")
            tallied = count("SELECT SUM(planned) FROM contact_tally WHERE batch = ?", run)
            _agree(planned == tallied, f"the tally of contacts is their number ({month})")
            rows = count("SELECT COUNT(*) FROM records WHERE batch = ?", records)
            _agree(rows == len(self._read_records(month)), f"the ledger's records are the file's ({month})")
            missing = count("SELECT SUM(missing) FROM unscheduled WHERE batch = ?", run)
            tallied = count("SELECT SUM(unscheduled) FROM contact_tally WHERE batch = ?", run)
            _agree(missing == tallied, f"the tally of contacts without a day is their number ({month})")
            elders = count("SELECT COUNT(*) FROM elders WHERE batch = ?", run)
            _agree(elders == len(self._read_roster("elders")), f"the ledger's elders are the roster's ({month})")

    def _check_reports(self, month: str) -> None:
        """Check that units of all levels add up to the total, and the year to its months."""
        added = [one.name for one in FIGURES if not one.is_share and not one.is_stock]
        stocks = [one.name for one in FIGURES if one.is_stock and one.table == "elders"]
        with Ledger(f"sqlite:///{(self.root / 'ledger.sqlite').as_posix()}", create=False) as ledger:
            for level in self._levels:
                report = make_report(ledger, month, level)
                for period in report.units:
                    wanted = report.total.loc[period]
                    for name in [*added, *(stocks if period == "month" else [])]:
                        if level != "all" and not np.isclose(report.units[period][name].sum(), wanted[name]):
                            raise YearError(f"{level}, {period} of {month}: units of {name} are not the total")
                for name in added:
                    if not np.isclose(report.months[name].sum(), report.total.loc["year", name]):
                        raise YearError(f"the year of {name} until {month} is not the sum of its months")

    def _expect(self, command: str) -> None:
        """Check that ``status`` names the command as the next."""
        shown = self.type("status")
        _agree(command in shown, f"status names {command} as the next command")

    # files

    def type(self, *words: str, quiet: bool = False) -> str:
        """Type a command, print its main lines, and return all of them.

        Raises:
            YearError: it does not end well.
        """
        out, error = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
            code = main(list(words))
        use_language(self.lang)
        shown = out.getvalue()
        self.say(f"$ old-partners {' '.join(words)}{f'   ({code})' if code else ''}")
        if code:
            raise YearError(f"exit code {code}\n{shown}{error.getvalue()}")
        for line in () if quiet else _pick_main_lines(shown):
            self.say(f"    {line}")
        return shown

    def _roster(self, side: str) -> Path:
        return self.root / "rosters" / f"{side}.csv"

    def _read_roster(self, side: str) -> pd.DataFrame:
        return _read(self._roster(side))

    def _read_month(self, month: str, kind: str) -> pd.DataFrame:
        return _read(self.root / "months" / month / f"{kind}.csv", kind)

    def _read_records(self, month: str) -> pd.DataFrame:
        return _read(self.root / "records" / f"{month}.csv", "records")

    def _set_roster(self, side: str, who: str, cells: dict[str, str]) -> None:
        rows = self._read_roster(side)
        row = rows[column(side, "id").header()] == who
        for name, value in cells.items():
            rows.loc[row, column(side, name).header()] = value
        _write(self._roster(side), rows)

    def _word(self, kind: str, name: str, code: str) -> str:
        return column(kind, name).choice_label(code)


def fill_sheets(papers: Sequence[Path], told: dict[str, tuple[str, str, int]]) -> int:
    """Fill in the record tables of workbooks as volunteers do; return how many contacts were."""
    done, outcome, minutes = (column("record_sheets", name).header() for name in ("done", "outcome", "minutes"))
    filled = 0
    for path in papers:
        book = load_workbook(path)
        touched = False
        for sheet in book.worksheets:
            places: dict[str, int] = {}
            for row in sheet.iter_rows():
                texts = {str(cell.value).strip(): cell.column for cell in row if cell.value}
                if done in texts and outcome in texts:
                    places = texts
                key = str(row[0].value or "").replace("\n", "").strip()
                if not places or key not in told:
                    continue
                _who, code, length = told[key]
                sign = BY_CODE[code].sign
                sheet.cell(row[0].row, places[done if code == "done" else outcome]).value = sign
                if code == "done":
                    sheet.cell(row[0].row, places[minutes]).value = length
                filled, touched = filled + 1, True
        if touched:
            book.save(path)
    return filled


def _replace_files(text: str, side: str, path: str) -> str:
    lines = [f'{side} = ["{path}"]' if line.startswith(f"{side} = ") else line for line in text.splitlines()]
    return "\n".join(lines) + "\n"


def _pick_main_lines(shown: str) -> Iterator[str]:
    """Yield the lines that begin at the margin: headings with what stands beside them."""
    return (line.rstrip() for line in shown.splitlines() if line.strip() and not line.startswith(" "))


def _agree(holds: bool, claim: str) -> None:
    """Raise where a claim does not hold."""
    if not holds:
        raise YearError(f"not so: {claim}")


def _read(path: Path, kind: str = "") -> pd.DataFrame:
    """Return a file as text; of a kind that the program writes, its columns by their names."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    if not kind:
        return frame
    return frame.rename(columns={one.header(): one.name for one in FILES[kind]})


def _write(path: Path, frame: pd.DataFrame) -> None:
    frame.to_csv(path, index=False, encoding="utf-8-sig")


def list_months(n: int) -> list[str]:
    """Return the first months of 2025, a year that is over: all its days may be recorded, and ``status`` says so."""
    return [f"2025-{number:02}" for number in range(1, n + 1)]


def run() -> int:
    """Live the year that the words ask for; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("months", 12), ("elders", 60), ("volunteers", 14), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--lang", choices=("zh", "en"), default="zh")
    parser.add_argument("--folder", type=Path, help="where the programme is to stay; else it goes in the end")
    words = parser.parse_args()
    os.environ["COLUMNS"] = "160"
    with tempfile.TemporaryDirectory() as temporary:
        root = (words.folder or Path(temporary) / "programme").resolve()
        year = Year(root, words.elders, words.volunteers, words.seed, words.lang)
        try:
            year.live(list_months(words.months))
        except YearError as error:
            print(error)
            return 1
    print("# everything agreed")
    return 0


if __name__ == "__main__":
    raise SystemExit(run())
