"""Metres that give no home away: rounded up to whole hundreds, in numbers and in sentences of both languages."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

STEP_M = 100
_METRES = re.compile(
    r"""
      \d[\d,]*(?:\.\d+)? (?=[ ]?(?:m\b|metres\b|米))
    | (?<=_m=) \d+(?:\.\d+)?
    | (?<=raised[ ]to[ ]) \d+(?:\.\d+)?
    | (?<=放宽到[ ]) \d+(?:\.\d+)?
    """,
    re.VERBOSE,
)
"""Distances in sentences, and values of settings and cells that let somebody walk so far."""


def round_up(metres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return metres rounded up to whole hundreds, at least one: a 0 would say that two live under one roof."""
    return np.asarray(np.maximum(np.ceil(metres / STEP_M) * STEP_M, STEP_M))


def hide_metres(text: str) -> str:
    """Return a sentence whose metres are rounded up; a limit loosened that far lets the same pair be."""
    return _METRES.sub(_round, text)


def _round(found: re.Match[str]) -> str:
    metres = float(found[0].replace(",", ""))
    told = int(-(-metres // STEP_M) * STEP_M)
    return f"{told:,}" if "," in found[0] else str(told)
