"""Links: a serial port (a pty with the firmware's protocol behind it), and targets that cannot be opened."""

import dataclasses
import os
import pty
import socket
import subprocess
import threading
import tty
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from support.fake_device import BUILD_ID, build_program, fake_outputs

from edgeopt.board import load_board
from edgeopt.device import Patience, Repeats, open_link, run
from edgeopt.errors import DeviceError, LinkTimeout, UsageError

BOARD = dataclasses.replace(load_board("nucleo-l4r5zi"), name="fake-board")
PATIENCE = Patience(reply_s=20)
SEED = 5150


@pytest.fixture
def port(tmp_path: Path) -> Iterator[str]:
    """Path of a serial port that the fake device is on."""
    host, device = pty.openpty()
    tty.setraw(device)
    process = subprocess.Popen([build_program(tmp_path)], stdin=host, stdout=host)
    yield os.ttyname(device)
    process.terminate()
    process.wait()
    os.close(host)
    os.close(device)


def samples(count: int) -> list[list[np.ndarray]]:
    print(f"seed {SEED}")
    rng = np.random.default_rng(SEED)
    return [[rng.integers(-128, 128, size, np.int8) for size in (5, 300)] for _ in range(count)]


def test_a_run_over_a_serial_port(port: str) -> None:
    seen: list[tuple[str, int, int]] = []
    inputs = samples(3)
    result = run(
        None,
        BOARD,
        f"serial:{port}",
        inputs,
        build_id=BUILD_ID,
        repeats=Repeats(runs=4, warmup=1),
        patience=PATIENCE,
        progress=lambda *step: seen.append(step),
    )
    assert result.outputs == tuple(fake_outputs([array.tobytes() for array in sample]) for sample in inputs)
    assert (result.label, result.deterministic, result.board) == ("measured", False, "fake-board")
    assert result.costs.cold_cycles == 6000 and result.costs.cycles == (6000,) * 4
    latency_ms = result.costs.latency_ms
    assert latency_ms is not None and (latency_ms.n, latency_ms.median, latency_ms.max) == (4, 6.0, 6.0)
    assert result.costs.layer_cycles == (1000, 2000, 3000)
    assert result.costs.instructions is None and result.memory.stack_used_bytes == 1234
    assert seen == [("samples", i + 1, 3) for i in range(3)] + [("timed runs", i + 1, 5) for i in range(5)]


def test_a_board_farm_by_url(tmp_path: Path) -> None:
    """socket://, as a server that gives a board's port to the network does it."""
    program = build_program(tmp_path)
    inputs = samples(2)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                subprocess.run([program], stdin=connection, stdout=connection, check=False)

        thread = threading.Thread(target=serve)
        thread.start()
        target = f"serial:socket://127.0.0.1:{server.getsockname()[1]}"
        result = run(None, BOARD, target, inputs, patience=PATIENCE)
        thread.join()
    assert result.outputs == tuple(fake_outputs([array.tobytes() for array in sample]) for sample in inputs)


def test_without_repeats_only_the_samples_run(port: str) -> None:
    result = run(None, BOARD, f"serial:{port}", samples(1), patience=PATIENCE)
    assert result.costs.cycles == () and result.costs.layer_cycles == () and result.costs.cold_cycles == 6000


def test_a_port_where_nobody_listens_times_out() -> None:
    host, device = pty.openpty()
    try:
        with pytest.raises(LinkTimeout):
            run(None, BOARD, f"serial:{os.ttyname(device)}", samples(1), patience=Patience(reply_s=0.05, quiet_s=0.01))
    finally:
        os.close(host)
        os.close(device)


@pytest.mark.parametrize("target", ["serial:/dev/no-such-port", "serial:socket://127.0.0.1:1", "serial:nonsense://x"])
def test_a_port_that_cannot_be_opened(target: str) -> None:
    with pytest.raises(DeviceError, match="cannot open") as caught:
        open_link(target, BOARD)
    assert caught.value.exit_code == 6 and "\n" not in caught.value.message


@pytest.mark.parametrize("target", ["serial", "seral:/dev/x", "", "virtual", "qemu"])
def test_targets_that_make_no_sense(target: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_link(target, BOARD)
    assert caught.value.hint


def test_no_samples_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="nothing to run"):
        run(None, BOARD, "serial:/dev/null", [])


def test_a_word_of_the_virtual_board_that_is_misspelt() -> None:
    with pytest.raises(UsageError, match="takes nothing but `ideal` after a colon, not `idael`") as caught:
        open_link("virtual:idael", BOARD)
    assert "--on virtual:ideal" in caught.value.hint
