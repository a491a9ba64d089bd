"""The report's page in headless Chromium: what moves, and what it computes."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from support.browsing import Opener, Page
from support.html_results import BOARD, DEPLOYED, many_layers

from edgeopt.energy import DutyCycle, Feed, Node, Quantity, Supply, battery_life, cell_names, load_cell, node_of
from edgeopt.report.origin import board_facts

DIGITS = 1e-6
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
    for selector in (
        "#days",
        "#average-ua",
        "#average-mw",
        "#days-spread",
        "#tile-setting",
        "#tile-peak",
        "#peak",
        "#shares",
    ):
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


def test_the_slider_is_logarithmic(open_page: Opener) -> None:
    page = open_page(DEPLOYED)
    found = []
    for step in (0, 60, 120, 180, 240):
        page.locator("#period").fill(str(step))
        found.append(math.log(period(page)))
    gaps = [b - a for a, b in pairwise(found)]
    assert max(gaps) - min(gaps) < 0.2
