"""Remarks, notes and lines through cells, which no column is read from, are told where they may decide something."""

import time
import zipfile

import openpyxl
import pandas as pd
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font

from matcher.roster.read import read_table, table_of_frame
from matcher.roster.remarks import find_matter
from matcher.roster.sheet_marks import find_marks

HEADER = ["编号", "姓名", "地址", "联系电话", "备注"]
CODES = {"row_struck", "cell_struck", "name_remark", "name_of_two", "remark_decides", "list_decides"}


def told(table):
    return [(i.code, i.row, i.column) for i in table.issues if i.code in CODES]


def book(tmp_path, mark):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Tom's 一村 & 二村"
    for row in (["老人名册"], HEADER, *([f"E{i}", f"张三{i}", f"零陵路{i}号", "13812345678", ""] for i in range(1, 4))):
        sheet.append(row)
    mark(sheet)
    book.save(tmp_path / "名册.xlsx")
    return read_table(tmp_path / "名册.xlsx", "elders")


def strike(*cells):
    def mark(sheet):
        for cell in cells:
            sheet[cell].font = Font(strike=True)

    return mark


def test_a_person_struck_through_is_asked_about(tmp_path):
    table = book(tmp_path, strike("A4", "B4", "C4"))
    assert told(table) == [("row_struck", 4, "姓名")]
    assert {issue.severity for issue in table.issues if issue.code == "row_struck"} == {"error"}


def test_another_cell_struck_through_is_told(tmp_path):
    assert told(book(tmp_path, strike("D5", "E5", "A1", "B2", "F9"))) == [("cell_struck", 5, "联系电话")]


def test_what_is_not_struck_through_is_no_matter(tmp_path):
    def mark(sheet):
        sheet["A4"].font = Font(bold=True)
        sheet["A5"].font = Font(strike=False)

    assert told(book(tmp_path, mark)) == []


def test_notes_beside_people_are_told_where_they_decide(tmp_path):
    def mark(sheet):
        sheet["B4"].comment = Comment("居委:\n已于11月<去世>", "居委")
        sheet["B5"].comment = Comment("喜欢聊天", "居委")
        sheet["B2"].comment = Comment("去世的请写退出日期", "居委")

    table = book(tmp_path, mark)
    assert told(table) == [("remark_decides", 4, "姓名")]
    assert next(issue for issue in table.issues if issue.code == "remark_decides").value == "已于11月<去世>"


def people(column, cell, kind="elders"):
    row = {"编号": "E1", "姓名": "张三", "地址": "零陵路5号", column: cell}
    return told(table_of_frame(pd.DataFrame([row]), kind))


@pytest.mark.parametrize(
    "cell",
    [
        "11月已去世",
        "喜欢聊天；12月起住院",
        "搬到女儿家",
        "已入住区养老院",
        "不要安排V003",
        "有轻度失智",
        "暂停至12月15日",
        "passed away in May",
        "In hospital until 5 Jan",
        "never with Mr Lee",
        "老太太已去世",
        "王先生已去世",
        "孙奶奶住院",
        "女儿来电：老人已去世",
        "随儿子出国",
        "老伴病故后搬到女儿家",
        "老伴和本人均已去世",
        "女儿不同意上门",
        "不接受探访",
        "moved away with her son",
        "女，已故",
        "搬入养老院",
        "预计12月搬",
        "人户分离，实住杨浦",
        "11月转出",
        "退",
        "已退",
        "已過世",
        "不用来了",
        "暂不上门",
        "只接电话",
        "12月不在",
        "本月暂停",
        "去了外地",
        "不要男的",
        "希望女志愿者",
        "no men please",
        "不要王五来",
        "指定张阿姨",
        "由张阿姨结对",
        "重复登记",
        "care home since May",
        *(
            "老人走了",
            "12月3日走了",
            "讣告已贴",
            "被女儿接走",
            "房子已卖",
            "新地址：张江路5弄",
            "已转南码头街道",
            "在护理院",
        ),
        *("在华山医院", "转院", "月底出院", "春节后回来", "刚做完手术", "12月起参加", "截止12月20日", "12月20日后不要"),
        *("电话打不通", "敲门无人应", "反感上门", "同意书未签", "不想去李四家", "与V02吵过架", "作废"),
        *(
            "周二四六透析",
            "周三上午不在",
            "下午要午睡",
            "要每天来",
            "每周要求3次",
            "只会讲苏北话",
            "听不懂普通话",
            "高危",
        ),
    ],
)
def test_a_remark_that_may_decide_is_told_by_its_row(cell):
    assert people("备注", cell) == [("remark_decides", 2, "备注")]
    assert people("职业", cell) == []


@pytest.mark.parametrize(
    ("column", "cell"),
    [("健康状况", "高血压；10月去世"), ("健康状况", "住院中"), ("服务需求", "陪聊，不要男的"), ("服务需求", "已搬走")],
)
def test_a_list_that_may_decide_more_is_told_by_its_row(column, cell):
    assert people(column, cell) == [("list_decides", 2, column)]


@pytest.mark.parametrize(
    ("column", "cell"),
    [("健康状况", "高血压、失智"), ("健康状况", "曾住院"), ("服务需求", "住院陪护"), ("服务需求", "陪诊")],
)
def test_a_list_that_decides_nothing_more_is_silent(column, cell):
    assert people(column, cell) == []


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "喜欢聊天",
        "老伴2019年去世",
        "丈夫去世，儿子住院",
        "未住院",
        "无认知障碍",
        "已出院",
        "喜欢旅游",
        "只要有人聊天就开心",
        "不想和人多说话",
        "husband died in 2019",
        "女儿去世后独居",
        "老伴去年去世",
        "其夫已故",
        "独子病故",
        "先生去世",
        "保姆回老家",
        "原志愿者已退出",
        "曾住院",
        "去年住院两次",
        "2015年搬到本小区",
        "动迁户",
        "不愿去养老院",
        "住养老院对面",
        "拒绝拍照",
        "与媳妇有矛盾",
        "必须由女儿签字",
        "不要安排在上午",
        "要求换灯泡",
        "认知障碍筛查正常",
        "not moved away",
        "has not been in hospital",
        "moved to this address in 2019",
        "retired hospital nurse",
        "declining health",
        "her husband of fifty years died",
        "女去世",
        "其女去世",
        "独居，已故老伴",
        "退休教师",
        "拆迁户",
        "不用来接",
        "由女儿照顾",
        "需要女儿陪同",
        "喜欢男高音",
        "实住本址",
        "不要大声敲门",
        *(
            "热心社区活动",
            "曾任组长",
            "已转正",
            "周边邻居熟",
            "能讲上海话",
            "每天锻炼",
            "喜欢爬山",
            "多来往",
            "医院退休",
        ),
    ],
)
def test_a_remark_that_decides_nothing_is_silent(cell):
    assert people("备注", cell) == []


@pytest.mark.parametrize("cell", ["李四（已去世）", "李四\n(搬走)", "Lee (deceased)", "李母（已去世）"])
def test_a_remark_behind_a_name_is_asked_about(cell):
    assert people("姓名", cell) == [("name_remark", 2, "姓名")]


@pytest.mark.parametrize(
    "cell",
    ["李四已故", "已故李四", "李四-去世", "李四（故）", "李四（退）", "李四（暂停）", "†李四", "李四×", "Lee deceased"],
)
def test_a_name_that_is_not_all_of_its_cell_is_asked_about(cell):
    assert people("姓名", cell) == [("name_remark", 2, "姓名")]


@pytest.mark.parametrize("cell", ["李四、张三", "李四/张三", "李四 张三", "李四夫妇", "李四张三夫妇", "王五和李四"])
def test_two_people_in_one_cell_are_told(cell):
    assert people("姓名", cell) == [("name_of_two", 2, "姓名")]


def test_a_wish_that_its_column_says_is_not_told_again():
    row = {"编号": "E1", "姓名": "张三", "志愿者性别要求": "女", "备注": "不要男的"}
    assert told(table_of_frame(pd.DataFrame([row]), "elders")) == []


def test_notes_below_the_table_that_name_somebody_are_told(tmp_path):
    rows = ("E1,张三,零陵路1号", "E2,李四*,零陵路2号", "备注：E1已于11月去世,,", "* 已搬走,,", "注：去世的请划去,,")
    (tmp_path / "名册.csv").write_text("\n".join(("编号,姓名,地址", *rows)), "utf-8")
    table = read_table(tmp_path / "名册.csv", "elders")
    assert told(table) == [("remark_decides", 4, ""), ("remark_decides", 5, "")]


@pytest.mark.parametrize(
    "cell",
    ["李四（女）", "欧阳 娜娜", "张 三", "张和平", "王 小明", "Lee (Bob)", "李四（丧偶，老伴去世）", "李四（动迁户）"],
)
def test_a_bracket_behind_a_name_is_no_remark(cell):
    assert people("姓名", cell) == []


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "只服务女性老人",
            "腿骨折休养中",
            "暂停接新",
            "12月起不参加",
            "膝盖不好，不能爬楼",
            "只去一楼",
            "不再接",
            "最多3个",
        ),
        *(
            "只服务本楼",
            "已不做",
            "不干了",
            "准备退",
            "retired",
            "不上门",
            "只打电话",
            "怕狗",
            "只带女老人",
            "不要E001",
        ),
        *("周三有课", "带孙子，只有上午", "no stairs", "calls only"),
    ],
)
def test_what_decides_about_a_volunteer_is_told(cell):
    assert people("备注", cell, "volunteers") == [("remark_decides", 2, "备注")]


def test_a_volunteer_asks_for_no_consent_of_an_elder():
    assert find_matter("拒绝", "volunteers") is None


@pytest.mark.parametrize(
    ("column", "cell", "remark"),
    [
        ("状态", "退出", "11月去世"),
        ("退出日期", "2026-11-03", "11月去世"),
        ("状态", "暂停", "住院"),
        ("是否同意", "否", "拒绝上门"),
        ("健康状况", "认知症", "患认知症"),
        ("可探访时间", "周一", "周三透析"),
        ("探访频次", "2", "要每天来"),
        ("风险等级", "高", "高危"),
    ],
)
def test_a_remark_is_silent_beside_the_column_that_says_it(column, cell, remark):
    row = {"编号": "E1", "姓名": "张三", "地址": "零陵路5号", "备注": remark}
    assert told(table_of_frame(pd.DataFrame([{**row, column: cell}]), "elders")) == []
    assert people("备注", remark) == [("remark_decides", 2, "备注")]


@pytest.mark.parametrize("column", ["子女情况", "配偶情况", "家属备注"])
def test_a_column_about_another_one_is_read_so(column):
    assert people(column, "已去世") == []
    assert people(column, "老人已去世") == [("remark_decides", 2, column)]


@pytest.mark.parametrize("cell", ["在敬老院工作", "原结对老人已去世", "老人住院", "到养老院慰问"])
def test_what_became_of_an_elder_is_no_matter_of_a_volunteer(cell):
    assert people("备注", cell, "volunteers") == []


def test_marks_of_a_hostile_workbook_take_no_square_of_its_length(tmp_path):
    frame = "<fonts>" + "<font>" * 200_000 + "</fonts><cellXfs>"
    with zipfile.ZipFile(tmp_path / "名册.xlsx", "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/styles.xml", frame)
        book.writestr("xl/workbook.xml", "<sheet " * 200_000)
    started = time.perf_counter()
    assert find_marks((tmp_path / "名册.xlsx").read_bytes()) == {}
    assert time.perf_counter() - started < 10


ODS = """<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"><office:automatic-styles>
<style:style style:name="ce1" style:family="table-cell"><style:text-properties style:text-line-through-style="solid"/>
</style:style><style:style style:name="ce2" style:family="table-cell"><style:text-properties
 style:text-line-through-style="none"/></style:style></office:automatic-styles><office:body><office:spreadsheet>
<table:table table:name="一村 &amp; 二村">{rows}</table:table></office:spreadsheet></office:body>
</office:document-content>"""


def ods_row(*cells, style=""):
    named = f' table:style-name="{style}"' if style else ""
    return f"<table:table-row>{''.join(ods_cell(cell, named) for cell in cells)}</table:table-row>"


def ods_cell(text, named, note=""):
    return f'<table:table-cell office:value-type="string"{named}>{note}<text:p>{text}</text:p></table:table-cell>'


def test_lines_and_notes_of_an_opendocument(tmp_path):
    note = "<office:annotation><text:p>已于11月<text:span>去世</text:span></text:p></office:annotation>"
    noted = ods_row("E2", "李四").replace("<text:p>李四", f"{note}<text:p>李四")
    rows = [ods_row("编号", "姓名"), ods_row("E1", "张三", style="ce1"), noted, ods_row("E3", "王五", style="ce2")]
    with zipfile.ZipFile(tmp_path / "名册.ods", "w") as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        book.writestr("content.xml", ODS.format(rows="".join(rows)))
        book.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
    table = read_table(tmp_path / "名册.ods", "elders")
    assert told(table) == [("row_struck", 2, "姓名"), ("remark_decides", 3, "姓名")]


@pytest.mark.parametrize("text", ["养老院", "住护理院", "已搬走", "住女儿家"])
def test_who_lives_elsewhere_by_the_column_of_living(text):
    frame = pd.DataFrame([{"编号": "E1", "姓名": "张三", "地址": "零陵路1号", "居住方式": text}])
    table = table_of_frame(frame, "elders")
    assert told(table) == [("list_decides", 2, "居住方式")]


@pytest.mark.parametrize("text", ["独居", "与女儿同住", "纯老", "丧偶独居"])
def test_how_somebody_lives_is_no_remark(text):
    frame = pd.DataFrame([{"编号": "E1", "姓名": "张三", "地址": "零陵路1号", "居住方式": text}])
    assert told(table_of_frame(frame, "elders")) == []


def test_colours_of_an_open_document(tmp_path):
    style = '<style:style style:name="ce9"><style:table-cell-properties fo:background-color="#ff0000"/>'
    ink = '<style:text-properties fo:color="#00b050"/></style:style>'
    rows = [ods_row("编号", "姓名"), ods_row("E1", "张三", style="ce9"), ods_row("E2", "李四")]
    content = ODS.format(rows="".join(rows)).replace("<style:style", f"{style}{ink}<style:style", 1)
    with zipfile.ZipFile(tmp_path / "名册.ods", "w") as book:
        book.writestr("content.xml", content)
    (marks,) = find_marks((tmp_path / "名册.ods").read_bytes(), with_colours=True).values()
    assert marks.colours == [(1, 0, "FF0000", "00B050"), (1, 1, "FF0000", "00B050")]
    (marks,) = find_marks((tmp_path / "名册.ods").read_bytes()).values()
    assert marks.struck == []
