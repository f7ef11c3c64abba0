"""One table of every column of every file: English and Chinese header, aliases, type, choices, what it holds.

Readers accept any of a column's headers, in either language; writers use the header of the language in use. Reading,
checking, templates and documentation follow this table.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from matcher.i18n import N_, join_words, language
from matcher.outcomes import OUTCOMES

Kind = Literal[
    "id",  # text, stable, never a number
    "text",
    "list",  # several texts, separated by marks, spaces, 和, 及, 与, 或
    "phone",
    "national_id",  # read for checks, then dropped: never stored, written or logged
    "int",
    "number",
    "date",
    "datetime_min",  # HH:MM
    "dates",  # several dates or ranges: 2026-12-24; 2026-12-28~2026-12-31; 12月5日至8日
    "bool",
    "choice",
    "availability",  # weekdays with half-days or clock times
    "frequency",  # times a week, as a number or in words: every 10 days
]


@dataclass(frozen=True, slots=True)
class Choice:
    """A value a ``choice`` column may take: its code, which English files use, and its Chinese name."""

    code: str
    zh: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``name`` is its name in code, and its English header where ``en`` is no other."""

    name: str
    zh: str
    kind: Kind
    text: str
    aliases: tuple[str, ...] = ()
    required: bool = False
    choices: tuple[Choice, ...] = ()
    low: float | None = None
    high: float | None = None
    example: str = ""
    en: str = ""
    decimals: int = 1
    """Digits after the point that a number is written with."""
    sparse: bool = False
    """Left out of a written file where it would say nothing."""

    @property
    def headers(self) -> tuple[str, ...]:
        """Return every header it is known by."""
        return tuple(dict.fromkeys((self.en or self.name, self.zh, self.name, *self.aliases)))

    def header(self) -> str:
        """Return its header in the language in use."""
        return self.zh if language() == "zh" else self.en or self.name

    def heading(self) -> str:
        """Return its header for a screen: words apart, so that a narrow one breaks between them."""
        return self.header().replace("_", " ")

    def list_headers(self) -> str:
        """Return the headers it is known by, the one of the language in use first, as a list in a sentence."""
        return join_words(dict.fromkeys((self.header(), *self.headers)))

    def choice_label(self, code: str) -> str:
        """Return a choice's name in the language in use; ``code`` itself where it is none."""
        if language() != "zh":
            return code
        return next((choice.zh for choice in self.choices if choice.code == code), code)


YES_NO = (
    Choice(
        "yes",
        "是",
        (
            *("同意", "已同意", "愿意", "有", "y", "true", "1", "√", "✓", "✔"),
            *("☑", "✅", "v", "是的", "对", "可以", "ok", "okay"),
            *("已签订", "同意书已签", "已签同意书"),
            *(
                "已签",
                "签了",
                "已签字",
                "已签署",
                "已签名",
                "口头同意",
                "电话同意",
                "本人同意",
                "agreed",
                "signed",
                "consented",
            ),
        ),
    ),
    Choice(
        "no",
        "否",
        (
            *(
                "不同意",
                "暂不同意",
                "拒签",
                "未同意",
                "不愿意",
                "不愿",
                "无",
                "没有",
                "没",
                "n",
                "false",
                "0",
                "×",
                "✗",
                "✘",
                "☒",
                "❌",
                "x",
                "不",
                "不是",
            ),
            *("未签", "没签", "未签字", "拒绝", "谢绝", "不需要", "不要", "不可以", "不行", "refused", "declined"),
        ),
    ),
)
LIFT = (
    Choice(
        "yes", "是", (*YES_NO[0].aliases, "有电梯", "带电梯", "电梯房", "已加装", "已加装电梯", "已装电梯", "有(加装)")
    ),
    Choice(
        "no",
        "否",
        (
            *YES_NO[1].aliases,
            "无电梯",
            "没有电梯",
            "没电梯",
            "未加装",
            "加装中",
            "待加装",
            "未装电梯",
            "楼梯房",
            "步梯",
            "步梯房",
        ),
    ),
)
SEX = (
    Choice("male", "男", ("m", "男性", "男士", "男的", "先生", "man")),
    Choice("female", "女", ("f", "女性", "女士", "女的", "woman")),
)
CITIES = ("市", "城市", "所属市", "所在市", "地市")
"""Headers of a column whose city belongs before the district: 鼓楼区 is in Nanjing, Fuzhou, Xuzhou and Kaifeng."""
AREA = (
    Choice("urban", "城镇", ("城市", "城区", "市区", "town")),
    Choice("rural", "农村", ("乡村", "郊区", "country")),
)
STATUS = (
    Choice(
        "active",
        "在册",
        (
            *(
                "正常",
                "在岗",
                "服务中",
                "在",
                "有效",
                "在册在岗",
                "在岗在册",
                "继续",
                "新增",
                "正常服务",
                "健在",
                "在世",
            ),
            *("在队", "在服务", "新加入", "新入", "恢复服务"),
        ),
    ),
    Choice(
        "paused",
        "暂停",
        (
            "暂缓",
            "住院",
            "住院中",
            "请假",
            "外出",
            "探亲",
            "休假",
            "病假",
            "暂停服务",
            "暂离",
            *("出国", "回老家", "旅游", "病休", "长期请假", "长期病假"),
            "on leave",
            "in hospital",
        ),
    ),
    Choice(
        "left",
        "退出",
        (
            *(
                "注销",
                "离队",
                "去世",
                "已去世",
                "过世",
                "已故",
                "病故",
                "死亡",
                "离世",
                "搬离",
                "搬走",
                "已搬走",
                "已搬离",
                "搬迁",
                "迁出",
            ),
            *(
                "已迁出",
                "动迁",
                "已退出",
                "退出服务",
                "不再参加",
                "停止",
                "终止",
                "入住养老院",
                "住养老院",
                "进养老院",
                "died",
                "dead",
            ),
            *(
                "退队",
                "已退",
                "退岗",
                "离岗",
                "辞去",
                "不干了",
                "不做了",
                "销户",
                "往生",
                "仙逝",
                "亡故",
                "身故",
            ),
            *("已入住养老院", "入住养老机构", "已住养老院", "入住护理院", "入住敬老院"),
            *("deceased", "moved", "moved away", "withdrawn", "gone"),
        ),
    ),
)
_ILL = ("生病", "养病", "手术", "骨折", "ill", "sick")
"""Why a volunteer is away. Of an elder they may say that somebody is to come all the more."""
VOLUNTEER_STATUS = tuple(
    Choice(one.code, one.zh, (*one.aliases, *_ILL)) if one.code == "paused" else one for one in STATUS
)
RISK = (
    Choice("low", "低", ("一般", "普通", "否", "低风险", "无", "不是", "×", "no", "n")),
    Choice("medium", "中", ("中等", "关注", "中风险", "中危")),
    Choice(
        "high",
        "高",
        ("重点", "重点关注", "是", "高风险", "高危", "重点对象", "重点关注对象", "有", "√", "✓", "✔", "v", "yes", "y"),
    ),
)
SELF_CARE = (
    Choice(
        "able",
        "自理",
        ("完全自理", "能自理", "可自理", "生活自理", "基本自理", "能力完好", "正常", "无失能", "全自理", "independent"),
    ),
    Choice(
        "partly",
        "半自理",
        (
            "部分自理",
            "介助",
            "轻度失能",
            "中度失能",
            "轻度",
            "中度",
            "半失能",
            "部分失能",
            "轻度依赖",
            "中度依赖",
            "需协助",
            "部分",
            "不完全自理",
            "不能完全自理",
            "生活不能完全自理",
        ),
    ),
    Choice(
        "unable",
        "不能自理",
        (
            *(
                "失能",
                "介护",
                "重度失能",
                "重度",
                "完全不能自理",
                "不自理",
                "完全失能",
                "全失能",
                "重度依赖",
                "卧床",
                "长期卧床",
            ),
            *("生活不能自理", "无自理能力", "dependent", "bedridden"),
        ),
    ),
)
LIVING = (
    Choice(
        "alone",
        "独居",
        (
            *(
                "单独居住",
                "是",
                "yes",
                "y",
                "独居老人",
                "独住",
                "独自居住",
                "独自一人",
                "单独住",
                "一人",
                "一人居住",
                "一个人",
                "一个人住",
                "一人户",
                "1人",
            ),
            *(
                "一人独居",
                "一老",
                "单身",
                "单身居住",
                "孤老",
                "孤寡",
                "孤寡老人",
                "丧偶独居",
                "空巢独居",
                "独居空巢",
                "lives alone",
            ),
        ),
    ),
    Choice(
        "couple",
        "双老",
        (
            *(
                "纯老家庭",
                "与配偶",
                "纯老",
                "纯老户",
                "双老家庭",
                "老两口",
                "老夫妻",
                "老夫妇",
                "两老",
                "二老",
                "夫妻",
                "夫妻同住",
            ),
            *("夫妻二人", "两人", "2人", "配偶同住", "with spouse"),
        ),
    ),
    Choice(
        "family",
        "与家人同住",
        (
            "同住",
            "非独居",
            "否",
            "no",
            "n",
            "不独居",
            "三代同堂",
            "子女同住",
            "家人同住",
            "与家人",
            "与子女",
            "合住",
            "with family",
        ),
    ),
)
_BEFORE_WISH = ("", "限", "只限", "仅", "仅限", "只要", "只接受", "只能", "必须", "必须是", "须", "需", "要", "要求")
_AFTER_WISH = ("", "(必须)", "(限)", "必须")
_BEFORE_DENIED = ("不要", "不能", "不接受", "非", "拒绝", "不能是", "除")
_AFTER_DENIED = ("不行", "不要", "不便", "不方便", "除外", "勿来", "不可")
_BEFORE_PREFERENCE = ("最好", "最好是", "希望", "希望是", "尽量", "尽量是", "优先", "倾向", "倾向于", "偏好")
_AFTER_PREFERENCE = ("优先", "优先考虑", "更好", "最好", "为佳", "为宜", "(最好)", "(优先)")


def _name_sex(word: str) -> tuple[str, ...]:
    """Return how people write who is of a sex."""
    return tuple(word + tail for tail in ("", "性", "的", "士", "同志", "志愿者", "性志愿者"))


def _spell_wish(word: str, other: str) -> tuple[str, ...]:
    """Return how people write that only one sex will do, and not the other."""
    wished = (before + name + after for before in _BEFORE_WISH for name in _name_sex(word) for after in _AFTER_WISH)
    denied = (f"{before}{name}" for before in _BEFORE_DENIED for name in _name_sex(other))
    refused = (f"{name}{after}" for name in _name_sex(other) for after in _AFTER_DENIED)
    return (*wished, *denied, *refused)


def _spell_preference(word: str) -> tuple[str, ...]:
    """Return how people write that one sex is better."""
    before = (before + name for before in _BEFORE_PREFERENCE for name in _name_sex(word))
    after = (name + after for after in _AFTER_PREFERENCE for name in _name_sex(word))
    return (*before, *after)


_WOMAN, _MAN = ("woman", "women", "female", "females", "lady", "ladies"), ("man", "men", "male", "males")


def _spell_wish_en(words: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    """Return how people write it in English."""
    wished = (pattern.format(word) for word in words for pattern in _WISHES)
    return (*words, *wished, *(f"no {other}" for other in others), *(f"not a {other}" for other in others))


def _spell_preference_en(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return how people write in English that one sex is better."""
    return tuple(pattern.format(word) for word in words for pattern in _PREFERENCES)


_WISHES = ("{} only", "only {}", "{} volunteer", "{} volunteers", "must be {}", "must be a {}", "{} required")
_PREFERENCES = (
    "prefers {}",
    "prefers a {}",
    "prefer {}",
    "prefer a {}",
    "preferably {}",
    "preferably a {}",
    "{} preferred",
)

WANTED_SEX = (
    Choice("female", "女", (*_spell_wish("女", "男"), "f", *_spell_wish_en(_WOMAN, _MAN))),
    Choice("male", "男", (*_spell_wish("男", "女"), "m", *_spell_wish_en(_MAN, _WOMAN))),
    Choice("female_preferred", "女性优先", (*_spell_preference("女"), *_spell_preference_en(_WOMAN))),
    Choice("male_preferred", "男性优先", (*_spell_preference("男"), *_spell_preference_en(_MAN))),
)
ROLE = (
    Choice("member", "组员", ("队员", "成员", "志愿者", "普通", "否")),
    Choice("leader", "组长", ("小组长", "队长", "负责人", "正组长", "是")),
)
KIND_OF_CONTACT = (Choice("visit", "上门", ("探访", "走访")), Choice("call", "电话", ("通话",)))
KIND_OF_RECORD = (
    Choice("visit", "上门", ("探访", "走访", "上门探访", "上门看望", "看望", "面访", "当面", "home visit")),
    Choice(
        "call",
        "电话",
        ("通话", "打电话", "电话联系", "电话慰问", "微信", "视频", "语音", "phone", "phone call", "telephone"),
    ),
)
PAIR_STATUS = (
    Choice("new", "新结对"),
    Choice("kept", "沿用"),
    Choice("changed", "更换"),
    Choice("pinned", "指定"),
    Choice("paused", "暂停"),
)
PLACE_QUALITY = Column(
    "place_quality",
    "位置精度",
    "choice",
    N_("what the home's coordinates are taken from; empty: the home itself"),
    choices=(
        Choice("point", "本人坐标"),
        Choice("building", "楼栋"),
        Choice("lane", "弄"),
        Choice("compound", "小区"),
        Choice("committee", "居委会"),
        Choice("subdistrict", "街道"),
        Choice("unmapped", "仅知地名"),
        Choice("none", "无"),
    ),
)
SEVERITY = (Choice("error", "错误"), Choice("warning", "提醒"))
PAIR_CHANGE = (Choice("moved", "换志愿者"), Choice("served", "新有志愿者"), Choice("left_out", "不再有志愿者"))
UNMATCHED_REASON = (
    Choice("no_consent", "未同意"),
    Choice("absent", "不在册"),
    Choice("served_elsewhere", "已有其他服务"),
    Choice("high_risk_closed", "不接高风险老人"),
    Choice("no_place", "住处不明"),
    Choice("no_volunteer_in_reach", "附近没有志愿者"),
    Choice("no_volunteer", "没有志愿者"),
    Choice("ruled_out", "附近志愿者均不可结对"),
    Choice("not_eligible", "规则不许"),
    Choice("shortage", "名额不足"),
    Choice("outranked", "顺位靠后"),
    Choice("no_room", "容量不足"),
    Choice("no_room_unproven", "容量不足(尚未证明无法安排)"),
    Choice("change_budget", "受更换上限所限"),
    Choice("by_hand", "手工取消"),
    Choice("shared_home", "同住者须同一志愿者"),
)
CHANGE_REASON = (
    Choice("elder_gone", "老人已不在名册"),
    Choice("set_aside", "名册该行有误，未参加"),
    Choice("volunteer_gone", "志愿者已不在名册"),
    Choice("no_place", "住处不明"),
    Choice("paused", "一方暂离，结对暂停"),
    Choice("paused_too_long", "暂停过久"),
    Choice("own_volunteer_back", "原志愿者已回来"),
    Choice("volunteer_absent", "志愿者不在岗"),
    Choice("served_elsewhere", "已有其他服务"),
    Choice("elder_not_eligible", "老人未同意或不在册"),
    Choice("never_pair", "不宜结对"),
    Choice("pinned", "另有指定"),
    Choice("beyond_limit", "超出距离"),
    Choice("own_limit", "超出志愿者上限"),
    Choice("boundary", "跨界"),
    Choice("family", "同户或家人"),
    Choice("sex", "性别要求"),
    Choice("wanted_language", "语言要求"),
    Choice("common_language", "语言不通"),
    Choice("dementia_training", "未受认知症培训"),
    Choice("high_risk_training", "未受高风险培训"),
    Choice("stairs", "楼层过高"),
    Choice("common_time", "没有共同空闲"),
    Choice("least_visits", "时间不够最低上门"),
    Choice("silence", "间隔过长"),
    Choice("ruled_out", "规则不许"),
    Choice("lent_place", "借出的名额已归还"),
    Choice("capacity", "名额不够沿用"),
    Choice("high_risk_limit", "高风险老人超限"),
    Choice("by_hand", "人工改动"),
    Choice("gave_way", "让位于优先老人"),
    Choice("made_room", "为多照看老人"),
    Choice("better_plan", "更近或更合适"),
)
SUPPLEMENT_CHANGE = (Choice("added", "新增"), Choice("call_for_visit", "上门改电话"), Choice("moved", "改期"))
PART = (Choice("elder", "老人"), Choice("volunteer", "志愿者"))
ABSENCE_KIND = (
    Choice("away", "暂离", ("请假", "外出", "住院", "生病", "病假", "absent", "on leave")),
    Choice("left", "退出", ("去世", "搬走", "离开", "died", "moved away")),
)
SURGE_KIND = (
    Choice("heat", "高温", ("酷暑", "heat wave")),
    Choice("cold", "寒潮", ("严寒", "低温", "cold wave")),
    Choice("calls_only", "只打电话", ("电话", "不上门", "疫情", "calls only", "epidemic")),
)
UNSCHEDULED_REASON = (
    Choice("no_common_half_day", "没有共同空闲"),
    Choice("closed", "节假日或停访日"),
    Choice("absent", "一方不在"),
    Choice("day_full", "当日已满"),
    Choice("not_replanned", "不在重排日期内"),
    Choice("agreed", "已有约定"),
    Choice("seldom_due", "应联系的日子隔得太久"),
)


def _person(kind_zh: str, id_aliases: tuple[str, ...], name_aliases: tuple[str, ...]) -> tuple[Column, ...]:
    return (
        Column(
            "id",
            "编号",
            "id",
            N_("stable id, text; a row number is not one"),
            ("人员编号", "档案号", "档案编号", "建档编号", *id_aliases),
            True,
            example="E00001" if kind_zh == "老人" else "V00001",
        ),
        Column("name", "姓名", "text", N_("full name"), ("名字", "full name", *name_aliases), True, example="张三"),
        Column("sex", "性别", "choice", N_("sex"), ("gender",), choices=SEX),
        Column(
            "birth_date",
            "出生日期",
            "date",
            N_("date of birth"),
            ("出生年月", "出生年月日", "出生时间", "生日", "birthday", "date of birth", "dob"),
            example="1941-05-02",
        ),
        Column("age", "年龄", "int", N_("age in years"), ("周岁", "年纪", "现年"), low=0, high=125),
        Column(
            "national_id",
            "身份证号",
            "national_id",
            N_("read for checks only, never written"),
            ("身份证", "身份证号码", "证件号", "证件号码", "公民身份号码", "公民身份证号码", "居民身份证号"),
        ),
        Column(
            "phone",
            "联系电话",
            "phone",
            N_("phone number"),
            (
                "手机",
                "手机号",
                "手机号码",
                "电话",
                "电话号码",
                "家庭电话",
                "住宅电话",
                "固定电话",
                "固话",
                "座机",
                "联系方式",
                "本人电话",
                "mobile",
                "telephone",
                "phone number",
            ),
        ),
        Column("district", "区", "text", N_("district"), ("所属区", "区县", "所属区县", "行政区", *CITIES)),
        Column(
            "subdistrict",
            "街道",
            "text",
            N_("subdistrict or town"),
            (
                *("街镇", "镇", "所属街道", "所属街镇", "街道(镇)", "街道/镇", "街道乡镇", "街道名称", "街镇名称"),
                *("所属街道(镇)", "乡镇", "乡镇街道", "街道/乡镇", "所属乡镇"),
            ),
        ),
        Column(
            "committee",
            "居委会",
            "text",
            N_("residents' committee"),
            (
                *("居委", "村居", "居民区", "居村委", "居村", "村居委", "所属居委", "所属居委会", "居委会(村)", "社区"),
                *(
                    "居委会名称",
                    "居委名称",
                    "村居名称",
                    "社区名称",
                    "村居委会",
                    "村(居)委会",
                    "村(居)",
                    "居(村)委",
                    "所属居(村)委",
                    "所属居民区",
                ),
                *("所属社区", "所属村居", "社区居委会"),
            ),
        ),
        Column(
            "compound",
            "小区",
            "text",
            N_("housing compound"),
            ("小区名称", "所属小区", "住宅小区", "居住小区", "所在小区"),
        ),
        Column(
            "address",
            "地址",
            "text",
            N_("address of the home"),
            (
                "住址",
                "家庭住址",
                "家庭地址",
                "居住地址",
                "现居住地址",
                "现居住地",
                "现住址",
                "现住地址",
                "实际居住地",
                "实际居住地址",
                "常住地址",
                "详细地址",
                "详细住址",
                "居住地",
                "现居地",
                "现居住址",
                "home address",
            ),
        ),
        Column(
            "registered_address",
            "户籍地址",
            "text",
            N_("where the person is registered (hukou), not where they live: used only where no column says that"),
            ("户籍所在地", "户口地址", "户口所在地", "户籍住址", "户籍", "户籍地", "身份证地址"),
        ),
        Column(
            "lng",
            "经度(WGS-84)",
            "number",
            N_("longitude, degrees; the header, or a setting, names the datum: WGS-84, GCJ-02 or BD-09"),
            ("经度", "lon", "longitude"),
            low=73.0,
            high=136.0,
            example="121.4737",
            en="lng_wgs84",
        ),
        Column(
            "lat",
            "纬度(WGS-84)",
            "number",
            N_("latitude, degrees, of the same datum"),
            ("纬度", "latitude"),
            low=3.0,
            high=54.0,
            example="31.2304",
            en="lat_wgs84",
        ),
        PLACE_QUALITY,
        Column(
            "languages",
            "方言",
            "list",
            N_("languages and dialects spoken"),
            ("语言", "使用语言", "常用语言", "language", "languages spoken"),
        ),
        Column(
            "interests",
            "兴趣爱好",
            "list",
            N_("what the person likes to do or talk about"),
            ("兴趣", "爱好", "hobbies"),
        ),
        Column(
            "acquainted",
            "相识的志愿者编号" if kind_zh == "老人" else "相识的老人编号",
            "list",
            N_("ids of volunteers whom the elder knows already")
            if kind_zh == "老人"
            else N_("ids of elders whom the volunteer knows already"),
            ("相识", "熟识", "相熟的人", "knows"),
        ),
        Column(
            "availability",
            "可服务时间" if kind_zh == "志愿者" else "可探访时间",
            "availability",
            N_("free weekdays with half-days or clock times; empty: any"),
            (
                "服务时间",
                "可服务时间",
                "可探访时间",
                "探访时间",
                "空闲时间",
                "空余时间",
                "方便时间",
                "方便探访时间",
                "服务时段",
                "可服务时段",
                "探访时段",
                "时间安排",
                "available times",
                "preferred times",
                "times available",
                "days available",
            ),
            example="周一上午; 周三; 周五 14:00-16:00",
        ),
        Column(
            "days_off",
            "不便日期",
            "dates",
            N_("dates without contacts"),
            ("请假日期", "外出日期", "请假时间", "外出时间", "不在日期", "away dates", "dates away", "away"),
            example="2026-12-24; 2026-12-28~2026-12-31",
        ),
        Column(
            "joined",
            "入队日期" if kind_zh == "志愿者" else "加入日期",
            "date",
            N_("first day on the programme; empty: long ago"),
            ("加入日期", "入队日期", "登记日期", "加入时间", "入队时间", "建档日期", "参加日期", "start date"),
        ),
        Column(
            "left",
            "退出日期",
            "date",
            N_("last day on the programme; empty: none"),
            (
                *("离队日期", "离队时间", "终止日期", "退出时间", "离开日期", "注销日期", "去世日期", "去世时间"),
                *("离世日期", "死亡日期", "迁出日期", "搬离日期", "end date", "leaving date"),
            ),
        ),
        Column(
            "status",
            "状态",
            "choice",
            N_("whether active; empty: active"),
            (
                *("人员状态", "当前状态", "目前状态", "在册状态", "服务状态", "是否在册", "是否在岗", "是否在世"),
                *("是否健在", "是否去世", "是否离世", "是否过世", "是否退出", "是否退队", "是否注销", "是否迁出"),
                *("是否搬离", "是否搬走", "是否暂停", "是否住院", "是否请假"),
            ),
            choices=VOLUNTEER_STATUS if kind_zh == "志愿者" else STATUS,
        ),
    )


ELDERS: tuple[Column, ...] = (
    *_person(
        "老人",
        ("老人编号", "长者编号", "服务对象编号", "elder_id", "client id"),
        ("老人姓名", "老年人姓名", "长者姓名", "服务对象", "服务对象姓名", "对象姓名", "elder_name", "client name"),
    ),
    Column("area", "城乡", "choice", N_("urban or rural; empty: urban"), ("城乡类型", "区域类型"), choices=AREA),
    Column(
        "floor", "楼层", "int", N_("floor of the home"), ("居住楼层", "所在楼层", "楼层数", "几楼"), low=-3, high=99
    ),
    Column(
        "lift",
        "有无电梯",
        "bool",
        N_("whether the house has a lift"),
        ("电梯", "有电梯", "电梯有无", "是否有电梯", "有无电梯(是/否)", "elevator"),
        choices=LIFT,
    ),
    Column(
        "living",
        "居住方式",
        "choice",
        N_("how the elder lives"),
        (
            "居住情况",
            "居住状况",
            "居住形式",
            "居住类型",
            "家庭类型",
            "家庭情况",
            "是否独居",
            "lives alone",
            "living alone",
        ),
        choices=LIVING,
    ),
    Column(
        "self_care",
        "自理能力",
        "choice",
        N_("self-care"),
        ("失能等级", "失能情况", "生活自理能力", "自理情况", "自理程度"),
        choices=SELF_CARE,
    ),
    Column(
        "health",
        "健康状况",
        "list",
        N_("health"),
        (
            *("身体状况", "健康情况", "身体情况", "患病情况", "慢性病", "疾病", "疾病情况"),
            *("基础疾病", "病史", "既往病史"),
            *("认知障碍", "认知障碍情况", "有无认知障碍", "是否有认知障碍", "是否认知障碍", "是否患认知障碍"),
            *("认知症", "认知症情况", "有无认知症", "是否认知症", "是否患认知症", "失智", "失智情况", "有无失智"),
            *("是否失智", "痴呆", "有无痴呆", "是否痴呆", "老年痴呆", "是否老年痴呆", "dementia"),
            *("认知情况", "认知状况", "认知功能", "认知能力", "认知水平", "认知评估", "认知筛查"),
        ),
    ),
    Column(
        "risk",
        "风险等级",
        "choice",
        N_("risk tier"),
        ("风险等级(高/中/低)", "风险程度", "风险", "关注等级", "重点关注"),
        choices=RISK,
    ),
    Column(
        "needs",
        "服务需求",
        "list",
        N_("what the elder needs"),
        ("需求", "服务需要", "需求内容", "需要的服务", "服务项目"),
    ),
    Column(
        "wanted_sex",
        "志愿者性别要求",
        "choice",
        N_("the sex that the elder asks a volunteer to be of, or would like; empty: any"),
        ("性别要求", "要求性别", "希望志愿者性别", "preferred gender", "gender preference"),
        choices=WANTED_SEX,
    ),
    Column(
        "wanted_languages",
        "志愿者语言要求",
        "list",
        N_("languages of which the volunteer must speak one, for an elder who speaks no other; empty: any"),
        ("语言要求", "要求语言", "方言要求"),
    ),
    Column(
        "served_elsewhere",
        "其他服务",
        "text",
        N_("another programme that visits the elder already; empty or no: none"),
        ("已有服务", "已享受服务", "其他项目", "其他服务项目", "是否已有其他服务"),
    ),
    Column(
        "consent",
        "是否同意",
        "bool",
        N_("whether the elder consented to be visited"),
        (
            "意愿",
            "知情同意书",
            "本人是否同意",
            "是否愿意",
            "是否同意服务",
            "是否同意探访",
            "是否同意参加",
            "是否同意参加老伙伴计划",
            "是否同意接受服务",
            "是否同意接受探访",
            "是否愿意接受服务",
            "是否愿意接受探访",
            "是否签署知情同意书",
            "是否知情同意",
            "本人同意",
            "老人同意",
            "同意",
            "本人意愿",
            "consented",
            "consent given",
        ),
        choices=YES_NO,
    ),
    Column(
        "volunteer",
        "结对志愿者",
        "text",
        N_("last month's volunteer, by id or name, where no file of last month's pairs is given; empty: none"),
        (
            *("现结对志愿者", "原结对志愿者", "上月结对志愿者", "结对志愿者姓名", "服务志愿者", "负责志愿者"),
            "current volunteer",
        ),
    ),
    Column(
        "paired_since",
        "结对始于",
        "date",
        N_("since when the two have been a pair"),
        ("结对日期", "结对时间", "结对开始日期"),
    ),
    Column(
        "waiting_since",
        "等待始于",
        "date",
        N_("since when the elder has waited for a volunteer; empty: as in the last run's unmatched.csv, else joined"),
        ("等待日期", "申请日期"),
    ),
    Column(
        "contacts_per_week",
        "每周联系次数",
        "frequency",
        N_("contacts a week, or how often, as every 10 days; empty: as set"),
        ("探访频次", "探访频率", "访问周期", "联系频次", "联系频率", "contact_every"),
        low=0,
        high=7,
    ),
    Column(
        "visits_per_week",
        "每周上门次数",
        "frequency",
        N_("visits a week, or how often, as every second week; empty: as visits_per_month, or as set"),
        ("上门频次", "上门周期", "visit_every"),
        low=0,
        high=7,
    ),
    Column(
        "visits_per_month",
        "每月上门次数",
        "int",
        N_("visits a month; empty: as set"),
        ("上门次数",),
        low=0,
        high=31,
    ),
    Column(
        "emergency_contact",
        "紧急联系人",
        "text",
        N_("whom to call in an emergency"),
        ("联系人", "紧急联系人姓名", "联系人姓名", "联系人及电话", "紧急联系人及电话"),
    ),
    Column(
        "emergency_contact_relation",
        "与本人关系",
        "text",
        N_("who they are to the elder, as daughter"),
        ("关系", "与老人关系", "紧急联系人关系", "与紧急联系人关系", "联系人关系", "relation", "relationship"),
        example="女儿",
    ),
    Column(
        "emergency_contact_phone",
        "紧急联系人电话",
        "phone",
        N_("their phone"),
        (
            "子女电话",
            "子女联系电话",
            "联系人电话",
            "家属电话",
            "紧急联系电话",
            "紧急联系人联系电话",
            "紧急联系方式",
            "emergency phone",
        ),
    ),
)
VOLUNTEERS: tuple[Column, ...] = (
    *_person("志愿者", ("志愿者编号", "volunteer_id"), ("志愿者姓名", "volunteer_name")),
    Column(
        "capacity",
        "结对人数",
        "int",
        N_("how many elders, or units of them; empty: as set"),
        (
            "可结对数",
            "可结对人数",
            "结对数",
            "可服务人数",
            "服务人数",
            "可结对老人数",
            "可结对数量",
            "最多结对人数",
            "最大结对数",
            "结对数上限",
            "愿意结对人数",
            "服务上限",
            "结对上限",
            "名额",
            "max clients",
            "max elders",
        ),
        low=0,
        high=50,
    ),
    Column(
        "elders",
        "结对老人",
        "list",
        N_("last month's elders, by id or name, where no file of last month's pairs is given; empty: none"),
        ("现结对老人", "原结对老人", "上月结对老人", "结对老人姓名", "服务老人", "负责老人", "current elders"),
    ),
    Column(
        "minutes_per_month",
        "每月服务分钟数",
        "int",
        N_("minutes a month, where capacity counts minutes; empty: as set"),
        ("每月可服务分钟", "每月分钟数", "每月服务时长(分钟)"),
        low=0,
        high=20_000,
    ),
    Column(
        "backup_capacity",
        "后备人数",
        "int",
        N_("for how many elders to be the second volunteer; empty: as set"),
        ("后备名额", "替补人数"),
        low=0,
        high=50,
    ),
    Column("skills", "技能特长", "list", N_("skills"), ("特长", "技能", "专长", "服务特长")),
    Column(
        "training",
        "培训",
        "list",
        N_("courses that the volunteer has done: dementia care, care for high-risk elders"),
        (
            *("培训情况", "受训情况", "已受培训", "参加培训", "培训课程", "接受培训", "认知症培训", "认知障碍培训"),
            *("是否参加认知症培训", "是否接受认知症培训", "courses"),
        ),
    ),
    Column(
        "training_expires",
        "培训到期",
        "date",
        N_("day on which the courses expire; empty: not known, or never"),
        ("培训到期日期", "培训有效期", "培训有效期至", "证书到期", "证书有效期至", "training valid until"),
    ),
    Column(
        "health_check_expires",
        "体检到期",
        "date",
        N_("day on which the volunteer's health check expires"),
        ("体检到期日期", "体检有效期", "体检有效期至", "健康证到期", "health check valid until"),
    ),
    Column(
        "background_check_expires",
        "背景核查到期",
        "date",
        N_("day on which the check of the volunteer's record expires"),
        (
            "背景核查到期日期",
            "背景核查有效期",
            "背景审查到期",
            "无犯罪证明到期",
            "无犯罪记录证明到期",
            "background check valid until",
        ),
    ),
    Column(
        "max_walk_m",
        "最远步行(米)",
        "int",
        N_("the longest walk that the volunteer is ready for, metres; empty: the limit of town or country"),
        (
            "最远距离",
            "步行上限",
            "可接受距离",
            "可接受最远距离",
            "最远步行",
            "最远步行距离",
            "max distance",
            "max walk",
        ),
        low=0,
        high=50_000,
    ),
    Column(
        "max_floor",
        "可爬楼层",
        "int",
        N_("the highest floor that the volunteer can climb to without a lift; empty: any"),
        ("最高楼层", "最高可爬楼层", "爬楼上限", "能爬几楼", "可爬几楼", "可上几楼"),
        low=0,
        high=99,
    ),
    Column("team", "服务队", "text", N_("team"), ("所属小组", "小组", "团队", "所属队伍", "服务小组")),
    Column("role", "职务", "choice", N_("member or leader of the team"), ("角色", "组长组员"), choices=ROLE),
)

_ELDER_ID = Column("elder_id", "老人编号", "id", N_("the elder's id"), required=True)
_ELDER_NAME = Column("elder_name", "老人姓名", "text", N_("the elder's name, masked unless asked for in full"))
_VOLUNTEER_ID = Column("volunteer_id", "志愿者编号", "id", N_("the volunteer's id"), required=True)
_VOLUNTEER_NAME = Column(
    "volunteer_name", "志愿者姓名", "text", N_("the volunteer's name, masked unless asked for in full")
)
_PEOPLE = (_ELDER_ID, _ELDER_NAME, _VOLUNTEER_ID, _VOLUNTEER_NAME)
_WEEK_START = Column("week_start", "周起始日", "date", N_("first date of the week within the month"), required=True)
_CONTACT_KIND = Column("kind", "方式", "choice", N_("visit or call"), required=True, choices=KIND_OF_CONTACT)


def _term(rule: str, zh: str, text: str) -> Column:
    """Return the column of a rule's cost; ``text`` is marked for translation."""
    return Column(f"{rule}_cost_m", f"{zh}成本(米)", "int", text, sparse=True)


PAIRS: tuple[Column, ...] = (
    *_PEOPLE,
    Column("distance_m", "直线距离(米)", "number", N_("straight line, geopy's geodesic, metres")),
    replace(PLACE_QUALITY, text=N_("what the elder's place is taken from")),
    Column("same_building", "同楼", "bool", N_("whether the two live in one building"), choices=YES_NO),
    Column("status", "状态", "choice", N_("new, kept, changed, pinned or paused"), choices=PAIR_STATUS),
    Column(
        "since",
        "结对始于",
        "date",
        N_("since when the two are a pair: a month's first day, or the day on which they became one; read next month"),
        ("结对日期", "结对时间"),
    ),
    Column(
        "paused_since",
        "暂停始于",
        "date",
        N_("first day of the month since which a paused pair has paused; next month's match reads it"),
        sparse=True,
    ),
    Column(
        "waiting_since",
        "等候始于",
        "date",
        N_("month since which the elder of a pair that has not met waits; next month's match reads it"),
        sparse=True,
    ),
    Column(
        "months",
        "已结对月数",
        "int",
        N_("how many months the pair has lasted, in lists that do not say since when; read only"),
        ("结对月数",),
        low=0,
        high=1200,
        sparse=True,
    ),
    Column(
        "backup_volunteer_id",
        "后备志愿者编号",
        "id",
        N_("who stands in when the volunteer is away; empty: nobody"),
        sparse=True,
    ),
    Column("backup_volunteer_name", "后备志愿者姓名", "text", N_("their name, masked as the others"), sparse=True),
    Column(
        "backup_distance_m",
        "后备直线距离(米)",
        "number",
        N_("straight line from the elder to them, geopy's geodesic, metres"),
        sparse=True,
    ),
    Column("cost_m", "成本(米)", "int", N_("the pair's cost: the sum of the cost terms, metres")),
    Column(
        "walking_cost_m",
        "步行成本(米)",
        "int",
        N_("cost term: straight line times the detour factor, whole metres"),
    ),
    Column("keep_cost_m", "沿用成本(米)", "int", N_("cost term: minus what keeping the pair is worth, metres")),
    _term("own_limit", "超出本人上限", N_("cost term: metres beyond the walk that the volunteer is ready for")),
    _term("boundary", "跨界", N_("cost term: the price of a pair across a boundary")),
    _term("family", "家人", N_("cost term: the price of a pair of one household or family")),
    _term("sex", "性别", N_("cost term: the price of a sex other than the elder would like")),
    _term("wanted_language", "语言要求", N_("cost term: the price of none of the languages that the elder asks for")),
    _term("common_language", "语言", N_("cost term: the price of no language in common")),
    _term("dementia_training", "认知症培训", N_("cost term: the price of no course in dementia care")),
    _term("high_risk_training", "高风险培训", N_("cost term: the price of no course in care for high-risk elders")),
    _term("stairs", "爬楼", N_("cost term: floors to climb, and floors beyond those that the volunteer can climb")),
    _term("common_time", "共同空闲", N_("cost term: the price of no day on which the two can meet")),
    _term("least_visits", "最低上门", N_("cost term: the price of no time for the elder's least visits")),
    _term("silence", "长时间无联系", N_("cost term: the price of too long without a contact")),
    _term("missed_contacts", "缺少的联系", N_("cost term: contacts due for which the two have no time")),
    _term("same_building", "同楼", N_("cost term: minus what one building is worth")),
    _term("same_lane", "同弄", N_("cost term: minus what one lane is worth")),
    _term("same_compound", "同小区", N_("cost term: minus what one compound is worth")),
    _term("same_committee", "同居委", N_("cost term: minus what one residents' committee is worth")),
    _term("acquainted", "相识", N_("cost term: minus what knowing each other is worth")),
    _term("interests", "共同兴趣", N_("cost term: minus what the interests in common are worth")),
    _term("needs", "需求相配", N_("cost term: minus what the needs that the volunteer's skills answer are worth")),
)
UNMATCHED: tuple[Column, ...] = (
    _ELDER_ID,
    _ELDER_NAME,
    Column("subdistrict", "街道", "text", N_("subdistrict or town")),
    Column("committee", "居委会", "text", N_("residents' committee")),
    Column(
        "reason",
        "原因",
        "choice",
        N_("why the elder has no volunteer"),
        required=True,
        choices=UNMATCHED_REASON,
    ),
    Column("detail", "说明", "text", N_("the reason's evidence in a sentence")),
    Column(
        "nearest_volunteer_m",
        "最近志愿者(米)",
        "number",
        N_("straight line to the nearest volunteer, metres"),
    ),
    Column(
        "tier",
        "顺位",
        "int",
        N_("who comes first when places run out, from 1; empty: takes no part"),
        low=1,
        high=1_000_000,
    ),
    Column(
        "waiting_since",
        "等待始于",
        "date",
        N_("first day of the month since which the elder has waited; next month's match reads it"),
    ),
    Column(
        "counted_since",
        "等待计自",
        "date",
        N_("since when that waiting counts: earlier for who has lost a volunteer; next month's match reads it"),
    ),
    Column(
        "ruled_out_by",
        "各规则排除人数",
        "text",
        N_("no volunteer eligible: how many of those looked at each rule forbids, by its name"),
        example="distance=40; sex=3",
    ),
    Column(
        "ruled_out_alone",
        "仅此规则排除人数",
        "text",
        N_("how many of them nothing else forbids"),
        example="distance=12",
    ),
    Column(
        "loosen_rule", "可放宽的规则", "text", N_("which rule, or the fewest together, would have to give way, by name")
    ),
    Column(
        "loosen_setting",
        "可放宽的设置",
        "text",
        N_("its setting, or a roster's column; several joined by +; empty: no setting does it"),
        example="distance.urban_limit_m",
    ),
    Column(
        "loosen_to",
        "放宽到",
        "text",
        N_("what each would have to be at the least, so that the elder may have that volunteer"),
        example="1240",
    ),
    Column("loosen_volunteer_id", "放宽后可结对志愿者", "id", N_("the volunteer whom that would let serve the elder")),
    Column(
        "loosen_free",
        "该志愿者有名额",
        "bool",
        N_("whether that volunteer has a place left in this plan, or would have one if others moved"),
        choices=YES_NO,
    ),
    Column("loosen_else", "其他办法", "text", N_("other single settings that would do, as --set takes them")),
    Column("shortage_id", "缺口编号", "text", N_("places run out: the row of shortages.csv")),
    Column("outranked_tier", "占用名额者顺位", "int", N_("outranked: the last tier that holds a place here"), low=1),
    Column("outranked_by", "占用名额者", "text", N_("outranked: ids of some who hold those places")),
)
SHORTAGES: tuple[Column, ...] = (
    Column("shortage_id", "缺口编号", "text", N_("the shortage, the largest first"), required=True),
    Column("elders", "老人数", "int", N_("elders who together depend on these volunteers")),
    Column("volunteers", "志愿者数", "int", N_("all volunteers whom any of them may have")),
    Column(
        "places",
        "名额数",
        "int",
        N_("places of these that no pin holds, as far as these elders may have them (capacity.most_high_risk)"),
    ),
    Column("missing_places", "缺少名额", "int", N_("so many of the elders are left out, in any plan")),
    Column(
        "missing_volunteers",
        "至少缺少志愿者",
        "int",
        N_("those places as usual volunteers, rounded up: fewer can't do, wherever they live"),
    ),
    Column(
        "recruits",
        "应招募志愿者",
        "int",
        N_("so many, living where recruit_where says, serve everybody left out; more if those live far apart"),
    ),
    Column("recruit_where", "招募地点", "text", N_("committees where they would live, and how many in each")),
    Column(
        "usual_capacity",
        "常见结对人数",
        "int",
        N_("places of a usual volunteer: the median of those who take part"),
    ),
    Column("subdistricts", "街道", "text", N_("subdistricts of the elders, and how many in each")),
    Column("committees", "居委会", "text", N_("residents' committees of the elders, and how many in each")),
    Column("lng", "中心经度(WGS-84)", "number", N_("middle of the elders' homes, rounded to about 500 m"), decimals=3),
    Column("lat", "中心纬度(WGS-84)", "number", N_("its latitude, likewise"), decimals=3),
    Column("radius_m", "半径(米)", "int", N_("nine in ten of the elders live so far from it, rounded up to 100 m")),
    Column("unmatched", "未结对老人", "text", N_("ids of those left out")),
)
SHARED_HOMES: tuple[Column, ...] = (
    Column("home", "同住编号", "int", N_("number of the home; its elders stand one below the other"), required=True),
    _ELDER_ID,
    _ELDER_NAME,
    Column("volunteer_id", "志愿者编号", "id", N_("the elder's volunteer"), required=True),
    _VOLUNTEER_NAME,
    Column(
        "join_volunteer_id",
        "合并后志愿者编号",
        "id",
        N_("which of the home's volunteers would cost least for all of it; empty: none can take all, or not known"),
    ),
    Column(
        "join_m",
        "合并代价(米)",
        "int",
        N_("what that one for all of the home would cost more than this plan, all others placed as well as can be"),
    ),
    Column(
        "join_least_m",
        "合并代价下限(米)",
        "int",
        N_("no way to join the home costs less, with any volunteer; as large as join_m: that is the least"),
    ),
)
CHANGES: tuple[Column, ...] = (
    _ELDER_ID,
    _ELDER_NAME,
    Column("previous_volunteer_id", "原志愿者编号", "id", N_("last month's volunteer"), required=True),
    Column("previous_volunteer_name", "原志愿者姓名", "text", N_("last month's volunteer's name")),
    Column("volunteer_id", "志愿者编号", "id", N_("this month's volunteer; empty: none")),
    _VOLUNTEER_NAME,
    Column("reason", "原因", "choice", N_("why the pair changed"), choices=CHANGE_REASON),
    Column(
        "place_for",
        "名额让给(老人编号)",
        "id",
        N_("the elder who has a place in this plan because this one moved or gave way"),
    ),
)
VISITS: tuple[Column, ...] = (
    Column("visit_id", "联系编号", "id", N_("stable id of the contact, be it a visit or a call"), required=True),
    Column("date", "日期", "date", N_("date"), required=True),
    Column("start", "开始", "datetime_min", N_("start, HH:MM"), ("开始时间",), required=True),
    Column("end", "结束", "datetime_min", N_("end, HH:MM"), ("结束时间",), required=True),
    _CONTACT_KIND,
    *_PEOPLE,
    Column(
        "order_of_day",
        "当日次序",
        "int",
        N_("place among the volunteer's contacts of the day, from 1"),
        required=True,
    ),
    Column(
        "in_place_of",
        "代替志愿者编号",
        "id",
        N_("the elder's own volunteer, where another makes the contact; empty: the elder's own makes it"),
    ),
    Column("companion", "陪同志愿者编号", "id", N_("who comes along to a new pair's first visit; empty: nobody")),
    Column(
        "revision",
        "修订次数",
        "int",
        N_("how often the contact has changed since it was first planned; calendars take the higher for the newer"),
        low=0,
    ),
    Column("place", "地点", "text", N_("the building of a visit, as the calendars show it"), sparse=True),
    Column(
        "programme",
        "项目",
        "text",
        N_("the key by which calendars tell this programme's contacts apart from another's"),
        sparse=True,
    ),
)
CANCELLED: tuple[Column, ...] = VISITS
"""Contacts of an earlier run that fell away: a calendar that shows them must hear of it."""
SUPPLEMENT: tuple[Column, ...] = (
    *VISITS,
    Column("change", "变动", "choice", N_("what the surge does"), required=True, choices=SUPPLEMENT_CHANGE),
)
NOTICES: tuple[Column, ...] = (
    Column("person_id", "编号", "id", N_("whom to tell"), required=True),
    Column("person_name", "姓名", "text", N_("their name, masked unless asked for in full")),
    Column("part", "身份", "choice", N_("elder or volunteer"), required=True, choices=PART),
    Column("phone", "联系电话", "text", N_("their phone, masked; in full it stands on the hand-outs")),
    Column("date", "日期", "date", N_("date of the contact that changes; empty: of the pair")),
    Column("message", "内容", "text", N_("what to tell them")),
    Column(
        "change_number",
        "第几次变动",
        "int",
        N_("with which change of the month it came: the largest number is the latest, the others were there before"),
    ),
    Column(
        "told",
        "已告知",
        "text",
        N_("for a person to fill in, a date or a mark: it stays where the month is changed again"),
        aliases=("告知", "告知日期", "告知时间", "已通知", "通知日期", "told on", "done"),
    ),
)
ABSENCES: tuple[Column, ...] = (
    Column("part", "身份", "choice", N_("elder or volunteer"), required=True, choices=PART),
    Column("person_id", "编号", "id", N_("who is away or has left"), required=True),
    Column("person_name", "姓名", "text", N_("their name, masked unless asked for in full")),
    Column("kind", "情形", "choice", N_("away for some days, or left for good"), required=True, choices=ABSENCE_KIND),
    Column(
        "from", "开始日期", "date", N_("first day away; of who has left, the first day without them"), required=True
    ),
    Column("to", "结束日期", "date", N_("last day away; empty: to the end of the month, or for good")),
)
SURGES: tuple[Column, ...] = (
    Column(
        "kind",
        "情形",
        "choice",
        N_("heat or cold: more contacts; or days on which calls stand in for visits"),
        required=True,
        choices=SURGE_KIND,
    ),
    Column("from", "开始日期", "date", N_("its first day"), required=True),
    Column("to", "结束日期", "date", N_("its last day"), required=True),
    Column(
        "contacts_per_week",
        "每周联系次数",
        "int",
        N_("contacts a week on these days; 7: one a day; empty on days of calls only"),
        low=1,
        high=7,
    ),
)
REPLANNED: tuple[Column, ...] = (
    Column(
        "from",
        "重排始于",
        "date",
        N_("the day from which the month was planned anew last; what is before it stands as it was"),
        required=True,
    ),
    Column(
        "elder_id", "老人编号", "id", N_("the elder planned anew from then on; empty: all who have no row of their own")
    ),
    Column(
        "due_then",
        "此前按当时应联系次数",
        "bool",
        N_("yes: weeks before that day are due the contacts that were due then; by now they would be others"),
        choices=YES_NO,
    ),
    Column(
        "more_stand",
        "此后多于现应联系次数",
        "bool",
        N_("yes: from that day on more contacts stand than are due by now; to change that, plan the elder anew"),
        choices=YES_NO,
    ),
)
PLANNED_BY: tuple[Column, ...] = (
    _VOLUNTEER_ID,
    Column(
        "inputs",
        "安排依据",
        "text",
        N_(
            "checksum of hours, days off, how often, the pairs, settings and dates that the volunteer's month was "
            "planned by; empty: it was not planned by what holds now"
        ),
    ),
    Column(
        "contacts",
        "联系校验码",
        "text",
        N_("checksum of the contacts, made and missing, so that a change by hand is noticed"),
    ),
)
UNSCHEDULED: tuple[Column, ...] = (
    *_PEOPLE,
    _WEEK_START,
    _CONTACT_KIND,
    Column(
        "missing",
        "缺少次数",
        "int",
        N_("how many contacts of this kind have no place: with those that are made, those that are due"),
        required=True,
    ),
    Column("as_calls", "改为电话次数", "int", N_("how many visits that are due are made as calls"), low=0),
    Column("reason", "原因", "choice", N_("why"), required=True, choices=UNSCHEDULED_REASON),
)
CAPACITY: tuple[Column, ...] = (
    _VOLUNTEER_ID,
    _VOLUNTEER_NAME,
    Column(
        "places", "名额", "int", N_("how many elders the volunteer may have, or units or minutes a month of theirs")
    ),
    Column("load", "结对人数", "int", N_("how many elders the volunteer has")),
    Column("used", "已用名额", "int", N_("how many of the places these take: elders, units or minutes a month")),
    Column("high_risk", "其中高风险", "int", N_("how many of them are of high risk, or cannot look after themselves")),
    Column("missing", "不足最低人数", "int", N_("how many elders fewer the volunteer has than the least wanted")),
    Column(
        "load_cost_m", "负担成本(米)", "int", N_("what the number of elders costs beside the pairs' own cost, metres")
    ),
    Column(
        "place_price_m",
        "名额价格(米)",
        "int",
        N_(
            "what a place is worth: from what one more would save to what one fewer would cost, metres; empty where "
            "places run out, so that one more would serve an elder more, and where more than tiers and metres decides: "
            "with units or minutes, one volunteer a home, limits of changes"
        ),
    ),
    Column(
        "place_dual_m",
        "名额对偶价(米)",
        "int",
        N_("the same with loads and the steps by which earlier goals outweigh metres: later commands begin with it"),
    ),
)
ISSUE_REPORT: tuple[Column, ...] = (
    Column("file", "文件", "text", N_("the file")),
    Column("row", "行", "int", N_("the row as Excel counts it")),
    Column("column", "列", "text", N_("the column's header")),
    Column("value", "内容", "text", N_("what the cell holds, masked where private")),
    Column("code", "代码", "text", N_("stable code of the fault")),
    Column("message", "问题", "text", N_("what is wrong")),
    Column("advice", "建议", "text", N_("what to do")),
    Column("severity", "级别", "choice", N_("error or warning"), choices=SEVERITY),
)
SET_ASIDE: tuple[Column, ...] = (
    Column("file", "文件", "text", N_("the roster")),
    Column("row", "行", "int", N_("the row as Excel counts it")),
    Column("part", "身份", "choice", N_("elder or volunteer"), choices=PART),
    Column("person_id", "编号", "id", N_("who is left out")),
    Column("person_name", "姓名", "text", N_("their name, masked unless asked for in full")),
    Column("message", "问题", "text", N_("what is wrong with the row")),
)
BROKEN_RULE = (
    Choice("unknown_person", "不在名册"),
    Choice("elder_twice", "老人重复结对"),
    Choice("capacity", "名额"),
    Choice("units", "份数"),
    Choice("shared_home", "同住老人"),
    Choice("minutes", "每月分钟"),
    Choice("high_risk", "高风险老人上限"),
    Choice("backup_capacity", "后备名额"),
    Choice("backup_same", "后备人选"),
    Choice("change_budget", "更换上限"),
    Choice("distance", "步行距离"),
    Choice("no_place", "住处不明"),
    Choice("consent", "知情同意"),
    Choice("dates", "在册日期"),
    Choice("never", "不宜结对"),
    Choice("served_elsewhere", "已有其他服务"),
    Choice("own_limit", "志愿者可接受距离"),
    Choice("boundary", "区域界线"),
    Choice("family", "同户或家人"),
    Choice("sex", "性别要求"),
    Choice("wanted_language", "语言要求"),
    Choice("common_language", "共同语言"),
    Choice("dementia_training", "认知症培训"),
    Choice("high_risk_training", "高风险培训"),
    Choice("stairs", "楼层"),
    Choice("common_time", "共同空闲"),
    Choice("least_visits", "最少上门次数"),
    Choice("silence", "最长无联系天数"),
    Choice("pins", "指定结对"),
    Choice("wrong_amount", "数值有误"),
    Choice("wrong_figure", "汇总有误"),
    Choice("unaccounted", "去向不明"),
    Choice("accounted_twice", "重复列出"),
    Choice("wrong_reason", "原因不实"),
    Choice("visit_without_pair", "没有结对"),
    Choice("kept_missing", "应保留的联系"),
    Choice("cancelled", "取消的联系"),
    Choice("hot_hours", "高温时段"),
    Choice("cold_hours", "低温时段"),
    Choice("visit_in_calls_only", "只打电话的日子"),
    Choice("surge", "高温寒潮"),
    Choice("companion", "陪同人"),
    Choice("first_visit", "首次看望"),
    Choice("calendar_unread", "日历未读"),
    Choice("calendar_missing", "日历缺少"),
    Choice("calendar_extra", "日历多出"),
    Choice("calendar_differs", "日历不符"),
    Choice("outside_month", "不在当月"),
    Choice("absent", "一方不在"),
    Choice("availability", "空闲时间"),
    Choice("closed_day", "停访日"),
    Choice("same_day", "同日重复"),
    Choice("day_full", "当日已满"),
    Choice("walk_time", "路上时间"),
    Choice("overlap", "时间重叠"),
    Choice("duration", "时长"),
    Choice("window", "允许时段"),
    Choice("cadence", "联系次数"),
    Choice("more_than_due", "超出应有"),
    Choice("visit_twice", "重复联系"),
)
"""The kinds of ``messages.VIOLATIONS``; those of pairs have the rules' own names."""
VIOLATION_REPORT: tuple[Column, ...] = (
    Column("rule", "规则", "choice", N_("the broken rule's name"), choices=BROKEN_RULE),
    _ELDER_ID,
    _ELDER_NAME,
    _VOLUNTEER_ID,
    _VOLUNTEER_NAME,
    Column("date", "日期", "date", N_("the date, where there is one")),
    Column("amount", "数量", "number", N_("by how much")),
    Column("message", "问题", "text", N_("what is broken")),
)
MOVES: tuple[Column, ...] = (
    Column("answer", "答案序号", "int", N_("which choice of the answer the move belongs to, from 1")),
    _ELDER_ID,
    _ELDER_NAME,
    Column("previous_volunteer_id", "原志愿者编号", "id", N_("whom the elder has in the plan; empty: nobody")),
    Column("previous_volunteer_name", "原志愿者姓名", "text", N_("their name, masked as the others")),
    replace(_VOLUNTEER_ID, text=N_("whom the elder would have; empty: nobody"), required=False),
    _VOLUNTEER_NAME,
    Column("metres", "米数变化", "int", N_("what the pair costs more than the one before, metres")),
)
DIFFERENCES: tuple[Column, ...] = (
    _ELDER_ID,
    Column("change", "变化", "choice", N_("what becomes of the elder's pair"), choices=PAIR_CHANGE),
    Column("volunteer_before", "前一方案志愿者编号", "id", N_("whom the elder has in the first run; empty: nobody")),
    Column("volunteer_after", "后一方案志愿者编号", "id", N_("whom the elder has in the second run; empty: nobody")),
    Column("distance_before_m", "前一方案直线距离(米)", "number", N_("straight line of the first run's pair, metres")),
    Column("distance_after_m", "后一方案直线距离(米)", "number", N_("straight line of the second run's pair, metres")),
    Column("cost_before_m", "前一方案成本(米)", "int", N_("what the first run's pair costs, metres")),
    Column("cost_after_m", "后一方案成本(米)", "int", N_("what the second run's pair costs, metres")),
)
"""Elders whose volunteer differs between two runs, as ``compare`` writes them."""
RECRUITS: tuple[Column, ...] = (
    Column("recruits", "招募人数", "int", N_("so many recruits in all")),
    Column(
        "place", "建议居住地", "text", N_("where the next one should live: a committee, or a place of the list given")
    ),
    Column("more", "新增老人", "int", N_("elders more with a volunteer than with one recruit fewer")),
    Column("served_more", "累计新增老人", "int", N_("elders more with a volunteer than without recruits")),
    Column(
        "bound", "累计上限", "int", N_("no choice of so many recruits at these places serves more; empty: not known")
    ),
    Column(
        "cost_m", "全部结对成本（米）", "int", N_("what all pairs cost in the best plan with these recruits, metres")
    ),
    Column(
        "mean_m", "平均直线距离（米）", "int", N_("mean straight line between the homes of a pair, where known, metres")
    ),
)
PAIR_LIST: tuple[Column, ...] = (  # pins and never-pairs
    *_PEOPLE,
    Column("note", "备注", "text", N_("why"), ("原因", "说明")),
)
AREAS: tuple[Column, ...] = (
    Column("district", "区", "text", N_("district")),
    Column("subdistrict", "街道", "text", N_("subdistrict or town")),
    Column("committee", "居委会", "text", N_("residents' committee; empty: not told")),
    Column("elders", "老人数", "int", N_("elders of the roster who live here")),
    Column("taking_part", "参加老人数", "int", N_("those of them who take part this month")),
    Column("matched", "已结对", "int", N_("those who have a volunteer")),
    Column("waiting", "等候", "int", N_("those who take part and have none")),
    Column("volunteers", "志愿者数", "int", N_("volunteers who live here and take part")),
    Column("places", "名额数", "int", N_("their places, as capacity.unit counts them")),
    Column("places_free", "空余名额", "int", N_("those of their places that the plan leaves free")),
    Column(
        "recruits",
        "宜招志愿者",
        "int",
        N_("volunteers to be found here, at the homes of elders who wait; all rows together serve everybody left out"),
    ),
    Column(
        "recruits_serve",
        "可服务等候老人",
        "int",
        N_("elders who wait, here or next to here, whom these recruits would serve"),
    ),
)

CITY_OUTCOME = (
    Choice("planned", "已排定"),
    Choice("unchanged", "未变动"),
    Choice("failed", "未完成"),
)
_CITY = Column("city", "城市", "text", N_("the city, as cities.toml calls it"), required=True)
_DISTRICT = Column("district", "区", "text", N_("district; empty: not told"))
REGION_CITIES: tuple[Column, ...] = (
    _CITY,
    Column(
        "outcome",
        "结果",
        "choice",
        N_("planned now; unchanged: it stands, made from the same inputs; or failed"),
        choices=CITY_OUTCOME,
    ),
    Column("reason", "原因", "text", N_("why it failed")),
    Column("together", "合并求解", "text", N_("cities that it was solved together with, as volunteers may serve both")),
    Column("elders", "老人数", "int", N_("elders of the roster")),
    Column("taking_part", "参加老人数", "int", N_("those of them who take part this month")),
    Column("matched", "已结对", "int", N_("those who have a volunteer")),
    Column("from_outside", "外市服务", "int", N_("those whose volunteer is another city's")),
    Column("volunteers", "志愿者数", "int", N_("volunteers who take part")),
    Column("places", "名额数", "int", N_("their places, as capacity.unit counts them")),
    Column("used", "已用名额", "int", N_("those of their places that elders take")),
    Column("contacts_planned", "已排联系", "int", N_("visits and calls of the month")),
    Column("contacts_missing", "未排联系", "int", N_("visits and calls that are due and have no place")),
    Column("cost_m", "代价(米)", "int", N_("cost of the elders' pairs")),
    Column("proved", "已证明", "bool", N_("whether no better plan of these cities exists"), choices=YES_NO),
)
DISTRICTS: tuple[Column, ...] = (
    _CITY,
    _DISTRICT,
    *AREAS[3:10],
)
TIERS: tuple[Column, ...] = (
    _CITY,
    Column("tier", "优先级", "int", N_("1 comes first when places run out")),
    *AREAS[4:7],
)
REGION_SHORTAGES: tuple[Column, ...] = (
    _CITY,
    SHORTAGES[0],
    Column("across", "跨界城市", "text", N_("other cities whose elders depend on the same volunteers")),
    Column("elders", "老人数", "int", N_("elders of this city who depend on these volunteers")),
    Column("unmatched", "未结对老人", "int", N_("those of them who are left out")),
    Column("missing_places", "缺少名额", "int", N_("so many of all its elders are left out, in any plan")),
    SHORTAGES[5],
)

HOLIDAY_KIND = (
    Choice(
        "holiday",
        "放假",
        (
            *("节假日", "法定节假日", "节日", "假日", "假期", "休", "休息", "休假", "公休", "不上班", "off"),
            *("放假调休", "调休放假"),  # the notices' words for a break with its weekends and days in lieu
        ),
    ),
    Choice("workday", "上班", ("班", "工作日", "补班", "补上班", "调休上班", "调休补班", "调班", "work")),
    Choice("in_lieu", "调休", ("调休日", "swap")),
)
HOLIDAYS: tuple[Column, ...] = (
    Column(
        "date",
        "日期",
        "dates",
        N_("a date, or several"),
        ("放假日期", "节假日日期", "时间", "day", "dates"),
        required=True,
        example="2026-10-10",
    ),
    Column(
        "kind",
        "类型",
        "choice",
        N_("whether it is a day off or a workday; 调休 is a workday on a Saturday or Sunday, else a day off"),
        ("类别", "性质", "安排", "type"),
        required=True,
        choices=HOLIDAY_KIND,
        example="workday",
    ),
    Column(
        "for",
        "补哪天的班",
        "date",
        N_("of a make-up workday, the day off that it pays for, whose hours it keeps as well"),
        ("所补休息日", "补班对应日期", "对应休息日", "补哪天"),
        example="2026-10-07",
    ),
    Column("note", "备注", "text", N_("anything else, as the holiday's name"), ("节日名称", "名称", "说明")),
)

EDIT_KIND = (
    Choice("pin", "指定结对"),
    Choice("never", "不宜结对"),
    Choice("away", "本月不参加"),
    Choice("days_off", "不在的日子"),
    Choice("consent", "已同意"),
    Choice("no_consent", "未同意"),
)
EDIT_OUTCOME = (
    Choice("taken", "已采纳"),
    Choice("same", "无须改动"),
    Choice("refused", "未采纳"),
    Choice("asked", "请核对"),
)
PLAN_EDITS: tuple[Column, ...] = (  # columns of plan.xlsx that people may fill in
    Column(
        "change_to",
        "改由志愿者",
        "id",
        N_("the volunteer who is to have the elder: an id, or a name that only one volunteer bears"),
        en="give to volunteer",
        example="ZY00001",
    ),
    Column("pin", "固定此对", "bool", N_("yes: the two are to be a pair"), choices=YES_NO, en="pin this pair"),
    Column(
        "never",
        "不再结对",
        "bool",
        N_("yes: the two are to be no pair any more"),
        choices=YES_NO,
        en="never this pair",
    ),
    Column(
        "consent", "本人是否同意", "bool", N_("new consent of the elder, or its end"), choices=YES_NO, en="new consent"
    ),
    Column(
        "elder_away",
        "老人本月不参加",
        "bool",
        N_("yes: the elder is away for the whole month"),
        choices=YES_NO,
        en="elder away this month",
    ),
    Column(
        "elder_days_off",
        "老人不在的日子",
        "dates",
        N_("days of the month on which the elder is away"),
        en="elder's days off",
        example="2026-12-24; 2026-12-28~2026-12-31",
    ),
    Column(
        "volunteer_away",
        "志愿者本月不参加",
        "bool",
        N_("yes: the volunteer is away for the whole month"),
        choices=YES_NO,
        en="volunteer away this month",
    ),
    Column(
        "volunteer_days_off",
        "志愿者不在的日子",
        "dates",
        N_("days of the month on which the volunteer is away"),
        en="volunteer's days off",
        example="2026-12-24; 2026-12-28~2026-12-31",
    ),
)
EDITS: tuple[Column, ...] = (
    Column("workbook", "文件", "text", N_("the workbook, and its sheet")),
    Column("sheet_row", "行", "int", N_("the row as Excel counts it")),
    Column("column", "列", "text", N_("the column's header")),
    Column("value", "内容", "text", N_("what the cell holds, masked where private")),
    Column("kind", "修改", "choice", N_("what it asks for; empty: not understood"), choices=EDIT_KIND),
    replace(_ELDER_ID, required=False),
    _ELDER_NAME,
    replace(_VOLUNTEER_ID, required=False),
    _VOLUNTEER_NAME,
    Column("days", "日期", "text", N_("the days that it names")),
    Column("outcome", "结果", "choice", N_("what became of it"), required=True, choices=EDIT_OUTCOME),
    Column("price_m", "代价(米)", "int", N_("how many metres more the plan costs by it")),
    Column("price_elders", "少结对老人", "int", N_("how many elders fewer have a volunteer by it")),
    Column("message", "说明", "text", N_("what became of it, against which rule, or why not")),
    Column("advice", "建议", "text", N_("what to do")),
)
OUTCOME = tuple(Choice(outcome.code, outcome.zh, outcome.words) for outcome in OUTCOMES)
RECORDS: tuple[Column, ...] = (
    Column(
        "visit_id",
        "联系编号",
        "id",
        N_("id of the planned contact, as in visits.csv; empty: a contact that was not planned"),
    ),
    Column("date", "日期", "date", N_("date"), required=True),
    _ELDER_ID,
    replace(_VOLUNTEER_ID, text=N_("the volunteer who was to make the contact, or who made one that was not planned")),
    _CONTACT_KIND,
    Column("outcome", "结果", "choice", N_("what became of the contact"), required=True, choices=OUTCOME),
    Column("minutes", "分钟", "int", N_("how long it took, minutes"), low=1, high=480),
    Column("remark", "备注", "text", N_("what the volunteer noted; numbers and rooms in it are hidden")),
    Column("by_id", "代访志愿者编号", "id", N_("the volunteer who came instead; empty: nobody else did")),
    Column("source", "来源", "text", N_("file and row that say so")),
)
"""What happened, one row a contact, as ``record`` writes it and later months read it."""
RECORD_SHEETS: tuple[Column, ...] = (
    Column(
        "visit_id",
        "编号",
        "id",
        N_("id of the planned contact, as on the sheet; empty: a contact that was not planned"),
        ("联系编号", "访视编号", "探访编号", "记录编号", "no", "no.", "id", "visit id", "contact id"),
        en="No.",
        example="20261208-E00012",
    ),
    Column(
        "date",
        "日期",
        "date",
        N_("date; empty: the date planned"),
        ("探访日期", "服务日期", "联系日期", "实际日期", "访视日期", "走访日期", "上门日期", "day"),
        en="Date",
        example="2026-12-08",
    ),
    Column("start", "时间", "text", N_("planned time of day; nothing reads it"), ("开始时间", "开始"), en="Time"),
    Column(
        "elder_id",
        "老人编号",
        "id",
        N_("the elder's id"),
        ("elder id", "老人档案号", "服务对象编号"),
    ),
    Column(
        "elder_name",
        "老人",
        "text",
        N_("the elder's name, or id"),
        ("老人姓名", "服务对象", "服务对象姓名", "被探访人", "elder name"),
        en="Elder",
    ),
    Column("volunteer_id", "志愿者编号", "id", N_("the volunteer's id"), ("volunteer id",)),
    Column(
        "volunteer_name",
        "志愿者",
        "text",
        N_("the volunteer's name, or id"),
        ("志愿者姓名", "探访人", "走访人", "服务人", "服务志愿者", "volunteer name"),
        en="Volunteer",
    ),
    Column(
        "kind",
        "方式",
        "choice",
        N_("visit or call; empty: as planned, and of a contact that was not planned a visit"),
        ("联系方式", "探访方式", "服务方式", "类型", "形式"),
        en="Kind",
        choices=KIND_OF_RECORD,
        example="visit",
    ),
    Column(
        "done",
        "完成",
        "choice",
        N_("a tick where the contact was made, a cross where it was not; or the outcome itself"),
        ("是否完成", "完成情况", "已完成", "完成否", "是否探访", "打勾"),
        en="Done",
        choices=OUTCOME,
        example="✓",
    ),
    Column(
        "minutes",
        "分钟",
        "int",
        N_("how long it took: 40, 40分, 半小时, 1h"),
        ("时长", "服务时长", "时长(分钟)", "服务时长(分钟)", "用时", "探访时长", "duration", "how long"),
        en="Minutes",
        low=1,
        high=480,
        example="40",
    ),
    Column(
        "outcome",
        "情况",
        "choice",
        N_("the sign of the legend, or its word, where the contact was not made as planned"),
        ("结果", "情况代码", "未完成原因", "原因", "探访情况", "探访结果", "outcome", "result", "reason"),
        en="Code",
        choices=OUTCOME,
    ),
    Column(
        "remark",
        "备注",
        "text",
        N_("anything else"),
        ("说明", "记录", "情况说明", "note", "notes", "remarks"),
        en="Remark",
    ),
    Column(
        "by_id",
        "代访人",
        "text",
        N_("who came instead, by id or name"),
        ("代访志愿者", "代访志愿者编号", "代替人", "换谁", "调换人", "由谁代访", "swapped with", "instead"),
        en="Made by",
    ),
)
"""Filled-in sheets and other lists of what happened: a visit id, or date, elder and volunteer, in each row."""

_WHY = Column("why", "说明", "text", N_("why, in words"), required=True)
_PERSON = (
    Column("person_id", "编号", "id", N_("who it is"), required=True),
    Column("person_name", "姓名", "text", N_("their name, masked unless asked for in full")),
)
_RISK = Column("risk", "风险等级", "choice", N_("the elder's risk tier, as on the roster"), choices=RISK)
_LAST_CONTACT = Column(
    "last_contact", "最近一次联系", "date", N_("the elder's last confirmed contact; empty: none is on record")
)
CHECK_NOW: tuple[Column, ...] = (
    _ELDER_ID,
    _ELDER_NAME,
    _RISK,
    replace(_VOLUNTEER_ID, required=False),
    _VOLUNTEER_NAME,
    Column(
        "misses", "连续未联系上", "int", N_("so many contacts running were missed, and nobody knows how the elder is")
    ),
    Column("first_missed", "首次未联系上", "date", N_("the first of them")),
    _LAST_CONTACT,
    _WHY,
)
SILENT: tuple[Column, ...] = (
    _ELDER_ID,
    _ELDER_NAME,
    _RISK,
    replace(_VOLUNTEER_ID, required=False),
    _VOLUNTEER_NAME,
    _LAST_CONTACT,
    Column("days", "天数", "int", N_("so many days without a confirmed contact")),
    Column("unconfirmed", "未回报次数", "int", N_("planned contacts since then of which nobody has reported")),
    _WHY,
)
NOT_REPORTED: tuple[Column, ...] = (
    _VOLUNTEER_ID,
    _VOLUNTEER_NAME,
    Column("team", "服务队", "text", N_("team")),
    Column("planned", "应回报次数", "int", N_("contacts planned up to the day of the list")),
    Column("reported", "已回报次数", "int", N_("how many of them are on record")),
    Column("missing", "未回报次数", "int", N_("how many are not")),
    Column("first_missing", "最早未回报日期", "date", N_("the first that is not")),
    _WHY,
)
NEVER_MET: tuple[Column, ...] = (
    *_PEOPLE,
    Column("since", "结对始于", "date", N_("since when the two have been a pair")),
    Column("planned", "应上门次数", "int", N_("visits planned up to the day of the list")),
    Column("unconfirmed", "未回报次数", "int", N_("how many of them nobody has reported of")),
    _WHY,
)
ROSTER_CHANGES: tuple[Column, ...] = (
    Column("part", "身份", "choice", N_("elder or volunteer"), required=True, choices=PART),
    *_PERSON,
    Column("column", "名册列", "text", N_("the roster's column that would change"), required=True),
    Column("now", "现为", "text", N_("what it holds")),
    Column("suggested", "建议改为", "text", N_("what it would hold"), required=True),
    Column("date", "日期", "date", N_("since when, by the records")),
    _WHY,
    Column("confirm", "确认", "text", N_("for a person to fill in; nothing is changed by itself")),
)
REVIEW_KIND = (Choice("trial", "试结对回访"), Choice("review", "定期回访"))
REVIEWS: tuple[Column, ...] = (
    *_PEOPLE,
    Column("since", "结对始于", "date", N_("since when the two have been a pair")),
    Column(
        "kind", "回访类别", "choice", N_("talk after the first weeks, or review"), required=True, choices=REVIEW_KIND
    ),
    Column("due", "应回访日期", "date", N_("day on which it is due"), required=True),
    Column("latest", "最迟日期", "date", N_("day by which it is to be done")),
    _WHY,
)
EXPIRIES: tuple[Column, ...] = (
    _VOLUNTEER_ID,
    _VOLUNTEER_NAME,
    Column("team", "服务队", "text", N_("team")),
    Column("what", "项目", "text", N_("what expires, as the roster's column is called"), required=True),
    Column("expires", "到期日期", "date", N_("day on which it expires"), required=True),
    Column("days", "剩余天数", "int", N_("days left; below 0: expired")),
    _WHY,
)
"""Lists that follow from records: who is to be looked after, asked, reviewed. None has telephone numbers."""
HOURS: tuple[Column, ...] = (
    Column("volunteer_id", "志愿者编号", "id", N_("the volunteer's id; empty: those for whom the records name nobody")),
    Column("team", "服务队", "text", N_("team")),
    Column("visits", "上门次数", "int", N_("visits that the volunteer made, for others too")),
    Column("calls", "电话次数", "int", N_("calls that the volunteer made, for others too")),
    Column("minutes", "分钟", "int", N_("minutes of these, without the way: as recorded, else as planned")),
    Column("hours", "小时", "number", N_("the same in hours"), decimals=2),
)
"""What each volunteer made in a month, for stipends and time banks: written beside a report."""

FILES: dict[str, tuple[Column, ...]] = {
    "elders": ELDERS,
    "volunteers": VOLUNTEERS,
    "pairs": PAIRS,
    "unmatched": UNMATCHED,
    "shortages": SHORTAGES,
    "areas": AREAS,
    "shared_homes": SHARED_HOMES,
    "changes": CHANGES,
    "visits": VISITS,
    "unscheduled": UNSCHEDULED,
    "cancelled": CANCELLED,
    "supplement": SUPPLEMENT,
    "notices": NOTICES,
    "absences": ABSENCES,
    "surges": SURGES,
    "replanned": REPLANNED,
    "planned_by": PLANNED_BY,
    "capacity": CAPACITY,
    "edits": EDITS,
    "issues": ISSUE_REPORT,
    "set_aside": SET_ASIDE,
    "violations": VIOLATION_REPORT,
    "moves": MOVES,
    "differences": DIFFERENCES,
    "recruits": RECRUITS,
    "pins": PAIR_LIST,
    "never": PAIR_LIST,
    "holidays": HOLIDAYS,
    "records": RECORDS,
    "record_sheets": RECORD_SHEETS,
    "check_now": CHECK_NOW,
    "silent": SILENT,
    "not_reported": NOT_REPORTED,
    "never_met": NEVER_MET,
    "roster_changes": ROSTER_CHANGES,
    "reviews": REVIEWS,
    "expiries": EXPIRIES,
    "hours": HOURS,
    "cities": REGION_CITIES,
    "districts": DISTRICTS,
    "tiers": TIERS,
    "region_shortages": REGION_SHORTAGES,
}


def column(file: str, name: str) -> Column:
    """Return the column ``name`` of a kind of file."""
    return next(item for item in FILES[file] if item.name == name)
