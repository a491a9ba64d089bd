"""`edgeopt trace`: what a trace holds, the ways to cut it, and what is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.cli import assert_refused, edgeopt

from edgeopt.power.trace import Block, TraceInfo
from edgeopt.power.tracefile import TraceWriter

RATE_HZ, SUPPLY_V, ACTIVE_A, IDLE_A = 10_000.0, 3.0, 20e-3, 2e-3
PUBLISHED = Path(__file__).parents[3] / "shared" / "data" / "power_traces"

INFO = TraceInfo(
    meter="made-up",
    title="meter of a test",
    label="measured",
    rate_hz=RATE_HZ,
    supply_v=SUPPLY_V,
    supply_source="given",
    gain_error=0.01,
    offset_error_a=0.0,
    supply_error=0.0,
    clock_error=1e-4,
    accuracy_source="made up",
    digital_lines=2,
)


def write(path: Path, info: TraceInfo = INFO, end: bool = True) -> None:
    """Two seconds; line 1 is low, and the board active, from 0.5 s to 0.9 s and from 1.1 s to 1.5 s."""
    times = np.arange(20_000) / RATE_HZ
    low = ((times >= 0.5) & (times < 0.9)) | ((times >= 1.1) & (times < 1.5))
    amps = np.where(low, ACTIVE_A, IDLE_A).astype(np.float32)
    writer = TraceWriter(path, info)
    writer.append(Block(0, amps, digital=np.where(low, 1, 3).astype(np.uint8)))
    if end:
        writer.end()
    else:
        writer.append(Block(20_000, amps[:1], digital=np.full(1, 3, dtype=np.uint8)))
        writer._flush()
        writer.abandon()


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path("run.eotrace"))


def traced(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    outcome = edgeopt(capsys, "trace", "run.eotrace", *arguments, "--json")
    assert outcome.exit_code == 0, outcome.stderr
    return outcome.document


def test_all_of_it_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    shown = traced(capsys)
    assert (shown["schema"], shown["samples"], shown["lost"], shown["energy"]) == ("edgeopt.trace/1", 20_000, 0, None)
    joules = SUPPLY_V * (0.8 * ACTIVE_A + 1.2 * IDLE_A)
    assert shown["energy_mj"] == pytest.approx(joules * 1e3, rel=1e-5) and shown["duration_s"] == pytest.approx(2.0)
    assert shown["most_mw"] == pytest.approx(60.0) and shown["least_mw"] == pytest.approx(6.0)
    assert shown["edges"] == [{"line": 1, "falling": 2, "rising": 2}]
    text = edgeopt(capsys, "trace", "run.eotrace").stdout
    assert "line 1: 2 down, 2 up" in text and "meter of a test" in text


def test_windows_by_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    energy = traced(capsys, "--line", "1", "--inferences", "20", "--idle", "0:0.4")["energy"]
    assert energy["uj_per_inference"]["value"] == pytest.approx(SUPPLY_V * ACTIVE_A * 0.4 / 20 * 1e6, rel=1e-3)
    assert energy["net_uj_per_inference"]["value"] == pytest.approx(
        SUPPLY_V * (ACTIVE_A - IDLE_A) * 0.4 / 20 * 1e6, rel=1e-3
    )
    assert [one["cut"] for one in energy["windows"]] == ["edges", "edges"]
    assert energy["idle_mw"]["value"] == pytest.approx(6.0)


def test_windows_that_are_given(capsys: pytest.CaptureFixture[str]) -> None:
    energy = traced(capsys, "--window", "0.6:0.8", "--window", "1.2:1.4", "--inferences", "10")["energy"]
    assert energy["uj_per_inference"]["value"] == pytest.approx(1200.0, rel=1e-4)
    assert {one["cut"] for one in energy["windows"]} == {"given"} and energy["idle_mw"]["value"] is None


def test_another_supply_is_another_energy(capsys: pytest.CaptureFixture[str]) -> None:
    shown = traced(capsys, "--supply-v", "1.5", "--window", "0.6:0.8")
    assert shown["energy"]["active_mw"]["value"] == pytest.approx(30.0, rel=1e-4)
    assert shown["meter"]["supply_source"] == "given with --supply-v"
    assert shown["supply_v"] == pytest.approx(1.5)


def test_what_was_saved_is_what_was_printed(capsys: pytest.CaptureFixture[str]) -> None:
    document = traced(capsys, "--line", "1", "--save", "trace.json")
    assert json.loads(Path("trace.json").read_text()) == document


def test_battery_takes_the_energy_of_a_trace(capsys: pytest.CaptureFixture[str]) -> None:
    """Two windows of 0.4 s with 40 inferences each, at 3 V and 20 mA: 600 uJ in 10 ms."""
    saved = ("--line", 1, "--inferences", 40, "--save", "trace.json")
    assert edgeopt(capsys, "trace", "run.eotrace", *saved).exit_code == 0
    use = ("--sleep-ua", 3, "--cell", "CR2032", "--every", "60s", "--json")
    life = edgeopt(capsys, "battery", "trace.json", *use).document["life"]
    assert life["latency_ms"]["value"] == pytest.approx(10.0, rel=1e-6)
    assert life["latency_ms"]["kind"] == "measured"
    assert life["active_mw"]["source"].count("energy of an inference")
    on_board = edgeopt(capsys, "battery", "trace.json", "--board", "nucleo-l4r5zi", *use[2:])
    assert on_board.exit_code == 0, on_board.stderr
    assert edgeopt(capsys, "trace", "run.eotrace", "--save", "trace.json").exit_code == 0
    assert_refused(edgeopt(capsys, "battery", "trace.json", *use[:-1]), "was not cut into windows")


def test_a_trace_without_an_end_is_partial(capsys: pytest.CaptureFixture[str]) -> None:
    write(Path("cut.eotrace"), end=False)
    outcome = edgeopt(capsys, "trace", "cut.eotrace", "--json")
    assert outcome.exit_code == 6 and outcome.document["partial"] and outcome.document["samples"] >= 20_000


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--window", "1:0"), "is no window"),
        (("--window", "nan:inf"), "is no window"),
        (("--window", "1e:2"), "is no window"),
        (("--window", "0.1"), "is no window"),
        (("--line", "1", "--window", "0:1"), "both say where the windows are"),
        (("--inferences", "5"), "nothing says where the windows are"),
        (("--idle", "0:0.4"), "nothing says where the windows are"),
        (("--supply-v", "nan"), "cannot be"),
        (("--supply-v", "400"), "cannot be"),
        (("--recording", "2"), "one recording"),
        (("--windows-of", "other.json", "--line", "1"), "both say"),
        (("--windows-of", "other.json"), "other.json"),
        (("--save", "nowhere/x.json"), "nowhere"),
    ],
)
def test_what_cannot_be_is_refused(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str) -> None:
    Path("other.json").write_text("{}")
    assert_refused(edgeopt(capsys, "trace", "run.eotrace", *arguments), words)


@pytest.mark.parametrize("arguments", [("--line", "0"), ("--line", "7"), ("--window", "1:9")])
def test_what_the_trace_does_not_hold(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    """No pulse on line 0, no line 7, and not so many seconds."""
    assert_refused(edgeopt(capsys, "trace", "run.eotrace", *arguments), exit_code=6)


def test_windows_of_a_measurement_that_was_changed(capsys: pytest.CaptureFixture[str]) -> None:
    energy = traced(capsys, "--line", "1", "--inferences", "20")["energy"]
    board = {"name": "x", "project": "out", "model": "m", "build_id": "b", "board": "c", "target": "d"}
    for key, value in (
        ("inferences", -3),
        ("end_s", 0.1),
        ("board_s", -1.0),
        ("end_error_s", -1.0),
        ("begin_s", 1e300),
    ):
        window = {**energy["windows"][0], key: value}
        boards = [{**board, "energy": {**energy, "windows": [window]}}]
        document = {"schema": "edgeopt.measurement/1", "runs": 1, "warmup": 0, "boards": boards}
        Path("other.json").write_text(json.dumps(document))
        assert_refused(edgeopt(capsys, "trace", "run.eotrace", "--windows-of", "other.json"))


def test_what_is_no_trace(capsys: pytest.CaptureFixture[str]) -> None:
    Path("noise.bin").write_bytes(bytes(range(256)) * 9)
    assert_refused(edgeopt(capsys, "trace", "noise.bin"), "noise.bin")
    Path("noise.eotrace").write_bytes(bytes(range(256)) * 9)
    assert_refused(edgeopt(capsys, "trace", "noise.eotrace"), "noise.eotrace")
    assert_refused(edgeopt(capsys, "trace", "."), "is a directory")


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published traces are in ../shared/data/power_traces")
def test_published_figures(capsys: pytest.CaptureFixture[str]) -> None:
    """1745131.600 uJ was published for the first, 664.472 uJ an inference for the second."""
    first = edgeopt(capsys, "trace", PUBLISHED / "h7a3_ad_trace1.bin", "--window", "9.367:20.787", "--json").document
    assert first["energy"]["uj_per_inference"]["value"] == pytest.approx(1745131.5, abs=1.0)
    several = PUBLISHED / "u575_kws_energy_results.json"
    assert_refused(edgeopt(capsys, "trace", several), "--recording 1")
    second = edgeopt(capsys, "trace", several, "--recording", "1", "--json").document
    assert second["energy"]["uj_per_inference"]["value"] == pytest.approx(664.472, abs=0.05)
    assert_refused(edgeopt(capsys, "trace", several, "--recording", "99"), "no recording 99")
