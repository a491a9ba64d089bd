"""`edgeopt battery` of an analysis, a deployment and a run: what it takes from them, and what it refuses."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.cli import assert_refused, edgeopt
from support.results import ANALYSIS, DEPLOYMENT, PROGRAM, RUN

from edgeopt.board import load_board
from edgeopt.energy import MEASURED, Quantity, unknown
from edgeopt.errors import UsageError
from edgeopt.pipeline import battery
from edgeopt.report import dumps
from edgeopt.report.battery import BatteryReport
from edgeopt.resources import boards_dir

pytestmark = pytest.mark.usefixtures("folder")


def test_an_analysis_gives_latency_and_board(
    folder: Path, capsys: pytest.CaptureFixture[str], small_model: bytes
) -> None:
    (folder / "small.tflite").write_bytes(small_model)
    analysis = edgeopt(capsys, "analyze", "small.tflite", "-b", "nucleo-g071rb", "--json")
    (folder / "a.json").write_text(analysis.stdout)
    outcome = edgeopt(capsys, "battery", "a.json", "--cell", "CR2032", "--every", "1s", "--active-ma", "5", "--json")
    assert outcome.exit_code == 0, outcome.stderr
    assert outcome.document["life"]["node"] == "nucleo-g071rb"
    assert outcome.document["life"]["latency_ms"] == analysis.document["latency_ms"]


def life_of(folder: Path, value: Any, **options: Any) -> BatteryReport:
    path = folder / "found.json"
    path.write_text(dumps(value))
    return battery(path, **{"cell": "CR2032", "every_s": 60.0, "active_ma": 5.0, "sleep_ua": 2.0, **options})


def test_what_the_other_verbs_print_is_taken(folder: Path) -> None:
    assert life_of(folder, ANALYSIS).life.latency_ms == ANALYSIS.latency_ms
    assert life_of(folder, DEPLOYMENT).life.latency_ms == DEPLOYMENT.latency_ms
    run = life_of(folder, RUN).life.latency_ms
    assert RUN.latency_ms is not None
    assert (run.value, run.kind) == (RUN.latency_ms.value, "measured")
    assert "median of 100" in run.source
    program = life_of(folder, PROGRAM).life.latency_ms
    assert program.value == pytest.approx(PROGRAM.cycles.at("value") / 120e3)
    assert program.kind == "simulated"


def test_the_board_of_the_configuration_is_for_plain_figures(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "edgeopt.toml").write_text('board = "nrf52840-dk"\n[battery]\ncell = "CR2032"\nevery = "1min"\n')
    (folder / "found.json").write_text(dumps(DEPLOYMENT))
    of_run = edgeopt(capsys, "battery", "found.json", "--json").document
    assert (of_run["life"]["node"], of_run["life"]["every_s"]) == ("nucleo-l4r5zi", 60.0)
    plain = edgeopt(capsys, "battery", "--latency-ms", "5", "--json").document
    assert plain["life"]["node"] == "nrf52840-dk"
    assert_refused(edgeopt(capsys, "battery", "found.json", "-b", "nrf52840-dk"), "is of nucleo-l4r5zi")


def test_a_power_that_was_measured_goes_before_the_boards(folder: Path) -> None:
    measured = replace(DEPLOYMENT, power_mw=Quantity(28.0, MEASURED, "a meter"))
    path = folder / "found.json"
    path.write_text(dumps(measured))
    life = battery(path, cell="CR2032", every_s=60.0).life
    assert life.active_mw.value == pytest.approx(28.0)
    assert any("running: a meter" in note for note in life.assumptions)


def test_the_folder_of_a_deployment_has_its_own_board(folder: Path) -> None:
    out = folder / "out"
    out.mkdir()
    (out / "report.json").write_text(dumps(DEPLOYMENT))
    text = (boards_dir() / "nucleo-l4r5zi.toml").read_text().splitlines()
    changed = [
        'active_ma = { value = 7.0, kind = "measured", source = "on my desk" }'
        if line.startswith("active_ma")
        else line
        for line in text
    ]
    (out / "board.toml").write_text("\n".join(changed))
    life = battery(out, cell="CR2032", every_s=60.0).life
    assert life.active_mw.value == pytest.approx(7.0 * 2.8)
    assert battery(out / "report.json", cell="CR2032", every_s=60.0).life == life


def test_a_changed_copy_of_a_board_is_not_taken_for_the_shipped_one(
    folder: Path, capsys: pytest.CaptureFixture[str], small_model: bytes
) -> None:
    """An analysis says what its board file said; the name alone would bring the shipped currents back."""
    (folder / "small.tflite").write_bytes(small_model)
    text = (boards_dir() / "nucleo-l4r5zi.toml").read_text()
    (folder / "mine.toml").write_text(text.replace("value = 24.6", "value = 20.0"))
    for board in ("mine.toml", "nucleo-l4r5zi"):
        (folder / f"of-{board}.json").write_text(
            edgeopt(capsys, "analyze", "small.tflite", "-b", board, "--json").stdout
        )
    every = ("--cell", "CR2032", "--every", "1min")
    assert_refused(edgeopt(capsys, "battery", "of-mine.toml.json", *every), "another board file", "--board")
    mine = edgeopt(capsys, "battery", "of-mine.toml.json", "-b", "mine.toml", *every, "--json").document
    assert mine["life"]["active_mw"]["value"] == pytest.approx(20.0 * 2.8)
    assert edgeopt(capsys, "battery", "of-nucleo-l4r5zi.json", *every).exit_code == 0


def test_a_run_without_a_time_needs_one(folder: Path) -> None:
    timeless = replace(RUN, latency_ms=None, cycles=unknown("QEMU has none"))
    life = life_of(folder, timeless).life
    assert life.days.value is None and "--latency-ms" in life.days.source
    assert life_of(folder, timeless, latency_ms=5.0).life.days.value is not None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, ["does not exist"]),
        ("{", ["is not JSON"]),
        ("[]", ["is not a document of schema"]),
        ('{"schema": "edgeopt.board/1"}', ["is not a document of schema", "analyze --json"]),
        (dumps(DEPLOYMENT).replace('"board": "nucleo-l4r5zi"', '"board": "nucleo-x"'), ["no board is called"]),
        (dumps(DEPLOYMENT).replace('"kind": "simulated"', '"kind": "dreamt"'), ["cannot be dreamt"]),
        (dumps(replace(DEPLOYMENT, latency_ms=Quantity(-5.0, MEASURED, ""))), ["latency_ms is -5, which cannot be"]),
        (dumps(replace(DEPLOYMENT, latency_ms=Quantity(0.0, MEASURED, ""))), ["latency_ms is 0, which cannot be"]),
        (dumps(replace(DEPLOYMENT, macs=10**400)), ["macs", "does not fit"]),
    ],
)  # fmt: skip
def test_a_run_that_is_none(
    content: str | None, words: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (folder / "found.json").write_text(content)
    assert_refused(edgeopt(capsys, "battery", "found.json", "--cell", "AA", "--every", "1s"), *words)


def test_what_contradicts_a_run(folder: Path) -> None:
    with pytest.raises(UsageError, match="latency contradict each other"):
        life_of(folder, DEPLOYMENT, latency_ms=3.0)
    with pytest.raises(UsageError, match="is of nucleo-l4r5zi, not of nrf52840-dk"):
        life_of(folder, DEPLOYMENT, board=load_board("nrf52840-dk"))
    with pytest.raises(UsageError, match="there is no inference"):
        battery(cell="CR2032", every_s=1.0)
    with pytest.raises(UsageError, match="`cell` is missing"):
        battery(latency_ms=1.0, every_s=1.0)
    with pytest.raises(UsageError, match="`sleep` is unknown"):
        battery(latency_ms=1.0, every_s=1.0, cell="AA", sleep=3)
    (folder / "timeless.json").write_text(dumps(replace(RUN, latency_ms=None, cycles=unknown("QEMU has none"))))
    with pytest.raises(UsageError, match="needs a latency"):
        battery(folder / "timeless.json", cell="CR2032", every_s=60.0, energy_uj=3.0)
