"""Who can be asked for places, as one table: what each needs, how it is asked, how its answers are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from geopy.adapters import URLLibAdapter
from geopy.geocoders import Nominatim, Pelias, Photon
from geopy.geocoders.base import Geocoder

from matcher.datum import Datum
from matcher.errors import UsageError
from matcher.geo.geocode.answers import City, Quality
from matcher.geo.geocode.chinese import Amap, Baidu, Tencent
from matcher.i18n import N_, _

Raw = Mapping[str, Any]
USER_AGENT = "old-partners (https://pypi.org/project/old-partners)"


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach a provider: the key, and a server of one's own (``host`` or ``http://host:port``)."""

    key: str = field(default="", repr=False)
    server: str = ""
    timeout_s: float = 10.0

    def options(self) -> dict[str, Any]:
        """Return geopy's options; the standard library's client, because others log addresses and keys."""
        scheme = self.server.partition("://")[0] if "://" in self.server else "https"
        return {
            "scheme": scheme,
            "timeout": self.timeout_s,
            "user_agent": USER_AGENT,
            "adapter_factory": URLLibAdapter,
        }

    def domain(self) -> str:
        """Return the server's host and port, empty where the provider's own is meant."""
        return self.server.partition("://")[2] or self.server


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider of places.

    ``quality`` reads how near a found point is from the provider's record; ``city`` the city that the record names,
    empty where none is needed because the search is bounded.
    """

    name: str
    owner: str
    server: str
    datum: Datum
    key: Literal["required", "optional", "none"]
    per_second: float
    make: Callable[[Access], Geocoder]
    hints: Callable[[City], dict[str, Any]]
    quality: Callable[[Raw], Quality]
    level: Callable[[Raw], str]
    city: Callable[[Raw], str]

    def geocoder(self, access: Access) -> Geocoder:
        """Return the geopy geocoder to ask.

        Raises:
            UsageError: a key or a server is missing, or the server is no http(s) address.
        """
        if self.key == "required" and not access.key:
            text = _("{provider} needs a key: put it in the environment as {variable}, or name a file with --key-file")
            raise UsageError(text.format(provider=self.name, variable=self.variable))
        if not (access.server or self.server):
            raise UsageError(_("{provider} has no public server: name yours with --server").format(provider=self.name))
        if access.options()["scheme"] not in ("http", "https"):
            raise UsageError(_("the server must be an http or https address"))
        return self.make(access)

    @property
    def variable(self) -> str:
        """Return the environment variable that holds the key."""
        return f"OLD_PARTNERS_{self.name.upper()}_KEY"

    def source(self, access: Access) -> str:
        """Return what tells this provider's answers from others' in the cache."""
        return f"{self.name} {access.domain() or self.server}"


def _spell_box(city: City) -> list[tuple[float, float]]:
    return [(city.south, city.west), (city.north, city.east)]


def _read_amap_quality(raw: Raw) -> Quality:
    level = str(raw.get("level", ""))
    if level in ("门牌号", "门址", "单元号", "楼层", "房间"):
        number = str(raw.get("number") or "")
        return "lane" if number.endswith(("弄", "巷")) else "building"
    return "compound" if level in ("住宅区", "兴趣点") else "none"


def _read_tencent_quality(raw: Raw) -> Quality:
    """Read the level: 9 is a house number, 10 a compound, 11 a point of interest.

    A reliability under 7 is a guess, as its guide has it.
    """
    if int(raw.get("reliability") or 0) < 7:
        return "none"
    levels: dict[int, Quality] = {9: "building", 10: "compound", 11: "compound"}
    return levels.get(int(raw.get("level") or 0), "none")


def _read_baidu_quality(raw: Raw) -> Quality:
    """Read the confidence: 80 is an error under 100 m, as its guide has it."""
    if int(raw.get("confidence") or 0) < 80:
        return "none"
    levels: dict[str, Quality] = {"门址": "building", "地产小区": "compound"}
    return levels.get(str(raw.get("level")), "none")


def _read_nominatim_quality(raw: Raw) -> Quality:
    if (raw.get("class"), raw.get("type")) == ("landuse", "residential"):
        return "compound"
    return "building" if int(raw.get("place_rank") or 0) >= 30 else "none"


def _read_photon_quality(raw: Raw) -> Quality:
    found = raw.get("properties", {})
    if (found.get("osm_key"), found.get("osm_value")) == ("landuse", "residential"):
        return "compound"
    return "building" if found.get("type") == "house" else "none"


def _read_pelias_quality(raw: Raw) -> Quality:
    found = raw.get("properties", {})
    if found.get("match_type") == "fallback" or found.get("accuracy") == "centroid":
        return "none"
    layers: dict[str, Quality] = {"address": "building", "venue": "compound"}
    return layers.get(str(found.get("layer")), "none")


def _say_nothing(_raw: Raw) -> str:
    return ""


def _take_first_text(*values: object) -> str:
    """Return the first value that is text: Amap writes ``[]`` for nothing."""
    return next((value for value in values if isinstance(value, str) and value), "")


PROVIDERS: dict[str, Provider] = {
    provider.name: provider
    for provider in (
        Provider(
            "amap",
            N_("Amap (高德), AutoNavi Software, Beijing"),
            Amap.default_domain,
            "gcj02",
            "required",
            3,
            lambda access: Amap(access.key, domain=access.domain(), **access.options()),
            lambda city: {"city": city.name},
            _read_amap_quality,
            lambda raw: str(raw.get("level", "")),
            lambda raw: _take_first_text(raw.get("city"), raw.get("province")),
        ),
        Provider(
            "tencent",
            N_("Tencent Maps (腾讯位置服务), Shenzhen"),
            Tencent.default_domain,
            "gcj02",
            "required",
            5,
            lambda access: Tencent(access.key, domain=access.domain(), **access.options()),
            lambda city: {"city": city.name},
            _read_tencent_quality,
            lambda raw: str(raw.get("level", "")),
            lambda raw: _take_first_text(raw.get("address_components", {}).get("city")),
        ),
        Provider(
            "baidu",
            N_("Baidu Maps (百度地图), Beijing"),
            "api.map.baidu.com",
            "bd09",
            "required",
            3,
            lambda access: Baidu(access.key, domain=access.domain(), **access.options()),
            lambda _city: {},
            _read_baidu_quality,
            lambda raw: str(raw.get("level", "")),
            _say_nothing,
        ),
        Provider(
            "nominatim",
            N_("Nominatim (OpenStreetMap Foundation), abroad unless the server is yours"),
            "nominatim.openstreetmap.org",
            "wgs84",
            "none",
            1,
            lambda access: Nominatim(domain=access.domain() or "nominatim.openstreetmap.org", **access.options()),
            lambda city: {"viewbox": _spell_box(city), "bounded": True, "country_codes": "cn"},
            _read_nominatim_quality,
            lambda raw: str(raw.get("type", "")),
            _say_nothing,
        ),
        Provider(
            "photon",
            N_("Photon (komoot), abroad unless the server is yours"),
            "photon.komoot.io",
            "wgs84",
            "none",
            1,
            lambda access: Photon(domain=access.domain() or "photon.komoot.io", **access.options()),
            lambda city: {"bbox": _spell_box(city)},
            _read_photon_quality,
            lambda raw: str(raw.get("properties", {}).get("type", "")),
            _say_nothing,
        ),
        Provider(
            "pelias",
            N_("the Pelias server named with --server"),
            "",
            "wgs84",
            "optional",
            5,
            lambda access: Pelias(access.domain(), api_key=access.key or None, **access.options()),
            lambda city: {"boundary_rect": _spell_box(city)},
            _read_pelias_quality,
            lambda raw: str(raw.get("properties", {}).get("layer", "")),
            _say_nothing,
        ),
    )
}
