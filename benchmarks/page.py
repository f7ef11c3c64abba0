"""Time the report page of a city in a browser: size, first map, pan and zoom, on this machine and four times slower.

Run as ``python -m benchmarks.page [elders] [volunteers]``. The people are made up and paired with whom is near: what is
drawn does not depend on how good the pairs are. It needs Chromium and Playwright, and no GPU.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright
from scipy.spatial import cKDTree

from matcher.outputs.page.advice import Advice
from matcher.outputs.page.contents import Areas, PageContents, People, ShortageRow
from matcher.outputs.page.html import write_page
from matcher.outputs.page.outlines import draw_outlines
from matcher.outputs.page.squares import Squares
from matcher.outputs.page.worth import find_worth

ELDERS, VOLUNTEERS = 205_000, 41_000
_PLACES = 5
_SIZE = {"width": 1300, "height": 900}
_STEPS = 40
_THROTTLES = (1, 4)


def make_city(n: int, m: int, seed: int = 1) -> PageContents:
    """Return the contents of a page about a made-up city: towns of many densities, one elder in six without anybody."""
    rng = np.random.default_rng(seed)
    n_committees = max(n // 34, 1)
    centre = np.column_stack([121.45 + rng.normal(0, 0.22, n_committees), 31.2 + rng.normal(0, 0.16, n_committees)])
    strip = np.argsort(np.argsort(centre[:, 0])) * 14 // n_committees
    centre = centre[np.lexsort((centre[:, 1], strip))]
    subdistrict_of = np.arange(n_committees) // 28
    of_elder, of_volunteer = np.sort(rng.integers(0, n_committees, n)), np.sort(rng.integers(0, n_committees, m))
    elder, volunteer = (centre[of] + rng.normal(0, 0.0025, (len(of), 2)) for of in (of_elder, of_volunteer))
    squares = Squares.of(elder[:, 0], elder[:, 1], 250, 5)
    shown, shown_v = squares.blur(*elder.T), squares.blur(*volunteer.T)
    away, near = cKDTree(volunteer).query(elder, k=6)
    load, volunteer_of = np.zeros(m, dtype=np.int64), np.full(n, -1, dtype=np.int64)
    for i in rng.permutation(n).tolist():
        for v in near[i].tolist():
            if load[v] < _PLACES:
                load[v] += 1
                volunteer_of[i] = v
                break
    left = volunteer_of < 0
    apart = np.where(left, -1, np.ceil(away[:, 0] * 1000 + 1) * 100).astype(np.int64)
    reason = np.where(left, rng.integers(0, 4, n), -1)
    district = np.where(left, subdistrict_of[of_elder], -1)
    halls = [np.flatnonzero(district == s) for s in np.unique(district[left]).tolist()]
    halls = [hall for hall in halls if len(hall) > 20]
    shortage_of = np.full(n, -1, dtype=np.int64)
    for number, hall in enumerate(halls):
        shortage_of[hall] = number
    sentence = (
        "places run out (shortage S{}): {} elders here depend on {} volunteers with {} places; {} places are missing"
    )
    said = [sentence.format(s, 100 + s, 20 + s % 7, 90 + s % 9, 10 + s % 5) for s in district[left].tolist()]
    rows = tuple(
        ShortageRow(f"S{i}", len(hall) * 4, len(hall), len(hall) * 3, len(hall), len(hall) // 5, 9, "一居 9", "一居 99")
        for i, hall in enumerate(halls)
    )
    return PageContents(
        month=date(2026, 12, 1),
        homes="squares",
        square_m=250,
        least_people=5,
        elders=People(np.array([f"E{i:06}" for i in range(n)], dtype=object), None, *shown, of_elder),
        volunteers=People(np.array([f"V{i:06}" for i in range(m)], dtype=object), None, *shown_v, of_volunteer),
        areas=Areas(
            tuple(f"第{i}街道" for i in range(int(subdistrict_of.max()) + 1)),
            tuple(f"第{i}居委会" for i in range(n_committees)),
            subdistrict_of,
            draw_outlines(subdistrict_of[of_elder], int(subdistrict_of.max()) + 1, *shown),
            draw_outlines(of_elder, n_committees, *shown),
        ),
        risk=rng.integers(0, 4, n),
        volunteer_of=volunteer_of,
        status=np.where(left, -1, rng.integers(0, 3, n)),
        distance_m=apart,
        terms={"place": apart[~left], "keep": -100 * rng.integers(0, 5, int((~left).sum()))},
        reasons=("ruled_out", "no_consent", "shortage", "outranked"),
        reason=reason,
        sentences={"en": tuple(said), "zh": tuple(said)},
        shortage_of=shortage_of,
        load=load,
        places=np.full(m, _PLACES),
        price_m=100 * rng.integers(0, 9, m),
        is_short=rng.random(m) < 0.1,
        reach_m=np.full(m, 769),
        shortages=rows,
        shortage_outlines=draw_outlines(shortage_of, len(halls), *shown),
        squares=squares,
        worth=find_worth(squares, *shown, np.full(n, 769.0), [(hall, len(hall)) for hall in halls], _PLACES),
        advice=(Advice("recruit", 9, (("一居", 9),), 1),),
        figures={
            "elders": {
                "taking_part": n,
                "matched": int((~left).sum()),
                "unmatched": int(left.sum()),
                "unmatched_by_reason": {"shortage": int(left.sum())},
                "shortages": None,
            },
            "volunteers": {"taking_part": m, "places": _PLACES * m, "used": int(load.sum()), "loads": {"5": m}},
            "distance_m": {"p50": 120.0, "p90": 400.0},
            "proof": {},
        },
        distance_counts=np.bincount(np.maximum(apart, 0) // 100),
    )


def measure(page: Page, path: Path, throttle: int) -> dict[str, float]:
    """Return seconds to the first map, and milliseconds of a frame while the map moves with everything on."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": throttle})
    start = time.perf_counter()
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready]", timeout=120_000)
    found = {"first map, s": time.perf_counter() - start}
    found |= _measure_frames(page, "as it opens")
    for layer in ("pairs", "served", "left_out", "volunteers", "shortages"):  # all that there is, unasked or not
        box = page.locator(f"input[data-layer={layer}]")
        box.uncheck()
        box.check()
    found |= _measure_frames(page, "with everything on")
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    return found


def _measure_frames(page: Page, state: str) -> dict[str, float]:
    """Return median and 95th percentile of the frames while the map is moved, and while it is zoomed."""
    found = {}
    box = page.locator("#map").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    for name, act in (("pan", _pan), ("zoom", _zoom)):
        page.evaluate("performance.clearMeasures()")
        act(page, x, y)
        took = page.evaluate("performance.getEntriesByName('paint').map((entry) => entry.duration)")
        found[f"{name} {state}, median ms"], found[f"{name} {state}, p95 ms"] = np.percentile(took, [50, 95]).tolist()
    return found


def _pan(page: Page, x: float, y: float) -> None:
    page.mouse.down()
    for i in range(_STEPS):
        page.mouse.move(x + 4 * i, y + 2 * (i % 9))
        page.wait_for_timeout(20)
    page.mouse.up()


def _zoom(page: Page, _x: float, _y: float) -> None:
    for i in range(_STEPS):
        page.mouse.wheel(0, -60 if i < _STEPS / 2 else 60)
        page.wait_for_timeout(20)


def main() -> None:
    """Print what a city's page weighs, and how long its making and its frames take."""
    n, m = map(int, sys.argv[1:3]) if len(sys.argv) > 2 else (ELDERS, VOLUNTEERS)
    contents = make_city(n, m)
    start = time.process_time()
    text = write_page(contents)
    print(f"{n:,} elders, {m:,} volunteers, {int((contents.volunteer_of >= 0).sum()):,} pairs")
    print(f"written in {time.process_time() - start:.1f} CPU s, {len(text.encode()) / 1e6:.1f} MB")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as browsers:
        path = Path(folder) / "report.html"
        path.write_text(text, "utf-8")
        options = ["--disable-gpu", "--disable-3d-apis", "--no-sandbox"]
        browser = browsers.chromium.launch(executable_path=shutil.which("chromium"), args=options)
        for throttle in _THROTTLES:
            page = browser.new_page(viewport=_SIZE)
            told = measure(page, path, throttle)
            print(f"throttle {throttle}: " + "; ".join(f"{name} {value:.1f}" for name, value in told.items()))
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
