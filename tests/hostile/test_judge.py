"""Each invariant complains where it is broken: outputs are spoilt on purpose, and the judge has to see it."""

import io
import zipfile
from dataclasses import replace

import pytest

from tests.hostile.carry_out import Attempt, Entry, Outcome
from tests.hostile.invariants import INVARIANTS, MOST_CPU_S, MOST_MEMORY, judge

PAIRS = "elder_id,volunteer_id,status\r\nE1,V1,new\r\n"
LEFT_OUT = "elder_id,reason\r\nE2,no_place\r\n"
ISSUES = "file,row,column,severity\r\nelders.csv,4,consent,error\r\n"
ACCOUNT = b"""    elders.csv: 3 rows below the header = 2 people read + 1 at fault + 0 blank
1 error, 0 warnings
Matched   \xe2\x96\x88\xe2\x96\x91 1 of 2 elders, 50.0%
Files     /home/me/my month/out
1 sheets for volunteers, 1 cards for elders, in files by team (1 teams), are in papers
"""
PAGE = '<html><meta http-equiv="Content-Security-Policy" content="default-src \'none\'"><p>x</p></html>'


def _file(text, mode=0o644):
    return Entry(mode, text if isinstance(text, bytes) else text.encode())


def _pack(**parts):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as book:
        for name, text in parts.items():
            book.writestr(name.replace("__", "/") + ".xml", text)
    return packed.getvalue()


INPUT = {"elders.csv": _file("id\nE1\nE2\nE3\n")}
WRITTEN = {
    "out": Entry(0o755),
    "out/pairs.csv": _file(PAIRS),
    "out/unmatched.csv": _file(LEFT_OUT),
    "out/issues.csv": _file(ISSUES),
    "out/report.html": _file(PAGE),
    "papers": Entry(0o700),
    "papers/team.html": _file(PAGE, 0o600),
}
SOUND = Outcome(
    attempt=Attempt(
        "month",
        [],
        rows={"elders.csv": 3},
        people={"elders.csv": {2: "E1", 3: "E2", 4: "E3"}},
        secrets={"nowhere": frozenset({"820105194708167001"}), "papers": frozenset({"13917000000"})},
        inputs=frozenset(INPUT),
    ),
    place="/home/me/my month",
    words=["run", "--out", "out", "--handouts", "papers"],
    code=0,
    screen=ACCOUNT,
    trouble=b"",
    before=INPUT,
    after=INPUT | WRITTEN,
    cpu_s=1,
    memory_bytes=1000,
)


def _with(name, text, mode=0o644):
    return {"after": {**SOUND.after, name: _file(text, mode)}}


BROKEN = [
    ("exit code known", {"code": 1}),
    ("exit code known", {"code": -6}),
    ("exit code known", {"trouble": b"Traceback (most recent call last):"}),
    ("old or new, whole", _with("elders.csv", "id\nE1\n")),
    ("old or new, whole", _with(".old-partners-0123abcd.part", "")),
    ("old or new, whole", {"before": {**INPUT, "notes.txt": _file("precious")}}),
    ("said of the disk is so", {"code": 2, "trouble": b"nothing was written"}),
    ("said of the disk is so", {"words": ["run", "--out", "other"]}),
    ("said of the disk is so", _with("out/pairs.csv", PAIRS + "E2,V1,kept\r\n")),
    ("said of the disk is so", _with("out/pairs.csv", PAIRS.replace("new", "paused"))),
    ("said of the disk is so", _with("out/issues.csv", ISSUES.replace("error", "warning"))),
    ("said of the disk is so", _with("out/visits.csv", "visit_id,kind\r\n1,visit\r\n")),
    ("said of the disk is so", _with("notes.txt", "a")),
    ("said of the disk is so", _with("other/pairs.csv", PAIRS)),
    ("said of the disk is so", {"screen": ACCOUNT.replace(b"month/out", b"month/elsewhere")}),
    ("said of the disk is so", {"screen": ACCOUNT + b"all of it is in gone.csv\n"}),
    ("said of the disk is so", {"screen": b"", "code": 2, "trouble": b"written whole before that: out\n"}),
    ("said of the disk is so", {"screen": b"this has to be corrected; no file has a fault\n", "code": 2}),
    ("rows accounted for", {"screen": ACCOUNT.replace(b"2 people", b"1 people")}),
    ("rows accounted for", {"screen": ACCOUNT.replace(b"3 rows", b"2 rows").replace(b"2 people", b"1 people")}),
    ("nobody lost", _with("out/unmatched.csv", "elder_id,reason\r\n")),
    ("nobody lost", _with("out/issues.csv", "file,row,column,severity\r\n")),
    ("no live formula", _with("out/pairs.csv", PAIRS + "=1+1,V1,new\r\n")),
    ("no live formula", _with("out/pairs.csv", PAIRS + '"\t@SUM(A1)",V1,new\r\n')),
    ("no live formula", _with("out/plan.xlsx", _pack(xl__worksheets__sheet1="<c><f>1+1</f></c>"))),
    ("no secret", _with("out/messages.txt", "820105194708167001")),
    ("no secret", _with("papers/team.html", PAGE.replace("x", "８２０１０５ 19470816 7001"), 0o600)),
    (
        "no secret",
        {**_with("papers/team.html", PAGE.replace("x", "13917000000"), 0o600), "words": ["run", "--out", "out"]},
    ),
    ("no secret", {"screen": ACCOUNT + b"139-1700-0000"}),
    ("no secret", {"trouble": "１３９１７００００００".encode()}),
    ("no secret", _with("out/plan.xlsx", _pack(xl__sharedStrings="<t>13917000000</t>"))),
    ("time and memory", {"cpu_s": MOST_CPU_S + 1}),
    ("time and memory", {"memory_bytes": MOST_MEMORY + 1}),
    ("UTF-8, no controls", _with("out/messages.txt", b"\xff")),
    ("UTF-8, no controls", _with("out/messages.txt", "\x1b[2J")),
    ("UTF-8, no controls", {"screen": ACCOUNT + "\x9b31m".encode()}),
    ("UTF-8, no controls", _with("out/a.ics", "SUMMARY:a\rATTENDEE:b\r\n")),
    ("UTF-8, no controls", _with("out/a.ics", f"SUMMARY:{'a' * 80}\r\n")),
    ("UTF-8, no controls", _with("out/summary.json", "{")),
    ("rows of one length", _with("out/pairs.csv", PAIRS + "E2\r\n")),
    ("rows of one length", _with("out/pairs.csv", PAIRS.replace("volunteer_id", "elder_id"))),
    ("pages do nothing", _with("out/report.html", PAGE + "<img src=x onerror=hostile()>")),
    ("pages do nothing", _with("out/report.html", PAGE + '<a href="javascript:hostile()">')),
    ("pages do nothing", _with("out/report.html", "<p>x</p>")),
    ("names of files", _with("out/CON.csv", "a\r\n")),
    ("names of files", _with("out/PAIRS.csv", PAIRS)),
    ("names of files", _with("out/a?.txt", "a")),
    ("rights", _with("papers/team.html", PAGE + " ", 0o644)),
    ("rights", _with("ledger.sqlite", b"", 0o640)),
]


def test_what_is_sound_breaks_nothing():
    assert judge(SOUND) == []


def test_what_was_written_before_a_fault_is_named():
    stopped = replace(SOUND, code=2, screen=b"", trouble=b"Error: no\nwritten whole before that: out, papers\n")
    assert judge(stopped) == []


@pytest.mark.parametrize(("name", "spoilt"), BROKEN)
def test_what_is_broken_is_seen(name, spoilt):
    assert name in {found for found, _text in judge(replace(SOUND, **spoilt))}


def test_each_invariant_is_seen_to_fail():
    assert {name for name, _spoilt in BROKEN} == set(INVARIANTS)
