"""Numbers of people in every spelling and every column, in sheets, lists and words of a command: none comes out."""

import itertools
import re
import unicodedata
import zipfile

import pandas as pd

from matcher.commands import main
from tests.run.test_privacy_run import national_id

FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
OF_IDS = ("{0}{1}{2}", "{0} {1} {2}", "{0}-{1}-{2}", "{0}·{1}·{2}", "身份证{0}{1}{2}号", "{0}\u3000{1}\u3000{2}")
OF_PHONES = ("{0}{1}{2}", "{0} {1} {2}", "{0}-{1}-{2}", "找{0}{1}{2}吧", "+86 {0}{1}{2}")
AREA = "820105"
"""Of Macau's numbers, none of which goes on like this."""


class Numbers:
    """Numbers that nobody has, each spelt in another way, and remembered."""

    def __init__(self):
        self.made = set()
        self._ids, self._phones = itertools.cycle(OF_IDS), itertools.cycle(OF_PHONES)

    def make_id(self):
        n = len(self.made)
        number = national_id(f"{1930 + n // 28}-01-{1 + n % 28:02}", "male", n % 97, area=AREA)
        self.made.add(number)
        text = next(self._ids).format(number[:6], number[6:14], number[14:])
        return text.translate(FULL_WIDTH) if n % 3 == 2 else text

    def make_phone(self):
        n = len(self.made)
        number = f"1391{n * 7919 % 10**7:07}"
        self.made.add(number)
        text = next(self._phones).format(number[:3], number[3:7], number[7:])
        return text.translate(FULL_WIDTH) if n % 3 == 2 else text


def _spoil(people, numbers, first):
    """Put an ID alone into one cell of each column, a telephone number behind what stands in another; headers too."""
    rows = itertools.cycle(range(first, len(people)))
    for name in [name for name in people.columns if name != "id"]:
        people.loc[next(rows), name] = numbers.make_id()
        if name != "lng_wgs84":  # a coordinate and a number are another number
            row = next(rows)
            people.loc[row, name] = f"{people.loc[row, name]} {numbers.make_phone()}"
    people[numbers.make_id()] = people[numbers.make_phone()] = "1"


def _fill_in(place, numbers):
    """Write a sheet with numbers in remarks, and in cells that they put at fault."""
    visits = pd.read_csv(place / "run/visits.csv", dtype=str, encoding="utf-8-sig").head(12)
    sheet = pd.DataFrame({"编号": visits["visit_id"], "老人": "", "完成": "✓", "分钟": "40", "备注": "", "代访人": ""})
    for i, name in enumerate(["备注", "备注", "备注", *sheet.columns]):
        sheet.loc[i, name] = numbers.make_id() if i % 2 else numbers.make_phone()
    sheet.to_csv(place / "sheet.csv", index=False)


def _read(path):
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as book:
            return "\n".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
    return path.read_bytes().decode("utf-8", "replace")


def _bring_close(text):
    return re.sub(r"[\s·│-]", "", unicodedata.normalize("NFKC", text).upper())


def _write_rosters(numbers):
    for kind, first in (("elders", 4), ("volunteers", 2)):
        people = pd.read_csv(f"made/{kind}.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
        _spoil(people, numbers, first)
        people.to_csv(f"{kind}.csv", index=False)


def test_no_number_comes_out_however_it_is_spelt(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    sizes = ["--elders", "30", "--volunteers", "8", "--month", "2027-01", "--seed", "5"]
    assert main(["sample", *sizes, "--out", "made", "--lang", "en"]) == 0
    numbers = Numbers()
    _write_rosters(numbers)
    rosters = ["--elders", "elders.csv", "--volunteers", "volunteers.csv"]
    month, aside = ["--month", "2027-01", "--debug"], ["--set-aside"]
    plan = ["--pairs", "run/pairs.csv", "--visits", "run/visits.csv"]
    sheet = ["record", "sheet.csv", *rosters, "--run", "run", *month, "--as-of", "2027-01-31"]
    number, phone = numbers.make_id(), numbers.make_phone()
    for code, words in (
        (2, ["check", *rosters, *month, "--out", "check"]),
        (2, ["run", *rosters, *month, "--out", "refused"]),
        (0, ["run", *rosters, *month, *aside, "--calendars", "--public", "--geojson", "--out", "run"]),
        (0, ["schedule", *rosters, *month, *aside, "--pairs", "run/pairs.csv", "--no-page", "--out", "schedule"]),
        (0, ["verify", *rosters, *month, *aside, *plan, "--out", "broken.csv"]),
        (2, [*sheet, "--records", "r1.csv"]),
        (0, [*sheet, *aside, "--records", "r2.csv"]),
        (2, ["why", *rosters, "--run", "run", "--elder", number]),
        (2, ["why", *rosters, "--run", "run", "--elder", phone]),
        (2, ["substitute", *rosters, *aside, *plan, "--volunteer", phone, "--from", "2027-01-10", "--out", "sub"]),
        (2, ["run", *rosters, "--month", number]),
        (2, ["run", *rosters, *month, "--set", f"distance.urban_limit_m={number}"]),
    ):
        if words[0] == "record" and not (tmp_path / "sheet.csv").exists():
            _fill_in(tmp_path, numbers)
        assert main([*words, "--lang", "en"]) == code, words
    said = capfd.readouterr()
    told = {"screen": said.out + said.err}
    read = {"elders.csv", "volunteers.csv", "sheet.csv"}
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.name not in read and "made" not in path.parts:
            told[str(path.relative_to(tmp_path))] = _read(path)
    assert len(told) > 50
    assert len(numbers.made) > 130
    close = {where: _bring_close(text) for where, text in told.items()}
    assert {(where, one) for where, text in close.items() for one in numbers.made if one in text} == set()
    assert "820***************" in told["check/issues.csv"]
