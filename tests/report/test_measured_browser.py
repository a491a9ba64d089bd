"""The page of a measurement in headless Chromium: zooming in its trace, and what the script sums up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.browsing import Opener, Page
from support.html_results import DEPLOYED
from support.power_results import INFO, MEASURED, SIMULATED, SIMULATED_TRACE, TRACE, TRACE_PARTS
from test_html_look import COLORS

from edgeopt.power.integrate import integrate
from edgeopt.power.trace import Block
from edgeopt.power.tracefile import memory_trace

ALL = (0.0, TRACE.duration_s)


def visible(page: Page) -> tuple[float, float]:
    begin, end = page.evaluate("edgeoptTraces[0].visible()")
    return begin, end


def until(page: Page, script: str, argument: object = None) -> None:
    """Waits for a condition; the page's policy forbids what playwright would do it with."""
    for _ in range(200):
        if page.evaluate(script, argument):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never true: {script}")


def number(page: Page, name: str) -> float:
    return float(page.locator(f"#trace0-{name}").get_attribute("value"))


def open_trace(open_page: Opener, **context: object) -> Page:
    page = open_page(MEASURED, traces={0: TRACE}, **context)
    page.locator("#trace0-view").scroll_into_view_if_needed()
    return page


def test_the_script_sums_what_python_integrates(open_page: Opener, rng: np.random.Generator) -> None:
    page = open_trace(open_page)
    spans = [ALL, (0.0, 0.49), *((one.begin_s, one.end_s) for one in TRACE_PARTS.windows)]
    spans += [tuple(sorted(rng.uniform(0, TRACE.duration_s, 2))) for _ in range(40)]
    found = page.evaluate("spans => spans.map(([from, to]) => edgeoptTraces[0].span(from, to))", spans)
    step_s = TRACE.duration_s / 16_384
    for (begin_s, end_s), got in zip(spans, found, strict=True):
        exact = integrate(TRACE, begin_s, end_s)
        assert exact.coulombs is not None
        # an end within a step counts by its share: at most the largest current for a quarter of it at each end
        slack = 2 * step_s / 4 * 0.05 + 1e-6 * exact.coulombs
        assert got["flow"] == pytest.approx(exact.coulombs, abs=slack)
        assert got["joules"] == pytest.approx(exact.joules, abs=3 * slack)
        inside = TRACE_PARTS.keep.nonzero()[0] / INFO.rate_hz
        amps = TRACE_PARTS.amps[TRACE_PARTS.keep][(inside > begin_s + 1e-4) & (inside < end_s - 2e-4)]
        if len(amps):
            assert got["least"] <= amps.min() and got["most"] >= amps.max()


def test_whole_steps_agree_to_the_last_digits(open_page: Opener) -> None:
    page = open_trace(open_page)
    step_s = TRACE.duration_s / 16_384
    for first, last in ((0, 16_384), (2_930, 5_855), (6_000, 6_001), (100, 16_000)):
        got = page.evaluate("([a, b]) => edgeoptTraces[0].span(a, b)", [first * step_s, last * step_s])
        exact = integrate(TRACE, first * step_s, last * step_s)
        assert got["joules"] == pytest.approx(exact.joules, rel=2e-6, abs=1e-9)


def test_buttons_keys_wheel_and_drag_move_and_zoom(open_page: Opener) -> None:
    page = open_trace(open_page)
    assert visible(page) == pytest.approx(ALL)
    page.get_by_role("button", name="Zoom in").click()
    begin, end = visible(page)
    assert end - begin == pytest.approx(TRACE.duration_s / 2)
    page.get_by_role("button", name="Move to later").click()
    assert visible(page)[0] > begin
    page.get_by_role("button", name="Whole trace").click()
    assert visible(page) == pytest.approx(ALL)
    view = page.locator("#trace0-view")
    view.focus()
    for key, length in (("+", 0.5), ("ArrowUp", 0.25), ("-", 0.5), ("0", 1.0)):
        page.keyboard.press(key)
        begin, end = visible(page)
        assert end - begin == pytest.approx(length * TRACE.duration_s), key
    page.keyboard.press("+")
    page.keyboard.press("End")
    assert visible(page)[1] == pytest.approx(TRACE.duration_s)
    page.keyboard.press("ArrowLeft")
    assert visible(page)[1] < TRACE.duration_s
    page.keyboard.press("Home")
    assert visible(page)[0] == 0
    box = view.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + 120
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] - 200, middle[1], steps=5)
    page.mouse.up()
    assert visible(page)[0] > 0
    before = visible(page)
    page.mouse.wheel(0, -300)
    until(page, "before => edgeoptTraces[0].visible()[0] !== before", before[0])
    after = visible(page)
    assert after[1] - after[0] < before[1] - before[0] and after[0] > before[0] and after[1] < before[1]


def test_shift_and_drag_chooses_a_part(open_page: Opener) -> None:
    page = open_trace(open_page)
    box = page.locator("#trace0").bounding_box()
    y = box["y"] + 100
    page.keyboard.down("Shift")
    page.mouse.move(box["x"] + 0.3 * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], y, steps=4)
    assert page.locator(".selection").count() == 1
    page.mouse.up()
    page.keyboard.up("Shift")
    begin, end = visible(page)
    plot = 64, box["width"] - 12
    expected = [(share * box["width"] - plot[0]) / (plot[1] - plot[0]) * TRACE.duration_s for share in (0.3, 0.5)]
    assert (begin, end) == pytest.approx(expected, abs=0.02)
    assert page.locator(".selection").count() == 0


def test_the_wheel_scrolls_the_page_over_a_drawing_that_nobody_chose(open_page: Opener) -> None:
    page = open_trace(open_page)
    page.evaluate("document.activeElement.blur()")
    box = page.locator("#trace0-view").bounding_box()
    page.mouse.move(box["x"] + 300, box["y"] + 100)
    place = page.evaluate("scrollY")
    page.mouse.wheel(0, 120 if place < 10 else -120)
    until(page, "place => scrollY !== place", place)
    assert visible(page) == pytest.approx(ALL)


def test_phases_are_shown_by_name_and_by_keys(open_page: Opener) -> None:
    page = open_trace(open_page)
    page.get_by_role("button", name="window 2").click()
    begin, end = visible(page)
    window = TRACE_PARTS.windows[1]
    assert begin < window.begin_s < window.end_s < end and end - begin < 1.2 * (window.end_s - window.begin_s)
    assert "window 2" in page.locator("#trace0 .stretch").all_text_contents()[0]
    page.locator("#trace0-view").focus()
    page.keyboard.press("PageDown")
    assert visible(page)[0] < TRACE_PARTS.windows[2].begin_s < visible(page)[1]
    page.keyboard.press("PageUp")
    assert visible(page) == pytest.approx((begin, end))


def test_the_figures_of_what_is_visible_follow(open_page: Opener) -> None:
    page = open_trace(open_page)
    whole = integrate(TRACE, *ALL)
    assert whole.coulombs is not None
    assert number(page, "energy") == pytest.approx(1e3 * whole.joules, rel=1e-6)
    window = TRACE_PARTS.windows[2]
    page.evaluate("([a, b]) => edgeoptTraces[0].show(a, b)", [window.begin_s, window.end_s])
    exact = integrate(TRACE, window.begin_s, window.end_s)
    assert exact.coulombs is not None
    assert number(page, "energy") == pytest.approx(1e3 * exact.joules, rel=1e-3)
    assert number(page, "charge") == pytest.approx(1e3 * exact.coulombs, rel=1e-3)
    assert number(page, "seconds") == pytest.approx(0.5)
    assert number(page, "most") == pytest.approx(1e3 * exact.most_w / 3.0, rel=1e-6)
    until(page, "() => document.getElementById('trace0-said').textContent.includes('Energy')")


def test_a_peak_of_one_sample_is_drawn_in_the_whole_of_a_long_trace(open_page: Opener) -> None:
    amps = np.full(3_000_000, 1e-3, np.float32)
    amps[1_234_567] = 0.08
    info = replace(INFO, rate_hz=100_000.0)
    trace = memory_trace(info, [Block(at, amps[at : at + 16_384]) for at in range(0, len(amps), 16_384)])
    page = open_page(MEASURED, traces={0: trace})
    assert number(page, "most") == pytest.approx(80, rel=1e-6)
    box = page.evaluate(
        "(() => { const b = document.querySelector('#trace0 .envelope').getBBox(); return b.height; })()"
    )
    assert box > 200, "of 240"


def test_zooming_ends_at_the_steps_and_at_the_trace(open_page: Opener) -> None:
    page = open_trace(open_page)
    page.locator("#trace0-view").focus()
    for _ in range(40):
        page.keyboard.press("+")
    begin, end = visible(page)
    assert 0 < end - begin < 1e-3
    page.evaluate("edgeoptTraces[0].show(-5, 1e9)")
    assert visible(page) == pytest.approx(ALL)
    page.evaluate("edgeoptTraces[0].show(2.7999, 2.9)")
    assert visible(page)[1] == pytest.approx(TRACE.duration_s)


def test_logarithmic_shows_small_currents(open_page: Opener) -> None:
    page = open_trace(open_page)
    button = page.get_by_role("button", name="Logarithmic")
    labels = page.locator("#trace0 .tick text").all_text_contents()
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    assert {"1", "10"} <= set(page.locator("#trace0 .tick text").all_text_contents())
    button.click()
    assert page.locator("#trace0 .tick text").all_text_contents() == labels


def test_without_script_the_whole_trace_is_drawn(open_page: Opener) -> None:
    page = open_page(MEASURED, traces={0: TRACE}, java_script_enabled=False)
    assert page.locator("#trace0 .envelope").count() == 1 and page.locator("#trace0 .stretch").count() == 5
    assert not page.get_by_role("button", name="Zoom in").is_visible()
    assert page.locator("#trace0-energy").inner_text() == open_trace(open_page).locator("#trace0-energy").inner_text()
    assert page.locator("#trace0 .mark.lost").count() > 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out(scheme: str, open_page: Opener) -> None:
    page = open_trace(open_page, color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.evaluate(COLORS) == []


@pytest.mark.parametrize("script", [True, False])
def test_it_fits_a_small_screen(script: bool, open_page: Opener) -> None:
    page = open_page(MEASURED, traces={0: TRACE}, viewport={"width": 360, "height": 740}, java_script_enabled=script)
    if script:
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert page.evaluate("document.getElementById('trace0').viewBox.baseVal.width") < 360, "letters keep their size"
        page.set_viewport_size({"width": 900, "height": 700})
        until(page, "() => document.getElementById('trace0').viewBox.baseVal.width > 600")
    assert page.locator("#trace0").is_visible()


def test_print_has_the_trace_and_no_controls(open_page: Opener) -> None:
    page = open_trace(open_page)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 794, "height": 1123})  # A4 at 96 dots an inch
    assert page.evaluate("document.documentElement.scrollWidth") <= 794
    assert not page.get_by_role("button", name="Zoom in").is_visible()
    assert not page.get_by_text("Drag to move").is_visible()
    assert page.locator("#trace0").is_visible()
    assert page.pdf()[:5] == b"%PDF-"


def test_a_deployment_and_its_measurement_on_one_page(open_page: Opener) -> None:
    page = open_page(DEPLOYED, measured=MEASURED, traces={0: TRACE})
    page.locator("#seconds").fill("60")
    assert page.locator("#tile-setting").inner_text().startswith("every 1 min")
    page.evaluate("edgeoptTraces[0].show(0.5, 0.6)")
    assert number(page, "seconds") == pytest.approx(0.1)


def test_a_simulated_one_says_so(open_page: Opener) -> None:
    page = open_page(SIMULATED, traces={0: SIMULATED_TRACE})
    assert page.locator("#trace0-span .badge").first.inner_text() == "simulated"
    assert page.locator("data[data-kind=measured]").count() == 0
