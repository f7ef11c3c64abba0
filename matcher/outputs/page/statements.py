"""What a page says in words, in the language in use: the summary, what to do, the shortages, how it was made."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from matcher.columns import BROKEN_RULE
from matcher.i18n import _, language
from matcher.outputs.page.advice import ADVICE, Advice
from matcher.outputs.page.charts import name_reason
from matcher.outputs.page.contents import PageContents, ShortageRow


def write_title(contents: PageContents) -> str:
    """Return the page's title."""
    return _("Old Partners, plan of {month:%Y-%m}").format(month=contents.month)


def write_summary(contents: PageContents) -> str:
    """Return what the plan serves, what it misses and why, and what to do."""
    parts = [f'<ul class="figures">{"".join(_list_figures(contents))}</ul>', '<div class="two">']
    missed, to_do = escape(_("What it misses, and why")), escape(_("What to do"))
    parts.append(f"<div><h2>{missed}</h2>{_list(_tell_missing(contents))}</div>")
    todo = list(_tell_advice(contents)) or [_("Nothing that the plan knows of.")]
    parts.append(f"<div><h2>{to_do}</h2>{_list(todo)}</div></div>")
    return "".join(parts)


def _list_figures(contents: PageContents) -> Iterator[str]:
    """Yield the figures that stand first."""
    figures = contents.figures
    elders, volunteers = figures["elders"], figures["volunteers"]
    taking_part = elders["taking_part"]
    share = f" ({elders['matched'] / taking_part:.1%})" if taking_part else ""
    yield _tell_figure(
        f"{elders['matched']:,}{share}",
        _("elders have a volunteer, of {n} who take part").format(n=f"{taking_part:,}"),
    )
    yield _tell_figure(f"{elders['unmatched']:,}", _("elders of the roster have none"))
    yield _tell_figure(
        f"{volunteers['taking_part']:,}",
        _("volunteers take part, with {places} places; {used} are taken").format(
            places=f"{volunteers['places']:,}", used=f"{volunteers['used']:,}"
        ),
    )
    apart = figures["distance_m"]
    if apart["p50"] is not None:
        text = _("half of the pairs live no further apart, nine in ten within {p90} m")
        median = _("{metres} m").format(metres=f"{apart['p50']:,.0f}")
        yield _tell_figure(median, text.format(p90=f"{apart['p90']:,.0f}"))
    if schedule := figures.get("schedule"):
        text = _("visits and calls are planned, of {due} that are due")
        yield _tell_figure(f"{schedule['contacts_planned']:,}", text.format(due=f"{schedule['contacts_due']:,}"))


def _tell_figure(number: str, words: str) -> str:
    return f"<li><b>{escape(number)}</b>{escape(words)}</li>"


def _tell_missing(contents: PageContents) -> Iterator[str]:
    """Yield what is missing, with its reasons."""
    figures = contents.figures
    reasons = sorted(figures["elders"]["unmatched_by_reason"].items(), key=lambda item: (-item[1], item[0]))
    for code, count in reasons:
        yield _("{n} elders without a volunteer: {reason}").format(n=f"{count:,}", reason=name_reason(code))
    if not reasons:
        yield _("Every elder of the roster has a volunteer.")
    if (found := figures["elders"]["shortages"]) and found["count"]:
        text = _(
            "Shortages of places: {n}. {missing} places are missing, at least {volunteers} volunteers; "
            "{recruits} in the right places would serve everybody."
        )
        yield text.format(
            n=f"{found['count']:,}",
            missing=f"{found['missing_places']:,}",
            volunteers=f"{found['missing_volunteers']:,}",
            recruits=f"{found['recruits']:,}",
        )
    # where other claims come before, or not the rules alone are kept, other plans may serve more
    claims = [claim for claim in figures["proof"].get("claims", ()) if claim != "bonds"]
    if claims[:1] == ["most_elders"] and figures["proof"]["scope"] == ["rules"] and figures["proof"].get("optimal"):
        yield _("It is proved: no plan that keeps the rules serves more elders.")
    if schedule := figures.get("schedule"):
        if missing := schedule["visits_missing"] + schedule["calls_missing"]:
            text = _("{n} visits and calls that are due find no time: see unscheduled.csv")
            yield text.format(n=f"{missing:,}")
        if below := schedule["below_floor"]:
            yield _("{n} elders would have fewer visits than the least, or be too long without a contact").format(
                n=f"{len(below):,}"
            )


def _tell_advice(contents: PageContents) -> Iterator[str]:
    """Yield what to do, a line each."""
    for advice in contents.advice:
        head = _(ADVICE[advice.kind]).format(rule=name_rule(advice.rule))
        who = _("; ").join(_("{name} ({n})").format(name=name, n=f"{count:,}") for name, count in advice.who)
        if advice.of > len(advice.who):
            more = _("; and {n} more places") if advice.kind == "recruit" else _("; and {n} more volunteers")
            who += more.format(n=f"{advice.of - len(advice.who):,}")
        yield _("{what} ({count} in all): {who}").format(what=head, count=_count(advice), who=who)


def _count(advice: Advice) -> str:
    """Return how many it is about, with the noun."""
    texts = {"recruit": _("{n} volunteers"), "week": _("{n} contacts")}
    return texts.get(advice.kind, _("{n} elders")).format(n=f"{advice.count:,}")


def name_rule(code: str) -> str:
    """Return what a rule is called in the language in use."""
    named = {choice.code: choice.zh for choice in BROKEN_RULE}
    return named.get(code, code) if language() == "zh" else code.replace("_", " ")


def write_shortages(contents: PageContents) -> str:
    """Return the shortages as a list to read."""
    label = escape(_("Shortages"), quote=True)
    title = f"<h2>{label}</h2>"
    if not contents.shortages:
        none = _("The plan knows of no shortage of places.")
        if {"shortage", "outranked"} & set(contents.reasons):  # as the list beside the pairs has them
            none = _("These pairs were given; where places run out is on the page of the plan that was matched.")
        return f"{title}<p>{escape(none)}</p>"
    rows = "".join(map(_write_shortage, contents.shortages))
    box = f'<div class="scroll-list" tabindex="0" role="region" aria-label="{label}">'
    return f'{title}{box}<div class="shortage-list">{rows}</div></div>'


def _write_shortage(row: ShortageRow) -> str:
    head = _("{id}: {missing} places missing").format(id=row.id, missing=f"{row.missing:,}")
    text = _("{elders} elders depend on {volunteers} volunteers with {places} places.").format(
        elders=f"{row.elders:,}", volunteers=f"{row.volunteers:,}", places=f"{row.places:,}"
    )
    lines = [text]
    if row.recruit_where:
        found = _("Recruit {n} volunteers here: {where}").format(n=f"{row.recruits:,}", where=row.recruit_where)
        lines.append(found)
    if row.areas:
        lines.append(_("The elders live here: {areas}").format(areas=row.areas))
    return f"<article><h3>{escape(head)}</h3>{''.join(f'<p>{escape(line)}</p>' for line in lines)}</article>"


def write_notes(contents: PageContents) -> str:
    """Return how the page was made, and what it does not show."""
    if contents.homes == "exact":
        homes = _("People are shown at their homes: keep this file as you keep the rosters.")
    else:
        homes = _(
            "Nobody is shown at home. Each point stands somewhere in a square of {square} m or more in which at least "
            "{least} elders live; metres are rounded up to hundreds. Outlines are drawn around these points."
        ).format(square=f"{contents.square_m:,}", least=contents.least_people)
    lines = [
        homes,
        _("The page is one file and loads nothing. Coordinates are WGS-84, distances straight lines."),
        _(
            "The map of what one more volunteer is worth counts elders of shortages near by, at most one volunteer's "
            "places and the places missing."
        ),
    ]
    title = escape(_("How to read this page"))
    told = "".join(f'<p class="note">{escape(line)}</p>' for line in lines)
    return f"<h2>{title}</h2>{told}"


def _list(lines: Iterator[str] | list[str]) -> str:
    return f'<ul class="plain">{"".join(f"<li>{escape(line)}</li>" for line in lines)}</ul>'
