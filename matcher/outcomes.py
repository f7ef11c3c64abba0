"""Outcomes of planned contacts in one table: readers of records, sheets, lists and figures follow it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from matcher.i18n import N_, _, language

Side = Literal["", "elder", "volunteer"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """An outcome of a contact.

    Attributes:
        code: Its name in files in English.
        sign: What a person writes for it on paper.
        en: Its word in English.
        zh: Its word in Chinese.
        meaning: What it says, marked with ``N_``.
        aliases: Other ways to write it.
        is_contact: Whether somebody of the programme met or spoke to the elder as planned.
        side: Who could not: the elder, the volunteer; empty: the contact was made, or neither is known to be the cause.
        elder_known: Whether it is known from it where the elder is and how: else the elder may be in need.
    """

    code: str
    sign: str
    en: str
    zh: str
    meaning: str
    aliases: tuple[str, ...] = ()
    is_contact: bool = False
    side: Side = ""
    elder_known: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """Return every way to write it beside its code and its Chinese word."""
        return (self.sign, self.en, *self.aliases)

    def name(self) -> str:
        """Return its word in the language in use."""
        return self.zh if language() == "zh" else self.en

    def explain(self) -> str:
        """Return what it says, in the language in use."""
        return _(self.meaning)


def _split(words: str) -> tuple[str, ...]:
    return tuple(words.split("; "))


OUTCOMES = (
    Outcome(
        "done",
        "✓",
        "done",
        "完成",
        N_("the visit or call took place as planned, with the elder's own volunteer or the one planned"),
        _split(
            "√; ✔; ☑; v; y; yes; ok; true; 1; 是; 对; 做了; 已做; 去了; 到了; 已完成; 已探访; 已上门; "
            "已走访; 已去; 已打; 已打电话; 打了; 已联系; 联系上; 联系到; 正常; 一切正常; 一切安好; 安好; "
            "made; visited; called; met"
        ),
        is_contact=True,
        elder_known=True,
    ),
    Outcome(
        "missed",
        "✗",
        "not done",
        "未完成",
        N_("the contact did not take place, and nobody says why"),
        _split(
            "×; ✘; ☒; x; n; no; false; 0; 否; 没做; 未做; 没去; 未去; 没打; 未打; 未探访; 未上门; 未走访; "
            "未联系; 没完成; missed; not made"
        ),
    ),
    Outcome(
        "no_answer",
        "A",
        "nobody answered",
        "无人应答",
        N_("somebody knocked or called, and nobody answered; nobody knows where the elder is"),
        _split(
            "敲门无人应; 敲门不应; 敲门无人应答; 未开门; 没开门; 不开门; 家中无人; 家里没人; 家里无人; 没人; "
            "无人; 无人在家; 没人在家; 不在家; 未遇; 未见到; 没见到; 无人接听; 没人接; 没接; 没接电话; 未接; "
            "电话未接; 电话没接; 电话不通; 打不通; 关机; 停机; 空号; 联系不上; nobody at home; not at home; not home; "
            "no reply; attempted; tried; unreachable"
        ),
        side="elder",
    ),
    Outcome(
        "refused",
        "B",
        "refused",
        "拒绝",
        N_("the elder did not want the contact"),
        _split(
            "拒访; 谢绝; 不愿; 不愿意; 不要; 不需要; 老人拒绝; 老人不愿; 拒绝探访; 拒绝上门; 婉拒; declined; "
            "did not want"
        ),
        side="elder",
        elder_known=True,
    ),
    Outcome(
        "elder_away",
        "C",
        "elder away",
        "老人外出",
        N_("the elder is known to be away: with family, travelling, out"),
        _split(
            "外出; 老人不在; 外出未归; 探亲; 旅游; 住子女家; 在子女家; 去子女家; 去女儿家; 去儿子家; 女儿家; 儿子家; "
            "在女儿家; 在儿子家; 回老家; 走亲戚; away; out; travelling; with family"
        ),
        side="elder",
        elder_known=True,
    ),
    Outcome(
        "in_hospital",
        "D",
        "in hospital",
        "住院",
        N_("the elder is in hospital"),
        _split("住院中; 老人住院; 住院治疗; 在医院; 住医院; 入院; hospital"),
        side="elder",
        elder_known=True,
    ),
    Outcome(
        "moved",
        "E",
        "moved away",
        "搬离",
        N_("the elder has moved away, to family or to a care home"),
        _split(
            "搬走; 已搬走; 已搬离; 搬家; 搬迁; 迁出; 已迁出; 动迁; 养老院; 住养老院; 进养老院; 送养老院; 入住养老院; "
            "去养老院; 已住养老院; moved; care home; nursing home"
        ),
        side="elder",
        elder_known=True,
    ),
    Outcome(
        "died",
        "F",
        "died",
        "去世",
        N_("the elder has died"),
        _split("已去世; 过世; 已过世; 已故; 病故; 离世; 逝世; 死亡; dead; deceased"),
        side="elder",
        elder_known=True,
    ),
    Outcome(
        "volunteer_absent",
        "G",
        "volunteer absent",
        "志愿者缺席",
        N_("the volunteer could not come or call, and nobody else did"),
        _split(
            "志愿者请假; 志愿者有事; 志愿者生病; 志愿者没来; 志愿者未到; 志愿者没去; 请假; 缺席; absent; "
            "volunteer ill; volunteer away"
        ),
        side="volunteer",
    ),
    Outcome(
        "swapped",
        "H",
        "made by another",
        "他人代访",
        N_("another volunteer made the contact, who is named"),
        _split(
            "代访; 换人; 调换; 对调; 代班; 他人代替; 由他人代替; 代替; 顶班; 别人去; 别人代; 换班; swapped; "
            "swap; someone else; stand-in"
        ),
        is_contact=True,
        elder_known=True,
    ),
    Outcome(
        "cancelled",
        "I",
        "cancelled",
        "取消",
        N_("the office called the contact off"),
        _split("已取消; 停访; 暂停; 撤销; canceled; called off"),
    ),
)
"""Everything that can become of a contact, in the order of the legend."""

BY_CODE = {outcome.code: outcome for outcome in OUTCOMES}
IS_CONTACT = frozenset(outcome.code for outcome in OUTCOMES if outcome.is_contact)
"""Outcomes after which the elder has been met or spoken to."""
