"""What a provider answers, and whether that is good enough to use."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan
from typing import Literal

Quality = Literal["building", "lane", "compound", "committee", "none"]
"""How near to the home a place is, best first."""
QUALITIES: tuple[Quality, ...] = ("building", "lane", "compound", "committee", "none")

Verdict = Literal["found", "not_found", "imprecise", "wrong_city"]


@dataclass(frozen=True, slots=True)
class City:
    """A city by its full name, and the box around it [degrees, WGS-84]."""

    name: str
    west: float
    south: float
    east: float
    north: float

    def holds(self, lng: float, lat: float) -> bool:
        """Tell whether a point lies in the box."""
        return self.west <= lng <= self.east and self.south <= lat <= self.north

    def is_named(self, name: str) -> bool:
        """Tell whether ``name`` names this city, with or without 市."""
        return name.removesuffix("市") == self.name.removesuffix("市")


CITIES = {
    city.name: city
    for city in (
        City("上海市", 120.85, 30.66, 122.25, 31.88),
        City("北京市", 115.41, 39.43, 117.52, 41.07),
        City("天津市", 116.69, 38.55, 118.08, 40.26),
        City("重庆市", 105.28, 28.15, 110.21, 32.21),
    )
}
"""Cities whose box is known; a box for any other is the user's to give."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer about one building: WGS-84 degrees, NaN where the provider found nothing.

    ``quality`` is how near the provider says the point is, ``none`` where that is too coarse to use; ``level`` is the
    provider's own word for it, ``city`` the city it names, if any.
    """

    quality: Quality = "none"
    lng: float = nan
    lat: float = nan
    level: str = ""
    city: str = ""

    def verdict(self, city: City) -> Verdict:
        """Tell whether the answer may be used for a building in ``city``, and if not, why."""
        if isnan(self.lng):
            return "not_found"
        if not city.holds(self.lng, self.lat) or (self.city and not city.is_named(self.city)):
            return "wrong_city"
        return "imprecise" if self.quality == "none" else "found"
