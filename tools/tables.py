"""Write the tables of docs/ and the READMEs from the tables of the code, in both languages.

Run as ``make tables``; a test says when they are out of date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from matcher import columns, messages, outcomes, particulars, rules, run_folder, settings
from matcher.i18n import LANGUAGES, _, in_language, language
from matcher.outputs.report import figures
from matcher.records.list_files import LIST_FILES
from matcher.settings import words

DOCS = Path(__file__).parent.parent / "docs"
SUFFIX = {"en": "", "zh": ".zh-CN"}


def here(en: str, zh: str) -> str:
    """Return the one of two texts that is in the language in use."""
    return {"en": en, "zh": zh}[language()]


def markdown(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table in Markdown."""
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)


def code(text: object) -> str:
    """Return ``text`` as code, nothing where it is empty."""
    return f"`{text}`" if str(text) else ""


def settings_page() -> str:
    """Return the page of every setting with its default, unit and source."""
    rows = [
        (code(row.path), code(_plain(row.default)), _(row.unit), _(row.text), _(row.source)) for row in settings.table()
    ]
    title = here("Settings", "设置")
    intro = here(
        "In a TOML file given as `--settings settings.toml`, a table a section, or one at a time as "
        "`--set section.key=value`. `old-partners template` writes a commented file to start from.",
        "写在 TOML 文件里，一节一个表，用 `--settings settings.toml` 给出；也可用 `--set 节.项=值` 逐项指定。"
        "`old-partners template` 会生成一份带说明的文件作为起点。",
    )
    head = here("setting,default,unit,meaning,source of the default", "设置,默认值,单位,含义,默认值的来源").split(",")
    return f"# {title}\n\n{intro}\n\n{markdown(head, rows)}\n"


def columns_page() -> str:
    """Return the page of every column of every file, read or written."""
    title = here("Columns of every file", "各文件的列")
    intro = here(
        "Every reader accepts any of a column's headers, in either language; every file is written under the header "
        "of the language in use.",
        "读取时，每一列的中英文表头和别名都认；写出时，用当前语言的表头。",
    )
    head = here("header,other headers,needed,meaning,choices", "表头,其他表头,必填,含义,可填的值").split(",")
    parts = [f"# {title}", intro]
    for file, table in columns.FILES.items():
        rows = [
            (
                column.header(),
                here("; ", "；").join(header for header in column.headers if header != column.header()),
                here("yes", "是") if column.required else "",
                _(column.text),
                here("; ", "；").join(column.choice_label(choice.code) for choice in column.choices),
            )
            for column in table
        ]
        parts += [f"## {file}", markdown(head, rows)]
    return "\n\n".join(parts) + "\n"


def codes_page() -> str:
    """Return the page of every code of issues, reasons and violations, with its sentence."""
    parts = [
        "# " + here("Codes of issues, reasons and violations", "问题、原因与违反规则的代码"),
        here(
            "Codes are stable; what stands in braces is filled from the case.",
            "代码固定不变；花括号里的内容按具体情况填写。",
        ),
        "## " + here("Issues: faults in an input", "问题：输入中的错误"),
        markdown(
            here("code,severity,what is wrong,what to do", "代码,级别,哪里有问题,怎么办").split(","),
            [
                (
                    code(name),
                    columns.column("issues", "severity").choice_label(kind.severity),
                    _(kind.message),
                    _(kind.advice),
                )
                for name, kind in messages.ISSUES.items()
            ],
        ),
    ]
    reasons = (
        (here("Unmatched: why an elder has no volunteer", "未结对：老人没有志愿者的原因"), messages.UNMATCHED),
        (here("Changes: why a pair is another than last month", "变更：与上月结对不同的原因"), messages.CHANGES),
        (here("Unscheduled: why a contact has no place", "排不下：联系没有安排的原因"), messages.UNSCHEDULED),
        (here("Proof: what is known of a plan", "证明：对方案已知的结论") + " (`proof.claims`)", messages.PROOF),
        (
            here("Proof: what is known of a month", "证明：对排班已知的结论") + " (`schedule.claim`)",
            messages.SCHEDULE_PROOF,
        ),
    )
    for title, table in reasons:
        head = here("code,sentence", "代码,说明").split(",")
        parts += [f"## {title}", markdown(head, [(code(name), _(text)) for name, text in table.items()])]
    parts += [f"## {here('Violations: rules that a plan or schedule breaks', '违反规则：方案或排班违反了什么')}"]
    parts += [_violations_table()]
    return "\n\n".join(parts) + "\n"


def _violations_table() -> str:
    """Return every kind of violation: what it is about, what is said of it, what its amount measures."""
    abouts = {
        "person": here("a person", "人员"),
        "elder": here("an elder", "老人"),
        "volunteer": here("a volunteer", "志愿者"),
        "pair": here("a pair", "结对"),
        "plan": here("the whole plan", "整个方案"),
        "pair_week": here("a pair's week", "结对的一周"),
        "contact": here("a contact", "一次联系"),
        "elder_day": here("an elder's day", "老人的一天"),
        "volunteer_day": here("a volunteer's day", "志愿者的一天"),
        "id": here("an id of contacts", "联系编号"),
        "cell": here("a cell of a table", "表中的一格"),
        "figure": here("a figure of a file beside the plan", "方案旁文件中的数字"),
        "calendar": here("a calendar file", "日历文件"),
    }
    head = here("code,about,sentence,the amount counts", "代码,针对,说明,数量的含义").split(",")
    return markdown(
        head,
        [
            (code(name), abouts[kind.scope], _(kind.message), _(kind.measure) if kind.measure else "")
            for name, kind in messages.VIOLATIONS.items()
        ],
    )


def rules_page() -> str:
    """Return the page of every rule of the match: what it asks, how, under which settings."""
    title = here("Rules of the match", "匹配规则")
    intro = here(
        "A rule that is hard forbids; one that is soft costs metres of walking, or is worth some. Most can be either, "
        "or off, as their first setting says. A pinned pair stands against the rules that yield to pins, with a "
        "warning; against the others the pin is an error. What a pair costs by each soft rule is in the columns "
        "`<rule>_cost_m` of `pairs.csv`.",
        "硬规则不许违反；软规则按步行米数计代价或计价值；多数规则由其第一项设置决定是硬、是软还是不管。"
        "指定的结对可以不合“让位于指定”的规则，只给提醒；"
        "不合其他规则则是错误。每一对在每条软规则上的成本，见 `pairs.csv` 的“…成本(米)”各列。",
    )
    unknown = here(
        "What is not known: where the rosters lack what a rule reads, it has nothing to say. But what an elder *asks* "
        "for must be known of the volunteer, even where it is known of nobody: an elder who asks for a woman is not "
        "given somebody whose sex is not known, nor one who asks for Shanghainese somebody whose languages are not "
        "known. Such an elder is left out, and the reason names `sex` or `wanted_language`. Where a sex is only "
        "preferred, an unknown one costs as much as another. A volunteer of whom no course is named has done none, "
        "unless the roster names no course of anybody.",
        "不知道的怎么办：名册里没有规则要看的内容时，该规则不起作用。但老人明确**要求**的，志愿者必须已知符合，"
        "哪怕名册里谁都没填：要求女志愿者的，不配性别不详的；要求讲上海话的，不配语言不详的；这样的老人暂不结对，"
        "原因中写明 `sex` 或 `wanted_language`。只是希望某一性别的，性别不详与性别不符代价相同。"
        "没填培训的志愿者按没学过算；全名册都没填培训时，培训规则不起作用。",
    )
    head = here("rule,what it asks,kind,yields to pins,settings", "规则,内容,性质,让位于指定,设置").split(",")
    rows = [
        (
            code(rule.name),
            _(rule.sentence),
            _kind(rule),
            here("yes", "是") if rule.yields_to_pins else "",
            here(", ", "、").join(code(path) for path in rule.reads),
        )
        for rule in rules.RULES
    ]
    words_title = here("Words that mean the same", "同义词")
    words_intro = here(
        "In languages, interests, needs and skills; `words.same` adds to them. Needs are answered by skills of the "
        "same name, and as listed below; `needs.answered_by` adds to that.",
        "用于语言、兴趣、需求和特长；可用 `words.same` 增补。"
        "需求由同名的特长满足，另见下表；可用 `needs.answered_by` 增补。",
    )
    groups = markdown([here("words", "词")], [[here(", ", "、").join(group)] for group in words.SAME])
    answers = markdown(
        here("need,skills", "需求,特长").split(","),
        [(need, here(", ", "、").join(skills)) for need, skills in words.ANSWERS.items()],
    )
    parts = [f"# {title}", intro, unknown, markdown(head, rows), f"## {words_title}", words_intro, groups, answers]
    return "\n\n".join(parts) + "\n"


def reports_page() -> str:
    """Return the page of reports: how they are written, and every figure with what it counts."""
    title = here("Reports", "月度报表")
    usage = here(
        "`old-partners report 2026-12` writes a month's figures for the office: beside the month before and the year, "
        "for all and for each "
        "district, subdistrict, committee, team or volunteer (`--by`). They come from the [ledger](ledger.md) of all "
        "months; `--run december "
        "--records records/2026-12.csv` reports a single run instead, with `--elders` and `--volunteers` by place and "
        "risk.",
        "`old-partners report 2026-12` 生成供上报的月度报表：并列上月与本年累计，除合计外按区、街道、居委会、"
        "服务队或志愿者分列（`--by`）。"
        "数据取自各月[台账](ledger.zh-CN.md)；也可用 `--run 十二月 --records records/2026-12.csv` 只报一份结果，"
        "加上 `--elders`、`--volunteers` 即可按地区和风险等级分列。",
    )
    files = here(
        "- `report.xlsx`: overview, charts, units (month and year), reasons, months, definitions. Made to be printed.\n"
        "- `report.html`: the same on one page that prints from any browser and loads nothing.\n"
        "- `hours.csv`: what each volunteer made, in minutes and hours, for stipends and time banks "
        "([columns](columns.md#hours)).",
        "- `report.xlsx`：总表、图表、分单位（当月和本年）、原因、各月、口径，按打印排版。\n"
        "- `report.html`：同样内容的一页网页，任何浏览器都能打印，不加载任何外部内容。\n"
        "- `hours.csv`：每位志愿者实际完成的联系，折合分钟和小时，"
        "供发放补贴和时间银行使用（[各列](columns.zh-CN.md#hours)）。",
    )
    rules = here(
        "Places are those where elders live; teams and volunteers are those with whom a contact was planned, and of "
        "what was made, who made it. "
        "So the units of every level add up to the total, to the last contact; only volunteers with elders in two "
        "places count in both. "
        "What nobody names a place, team or volunteer for has a row of its own. The year sums its months; of people "
        "it is the mean of its months. "
        "No name is in a report. Small numbers may point at a person all the same: reports are for the programme's "
        "own use.",
        "地区按老人住处；服务队和志愿者，计划数按计划由谁联系，完成数按实际由谁完成。因此各级单位之和与合计一次不差；"
        "只有老人分属两处的志愿者在两处各计一次。未填地区、服务队或未写明志愿者的另列一行。本年累计为各月之和；"
        "人数类指标为各月平均。"
        "报表不含姓名。数字过小时仍可能指向个人，仅供项目内部使用。",
    )
    parts = [f"# {title}", usage, files, rules]
    head = here("figure,what it counts,year", "指标,口径,本年累计").split(",")
    for section, name in figures.SECTIONS.items():
        rows = [
            (_(figure.text), _(figure.definition), _explain_year(figure))
            for figure in figures.FIGURES
            if figure.section == section
        ]
        parts += [f"## {_(name)}", markdown(head, rows)]
    reasons = here(", ", "、").join(_(one.text) for one in figures.BREAKDOWNS)
    parts += [f"## {here('Reasons', '原因')}", here("Tables of their own: ", "另列各表：") + reasons + here(".", "。")]
    return "\n\n".join(parts) + "\n"


def _explain_year(figure: figures.Figure) -> str:
    """Return how a figure of the year is made."""
    if figure.is_share:
        return here("share of the year's sums", "按全年合计数计算")
    return here("mean of the months", "各月平均") if figure.is_stock else here("sum", "各月之和")


def _kind(rule: rules.Rule) -> str:
    """Return hard, soft or both, with the default where a setting says it."""
    hard, soft, off = here("hard", "硬"), here("soft", "软"), here("off", "不管")
    if isinstance(rule, rules.ModedRule):
        words = {"hard": hard, "soft": soft, "off": off}
        return here("{}, by default", "默认{}").format(words[rule.get_default_mode()])
    forbids = any(
        getattr(type(rule), name) is not getattr(rules.Rule, name)
        for name in ("bar_elders", "bar_volunteers", "bar_pairs")
    )
    return hard if forbids else soft


PAGES: dict[str, Callable[[], str]] = {
    "settings": settings_page,
    "columns": columns_page,
    "codes": codes_page,
    "rules": rules_page,
    "reports": reports_page,
}


def pages() -> dict[Path, str]:
    """Return what every generated page of docs/ holds, and other pages with their generated tables."""
    found = {}
    for lang in LANGUAGES:
        with in_language(lang):
            found |= {DOCS / f"{name}{SUFFIX[lang]}.md": page() for name, page in PAGES.items()}
            readme = DOCS.parent / f"README{SUFFIX[lang]}.md"
            found[readme] = readme_page(readme.read_text("utf-8"))
            records = DOCS / f"records{SUFFIX[lang]}.md"
            found[records] = records_page(records.read_text("utf-8"))
            privacy = DOCS / f"privacy{SUFFIX[lang]}.md"
            found[privacy] = privacy_page(privacy.read_text("utf-8"))
    return found


def readme_page(text: str) -> str:
    """Return a README with the table of a run folder's files put anew in place of the one it holds."""
    head = here("file,what it holds", "文件,内容").split(",")
    return _replace_table(text, markdown(head, [(code(file.name), _(file.holds)) for file in run_folder.RUN_FILES]))


def records_page(text: str) -> str:
    """Return the page on records with the tables of outcomes and of lists put anew in place of those it holds."""
    yes = here("yes", "是")
    head = here(
        "sign,outcome,written,what it says,met,elder known", "代号,结果,文件中的代码,含义,算联系上,知道老人去向"
    ).split(",")
    rows = [
        (
            one.sign,
            one.name(),
            code(one.code),
            one.explain(),
            yes if one.is_contact else "",
            yes if one.elder_known else "",
        )
        for one in outcomes.OUTCOMES
    ]
    text = _replace_table(text, markdown(head, rows))
    head = here("file,what it holds", "文件,内容").split(",")
    return _replace_table(text, markdown(head, [(code(one.name), _(one.holds)) for one in LIST_FILES]))


def privacy_page(text: str) -> str:
    """Return the page on privacy with the table of particulars put anew in place of the one it holds."""
    head = here("columns of the rosters,where the value may stand,why", "名册中的列,原值可以出现在哪里,原因").split(",")
    rows = [
        (here(", ", "、").join(_name_columns(one.columns)), _(particulars.LEVELS[one.level]), _(one.text))
        for one in particulars.PARTICULARS
    ]
    return _replace_table(text, markdown(head, rows))


def _name_columns(names: Iterable[str]) -> list[str]:
    """Return the headers of columns of the rosters."""
    headers = {column.name: column.header() for column in (*columns.VOLUNTEERS, *columns.ELDERS)}
    return [headers[name] for name in names]


def _replace_table(text: str, table: str) -> str:
    """Return a page with a table put in place of the one that has its header."""
    before, _mark, after = text.partition(table.split("\n", 1)[0])
    return before + table + after[after.index("\n\n") :]


def _plain(value: object) -> object:
    match value:
        case bool():
            return str(value).lower()
        case tuple():
            return list(value)
        case _:
            return value


def main() -> None:
    """Write the pages that are out of date."""
    for path, text in pages().items():
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            print(f"wrote {path.relative_to(DOCS.parent)}")


if __name__ == "__main__":
    main()
