"""The plan as a workbook that people read, fill in and send back: ``roster.edits`` reads it, ``write`` writes it."""

from matcher.outputs.plan_workbook.contents import PlanContents

__all__ = ["PlanContents"]
