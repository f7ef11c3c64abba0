"""The commands why and suggest, on a run folder and in a programme; what does not fit is told with what to do."""

import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest

import matcher
from matcher.commands import main
from matcher.errors import UsageError
from matcher.roster import read_side
from matcher.roster.model import Roster
from matcher.roster.nearest_spelling import find_person


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with rosters and a run in which places run out."""
    place = tmp_path_factory.mktemp("place") / "sample"
    assert main(["sample", "--elders", "40", "--volunteers", "4", "--seed", "5", "--out", str(place)]) == 0
    assert main(["match", *people(place), "--month", "2026-12", "--out", str(place / "run")]) == 0
    return place


def people(place):
    return ["--elders", str(place / "elders.csv"), "--volunteers", str(place / "volunteers.csv")]


def ask(place, command, *words, run="run"):
    return main([command, "--run", str(place / run), *people(place), *words])


def read(place, name):
    return pd.read_csv(place / f"run/{name}.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")


@pytest.fixture(scope="module")
def asked(place):
    """A pair, an elder left out for want of places, and a volunteer."""
    pairs, unmatched = read(place, "pairs"), read(place, "unmatched")
    short = unmatched[unmatched["reason"].isin(["shortage", "outranked"])]
    return pairs.iloc[0], short.iloc[0]["elder_id"], pairs.iloc[-1]["volunteer_id"]


def flat(text):
    return " ".join(text.split())


def test_why_a_pair(place, asked, capsys):
    pair, _left_out, _volunteer = asked
    assert ask(place, "why", "--elder", pair["elder_id"]) == 0
    shown = flat(capsys.readouterr().out)
    assert f"({pair['elder_id']}) has {pair['volunteer_name']} ({pair['volunteer_id']})" in shown
    assert f"The pair costs {int(pair['cost_m']):,} m:" in shown
    assert "the walk, with the way round" in shown
    names = pd.concat(
        [pd.read_csv(place / f"{side}.csv", encoding="utf-8-sig")["name"] for side in ("elders", "volunteers")]
    )
    assert not any(name in shown for name in names)
    assert ask(place, "why", "--elder", pair["elder_id"], "--names", "full") == 0
    shown = capsys.readouterr().out
    assert any(name in shown for name in names)


def test_why_nobody_where_the_pair_was_struck_out(place, asked, tmp_path, capsys):
    """The best plan's volunteer is named, and others as the next best: not as what it takes to serve the elder."""
    pair = asked[0]
    shutil.copytree(place / "run", tmp_path / "run")
    rows = read(place, "pairs")
    rows[rows["elder_id"] != pair["elder_id"]].to_csv(tmp_path / "run/pairs.csv", index=False)
    assert main(["why", "--run", str(tmp_path / "run"), *people(place), "--elder", pair["elder_id"]]) == 0
    shown = flat(capsys.readouterr().out)
    assert f"The best plan gives the elder {pair['volunteer_name']} ({pair['volunteer_id']})" in shown
    assert "To serve this elder all the same" not in shown


def test_why_a_volunteer_by_units(place, tmp_path, capsys):
    """The sum is that of ``capacity.csv``."""
    words = ["--month", "2026-12", "--set", "capacity.unit=units", "--out", str(tmp_path / "run")]
    assert main(["match", *people(place), *words]) == 0
    capsys.readouterr()
    told = pd.read_csv(tmp_path / "run/capacity.csv", encoding="utf-8-sig").iloc[0]
    assert main(["why", "--run", str(tmp_path / "run"), *people(place), "--volunteer", told["volunteer_id"]]) == 0
    assert f"units taken: {told['used']} of {told['places']}" in flat(capsys.readouterr().out)


def test_why_not_a_pair(place, asked, capsys):
    pair, _left_out, volunteer = asked
    assert ask(place, "why", "--elder", pair["elder_id"], "--volunteer", volunteer) == 0
    shown = flat(capsys.readouterr().out)
    assert f"does not have {read(place, 'pairs').iloc[-1]['volunteer_name']} ({volunteer})" in shown
    assert "The plan as a whole costs" in shown or "bars the pair" in shown or "Rules bar" in shown


def test_metres_told_add_up_to_what_the_plan_costs(place, asked, capsys):
    assert ask(place, "why", "--elder", asked[1]) == 0
    for choice in re.split(r"\s\d\. ", flat(capsys.readouterr().out))[1:]:
        total, sign = re.search(r"The plan as a whole costs ([\d,]+) m (more|less)", choice).groups()
        rest = re.search(r"those left out count for ([-+\d,]+) m of it", choice)
        parts = [*re.findall(r"\(([-+][\d,]+) m\)", choice), *([rest[1]] if rest else [])]
        assert "… " in choice or sum(number(part) for part in parts) == number(total) * (1 if sign == "more" else -1)
        assert "who had nobody" in choice


def number(text):
    return int(text.replace(",", ""))


def test_why_nobody_with_the_proof_and_all_moves_in_a_file(place, asked, capsys, tmp_path):
    _pair, left_out, _volunteer = asked
    out = tmp_path / "moves.csv"
    assert ask(place, "why", "--elder", left_out, "--out", str(out)) == 0
    shown = flat(capsys.readouterr().out)
    assert "The proof: all their places are taken" in shown
    assert "Left out:" in shown
    moves = pd.read_csv(out, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    assert moves.iloc[0]["elder_id"] == left_out
    assert moves.iloc[0]["previous_volunteer_id"] == ""
    assert (moves["volunteer_id"] == "").any()
    assert ask(place, "why", "--elder", left_out, "--out", str(out)) == 2
    assert "--force" in capsys.readouterr().err  # before anything is read


def test_why_a_volunteer(place, asked, capsys):
    _pair, _left_out, volunteer = asked
    assert ask(place, "why", "--volunteer", volunteer) == 0
    shown = flat(capsys.readouterr().out)
    assert "With one place more:" in shown
    assert "Without this volunteer:" in shown
    for elder in read(place, "pairs").query("volunteer_id == @volunteer")["elder_id"]:
        assert elder in shown


def test_in_chinese(place, asked, capsys):
    _pair, left_out, _volunteer = asked
    assert ask(place, "why", "--elder", left_out, "--lang", "zh") == 0
    shown = capsys.readouterr().out
    assert "整个方案" in shown
    assert "证明" in shown
    assert " m " not in shown


def test_suggest_who_joins(place, asked, capsys, tmp_path):
    """An elder of a new roster who lives where another does; the same elder after the pairs made room."""
    pair, left_out, _volunteer = asked
    elders = pd.read_csv(place / "elders.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    new = elders[elders["id"] == pair["elder_id"]].assign(id="E900001", name="新老人")
    new.to_csv(tmp_path / "new.csv", index=False)
    assert ask(place, "suggest", "--new-elders", str(tmp_path / "new.csv")) == 0
    shown = capsys.readouterr()
    assert "(E900001)" in shown.out
    assert "not the best plan" not in shown.err
    assert "is another than" not in shown.err
    assert ask(place, "suggest", "--elder", left_out, "--moves", "1") == 0
    assert "none has a place, even if 1 other moves" in flat(capsys.readouterr().out)
    folder = shutil.copytree(place / "run", tmp_path / "fewer")
    pairs = pd.read_csv(folder / "pairs.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    pairs.iloc[1:].to_csv(folder / "pairs.csv", index=False)
    for side in ("elders", "volunteers"):
        shutil.copy(place / f"{side}.csv", tmp_path)
    capsys.readouterr()
    assert ask(tmp_path, "suggest", "--elder", pair["elder_id"], run="fewer") == 0
    shown = capsys.readouterr()
    assert pair["volunteer_id"] in shown.out
    assert "not the best plan" in flat(shown.err)


def test_a_spelling_that_nobody_has(place, asked, capsys):
    pair, *_rest = asked
    assert ask(place, "why", "--elder", pair["elder_id"][:-1]) == 2
    assert f"({pair['elder_id']})" in flat(capsys.readouterr().err)
    elders, volunteers = (read_side(place / f"{side}.csv", side) for side in ("elders", "volunteers"))
    roster = Roster(elders, volunteers)
    with pytest.raises(UsageError, match=r"no volunteer is called %%%$"):
        find_person(roster, "volunteers", "%%%")
    name = roster.elders["name"][0]
    with pytest.raises(UsageError, match="do you mean") as told:
        find_person(roster, "elders", f"{name}某")
    assert name not in str(told.value).partition("do you mean")[2]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["why"], "say with --elder or --volunteer"),
        (["why", "--elder", "E000001"], "say with --run"),
        (["why", "--elder", "E000001", "--run", "nowhere"], "is no folder"),
        (["suggest"], "say with --elder who joins"),
    ],
)
def test_what_is_missing_is_asked_for(place, words, said, capsys):
    assert main([*words, *people(place)]) == 2
    assert said in flat(capsys.readouterr().err)


def test_a_folder_that_does_not_fit(place, tmp_path, capsys):
    """Files gone, a manifest of nothing, of another version, with settings or lists of its own."""
    shutil.copytree(place, tmp_path, dirs_exist_ok=True)
    manifest = json.loads((tmp_path / "run/manifest.json").read_text("utf-8"))

    def told(**changed):
        (tmp_path / "run/manifest.json").write_text(json.dumps(manifest | changed), "utf-8")
        code = ask(tmp_path, "why", "--elder", "E000001")
        shown = capsys.readouterr()
        return code, flat(shown.err + shown.out)

    versions = manifest["versions"] | {"matcher": "0.0.1"}
    code, said = told(versions=versions, settings={"keep": {"unknown": 1}})
    assert code == 2
    assert "settings that this version" in said
    code, said = told(inputs=manifest["inputs"] | {"never": [{"file": "never.csv", "sha256": ""}]})
    assert code == 2
    assert "was made with the list never.csv: give it too, with --never" in said
    for changed in ({"options": {}}, {"versions": [1]}, {"inputs": {"elders": "x"}}, {"inputs": {"elders": ["x"]}}):
        assert "does not say how the plan was made" in told(**changed)[1]
    for name in ("pairs.csv", "manifest.json"):
        kept = (tmp_path / "run" / name).read_bytes()
        (tmp_path / "run" / name).unlink()
        assert ask(tmp_path, "why", "--elder", "E000001") == 2
        assert f"holds no {name}" in flat(capsys.readouterr().err)
        (tmp_path / "run" / name).write_bytes(kept)
    (tmp_path / "run/capacity.csv").unlink()
    (tmp_path / "elders.csv").write_bytes((tmp_path / "elders.csv").read_bytes() + b"\n")
    code, said = told(versions=versions)
    assert code == 0
    assert "was made by version 0.0.1" in said
    assert "elders.csv is another than the plan was made from" in said
    assert "not the best plan" not in said


def test_in_a_programme_the_run_is_found(place, tmp_path, monkeypatch, capsys):
    (tmp_path / "programme.toml").write_text(
        '[files]\nelders = "elders.csv"\nvolunteers = "volunteers.csv"\n', encoding="utf-8"
    )
    for side in ("elders", "volunteers"):
        shutil.copy(place / f"{side}.csv", tmp_path)
    monkeypatch.chdir(tmp_path)
    assert main(["why", "--elder", "E000001", "--lang", "en"]) == 2
    assert "has no plan yet" in flat(capsys.readouterr().err)
    shutil.copytree(place / "run", tmp_path / "months/2026-12")
    assert main(["why", "--elder", "E000001", "--lang", "en"]) == 0
    assert "(E000001)" in capsys.readouterr().out
    assert main(["why", "2026-11", "--elder", "E000001", "--lang", "en"]) == 2
    assert "2026-11 has no plan yet" in flat(capsys.readouterr().err)


def test_in_python(place, asked):
    pair, left_out, volunteer = asked
    plan = matcher.match(
        matcher.read_roster(place / "elders.csv"),
        matcher.read_roster(place / "volunteers.csv", "volunteers"),
        month="2026-12",
    )
    held = matcher.hold(plan)
    found = matcher.why(held, pair["elder_id"])
    assert sum(found.terms.values()) == int(pair["cost_m"])
    assert matcher.why(held, volunteer=volunteer).takes_part
    assert matcher.why(plan, left_out).shortage is not None
    assert matcher.suggest(held, left_out).found == ()
    assert np.isfinite(found.distance_m)
    with pytest.raises(ValueError, match="already"):
        matcher.suggest(held, pair["elder_id"])
    with pytest.raises(TypeError, match="why needs"):
        matcher.why(held)
