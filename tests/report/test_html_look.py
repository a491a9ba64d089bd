"""The report's page in headless Chromium: how it looks, who can use it, and that names from files run nothing."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from support.browsing import Opener
from support.html_results import ANALYZED, DEPLOYED, HOSTILE, hostile, many_layers

from edgeopt.report.html import drawings
from edgeopt.report.results import Analysis, Deployment

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


@pytest.mark.parametrize("result", [DEPLOYED, many_layers(31), hostile()], ids=["plain", "many layers", "hostile"])
def test_no_text_leaves_a_drawing(result: Analysis | Deployment, open_page: Opener, tmp_path: Path) -> None:
    page = open_page(result)
    for name, text in drawings(result).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        page.goto((tmp_path / name).as_uri())
        outside = """() => {
          const { x, y, width, height } = document.documentElement.viewBox.baseVal;
          return [...document.querySelectorAll("text")].filter((text) => {
            const box = text.getBBox();
            return box.x < x || box.y < y || box.x + box.width > x + width || box.y + box.height > y + height;
          }).map((text) => text.textContent);
        }"""
        assert page.evaluate(outside) == [], name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_drawing_alone_has_the_colours_of_its_reader(scheme: str, open_page: Opener, tmp_path: Path) -> None:
    page = open_page(DEPLOYED, color_scheme=scheme)
    for name, text in drawings(DEPLOYED).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        page.goto((tmp_path / name).as_uri())
        ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 24, 31)"}[scheme]
