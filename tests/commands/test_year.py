"""A month of a programme, and the next one's plan, by commands; ``benchmarks.year`` lives the whole year."""

import pytest

from benchmarks.year import Year, YearError, fill_sheets, list_months


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """A whole month of six elders, the plan of the next, and what was printed."""
    said = []
    year = Year(tmp_path_factory.mktemp("year") / "p", 6, 3, 3, "en", said.append, ("team",))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "160")
        year.live(list_months(1))
        patch.chdir(year.root)
        year._follow_suggestions("2025-01")
        year._welcome(0, "2025-01")
        year.type("run", "2025-02", "--past")
    return year, said


@pytest.mark.long
def test_two_months_agree(lived, monkeypatch):
    year, said = lived
    monkeypatch.chdir(year.root)
    year._check_plan("2025-02")
    assert sum(line.startswith("$ old-partners run ") for line in said) == 2
    assert sum(line.startswith("$ old-partners verify ") for line in said) == 2
    assert (year.root / "reports" / "2025-01" / "report.xlsx").is_file()
    assert (year.root / "records" / "2025-01.csv").is_file()


@pytest.mark.long
def test_a_month_that_does_not_agree_is_told(lived, monkeypatch):
    year, _said = lived
    monkeypatch.chdir(year.root)
    pairs = year.root / "months" / "2025-02" / "pairs.csv"
    lines = pairs.read_text("utf-8-sig").splitlines(keepends=True)
    pairs.write_text("".join(lines[:-1]), "utf-8-sig")  # an elder is lost
    with pytest.raises(YearError, match="each elder of the roster is in a pair or unmatched"):
        year._check_plan("2025-02")
    assert fill_sheets([], {}) == 0
