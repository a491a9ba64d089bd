"""Conformance: the runner's exchanges with the firmware's protocol code, for all four input formats, in both modes."""

import re
from pathlib import Path

import numpy as np
import pytest
from support.fake_device import LibraryLink
from support.mlperf_boards import AD_SCALES, Heard, build_benchmark, write_dataset
from support.port_link import PortLink

from edgeopt.board import load_board
from edgeopt.device.link import Link, connector
from edgeopt.device.links.interface import InterfaceLink
from edgeopt.errors import ProtocolError
from edgeopt.firmware import with_baud
from edgeopt.mlperf.benchmarks import BENCHMARKS
from edgeopt.mlperf.client import DIRECT_CHUNK_BYTES, INTERFACE_CHUNK_BYTES, Client
from edgeopt.mlperf.dataset import read_dataset, segments
from edgeopt.mlperf.interface_board import InterfaceBoard
from edgeopt.mlperf.metrics import auc, top1
from edgeopt.mlperf.results import LEAST_S, WINDOWS
from edgeopt.mlperf.running import Bench, Windows, measure_accuracy, measure_performance
from edgeopt.power.serving import MemoryPort, serve_pty

_OFFICIAL_COMMAND_CHARACTERS = 80  # EE_CMD_SIZE of the official firmware


@pytest.fixture(scope="module", params=list(BENCHMARKS))
def model(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def library(model: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_benchmark(tmp_path_factory.mktemp(model), model)


@pytest.fixture(scope="module")
def energy_library(model: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_benchmark(tmp_path_factory.mktemp(f"{model}-energy"), model, energy_mode=True)


def bench_on(link: Link, data: Path | None, chunk_bytes: int = DIRECT_CHUNK_BYTES) -> Bench:
    client = Client(link, chunk_bytes)
    identity = client.greet()
    wanted = BENCHMARKS[identity.model]
    return Bench(client, identity, wanted, () if data is None else read_dataset(data, wanted))


def expected_scores(model: str, data: bytes) -> list[float]:
    """What the model of fake_device.c answers: its input's beginning as probabilities, or how far it is from them."""
    if model == "ad01":
        x = np.frombuffer(data, "<f4")
        steps = (x / np.float32(AD_SCALES["FAKE_IN_SCALE"])).astype(np.float64)
        q = np.clip(np.sign(steps) * np.floor(np.abs(steps) + 0.5) + 89, -128, 127)
        out = np.float32(AD_SCALES["FAKE_SCALE"]) * (q - 96).astype(np.float32)
        return [float(np.mean((out - x) ** 2, dtype=np.float64))]
    first = np.frombuffer(data[: BENCHMARKS[model].classes], np.uint8).astype(int)
    steps_ = first if model in ("ic01", "vww01") else first.astype(np.uint8).view(np.int8).astype(int) + 128
    return [int(step * 1000 / 256) / 1000 for step in steps_]


def test_performance_takes_five_windows_of_ten_seconds_by_the_boards_clock(
    model: str, library: Path, tmp_path: Path
) -> None:
    link = Heard(LibraryLink(library))
    bench = bench_on(link, write_dataset(tmp_path, model))
    found = measure_performance(bench, Windows())
    assert len(found.windows) == WINDOWS and found.errors == ()
    for run, per_s in zip(found.windows, found.inferences_per_s, strict=True):
        assert run.inferred.seconds is not None and LEAST_S <= run.inferred.seconds < LEAST_S * 1.1
        assert per_s == pytest.approx(1 / 6e-3)  # the fake's layers take 1, 2 and 3 ms
    assert found.median_per_s == pytest.approx(1 / 6e-3)
    files = [run.recording.file for run in found.windows if run.recording is not None]
    assert files == [f"f{index}.bin" for index in range(WINDOWS)]


def test_commands_are_those_of_the_official_runner(model: str, library: Path, tmp_path: Path) -> None:
    link = Heard(LibraryLink(library))
    wanted = BENCHMARKS[model]
    bench = bench_on(link, write_dataset(tmp_path, model, files=1, segments=1))
    data = next(segments(bench.data[0], wanted))
    measure_performance(bench, Windows(1, inferences=3, warmups=2))
    chunks = [data[at : at + 31].hex().encode() for at in range(0, len(data), 31)]
    assert link.commands == [
        b"name%",
        b"profile%",
        b"db load %d%%" % wanted.input_bytes,
        *(b"db " + chunk + b"%" for chunk in chunks),
        b"infer 3 2%",
    ]
    assert max(map(len, link.commands)) <= _OFFICIAL_COMMAND_CHARACTERS


def test_accuracy_takes_every_window_of_every_file(model: str, library: Path, tmp_path: Path) -> None:
    bench = bench_on(Heard(LibraryLink(library)), write_dataset(tmp_path, model, files=24))
    found = measure_accuracy(bench)
    scores = []
    position = 0
    for recording in bench.data:
        rows = []
        for data in segments(recording, bench.benchmark):
            results = found.runs[position].inferred.results
            assert results == pytest.approx(expected_scores(model, data), abs=2e-3, rel=1e-4)
            rows.append(results if len(results) == 1 else np.array(results) / sum(results))
            position += 1
        scores.append(np.mean(rows, axis=0))
    labels = np.array([recording.label for recording in bench.data])
    assert position == len(found.runs) == (24 * 3 if model == "ad01" else 24)
    assert (found.top1, found.auc) == (top1(np.array(scores), labels), auc(np.array(scores), labels))
    assert found.files == 24


def test_the_same_through_an_interface_board(model: str, library: Path, energy_library: Path, tmp_path: Path) -> None:
    data = write_dataset(tmp_path, model)
    direct = measure_accuracy(bench_on(Heard(LibraryLink(library)), data))
    board = Heard(LibraryLink(energy_library))
    port = MemoryPort(InterfaceBoard(board, baud=115_200))
    link = InterfaceLink(PortLink(port), port.clock)
    link.set_baud(9_600, pause=lambda seconds: None)
    through = measure_accuracy(bench_on(link, data, INTERFACE_CHUNK_BYTES))
    assert [run.inferred.results for run in through.runs] == [run.inferred.results for run in direct.runs]
    assert all(run.inferred.seconds is None for run in through.runs), "energy mode prints no stamps"
    loads = [command for command in board.commands if re.fullmatch(rb"db [0-9a-f]+%", command)]
    assert max(map(len, loads)) == len("db %") + 2 * INTERFACE_CHUNK_BYTES


def test_the_target_interface_over_a_port(model: str, energy_library: Path, tmp_path: Path) -> None:
    board = InterfaceBoard(LibraryLink(energy_library), baud=115_200)
    with serve_pty(board) as path:
        with_rate = with_baud(load_board("nucleo-l4r5zi"), 115_200)  # as it is set already: no reset to wait for
        link = connector(f"interface:{path}", with_rate)(None)
        try:
            bench = bench_on(link, write_dataset(tmp_path, model, files=1, segments=1), INTERFACE_CHUNK_BYTES)
            (run,) = measure_accuracy(bench).runs
        finally:
            link.close()
    assert board.resets == 0
    data = next(segments(bench.data[0], bench.benchmark))
    assert run.inferred.results == pytest.approx(expected_scores(model, data), abs=2e-3, rel=1e-4)


def test_energy_firmware_is_no_performance_firmware(model: str, energy_library: Path) -> None:
    bench = bench_on(Heard(LibraryLink(energy_library)), None)
    with pytest.raises(ProtocolError, match="no time stamps"):
        measure_performance(bench, Windows(inferences=1))


def test_a_restart_between_two_commands_is_seen(model: str, library: Path) -> None:
    inner = LibraryLink(library)
    bench = bench_on(Heard(inner), None)
    inner.restart()
    with pytest.raises(ProtocolError):  # its banner is an answer too many
        measure_performance(bench, Windows(1, inferences=1))
