"""Names of people as keys: one key for all spellings of a name."""

from __future__ import annotations

import re
import unicodedata

import pyarrow as pa

from matcher.privacy import COMPOUND_SURNAMES
from matcher.roster.cells import each, matching

_ASIDE = re.compile(r"\(.*?\)|[\s.·•・]")
_TRADITIONAL = (
    "陳張劉趙吳孫馬鄭謝許韓馮鄧蕭葉蘇呂盧鍾鐘譚陸賈韋鄒蔣閻閆龍賀顧龔萬錢嚴莊湯齊黃楊羅餘於魯費華寧欒鮑東蘭鳳雲國偉軍強麗貴寶連蓮鳴愛慶義榮壽財發興長鴻鵬蘊瑩瓊瑤紅紋綠維綱緒繼續紀純紹絹經結統繡織賢贊讚詠詩"
    "誠諾謙證議護讓豐貞貝賓賜質車軒輝輪達遠運進選遷邁鄉銀銘鋒鋼錦鎮鐵鑒門開閒間聞陽陰階際難雙離電靜韻響項順須頌領頤願風飛養駿驊驥魚鮮鶴鷹鸞麥點齡龐學寫實寬對導將專尋島嶺嵐岡庫廣彥徑從憲懷戰擇數時晉曉會書權"
    "條棟業極樂樹橋檢歡歲歸氣淨淵漁漢潔潤澤濤濟濱瀾灣灝為無煉燁燈爾獻現環瑋璽產畢畫當禮禪種積穎穩筆簡紐羣習聖聯聲職肅臨舉艷藝藥蔭處蟬衛見規親觀覺計記訓設評調談論諸譽讀億優儀儉倫來備傑傳僑兒兩凱剛創劍勁動務"
    "勝勞勳勵匯協員啟喬單嘯圍園圖團堅壯夢奧奮婁嬌嬋嫻嫺婦衆眾麼後裡裏關閱閔聶繆臺灃欽銳鈞鈴鉞釗鑾錚錫鍇鏡鑲鄔鄺鄲郟竇賴巖峯穀蕓薈薔藍蘆蘋櫻樺槳楓榿檜燦煒熒輔軼輯轉邊還遲遜鄰醫釋鎖陝隨雋靈頓預頻題顏顯飾馳駒"
    "騰驍驚鯤鴛鴦鴿鵑鶯鸝黨"
)
_SIMPLIFIED = (
    "陈张刘赵吴孙马郑谢许韩冯邓萧叶苏吕卢钟钟谭陆贾韦邹蒋阎闫龙贺顾龚万钱严庄汤齐黄杨罗余于鲁费华宁栾鲍东兰凤云国伟军强丽贵宝连莲鸣爱庆义荣寿财发兴长鸿鹏蕴莹琼瑶红纹绿维纲绪继续纪纯绍绢经结统绣织贤赞赞咏诗"
    "诚诺谦证议护让丰贞贝宾赐质车轩辉轮达远运进选迁迈乡银铭锋钢锦镇铁鉴门开闲间闻阳阴阶际难双离电静韵响项顺须颂领颐愿风飞养骏骅骥鱼鲜鹤鹰鸾麦点龄庞学写实宽对导将专寻岛岭岚冈库广彦径从宪怀战择数时晋晓会书权"
    "条栋业极乐树桥检欢岁归气净渊渔汉洁润泽涛济滨澜湾灏为无炼烨灯尔献现环玮玺产毕画当礼禅种积颖稳笔简纽群习圣联声职肃临举艳艺药荫处蝉卫见规亲观觉计记训设评调谈论诸誉读亿优仪俭伦来备杰传侨儿两凯刚创剑劲动务"
    "胜劳勋励汇协员启乔单啸围园图团坚壮梦奥奋娄娇婵娴娴妇众众么后里里关阅闵聂缪台沣钦锐钧铃钺钊銮铮锡锴镜镶邬邝郸郏窦赖岩峰谷芸荟蔷蓝芦苹樱桦桨枫桤桧灿炜荧辅轶辑转边还迟逊邻医释锁陕随隽灵顿预频题颜显饰驰驹"
    "腾骁惊鲲鸳鸯鸽鹃莺鹂党"
)
"""The usual characters of names that have two forms: old registers and cards from Hong Kong keep the first."""
_FORMS = str.maketrans(_TRADITIONAL, _SIMPLIFIED)
_COMMON_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜"
    "范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
"""The surnames that most people in China have."""
_HAN_ALONE = r"^[\x{4e00}-\x{9fa5}]+$"
_HAN = re.compile(r"(?<![一-鿿])[一-鿿]{2,4}(?![一-鿿])")
_SHORTEST_FOREIGN = 3


def find_name_in_id(text: str, name: str) -> str:
    """Return what of an id is, or may be, a name: the person's own, or characters that may be somebody's; else empty.

    An id of many people, as one that begins with the name of a place, is for the caller to tell apart.
    """
    plain = unicodedata.normalize("NFKC", text)
    own = unicodedata.normalize("NFKC", name).strip()
    if len(own) >= (2 if _HAN.fullmatch(own) else _SHORTEST_FOREIGN) and own.casefold() in plain.casefold():
        return own
    found = [one for one in _HAN.findall(plain) if _begins_with_surname(one)]
    return found[0] if found else ""


def _begins_with_surname(text: str) -> bool:
    return text[:2] in COMPOUND_SURNAMES or (len(text) < 4 and text[0].translate(_FORMS) in _COMMON_SURNAMES)


def unify_name(name: str) -> str:
    """Return a name in one spelling: width, case, white space, dots, 陳 for 陈, and what stands in brackets."""
    return _ASIDE.sub("", unicodedata.normalize("NFKC", name)).casefold().translate(_FORMS)


def unify_names(cells: pa.Array) -> pa.Array:
    """Return names each in one spelling; those of usual characters alone are in it."""
    usual = matching(cells, _HAN_ALONE) & ~matching(cells, f"[{_TRADITIONAL}]")
    return each(cells, unify_name, ~usual)
