"""What is in the file of a page: nothing finer than asked for, the same bytes for the same plan, a strict policy."""

import base64
import hashlib
import json
import os
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from matcher.i18n import in_language
from matcher.outputs.folder import RunFolder
from matcher.outputs.left_out import make_unmatched_frame
from matcher.outputs.page import write_geojson, write_page, write_public_page
from matcher.outputs.page.advice import list_advice
from matcher.outputs.page.geojson import LAYERS
from matcher.outputs.page.statements import write_shortages
from matcher.outputs.summary import summarise
from matcher.outputs.tables import PeopleNames
from matcher.run import PageRequest
from matcher.run.write import write_pages
from matcher.schedule import Schedule, Unscheduled
from tests.helpers.pages import contents_of, make_town, read_page, read_page_text


@pytest.fixture(scope="module")
def plan():
    return make_town()


@pytest.fixture(scope="module")
def page(plan, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(write_page(contents_of(plan)), "utf-8")
    return path


def _homes(plan):
    people = (plan.month.roster.elders, plan.month.roster.volunteers)
    return np.concatenate([one[["lng", "lat"]].to_numpy() for one in people])


def test_the_plan_comes_back(plan, page):
    about, columns = read_page(page)
    roster = plan.month.roster
    assert columns["elder_id"] == sorted(roster.elders["id"])
    pairs = {
        (columns["elder_id"][e], columns["volunteer_id"][v]) for e, v in enumerate(columns["elder_volunteer"]) if v >= 0
    }
    ids = (roster.elders["id"].to_numpy(), roster.volunteers["id"].to_numpy())
    assert pairs == {(ids[0][e], ids[1][v]) for e, v in zip(plan.elder, plan.volunteer, strict=True)}
    left = [columns["elder_id"][e] for e, reason in enumerate(columns["elder_reason"]) if reason >= 0]
    assert left == sorted(ids[0][row.elder] for row in plan.unmatched)
    told = [about["reasons"][reason] for reason in columns["elder_reason"] if reason >= 0]
    assert sorted(told) == sorted(row.reason for row in plan.unmatched)
    assert len(columns["why_en"]) == len(columns["why_zh"]) == len(left) > 5
    assert all(re.search("[\u4e00-\u9fff]", sentence) for sentence in columns["why_zh"])


def test_masked_pages_hold_no_name_no_home_and_no_metre(plan, page):
    _about, columns = read_page(page)
    text = read_page_text(page)
    assert "elder_name" not in columns
    assert "鹈" not in text
    shown = {
        (x, y)
        for side in ("elder", "volunteer")
        for x, y in zip(columns[f"{side}_x"], columns[f"{side}_y"], strict=True)
    }
    for kind in ("committee", "subdistrict", "shortage"):
        shown |= set(zip(columns[f"{kind}_ring_x"], columns[f"{kind}_ring_y"], strict=True))
    homes = {tuple(np.rint(home * 100_000).astype(int).tolist()) for home in _homes(plan)}
    assert not homes & shown
    for name in ("elder_distance", "term_place", "volunteer_price"):
        assert not (columns[name][columns[name] > 0] % 100).any()
    assert not [n for n in re.findall(r"(\d+) m\b", " ".join(columns["why_en"])) if int(n) % 100]


def test_homes_and_names_are_there_when_asked_for(plan, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(write_page(contents_of(plan, names="full", homes="exact")), "utf-8")
    _about, columns = read_page(path)
    assert sum("鹈" in name for name in columns["elder_name"]) == 60
    order = np.argsort(plan.month.roster.elders["id"].to_numpy(str))
    exact = np.rint(_homes(plan)[:60][order] * 100_000)
    assert columns["elder_x"].tolist() == exact[:, 0].tolist()
    assert (columns["elder_distance"] % 100).any()
    # outlines are made of blurred points all the same
    corners = zip(columns["committee_ring_x"].tolist(), columns["committee_ring_y"].tolist(), strict=True)
    assert not set(corners) & {*map(tuple, exact.tolist())}


def test_the_same_people_give_the_same_bytes(plan, page):
    assert write_page(contents_of(make_town())) == page.read_text("utf-8")
    again = contents_of(make_town(order=np.random.default_rng(8).permutation(60).tolist()))
    assert np.array_equal(again.elders.lng, contents_of(plan).elders.lng)  # nor does the order of rows tell anything


def test_both_languages_stand_in_both(plan, page):
    with in_language("zh"):
        chinese = write_page(contents_of(plan))
    for text in (chinese, page.read_text("utf-8")):
        assert "老伙伴计划" in text
        assert "Old Partners" in text
    assert '<html lang="zh-CN">' in chinese


def test_the_policy_names_what_stands_there(page):
    text = page.read_text("utf-8")
    policy = re.search(r'Policy" content="([^"]+)"', text)[1]
    parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    for kind, tag in (("script", "script"), ("style", "style")):
        content = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert len(content) == 1
        digest = base64.b64encode(hashlib.sha256(content[0].encode()).digest()).decode()
        assert parts[f"{kind}-src"] == f"'sha256-{digest}'"
    assert {name: parts[name] for name in ("default-src", "base-uri", "form-action", "img-src")} == {
        **{"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'", "img-src": "data: blob:"}
    }
    assert set(parts) == {"default-src", "script-src", "style-src", "img-src", "base-uri", "form-action"}
    assert not re.search(r"\son\w+=|\sstyle=|\ssrc=|url\(|@import|https?://(?!www\.w3\.org)", text)


def test_what_people_type_is_text(tmp_path):
    planted = "</script><img src=x onerror=alert(1)><!--"
    path = tmp_path / "report.html"
    contents = contents_of(make_town(planted=planted), names="full")
    path.write_text(write_page(contents), "utf-8")
    assert "<img src" not in path.read_text("utf-8")
    assert "<img" not in write_public_page(contents)
    assert planted in read_page(path)[1]["committee_name"][0]


def test_the_page_for_everybody_holds_counts_alone(plan, tmp_path):
    contents = contents_of(plan, names="full", homes="exact")
    text = write_public_page(contents)
    for person in (*contents.elders.id, *contents.volunteers.id, *contents.elders.name):
        assert person not in text
    for degrees in _homes(plan).ravel():
        assert f"{degrees:.2f}" not in text
    assert "<script" not in text
    assert not re.search(r"\d ?m\b|米", re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL))
    numbers = [int(n.replace(",", "")) for n in re.findall(r'class="number">([\d,]+)<', text)]
    assert numbers
    assert not [n for n in numbers if 0 < n < 5]


def test_layers_are_geojson_as_coarse_as_the_page(plan, tmp_path):
    write_geojson(tmp_path, contents_of(plan))
    layers = {name: json.loads((tmp_path / f"{name}.geojson").read_text("utf-8")) for name in LAYERS}
    assert {layer["type"] for layer in layers.values()} == {"FeatureCollection"}
    assert len(layers["elders"]["features"]) == 60
    assert len(layers["pairs"]["features"]) == len(plan.elder)
    assert len(layers["shortages"]["features"]) == len(plan.shortages) == 1
    assert all(one["properties"]["distance_m"] % 100 == 0 for one in layers["pairs"]["features"])
    homes = {tuple(np.round(home, 4).tolist()) for home in _homes(plan)}
    points = [one["geometry"]["coordinates"] for name in ("elders", "volunteers") for one in layers[name]["features"]]
    assert len({tuple(np.round(point, 4).tolist()) for point in points} & homes) < 5  # by chance
    for name in ("committees", "subdistricts", "shortages", "worth", "reach"):
        for feature in layers[name]["features"]:
            ring = feature["geometry"]["coordinates"][0]
            assert ring[0] == ring[-1]
            area = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:], strict=False))
            assert area > 0  # anticlockwise, as RFC 7946 asks


def test_pages_of_months_without_a_plan_or_a_place(tmp_path):
    for town in (make_town(12, 2, seed=4), make_town(1, 1)):
        contents = contents_of(town)
        path = tmp_path / "report.html"
        path.write_text(write_page(contents), "utf-8")
        assert len(read_page(path)[1]["elder_id"]) == len(town.month.roster.elders)


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        (PageRequest(), {"report.html"}),
        (PageRequest(page=False), set()),
        (PageRequest(page=False, public=True, layers=True), {"public.html", "layers"}),
        (PageRequest(homes="exact"), {"report.html"}),
    ],
)
def test_what_is_asked_for_is_written(plan, tmp_path, asked, names):
    people = PeopleNames.of(plan.month.roster, "masked")
    unmatched = make_unmatched_frame(plan, people)
    figures = summarise(plan.month, plan, None, tuple(unmatched["reason"]), (), {})
    with RunFolder(tmp_path / "out") as folder:
        write_pages(folder, asked, plan, people, unmatched, None, figures, "masked")
        folder.publish()
    assert {path.name for path in (tmp_path / "out").iterdir()} == names
    if asked.homes == "exact" and os.name != "nt":
        assert (tmp_path / "out" / "report.html").stat().st_mode & 0o077 == 0
    again = RunFolder(tmp_path / "out", force=True)  # all of it is the program's own
    assert again.target.exists()


def test_given_pairs_do_not_deny_a_shortage(plan):
    contents = replace(contents_of(plan), shortages=())
    assert "shortage" in contents.reasons
    assert "These pairs were given" in write_shortages(contents)
    assert "no shortage" in write_shortages(replace(contents, reasons=("no_consent",)))


def test_advice_names_what_alone_stands_in_the_way(plan):
    people = PeopleNames.of(plan.month.roster, "masked")
    rules = ["dementia_training", "common_time", "own_limit", "sex", "sex + stairs", "", "认知症培训"]
    unmatched = pd.DataFrame(
        {"loosen_rule": rules, "loosen_volunteer_id": ["V001"] * 7, "loosen_free": ["yes"] * 6 + ["no"]}
    )
    day = plan.month.horizon.start
    row = Unscheduled(0, 2, day, 0, 3, "day_full")
    schedule = replace(Schedule.empty(), unscheduled=(row, replace(row, reason="closed")))
    told = list_advice(plan, people, unmatched, schedule)
    assert [(one.kind, one.rule, one.count) for one in told] == [
        ("recruit", "", len(plan.shortages[0].recruits)),
        ("train", "", 1),
        ("half_day", "", 1),
        ("walk", "", 1),
        ("rule", "sex", 1),
        ("week", "", 3),
    ]
    assert told[-1].who == (("V002", 3),)
