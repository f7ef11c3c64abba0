"""Geocoders of Amap and Tencent, which geopy lacks, and Baidu's with its quotas told apart.

Errors carry the provider's status code and nothing else: the texts that come with it may repeat the key.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode

from geopy.exc import (
    GeocoderAuthenticationFailure,
    GeocoderQueryError,
    GeocoderQuotaExceeded,
    GeocoderRateLimited,
    GeocoderServiceError,
)
from geopy.geocoders import BaiduV3
from geopy.geocoders.base import DEFAULT_SENTINEL, Geocoder
from geopy.location import Location

Page = Mapping[str, Any]
Errors = Mapping[int, type[GeocoderServiceError]]


def _list_errors(
    *, denied: tuple[int, ...], spent: tuple[int, ...], busy: tuple[int, ...], query: tuple[int, ...]
) -> Errors:
    """Return what to raise for a status: a key refused, a quota used up, too many at a time, a query not understood."""
    kinds = (
        (denied, GeocoderAuthenticationFailure),
        (spent, GeocoderQuotaExceeded),
        (busy, GeocoderRateLimited),
        (query, GeocoderQueryError),
    )
    return {code: kind for codes, kind in kinds for code in codes}


def _raise_for(status: int, errors: Errors) -> None:
    raise errors.get(status, GeocoderServiceError)(f"status {status}")


class _ByKey(Geocoder):  # type: ignore[misc]
    """What Amap's and Tencent's geocoders share: a key, one GET, a page of JSON."""

    path: str
    default_domain: str
    parameters: tuple[str, str]
    """Names of the parameters for the key and for the city."""

    def __init__(self, api_key: str, *, domain: str = "", **options: Any) -> None:  # noqa: ANN401 - geopy's own
        super().__init__(**options)
        self.api_key = api_key
        self.api = f"{self.scheme}://{domain or self.default_domain}{self.path}"

    def geocode(
        self, query: str, *, exactly_one: bool = True, timeout: object = DEFAULT_SENTINEL, city: str = ""
    ) -> Any:  # noqa: ANN401 - a Location, a list of them, or None, as geopy has it
        """Find a place by its address, preferably in ``city``; the Location's ``raw`` is the provider's record.

        Raises:
            GeocoderServiceError: one of its kinds, as the status that the provider documents says.
        """
        key, region = self.parameters
        given = {"address": query, region: city, "output": "json", key: self.api_key}
        url = f"{self.api}?{urlencode({name: value for name, value in given.items() if value})}"
        return self._call_geocoder(url, partial(self._parse, exactly_one=exactly_one), timeout=timeout)

    def _parse(self, page: Page, *, exactly_one: bool) -> Any:  # noqa: ANN401
        found = self._read_records(page)
        if not found:
            return None
        return found[0] if exactly_one else found

    def _read_records(self, page: Page) -> list[Location]:
        raise NotImplementedError


class Amap(_ByKey):
    """Amap's geocoding (高德 Web 服务 v3, https://lbs.amap.com/api/webservice/guide/api/georegeo); GCJ-02."""

    path = "/v3/geocode/geo"
    default_domain = "restapi.amap.com"
    parameters = ("key", "city")
    errors = _list_errors(
        denied=(10001, 10002, 10005, 10006, 10007, 10008, 10009, 10012, 10013, 10026, 10041),
        spent=(10003, 10010, 10044, 10045, 40000, 40001, 40002, 40003),
        busy=(10004, 10014, 10019, 10020, 10021, 10029),
        query=(20000, 20001, 20002, 20011, 20012, 30000, 30001, 30002, 30003),
    )

    def _read_records(self, page: Page) -> list[Location]:
        if str(page["status"]) != "1":
            _raise_for(int(page["infocode"]), self.errors)
        return [self._record(item) for item in page["geocodes"]]

    @staticmethod
    def _record(item: Page) -> Location:
        lng, lat = str(item["location"]).split(",")
        return Location(str(item["level"]), (float(lat), float(lng)), dict(item))


class Tencent(_ByKey):
    """Tencent's geocoding (腾讯位置服务, https://lbs.qq.com/service/webService/webServiceGuide/address/Geocoder).

    Coordinates are GCJ-02.
    """

    path = "/ws/geocoder/v1/"
    default_domain = "apis.map.qq.com"
    parameters = ("key", "region")
    nothing_found = 347
    errors = _list_errors(
        denied=(110, 111, 112, 113, 190, 199, 301, 311),
        spent=(121, 123),
        busy=(120, 122),
        query=(300, 306, 310, 320, 321, 322, 323, 324, 330, 331, 332, 333, 348, 365, 366, 367, 368),
    )

    def _read_records(self, page: Page) -> list[Location]:
        status = int(page["status"])
        if status == self.nothing_found:
            return []
        if status:
            _raise_for(status, self.errors)
        result = page["result"]
        place = result["location"]
        return [Location(str(result["level"]), (float(place["lat"]), float(place["lng"])), dict(result))]


class Baidu(BaiduV3):  # type: ignore[misc]
    """geopy's BaiduV3 (BD-09), told at which server, with a day's quota (stop) told from too many at a time (wait)."""

    errors = _list_errors(
        denied=(3, 5, 9, 101, 102, *range(200, 300)), spent=(4, 301, 302), busy=(401, 402), query=(2, 8)
    )

    def __init__(self, api_key: str, *, domain: str = "", **options: Any) -> None:  # noqa: ANN401
        super().__init__(api_key, **options)
        if domain:
            self.api = f"{self.scheme}://{domain}{self.api_path}"

    def _parse_json(self, page: Page, exactly_one: bool = True) -> Any:  # noqa: ANN401
        if "results" in page and not page["results"]:  # status 1, with "no result" as its text
            return None
        return super()._parse_json(page, exactly_one)

    def _check_status(self, status: int) -> None:
        if status:
            _raise_for(status, self.errors)
