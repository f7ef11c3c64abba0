"""Every setting: its default, its unit, and where the default comes from. One table; templates and docs follow it.

A settings file is TOML with one table a section; a misspelt key is an error. ``Settings()`` is the default.
"""

from matcher.settings.load import changed, load
from matcher.settings.matching import Distance, Keep, Priority
from matcher.settings.model import SettingDoc, Settings, table
from matcher.settings.schedule import ScheduleSettings, Worth

__all__ = [
    "Distance",
    "Keep",
    "Priority",
    "ScheduleSettings",
    "SettingDoc",
    "Settings",
    "Worth",
    "changed",
    "load",
    "table",
]
