"""The command compare: people, pairs, costs and areas of two runs, and what each change does, held to matching anew."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook

import matcher
from matcher.commands import main
from matcher.run.compare import compare_runs


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Two months of a small place: other people, last month's pairs and another setting in the second."""
    place = tmp_path_factory.mktemp("place")
    assert main(["sample", "--elders", "40", "--volunteers", "6", "--seed", "5", "--out", str(place / "old")]) == 0
    elders, volunteers = (read(place / f"old/{side}.csv") for side in ("elders", "volunteers"))
    (place / "new").mkdir()
    more = elders.tail(1).assign(id="E900001", name="王新", phone="", national_id="")
    pd.concat([elders.iloc[1:], more]).to_csv(place / "new/elders.csv", index=False)
    volunteers.loc[2, "capacity"] = "1"
    volunteers.to_csv(place / "new/volunteers.csv", index=False)
    assert run(place, "old", "a", "2026-12") == 0
    words = ["--previous", str(place / "a/pairs.csv"), "--set", "distance.urban_limit_m=600"]
    assert run(place, "new", "b", "2027-01", *words) == 0
    return place


def read(path):
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def run(place, rosters, out, month, *words):
    people = [f"--{side}={place / rosters / side}.csv" for side in ("elders", "volunteers")]
    return main(["match", *people, "--month", month, "--out", str(place / out), "--no-page", *words])


def ask(place, *words, a="a", b="b", lang="en"):
    return main(["compare", str(place / a), str(place / b), *words, "--lang", lang])


def flat(text):
    return " ".join(text.split())


@pytest.fixture(scope="module")
def compared(place):
    return compare_runs(place / "a", place / "b", [place / "old", place / "new"])


def test_pairs_and_people_are_those_of_the_files(place, compared):
    before, after = (dict(zip(table["elder_id"], table["volunteer_id"], strict=True)) for table in pairs_of(place))
    every = before.keys() | after.keys()
    one = compared.comparison
    assert one.pairs == {
        "kept": sum(before.get(elder) == after.get(elder) for elder in every),
        "moved": sum(elder in before and elder in after and before[elder] != after[elder] for elder in every),
        "served": len(after.keys() - before.keys()),
        "left_out": len(before.keys() - after.keys()),
    }
    assert set(one.elders["elder_id"]) == {elder for elder in every if before.get(elder) != after.get(elder)}
    people = one.people
    gone = read(place / "old/elders.csv")["id"].iloc[0]
    assert people[people["change"] == "joined"]["person_id"].tolist() == ["E900001"]
    assert people[people["change"] == "left"]["person_id"].tolist() == [gone]
    changed = people[people["change"] == "changed"]
    assert changed[["part", "person_id", "columns"]].to_numpy().tolist() == [
        ["volunteer", read(place / "old/volunteers.csv")["id"].iloc[2], "capacity"]
    ]


def pairs_of(place):
    return (read(place / f"{name}/pairs.csv") for name in "ab")


def test_terms_sum_to_the_difference_of_the_totals(place, compared):
    one = compared.comparison
    summaries = [json.loads((place / f"{name}/summary.json").read_text())["cost"] for name in "ab"]
    totals = [told["pairs_m"] + told["loads_m"] + told["leaving_out_m"] for told in summaries]
    assert one.costs["difference"].sum() == totals[1] - totals[0] == one.terms.loc["total_m", "difference"]
    kinds = one.costs.drop(["loads", "leaving_out"], errors="ignore")
    assert (kinds[["kept", "moved", "served", "left_out"]].sum(axis=1) == kinds["difference"]).all()
    before, after = pairs_of(place)
    for name in ("walking", "keep"):
        metres = [table[f"{name}_cost_m"].astype(int).sum() for table in (before, after)]
        assert one.costs.get("difference").get(name, 0) == metres[1] - metres[0]


def test_areas_sum_to_the_whole(place, compared):
    areas, one = compared.comparison.areas, compared.comparison
    assert areas["matched_b"].sum() == len(list(pairs_of(place))[1])
    assert areas[["kept", "moved", "served", "left_out"]].sum().to_dict() == one.pairs
    beside = one.costs.reindex(["loads", "leaving_out"])["difference"].fillna(0).sum()
    assert areas["cost_m"].sum() == one.costs["difference"].sum() - beside
    tables = compare_runs(place / "a", place / "b").comparison  # without rosters: the counts alone
    assert tables.areas["matched_b"].tolist() == areas["matched_b"].tolist()
    assert "cost_m" not in tables.areas
    assert not tables.knows_changed


def test_each_change_does_what_matching_anew_says(place, compared):
    found = compared.attribution
    assert found.steps == (("rosters",), ("lists",), ("settings",))
    difference = compared.comparison.terms["difference"]
    summed = found.figures.sum(axis=1).reindex(difference.index)
    assert np.allclose(summed[difference.notna()], difference.dropna())
    sides = {
        name: [matcher.read_roster(place / name / f"{side}.csv", side) for side in ("elders", "volunteers")]
        for name in ("old", "new")
    }
    previous, unmatched = (read(place / f"a/{kind}.csv") for kind in ("pairs", "unmatched"))
    told = {"previous": previous, "month": "2027-01"}
    listed = matcher.frames(matcher.match(*sides["old"], month="2026-12"))["unmatched"]
    assert listed["elder_id"].tolist() == unmatched["elder_id"].tolist()
    plans = [
        matcher.match(*sides["old"], month="2026-12"),
        matcher.match(*sides["new"], month="2026-12"),
        matcher.match(*sides["new"], **told, unmatched=listed),
        matcher.match(*sides["new"], {"distance.urban_limit_m": 600}, **told, unmatched=listed),
    ]
    served = [len(plan.elder) for plan in plans]
    assert found.figures.loc["served"].tolist() == np.diff(served).tolist()
    cost = [plan.cost_m.sum() for plan in plans]
    assert found.figures.loc["cost_m"].tolist() == np.diff(cost).tolist()


def test_what_the_runs_were_made_from(place, compared, capsys):
    told = {(one.kind, one.name): (one.a, one.b) for one in compared.inputs}
    assert told["settings", "distance.urban_limit_m"] == ("1000", "600")
    assert told["month", "month"] == ('"2026-12"', '"2027-01"')
    assert told["inputs", "elders"] == ("elders.csv", "elders.csv")
    assert told["inputs", "previous"] == ("", "pairs.csv")
    assert ("inputs", "pins") not in told
    assert ask(place) == 0
    shown = flat(capsys.readouterr().out)
    assert "distance.urban_limit_m: 1000 → 600" in shown
    assert "roster of elders: another file, elders.csv" in shown
    assert "Who changed is not known" in shown
    assert ask(place, lang="zh") == 0
    assert "老人" in capsys.readouterr().out


def test_a_run_differs_in_nothing_from_itself(place, capsys):
    one = compare_runs(place / "a", place / "a", [place / "old"])
    assert not one.inputs
    assert one.attribution.steps == ()
    assert not len(one.comparison.elders)
    assert not len(one.comparison.costs)
    assert not len(one.comparison.people)
    assert ask(place, b="a") == 0
    assert "the same" in capsys.readouterr().out
    assert ask(place, b="a", lang="zh") == 0
    assert "the same" not in capsys.readouterr().out


def test_workbook_and_csv(place, compared, tmp_path):
    book, table = tmp_path / "compared.xlsx", tmp_path / "pairs.csv"
    assert ask(place, "--inputs", str(place / "old"), "--inputs", str(place / "new"), "--out", str(book)) == 0
    sheets = load_workbook(book)
    assert sheets.sheetnames == ["Figures", "Costs", "Areas", "Pairs", "People", "Inputs"]
    figures = {row[0]: row[1:] for row in sheets["Figures"].iter_rows(values_only=True)}
    assert figures["figure"] == (
        *("first run", "second run", "more or less"),
        *("because of: rosters", "because of: month and lists", "because of: settings"),
    )
    assert sum(figures["cost in all, m"][3:]) == figures["cost in all, m"][2]
    costs = list(sheets["Costs"].iter_rows(values_only=True))
    assert costs[-1][5] == figures["cost in all, m"][2]
    assert sheets["Pairs"].max_row == 1 + len(compared.comparison.elders)
    assert ask(place, "--out", str(table)) == 0
    assert read(table)["volunteer_after"].tolist() == compared.comparison.elders["volunteer_b"].tolist()
    assert ask(place, "--out", str(table)) == 2  # it is there
    assert ask(place, "--out", str(place / "a/pairs.csv"), "--force") == 2  # it is read
    assert ask(place, "--out", str(tmp_path / "x.txt")) == 2
    names = set(read(place / "old/elders.csv")["name"])
    assert not names & {str(cell) for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row}


@pytest.fixture
def copy(place, tmp_path):
    for name in "ab":
        shutil.copytree(place / name, tmp_path / name)
    return tmp_path


@pytest.mark.long
def test_a_folder_changed_by_hand_is_told_and_its_pairs_count(place, copy, capsys):
    pairs = read(copy / "b/pairs.csv")
    pairs.iloc[1:].to_csv(copy / "b/pairs.csv", index=False)
    assert ask(copy, "--inputs", str(place / "old"), "--inputs", str(place / "new")) == 0
    told = capsys.readouterr()
    assert "pairs.csv is not the one that summary.json tells of" in flat(told.err)
    one = compare_runs(copy / "a", copy / "b", [place / "old", place / "new"])
    assert one.attribution.steps[-1] == ("by_hand_b",)
    assert one.attribution.figures.loc["served"].iloc[-1] == -1
    assert one.comparison.terms.loc["served", "b"] == len(pairs) - 1
    twice = pd.concat([pairs, pairs.iloc[:1]])
    twice.loc[:, "walking_cost_m"] = "7"
    twice.to_csv(copy / "b/pairs.csv", index=False)
    assert ask(copy) == 0
    told = flat(capsys.readouterr().err)
    assert f"pairs.csv names {pairs['elder_id'].iloc[0]} twice" in told
    assert "do not sum to the pairs' costs" in told


def test_a_pair_moved_by_hand_is_told_though_sums_agree(copy, capsys):
    """The volunteer alone is another: count and costs are as they were, the volunteers' loads are not."""
    pairs = read(copy / "b/pairs.csv")
    first, *others = pairs["volunteer_id"]
    pairs.loc[0, "volunteer_id"] = next(one for one in others if one != first)
    pairs.to_csv(copy / "b/pairs.csv", index=False)
    assert ask(copy) == 0
    assert "pairs.csv is not the one that summary.json tells of" in flat(capsys.readouterr().err)


def test_a_pair_struck_out_by_hand_is_dropped(place, copy, capsys):
    """An emptied volunteer is no fault, as in ``why``; the elder is one more without a volunteer."""
    pairs = read(copy / "b/pairs.csv")
    pairs.loc[0, ["volunteer_id", "volunteer_name"]] = ""
    pairs.to_csv(copy / "b/pairs.csv", index=False)
    assert ask(copy) == 0
    assert "pairs.csv is not the one that summary.json tells of" in flat(capsys.readouterr().err)
    before, after = (compare_runs(folder / "b", folder / "b").comparison.terms["b"] for folder in (place, copy))
    assert after["served"] == before["served"] - 1
    assert after["unmatched"] == before["unmatched"] + 1


def test_missing_files_and_other_versions_are_named(copy, capsys):
    manifest = json.loads((copy / "b/manifest.json").read_text())
    manifest["versions"]["matcher"] = "0.0.1"
    manifest["settings"]["distance"]["gone"] = 3
    (copy / "b/manifest.json").write_text(json.dumps(manifest))
    for name in ("areas.csv", "unmatched.csv", "capacity.csv", "summary.json"):
        (copy / "b" / name).unlink()
    assert ask(copy, "--inputs", str(copy)) == 0
    told = capsys.readouterr()
    assert "the plan was made by version 0.0.1" in flat(told.err)
    assert "unmatched.csv" in flat(told.err)
    assert "left" not in set(compare_runs(copy / "a", copy / "b").comparison.people["change"])
    assert "not known of all: a table that names them is missing" in flat(told.out)
    assert "What each change does is not known" in flat(told.out)
    (copy / "b/summary.json").write_text("[")
    assert ask(copy) == 2
    assert "is not as old-partners wrote it: somebody changed it" in flat(capsys.readouterr().err)
    (copy / "b/manifest.json").unlink()
    assert ask(copy) == 2
    assert ask(copy, b="nothing") == 2
    assert ask(copy, "--inputs", str(copy / "nothing")) == 2


def test_inputs_that_are_not_found_and_pairs_from_a_file(place, copy, capsys):
    assert ask(place, "--inputs", str(place / "old")) == 0
    shown = flat(capsys.readouterr().out)
    assert "What each change does is not known" in shown
    assert "volunteers.csv" in shown
    manifest = json.loads((copy / "b/manifest.json").read_text())
    manifest["inputs"]["pairs"] = [{"file": "pairs.csv", "sha256": "0"}]
    (copy / "b/manifest.json").write_text(json.dumps(manifest))
    assert ask(copy, "--inputs", str(place / "old"), "--inputs", str(place / "new")) == 0
    assert "are not as matching gave them" in flat(capsys.readouterr().out)


def test_in_python_folders_and_plans_are_compared_alike(place, compared):
    one = matcher.compare(place / "a", place / "b")
    assert one.pairs == compared.comparison.pairs
    sides = [matcher.read_roster(place / f"old/{side}.csv", side) for side in ("elders", "volunteers")]
    plan = matcher.match(*sides, month="2026-12")
    same = matcher.compare(plan, place / "a")
    assert not len(same.elders)
    assert not same.terms["difference"].drop(["mean_m", "longest_m"]).any()
