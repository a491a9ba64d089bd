"""A board behind a port and an emulated PPK2 behind a pty, in real time: `edgeopt measure` from one end to the other.

The PPK2's current is the same all the time and its digital inputs stand still, so no figure depends on how long
anything takes, and the windows are cut by the host's clock.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from support.cli import edgeopt
from support.measuring import built_project
from support.serving import serve_link

from edgeopt import pipeline
from edgeopt.device.links.virtual import CountingVirtualLink
from edgeopt.emit import CProject
from edgeopt.power import Faults, Pieces, read_trace
from edgeopt.power.emulators.ppk2 import Ppk2Emulator
from edgeopt.power.serving import serve_pty

pytest.importorskip("pty", reason="there are no pseudo terminals on Windows")

SUPPLY_V, AMPS = 3.0, 20e-3
SHORT = ("--runs", "3", "--warmup", "1", "--window", "20ms", "--windows", "2", "--idle", "300ms")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, small_model: bytes, any_toolchain: None) -> Path:
    return built_project(tmp_path_factory.mktemp("ppk2"), small_model)


@pytest.fixture
def board(built: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """`--on` of the virtual board behind a port."""
    monkeypatch.chdir(built)
    project = CProject.open(built / "out")
    link = CountingVirtualLink(built / "out" / pipeline.ELF, pipeline.project_board(project), ideal_memory=True)
    with serve_link(link) as url:
        yield f"serial:{url}"


def emulator() -> Ppk2Emulator:
    still = Pieces(SUPPLY_V, np.zeros(1), np.array([AMPS]), np.array([0xFF], dtype=np.uint8))
    return Ppk2Emulator(still, Faults())


def test_a_ppk2_behind_a_port(board: str, capsys: pytest.CaptureFixture[str]) -> None:
    with serve_pty(emulator()) as port:
        meter = f"ppk2:{port},volts={SUPPLY_V}"
        outcome = edgeopt(
            capsys, "measure", "out", "--on", board, "--meter", meter, *SHORT, "--save", "run.json", "--json"
        )
    assert outcome.exit_code == 0, outcome.stderr
    energy = outcome.document["boards"][0]["energy"]
    assert energy["active_mw"]["value"] == pytest.approx(SUPPLY_V * AMPS * 1e3, rel=0.01)
    assert energy["active_mw"]["kind"] == "measured", "what a port tells is no simulation to edgeopt"
    assert energy["idle_mw"]["value"] in (None, pytest.approx(SUPPLY_V * AMPS * 1e3, rel=0.01))
    assert {window["cut"] for window in energy["windows"]} == {"host clock"}
    assert any("no edges were seen" in warning for warning in energy["warnings"])
    assert edgeopt(capsys, "trace", "run.eotrace", "--json").document["samples"] > 1_000


def test_what_the_port_is_not_is_told(board: str, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = edgeopt(capsys, "measure", "out", "--on", board, "--meter", "ppk2:/dev/nowhere,volts=3", *SHORT)
    assert outcome.exit_code == 6 and "/dev/nowhere" in outcome.stderr and outcome.stdout == ""


def test_an_interrupt_leaves_a_trace(board: str, built: Path) -> None:
    """Ctrl-C while the board is idle for an hour, with a second of samples on disk."""
    trace = built / "interrupted.eotrace"
    with serve_pty(emulator()) as port:
        arguments = ["measure", "out", "--on", board, "--meter", f"ppk2:{port},volts={SUPPLY_V}", "--runs", "2"]
        arguments += ["--warmup", "0", "--idle", "1h", "--trace", str(trace)]
        process = subprocess.Popen(
            [sys.executable, "-m", "edgeopt", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        try:
            until = time.monotonic() + 120
            while process.poll() is None and not (trace.is_file() and trace.stat().st_size > 200_000):
                assert time.monotonic() < until, "no trace grows"
                time.sleep(0.02)
            os.kill(process.pid, signal.SIGINT)
            said = process.communicate(timeout=60)
        finally:
            process.kill()
            process.wait()
    assert process.returncode == 130 and "interrupted" in said[1], said
    kept = read_trace(trace)
    assert kept.samples > 30_000 and any(note.text == "interrupted" for note in kept.notes)
