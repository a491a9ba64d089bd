"""The report's page in headless Chromium: what moves, what it computes, how it looks, and who can use it."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from support.html_results import ANALYZED, BOARD, DEPLOYED, HOSTILE, hostile, many_layers

from edgeopt.energy import (
    DutyCycle,
    Feed,
    Node,
    Quantity,
    Supply,
    battery_life,
    cell_names,
    load_cell,
    node_of,
)
from edgeopt.report.html import drawings, html_report
from edgeopt.report.origin import board_facts
from edgeopt.report.results import Analysis, Deployment

playwright = pytest.importorskip("playwright.sync_api", reason="pip install playwright")

# what would otherwise ask the network, or write outside of its own folder
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
DIGITS = 1e-6
Page = Any  # of playwright


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("install a browser: sudo apt-get install chromium")
    with playwright.sync_playwright() as tool:
        started = tool.chromium.launch(executable_path=found, args=FLAGS)
        yield started
        started.close()


@dataclass
class Opened:
    """A page, and what it asked for and complained of meanwhile."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


class Opener:
    def __init__(self, browser: Any, folder: Path) -> None:
        self._browser, self._folder = browser, folder
        self.opened: list[Opened] = []

    def __call__(self, result: Analysis | Deployment, **context: Any) -> Page:
        file = self._folder / f"report{len(self.opened)}.html"
        file.write_text(html_report(result), encoding="utf-8")
        context = {"viewport": {"width": 1280, "height": 900}, **context}
        one = Opened(self._browser.new_context(**context).new_page())
        one.page.on("request", lambda request: one.requests.append(request.url))
        one.page.on("console", lambda message: one.complaints.append(message.text))
        one.page.on("pageerror", lambda error: one.complaints.append(str(error)))
        one.page.goto(file.as_uri())
        self.opened.append(one)
        return one.page


@pytest.fixture
def open_page(browser: Any, tmp_path: Path) -> Iterator[Opener]:
    """Opens the page of a result; in the end nothing was asked for but the page, and nothing was wrong with it."""
    opener = Opener(browser, tmp_path)
    yield opener
    for one in opener.opened:
        one.page.context.close()
        assert [url for url in one.requests if not url.startswith(("file:", "data:"))] == []
        assert one.complaints == []


NODE = node_of(board_facts(BOARD), DEPLOYED.latency_ms, DutyCycle(every_s=10.0))


def days(every_s: float, cell: str = "CR2032", series: int = 1) -> float:
    found = battery_life(NODE, DutyCycle(every_s), Supply(load_cell(cell), series)).days.value
    assert found is not None
    return found


def number(page: Page, selector: str) -> float:
    return float(page.locator(selector).get_attribute("value"))


def period(page: Page) -> float:
    return float(page.locator("#seconds").input_value())


def assert_shows(page: Page, expected_days: float) -> None:
    for selector in ("#days", "#tile-days"):
        assert number(page, selector) == pytest.approx(expected_days, rel=DIGITS)


def test_dragging_the_period_moves_the_days(open_page: Opener) -> None:
    page = open_page(DEPLOYED)
    assert period(page) == 10
    assert_shows(page, days(10.0))
    box = page.locator("#period").bounding_box()
    y = box["y"] + box["height"] / 2
    share = float(page.locator("#period").input_value()) / float(page.locator("#period").get_attribute("max"))
    thumb = 16  # a slider's thumb stays inside of it
    page.mouse.move(box["x"] + thumb / 2 + share * (box["width"] - thumb), y)
    page.mouse.down()
    for place in (0.5, 0.7, 0.9):
        page.mouse.move(box["x"] + place * box["width"], y, steps=4)
    page.mouse.up()
    assert 1_000 < period(page) < 86_400
    assert_shows(page, days(period(page)))
    assert page.locator("#days").inner_text() != "unknown"
    before = days(10.0)
    assert number(page, "#days") > 2 * before


def test_the_keyboard_moves_the_period(open_page: Opener) -> None:
    page = open_page(DEPLOYED)
    page.locator("#period").focus()
    page.keyboard.press("End")
    assert period(page) == 86_400
    assert page.locator("#period").get_attribute("aria-valuetext") == "1 d"
    assert_shows(page, days(86_400.0))
    page.keyboard.press("ArrowLeft")
    assert 60_000 < period(page) < 86_400
    assert_shows(page, days(period(page)))
    page.keyboard.press("Home")
    assert_shows(page, days(period(page)))
    page.locator("#seconds").fill("123.456")
    assert_shows(page, days(123.456))
    assert "2.058 min" in page.locator("#tile-setting").inner_text()


def test_choosing_a_cell_moves_the_days(open_page: Opener) -> None:
    page = open_page(DEPLOYED)
    for index, cell in enumerate(choices(page)):
        page.locator("#cell").select_option(index=index)
        assert cell["title"] in page.locator("#tile-setting").inner_text() or cell["problem"]
        if cell["problem"]:
            assert page.locator("#problem").is_visible() and not page.locator("#result").is_visible()
            assert cell["problem"] in page.locator("#problem").inner_text()
            assert page.locator("#tile-days").inner_text() == "unknown"
        else:
            series, _, name = cell["name"].rpartition("x")
            assert_shows(page, days(10.0, name, int(series or 1)))
            for selector in ("#days", "#tile-days"):
                assert page.locator(selector).get_attribute("data-source") == cell["source"]
                assert page.locator("dd", has=page.locator(selector)).locator(".tip").text_content() == cell["source"]
    assert [cell["name"].rpartition("x")[2] for cell in choices(page)] == list(cell_names())


def choices(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(page.locator("#report-data").text_content())["battery"]["cells"]
    return found


def test_an_impossible_period_is_refused_in_words(open_page: Opener) -> None:
    page = open_page(DEPLOYED)
    for words in ("0.0001", "-5", ""):
        page.locator("#seconds").fill(words)
        assert page.locator("#problem").is_visible()
        assert "shorter than waking up and inferring" in page.locator("#problem").inner_text()
        assert page.locator("#seconds").get_attribute("aria-invalid") == "true"
        assert page.locator("#tile-days").inner_text() == "unknown"
    page.locator("#seconds").fill("10")
    assert not page.locator("#problem").is_visible()
    assert_shows(page, days(10.0))


SUPPLIES = {
    "coin cell": Supply(load_cell("CR2032")),
    "two alkaline": Supply(load_cell("AA"), 2),
    "boosted": Supply(load_cell("AA"), 1, Feed("boost", 3.0, 0.85, 1.5, min_in_v=0.7)),
    "derated": Supply(load_cell("CR2032"), reserve=Quantity(0.3, "estimated", "given", 0.2, 0.4)),
}
DUTIES = {
    "plain": DutyCycle(10.0),
    "busy": DutyCycle(5.0, wake_ms=4.0, sensor_uj=120.0, radio_uj=900.0, sleep_ua=12.0),
}


@pytest.mark.parametrize("duty", DUTIES)
@pytest.mark.parametrize("supply", SUPPLIES)
def test_the_script_computes_what_python_computes(supply: str, duty: str, open_page: Opener) -> None:
    """For every period, at the middle and at both ends of the spreads."""
    fed, cycle = SUPPLIES[supply], DUTIES[duty]
    page = open_page(replace(DEPLOYED, supply=fed, duty_cycle=cycle))
    least = json.loads(page.locator("#report-data").text_content())["battery"]["least_s"]
    periods = [least * 10 ** (step / 6) for step in range(36)]
    script = "periods => ['light', 'typical', 'heavy'].map(load => periods.map(s => edgeoptFlows(0, s, load)))"
    light, typical, heavy = page.evaluate(script, periods)
    node: Node = node_of(board_facts(BOARD), DEPLOYED.latency_ms, cycle)
    for index, every_s in enumerate(periods):
        life = battery_life(node, replace(cycle, every_s=every_s), fed)
        assert typical[index]["days"] == pytest.approx(life.days.value, rel=DIGITS)
        assert light[index]["days"] == pytest.approx(life.days.at("high"), rel=DIGITS)
        assert heavy[index]["days"] == pytest.approx(life.days.at("low"), rel=DIGITS)
        assert typical[index]["average_ua"] == pytest.approx(life.average_ua.value, rel=DIGITS)
        assert typical[index]["usable_mah"] == pytest.approx(life.usable_mah.value, rel=DIGITS)
        shares = {share.name: share.average_ua.value for share in life.breakdown}
        most = max(value for value in shares.values() if value is not None)
        assert dict(typical[index]["parts"]) == pytest.approx(shares, rel=DIGITS, abs=most * 1e-9)


def test_power_breakdown_and_spread_follow(open_page: Opener) -> None:
    page = open_page(DEPLOYED)
    page.locator("#seconds").fill("60")
    life = battery_life(NODE, DutyCycle(60.0), Supply(load_cell("CR2032")))
    assert number(page, "#average-mw") == pytest.approx(life.average_mw.value, rel=DIGITS)
    assert number(page, "#average-ua") == pytest.approx(life.average_ua.value, rel=DIGITS)
    for share in life.breakdown:
        row = page.locator(f'#shares tr[data-part="{share.name}"]')
        if share.average_ua.value:
            assert float(row.locator("data").get_attribute("value")) == pytest.approx(
                share.average_ua.value, rel=DIGITS
            )
            assert row.locator("td").last.inner_text() == f"{100 * share.fraction:.1f} %"
        else:
            assert row.count() == 0
    low, high = page.locator("#days-spread").inner_text().replace(",", "").replace(" days", "").split(" to ")
    assert float(low) == pytest.approx(life.days.at("low"), rel=1e-3)
    assert float(high) == pytest.approx(life.days.at("high"), rel=1e-3)


def test_the_page_says_the_same_without_its_script(open_page: Opener) -> None:
    with_, without = (open_page(DEPLOYED, java_script_enabled=on) for on in (True, False))
    for selector in ("#days", "#average-ua", "#average-mw", "#days-spread", "#tile-setting", "#tile-peak", "#peak", "#shares"):
        assert with_.locator(selector).text_content() == without.locator(selector).text_content(), selector
    assert with_.locator("#curve").get_attribute("d") == without.locator("#curve").get_attribute("d")


def test_a_heading_sorts_the_table(open_page: Opener) -> None:
    page = open_page(many_layers())
    cycles = page.get_by_role("button", name="cycles", exact=True)
    cycles.focus()
    page.keyboard.press("Enter")
    head = page.locator("#layers th", has=cycles)
    assert head.get_attribute("aria-sort") == "descending"

    def column() -> list[float]:
        found = page.evaluate(
            "[...document.querySelectorAll('#layers tbody tr')].map(r => r.cells[8].firstChild.value)"
        )
        return list(map(float, found))

    assert column() == sorted(column(), reverse=True)
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending" and column() == sorted(column())
    assert page.locator("#layers th[aria-sort]").count() == 1


def test_walking_over_the_layers(open_page: Opener) -> None:
    page = open_page(many_layers())
    page.locator("#layer").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert page.locator("#layer-facts").inner_text().startswith("1, ")
    assert page.locator("#layers tr.at").get_attribute("data-layer") == "1"
    box = page.locator("#cost").bounding_box()
    page.mouse.move(box["x"] + box["width"] - 20, box["y"] + box["height"] / 2)
    assert page.locator("#layer-facts").inner_text().startswith("39, ")


COLORS = """() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const over = (top, below) => top.slice(0, 3).map((c, i) => c * (top[3] ?? 1) + below[i] * (1 - (top[3] ?? 1)));
  const light = (c) => c.slice(0, 3).map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    if (!element) return [255, 255, 255];
    const color = rgb(getComputedStyle(element).backgroundColor);
    return (color[3] ?? 1) === 1 ? color : over(color, ground(element.parentElement));
  };
  const bad = [];
  for (const element of document.querySelectorAll("body *")) {
    const style = getComputedStyle(element);
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !element.getClientRects().length || style.visibility === "hidden") continue;
    if (element.closest("script, style, title, desc, .hidden")) continue;
    const color = element instanceof SVGElement ? style.fill : style.color;
    const [a, b] = [light(over(rgb(color), ground(element))), light(ground(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) bad.push(`${element.tagName} ${element.className.baseVal ?? element.className}: ${contrast}`);
  }
  return bad;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out(scheme: str, open_page: Opener) -> None:
    page = open_page(DEPLOYED, color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.locator(".badge").first.focus()
    assert page.evaluate(COLORS) == []


def test_light_and_dark_differ_and_print_is_light(open_page: Opener) -> None:
    light, dark = (open_page(DEPLOYED, color_scheme=scheme) for scheme in ("light", "dark"))
    for selector in ("body", "section", ".tile"):
        style = f"getComputedStyle(document.querySelector('{selector}')).backgroundColor"
        assert light.evaluate(style) != dark.evaluate(style)
    dark.emulate_media(media="print", color_scheme="dark")
    assert dark.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert dark.evaluate(COLORS) == []


def test_print_shows_the_sources_and_no_controls(open_page: Opener) -> None:
    page = open_page(DEPLOYED)
    page.locator("#seconds").fill("60")
    assert page.locator("#period").is_visible() and not page.locator(".tile .tip").first.is_visible()
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    for selector in ("#period", "#seconds", "#cell", "#layer"):
        assert not page.locator(selector).is_visible()
    for tip in page.locator(".tile .tip").all():
        assert tip.is_visible() and tip.inner_text()
    assert page.locator("#setting").inner_text() == "every 1 min, CR2032 lithium coin cell"
    assert page.locator("#assumptions").is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not page.locator("#assumptions").is_visible()
    assert page.pdf()[:5] == b"%PDF-"


def test_a_source_shows_on_focus(open_page: Opener) -> None:
    page = open_page(DEPLOYED)
    badge = page.locator(".tile", has=page.get_by_text("Latency", exact=True)).locator(".badge")
    tip = page.locator(f"#{badge.get_attribute('aria-describedby')}")
    assert not tip.is_visible()
    badge.focus()
    assert tip.is_visible() and tip.inner_text() == DEPLOYED.latency_ms.source


def test_names_from_files_run_nothing(open_page: Opener) -> None:
    page = open_page(hostile())
    assert page.title().startswith("</script><script>document.title")
    assert page.locator("img").count() == 0 and page.locator("script").count() == 2
    assert page.locator("#layers tbody th").first.inner_text()
    assert HOSTILE[:20] in page.locator("h1").inner_text()
    page.locator("#layer").focus()
    page.keyboard.press("End")
    page.locator("#seconds").fill("60")
    assert page.title().startswith("</script><script>document.title")


@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("result", [DEPLOYED, many_layers(), hostile()], ids=["plain", "many layers", "hostile"])
def test_nothing_hangs_over_the_edge(result: Analysis | Deployment, width: int, open_page: Opener) -> None:
    page = open_page(result, viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator(".tile .badge").last.focus()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


OVERLAPS = """(selector) => {
  const boxes = [...document.querySelectorAll(`${selector} text`)]
    .filter((text) => text.textContent).map((text) => [text.textContent, text.getBoundingClientRect()]);
  const found = [];
  boxes.forEach(([a, one], i) => boxes.slice(i + 1).forEach(([b, other]) => {
    const [w, h] = [Math.min(one.right, other.right) - Math.max(one.left, other.left),
                    Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top)];
    if (w > 1 && h > 3) found.push(`${a} / ${b}`);
  }));
  return found;
}"""


@pytest.mark.parametrize("count", [1, 2, 12, 31, 64, 300])
def test_labels_of_the_drawings_do_not_touch(count: int, open_page: Opener) -> None:
    page = open_page(many_layers(count))
    for drawing in ("#cost", "#life", "#arena :is(.tick, .peak, .arena)"):
        assert page.evaluate(OVERLAPS, drawing) == [], drawing
    inside = "[...document.querySelectorAll('svg.chart text')].every(t => t.getBBox().x >= 0)"
    assert page.evaluate(inside)
    outside = """[...document.querySelectorAll('#arena .slot')].filter((slot) => {
      const [text, box] = [slot.querySelector('text'), slot.querySelector('rect')];
      return text && text.getBBox().width > box.getBBox().width;
    }).length"""
    assert page.evaluate(outside) == 0


@pytest.mark.parametrize("result", [DEPLOYED, ANALYZED], ids=["deployment", "analysis"])
def test_who_does_not_see_it_can_use_it(result: Analysis | Deployment, open_page: Opener) -> None:
    page = open_page(result)
    assert page.locator("html").get_attribute("lang") == "en"
    for control in page.locator("input, select").all():
        assert page.locator(f"label[for='{control.get_attribute('id')}']").count() == 1
    for drawing in page.locator("svg[role=img]").all():
        for part in drawing.get_attribute("aria-labelledby").split():
            assert drawing.locator(f"#{part}").text_content()
    levels = page.evaluate("[...document.querySelectorAll('h1, h2, h3, h4')].map((h) => Number(h.tagName[1]))")
    assert levels[0] == 1 and all(b <= a + 1 for a, b in pairwise(levels))
    for button in page.locator("button").all():
        assert button.inner_text().strip()
    references = page.evaluate(
        "[...document.querySelectorAll('[aria-describedby], [aria-labelledby]')].flatMap((e) =>"
        "[e.getAttribute('aria-describedby'), e.getAttribute('aria-labelledby')]).filter(Boolean)"
        ".flatMap((ids) => ids.split(' ')).filter((id) => !document.getElementById(id))"
    )
    assert references == []
    wanted, reached = {"period", "seconds", "cell", "layer"}, set()
    while not wanted <= reached:
        page.keyboard.press("Tab")
        name, outline = page.evaluate(
            "[document.activeElement.id, getComputedStyle(document.activeElement).outlineStyle]"
        )
        assert outline != "none", f"the focus cannot be seen at {name}"
        assert name == "" or name not in reached, "Tab goes round without reaching all"
        reached.add(name)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_drawing_alone_has_the_colours_of_its_reader(scheme: str, open_page: Opener, tmp_path: Path) -> None:
    page = open_page(DEPLOYED, color_scheme=scheme)
    for name, text in drawings(DEPLOYED).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        page.goto((tmp_path / name).as_uri())
        ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 24, 31)"}[scheme]


def test_the_slider_is_logarithmic(open_page: Opener) -> None:
    page = open_page(DEPLOYED)
    found = []
    for step in (0, 60, 120, 180, 240):
        page.locator("#period").fill(str(step))
        found.append(math.log(period(page)))
    gaps = [b - a for a, b in pairwise(found)]
    assert max(gaps) - min(gaps) < 0.2
