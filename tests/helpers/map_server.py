"""A map provider on this machine, which answers as the providers' guides say and remembers what it was sent."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

LNG, LAT = 121.4737, 31.2304


class MapServer:
    """``script`` holds answers to give first, one a request; after that ``reply`` answers every request."""

    def __init__(self, reply):
        self.reply, self.script, self.sent, self.agents = reply, [], [], []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                url = urlsplit(self.path)
                outer.sent.append({"path": url.path, **dict(parse_qsl(url.query))})
                outer.agents.append(self.headers["User-Agent"])
                answer = outer.script.pop(0) if outer.script else outer.reply
                answer = answer(outer.sent[-1]) if callable(answer) else answer
                status, body, headers = (*answer, {})[:3] if isinstance(answer, tuple) else (200, answer, {})
                content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
                try:
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(content)
                except (BrokenPipeError, ConnectionResetError):
                    pass  # whoever asked has given up

            def log_message(self, *_args):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.http.server_port}"


@contextmanager
def map_server(reply):
    server = MapServer(reply)
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.http.shutdown()
        server.http.server_close()
        thread.join()


def amap(lng=LNG, lat=LAT, *, level="门牌号", city="上海市", number="5号"):
    """Amap's answer; the example of its guide, at another place. Empty fields are written as []."""
    record = {
        "formatted_address": "上海市黄浦区",
        "country": "中国",
        "province": "上海市",
        "citycode": "021",
        "city": city,
        "district": "黄浦区",
        "street": [],
        "number": number,
        "adcode": "310101",
        "location": f"{lng},{lat}",
        "level": level,
    }
    return {"status": "1", "info": "OK", "infocode": "10000", "count": "1", "geocodes": [record]}


AMAP_EMPTY = {"status": "1", "info": "OK", "infocode": "10000", "count": "0", "geocodes": []}


def amap_error(infocode, info):
    return {"status": "0", "info": info, "infocode": str(infocode)}


def tencent(lng=LNG, lat=LAT, *, level=9, reliability=7, city="上海市"):
    result = {
        "title": "零陵路300弄5号",
        "location": {"lng": lng, "lat": lat},
        "ad_info": {"adcode": "310104"},
        "address_components": {
            "province": "上海市",
            "city": city,
            "district": "徐汇区",
            "street": "",
            "street_number": "",
        },
        "similarity": 0.8,
        "deviation": 1000,
        "reliability": reliability,
        "level": level,
    }
    return {"status": 0, "message": "query ok", "result": result}


def tencent_error(status):
    return {"status": status, "message": "此key每日调用量已达到上限"}


def baidu(lng=LNG, lat=LAT, *, level="门址", confidence=80):
    location = {"lng": lng, "lat": lat}
    return {
        "status": 0,
        "result": {
            "location": location,
            "precise": 1,
            "confidence": confidence,
            "comprehension": 100,
            "level": level,
        },
    }


BAIDU_EMPTY = {"status": 1, "msg": "Internal Service Error:无相关结果", "results": []}


def nominatim(lng=LNG, lat=LAT, *, place_rank=30, kind=("building", "residential")):
    record = {
        "place_id": 1,
        "licence": "ODbL",
        "lat": str(lat),
        "lon": str(lng),
        "class": kind[0],
        "type": kind[1],
        "place_rank": place_rank,
        "display_name": "5, 零陵路300弄, 徐汇区, 上海市",
    }
    return [record]


def photon(lng=LNG, lat=LAT, *, kind="house", osm=("building", "residential")):
    found = {"osm_key": osm[0], "osm_value": osm[1], "type": kind, "city": "上海市", "countrycode": "CN"}
    return _features(lng, lat, found)


def pelias(lng=LNG, lat=LAT, *, layer="address", match_type="exact"):
    found = {"name": "300", "layer": layer, "match_type": match_type, "accuracy": "point", "confidence": 1}
    return _features(lng, lat, found)


NO_FEATURES = {"type": "FeatureCollection", "features": []}


def _features(lng, lat, properties):
    geometry = {"type": "Point", "coordinates": [lng, lat]}
    return {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "geometry": geometry, "properties": properties}],
    }
