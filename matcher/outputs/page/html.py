"""The page as one file: template, style, script and data put together under a policy that lets nothing else run."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from html import escape
from importlib.resources import files
from typing import Any

import numpy as np

from matcher.i18n import LANGUAGES, _, in_language, language
from matcher.outputs.page.charts import draw_charts
from matcher.outputs.page.contents import RISKS, STATUSES, Degrees, Index, PageContents, People
from matcher.outputs.page.outlines import Outlines
from matcher.outputs.page.packing import Packer
from matcher.outputs.page.statements import write_notes, write_shortages, write_summary, write_title
from matcher.outputs.page.texts import list_texts
from matcher.outputs.policy import write_policy

SCRIPTS = ("unpack.js", "raster.js", "counts.js", "map.js", "table.js", "page.js")
HTML_LANG = {"zh": "zh-CN", "en": "en"}
_PER_DEGREE = 100_000
"""Steps of a packed coordinate in a degree, about a metre."""
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
"""Characters that a terminal would obey if it showed the file."""
_FIELD = re.compile(r"\{\{(\w+)\}\}")


def write_page(contents: PageContents) -> str:
    """Return the page of a run, in both languages; the one in use is shown first."""
    about, block = pack(contents)
    script = f'"use strict";(() => {{\n{"".join(read_resource(name) for name in SCRIPTS)}}})();'
    return fill_template(
        script,
        {
            "title": escape(write_title(contents)),
            "skip": escape(_("To the tables")),
            "heading": say(lambda: f"<h1>{escape(write_title(contents))}</h1>"),
            "summary": say(lambda: write_summary(contents)),
            "charts": say(lambda: f'<div class="charts">{"".join(draw_charts(contents))}</div>'),
            "shortages": say(lambda: write_shortages(contents)),
            "notes": say(lambda: write_notes(contents)),
            "about": dump(about),
            "block": block,
        },
    )


def fill_template(script: str, fields: Mapping[str, str], template: str = "page.html") -> str:
    """Return a template filled in, with its policy; what is filled in is not looked at again."""
    style = read_resource("page.css")
    told = {
        "policy": write_policy(style, script),
        "style": style,
        "script": script,
        "html_lang": HTML_LANG[language()],
        **fields,
    }
    return _FIELD.sub(lambda field: told[field[1]], read_resource(template))


def read_resource(name: str) -> str:
    """Return one of the files that a page is made of."""
    return (files(__package__) / name).read_text("utf-8")


def say(write: Callable[[], str]) -> str:
    """Return what is written in every language, the one in use to be seen."""
    parts = []
    for lang in LANGUAGES:
        with in_language(lang):
            told = write()
        hidden = "" if lang == language() else " hidden"
        parts.append(f'<div data-said="{lang}" lang="{HTML_LANG[lang]}"{hidden}>{told}</div>')
    return "".join(parts)


def dump(value: object) -> str:
    """Return a value as JSON that ends no element and begins none."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def pack(contents: PageContents) -> tuple[dict[str, Any], str]:
    """Return what the script is to know, and all columns as one block."""
    packer = Packer()
    elders, volunteers, areas = contents.elders, contents.volunteers, contents.areas
    for side, people in (("elder", elders), ("volunteer", volunteers)):
        _pack_people(packer, side, people)
    integers: dict[str, Iterable[int] | Index] = {
        "elder_risk": contents.risk,
        "elder_volunteer": contents.volunteer_of,
        "elder_status": contents.status,
        "elder_distance": contents.distance_m,
        "elder_reason": contents.reason,
        "elder_shortage": contents.shortage_of,
        **{f"term_{name}": cost for name, cost in contents.terms.items()},
        "volunteer_load": contents.load,
        "volunteer_places": contents.places,
        "volunteer_price": np.minimum(contents.price_m, 2**31 - 1),
        "volunteer_short": contents.is_short.astype(np.int64),
        "volunteer_reach": contents.reach_m,
        "committee_subdistrict": areas.subdistrict_of,
        "shortage_missing": [row.missing for row in contents.shortages],
        "worth_x": contents.worth.x,
        "worth_y": contents.worth.y,
        "worth_elders": contents.worth.elders,
    }
    for name, values in integers.items():
        packer.add_integers(name, values)
    for lang, sentences in contents.sentences.items():
        packer.add_texts(f"why_{lang}", sentences)
    packer.add_texts("committee_name", areas.committees)
    packer.add_texts("subdistrict_name", areas.subdistricts)
    _pack_outlines(packer, "committee", areas.committee_outlines)
    _pack_outlines(packer, "subdistrict", areas.subdistrict_outlines)
    _pack_outlines(packer, "shortage", contents.shortage_outlines)
    columns, block = packer.close()
    titles = {}
    for lang in LANGUAGES:
        with in_language(lang):
            titles[lang] = write_title(contents)
    about = {
        "columns": columns,
        "exact": contents.homes == "exact",
        "language": language(),
        "reasons": contents.reasons,
        "risks": RISKS,
        "square": {"lng": contents.squares.size_lng, "lat": contents.squares.size_lat},
        "statuses": STATUSES,
        "terms": list(contents.terms),
        "texts": list_texts(),
        "titles": titles,
    }
    return about, block


def _pack_people(packer: Packer, side: str, people: People) -> None:
    packer.add_texts(f"{side}_id", people.id.tolist())
    if people.name is not None:
        packer.add_texts(f"{side}_name", people.name.tolist())
    packer.add_integers(f"{side}_x", _pack_degrees(people.lng))
    packer.add_integers(f"{side}_y", _pack_degrees(people.lat))
    packer.add_integers(f"{side}_committee", people.committee)


def _pack_outlines(packer: Packer, kind: str, outlines: Outlines) -> None:
    packer.add_integers(f"{kind}_ring_x", _pack_degrees(outlines.lng))
    packer.add_integers(f"{kind}_ring_y", _pack_degrees(outlines.lat))
    packer.add_integers(f"{kind}_ring_length", outlines.length)


def _pack_degrees(degrees: Degrees) -> Index:
    """Return degrees as whole numbers; 0 for nowhere, in both coordinates."""
    return np.rint(np.nan_to_num(degrees, nan=0.0) * _PER_DEGREE).astype(np.int64)
