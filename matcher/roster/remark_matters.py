"""Matters that remarks may decide: 11月已去世, 周三透析, 不能爬楼; and where the program reads them."""

from __future__ import annotations

from typing import NamedTuple

from matcher.i18n import N_


class Matter(NamedTuple):
    """A matter that remarks may decide: its words, the rosters it is of, its name, and where the program reads it."""

    words: str
    kinds: tuple[str, ...]
    told: str
    where: str
    columns: tuple[str, ...] = ()
    """Columns that say it where the program reads it: a remark beside them says nothing new."""
    of_elder: bool = False
    """True where it tells what became of an elder, which the outcome of a contact may tell too."""
    by_anybody: bool = False
    """True where it decides as much if another says it: 女儿不同意上门."""


_BOTH = ("elders", "volunteers")
HOME = r"(?:养老|护理|敬老|福利)院"
_SEX = r"(?:男|女)(?![儿婿友方孩高声生])(?:性|士|的|同志)*(?:志愿者|队员)?"
_SURNAMES = (
    "王李张刘陈杨赵周吴徐孙胡朱林何郭罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶潘杜戴夏钟汪田任姜顾陆"
)
"""Surnames that are hardly the beginning of anything else that somebody does not want."""
MATTERS = (
    Matter(
        r"去世|死亡|病故|过世|离世|身故|过身|已故|亡故|人没了|\br\.?i\.?p\b|已?搬(?:走|离|到|至|去|往|家|迁)"
        r"|(?:预计|计划|准备|打算|即将|要)\S{0,6}搬|迁出|迁走|迁往|[动拆]迁|销户|注销|转(?:出|走|至|往)|取消(?:服务|结对|资格|$)"
        r"|转为(?:志愿者|老人|服务对象)|改为被?服务对象|人户分离|户在人不在|空挂|(?:实|实际)居?住(?:在|于|地|址)?[^\s\d本此同户]"
        r"|不(?:居住|住|在)(?:在?(?:此|这|本|该)|了)|不再?参加(?:了|项目|服务|结对|$)|放弃(?:服务|结对|$)|(?:^|已|\d)退$|退出$"
        rf"|(?:[入搬]?[住入]|[进去转到]了?|(?:现|目前)在)\S{{0,6}}{HOME}|^(?:养老机构|{HOME})$|已退出|要求退出|退出(?:服务|队伍|活动)"
        r"|不再(?:参加|服务|需要)|died|deceased|passed away|moved (?:away|out|to|in with)|gone to live|care home"
        r"|(?:to|into|in) (?:a )?(?:care|nursing) home"
        rf"|不在人世|驾鹤|火化|追悼会|后事|讣告|断七|安葬|^走了$|(?:老人|[日号\d])走了|\d月\S{{0,3}}走的|送\S{{0,4}}{HOME}|^在{HOME}$"
        r"|[儿女子孙]\S{0,3}接[走去]|[跟随]\S{1,4}走了|房[子屋]?\S{0,2}(?:卖|出售|出租|出借)|空关|无人居住|换了?房子|新地址|地址(?:有变|变更|变动|已变)"
        r"|现住\S{1,6}[处家区镇]|[划转](?:归|入|去)|转\S{0,3}机构|已转\S{1,8}(?:街道|居委|[镇区村])|不属于?\S{0,2}本|属其[他它]|^外区|已搬$"
        r"|no longer (?:takes? part|with us|needs?|wants?|lives? here|available|interested|volunteers?|a volunteer)",
        _BOTH,
        N_("somebody has left"),
        N_("the status and the last day"),
        ("status", "left"),
        of_elder=True,
    ),
    Matter(
        r"住院|送医|急诊|抢救|待入院|转院|病危|\bicu\b|在\S{1,6}医院(?!工作|上班)|(?:月底|[日号])出院|过冬|[节年月冬]\S{0,2}(?:后|底|再)\S{0,2}回(?:来|沪|上海)?$|出国|探亲|回老?家|暂停(?:服务|探访|上门|至|到|[一两三\d])|(?:已|本月|下月|\d月份?|先|现)暂停|暂缓|请假|休养|养伤|养病|病休|骨折(?:卧床|在|中|$)|(?:刚|待|将|要|准备|月)\S{0,3}手术|手术[中后期]|(?:不|暂停)再?接新"
        r"|停止?(?:服务|探访|上门)|\d月份?\S{0,4}(?:不在|停$)|不在(?:上海|沪|本市|国内)|去了?(?:外地|外省|国外|海外|境外|美国|英国|加拿大|澳洲"
        r"|澳大利亚|日本|香港|台湾|海南|三亚)(?!人)|(?:外出|旅游)(?:打工|务工|就医|期间|至|到|中)"
        r"|住(?:在)?(?:女儿|儿子|子女)家|(?:女儿|儿子|子女)家住|(?:in|to|into) (?:the )?hospital|hospitali[sz]ed"
        r"|hospital (?:from|since|until|till)|on leave|on holiday|abroad|away (?:until|from|till)|paused until",
        _BOTH,
        N_("somebody is away"),
        N_("the status and the days off"),
        ("status", "left"),
        of_elder=True,
    ),
    Matter(
        r"不同意|拒绝|拒访|不愿|谢绝|不接受(?:任何|志愿者)?(?:上门|探访|服务|来访|走访)|不想\S{0,3}(?:打扰|上门|探访|参加)"
        r"|不要打扰|不(?:用|要|必|需要?)再?(?:来(?!电)|上门|探访|走访|服务|志愿者|结对)|不需要了|暂不(?:上门|需要|结对|参加|安排|服务)"
        r"|只(?:要|接|打|需|能|愿意?|接受)\S{0,2}电话"
        r"|(?:phone|calls?) only|(?:do not|don't) visit|no visits|\bdeclin(?:es?|ed)\b|\brefus(?:es|ed|al|ing)\b"
        r"|反感|不配合|不让进|(?:未|没|待)签|签\S{0,3}未|等\S{1,4}同意|not interested|do not contact"
        r"|does not want|opted out|withdrew consent",
        ("elders",),
        N_("the elder does not want to be visited"),
        N_("the consent"),
        ("consent", "status", "left"),
        of_elder=True,
        by_anybody=True,
    ),
    Matter(
        rf"(?:不要|不接受|不喜欢|不方便|拒绝|避免|别|勿|除)(?:让|派|安排)?{_SEX}"
        rf"|(?:要求?|希望|最好|限|须|需|喜欢|倾向|偏好)(?:是|找|派|安排|由)?(?:一?[个名位])?{_SEX}"
        rf"|{_SEX}(?:优先|最好|为宜|为佳|不方便|不便|勿|免)"
        r"|\bno (?:wom[ae]n|m[ae]n|(?:fe)?males?)\b|\b(?:fe)?males? (?:only|preferred)"
        r"|\b(?:wo)?men only|(?:prefers?|wants?|asks? for) (?:an? )?(?:wom[ae]n|m[ae]n|(?:fe)?male|lady)\b",
        ("elders",),
        N_("the elder asks for a woman, or for a man"),
        N_("the column of the sex that the elder asks for"),
        ("wanted_sex",),
        by_anybody=True,
    ),
    Matter(
        r"(?:不要|不能|不宜|不得|不想|别|勿|避免)(?:再|给|让|由)?(?:派|安排|分配|配对|结对|[跟与和]\S{1,8}[结配])"
        r"|要求换(?:人|志愿者|掉|一?[个位名])|换人"
        r"|(?:更?换|指定)(?:由|一?[个名]|志愿者)|必须由|只(?:要|能|接受|认)(?:由|让|男|女|原|志愿者|阿姨|[Vv]\d)|有矛盾|不和$"
        rf"|不要(?:\S{{1,4}}(?:阿姨|老师|师傅|叔叔|大姐)|[{_SURNAMES}]\S{{1,2}}(?:来|上门|$)|[Vv]\d)|指定\S{{1,4}}(?:阿姨|老师|师傅|来|上门)"
        r"|由\S{1,6}(?:结对|探访)|只愿?意?(?:服务|看望|结对|照顾|探访|带)\S{0,2}[男女]"
        r"|不(?:照顾|服务|带|接)\S?[男女]|(?:只(?:服务|照顾|带|去)|不要|不去|换掉)\S?[EeVv]\d|[EeVv]\d+\S{0,2}换|不[想愿]\S{0,2}去\S{1,6}家"
        r"|换掉|吵过?架|投诉|怕[狗猫]|[狗猫]\S?过敏|allergic to|wants someone else|(?:fe)?male elders only"
        r"|not with|never with|keep with|only with|don't pair|do not (?:pair|match|send)|conflict with",
        _BOTH,
        N_("somebody asks for a person, or not to have one"),
        N_("the lists given to --pins and --never, or the columns of wishes"),
        by_anybody=True,
    ),
    Matter(
        r"^重复$|duplicate of|重复(?:登记|录入|了)|[与和同]\S{1,8}(?:重复|(?:是|为)?同一?人)|合并[到至入]",
        _BOTH,
        N_("somebody stands in the roster twice"),
        N_("the person in one row alone, without the other"),
        by_anybody=True,
    ),
    Matter(
        r"痴呆|失智|认知障碍|认知症|阿尔[茨兹]海默|dementia|alzheimer",
        ("elders",),
        N_("the elder has dementia"),
        N_("the column of health"),
        ("health",),
    ),
    Matter(
        r"已?不做了?$|不干了?$|[想拟底]退|准备退|已交接|停用|黑名单|除名|劝退|辞[职去退]|不适合|不合格|超龄|有案底|怀孕"
        r"|^(?:has )?(?:retired|left|quit|resigned)\b|wants to (?:stop|leave|quit)",
        ("volunteers",),
        N_("somebody has left"),
        N_("the status and the last day"),
        ("status", "left"),
    ),
    Matter(
        r"(?:\d月\S{0,3}|[下明]个?[月年]|年后|节后)(?:起|开始|再)?(?:参加|加入|开始|再来|再说|接收)|[从自]\d+月\S{1,3}[起日]"
        r"|截[止至]\S?\d|\d[日号](?:以?后|起)不|(?:back|starts?) (?:in|on|from) |^from \d",
        _BOTH,
        N_("somebody takes part only from a day on, or up to one"),
        N_("the first or the last day"),
        ("status", "joined", "left"),
    ),
    Matter(
        r"(?:电话|手机)\S{0,2}(?:打不通|停机|空号|没人接|无人接|不接)|联系不[到上]|敲门\S{0,3}(?:无人|不应|没人)|上门\S{0,2}无人|不开门",
        ("elders",),
        N_("the elder is not reached"),
        N_("the phone number, or the status"),
        ("status", "left"),
    ),
    Matter(
        r"(?:周|星期|礼拜)[一二三四五六日天末、]+\S{0,6}(?:不|没|去|要|有|做|上|课|学|休)|透析|[上下中]午\S{0,4}(?:不|没|去|有事|打牌|课|买菜)"
        r"|午[睡休]|只有?[上下]午|晚上才|带孙|接送?(?:孙|孩)|要上班|别太早"
        r"|dialysis|(?:mornings|afternoons|weekends) only",
        _BOTH,
        N_("somebody is not free at some times"),
        N_("the free times"),
        ("availability",),
    ),
    Matter(
        r"[每一][天日]\S{0,2}(?:来|打|看|上门|探访|联系)|[每一]个?(?:周|月|星期)\S{0,4}[\d一二两三四五]次|[多少]来(?!往)|不用常来|次就够",
        ("elders",),
        N_("the elder asks for more or fewer contacts"),
        N_("the columns of how often"),
        ("contacts_per_week", "visits_per_week", "visits_per_month"),
    ),
    Matter(
        r"只(?:听得?懂|会|能|讲|说)+\S{1,4}[话语]|(?:听不懂|不懂|不会讲?说?)\S{1,4}[话语]"
        r"|speaks? only|no (?:Mandarin|Shanghainese)",
        ("elders",),
        N_("the elder speaks no other language"),
        N_("the column of the languages that a volunteer must speak"),
        ("wanted_languages",),
    ),
    Matter(
        r"爬不动|(?:不|难|怕)\S{0,2}爬|膝|恐高|[只仅]\S{0,2}[一1底二2][楼层]|不去\S{0,3}(?:无电梯|高|\d)"
        r"|no stairs|(?:can ?not|can't) climb",
        ("volunteers",),
        N_("the volunteer climbs few stairs or none"),
        N_("the highest floor"),
        ("max_floor",),
    ),
    Matter(
        r"不[再能愿想]\S{0,3}(?:接|带|加|增)|已满|满员|(?:最多|[只仅]能?)(?:带|接|服务|结对)?[\d一二两三四][个位名人户对]"
        r"|reached max|no more",
        ("volunteers",),
        N_("the volunteer takes no more elders, or fewer"),
        N_("the number of elders"),
    ),
    Matter(
        r"只(?:服务|在|去|做|照顾|带|愿意?)?\S?(?:本[楼弄小居村]|同[楼弄小]|附近|邻居)|就近|不去远|离家近|nearby only",
        ("volunteers",),
        N_("the volunteer walks only a short way"),
        N_("the longest walk"),
        ("max_walk_m",),
    ),
    Matter(
        r"不上门|[只仅]\S?(?:打|做)?电话|calls? only|no visits",
        ("volunteers",),
        N_("the volunteer makes no visits"),
        N_("the status, as whoever takes part visits"),
        ("status", "left"),
    ),
    Matter(
        r"高危|重点(?:关注|对象)|一级重点|自杀|轻生",
        ("elders",),
        N_("the elder is of high risk"),
        N_("the risk"),
        ("risk",),
    ),
    Matter(
        r"^请?删除?$|作废|测试|\btest (?:record|data|row)",
        _BOTH,
        N_("the row is nobody's"),
        N_("the status, or take the row out"),
        ("status", "left"),
    ),
)
