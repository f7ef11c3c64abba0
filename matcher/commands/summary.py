"""The summary of a month on the screen, from the same figures as summary.json."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.table import Table
from rich.text import Text

from matcher.columns import column
from matcher.commands.plain_text import make_plain
from matcher.commands.screen import label_reason, make_console, show_issues
from matcher.i18n import N_, _, join_words
from matcher.matching.edits import Answer
from matcher.messages import BACKUP_PROOF, PROOF, PROOF_SCOPE, SCHEDULE_PROOF
from matcher.privacy import mask_name
from matcher.run import RunResult

_BAR = 24
_CHECKED = {
    "pairs": N_("{count} pairs"),
    "pins": N_("{count} pins"),
    "volunteers": N_("{count} volunteers"),
    "elders": N_("{count} elders"),
    "contacts": N_("{count} contacts"),
    "events": N_("{count} events of calendar files"),
    "longest_gap_days": N_("longest time without contact {count} days"),
}
_SPREADS = {
    "loads": N_("elders per volunteer: {loads}"),
    "high_risk": N_("high-risk elders per volunteer: {loads}"),
}
_READ = {
    "elders": N_("{elders} elders, {taking_part} of them taking part; {volunteers} volunteers with {places} places"),
    "units": N_("{elders} elders, {taking_part} of them taking part; {volunteers} volunteers with {places} units"),
    "minutes": N_(
        "{elders} elders, {taking_part} of them taking part; {volunteers} volunteers with {places} minutes a month"
    ),
}
_USED = {
    "units": N_("{used} of {places} units are taken"),
    "minutes": N_("{used} of {places} minutes a month are taken"),
}
_NOT_MEASURED = {
    "estimated": N_("estimated from the lane, compound or committee, as coordinates are lacking: {count} pairs"),
    "assumed": N_("assumed, as only a shared building, lane or committee is known: {count} pairs"),
    "unknown": N_("not known: {count} pairs"),
}
_STATUSES = ("kept", "new", "changed", "pinned", "paused")
_FEW = 3
_LEFT_OUT = 20
"""People left out who are named on the screen."""
_BELOW_FLOOR = 5
"""Elders below the floor who are named on the screen."""
_TIERS = 6
_OUTCOMES = ("taken", "same", "refused", "asked")


def show_done(done: RunResult, next_step: str) -> None:
    """Print what a month comes to, where its files are, and what to do next."""
    _show_set_aside(done)
    if not done.plan.is_possible:
        text = _("NO PLAN IS POSSIBLE: nobody can be paired. unmatched.csv says of each elder why, and what would help")
        make_console().print(Text(text, "bold red"))
        next_step = _("look through unmatched.csv; correct the rosters or the settings, and start again")
    show_issues(done.issues, many=_FEW)
    out = make_console()
    out.print(Text(_("Old Partners · {month}").format(month=done.month.horizon.start.strftime("%Y-%m")), "bold"))
    files, page, following = _("Files"), _("Page"), _("Next")
    sections = _write_sections(done.summary)
    if done.answers is not None:
        sections.append((_("Edits"), _write_edits(done.answers)))
    width = max(cell_len(title) for title in (files, page, following, *(title for title, _lines in sections)))
    sheet = Table.grid(padding=(0, 2))
    sheet.add_column(style="bold cyan", no_wrap=True, min_width=width)
    sheet.add_column(overflow="fold")
    for title, lines in sections:
        sheet.add_row(title, Text("\n").join(lines))
    out.print(sheet)
    # a path is never broken in two: people copy it
    for title, path in ((files, done.folder), (page, done.folder / "report.html")):
        if path.exists():
            line = Text.assemble((set_cell_size(title, width + 2), "bold cyan"), make_plain(str(path)))
            out.print(line, soft_wrap=True)
    last = Table.grid(padding=(0, 2))
    last.add_column(style="bold cyan", no_wrap=True, min_width=width)
    last.add_column(overflow="fold")
    last.add_row(following, next_step)
    out.print(last)


def _write_edits(answers: Sequence[Answer]) -> list[Text]:
    """Return how many edits were taken, and what of them goes on."""
    new = [answer for answer in answers if not answer.edit.carried]
    label = column("edits", "outcome").choice_label
    count: Counter[str] = Counter(answer.outcome for answer in new)
    told = " · ".join(f"{label(outcome)} {count[outcome]}" for outcome in _OUTCOMES if count[outcome])
    lines = [Text(_("{told}; edits.csv answers each").format(told=told) if new else _("nothing was filled in"))]
    if against := sum(any(code == "against" for code, _filled in answer.pieces) for answer in new):
        lines.append(Text(_("{count} of those taken are against a rule").format(count=against)))
    metres = [answer.price.metres for answer in new if answer.price]
    if metres:
        told = _("the dearest pin costs {metres} m").format(metres=f"{max(metres):,}")
        lines.append(Text(told))
    if open_ := count["asked"] + count["refused"]:
        lines.append(
            Text(_("{count} edits are not in the plan: correct them and run again").format(count=open_), "red")
        )
    if carried := len(answers) - len(new):
        lines.append(Text(_("{count} more hold from earlier runs").format(count=carried)))
    if any(answer.edit.kind == "never" and answer.outcome == "taken" for answer in answers):
        lines.append(
            Text(
                _(
                    "never-pairs hold next month too, by edits.csv beside last month's pairs; for good, add them to "
                    "your list of never-pairs"
                )
            )
        )
    return lines


def _show_set_aside(done: RunResult) -> None:
    """Say first and loudly whom the plan leaves out because their rows are at fault."""
    roster = done.month.roster
    aside = roster.people_set_aside
    if not len(aside):
        return
    out = make_console()
    counts = {
        kind: (
            int((aside["kind"] == kind).sum()),
            sum(a.people + a.set_aside for a in roster.accounts if a.kind == kind),
        )
        for kind in ("elders", "volunteers")
    }
    text = _(
        "LEFT OUT: {elders} of {all_elders} elders and {volunteers} of {all_volunteers} volunteers, whose rows are at "
        "fault; nobody is planned for them"
    )
    words = {kind: f"{count:,}" for kind, (count, _all) in counts.items()}
    words |= {f"all_{kind}": f"{everybody:,}" for kind, (_count, everybody) in counts.items()}
    out.print(Text(text.format(**words), "bold red"))
    for row in aside.head(_LEFT_OUT).to_dict("records"):
        name = f"{row['id']} {mask_name(row['name'])}".strip()
        place = _("row {row} of {file}").format(row=row["row"], file=row["file"])
        out.print(Text(f"  {make_plain(name)} ({make_plain(place)})", "red"))
    text = _("all of them, with what to correct, are in set_aside.csv")
    out.print(Text(f"  … {text}", "red"))


def draw_bar(share: float, style: str = "green") -> Text:
    """Return a bar of fixed width, filled by ``share`` of it: full only for all, empty only for none."""
    filled = min(max(round(share * _BAR), share > 0), _BAR - (share < 1))
    return Text.assemble(("█" * filled, style), ("░" * (_BAR - filled), "dim"))


def _write_sections(figures: Mapping[str, Any]) -> list[tuple[str, list[Text]]]:
    sections = [
        (_("Read"), [_read(figures), *_write_places(figures)]),
        (_("Matched"), _write_matched(figures)),
        (_("Distance"), _write_distance(figures)),
        (_("Proof"), _write_proof(figures["proof"])),
    ]
    if reasons := figures["elders"]["unmatched_by_reason"]:
        lines = [*_draw_bars("unmatched", reasons), *_write_tiers(figures["elders"]["by_tier"])]
        sections.append((_("Unmatched"), [*lines, *_write_shortage(figures["elders"]["shortages"])]))
    if reasons := figures["pairs"]["ended_by_reason"]:
        sections.append((_("Ended"), _draw_bars("changes", reasons)))
    if "backups" in figures:
        sections.append((_("Backups"), _write_backups(figures["backups"])))
    if "schedule" in figures:
        sections.append((_("Schedule"), _schedule(figures["schedule"])))
    sections.append((_("Verified"), [_write_verified(figures["verification"]["checked"])]))
    return sections


def _read(figures: Mapping[str, Any]) -> Text:
    text = _READ[figures["volunteers"]["capacity_unit"]]
    return Text(
        _(text).format(
            elders=_format_count(figures["elders"]["on_roster"]),
            taking_part=_format_count(figures["elders"]["taking_part"]),
            volunteers=_format_count(figures["volunteers"]["on_roster"]),
            places=_format_count(figures["volunteers"]["places"]),
        )
    )


def _write_places(figures: Mapping[str, Any]) -> list[Text]:
    """Return how the elders without coordinates of their own were placed; nothing where all have them."""
    counts = dict(figures["elders"]["by_place_quality"])
    counts.pop("point", None)
    if not counts:
        return []
    quality = column("elders", "place_quality")
    told = [
        f"{quality.choice_label(c.code)} {_format_count(counts[c.code])}" for c in quality.choices if c.code in counts
    ]
    text = _("{count} elders have no coordinates of their own; placed by: {told}")
    return [Text(text.format(count=_format_count(sum(counts.values())), told=join_words(told)), "yellow")]


def _write_matched(figures: Mapping[str, Any]) -> list[Text]:
    elders, pairs = figures["elders"], figures["pairs"]
    share = elders["matched"] / max(1, elders["taking_part"])
    head = _("{matched} of {taking_part} elders, {share}").format(
        matched=_format_count(elders["matched"]), taking_part=_format_count(elders["taking_part"]), share=f"{share:.1%}"
    )
    label = column("pairs", "status").choice_label
    kinds = [
        f"{label(kind)} {_format_count(pairs[kind])}"
        for kind in ("kept", "new", "changed", "pinned", "paused")
        if pairs[kind]
    ]
    lines = []
    for name, text in _SPREADS.items():
        spread = figures["volunteers"][name]
        texts = {elders: _("{count} with none") if elders == "0" else _("{count} with {elders}") for elders in spread}
        told = _(", ").join(
            texts[elders].format(elders=elders, count=_format_count(count)) for elders, count in spread.items() if count
        )
        if any(count for elders, count in spread.items() if elders != "0"):
            lines.append(Text(_(text).format(loads=told), "dim"))
    return [
        draw_bar(share).append(f" {head}"),
        Text(" · ".join(kinds)),
        *_write_use(figures["volunteers"]),
        *lines,
        *_write_below_minimum(figures["volunteers"]),
        *_write_budget(pairs["change_budget"]),
        *_write_shared_homes(figures["shared_homes"]),
    ]


def _write_use(volunteers: Mapping[str, Any]) -> list[Text]:
    """Return how many units or minutes are taken; nothing where elders are counted."""
    if (text := _USED.get(volunteers["capacity_unit"])) is None:
        return []
    return [Text(_(text).format(used=_format_count(volunteers["used"]), places=_format_count(volunteers["places"])))]


def _write_below_minimum(volunteers: Mapping[str, Any]) -> list[Text]:
    if not volunteers["below_minimum"]:
        return []
    text = _("{volunteers} volunteers have fewer elders than wanted, {elders} elders in all")
    return [
        Text(
            text.format(
                volunteers=_format_count(volunteers["below_minimum"]),
                elders=_format_count(volunteers["elders_below_minimum"]),
            ),
            "yellow",
        )
    ]


def _write_shared_homes(homes: Mapping[str, int]) -> list[Text]:
    """Return how many homes have several volunteers; nothing where none has."""
    if not homes["split"]:
        return []
    text = _(
        "homes that elders share: {homes}, with several volunteers: {split}; see shared_homes.csv and household.mode"
    )
    return [Text(text.format(**{name: _format_count(number) for name, number in homes.items()}), "yellow")]


def _write_budget(budget: Mapping[str, int | None] | None) -> list[Text]:
    """Return what became of last month's pairs, where there is a budget for breaking them."""
    if budget is None or budget["allowed"] is None:
        return []
    text = _(
        "of {pairs} pairs of last month, {broken} are broken: {unavoidable} had to be, up to {allowed} more may be"
    )
    line = text.format(**{name: _format_count(number or 0) for name, number in budget.items()})
    if budget["worth_m"]:
        line += "; " + _("breaking one more might save {worth} m").format(worth=_format_count(budget["worth_m"]))
    return [Text(line, "dim")]


def _write_tiers(by_tier: Sequence[Mapping[str, int]]) -> list[Text]:
    """Return how many of the first tiers that are not wholly served are; nothing where there is one tier only."""
    short = [row for row in by_tier if row["matched"] < row["taking_part"]]
    if len(by_tier) < 2 or not short:
        return []
    told = [
        _("tier {tier} {matched} of {taking_part}").format(
            tier=row["tier"], matched=_format_count(row["matched"]), taking_part=_format_count(row["taking_part"])
        )
        for row in short[:_TIERS]
    ]
    text = _("matched where places ran out: {told}").format(told=_(", ").join(told))
    return [Text(text + " …" * (len(short) > _TIERS), "dim")]


def _write_distance(figures: Mapping[str, Any]) -> list[Text]:
    """Return the lines on how far the pairs live apart: what was measured first, then what was not."""
    metres, counts = figures["distance_m"], figures["distance_basis"]
    if not any(counts.values()):
        return [Text(_("no pairs"))]
    lines = []
    if metres["mean"] is not None:
        text = _(
            "straight line, measured for {count}: mean {mean} m, half within {p50} m, nine in ten within {p90} m, "
            "longest {max} m"
        )
        spelt = {name: f"{value:,.0f}" for name, value in metres.items()}
        lines.append(Text(text.format(count=_format_count(counts["measured"]), **spelt)))
    for name, text in _NOT_MEASURED.items():
        if counts[name]:
            lines.append(Text(_(text).format(count=_format_count(counts[name])), "yellow"))
    if same := figures["pairs"]["same_building"]:
        lines.append(Text(_("{count} pairs live in one building").format(count=_format_count(same))))
    return lines


_PROVED = frozenset(
    {
        *(
            "bonds",
            "most_kept",
            "most_first",
            "most_first_in_turn",
            "most_first_use",
            "most_elders",
            "most_use",
            "changes_for_more",
            "first_tiers",
            "first_use",
            "first_of_these",
            "weighed_tiers",
        ),
        *("fewest_of_as_many", "fewest_broken", "least_cost", "no_pair", "pins_only"),
    }
)
"""Claims that are proofs; after the others something is open."""
_UNITS = {"units": N_("units"), "minutes": N_("minutes a month")}


def _write_proof(proof: Mapping[str, Any]) -> list[Text]:
    """Return what is proved, a line a goal, and over which plans."""
    claims = proof["claims"]
    if claims == ["by_hand"]:
        return [Text(_(PROOF[claims[0]]), "dim")]
    filled = {"unit": _(_UNITS.get(proof["counted_in"], "")), "more": _format_count(proof.get("most_more_served") or 0)}
    if (gap := proof["gap"]) is not None:
        filled |= {"gap": f"{gap:.2%}", "difference": _format_count(proof["objective_m"] - proof["bound_m"])}
    lines = [Text(_(PROOF[claim]).format(**filled), "green" if claim in _PROVED else "yellow") for claim in claims]
    if "least_cost" not in claims and not any(claim.startswith("most_") for claim in claims):
        return lines
    scope = _(", ").join(_(PROOF_SCOPE[name]) for name in proof["scope"])
    head = _("proved optimal over {scope}:") if "least_cost" in claims else _("proved in part over {scope}:")
    return [Text(head.format(scope=scope), "green" if "least_cost" in claims else "yellow"), *lines]


def _write_shortage(shortages: Mapping[str, int] | None) -> list[Text]:
    """Return what it takes to serve those for whom places run out; nothing where there are enough, or unasked."""
    if not shortages or not shortages["count"]:
        return []
    text = _(
        "places run out: shortages {count}, places missing {missing_places}, volunteers at least {missing_volunteers}; "
        "where shortages.csv says, {recruits} would do"
    )
    return [Text(text.format(**{name: _format_count(number) for name, number in shortages.items()}), "yellow")]


def _write_backups(figures: Mapping[str, Any]) -> list[Text]:
    """Return for how many of the elders with a first volunteer there is a second one."""
    wanted = figures["planned"] + figures["missing"]
    text = _("a second volunteer for {planned} of {wanted} elders; at most {most} for one volunteer").format(
        planned=_format_count(figures["planned"]),
        wanted=_format_count(wanted),
        most=_format_count(figures["most_of_one"]),
    )
    lines = [draw_bar(figures["planned"] / max(1, wanted)).append(f" {text}")]
    if figures["distance_m"]["mean"] is not None:
        line = _("straight line, measured for {count}: mean {mean} m, longest {max} m")
        metres = {name: f"{value:,.0f}" for name, value in figures["distance_m"].items()}
        lines.append(Text(line.format(count=_format_count(figures["distance_basis"]["measured"]), **metres), "dim"))
    if (optimal := figures["proof"]["optimal"]) is not None:
        code = "optimal" if optimal else "unproved"
        lines.append(Text(_(BACKUP_PROOF[code]), "dim"))
    return lines


def _schedule(figures: Mapping[str, Any]) -> list[Text]:
    head = _("{planned} contacts planned of {due} due: {visits} visits, {calls} calls").format(
        planned=_format_count(figures["contacts_planned"]),
        due=_format_count(figures["contacts_due"]),
        visits=_format_count(figures["visits"]),
        calls=_format_count(figures["calls"]),
    )
    lines = [Text(head)]
    if (kept := figures["cadence_kept"]) is not None:
        text = _("{share} of the elders miss none").format(share=f"{kept:.1%}")
        lines.append(draw_bar(kept).append(f" {text}"))
        lines += _write_kept_by_risk(figures["cadence_kept_by_risk"])
        # where nobody has a pair there is nothing to prove
        claim = figures["claim"]
        text = _(SCHEDULE_PROOF[claim]).format(count=_format_count(figures["volunteers_unproven"] or 0))
        lines.append(Text(text, "green" if claim.startswith("most_contacts") else "yellow"))
    if (gap := figures["points_gap"]) is not None:
        text = _("schedule quality (habits, spacing, walking): within {gap} of the best possible")
        lines.append(Text(text.format(gap=f"{gap:.2%}"), "dim"))
    if (spread := figures["contacts_per_volunteer"]) is not None:
        text = _("{outings} outings; contacts a volunteer: {min} to {max}, half have {p50} or fewer")
        lines.append(
            Text(text.format(outings=_format_count(figures["outings"]), **{k: f"{v:g}" for k, v in spread.items()}))
        )
    if (since := figures["since_earlier_run"]) is not None:
        text = _("since the earlier run: {unchanged} as they were, {changed} changed, {new} new, {cancelled} cancelled")
        lines.append(Text(text.format(**{name: _format_count(count) for name, count in since.items()})))
    return [
        *lines,
        *_write_below_floor(figures["below_floor"]),
        *_write_first_visits(figures["first_visits"]),
        *_draw_bars("unscheduled", figures["missing_by_reason"]),
    ]


def _write_below_floor(rows: Sequence[Mapping[str, Any]]) -> list[Text]:
    """Return who has fewer visits than the least, or too long a silence, and why; those at higher risk first."""
    if not rows:
        return []
    head = _("{count} elders below the floor (least visits of the month, longest silence):")
    lines = [Text(head.format(count=_format_count(len(rows))), "yellow")]
    for row in rows[:_BELOW_FLOOR]:
        told = []
        if row["visits_missing"]:
            told.append(_("{count} visits too few").format(count=row["visits_missing"]))
        if row["silent_days"]:
            told.append(_("{count} days of silence too many").format(count=row["silent_days"]))
        why = label_reason("unscheduled", row["reason"])
        text = _("{elder} ({volunteer}): {told} · {why}")
        who = {"elder": row["elder_id"], "volunteer": row["volunteer_id"]}
        lines.append(Text(f"  {text.format(**who, told=join_words(told), why=why)}"))
    if len(rows) > _BELOW_FLOOR:
        text = _("and {count} more: below_floor in summary.json").format(count=_format_count(len(rows) - _BELOW_FLOOR))
        lines.append(Text(f"  {text}", "dim"))
    return lines


def _write_kept_by_risk(shares: Mapping[str, float]) -> list[Text]:
    """Return the same by risk tier, where the roster has several."""
    if len(shares) < 2:
        return []
    risk = column("elders", "risk")
    label = {choice.code: risk.choice_label(choice.code) for choice in risk.choices} | {"unknown": _("risk not given")}
    told = [f"{label[code]} {shares[code]:.1%}" for code in label if code in shares]
    return [Text(_("by risk: {told}").format(told=" · ".join(told)), "dim")]


def _write_first_visits(figures: Mapping[str, Any]) -> list[Text]:
    """Return how many new pairs' first visits are accompanied, and how many come late."""
    went, alone, late = figures["accompanied"], sum(figures["alone"].values()), figures["late"]
    told = []
    if late:
        text = _("{late} first visits come later than the first days; issues.csv says why")
        told = [Text(text.format(late=_format_count(late)), "yellow")]
    if not went + alone:
        return told
    text = _("somebody comes along to {went} of {asked} first visits; issues.csv says why not to the others")
    if not alone:
        text = _("somebody comes along to all {asked} first visits")
    line = text.format(went=_format_count(went), asked=_format_count(went + alone))
    return [Text(line, "yellow" if alone else ""), *told]


def _write_verified(checked: Mapping[str, int]) -> Text:
    return Text(
        _("every rule holds in the files as written: {checked}").format(checked=describe_checked(checked)), "green"
    )


def describe_checked(checked: Mapping[str, int]) -> str:
    """Return what the verifier looked at, in words."""
    told = [
        _(_CHECKED[what]).format(count=_format_count(count))
        for what, count in checked.items()
        if count and what in _CHECKED
    ]
    return _(", ").join(told)


def _draw_bars(kind: str, counts: Mapping[str, int]) -> list[Text]:
    """Return a bar for each reason, longest first: its share of them all."""
    total = sum(counts.values())
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [
        draw_bar(count / total, "yellow").append(f" {_format_count(count):>6} {label_reason(kind, code)}")
        for code, count in ordered
    ]


def _format_count(number: int) -> str:
    return f"{number:,}"
