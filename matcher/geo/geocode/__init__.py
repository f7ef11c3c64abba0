"""Addresses of buildings to places, through geopy: providers as data, answers cached, nothing sent but the building."""

from matcher.geo.geocode.answers import CITIES, Answer, City, Quality
from matcher.geo.geocode.ask import AskingOutcome, ask_all
from matcher.geo.geocode.cache import Cache
from matcher.geo.geocode.fill import HomesToLocate, Places, fill
from matcher.geo.geocode.gazetteer import Gazetteer
from matcher.geo.geocode.providers import PROVIDERS, Access, Provider

__all__ = [
    "CITIES",
    "PROVIDERS",
    "Access",
    "Answer",
    "AskingOutcome",
    "Cache",
    "City",
    "Gazetteer",
    "HomesToLocate",
    "Places",
    "Provider",
    "Quality",
    "ask_all",
    "fill",
]
