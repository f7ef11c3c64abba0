"""Names of places with control characters, in the files that programs and terminals show."""

import json

from matcher.outputs.page import geojson
from matcher.outputs.page.public import _write_row


def test_no_file_holds_a_control_character(tmp_path, monkeypatch):
    feature = {"type": "Feature", "properties": {"committee": "甲\x9b2J\x7f居委"}}
    monkeypatch.setattr(geojson, "_LISTS", dict.fromkeys(geojson.LAYERS, lambda _contents: [feature]))
    geojson.write_geojson(tmp_path, None)
    text = (tmp_path / "committees.geojson").read_text("utf-8")
    assert not {"\x9b", "\x7f"} & set(text)
    assert json.loads(text)["features"] == [feature]
    assert _write_row("", "甲\x9b2J", [3], "td") == '<tr><td></td><td>甲·2J</td><td class="number">3</td></tr>'
