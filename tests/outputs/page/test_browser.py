"""The page in a real browser, under its own policy: what it asks for, what it says, how it is used without a mouse.

It needs Chromium, which Debian has (``apt-get install chromium``), and no GPU. One browser serves all tests.
"""

import re
import shutil
from dataclasses import replace

import numpy as np
import pytest

from matcher.outputs.page import write_page
from matcher.outputs.page.html import read_resource
from matcher.outputs.policy import write_policy
from tests.helpers.pages import contents_of, make_town

playwright = pytest.importorskip(
    "playwright.sync_api", reason="Playwright is missing: the page is NOT TRIED in a browser"
)
axe = pytest.importorskip(
    "axe_core_python.sync_playwright", reason="axe is missing: the page is NOT TRIED in a browser"
)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed: the page is NOT TRIED in a browser")

PLANTED = '<img src=x onerror="window.planted=1"><script>window.planted=1</script>'


def start(browsers, tries=3):
    """Start Chromium; on a busy machine it may end by a trap of its own before it begins."""
    try:
        return browsers.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-3d-apis"]
        )
    except playwright.Error:
        if tries == 1:
            raise
        return start(browsers, tries - 1)


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as browsers:
        started = start(browsers)
        yield started
        started.close()


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(write_page(contents_of(make_town(planted=PLANTED), names="full")), "utf-8")
    return path.as_uri()


@pytest.fixture
def make_page(browser, url):
    """Open the page; at the end nothing was asked for but the file, and nothing complained."""
    opened = []

    def make(script="", **options):
        page = browser.new_page(**{"viewport": {"width": 1200, "height": 800}, **options})
        told = []
        page.on("request", lambda request: told.append(f"request: {request.url}"))
        page.on("console", lambda message: told.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: told.append(f"error: {error}"))
        page.on("dialog", lambda dialog: told.append(f"dialog: {dialog.message}"))
        if script:
            page.add_init_script(script)
        page.goto(url)
        opened.append((page, told))
        return page

    yield make
    for page, told in opened:
        assert told == [f"request: {url}"]
        assert page.evaluate("window.planted") is None
        page.close()


@pytest.fixture
def page(make_page):
    made = make_page()
    made.wait_for_selector("html[data-ready]")
    return made


def _answer(page):
    return page.locator("#answer").inner_text()


def test_planted_scripts_are_shown_as_text(page):
    assert PLANTED in page.locator("#elder-table tbody").inner_text()
    assert page.locator("main img:not(#map-print)").count() == 0


def test_a_row_shows_who_that_is_and_the_map_goes_there(page):
    page.get_by_role("button", name="赵鹈5", exact=False).first.click()
    answer = _answer(page)
    assert "E005" in answer
    box = page.locator("#map").bounding_box()
    page.keyboard.press("Escape")
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert _answer(page) == answer
    assert re.search(r"E005\) has .* at most [\d,]+ m apart|E005\) has no volunteer", answer)


def test_the_map_is_used_by_keyboard(page):
    canvas = page.locator("#map")
    canvas.focus()
    before = canvas.evaluate("(map) => map.toDataURL()")
    for key in ("ArrowLeft", "ArrowUp", "+"):
        page.keyboard.press(key)
    page.wait_for_function("(before) => document.getElementById('map').toDataURL() !== before", arg=before)
    page.keyboard.press("Enter")
    assert re.search("E0", _answer(page))
    page.keyboard.press("Escape")
    assert _answer(page) == "Click a person on the map, or choose a row of a table."


def test_a_table_filters_and_sorts(page):
    table = page.locator("#elder-table")
    table.locator("input").fill("E01")
    playwright.expect(table.locator("[role=status]")).to_have_text("10 of 60 shown")
    table.get_by_role("button", name="Elder").first.click()  # the other way round
    assert "E019" in table.locator("tbody tr").first.inner_text()
    table.locator("input").fill("")
    table.locator("select").nth(1).select_option("without")
    shown = table.locator("[role=status]").inner_text()
    assert re.fullmatch(r"\d+ of 60 shown", shown)
    assert 0 < int(shown.split()[0]) < 20
    assert table.locator("tbody tr").count() >= int(shown.split()[0])


def test_only_rows_in_view_are_in_the_document(page):
    box = page.locator("#elder-table .scroll")
    assert page.locator("#elder-table tbody tr").count() < 45
    box.evaluate("(box) => { box.scrollTop = box.scrollHeight; }")
    playwright.expect(page.locator("#elder-table tbody tr").last).to_contain_text("E059")


def test_layers_and_languages_change_over(page):
    assert page.locator("input[data-layer=pairs]").is_checked()
    before = page.locator("#map").evaluate("(map) => map.toDataURL()")
    page.locator("input[data-layer=pairs]").uncheck()
    page.wait_for_function("(before) => document.getElementById('map').toDataURL() !== before", arg=before)
    page.click("[data-language=zh]")
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    assert page.locator("h1:visible").inner_text() == "老伙伴计划 2026-12 结对方案"
    assert "显示 60 位中的 60 位" in page.locator("#elder-table").inner_text()


@pytest.mark.parametrize(("scheme", "contrast"), [("light", "no-preference"), ("dark", "more")])
def test_nobody_is_shut_out(make_page, scheme, contrast):
    page = make_page(color_scheme=scheme, contrast=contrast)
    page.wait_for_selector("html[data-ready]")
    found = axe.Axe().run(page)
    assert [(rule["id"], rule["nodes"][0]["html"][:200]) for rule in found["violations"]] == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_chart_is_wider_than_its_frame(page, language):
    page.click(f"[data-language={language}]")
    over = page.evaluate(
        """() => [...document.querySelectorAll("svg.chart text")].filter((one) => {
            const { x, width } = one.getBBox();
            return width && x + width > one.ownerSVGElement.viewBox.baseVal.width;
        }).map((one) => one.textContent)"""
    )
    assert over == []


def test_rings_of_counts_do_not_hide_each_other(browser):
    """Areas at random places: nobody is lost, and no ring stands where another is."""
    page = browser.new_page()
    told = page.evaluate(
        read_resource("counts.js")
        + """;(() => {
            const random = (seed) => () => { seed = (seed * 16807) % 2147483647; return seed / 2147483647; };
            const draw = random(7);
            const make = () => ({ n: 1 + Math.floor(90 * draw()), x: 3e4 * draw(), y: 3e4 * draw() });
            const areas = Array.from({ length: 300 }, make);
            areas.sort((a, b) => b.n - a.n);
            const sums = joinRings(areas, 0.01);
            const measure = (a, b) => 0.01 * Math.hypot(a.x - b.x, a.y - b.y);
            const apart = sums.flatMap((a, i) => sums.slice(i + 1).map((b) => measure(a, b)));
            const all = (some) => some.reduce((sum, one) => sum + one.n, 0);
            return { before: all(areas), after: all(sums), rings: sums.length, least: Math.min(...apart) };
        })()"""
    )
    page.close()
    assert told["before"] == told["after"]
    assert 10 < told["rings"] < 300
    assert told["least"] > 12


def test_numbers_on_columns_do_not_touch(browser, tmp_path):
    contents = replace(contents_of(make_town()), distance_counts=np.full(30, 199_999))
    path = tmp_path / "report.html"
    path.write_text(write_page(contents), "utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready]")
    between = page.evaluate(
        """() => [...document.querySelectorAll("svg.chart")].flatMap((chart) => {
            const all = [...chart.querySelectorAll("text.mid")].map((one) => one.getBBox());
            const boxes = all.filter((box) => box.width);
            const rightOf = (a) => boxes.filter((b) => b.x > a.x && Math.abs(b.y - a.y) < 9);
            return boxes.flatMap((a) => rightOf(a).map((b) => b.x - a.x - a.width));
        })"""
    )
    page.close()
    assert min(between) > 4


def test_the_legend_names_what_there_is(page, browser, tmp_path):
    """A town of which everybody has a volunteer, beside one in which places run out."""
    path = tmp_path / "report.html"
    path.write_text(write_page(contents_of(make_town(6, 6))), "utf-8")
    served = browser.new_page()
    served.goto(path.as_uri())
    served.wait_for_selector("html[data-ready]")
    layers = [
        one.evaluate_all("(boxes) => boxes.map((box) => box.dataset.layer)")
        for one in (page.locator("[data-layer]"), served.locator("[data-layer]"))
    ]
    served.close()
    assert {"shortages", "worth", "counts", "left_out"} <= set(layers[0])
    assert layers[1] == ["outlines", "reach", "pairs", "served", "volunteers"]


def test_at_400_percent_nothing_runs_out_of_the_window(make_page):
    page = make_page(viewport={"width": 320, "height": 256})
    page.wait_for_selector("html[data-ready]")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_print_has_pixels_enough_and_all_rows(page):
    printed = page.evaluate(
        """() => {
          window.dispatchEvent(new Event("beforeprint"));
          const map = document.getElementById("map");
          const rows = document.querySelectorAll("#elder-table tbody tr").length;
          const picture = document.getElementById("map-print").src.slice(0, 21);
          const told = { width: map.width, height: map.height, rows, picture };
          window.dispatchEvent(new Event("afterprint"));
          return told;
        }"""
    )
    assert printed["width"] >= 277 / 25.4 * 200
    assert printed["width"] / printed["height"] == pytest.approx(277 / 146, rel=0.01)
    assert printed["picture"] == "data:image/png;base64"
    assert printed["rows"] == 60


def test_the_legend_of_a_print_names_what_is_drawn(browser, tmp_path):
    """A town of more people than are drawn unasked from afar."""
    contents = contents_of(make_town())
    path = tmp_path / "report.html"
    path.write_text(write_page(contents).replace("MOST_PATHS = 5000", "MOST_PATHS = 50"), "utf-8")
    text = path.read_text("utf-8").replace("MOST_DOTS = 20000", "MOST_DOTS = 50")
    script = text[text.rindex("<script>") + 8 : text.rindex("</script>")]
    style = text[text.index("<style>") + 7 : text.index("</style>")]
    text = re.sub(r'(Policy" content=").*?(">)', lambda found: found[1] + write_policy(style, script) + found[2], text)
    path.write_text(text, "utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready]")
    page.emulate_media(media="print")
    page.evaluate('window.dispatchEvent(new Event("beforeprint"))')
    shown = page.evaluate(
        """() => [...document.querySelectorAll("[data-layer]")]
            .filter((box) => box.parentElement.offsetParent).map((box) => box.dataset.layer)"""
    )
    page.close()
    assert shown == ["outlines", "counts", "worth"]


def test_a_printed_row_is_no_higher_than_its_letters_ask(page):
    page.emulate_media(media="print")
    measure = """() => {
        window.dispatchEvent(new Event("beforeprint"));
        return document.querySelector("#elder-table tbody tr").getBoundingClientRect().height;
    }"""
    assert 10 < page.evaluate(measure) < 5.5 / 25.4 * 96


def test_old_browsers_show_the_summary(make_page):
    page = make_page("delete globalThis.DecompressionStream;")
    assert page.locator("#old").is_visible()
    assert page.locator("#summary h2").first.is_visible()
    assert page.locator("svg.chart").first.is_visible()
    assert not page.locator("#map").is_visible()


def test_the_policy_lets_nothing_else_run(browser, url):
    page = browser.new_page()
    page.goto(url)
    page.wait_for_selector("html[data-ready]")
    page.evaluate("""() => {
      window.refused = [];
      document.addEventListener("securitypolicyviolation", (event) => window.refused.push(event.effectiveDirective));
      document.body.append(Object.assign(document.createElement("script"), { textContent: "window.planted = 1" }));
      fetch("https://example.invalid/").catch(() => {});
      new Image().src = "https://example.invalid/a.png";
    }""")
    page.wait_for_function("window.refused.length >= 3")
    assert set(page.evaluate("window.refused")) == {"script-src-elem", "connect-src", "img-src"}
    assert page.evaluate("window.planted") is None
    page.close()
