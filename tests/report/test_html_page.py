"""The report's page without a browser: well-formed, inert, self-contained, the same bytes, every number labelled."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest
from support.html_reading import read
from support.html_results import ANALYZED, DEPLOYED, HOSTILE, OLD, hostile, many_layers

from edgeopt.board import load_board
from edgeopt.budget import BROKEN, Breach, Judged, Remedy
from edgeopt.energy import Quantity, unknown
from edgeopt.report.html import drawings, html_report
from edgeopt.report.origin import board_facts
from edgeopt.report.results import Analysis, Deployment

KINDS = {"estimated", "simulated", "measured", "exact", "unknown", "datasheet", "unverified", "board file"}
NO_POWER = replace(ANALYZED, board_facts=board_facts(load_board("mps2-an386")))
NO_CYCLES = replace(
    ANALYZED,
    cycles=unknown("no model of this core"),
    latency_ms=unknown("no model of this core"),
    energy_uj=unknown("no model of this core"),
    layers=tuple(replace(row, cycles=unknown("no model of this core")) for row in ANALYZED.layers),
)
RESULTS = {
    "analysis": ANALYZED,
    "deployment": DEPLOYED,
    "old": OLD,
    "many layers": many_layers(),
    "hostile": hostile(),
    "no layers": replace(ANALYZED, layers=(), arena=()),
    "no power": NO_POWER,
    "no cycles": NO_CYCLES,
    "instructions alone": replace(
        DEPLOYED, layers=tuple(replace(row, cycles=None, instructions=5) for row in DEPLOYED.layers)
    ),
}


@pytest.mark.parametrize("name", RESULTS)
def test_every_page_is_well_formed_and_self_contained(name: str) -> None:
    page = read(html_report(RESULTS[name]))
    assert len(list(page.all("h1"))) == 1
    ids = [element.attributes["id"] for element in page.below() if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    assert {element.tag for element in page.below()}.isdisjoint({"img", "iframe", "object", "embed", "video", "base"})
    for element in page.below():
        assert not [key for key in element.attributes if key.startswith("on") or key in ("src", "style", "action")]
        assert element.attributes.get("href", "#").startswith(("#", "data:,"))


@pytest.mark.parametrize("name", RESULTS)
def test_the_policy_allows_this_script_and_this_style_only(name: str) -> None:
    page = read(html_report(RESULTS[name]))
    (policy,) = (
        meta.attributes["content"]
        for meta in page.all("meta")
        if meta.attributes.get("http-equiv") == "Content-Security-Policy"
    )
    data, script = page.all("script")
    assert data.attributes["type"] == "application/json" and json.loads(data.text)
    (style,) = page.all("style")
    assert policy.startswith("default-src 'none';") and "unsafe" not in policy
    for element in (script, style):
        digest = base64.b64encode(hashlib.sha256(element.text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


@pytest.mark.parametrize("name", RESULTS)
def test_every_number_carries_its_label_and_source(name: str) -> None:
    page = read(html_report(RESULTS[name]))
    found = list(page.all("data"))
    assert len(found) > 10
    for number in found:
        assert number.attributes["data-kind"] in KINDS
        assert number.attributes["data-source"]
        assert (number.attributes["value"] == "") == (number.attributes["data-kind"] == "unknown")
    for element in page.all("span"):
        if element.attributes.get("class", "").startswith("big"):
            assert not re.search(r"\d", element.text), "a headline's digits are in its <data>"


@pytest.mark.parametrize("result", [ANALYZED, DEPLOYED], ids=["analysis", "deployment"])
def test_the_figures_are_those_of_the_result(result: Analysis | Deployment) -> None:
    page = read(html_report(result))
    shown = {(number.attributes["value"], number.attributes["data-kind"]) for number in page.all("data")}
    for quantity in (result.latency_ms, result.energy_uj, *(row.cycles for row in result.layers)):
        assert quantity is not None and quantity.value is not None
        raw = str(int(quantity.value)) if quantity.value == int(quantity.value) else repr(quantity.value)
        assert (raw, quantity.kind) in shown
    kind = "exact" if isinstance(result, Deployment) else "estimated"
    assert (str(result.flash_bytes["total"]), kind) in shown
    assert result.model_sha256 in html_report(result)


def test_labels_never_mix_in_one_column() -> None:
    mixed = replace(DEPLOYED.layers[1], cycles=Quantity(77.0, "measured", "a board"))
    page = read(html_report(replace(DEPLOYED, layers=(DEPLOYED.layers[0], mixed, *DEPLOYED.layers[2:]))))
    (table,) = (table for table in page.all("table") if table.attributes.get("id") == "layers")
    (body,) = table.all("tbody")
    columns: dict[int, set[str]] = {}
    for row in body.children:
        for index, cell in enumerate(row.children):
            for number in cell.all("data"):
                columns.setdefault(index, set()).add(number.attributes["data-kind"])
    assert all(len(kinds) == 1 for kinds in columns.values())
    assert {"simulated", "measured"} <= set().union(*columns.values())


def test_what_waits_for_memory_is_told_apart() -> None:
    rows = tuple(replace(row, stalls=1_000 * (1 + row.index)) for row in DEPLOYED.layers)
    text = html_report(replace(DEPLOYED, layers=rows))
    shown = {(number.attributes["value"], number.attributes["data-kind"]) for number in read(text).all("data")}
    assert {(str(row.stalls), "simulated") for row in rows} | {("10000", "simulated")} <= shown
    assert text.count('<rect class="waits"') == len(rows) and "cycles waiting for memory" in text
    without = html_report(DEPLOYED)
    assert '<rect class="waits"' not in without and "cycles waiting for memory" not in without


def test_names_from_files_are_text_and_nothing_else() -> None:
    text = html_report(hostile())
    page = read(text)
    assert len(list(page.all("script"))) == 2
    assert not [c for c in text if ord(c) < 32 and c != "\n"]
    spelled = HOSTILE.replace("\x00", "\\x00").replace("\x1b", "\\x1b")
    (heading,) = page.all("h1")
    assert heading.words() == f"{spelled} on {spelled}"


@pytest.mark.parametrize("name", RESULTS)
def test_the_same_result_gives_the_same_bytes(name: str) -> None:
    assert html_report(RESULTS[name]) == html_report(RESULTS[name])
    assert drawings(RESULTS[name]) == drawings(RESULTS[name])


def test_the_page_names_no_path() -> None:
    text = html_report(replace(DEPLOYED, project="/home/somebody/out"))
    assert "somebody" not in text and text == html_report(DEPLOYED)


@pytest.mark.parametrize("name", RESULTS)
def test_drawings_are_documents_of_their_own(name: str) -> None:
    found = drawings(RESULTS[name])
    assert {"flash.svg", "ram.svg"} <= set(found)
    if name in ("analysis", "deployment", "many layers"):
        assert set(found) == {"arena.svg", "battery.svg", "flash.svg", "layers.svg", "ram.svg"}
    for text in found.values():
        root = ElementTree.fromstring(text.encode())
        assert root.tag == "{http://www.w3.org/2000/svg}svg" and root.get("viewBox")
        assert root.find("{http://www.w3.org/2000/svg}title") is not None
        assert "prefers-color-scheme: dark" in text and "script" not in {child.tag for child in root.iter()}
        assert re.findall(r"https?://[^\"]+", text) == ["http://www.w3.org/2000/svg"]


def test_a_drawing_says_what_it_is_of_with_label_and_source() -> None:
    lines = {
        name: [element.text for element in ElementTree.fromstring(text.encode()).findall("{*}text")][:2]
        for name, text in drawings(DEPLOYED).items()
    }
    assert lines["flash.svg"][0].startswith("mnist on ST NUCLEO-L4R5ZI: Flash by part")
    assert lines["flash.svg"][1] == "1.3 % of what the board has; exact: sections of the linked firmware"
    assert lines["layers.svg"][1].startswith("simulated: one inference: nucleo-l4r5zi on the virtual board")
    assert lines["arena.svg"][1] == "exact: the plan"
    assert lines["battery.svg"][0] == "mnist on ST NUCLEO-L4R5ZI: battery life, CR2032 lithium coin cell"
    assert lines["battery.svg"][1].startswith("estimated: ")


def verdict(result: Analysis | Deployment) -> str:
    (found,) = (p for p in read(html_report(result)).all("p") if "verdict" in p.attributes.get("class", ""))
    return " ".join(found.words().split())


def test_the_first_line_answers() -> None:
    assert verdict(ANALYZED) == "It fits the board."
    assert verdict(replace(ANALYZED, ram_available_bytes=100)) == "It does not fit."
    assert verdict(replace(ANALYZED, flash_bytes={"total": None})).startswith("Its RAM fits the board. What flash")
    assert verdict(DEPLOYED).startswith("It fits the board, and its outputs are right: all 1,000 samples")
    wrong = replace(DEPLOYED.validation, identical=998, first_difference="sample 3: 5 instead of 6")
    assert verdict(replace(DEPLOYED, validation=wrong)) == "It fits the board, but its outputs are wrong."
    assert "sample 3: 5 instead of 6" in html_report(replace(DEPLOYED, validation=wrong))


@pytest.mark.parametrize("result", [ANALYZED, DEPLOYED], ids=["analysis", "deployment"])
def test_a_broken_budget_is_said_first_with_what_would_mend_it(result: Analysis | Deployment) -> None:
    actual = Quantity(2.166, "estimated", "kernel costs")
    remedy = Remedy("goal", "--goal latency: 0.9 ms, keeps the limit", 0.9, "estimated", True)
    breach = Breach("latency_ms", 1.0, "ms", 2.166, 1.166, "estimated", "kernel costs", (remedy,))
    over = replace(result, limits=(Judged("latency_ms", 1.0, "ms", actual, BROKEN),), broken_limits=(breach,))
    assert "not the budget" in verdict(over)
    text = html_report(over)
    assert str(breach) in text and remedy.text in text
    assert 'id="h-budget"' in text and 'id="h-budget"' not in html_report(result)


def test_what_is_unknown_says_why() -> None:
    text = html_report(NO_POWER)
    assert "The battery life is unknown: " in text and "mps2-an386" in text
    assert "no model of this core" in html_report(NO_CYCLES)
    assert "written by an older edgeopt" in html_report(OLD)
