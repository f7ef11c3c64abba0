"""A programme folder: found from inside, its file read with all faults at once, its paths."""

from __future__ import annotations

from pathlib import Path

import pytest

from matcher.errors import InputError
from matcher.i18n import in_language
from matcher.programme import MESSAGE_FIELDS, Programme, find_programme, list_fields, read_programme
from matcher.programme_root import FILE, find_root


def write(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(text, encoding="utf-8")
    return folder


def find_faults(folder: Path, text: str) -> dict[str, str]:
    """Return the code of each fault, by where it is."""
    with pytest.raises(InputError) as caught:
        read_programme(write(folder, text))
    return {issue.column: issue.code for issue in caught.value.issues}


def test_a_programme_is_found_from_any_folder_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write(tmp_path / "programme", 'name = "仙霞"\n')
    deep = root / "months" / "2027-01"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    found = find_programme()
    assert found is not None
    assert found.name == "仙霞"
    assert found.root == Path("../..")
    assert found.toml.samefile(root / FILE)
    assert find_programme(tmp_path) is None
    monkeypatch.chdir(root)
    assert find_root() == Path()


def test_a_folder_of_that_name_is_no_programme(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    assert find_root(tmp_path) is None


def test_paths_start_at_the_folder_and_databases_stay(tmp_path: Path) -> None:
    text = """
    ledger = "data/ledger.sqlite"
    [files]
    elders = ["rosters/elders.xlsx#西", "postgresql+psycopg://office/people", "sqlite:///people.db?timeout=9"]
    elders_query = "SELECT 1"
    volunteers = "rosters/volunteers.xlsx"
    pins = "pins.xlsx"
    """
    programme = read_programme(write(tmp_path, text))
    assert programme.find_sources("elders") == (
        str(tmp_path / "rosters" / "elders.xlsx#西"),
        "postgresql+psycopg://office/people",
        f"sqlite:///{(tmp_path / 'people.db').as_posix()}?timeout=9",
    )
    assert programme.find_sources("volunteers") == (str(tmp_path / "rosters" / "volunteers.xlsx"),)
    assert programme.find_file("pins") == tmp_path / "pins.xlsx"
    assert programme.find_file("never") is None
    assert programme.ledger_url == f"sqlite:///{(tmp_path / 'data' / 'ledger.sqlite').resolve().as_posix()}"
    assert Programme(root=tmp_path, ledger="sqlite:///a.db").ledger_url == f"sqlite:///{(tmp_path / 'a.db').as_posix()}"
    assert Programme(ledger="postgresql+psycopg://office/ledger").ledger_url == "postgresql+psycopg://office/ledger"
    assert programme.month_folder("2027-01") == tmp_path / "months" / "2027-01"
    assert programme.handouts_folder("2027-01") == tmp_path / "handouts" / "2027-01"
    assert programme.records_file("2027-01") == tmp_path / "records" / "2027-01.csv"
    assert programme.reports_folder("2027-01") == tmp_path / "reports" / "2027-01"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_texts_are_by_default_in_the_programmes_language(tmp_path: Path, lang: str) -> None:
    programme = read_programme(write(tmp_path, f'language = "{lang}"\n'))
    with in_language(lang):
        own = Programme()
    assert own.language == lang
    for text in (*programme.handouts.instructions, programme.handouts.keep, programme.messages.volunteer):
        assert any("一" <= sign <= "鿿" for sign in text) is (lang == "zh")
    assert (programme.handouts, programme.messages) == (own.handouts, own.messages)
    for name in MESSAGE_FIELDS:
        assert f"{{{name}}}" in programme.messages.volunteer


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_all_faults_are_told_at_once(tmp_path: Path, lang: str) -> None:
    text = """
    nmae = "仙霞"
    root = "/"
    language = "fr"
    letterhead = 3
    [files]
    elder = "elders.xlsx"
    weather = "rain.csv"
    pins = ["a.csv", "b.csv"]
    [messages]
    volunteer = "{volunteer} {address} {} {telephone}"
    [handouts]
    keep = true
    """
    with in_language(lang):
        assert find_faults(tmp_path, text) == {
            "nmae": "programme_unknown_near",
            "root": "programme_unknown",
            "language": "programme_invalid",
            "letterhead": "programme_invalid",
            "files.elder": "programme_unknown_near",
            "files.weather": "programme_unknown",
            "files.pins": "programme_invalid",
            "messages.volunteer": "programme_template",
            "handouts.keep": "programme_invalid",
        }
        with pytest.raises(InputError) as caught:
            read_programme(tmp_path)
        lines = str(caught.value)
    assert all("{column}" not in line and "programme_" not in line for line in lines.splitlines())
    assert "{address}" in lines
    assert "[files]" in lines
    assert '"zh" | "en"' in lines
    assert "elders" in lines


@pytest.mark.parametrize("template", ["{volunteer", "volunteer}", "{volunteer:{telephone"])
def test_braces_that_open_no_field_are_a_fault(tmp_path: Path, template: str) -> None:
    assert find_faults(tmp_path, f'messages.volunteer = "{template}"') == {"messages.volunteer": "programme_template"}


def test_a_section_that_is_a_text_is_a_fault(tmp_path: Path) -> None:
    assert find_faults(tmp_path, 'files = "elders.xlsx"') == {"files": "programme_invalid"}


def test_a_key_in_the_wrong_place_is_told_where_it_belongs(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"volunteers under \[files\]"):
        read_programme(write(tmp_path, 'volunteers = "volunteers.xlsx"'))


def test_a_path_of_windows_in_quotes_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_programme(write(tmp_path, 'name = "x"\nfiles.elders = "C:\\users\\elders.xlsx"'))
    (issue,) = caught.value.issues
    assert (issue.code, issue.row) == ("programme_no_toml", 2)


def test_a_file_as_notepad_saves_it_is_read(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes('name = "仙霞新村"'.encode("gb18030"))
    assert read_programme(tmp_path).name == "仙霞新村"


def test_a_file_that_is_no_text_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"\xff\x00\xff")
    with pytest.raises(InputError) as caught:
        read_programme(tmp_path)
    assert [issue.code for issue in caught.value.issues] == ["programme_unreadable"]


def test_every_field_has_its_comment() -> None:
    fields = dict(list_fields())
    assert "root" not in fields
    assert {"name", "files.elders", "messages.volunteer", "handouts.keep"} <= set(fields)
    assert all(field.description for field in fields.values())
