"""What a setting is: a field with its default, unit, explanation and source."""

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
TRIED = N_("tried over months of made-up programmes")


def setting(default: Any, text: str, *, unit: str = "", source: str = JUDGEMENT, **limits: Any) -> Any:
    """Return a field with its explanation, unit and source."""
    return Field(default, description=text, json_schema_extra={"unit": unit, "source": source}, **limits)


def refuse_contradiction(path: str, value: object, other: str, other_value: object) -> NoReturn:
    """Refuse two settings, named by their paths, that contradict each other; for validators of sections.

    Raises:
        PydanticCustomError: always, of the type ``contradiction``.
    """
    params = {"path": path, "value": value, "other": other, "other_value": other_value}
    raise PydanticCustomError("contradiction", "{path} = {value} contradicts {other} = {other_value}", params)


class Section(BaseModel):
    """One table of the settings file."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)
