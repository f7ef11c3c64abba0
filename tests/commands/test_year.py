"""Two months of a programme by the commands that a coordinator types; ``benchmarks.year`` lives the whole year."""

import pytest

from benchmarks.year import Year, YearError, fill_sheets, list_months


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """Two months of eight elders, and what was printed."""
    said = []
    year = Year(tmp_path_factory.mktemp("year") / "p", 8, 4, 3, "en", said.append, ("team", "volunteer"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "160")
        year.live(list_months(2))
    return year, said


def test_two_months_agree(lived):
    year, said = lived
    assert sum(line.startswith("$ old-partners run ") for line in said) == 2
    assert (year.root / "reports" / "2026-02" / "report.xlsx").is_file()


def test_a_month_that_does_not_agree_is_told(lived, monkeypatch):
    year, _said = lived
    monkeypatch.chdir(year.root)
    pairs = year.root / "months" / "2026-02" / "pairs.csv"
    lines = pairs.read_text("utf-8-sig").splitlines(keepends=True)
    pairs.write_text("".join(lines[:-1]), "utf-8-sig")  # an elder is lost
    with pytest.raises(YearError, match="each elder of the roster is in a pair or unmatched"):
        year._check_plan("2026-02")
    assert fill_sheets([], {}) == 0
