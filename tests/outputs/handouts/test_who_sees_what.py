"""Each page tells of the people that it is for: random months, held against the tables of the run folder."""

import pytest

from matcher.outputs.handouts.write import write_handouts
from matcher.programme import Programme
from tests.helpers.handouts import make_month, read_texts, split_page

SEEDS = range(4)


def write(month, folder):
    files = {}
    for kind in ("visits", "pairs"):
        files[kind] = folder / f"{kind}.csv"
        month.frames[kind].to_csv(files[kind], index=False)
    write_handouts(folder / "out", month, Programme(), files)
    return folder / "out"


def own_elders(frames, volunteer):
    pairs = frames["pairs"]
    return set(pairs[(pairs["volunteer_id"] == volunteer) & (pairs["status"] != "paused")]["elder_id"])


def visited_elders(frames, volunteer):
    visits = frames["visits"]
    return set(visits[visits["volunteer_id"] == volunteer]["elder_id"])


def told(texts, people, column):
    """Whose name (number, address) stands in a text."""
    return {row["id"] for row in people.to_dict("records") if row[column] in texts}


@pytest.fixture(scope="module", params=SEEDS)
def written(request, tmp_path_factory):
    month = make_month(request.param)
    out = write(month, tmp_path_factory.mktemp("handouts"))
    books = {path.stem: read_texts(path.read_bytes()) for path in sorted(out.glob("*.xlsx"))}
    pages = {path.stem: split_page(path.read_bytes()) for path in sorted(out.glob("*.html"))}
    return month, books, pages


def sheets_of_volunteers(month, books, pages):
    """Each volunteer's id, and their sheet as the workbook and as the page have it."""
    by_name = dict(zip(month.roster.volunteers["name"], month.roster.volunteers["id"], strict=True))
    for stem, sheets in books.items():
        for (name, text), page in zip(sheets.items(), pages[stem], strict=True):
            if name in by_name:
                yield by_name[name], text, page


def test_a_volunteer_sees_their_own_elders_and_those_of_their_contacts_alone(written):
    month, books, pages = written
    frames, elders = month.frames, month.roster.elders
    seen = 0
    for volunteer, *texts in sheets_of_volunteers(month, books, pages):
        expected = own_elders(frames, volunteer) | visited_elders(frames, volunteer)
        seen += 1
        for text in texts:
            assert told(text, elders, "name") == expected
            assert told(text, elders, "phone") == expected
            assert told(text, elders, "emergency_contact_phone") == expected
    with_work = set(frames["visits"]["volunteer_id"]) | set(frames["visits"]["companion"]) - {""}
    pairs = frames["pairs"]
    assert seen == len(with_work | set(pairs[pairs["status"] != "paused"]["volunteer_id"]))


def test_companions_see_where_and_when_and_not_whom(written):
    month, books, pages = written
    visits = month.frames["visits"]
    for volunteer, *texts in sheets_of_volunteers(month, books, pages):
        known = own_elders(month.frames, volunteer) | visited_elders(month.frames, volunteer)
        along = set(visits[visits["companion"] == volunteer]["elder_id"])
        for text in texts:
            assert told(text, month.roster.elders, "address") == known | along


def test_a_volunteer_sees_each_of_their_contacts_once_and_no_other(written):
    month, books, pages = written
    visits = month.frames["visits"]
    for volunteer, *texts in sheets_of_volunteers(month, books, pages):
        own = visits["volunteer_id"] == volunteer
        for text in texts:
            assert all(text.count(f"{visit}\n") == 1 for visit in visits[own]["visit_id"])
            assert not any(visit in text for visit in visits[~own]["visit_id"])


def test_stand_ins_see_their_dates(written):
    month, books, pages = written
    visits = month.frames["visits"]
    for volunteer, text, _page in sheets_of_volunteers(month, books, pages):
        stands_in = visits[(visits["volunteer_id"] == volunteer) & (visits["in_place_of"] != "")]
        own = own_elders(month.frames, volunteer)
        for row in stands_in.to_dict("records"):
            if row["elder_id"] not in own:
                heading = text.index("Elders of others, on these dates only")
                assert f"{row['date'].day} Dec" in text[heading : text.index("visit record")]


def test_leaders_and_coordinators_see_no_home_and_no_elders_telephone(written):
    month, books, pages = written
    for stem, sheets in books.items():
        names = [name for name in sheets if name in {"Team leader", "coordinator"}]
        assert len(names) == 1
        for text in (sheets[names[0]], pages[stem][0]):
            assert not told(text, month.roster.elders, "address")
            assert not told(text, month.roster.elders, "phone")
            assert "高血压" not in text


def test_every_elder_who_is_served_has_one_card_with_their_volunteer(written):
    month, books, _pages = written
    pairs = month.frames["pairs"]
    served = pairs[pairs["status"] != "paused"]
    cards = "\n".join(text for sheets in books.values() for name, text in sheets.items() if name == "Elders' cards")
    people = month.roster.volunteers.set_index("id")
    for elder in month.roster.elders.to_dict("records"):
        rows = served[served["elder_id"] == elder["id"]]
        assert cards.count(elder["name"]) == len(rows)
        if len(rows):
            volunteer = people.loc[rows["volunteer_id"].iloc[0]]
            own = cards[cards.index(elder["name"]) :][:200]
            assert volunteer["name"] in own
            assert volunteer["phone"] in own
    assert not told(cards, month.roster.elders, "address")
    assert not told(cards, month.roster.elders, "phone")


def test_masked_sheets_hold_no_name_no_number_and_no_door(tmp_path):
    month = make_month(1, names="masked")
    out = write(month, tmp_path)
    for path in out.iterdir():
        content = path.read_bytes()
        texts = read_texts(content).values() if path.suffix == ".xlsx" else [content.decode()]
        for text in texts:
            for side in (month.roster.elders, month.roster.volunteers):
                assert not told(text, side, "name")
                assert not told(text, side, "phone")
            assert "602室" not in text
            assert "156000000" not in text
