"""`edgeopt measure` on boards that tell time in other ways: a counter of 1 MHz, none asleep, none at all."""

from pathlib import Path
from typing import Any

import pytest
from support.cli import assert_refused, edgeopt

from edgeopt import pipeline
from edgeopt.board import load_board

REQUESTS = ("--arrivals", "periodic:500/s", "--requests", "20", "--deadline", "10ms")


@pytest.fixture
def measured(
    tmp_path: Path,
    small_model: bytes,
    any_toolchain: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Any:
    """What `edgeopt measure out ...` gives for firmware of the board."""
    pytest.importorskip("unicorn", reason="pip install unicorn")
    monkeypatch.chdir(tmp_path)
    Path("small.tflite").write_bytes(small_model)

    def measure(board: str, *arguments: str) -> Any:
        if not Path("out").exists():  # one board a test
            pipeline.generate(Path("small.tflite"), load_board(board), Path("out"))
            pipeline.build(Path("out"))
        return edgeopt(capsys, "measure", "out", *arguments)

    return measure


def test_a_counter_beside_the_core(measured: Any) -> None:
    """The RP2040's counts microseconds: raw ticks are its own, latencies are told in the core's cycles."""
    (board,) = measured("raspberry-pi-pico", *REQUESTS, "--on", "virtual:ideal", "--json").document["boards"]
    ticks, found = board["ticks"], board["responses"]
    assert ticks["hz"] == 1_000_000
    assert ticks["runs"][0] == pytest.approx(1e3 * board["latency_ms"]["value"], abs=2)
    assert found["gap_ticks"] == [2_000] * 20 and found["misses"] == 0
    assert found["utilization"] == pytest.approx(found["mean_ms"] / 2, rel=0.06)
    assert found["asleep"] == pytest.approx(1 - found["utilization"], abs=0.02)


def test_a_core_that_nothing_wakes_in_time_stays_awake(measured: Any) -> None:
    """The nRF52's SysTick stands still asleep: requests are waited for awake, and that is what is said."""
    outcome = measured("nrf52840-dk", *REQUESTS, "--on", "virtual:ideal", "--json")
    found = outcome.document["boards"][0]["responses"]
    assert (outcome.exit_code, found["served"], found["waited"], found["asleep"]) == (0, 20, 0, 0)
    assert max(found["response_ticks"]) - min(found["response_ticks"]) < 400


@pytest.mark.parametrize("target", ["virtual", "qemu"])
def test_a_target_without_time(measured: Any, target: str) -> None:
    """The virtual board has no cycle model of the Cortex-M0, and QEMU none at all."""
    if target == "qemu":
        import shutil

        if shutil.which("qemu-system-arm") is None:
            pytest.skip("install it: sudo apt-get install qemu-system-arm")
    (board,) = measured("microbit", "--on", target, "--json").document["boards"]
    assert board["latency_ms"] is None and board["ticks"] is None and board["inferences_per_s"]["value"] is None
    shown = measured("microbit", "--on", target).stdout
    why = {"virtual": "unknown: the virtual board has no cycle model", "qemu": "unknown: QEMU's time is not silicon's"}
    assert why[target] in shown and "Throughput" not in shown
    assert_refused(measured("microbit", "--on", target, *REQUESTS), "time")
