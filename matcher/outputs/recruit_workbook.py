"""Recruits as a workbook: what to do, the curve, and elders whom no place reaches, by ids alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from xlsxwriter import Workbook

from matcher.columns import RECRUITS
from matcher.i18n import _
from matcher.publishing import WholeFile


def write_recruits(path: Path, curve: pd.DataFrame, lines: Sequence[str], out_of_reach: Sequence[str]) -> None:
    """Write the workbook in the language in use.

    Raises:
        UsageError: it can't be written.
    """
    with WholeFile(path, private=True) as file:
        with Workbook(file.path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
            look = book.add_format({"bold": True, "bg_color": "#DDEBF7", "bottom": 1, "text_wrap": True})
            sheet = book.add_worksheet(_("What to do"))
            sheet.set_column(0, 0, 110)
            for row, line in enumerate(lines):
                sheet.write_string(row, 0, line)
            sheet = book.add_worksheet(_("Recruits"))
            for at, column in enumerate(RECRUITS):
                sheet.write_string(0, at, column.header(), look)
                sheet.set_column(at, at, 40 if column.kind == "text" else 14)
                for row, value in enumerate(curve[column.name].tolist(), start=1):
                    if column.kind == "text":
                        sheet.write_string(row, at, str(value))
                    elif not pd.isna(value):
                        sheet.write_number(row, at, value)
            sheet.freeze_panes(1, 0)
            if out_of_reach:
                sheet = book.add_worksheet(_("Out of reach"))
                sheet.write_string(0, 0, _("elders left out whom no recruit there could visit"), look)
                sheet.set_column(0, 0, 44)
                for row, one in enumerate(out_of_reach, start=1):
                    sheet.write_string(row, 0, one)
        file.publish()
