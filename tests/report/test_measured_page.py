"""The page of a measurement without a browser: its figures, its trace, what is refused."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.documents import changed, leaves
from support.html_reading import read
from support.html_results import DEPLOYED, HOSTILE
from support.power_results import (
    INFO,
    MEASURED,
    SIMULATED,
    SIMULATED_TRACE,
    TRACE,
    TRACE_PARTS,
    WARNINGS,
    blocks,
    trace_of,
)

from edgeopt.budget import BROKEN, Breach, Judged
from edgeopt.energy import Quantity, unknown
from edgeopt.errors import UsageError
from edgeopt.pipeline.reporting import show_report
from edgeopt.power.integrate import integrate
from edgeopt.power.trace import Block
from edgeopt.power.tracefile import TraceWriter, memory_trace
from edgeopt.report import dumps
from edgeopt.report.html import html_report
from edgeopt.report.html.distribution import bins_of
from edgeopt.report.html.trace import strips_of
from edgeopt.report.measuring import Failure, Measured
from edgeopt.report.pyramid import pyramid_of
from edgeopt.report.results import WrittenReport

KINDS = {"simulated", "measured", "unknown", "exact"}
BOARD = MEASURED.boards[0]
ENERGY = BOARD.energy
assert ENERGY is not None
NO_FIGURE = replace(
    ENERGY,
    uj_per_inference=unknown("no edges"),
    net_uj_per_inference=unknown("no edges"),
    active_mw=unknown("no edges"),
    idle_mw=unknown("no edges"),
    inferences_per_s=unknown("no edges"),
    variation=None,
    windows=(),
    idle=(),
    partial="the meter was unplugged",
)
RESULTS = {
    "measured": MEASURED,
    "simulated": SIMULATED,
    "no meter": replace(MEASURED, boards=(replace(BOARD, energy=None),)),
    "failed": replace(
        MEASURED,
        boards=(replace(BOARD, latency_ms=None, energy=None, ticks=None, error=Failure("DeviceError", "gone", "")),),
    ),
    "no figure": replace(MEASURED, boards=(replace(BOARD, energy=NO_FIGURE),)),
    "two boards": replace(MEASURED, boards=(BOARD, replace(BOARD, name="other"))),
    "hostile": replace(
        MEASURED,
        boards=(
            replace(
                BOARD,
                name=HOSTILE,
                model=HOSTILE,
                partial=HOSTILE,
                energy=replace(
                    ENERGY, warnings=(HOSTILE,), windows=tuple(replace(one, name=HOSTILE) for one in ENERGY.windows)
                ),
            ),
        ),
    ),
    "no board": replace(MEASURED, boards=()),
}


def page_of(name: str) -> str:
    return html_report(RESULTS[name], traces={0: SIMULATED_TRACE if name == "simulated" else TRACE})


@pytest.mark.parametrize("name", RESULTS)
def test_every_page_is_well_formed_and_inert(name: str) -> None:
    text = page_of(name)
    page = read(text)
    ids = [element.attributes["id"] for element in page.below() if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    assert len(list(page.all("h1"))) == 1 and len(list(page.all("script"))) == 2
    for element in page.below():
        assert not [key for key in element.attributes if key.startswith("on") or key in ("src", "style", "action")]
    assert not [c for c in text if ord(c) < 32 and c != "\n"]
    assert text == page_of(name), "the same result gives the same bytes"


@pytest.mark.parametrize("name", RESULTS)
def test_every_number_carries_its_label_and_source(name: str) -> None:
    for number in read(page_of(name)).all("data"):
        assert number.attributes["data-kind"] in KINDS
        assert number.attributes["data-source"]
        assert (number.attributes["value"] == "") == (number.attributes["data-kind"] == "unknown")


def shown(text: str) -> set[tuple[str, str]]:
    return {(number.attributes["value"], number.attributes["data-kind"]) for number in read(text).all("data")}


def test_the_figures_are_those_of_the_measurement() -> None:
    found = shown(page_of("measured"))
    latency = BOARD.latency_ms
    assert latency is not None and ENERGY is not None
    for quantity in (ENERGY.uj_per_inference, ENERGY.net_uj_per_inference, ENERGY.active_mw, ENERGY.idle_mw):
        assert (repr(quantity.value), "measured") in found
    for value in (latency.value, latency.p90, latency.p99, latency.max, latency.cold):
        assert (repr(value), "measured") in found
    for window in (*ENERGY.windows, *ENERGY.idle):
        exact = integrate(TRACE, window.begin_s, window.end_s)
        assert exact.coulombs is not None
        values = {float(value) for value, _ in found if value}
        for figure in (1e3 * exact.joules, 1e3 * exact.coulombs):
            assert any(value == pytest.approx(figure, rel=1e-9) for value in values), (window.name, figure)


def test_a_simulated_measurement_is_labelled_so() -> None:
    text = page_of("simulated")
    assert {kind for _, kind in shown(text)} <= {"simulated", "unknown"}
    assert "emulated Nordic PPK2" in text and "There is one run" in text


def test_warnings_stay_with_the_figures() -> None:
    text = page_of("measured")
    for line in WARNINGS:
        assert text.count(line) == 1
    assert "the energy has 2 warnings" in text and text.count("with 2 warnings, see below") == 4
    assert "the meter was unplugged" in page_of("no figure") and "not whole" in page_of("no figure")
    assert "gone" in page_of("failed")


def test_what_the_script_gets_is_the_pyramid() -> None:
    (data,) = (json.loads(s.text) for s in read(page_of("measured")).all("script") if "type" in s.attributes)
    (trace,) = data["traces"]
    assert trace["unit"] == "mA" and trace["supply_v"] == 3.0
    assert [one["name"] for one in trace["stretches"]] == [
        "idle before",
        "window 1",
        "window 2",
        "window 3",
        "idle after",
    ]
    assert [one["name"] for one in trace["strips"]] == ["lost", "saturated", "doubtful", "line 0"]
    level = trace["levels"][0]
    most = np.frombuffer(base64.b64decode(level["most"]), "<f4")
    mean = np.frombuffer(base64.b64decode(level["mean"]), "<f4").astype(float)
    assert len(most) == level["count"] and most.max() == np.float32(0.05)
    exact = integrate(TRACE, level["begin_s"], level["begin_s"] + level["step_s"] * level["count"])
    assert mean.sum() * level["step_s"] == pytest.approx(exact.coulombs, rel=1e-6)
    assert level["volts"] == pytest.approx(3.0) and level["watts"] is None


def test_a_varying_supply_brings_its_power_along() -> None:
    rng = np.random.default_rng(2)
    varying = [replace(one, volts=rng.uniform(2.9, 3.1, one.samples).astype(np.float32)) for one in blocks(TRACE_PARTS)]
    trace = memory_trace(replace(INFO, supply_v=None), varying)
    text = html_report(MEASURED, traces={0: trace})
    (data,) = (json.loads(s.text) for s in read(text).all("script") if "type" in s.attributes)
    level = data["traces"][0]["levels"][0]
    watts = np.frombuffer(base64.b64decode(level["watts"]), "<f4").astype(float)
    exact = integrate(trace, level["begin_s"], level["begin_s"] + level["step_s"] * level["count"])
    assert level["volts"] is None and watts.sum() * level["step_s"] == pytest.approx(exact.joules, rel=1e-6)
    assert len(text) < 500_000


def test_a_long_trace_stays_small() -> None:
    """Two minutes at 10 kS/s here; the page of hours is no larger, as its steps are as many."""
    amps = np.tile(TRACE_PARTS.amps, 40)
    trace = memory_trace(INFO, [Block(at, amps[at : at + 16_384]) for at in range(0, len(amps), 16_384)])
    text = html_report(MEASURED, traces={0: trace})
    assert 300_000 < len(text) < 500_000
    assert "about the first window as short as" in text


def test_another_trace_is_refused() -> None:
    short = trace_of(replace(TRACE_PARTS, amps=TRACE_PARTS.amps[:5_000], keep=TRACE_PARTS.keep[:5_000]))
    with pytest.raises(UsageError, match="it is another trace"):
        html_report(MEASURED, traces={0: short})


def saved(folder: Path, measured: Measured = MEASURED) -> Path:
    (folder / "run.json").write_text(dumps(measured))
    writer = TraceWriter(folder / "run.eotrace", INFO)
    for block in blocks(TRACE_PARTS):
        writer.append(block)
    writer.end()
    return folder / "run.json"


def test_a_saved_measurement_becomes_a_page(tmp_path: Path) -> None:
    run = saved(tmp_path)
    assert show_report(run) == MEASURED
    written = show_report(run, tmp_path / "page.html")
    assert isinstance(written, WrittenReport) and (written.model, written.board) == ("mnist", "nucleo-l4r5zi")
    assert (tmp_path / "page.html").read_text() == html_report(MEASURED, traces={0: TRACE})


def test_a_trace_that_is_gone_is_said_and_one_that_is_none_refused(tmp_path: Path) -> None:
    run = saved(tmp_path)
    trace = tmp_path / "run.eotrace"
    content = trace.read_bytes()
    trace.unlink()
    show_report(run, tmp_path / "page.html")
    assert "`run.eotrace` is not there any more" in (tmp_path / "page.html").read_text()
    damaged = bytearray(content)
    damaged[len(damaged) // 2] ^= 0xFF
    for wrong in (b"", b"no trace", bytes(damaged)):
        trace.write_bytes(wrong)
        with pytest.raises(UsageError, match=r"run\.eotrace"):
            show_report(run, tmp_path / "page.html")


@pytest.mark.parametrize("name", ["/etc/passwd", "../run.eotrace", "..", "", "a/b", "a\\b", "x\x00y"])
def test_a_trace_lies_beside_its_file(name: str, tmp_path: Path) -> None:
    assert ENERGY is not None
    run = saved(tmp_path, replace(MEASURED, boards=(replace(BOARD, energy=replace(ENERGY, trace=name)),)))
    with pytest.raises(UsageError, match="names a trace elsewhere"):
        show_report(run, tmp_path / "page.html")


def test_a_deployment_shows_a_measurement_too(tmp_path: Path) -> None:
    run = saved(tmp_path)
    (tmp_path / "report.json").write_text(dumps(DEPLOYED))
    show_report(tmp_path, tmp_path / "page.html", measured=run)
    text = (tmp_path / "page.html").read_text()
    page = read(text)
    ids = [element.attributes["id"] for element in page.below() if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    assert {"h-battery", "h-time", "h-origin", "h-latency0", "h-energy0", "h-trace0", "h-run0"} <= set(ids)
    other = replace(MEASURED, boards=(replace(BOARD, model="kws"),))
    (tmp_path / "other.json").write_text(dumps(other))
    for wrong, words in (("other.json", "measured `kws`"), ("report.json", "no measurement")):
        with pytest.raises(UsageError, match=words):
            show_report(tmp_path, tmp_path / "page.html", measured=tmp_path / wrong)
    with pytest.raises(UsageError, match="a measurement itself"):
        show_report(run, tmp_path / "page.html", measured=run)
    with pytest.raises(UsageError, match="there is none"):
        show_report(tmp_path, measured=run)
    with pytest.raises(UsageError, match="no drawings"):
        show_report(run, svg=tmp_path / "plots")


def test_a_changed_figure_gives_a_page_or_a_line(rng: np.random.Generator, tmp_path: Path) -> None:
    run = saved(tmp_path)
    document = json.loads(run.read_text())
    places = list(leaves(document))
    refused = 0
    for place in (places[index] for index in rng.choice(len(places), 80, replace=False)):
        value = [-1, 0, 1e-300, 0.5, 7, 10**9, 1e300][int(rng.integers(7))]
        run.write_text(json.dumps(changed(document, place, value)))
        print(place, value)
        try:
            show_report(run, tmp_path / "page.html")
            read((tmp_path / "page.html").read_text())
        except UsageError as error:
            assert error.hint
            refused += 1
    assert 0 < refused < 80


@pytest.mark.parametrize("resolution", [0.0, 1e-4, 1e-2])
def test_a_histogram_counts_every_run(resolution: float, rng: np.random.Generator) -> None:
    for values in (rng.gamma(2, 1, 500), np.array([3.0, 3.0]), np.array([1.0, 1e6]), rng.integers(0, 9, 50) * 0.5):
        if resolution:
            values = np.round(values / resolution) * resolution
        counts, edges = bins_of(list(values), resolution)
        assert counts.sum() == len(values) and len(edges) == len(counts) + 1 <= 62
        if resolution:
            steps = np.diff(edges) / resolution
            assert np.allclose(steps, np.round(steps), atol=1e-3)


def test_a_budget_is_judged_first() -> None:
    actual = Quantity(168.0, "measured", "a meter")
    breach = Breach("energy_uj", 100.0, "uJ", 168.0, 68.0, "measured", "a meter")
    limits = (Judged("energy_uj", 100.0, "uJ", actual, BROKEN),)
    over = replace(MEASURED, boards=(replace(BOARD, limits=limits, broken_limits=(breach,)),))
    text = html_report(over)
    assert "It does not keep the budget." in text and 'id="h-budget"' in text and f"nucleo: {breach}" in text
    two = replace(over, boards=(*over.boards, replace(BOARD, name="other")))
    assert f"nucleo: {breach}" in html_report(two)


def test_lines_that_do_the_same_are_one_strip() -> None:
    amps = np.full(100, 0.01, np.float32)
    digital = np.full(100, 0b1111_1111, np.uint8)
    digital[20:40] = 0b1110_1000  # 0, 1, 2 and 4 low
    digital[60:70] &= 0b0111_1111

    trace = memory_trace(INFO, [Block(0, amps, digital=digital)])
    found = pyramid_of(trace)
    assert found is not None
    assert [(one.name, one.line) for one in strips_of(found)] == [("lines 0 +3", 0), ("line 7", 7)]
