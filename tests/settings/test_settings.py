"""Settings: every fault is named with what is allowed; files, overrides and defaults agree."""

import re
import tomllib
from datetime import date

import pytest

from matcher.errors import InputError
from matcher.horizon import Horizon
from matcher.i18n import in_language
from matcher.settings import Settings, load, table
from matcher.settings.load import _describe_allowed


def faults(tmp_path, text="", *overrides):
    path = tmp_path / "settings.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError) as caught:
        load(path, overrides)
    for issue in caught.value.issues:
        for lang in ("en", "zh"):
            with in_language(lang):
                assert "{" not in issue.message() + issue.advice()
    return [(issue.code, issue.column or issue.value) for issue in caught.value.issues]


def test_nothing_given_is_the_default():
    assert load() == Settings()
    assert load(None, []).distance.urban_limit_m == 1000


def test_overrides_lie_over_the_file(tmp_path):
    path = tmp_path / "s.toml"
    path.write_text("\ufeff[distance]\nurban_limit_m = 800\nrural_limit_m = 2000\n", "utf-8")
    given = load(path, ["distance.rural_limit_m=1500", "schedule.holidays=keep", 'schedule.closed_days=["2026-12-24"]'])
    assert (given.distance.urban_limit_m, given.distance.rural_limit_m) == (800, 1500)
    assert given.schedule.holidays == "keep"
    assert given.schedule.closed_days == (date(2026, 12, 24),)


def test_all_faults_are_told_at_once(tmp_path):
    text = '[distance]\nurban_limt_m = 5\n[keep]\nworth_m = -1\n[schedule]\nmorning = "11:00-09:00"\n[zzz]\nq = 1\n'
    assert faults(tmp_path, text) == [
        ("setting_unknown_near", "distance.urban_limt_m"),
        ("setting_invalid", "keep.worth_m"),
        ("setting_invalid", "schedule.morning"),
        ("setting_unknown", "zzz"),
    ]


@pytest.mark.parametrize(
    ("text", "override", "fault"),
    [
        ("[keep\n", "", ("settings_no_toml", "")),
        ("keep = 3\n", "", ("setting_invalid", "keep")),
        ("keep = 3\n", "keep.worth_m=4", ("set_malformed", "keep.worth_m=4")),
        ("", "worth_m", ("set_malformed", "worth_m")),
        ("", "x=4", ("set_malformed", "x=4")),
        ("", "keep.worth_m", ("set_malformed", "keep.worth_m")),
        ("", "keep.worth_m=much", ("setting_invalid", "keep.worth_m")),
        ("", "keep.worth_m=1.5", ("setting_invalid", "keep.worth_m")),
        ("", "schedule.morning=9-11", ("setting_invalid", "schedule.morning")),
        ("", "schedule.holidays=often", ("setting_invalid", "schedule.holidays")),
        ("", 'schedule.closed_days=["2026-02-30"]', ("setting_invalid", "schedule.closed_days.0")),
    ],
)
def test_each_fault(tmp_path, text, override, fault):
    assert faults(tmp_path, text, *([override] if override else [])) == [fault]


@pytest.mark.parametrize(
    ("override", "near"),
    [
        ("结对人数=3", "capacity.default"),
        ("节假日=keep", "schedule.holidays"),
        ("worth_m=4", "household.worth_m"),
    ],
)
def test_words_instead_of_a_path_are_asked_about(override, near):
    with in_language("zh"), pytest.raises(InputError) as caught:
        load(None, [override])
    assert [(issue.code, issue.column) for issue in caught.value.issues] == [
        ("setting_in_words", override.partition("=")[0])
    ]
    told = caught.value.issues[0].params["near"]
    value = override.partition("=")[2]
    assert re.match(rf"--set (\S+)={value} \(.+\)", told)[1] == near
    with in_language("zh"):
        assert override.partition("=")[0] in caught.value.issues[0].message()


def test_a_missing_or_binary_file_is_unreadable(tmp_path):
    for content, code in ((None, "file_missing"), (b"\xff\xfe\x00", "settings_unreadable")):
        path = tmp_path / "gone.toml"
        if content:
            path.write_bytes(content)
        with pytest.raises(InputError) as caught:
            load(path)
        assert [issue.code for issue in caught.value.issues] == [code]


def test_advice_says_what_is_allowed(tmp_path):
    path = tmp_path / "s.toml"
    path.write_text("[distance]\ndetour_factor = 9\n", "utf-8")
    with pytest.raises(InputError) as caught:
        load(path)
    assert caught.value.issues[0].advice() == "allowed: number from 1 to 5"


@pytest.mark.parametrize(
    ("override", "allowed"),
    [
        ("capacity.default=ten", "whole number from 0 to 50"),
        ("capacity.units_by_risk={high = 99}", "low | medium | high = whole number from 0 to 50"),
        ("schedule.contacts_per_week=often", 'number from 0 to 7 | "every 10 days" | "每两周一次"'),
        ("schedule.morning=11:00-09:00", '"09:00-11:30"'),
        ("schedule.closed_days=[1]", "[2026-12-24, …]"),
        ("surge.days=2026-07-25:2026-07-20", '"2026-07-20:2026-07-25" | "2026-07-20" | "all" | ""'),
        ("keep.budget=200%", '"20" | "5%" | "2.5%" | ""'),
        ("priority.order=[3]", '["current" | "high_risk" | "risk" | "waiting" | "age", …]'),
        ("family.mode=medium", '"hard" | "soft" | "off"'),
        ("needs.answered_by=x", '"…" = ["…", …]'),
        ("calendar.organizer_email=me", '"name@example.org"'),
        ("consent.required=maybe", "true | false"),
    ],
)
def test_what_is_allowed_is_told_as_people_write_it(override, allowed):
    with pytest.raises(InputError) as caught:
        load(None, [override])
    assert [issue.advice() for issue in caught.value.issues] == [f"allowed: {allowed}"]


def test_no_setting_is_told_in_the_programs_own_terms():
    words = r"Annotated|Literal|\bint\b|\bstr\b|tuple|dict|<function|[\\^]"
    assert not [row.path for row in table() if re.search(words, _describe_allowed(row.path))]


def test_every_setting_has_a_unit_or_needs_none_a_text_and_a_source():
    rows = list(table())
    assert len({row.path for row in rows}) == len(rows)
    for row in rows:
        assert row.text
        assert row.source
        first = row.default[0] if isinstance(row.default, tuple) and row.default else row.default
        numeric = isinstance(first, int | float) and not isinstance(first, bool)
        assert bool(row.unit) == (numeric or row.key.endswith("_by_risk")), row.path


def test_defaults_survive_toml():
    lines = [f"{row.section}.{row.key} = {row.default}" for row in table() if type(row.default) in {int, float}]
    assert Settings.model_validate(tomllib.loads("\n".join(lines))) == Settings()


@pytest.mark.parametrize("text", ["2026-13", "2026-1", "26-12", "1999-12", "december", ""])
def test_a_month_is_written_one_way(text):
    with pytest.raises(ValueError, match=f"^{text}$"):
        Horizon.of_month(text)


def test_weeks_are_cut_at_the_edges_of_the_month():
    december = Horizon.of_month("2026-12")
    assert [(week.start.day, week.end.day) for week in december.weeks()] == [
        (1, 6),
        (7, 13),
        (14, 20),
        (21, 27),
        (28, 31),
    ]
    assert (december.days, len(december.dates())) == (31, 31)
    assert sum(week.days for week in Horizon.of_month("2024-02").weeks()) == 29


def test_a_number_beyond_all_bounds_is_shown_short(tmp_path):
    """Python reads no number of more than 4,300 digits: said as any other value that can't be, and cut."""
    digits = "9" * 5000
    with pytest.raises(InputError) as caught:
        load(None, [f"keep.worth_m={digits}"])
    (issue,) = caught.value.issues
    assert (issue.code, issue.column, issue.value) == ("setting_invalid", "keep.worth_m", "9" * 80 + "…")
    file = tmp_path / "settings.toml"
    file.write_text(f"[keep]\nworth_m = {digits}\n", "utf-8")
    with pytest.raises(InputError) as caught:
        load(file)
    assert caught.value.issues[0].code.startswith("settings_")


@pytest.mark.parametrize(
    "text", [f"0x{'f' * 5000}", f"0b{'1' * 20000}", "[" * 5000, "{a=" * 5000, "[" * 200 + "]" * 200]
)
def test_no_value_is_too_large_or_too_deep_to_be_told(tmp_path, text):
    """TOML reads hexadecimal numbers of any length, which Python can't write; and brackets until its stack ends."""
    with pytest.raises(InputError) as caught:
        load(None, [f"keep.worth_m={text}"])
    (issue,) = caught.value.issues
    assert (issue.code, issue.column) == ("setting_invalid", "keep.worth_m")
    assert len(issue.value) <= 81
    file = tmp_path / "settings.toml"
    file.write_text(f"[keep]\nworth_m = {text}\n", "utf-8")
    with pytest.raises(InputError) as caught:
        load(file)
    assert caught.value.issues[0].code in {"settings_no_toml", "setting_invalid"}
