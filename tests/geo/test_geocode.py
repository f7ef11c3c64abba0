"""Asking providers, against a server on this machine that answers as they document."""

import logging
import math
import stat
from dataclasses import replace

import pytest
from geopy.adapters import URLLibAdapter

from matcher.datum import convert
from matcher.errors import UsageError
from matcher.geo.geocode import CITIES, PROVIDERS, Access, Answer, Cache, City, ask_all
from matcher.geo.geocode.ask import GIVE_UP_AFTER, TRIES
from tests.helpers import map_server as maps
from tests.helpers.map_server import LAT, LNG, map_server

SHANGHAI = CITIES["上海市"]
KEY = "not-a-key-0123456789"
HOUSES = ["上海市徐汇区零陵路300弄5号", "上海市徐汇区零陵路300弄6号", "上海市黄浦区南京东路1号"]
GOOD = {
    "amap": maps.amap(),
    "tencent": maps.tencent(),
    "baidu": maps.baidu(),
    "nominatim": maps.nominatim(),
    "photon": maps.photon(),
    "pelias": maps.pelias(),
}
EMPTY = {
    "amap": maps.AMAP_EMPTY,
    "tencent": {"status": 347, "message": "查询无结果"},
    "baidu": maps.BAIDU_EMPTY,
    "nominatim": [],
    "photon": maps.NO_FEATURES,
    "pelias": maps.NO_FEATURES,
}
QUERY_NAME = dict.fromkeys(("amap", "tencent", "baidu"), "address") | {
    "nominatim": "q",
    "photon": "q",
    "pelias": "text",
}
everyone = pytest.mark.parametrize("name", list(PROVIDERS))


@pytest.fixture
def cache(tmp_path):
    with Cache(tmp_path / "places.sqlite") as opened:
        yield opened


@pytest.fixture
def asking(cache):
    """Ask a server; what would be waited for is recorded in ``pauses``."""

    def ask(server, name="amap", queries=HOUSES, timeout_s=5.0, **options):
        provider = PROVIDERS[name]
        access = Access(KEY, server.address, timeout_s)
        ask.pauses = []
        return ask_all(
            queries,
            provider,
            access,
            SHANGHAI,
            options.pop("cache", cache),
            per_second=1000,
            pause=ask.pauses.append,
            **options,
        )

    return ask


@everyone
def test_each_building_is_asked_for_once_and_comes_back_in_wgs84(name, asking):
    with map_server(GOOD[name]) as server:
        outcome = asking(server, name, [*HOUSES, *reversed(HOUSES), ""])
    assert [sent[QUERY_NAME[name]] for sent in server.sent] == sorted(HOUSES)
    assert set(outcome.answers) == set(HOUSES)
    lng, lat = convert(LNG, LAT, PROVIDERS[name].datum, "wgs84")
    for answer in outcome.answers.values():
        assert (answer.lng, answer.lat) == (lng, lat)
        assert answer.quality == "building"
        assert answer.verdict(SHANGHAI) == "found"
    assert (outcome.asked, outcome.from_cache, outcome.failed, outcome.stopped) == (3, 0, [], "")


@everyone
def test_a_building_that_is_not_found_is_remembered_as_such(name, asking):
    with map_server(EMPTY[name]) as server:
        first = asking(server, name)
        second = asking(server, name)
    assert len(server.sent) == 3
    assert second.from_cache == 3
    assert [answer.verdict(SHANGHAI) for answer in (*first.answers.values(), *second.answers.values())] == [
        "not_found"
    ] * 6


@everyone
def test_what_goes_out_is_the_building_the_city_and_the_key(name, asking):
    with map_server(GOOD[name]) as server:
        asking(server, name, HOUSES[:1])
    (sent,) = server.sent
    hints = {
        "amap": {"city": "上海市", "output": "json", "key": KEY},
        "tencent": {"region": "上海市", "output": "json", "key": KEY},
        "baidu": {"output": "json", "ak": KEY},
        "nominatim": {
            "format": "json",
            "limit": "1",
            "viewbox": "120.85,30.66,122.25,31.88",
            "bounded": "1",
            "countrycodes": "cn",
        },
        "photon": {"limit": "1", "bbox": "120.85,30.66,122.25,31.88"},
        "pelias": {
            "api_key": KEY,
            "boundary.rect.min_lon": "120.85",
            "boundary.rect.min_lat": "30.66",
            "boundary.rect.max_lon": "122.25",
            "boundary.rect.max_lat": "31.88",
        },
    }
    path = {
        "amap": "/v3/geocode/geo",
        "tencent": "/ws/geocoder/v1/",
        "baidu": "/geocoding/v3/",
        "nominatim": "/search",
        "photon": "/api",
        "pelias": "/v1/search",
    }
    assert sent == {"path": path[name], QUERY_NAME[name]: HOUSES[0], **hints[name]}
    assert server.agents[0].startswith("old-partners")


@pytest.mark.parametrize(
    ("name", "page", "quality"),
    [
        ("amap", maps.amap(level="住宅区"), "compound"),
        ("amap", maps.amap(level="门址"), "building"),
        ("amap", maps.amap(number="300弄"), "lane"),
        ("amap", maps.amap(number=[]), "building"),
        ("amap", maps.amap(level="道路"), "none"),
        ("amap", maps.amap(level="区县"), "none"),
        ("tencent", maps.tencent(level=10), "compound"),
        ("tencent", maps.tencent(level=7), "none"),
        ("tencent", maps.tencent(reliability=6), "none"),
        ("baidu", maps.baidu(level="地产小区"), "compound"),
        ("baidu", maps.baidu(level="道路"), "none"),
        ("baidu", maps.baidu(confidence=75), "none"),
        ("nominatim", maps.nominatim(place_rank=26, kind=("highway", "residential")), "none"),
        ("nominatim", maps.nominatim(place_rank=22, kind=("landuse", "residential")), "compound"),
        ("photon", maps.photon(kind="street", osm=("highway", "residential")), "none"),
        ("photon", maps.photon(kind="other", osm=("landuse", "residential")), "compound"),
        ("pelias", maps.pelias(layer="street"), "none"),
        ("pelias", maps.pelias(layer="venue"), "compound"),
        ("pelias", maps.pelias(match_type="fallback"), "none"),
    ],
)
def test_how_near_a_place_is_follows_the_providers_own_levels(name, page, quality, asking):
    with map_server(page) as server:
        (answer,) = asking(server, name, HOUSES[:1]).answers.values()
    assert answer.quality == quality
    assert answer.verdict(SHANGHAI) == ("imprecise" if quality == "none" else "found")


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("amap", maps.amap(city="苏州市")),  # on the border: inside the box, but not of the city
        ("amap", maps.amap(120.15, 30.27, city=[])),
        ("tencent", maps.tencent(city="嘉兴市")),
        ("baidu", maps.baidu(116.4, 39.9)),
        ("nominatim", maps.nominatim(116.4, 39.9)),
    ],
)
def test_a_place_in_another_city_is_not_used(name, page, asking):
    with map_server(page) as server:
        (answer,) = asking(server, name, HOUSES[:1]).answers.values()
    assert answer.verdict(SHANGHAI) == "wrong_city"


@pytest.mark.parametrize(
    ("name", "page", "why"),
    [
        ("amap", maps.amap_error(10001, "INVALID_USER_KEY"), "denied"),
        ("amap", maps.amap_error(10009, "USERKEY_PLAT_NOMATCH"), "denied"),
        ("amap", maps.amap_error(10003, "DAILY_QUERY_OVER_LIMIT"), "quota"),
        ("amap", maps.amap_error(10044, "USER_DAILY_QUERY_OVER_LIMIT"), "quota"),
        ("tencent", maps.tencent_error(121), "quota"),
        ("tencent", maps.tencent_error(311), "denied"),
        ("tencent", maps.tencent_error(199), "denied"),
        ("baidu", {"status": 302, "message": "天配额超限，限制访问"}, "quota"),
        ("baidu", {"status": 200, "message": f"APP不存在，AK有误请检查再重试: {KEY}"}, "denied"),
        ("baidu", {"status": 5, "message": "AK Failure"}, "denied"),
        ("baidu", {"status": 240, "message": "APP 服务被禁用"}, "denied"),
        ("nominatim", (403, "Forbidden"), "denied"),
        ("pelias", (401, "Unauthorized"), "denied"),
        ("photon", (402, "Payment Required"), "quota"),
    ],
)
def test_a_refused_key_or_a_spent_quota_ends_the_asking_and_keeps_what_is_done(name, page, why, asking):
    with map_server(page) as server:
        server.script = [GOOD[name]]
        outcome = asking(server, name)
        assert (outcome.stopped, len(outcome.answers), outcome.asked) == (why, 1, 2)
        assert len(server.sent) == 2  # no use in trying again
        assert asking.pauses == []
        server.reply = GOOD[name]  # the next day
        outcome = asking(server, name)
    assert (outcome.stopped, len(outcome.answers), outcome.from_cache, outcome.asked) == ("", 3, 1, 2)
    assert [sent[QUERY_NAME[name]] for sent in server.sent] == [*sorted(HOUSES)[:2], *sorted(HOUSES)[1:]]


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("amap", maps.amap_error(10021, "CUQPS_HAS_EXCEEDED_THE_LIMIT")),
        ("amap", maps.amap_error(10015, "GATEWAY_TIMEOUT")),
        ("tencent", maps.tencent_error(120)),
        ("baidu", {"status": 401, "message": "当前并发量已经超过约定并发配额，限制访问"}),
        ("baidu", {"status": 1, "message": "服务器内部错误"}),
        ("nominatim", (500, "<html>Internal Server Error</html>")),
        ("nominatim", (503, "Service Unavailable")),
        ("photon", "<html>garbage"),
        ("photon", {"message": "what"}),
        ("pelias", {"features": [{}]}),
        ("amap", {"hello": "world"}),
        ("amap", [1, 2]),
        ("tencent", "null"),
        ("baidu", {"status": 0, "result": {"location": {"lng": None, "lat": 31}}}),
    ],
)
def test_what_may_pass_is_tried_again(name, page, asking):
    with map_server(GOOD[name]) as server:
        server.script = [page, page]
        outcome = asking(server, name)
    assert len(server.sent) == 5
    assert asking.pauses == [1, 2]
    assert len(outcome.answers) == 3
    assert outcome.failed == []


def test_a_server_that_says_how_long_to_wait_is_believed_up_to_a_minute(asking):
    with map_server(GOOD["nominatim"]) as server:
        server.script = [(429, "", {"Retry-After": "7"}), (429, "", {"Retry-After": "86400"})]
        outcome = asking(server, "nominatim")
    assert asking.pauses == [7, 60]
    assert len(outcome.answers) == 3


def test_a_provider_that_stays_too_busy_ends_the_asking(asking):
    with map_server(maps.tencent_error(120)) as server:
        outcome = asking(server, "tencent")
    assert outcome.stopped == "busy"
    assert len(server.sent) == TRIES
    assert asking.pauses == [1, 2, 4]


def test_one_building_that_fails_is_passed_over_and_asked_for_next_time(asking):
    def reply(sent):
        return (500, "no") if sent["address"] == HOUSES[1] else GOOD["amap"]

    with map_server(reply) as server:
        outcome = asking(server)
        assert (outcome.failed, outcome.stopped, len(outcome.answers)) == ([HOUSES[1]], "", 2)
        server.reply = GOOD["amap"]
        again = asking(server)
    assert (again.asked, again.from_cache) == (1, 2)


def test_a_building_that_is_not_understood_is_not_tried_again_at_once(asking):
    with map_server(GOOD["amap"]) as server:
        server.script = [maps.amap_error(30001, "ENGINE_RESPONSE_DATA_ERROR")]
        outcome = asking(server)
    assert len(server.sent) == 3
    assert outcome.failed == sorted(HOUSES)[:1]


def test_a_provider_that_is_down_is_not_asked_for_the_whole_city(asking):
    with map_server((500, "down")) as server:
        outcome = asking(server, queries=[f"上海市零陵路{i}号" for i in range(100)])
    assert outcome.stopped == "unreachable"
    assert len(server.sent) == TRIES * GIVE_UP_AFTER


def test_a_server_that_is_not_there(asking):
    with map_server({}) as server:
        pass
    outcome = asking(server)
    assert (outcome.answers, outcome.failed) == ({}, sorted(HOUSES))


def test_a_server_that_says_nothing_times_out(asking):
    import threading

    never = threading.Event()
    with map_server(lambda _sent: never.wait(10) or {}) as server:
        outcome = asking(server, queries=HOUSES[:1], timeout_s=0.05)
        never.set()
    assert outcome.failed == HOUSES[:1]
    assert asking.pauses == [1, 2, 4]


def test_a_cut_loses_nothing(asking):
    def pull_the_plug(done, _total):
        if done == 2:
            raise KeyboardInterrupt

    with map_server(GOOD["amap"]) as server:
        with pytest.raises(KeyboardInterrupt):
            asking(server, progress=pull_the_plug)
        assert len(server.sent) == 2
        outcome = asking(server)
    assert (outcome.from_cache, outcome.asked) == (2, 1)
    assert [sent["address"] for sent in server.sent] == sorted(HOUSES)


def test_progress_counts_buildings_known_ones_too(asking):
    seen = []
    with map_server(GOOD["amap"]) as server:
        asking(server, queries=HOUSES[:1])
        asking(server, progress=lambda *numbers: seen.append(numbers))
    assert seen == [(1, 3), (2, 3), (3, 3)]


@everyone
def test_neither_key_nor_address_is_logged(name, asking, caplog, capsys):
    with caplog.at_level(logging.DEBUG), map_server(GOOD[name]) as server:
        server.script = [(500, f"{HOUSES[0]} {KEY}"), "garbage"]
        asking(server, name)
        server.reply = (403, f"{KEY} refused")
        asking(server, name, [*HOUSES, "上海市零陵路9号"])
    shown = caplog.text + "".join(capsys.readouterr())
    assert KEY not in shown
    assert "零陵路" not in shown
    assert "%E9%9B%B6" not in shown
    assert not logging.getLogger("geopy").disabled  # and geopy has its log back
    assert KEY not in repr(Access(KEY))


def test_providers_do_not_share_answers_nor_do_servers(asking):
    with map_server(GOOD["photon"]) as one, map_server(GOOD["photon"]) as other:
        asking(one, "photon")
        assert asking(other, "photon").from_cache == 0
        other.reply = GOOD["nominatim"]
        assert asking(other, "nominatim").from_cache == 0
        assert asking(one, "photon").from_cache == 3


def test_what_a_provider_needs_is_said():
    with pytest.raises(UsageError, match="OLD_PARTNERS_AMAP_KEY"):
        PROVIDERS["amap"].geocoder(Access())
    with pytest.raises(UsageError, match="--server"):
        PROVIDERS["pelias"].geocoder(Access())
    with pytest.raises(UsageError, match="http"):
        PROVIDERS["photon"].geocoder(Access(server="ftp://example.org"))


@everyone
def test_without_a_server_of_ones_own_it_is_the_providers_over_https(name):
    provider = PROVIDERS[name]
    if provider.server:
        geocoder = provider.geocoder(Access(KEY))
        address = getattr(geocoder, "api", "") or geocoder.geocode_api
        assert address.startswith(f"https://{provider.server}/")
    other = provider.geocoder(Access(KEY, "maps.example.org"))
    assert (getattr(other, "api", "") or other.geocode_api).startswith("https://maps.example.org/")
    assert type(other.adapter) is URLLibAdapter  # requests, where installed, would log addresses


def test_the_cache_is_its_owners_alone(tmp_path):
    path = tmp_path / "c.sqlite"
    with Cache(path) as cache:
        cache.keep("s", "q", Answer("building", 121.0, 31.0, "l", "c"))
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert set(modes.values()) == {0o600}
    assert "c.sqlite-wal" in modes
    path.chmod(0o644)
    Cache(path).__exit__(None, None, None)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_cache_gives_back_what_it_was_given(tmp_path):
    found, nothing = Answer("lane", 121.25, 31.125, "门牌号", "上海市"), Answer()
    with Cache(tmp_path / "c.sqlite") as cache:
        cache.keep("s", "a", nothing)
        cache.keep("s", "a", found)
        cache.keep("s", "b", nothing)
    with Cache(tmp_path / "c.sqlite") as cache:
        known = cache.known("s", ["a", "b", "c"])
        assert cache.known("t", ["a"]) == {}
        assert set(cache.known("s", ["b"])) == {"b"}
    assert known["a"] == found
    assert math.isnan(known["b"].lng)
    assert set(known) == {"a", "b"}


def test_other_files_are_not_taken_for_a_cache(tmp_path):
    import sqlite3

    text = tmp_path / "notes.txt"
    text.write_text("not a database at all, but long enough to be read as one" * 20)
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE t (x)")
    db.close()
    for path in (text, other):
        before = path.read_bytes()
        with pytest.raises(UsageError, match="not a cache"):
            Cache(path)
        assert path.read_bytes() == before
    with pytest.raises(UsageError, match="can't be opened"):
        Cache(tmp_path / "no" / "folder.sqlite")


def test_verdicts():
    at = Answer("building", LNG, LAT)
    assert at.verdict(SHANGHAI) == "found"
    assert replace(at, city="上海").verdict(SHANGHAI) == "found"
    assert replace(at, city="苏州市").verdict(SHANGHAI) == "wrong_city"
    assert replace(at, quality="none").verdict(SHANGHAI) == "imprecise"
    assert Answer().verdict(SHANGHAI) == "not_found"
    assert at.verdict(City("某市", 100, 20, 101, 21)) == "wrong_city"
