"""Words that a hard rule reads and that nobody on the other roster has: each bars everybody, and is told.

A rule about wishes compares words. One that is misspelt, or that the other roster writes in another way, bars every
volunteer without a fault in any cell; and a column that the other roster does not fill in turns a rule off.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from matcher.i18n import N_
from matcher.messages import Issue
from matcher.roster.address import strip_committee, strip_town
from matcher.roster.cross_checks import RosterSide
from matcher.settings import Settings
from matcher.settings.words import simplify, unify_words

Words = frozenset[str]
_DISTRICT_EDGES = re.compile(r"^(?:中国)?(?:上海市)?|(?:新区|区)$")
_LEVELS: dict[str, Callable[[str], str]] = {
    "district": lambda name: _DISTRICT_EDGES.sub("", simplify(name)),
    "subdistrict": lambda name: simplify(strip_town(name)),
    "committee": lambda name: simplify(strip_committee(name)),
}


@dataclass(frozen=True, slots=True)
class _Comparison:
    """One rule's words of each elder, and all those of the volunteers.

    ``silent`` says whether some volunteer tells nothing, and whether the rule then lets them serve anybody.
    """

    rule: str
    column: str
    needed: str
    """The volunteers' column that answers."""
    wanted: Sequence[Words]
    offered: Words
    silent: bool = False
    asks_for_course: bool = False
    """Whether the answer is a course, of whatever words, not one of the elder's words."""
    must_be_known: bool = False
    """A wish of the elder: who tells nothing is barred."""
    has_synonyms: bool = False
    """Room for other words for one, in ``words.same`` of the settings."""


def find_unmatched_words(elders: RosterSide, volunteers: RosterSide, settings: Settings) -> list[Issue]:
    """Return a warning for each word of an elder that a hard rule reads and no volunteer has."""
    found: list[Issue] = []
    for comparison in _compare(elders.frame, volunteers.frame, settings):
        found += _tell(elders, volunteers, comparison)
    return found


def _tell(elders: RosterSide, volunteers: RosterSide, asked: _Comparison) -> Iterator[Issue]:
    concerned = [i for i, words in enumerate(asked.wanted) if words]
    if not concerned:
        return
    if not asked.offered:
        params = {
            "rule": asked.rule,
            "elders": len(concerned),
            "needed": volunteers.table.column(asked.needed).header(),
        }
        text = elders.table.text(asked.column, concerned[0])
        code = "answer_unknown" if asked.must_be_known else "rule_reads_nothing"
        yield elders.table.issue(code, asked.column, concerned[0], text, **params)
        return
    left_out: dict[str, int] = {}
    for i in concerned:
        for word in asked.wanted[i] - asked.offered:
            barred = not asked.silent and asked.wanted[i].isdisjoint(asked.offered)
            left_out[word] = left_out.get(word, 0) + barred
    if asked.asks_for_course:
        yield from _tell_untrained(elders, volunteers, asked, concerned)
        return
    code, params = "word_unmatched", {"rule": asked.rule}
    if not asked.has_synonyms:
        code, params = "answer_unmatched", params | {"needed": volunteers.table.column(asked.needed).header()}
    for i in concerned:
        for word in sorted(asked.wanted[i] - asked.offered):
            shown = elders.table.text(asked.column, i) if asked.column in _LEVELS else word
            yield elders.table.issue(code, asked.column, i, shown, **params, elders=left_out[word])


def _tell_untrained(
    elders: RosterSide, volunteers: RosterSide, asked: _Comparison, concerned: Sequence[int]
) -> Iterator[Issue]:
    """Say of each elder that no volunteer did the course; nothing where somebody did."""
    left_out = [i for i in concerned if asked.wanted[i].isdisjoint(asked.offered)]
    needed = volunteers.table.column(asked.needed).header()
    params = {"rule": asked.rule, "elders": len(left_out), "needed": needed}
    for i in left_out:
        yield elders.table.issue("course_unmatched", asked.column, i, "; ".join(sorted(asked.wanted[i])), **params)


def _compare(elders: pd.DataFrame, volunteers: pd.DataFrame, settings: Settings) -> Iterator[_Comparison]:
    """Yield what each rule that is hard compares."""
    language, training, boundary = settings.language, settings.training, settings.boundary
    spell = unify_words(settings.words.same)
    spoken = _list_words(volunteers["languages"], spell)
    offered = frozenset[str]().union(*spoken)
    if language.wanted == "hard":
        rule = N_("the volunteer is known to speak a language that the elder asks for")
        wanted = _list_words(elders["wanted_languages"], spell)
        yield _Comparison(rule, "wanted_languages", "languages", wanted, offered, must_be_known=True, has_synonyms=True)
    if language.common == "hard" and offered:
        rule = N_("the two have a language in common")
        wanted = _list_words(elders["languages"], spell)
        yield _Comparison(rule, "languages", "languages", wanted, offered, silent=not all(spoken), has_synonyms=True)
    if settings.sex.mode == "hard":
        rule = N_("the volunteer is known to be of the sex that the elder asks for")
        sexes = frozenset(volunteers["sex"]) - {""}
        asked = {sex: frozenset({sex} & {"female", "male"}) for sex in elders["wanted_sex"].unique()}
        wanted = elders["wanted_sex"].map(asked).tolist()
        yield _Comparison(rule, "wanted_sex", "sex", wanted, sexes, must_be_known=True)
    courses = volunteers["training"].tolist()
    if training.dementia == "hard":
        rule = N_("an elder with dementia has a volunteer with a course in dementia care")
        ill = _find_words(elders["health"].tolist(), training.dementia_words)
        yield _Comparison(
            rule,
            "health",
            "training",
            ill,
            _answer(courses, training.dementia_courses, ill),
            asks_for_course=True,
        )
    if training.high_risk == "hard":
        rule = N_("an elder of high risk has a volunteer with a course in care for them")
        frail = [
            frozenset({risk} & {"high"}) | frozenset({care} & {"unable"})
            for risk, care in zip(elders["risk"].tolist(), elders["self_care"].tolist(), strict=True)
        ]
        yield _Comparison(
            rule,
            "risk",
            "training",
            frail,
            _answer(courses, training.high_risk_courses, frail),
            asks_for_course=True,
        )
    if boundary.mode == "hard" and (name := boundary.level) != "none":
        rule = N_("the two live in one district, subdistrict or residents' committee, as set")
        areas = [_LEVELS[name](text) for text in volunteers[name].tolist()]
        wanted = [frozenset({_LEVELS[name](text)} - {""}) for text in elders[name].tolist()]
        yield _Comparison(rule, name, name, wanted, frozenset(areas) - {""}, silent="" in areas)


def _list_words(lists: pd.Series, spell: Callable[[str], str]) -> list[Words]:
    """Return the words of each list, one for all that mean the same."""
    known = {cell: frozenset(spell(word) for word in cell) for cell in set(lists)}
    return [known[cell] for cell in lists]


def _find_words(cells: Sequence[Sequence[str]], parts: Sequence[str]) -> list[Words]:
    """Return the words of each list that have one of some parts in them; lists that are alike are read once."""
    signs = [simplify(part) for part in parts]
    words = {word: simplify(word) for cell in set(cells) for word in cell}
    found = {word for word, simple in words.items() if any(sign in simple for sign in signs)}
    known = {cell: frozenset(found.intersection(cell)) for cell in set(cells)}
    return [known[cell] for cell in cells]


def _answer(courses: Sequence[Sequence[str]], parts: Sequence[str], wanted: Sequence[Words]) -> Words:
    """Return all words that are wanted where some volunteer has a course for them; none where nobody tells of any.

    A course answers them all; where courses are told, but none of the kind, a word that nobody wants stands for them.
    """
    if not any(courses):
        return frozenset()
    trained = any(_find_words(courses, parts))
    return frozenset[str]().union(*wanted) if trained else frozenset({"another course"})
