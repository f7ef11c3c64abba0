"""The plan as a workbook that people read, fill in and send back: ``roster.edits`` reads it."""

from matcher.outputs.plan_workbook.contents import PlanContents
from matcher.outputs.plan_workbook.write import write_plan_workbooks

__all__ = ["PlanContents", "write_plan_workbooks"]
