"""Word tables of the made-up city: parts of names of people and places, and what rosters say about people.

Free words of a roster (illnesses, needs, languages) are ``Choice``: in code the English one, in files the one of the
language in use. Names of people and places stay Chinese in both.
"""

from __future__ import annotations

from matcher.columns import Choice

# Surnames with about their share in Shanghai, in percent: a share for each letter of a group.
SURNAMES: dict[str, float] = {
    **dict.fromkeys("张王陈", 5.2),
    **dict.fromkeys("李徐朱", 3.6),
    **dict.fromkeys("周沈吴陆顾黄", 2.6),
    **dict.fromkeys("金杨刘孙赵胡林", 1.5),
    **dict.fromkeys("唐蔡施倪潘许曹俞郑何龚叶", 0.9),
    **dict.fromkeys("陶蒋马钱董范姚戴高严冯苏汤杜袁邱郁瞿宋梁谢韩曾彭", 0.5),
    **dict.fromkeys(["欧阳", "诸葛", "司徒"], 0.04),
}
# Given names: first and second letters that go together, by generation and sex. One letter alone is a name too.
GIVEN_NAMES: dict[tuple[str, str], tuple[str, str]] = {
    ("old", "male"): ("德金根荣阿福宝永文正志国锡祥兆仁洪庆", "明根生荣林泉福祥余昌发华兴良才康元"),
    ("old", "female"): ("秀玉桂凤兰美巧月素惠爱雪彩淑宝阿翠菊", "珍英芳兰宝娣妹珠仙琴娟华凤花芬贞香"),
    ("young", "male"): ("建国伟志卫永家文海新继正立学振耀少春", "国明平华强军民忠良伟刚康生东勇龙毅"),
    ("young", "female"): ("丽惠雅美秀玉亚建红晓佩慧莉国文雪燕春", "华萍芳敏琴英红静娟玲珍霞蓉燕芬妹君"),
}

# Places. Pairs of a first and a last letter; that one is also a real name somewhere is chance.
PLACE_FIRST = "云锦瑞和春兰桂梧橘芦荷柏竹杏棠菱莲苇清澄映听望怀承禾麦穗鹭鸥雁鹤翠碧素晴霁朗安宁"
PLACE_LAST = "桥溪浜湾浦汀洲滨港园庭台泽源坡渡墩堰井渔林坪川池荡沟"
ROAD_FIRST = "枫榆槐樟楠梓桐椿榉杉柳萍蕙芷蔷菊芙萱若茗砚墨琴笙弦韵诗棋帆舟桨棹岚峦峰岱霞虹雯霓景旭昱晖"
ROAD_LAST = "华宁安平康泰兴隆昌盛荣茂达通远致同合庆嘉善仁义礼信德文章书翰田野丰年"
COMPOUND_ENDINGS: tuple[tuple[str, ...], ...] = (
    ("里", "坊", "邨"),  # lane houses
    ("新村", "小区", "苑", "花苑"),  # blocks without a lift
    ("公寓", "花园", "大厦", "名庭"),  # blocks with lifts
)
HAMLET_ENDINGS = ("家宅", "家角", "家塘", "家桥")

LANGUAGES = (
    Choice("Shanghainese", "上海话"),
    Choice("Mandarin", "普通话"),
    Choice("Ningbo dialect", "宁波话"),
    Choice("Subei dialect", "苏北话"),
    Choice("Cantonese", "粤语"),
    Choice("Wenzhou dialect", "温州话"),
    Choice("Chongming dialect", "崇明话"),
    Choice("Sichuan dialect", "四川话"),
)
ELDER_LANGUAGES = {
    "Shanghainese": 0.88,
    "Mandarin": 0.62,
    "Ningbo dialect": 0.09,
    "Subei dialect": 0.13,
    "Cantonese": 0.02,
    "Wenzhou dialect": 0.01,
    "Chongming dialect": 0.03,
    "Sichuan dialect": 0.01,
}
VOLUNTEER_LANGUAGES = ELDER_LANGUAGES | {"Mandarin": 0.97, "Ningbo dialect": 0.04, "Subei dialect": 0.08}

ILLNESSES = (
    Choice("high blood pressure", "高血压"),
    Choice("diabetes", "糖尿病"),
    Choice("heart disease", "冠心病"),
    Choice("arthritis", "关节炎"),
    Choice("poor eyesight", "视力下降"),
    Choice("hard of hearing", "听力下降"),
    Choice("cognitive impairment", "认知障碍"),
    Choice("after a stroke", "脑卒中后"),
)
ILLNESS_SHARES = dict(zip((i.code for i in ILLNESSES), (0.55, 0.2, 0.18, 0.22, 0.15, 0.16, 0.05, 0.06), strict=True))
SERIOUS = frozenset({"heart disease", "cognitive impairment", "after a stroke"})

NEEDS = (
    Choice("company", "聊天陪伴"),
    Choice("shopping", "代购代办"),
    Choice("going to the doctor", "陪同就医"),
    Choice("health talk", "健康科普"),
    Choice("blood pressure check", "测量血压"),
    Choice("help with the phone", "手机使用"),
    Choice("gas and power check", "水电煤安全"),
    Choice("reading aloud", "读报"),
)
NEED_SHARES = dict(zip((n.code for n in NEEDS), (0.7, 0.2, 0.15, 0.3, 0.25, 0.2, 0.4, 0.06), strict=True))
SKILLS = (
    Choice("blood pressure check", "测量血压"),
    Choice("haircuts", "理发"),
    Choice("Shanghai opera", "沪剧"),
    Choice("household repairs", "家电维修"),
    Choice("help with the phone", "手机使用"),
    Choice("listening", "心理疏导"),
    Choice("first aid", "急救"),
    Choice("calligraphy", "书法"),
)
SKILL_SHARES = dict(zip((s.code for s in SKILLS), (0.3, 0.06, 0.1, 0.08, 0.3, 0.25, 0.15, 0.05), strict=True))

INTERESTS = (
    Choice("Shanghai opera", "沪剧"),
    Choice("singing", "唱歌"),
    Choice("chess and cards", "棋牌"),
    Choice("calligraphy", "书法"),
    Choice("gardening", "种花"),
    Choice("tai chi", "太极拳"),
    Choice("knitting", "编织"),
    Choice("reading", "读书"),
    Choice("cooking", "烹饪"),
    Choice("photography", "摄影"),
)
INTEREST_SHARES = dict(
    zip((i.code for i in INTERESTS), (0.16, 0.14, 0.22, 0.06, 0.15, 0.1, 0.12, 0.14, 0.2, 0.04), strict=True)
)
COURSES = (
    Choice("dementia care", "认知症照护"),
    Choice("care for high-risk elders", "高风险老人照护"),
    Choice("first aid", "急救"),
    Choice("talking with elders", "老年沟通"),
)
COURSE_SHARES = dict(zip((c.code for c in COURSES), (0.34, 0.3, 0.2, 0.45), strict=True))
OTHER_PROGRAMMES = (
    Choice("long-term care insurance", "长护险"),
    Choice("home care of the subdistrict", "街道居家养老"),
    Choice("none", "无"),
)

PIN_NOTES = (
    Choice("have known each other for years", "相识多年"),
    Choice("were colleagues", "原单位同事"),
    Choice("the family asked for it", "家属要求"),
    Choice("sing in the same choir", "同一合唱队"),
)
NEVER_NOTES = (
    Choice("quarrelled over the corridor", "楼道堆物有过争执"),
    Choice("the elder asked for someone else", "老人希望换人"),
    Choice("are related and fell out", "亲属间有矛盾"),
)

IN_CHINESE: dict[str, str] = {
    word.code: word.zh
    for words in (
        *(LANGUAGES, ILLNESSES, NEEDS, SKILLS, INTERESTS, COURSES),
        *(OTHER_PROGRAMMES, PIN_NOTES, NEVER_NOTES),
    )
    for word in words
}
