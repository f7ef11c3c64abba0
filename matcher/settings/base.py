"""What a setting is: a field with its default, unit, explanation and source beside it."""

from __future__ import annotations

from typing import Any, NoReturn

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from matcher.i18n import N_

JUDGEMENT = N_("our own judgement")
PRESS = N_("press reports and street notices")
RULE = N_("national or municipal rules")
RESEARCH = N_("published research")
SEED = N_("the programme's own figures")


def setting(default: Any, text: str, *, unit: str = "", source: str = JUDGEMENT, **limits: Any) -> Any:
    """A field with its explanation, unit and source beside it."""
    return Field(default, description=text, json_schema_extra={"unit": unit, "source": source}, **limits)


def contradiction(path: str, value: object, other: str, other_value: object) -> NoReturn:
    """Say of two settings, by their paths, that they contradict each other; for validators of sections.

    Raises:
        PydanticCustomError: always, of the type ``contradiction``.
    """
    told = {"path": path, "value": value, "other": other, "other_value": other_value}
    raise PydanticCustomError("contradiction", "{path} = {value} contradicts {other} = {other_value}", told)


class Section(BaseModel):
    """One table of the settings file."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)
