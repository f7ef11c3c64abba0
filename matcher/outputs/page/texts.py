"""Every text that the page's script shows, by key: it stands on the page in both languages."""

from __future__ import annotations

from matcher.columns import PAIR_STATUS, column
from matcher.i18n import LANGUAGES, N_, _, in_language
from matcher.messages import UNMATCHED
from matcher.outputs.cost_terms import TERMS
from matcher.outputs.page.charts import RISK_NAMES, name_reason
from matcher.outputs.page.contents import PLACE

TEXTS: dict[str, str] = {
    "map": N_("Map"),
    "map_help": N_(
        "Drag or use the arrow keys to move, scroll or press + and - to zoom, click or press Enter for who is there."
    ),
    "map_label": N_("Map of elders and volunteers. The same people stand in the tables below."),
    "layers": N_("Layers"),
    "outlines": N_("Subdistricts and committees"),
    "counts": N_("Elders without a volunteer, counted"),
    "shortages": N_("Shortages, with missing places"),
    "worth": N_("What one more volunteer is worth"),
    "reach": N_("Walking limits"),
    "pairs": N_("Pairs"),
    "served": N_("Elders with a volunteer"),
    "left_out": N_("Elders without a volunteer"),
    "volunteers": N_("Volunteers"),
    "zoom_in": N_("Zoom in"),
    "zoom_out": N_("Zoom out"),
    "whole": N_("Whole map"),
    "worth_legend": N_("one more volunteer who lives here serves up to so many elders more"),
    "reach_legend": N_("outside the shaded area no volunteer lives near enough"),
    "wgs84": N_("Coordinates: WGS-84."),
    "ratio": N_("1 : {ratio}"),
    "closer": N_("People are drawn from closer by: zoom in"),
    "nobody_placed": N_("Nobody has coordinates that may be shown: there is no map."),
    "person": N_("Who is this?"),
    "nobody": N_("Click a person on the map, or choose a row of a table."),
    "elder": N_("Elder"),
    "volunteer": N_("Volunteer"),
    "area": N_("Committee"),
    "state": N_("State"),
    "risk": N_("Risk"),
    "distance": N_("Metres apart"),
    "load": N_("Elders"),
    "places": N_("Places"),
    "worth_m": N_("One place more, m"),
    "has": N_("{elder} has {volunteer}, {distance}. The pair costs {cost} m:"),
    "apart": N_("{metres} m apart in a straight line"),
    "has_about": N_("{elder} has {volunteer}, {distance}. The pair costs about {cost} m:"),
    "apart_coarse": N_("at most {metres} m apart in a straight line"),
    "apart_unknown": N_("how far apart is not known"),
    "has_nobody": N_("{elder} has no volunteer: {reason}."),
    "term": N_("{metres} m: {term}"),
    "looks_after": N_("{volunteer} looks after {load} (places: {places}):"),
    "no_elders": N_("{volunteer} has no elders (places: {places})."),
    "place_serves": N_("With one place more here, one elder more would have a volunteer."),
    "place_worth": N_("One place more here would save about {metres} m of walks and penalties."),
    "search": N_("Find by id, committee or reason"),
    "all_areas": N_("all subdistricts"),
    "all_states": N_("all"),
    "without": N_("without a volunteer"),
    "with": N_("with a volunteer"),
    "shown": N_("{shown} of {all} shown"),
    "printed": N_("{printed} of {shown} printed; filter the table to print others"),
    "elders_table": N_("Elders"),
    "volunteers_table": N_("Volunteers"),
    "unmapped": N_(
        "{n} people stand in the tables alone: nobody may be shown where so few live, or no place is known."
    ),
    "sort": N_("sort by this column"),
    "one_more": N_("one elder more"),
    "missing_places": N_("{n} missing"),
}

PLACE_TERM = N_("where the two live: the walk, and what else depends on it")
"""The term that stands for all that would tell how the two homes lie."""


def list_texts() -> dict[str, dict[str, object]]:
    """Return all texts of the script by language."""
    return {lang: _list_texts_in(lang) for lang in LANGUAGES}


def _list_texts_in(lang: str) -> dict[str, object]:
    with in_language(lang):
        risk = column("elders", "risk")
        return {
            **{key: str(_(text)) for key, text in TEXTS.items()},
            "reasons": {code: name_reason(code) for code in UNMATCHED},
            "statuses": {choice.code: column("pairs", "status").choice_label(choice.code) for choice in PAIR_STATUS},
            "risks": {
                code: risk.choice_label(code) if code in RISK_NAMES else "" for code in ("high", "medium", "low")
            },
            "terms": {name: str(_(text)) for name, text in {**TERMS, PLACE: PLACE_TERM}.items()},
        }
