import re
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from matcher.errors import UsageError
from matcher.i18n import LANGUAGES, _, in_language
from matcher.ledger import Ledger
from matcher.ledger.counts import LEVELS
from matcher.outcomes import IS_CONTACT
from matcher.outputs.report import page
from matcher.outputs.report.charts import CHARTS, draw_chart
from matcher.outputs.report.figures import BREAKDOWNS, FIGURES
from matcher.outputs.report.report import make_report
from matcher.outputs.report.write import write_report
from tests.helpers.ledgers import make_month, make_people

MONTHS = ("2026-01", "2026-10", "2026-11", "2026-12", "2027-01")
RISK = {"": "unknown"}


@pytest.fixture(scope="module")
def months(tmp_path_factory):
    rng = np.random.default_rng(8)
    people = make_people(rng, 40, 8)
    return {month: make_month(rng, people, month) for month in MONTHS}


@pytest.fixture(scope="module")
def ledger(months, tmp_path_factory):
    place = tmp_path_factory.mktemp("months")
    with Ledger("sqlite://") as one:
        for month in months.values():
            one.write_run(month.month, month.write(place), month.roster)
            one.write_records(month.month, month.records)
        yield one


def count(month):
    """Figures of a month, counted from the run's tables and the records row by row."""
    found = Counter()
    risk = dict(zip(month.roster.elders["id"], month.roster.elders["risk"], strict=True))
    outcomes = month.records.set_index("visit_id")["outcome"].to_dict()
    done = Counter()
    for row in month.tables["visits"].to_dict("records"):
        outcome = outcomes.get(row["visit_id"], "unreported")
        state = "done" if outcome in IS_CONTACT else "unreported" if outcome == "unreported" else "missed"
        found[f"{row['kind']}s_planned"] += 1
        found[f"{row['kind']}s_{state}"] += 1
        done["planned", risk[row["elder_id"]]] += 1
        done[state, risk[row["elder_id"]]] += 1
    for row in month.tables["pairs"].to_dict("records"):
        if row["status"] == "paused":
            found["paused"] += 1
            continue
        found["served"] += 1
        found[f"served_{RISK.get(risk[row['elder_id']], risk[row['elder_id']])}"] += 1
        found["pairs_new"] += row["since"] == f"{month.month}-01"
    found["volunteers"] = month.tables["pairs"].query("status != 'paused'")["volunteer_id"].nunique()
    found["pairs_ended"] = int((month.tables["changes"]["reason"] != "paused").sum())
    found["waiting"] = int((month.tables["unmatched"]["waiting_since"] != "").sum())
    pairs, left_out = month.tables["pairs"], month.tables["unmatched"]
    pauses = left_out["elder_id"].isin(pairs.loc[pairs["status"] == "paused", "elder_id"])
    found["taking_no_part"] = int(((left_out["waiting_since"] == "") & ~pauses).sum())
    found["visits_unscheduled"] = int(month.tables["unscheduled"]["missing"].sum())
    found["recruits"] = 4
    found["made"] = int(month.records["outcome"].isin(IS_CONTACT).sum())
    planned = sum(done["planned", tier] for tier in set(risk.values()))
    found["kept"] = sum(done["done", tier] for tier in set(risk.values())) / planned
    found["reported"] = 1 - sum(done["unreported", tier] for tier in set(risk.values())) / planned
    for tier in set(risk.values()):
        found[f"kept_{RISK.get(tier, tier)}"] = done["done", tier] / done["planned", tier]
    return found


@pytest.mark.parametrize("month", ["2026-12", "2027-01"])
def test_every_figure_is_what_the_rows_say(ledger, months, month):
    report = make_report(ledger, month, "all")
    told, before = count(months[month]), count(months[MONTHS[MONTHS.index(month) - 1]])
    for figure in FIGURES:
        if figure.name == "hours":
            continue
        now, past, _year = report.get_total(figure)
        assert now == pytest.approx(told[figure.name]), figure.name
        assert past == pytest.approx(before[figure.name]), figure.name


def test_the_year_is_the_sum_of_its_months_and_of_people_their_mean(ledger, months):
    report = make_report(ledger, "2026-11", "all")
    counts = [count(months[month]) for month in MONTHS[:3]]
    assert report.months.index.tolist() == list(MONTHS[:3])
    for figure in FIGURES:
        if figure.is_share or figure.name == "hours":
            continue
        whole = sum(one[figure.name] for one in counts)
        assert report.get_total(figure)[2] == pytest.approx(whole / 3 if figure.is_stock else whole), figure.name
        assert report.months[figure.name].tolist() == [one[figure.name] for one in counts]


@pytest.mark.parametrize("level", LEVELS[1:])
def test_sums_agree_across_levels_to_the_last_contact(ledger, level):
    report = make_report(ledger, "2026-12", level)
    for period, table in report.units.items():
        for figure in FIGURES:
            total = report.total.loc[period, figure.name]
            if figure.is_share:
                continue
            if figure.name == "volunteers" and level != "volunteer":
                assert table[figure.name].sum() >= total  # one with elders in two places counts in both
            elif figure.is_whole and not figure.is_stock:
                assert table[figure.name].sum() == total, figure.name
            else:
                assert table[figure.name].sum() == pytest.approx(total), figure.name
        planned = table[["visits_planned", "calls_planned"]].sum(axis=1)
        parts = [f"{kind}s_{state}" for kind in ("visit", "call") for state in ("done", "missed", "unreported")]
        assert (table[parts].sum(axis=1) == planned).all()


def test_reasons_add_up_to_their_figure(ledger):
    report = make_report(ledger, "2026-12", "all")
    sums = {name: table["month"].sum() for name, table in report.reasons.items()}
    figure = report.total.loc["month"]
    assert sums["visits_missed"] == figure["visits_missed"]
    assert sums["calls_missed"] == figure["calls_missed"]
    assert sums["unscheduled"] == figure["visits_unscheduled"] + figure["calls_unscheduled"]
    assert sums["ended"] == figure["pairs_ended"]
    assert sums["without"] == figure["waiting"] + figure["taking_no_part"]


def test_hours_are_those_of_the_report(ledger):
    report = make_report(ledger, "2026-12", "volunteer")
    figure = report.total.loc["month"]
    assert report.hours["hours"].sum() == pytest.approx(figure["hours"])
    assert report.hours[["visits", "calls"]].to_numpy().sum() == figure["made"]
    own = report.units["month"]["hours"].droplevel("team")
    for row in report.hours[report.hours["volunteer_id"] != ""].to_dict("records"):
        assert own[row["volunteer_id"]] == pytest.approx(row["hours"])


def test_a_month_without_one_before_and_without_records(months, tmp_path):
    month = months["2026-12"]
    with Ledger("sqlite://") as one:
        one.write_run("2026-12", month.write(tmp_path), month.roster)
        report = make_report(one, "2026-12", "district")
        with pytest.raises(UsageError, match="no run of 2026-11; it has 2026-12"):
            make_report(one, "2026-11", "all")
    assert np.isnan(report.total.loc["previous"]).all()
    assert report.total.loc["month", "kept"] == 0
    assert report.hours.empty
    shown = page.write_page(report)
    assert "–" in shown
    write_report(tmp_path / "out", report)
    with Ledger("sqlite://") as one, pytest.raises(UsageError, match="it has none"):
        make_report(one, "2026-12", "all")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_loads_nothing_and_defines_every_figure(ledger, lang):
    with in_language(lang):
        shown = page.write_page(make_report(ledger, "2026-12", "volunteer", "<b>&"))
        words = [_(text) for figure in FIGURES for text in (figure.text, figure.definition)]
    assert not re.search(r"<script|<link|<img|https?:|url\(|@import", shown)
    assert "&lt;b&gt;&amp;" in shown
    assert "<b>" not in shown
    for text in words:
        assert page.escape(text) in shown
    assert "某0" not in shown
    assert shown.count("<svg") == len(CHARTS)


def test_a_page_lists_the_first_units_and_says_so(ledger, monkeypatch):
    monkeypatch.setattr(page, "MOST_UNITS", 2)
    report = make_report(ledger, "2026-12", "committee")
    shown = page.write_page(report)
    assert f"The first 2 of {len(report.units['month'])}" in shown


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_workbook_holds_the_same(ledger, tmp_path, lang):
    with in_language(lang):
        report = make_report(ledger, "2026-12", "team", "=1+1")
        folder = write_report(tmp_path / "out", report)
        book = CalamineWorkbook.from_path(folder / "report.xlsx")
        sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
        overview, units = sheets[_("Overview")], sheets[_("By team")]
        for figure in FIGURES:
            row = next(row for row in overview if row[0] == _(figure.text))
            assert row[1] == pytest.approx(report.total.loc["month", figure.name])
            at = units[3].index(_(figure.text))
            assert units[4][at] == pytest.approx(report.total.loc["month", figure.name])
            column = [row[at] for row in units[5:] if row[at] != "–"]
            assert column == pytest.approx(report.units["month"][figure.name].dropna().tolist())
        assert len(sheets[_("Definitions")]) == 4 + len(FIGURES)
        assert [row[0] for row in sheets[_("Reasons")] if row[0] in {_(one.text) for one in BREAKDOWNS}]
    assert overview[0][0].startswith("=1+1")
    assert len(pd.read_csv(folder / "hours.csv", dtype=str)) == len(report.hours)


def test_charts_of_one_month_of_nothing():
    names = sorted({name for chart in CHARTS for name in chart.names})
    months = pd.DataFrame(0.0, columns=names, index=["2026-12"]).assign(kept_high=np.nan)
    for chart in CHARTS:
        drawn = draw_chart(chart, months)
        assert "nan" not in drawn
        assert ">12<" in drawn
