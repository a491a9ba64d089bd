"""`edgeopt measure --meter`: figures with their doubts, what stays when meter or board fail, what is refused."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from support import bench_meter
from support.bench_meter import ACTIVE_A, IDLE_A, SUPPLY_V
from support.cli import assert_refused, edgeopt
from support.documents import changed
from support.frail_link import UNPLUGGED
from support.measuring import built_project, measured

from edgeopt import pipeline
from edgeopt.board import load_board
from edgeopt.power import EMULATORS

SHORT = ("--runs", "3", "--warmup", "1", "--window", "20ms", "--windows", "3", "--idle", "200ms")
BENCH = ("--on", "gated", "--meter", "bench", *SHORT)
EMULATED = ("--meter", "emulated", "--idle", "100ms")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, small_model: bytes, any_toolchain: None) -> Path:
    return built_project(tmp_path_factory.mktemp("metered"), small_model)


@pytest.fixture(autouse=True)
def in_folder(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(built)
    bench_meter.opened.clear()
    bench_meter.gate.__init__()  # type: ignore[misc]


def energy_of(document: dict[str, Any]) -> dict[str, Any]:
    (board,) = document["boards"]
    found: dict[str, Any] = board["energy"]
    return found


def warned(found: dict[str, Any], words: str) -> bool:
    return any(words in warning for warning in found["warnings"])


def test_an_emulated_meter_shows_the_board_files_currents(capsys: pytest.CaptureFixture[str]) -> None:
    """24.6 mA at 3 V by the board file of the NUCLEO-L4R5ZI, whatever the latency is."""
    document = measured(capsys, "out", *EMULATED, "--save", "run.json")
    found = energy_of(document)
    assert found["active_mw"]["value"] == pytest.approx(24.6 * 3.0, rel=0.005)
    assert found["idle_mw"]["value"] == pytest.approx(2.57e-3 * 3.0, rel=0.2)
    latency_ms = document["boards"][0]["latency_ms"]["value"]
    assert found["uj_per_inference"]["value"] == pytest.approx(24.6 * 3.0 * latency_ms, rel=0.03)
    assert {found[key]["kind"] for key in ("uj_per_inference", "net_uj_per_inference", "active_mw")} == {"simulated"}
    assert len(found["windows"]) == 1 and found["windows"][0]["inferences"] >= 10
    assert found["windows"][0]["cut"] == "edges" and warned(found, "those of the board file")
    assert (found["partial"], found["trace"]) == ("", "run.eotrace")
    assert json.loads(Path("run.json").read_text()) == document
    again = measured(capsys, "out", *EMULATED)
    assert {**energy_of(again), "trace": "run.eotrace"} == found, "it is deterministic"
    assert energy_of(again)["trace"] is None
    anew = edgeopt(capsys, "trace", "run.eotrace", "--json").document["energy"]
    assert anew["warnings"] == found["warnings"], "what makes a figure doubtful stays with its trace"


@pytest.mark.parametrize("kind", EMULATORS.names())
def test_every_emulated_meter_holds_its_bound(capsys: pytest.CaptureFixture[str], kind: str) -> None:
    found = energy_of(measured(capsys, "out", "--meter", f"emulated:{kind}", "--idle", "100ms"))
    (window,) = found["windows"]
    took_s = window["board_s"] or window["inferences"] / found["inferences_per_s"]["value"]  # with one edge it is both
    true_uj = 24.6 * 3.0 * 1e3 * took_s / window["inferences"]
    assert found["uj_per_inference"]["low"] <= true_uj <= found["uj_per_inference"]["high"]
    assert found["uj_per_inference"]["value"] == pytest.approx(true_uj, rel=0.2)
    assert found["meter"]["kind"] == kind and found["partial"] == ""


def test_text_says_how_it_was_measured(capsys: pytest.CaptureFixture[str]) -> None:
    text = edgeopt(capsys, "measure", "out", *EMULATED).stdout
    assert "Energy, simulated" in text and "cut by edges" in text and "above idle" in text
    assert "accuracy" in text and "What the figures hold" in text and "Warnings" in text and "+-" in text


def test_a_real_meter_is_opened_first_and_closed(capsys: pytest.CaptureFixture[str]) -> None:
    found = energy_of(measured(capsys, "out", *BENCH, "--save", "real.json"))
    assert bench_meter.opened == ["meter", "link", "closed"]
    assert found["active_mw"]["value"] == pytest.approx(SUPPLY_V * ACTIVE_A * 1e3, rel=0.02)
    assert found["idle_mw"]["value"] == pytest.approx(SUPPLY_V * IDLE_A * 1e3, rel=0.02)
    assert found["uj_per_inference"]["kind"] == "measured" and len(found["windows"]) == 3
    assert found["variation"] is not None and len(found["idle"]) == 2
    assert found["meter"]["remarks"] == ["it is not there"]
    shown = edgeopt(capsys, "trace", "real.eotrace", "--json").document
    assert shown["label"] == "measured" and shown["edges"] == [{"line": 0, "falling": 3, "rising": 3}]
    assert shown["energy"]["uj_per_inference"]["value"] == pytest.approx(found["uj_per_inference"]["value"])


def test_a_meter_that_is_unplugged_leaves_timing_and_windows(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = edgeopt(
        capsys, "measure", "out", "--on", "gated", "--meter", "bench:unplugged", *SHORT[:-4], "--windows", "5",
        "--idle", "200ms", "--json", "--save", "cut.json",
    )  # fmt: skip
    assert outcome.exit_code == 6 and "the energy is partial" in outcome.stderr
    (board,) = outcome.document["boards"]
    assert board["latency_ms"]["n"] == 3 and board["partial"] == "" and board["error"] is None
    energy = board["energy"]
    assert "gone" in energy["partial"] and 1 <= len(energy["windows"]) < 5
    assert energy["active_mw"]["value"] == pytest.approx(SUPPLY_V * ACTIVE_A * 1e3, rel=0.02)
    assert json.loads(Path("cut.json").read_text()) == outcome.document
    trace = edgeopt(capsys, "trace", "cut.eotrace", "--json")
    assert trace.exit_code == 6 and "gone" in trace.document["partial"] and trace.document["samples"] > 0


def test_a_meter_that_does_not_start_leaves_the_timing(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = edgeopt(capsys, "measure", "out", "--on", "gated", "--meter", "bench:dead", *SHORT, "--json")
    assert outcome.exit_code == 6 and "does not start" in outcome.stderr
    (board,) = outcome.document["boards"]
    assert board["latency_ms"]["n"] == 3
    assert board["energy"]["uj_per_inference"]["value"] is None and "does not start" in board["energy"]["partial"]
    shown = edgeopt(capsys, "measure", "out", "--on", "gated", "--meter", "bench:dead", *SHORT)
    assert "unknown" in shown.stdout and shown.exit_code == 6


def test_a_board_that_fails_leaves_the_trace(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = edgeopt(
        capsys, "measure", "out", "--on", "gated:loop=3", "--meter", "bench", *SHORT, "--json", "--save", "gone.json"
    )
    assert outcome.exit_code == 6
    (board,) = outcome.document["boards"]
    assert board["partial"] == f"after 2 of 3 energy windows: {UNPLUGGED}"
    assert len(board["energy"]["windows"]) == 2 and "2 of 3 windows" in board["energy"]["partial"]
    assert edgeopt(capsys, "trace", "gone.eotrace", "--json").document["energy"]["windows"][1]["name"] == "window 2"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("saturated", "end of the meter's range"),
        ("uncalibrated", "not calibrated"),
        ("edgeless", "cut by the host's clock"),
        ("lineless", "cut by the host's clock"),
    ],
)
def test_doubts_stay_with_the_number(capsys: pytest.CaptureFixture[str], fault: str, words: str) -> None:
    found = energy_of(measured(capsys, "out", "--on", "gated", "--meter", f"bench:{fault}", *SHORT))
    assert warned(found, words) and found["uj_per_inference"]["value"] > 0


def test_windows_that_are_too_short_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Cut anew with fewer inferences in them than ten."""
    measured(capsys, "out", *BENCH, "--save", "short.json")
    found = edgeopt(capsys, "trace", "short.eotrace", "--line", "0", "--inferences", "3", "--json").document
    assert warned(found["energy"], "took less than 10 s and fewer than 10 inferences")


def test_without_a_supply_there_is_no_energy(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("measure", "out", "--on", "gated", "--meter", "bench:unsupplied", *SHORT, "--save", "bare.json")
    outcome = edgeopt(capsys, *arguments, "--json")
    assert outcome.exit_code == 6 and outcome.document["boards"][0]["latency_ms"]["n"] == 3
    shown = edgeopt(capsys, "trace", "bare.eotrace", "--supply-v", "3", "--json").document
    assert shown["energy"]["active_mw"]["value"] == pytest.approx(SUPPLY_V * ACTIVE_A * 1e3, rel=0.02)


def test_a_fleet_has_a_meter_a_board(capsys: pytest.CaptureFixture[str]) -> None:
    rows = (("one", "gated", "bench"), ("two", "virtual", "emulated"), ("three", "virtual", ""))
    tables = (
        f'[[board]]\nname = "{name}"\non = "{on}"\n' + (f'meter = "{meter}"\n' if meter else "")
        for name, on, meter in rows
    )
    Path("fleet.toml").write_text("\n".join(tables))
    arguments = ("measure", "out", "--fleet", "fleet.toml", *SHORT, "--save", "fleet.json")
    document = edgeopt(capsys, *arguments, "--json").document
    one, two, three = document["boards"]
    assert one["energy"]["uj_per_inference"]["kind"] == "measured" and one["energy"]["trace"] == "fleet.one.eotrace"
    assert two["energy"]["uj_per_inference"]["kind"] == "simulated" and three["energy"] is None
    again = edgeopt(capsys, "trace", "fleet.two.eotrace", "--windows-of", "fleet.json", "--json").document
    assert again["energy"]["uj_per_inference"]["value"] == pytest.approx(two["energy"]["uj_per_inference"]["value"])
    text = edgeopt(capsys, *arguments).stdout
    assert "Energy of an inference, measured" in text and "Energy of an inference, simulated" in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--meter", "nothing"), "nothing"),
        (("--meter", "emulated:nothing"), "nothing"),
        (("--meter", "emulated,volts=3"), "volts"),
        (("--meter", "emulated", "--on", "gated"), "virtual board"),
        (("--meter", "bench"), "no current"),
        (("--meter", "bench,line=9", "--on", "gated"), "line"),
        (("--meter", "bench,line=0.5", "--on", "gated"), "line"),
        (("--meter", "bench,line=3", "--on", "gated"), "digital input 3"),
        (("--meter", "bench", "--on", "gated", "--on", "gated:run=99"), "two boards are on one meter"),
        (("--meter", "PPK2:auto,volts=3,volts=4"), "`volts` stands twice"),
        (("--trace", "x.eotrace"), "--trace"),
        (("--window", "1s"), "`--window` is for a power meter"),
        (("--windows", "3"), "`--windows` is for a power meter"),
        (("--idle", "0s"), "`--idle` is for a power meter"),
        (("--meter", "emulated", "--trace", "small.tflite"), "is no trace"),
        (("--meter", "emulated", "--trace", "x.eotrace", "--save", "./x.eotrace"), "two names"),
        (("--meter", "emulated", "--trace", "nowhere/x.eotrace"), "nowhere"),
    ],
)
def test_what_cannot_be_is_refused(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str) -> None:
    assert_refused(edgeopt(capsys, "measure", "out", *arguments), words)


def test_a_board_without_a_current_says_what_to_add(capsys: pytest.CaptureFixture[str], built: Path) -> None:
    board = Path("out/board.toml")
    text = board.read_text()
    unknown = 'active_ma = { kind = "unknown", source = "a test" }'
    try:
        board.write_text(re.sub(r"^active_ma = .*$", unknown, text, flags=re.MULTILINE))
        assert_refused(edgeopt(capsys, "measure", "out", *EMULATED), "active_ma", "[power]")
    finally:
        board.write_text(text)


@pytest.mark.parametrize(
    ("keys", "value", "words"),
    [
        (("latency_ms", "kind"), "x", "`boards[0].latency_ms`: a latency cannot be `x`"),
        (("energy", "windows"), [], "`boards[0].energy`: there is an energy, but no window"),
        (("energy", "supply_v"), -1, "`boards[0].energy`: supply_v cannot be -1"),
        (("energy", "uj_per_inference", "kind"), "guessed", "cannot be guessed"),
    ],
)
def test_a_measurement_that_was_changed_by_hand(
    capsys: pytest.CaptureFixture[str], keys: tuple[str | int, ...], value: object, words: str
) -> None:
    document = measured(capsys, "out", *EMULATED)
    Path("changed.json").write_text(json.dumps(changed(document, ("boards", 0, *keys), value)))
    Path("sound.json").write_text(json.dumps(document))
    battery = ("battery", "changed.json", "--cell", "CR2032", "--every", "10s")
    for command in (("report", "changed.json"), ("compare", "sound.json", "changed.json"), battery):
        assert_refused(edgeopt(capsys, *command), words)


def test_a_run_is_not_compared_with_what_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    measured(capsys, "out", *EMULATED, "--save", "run.json")
    for other in ("run.eotrace", "small.tflite"):
        outcome = edgeopt(capsys, "compare", "run.json", other)
        assert_refused(outcome, f"`run.json` is a run, `{other}` is none")


def test_a_budget_judges_what_was_measured(capsys: pytest.CaptureFixture[str]) -> None:
    Path("kept.toml").write_text(
        "flash_bytes = 100000\nram_bytes = 100000\nlatency_ms = 50\nenergy_uj = 1000\naverage_mw = 1\npeak_mw = 100\n"
        'battery_days = 10\naccuracy = 0.9\n[duty_cycle]\nevery_s = 10\ncell = "CR2032"\n'
    )
    document = measured(capsys, "out", *EMULATED, "--budget", "kept.toml")
    (board,) = document["boards"]
    states = {limit["name"]: (limit["state"], limit["actual"]["kind"]) for limit in board["limits"]}
    assert states.pop("accuracy")[0] == "judged by `edgeopt deploy`"
    assert {state for state, _ in states.values()} == {"kept"} and board["broken_limits"] == []
    assert states["energy_uj"][1] == "simulated" and states["flash_bytes"][1] == "exact"
    assert board["battery_days"]["value"] > 10 and board["flash_bytes"] > 1000
    (estimated,) = measured(capsys, "out", "--budget", "kept.toml")["boards"]
    kinds = {limit["name"]: limit["actual"]["kind"] for limit in estimated["limits"]}
    assert kinds["energy_uj"] == "estimated" and estimated["energy"] is None, "without a meter the board file tells"
    Path("broken.toml").write_text("energy_uj = 0.5\npeak_mw = 1\nlatency_ms = 50\n")
    outcome = edgeopt(capsys, "measure", "out", *EMULATED, "--budget", "broken.toml")
    assert outcome.exit_code == 4 and "energy_uj" in outcome.stderr and "peak_mw" in outcome.stderr
    assert "Budget" in outcome.stdout


def test_a_battery_takes_what_was_measured(capsys: pytest.CaptureFixture[str]) -> None:
    found = energy_of(measured(capsys, "out", *BENCH, "--save", "cell.json"))
    use = ("--cell", "CR2032", "--every", "10s", "--json")
    life = edgeopt(capsys, "battery", "cell.json", *use).document["life"]
    latency_ms = life["latency_ms"]["value"]
    power = next(one for one in life["breakdown"] if one["name"] == "inference")
    expected_ua = found["uj_per_inference"]["value"] / SUPPLY_V / 10
    assert power["average_ua"]["value"] == pytest.approx(expected_ua, rel=0.01) and latency_ms > 0
    assert any("no sleep of the chip" in note for note in life["assumptions"])
    idle = edgeopt(capsys, "battery", "cell.json", "--measured-idle", *use).document["life"]
    sleep = next(one for one in idle["breakdown"] if one["name"] == "sleep")
    assert sleep["average_ua"]["value"] == pytest.approx(IDLE_A * 1e6, rel=0.03)
    assert idle["days"]["value"] < life["days"]["value"]
    for other in (("--sleep-ua", "3"), ("--board-sleep",)):
        assert_refused(edgeopt(capsys, "battery", "cell.json", "--measured-idle", *other, *use[:-1]), "contradict")
    damaged = json.loads(Path("cell.json").read_text())
    damaged["boards"][0]["energy"]["supply_v"] = 0.0
    Path("damaged.json").write_text(json.dumps(damaged))
    assert_refused(edgeopt(capsys, "battery", "damaged.json", *use[:-1]), "supply_v")


def test_a_firmware_without_a_pin_is_cut_by_the_simulation(capsys: pytest.CaptureFixture[str]) -> None:
    """The EFR32's set-up drives no pin, and nobody knows what it draws asleep."""
    pipeline.generate(Path("small.tflite"), load_board("efr32xg24-dk2601b"), Path("pinless"))
    pipeline.build(Path("pinless"))
    found = energy_of(measured(capsys, "pinless", *EMULATED))
    assert found["active_mw"]["value"] == pytest.approx(5.4 * 1.8, rel=0.02)
    assert [window["cut"] for window in found["windows"]] == ["given"] and warned(found, "drives no timestamp pin")
    assert found["idle_mw"]["value"] is None and warned(found, "add sleep_ua")
