"""The folder of a report: a workbook, a page and the hours."""

from __future__ import annotations

from pathlib import Path

from matcher.outputs.folder import RunFolder
from matcher.outputs.report.page import write_page
from matcher.outputs.report.report import Report
from matcher.outputs.report.workbook import write_workbook

FILES = frozenset({"report.xlsx", "report.html", "hours.csv"})


def write_report(out: Path, report: Report, *, force: bool = False) -> Path:
    """Write the folder of a report, whole or not at all, in the language in use; return where it is.

    Raises:
        UsageError: it exists and ``force`` is not given, or it can't be written.
    """
    with RunFolder(out, force=force, files=FILES) as folder:
        write_workbook(folder.path / "report.xlsx", report)
        folder.write_text("report.html", write_page(report))
        folder.write_csv("hours", report.hours)
        return folder.publish()
