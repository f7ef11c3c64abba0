"""Words that rosters use for the same thing, and which skills answer which need.

``words.same`` and ``needs.answered_by`` add to them.
"""

from __future__ import annotations

SAME: tuple[tuple[str, ...], ...] = (
    # languages
    ("上海话", "沪语", "上海方言", "本地话", "Shanghainese", "Shanghai dialect"),
    ("普通话", "国语", "Mandarin", "Putonghua", "Standard Chinese"),
    ("宁波话", "宁波方言", "Ningbo dialect", "Ningbonese"),
    ("苏北话", "江北话", "苏北方言", "Subei dialect"),
    ("苏州话", "Suzhou dialect", "Suzhounese"),
    ("粤语", "广东话", "广州话", "Cantonese"),
    ("温州话", "Wenzhou dialect", "Wenzhounese"),
    ("崇明话", "Chongming dialect"),
    ("四川话", "Sichuan dialect", "Sichuanese"),
    ("手语", "sign language"),
    ("英语", "英文", "English"),
    # needs and skills
    ("聊天陪伴", "聊天", "陪聊", "陪伴", "company", "chatting"),
    ("心理疏导", "心理咨询", "心理慰藉", "倾听", "listening", "counselling"),
    ("代购代办", "代购", "代办", "买菜", "跑腿", "shopping", "errands"),
    ("陪同就医", "陪医", "陪诊", "助医", "going to the doctor", "doctor visits"),
    ("健康科普", "健康讲座", "健康宣教", "health talk", "health education"),
    ("测量血压", "量血压", "测血压", "blood pressure check", "blood pressure"),
    ("手机使用", "手机教学", "智能手机", "help with the phone", "smartphone help"),
    ("水电煤安全", "安全检查", "水电检查", "gas and power check", "safety check"),
    ("家电维修", "家电修理", "维修", "水电维修", "household repairs", "repairs"),
    ("读报", "读报读书", "读书读报", "reading aloud"),
    ("理发", "剪发", "haircuts", "haircut"),
    ("急救", "急救员", "first aid"),
    ("护理", "护士", "医护", "nursing", "nurse"),
    # interests
    ("书法", "calligraphy"),
    ("沪剧", "Shanghai opera"),
    ("越剧", "Yue opera"),
    ("京剧", "Peking opera", "Beijing opera"),
    ("唱歌", "合唱", "singing", "choir"),
    ("棋牌", "象棋", "下棋", "打牌", "chess and cards", "chess", "cards"),
    ("种花", "养花", "园艺", "gardening", "flowers"),
    ("太极拳", "太极", "tai chi"),
    ("编织", "结绒线", "knitting"),
    ("读书", "看书", "阅读", "reading", "books"),
    ("烹饪", "烧菜", "做菜", "cooking"),
    ("摄影", "photography"),
    ("集邮", "stamp collecting", "stamps"),
)
"""Groups of words; case, width and spaces do not matter."""

ANSWERS: dict[str, tuple[str, ...]] = {
    "聊天陪伴": ("聊天陪伴", "心理疏导", "读报"),
    "代购代办": ("代购代办",),
    "陪同就医": ("陪同就医", "护理", "急救"),
    "健康科普": ("健康科普", "护理", "测量血压"),
    "测量血压": ("测量血压", "护理"),
    "手机使用": ("手机使用",),
    "水电煤安全": ("水电煤安全", "家电维修"),
    "读报": ("读报", "心理疏导"),
    "理发": ("理发",),
    "心理疏导": ("心理疏导",),
    "家电维修": ("家电维修",),
}
"""Needs, each with the skills that answer it; a skill of the need's own name always does."""
