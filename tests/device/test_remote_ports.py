"""Boards on another computer: pySerial's own RFC 2217 server and a plain TCP server, with the device behind a pty."""

import dataclasses
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from support.fake_device import build_program, fake_outputs
from support.serial_device import Rfc2217Server, on_pty

from edgeopt.board import Board, load_board
from edgeopt.board.types import Usb
from edgeopt.device import Patience, Repeats, Session, open_link, run
from edgeopt.errors import LinkTimeout, PortError

pytestmark = pytest.mark.filterwarnings("ignore:set:DeprecationWarning")  # pySerial 3.5

BOARD = dataclasses.replace(load_board("nucleo-l4r5zi"), name="fake-board")
PATIENCE = Patience(reply_s=20)
SAMPLES = [[np.full(5, 3, np.int8), np.arange(300).astype(np.int8)]]
OUTPUTS = (fake_outputs([array.tobytes() for array in SAMPLES[0]]),)


def board_reset_by(reset: str) -> Board:
    return dataclasses.replace(BOARD, usb=Usb(("0483:374b",), "a probe", reset, "a test"))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_program(tmp_path_factory.mktemp("remote"))


@pytest.fixture
def server(program: Path) -> Iterator[Rfc2217Server]:
    with on_pty(program) as path:
        server = Rfc2217Server(path)
        yield server
        server.close()


def test_a_run_over_rfc2217(server: Rfc2217Server) -> None:
    for _ in range(2):  # the second begins where the first left the device
        target = f"serial:{server.url}"
        found = run(None, BOARD, target, SAMPLES, repeats=Repeats(runs=3, warmup=1), patience=PATIENCE)
        assert found.outputs == OUTPUTS and found.costs.cycles == (6000,) * 3 and found.restarts == 0


def test_a_reply_over_rfc2217_is_not_waited_for_in_vain(server: Rfc2217Server) -> None:
    """An answer is there in milliseconds; settings are negotiated once, not with every read."""
    link = open_link(f"serial:{server.url}", BOARD)
    session = Session(link, patience=PATIENCE)
    start = time.perf_counter()
    for _ in range(20):
        session.memory()
    assert time.perf_counter() - start < 10  # pySerial's negotiation takes 0.05 s and more, twice a read
    link.close()


@pytest.mark.parametrize(
    ("reset", "lines"),
    [
        ("dtr", [("dtr", False), ("dtr", True)]),
        ("rts", [("dtr", False), ("rts", True), ("rts", False)]),
        ("break", [("break", True), ("break", False)]),
    ],
)
def test_a_board_is_reset_by_its_port(server: Rfc2217Server, reset: str, lines: list[tuple[str, bool]]) -> None:
    link = open_link(f"serial:{server.url}", board_reset_by(reset))
    assert server.lines[-len(lines) :] == lines
    assert Session(link, patience=PATIENCE).identity.name == "fake"
    link.close()


@pytest.mark.parametrize("board", [BOARD, board_reset_by("none")])
def test_a_board_that_must_not_be_reset_is_not(server: Rfc2217Server, board: Board) -> None:
    link = open_link(f"serial:{server.url}", board)
    link.close()
    assert not any(on for name, on in server.lines if name == "break")
    assert ("dtr", False) not in server.lines and ("rts", False) not in server.lines


def test_a_server_that_hangs_up(server: Rfc2217Server) -> None:
    link = open_link(f"serial:{server.url}", BOARD)
    session = Session(link, patience=PATIENCE)
    server.hang_up()
    with pytest.raises(PortError, match="failed") as caught:
        for _ in range(100):
            session.memory()
    assert caught.value.exit_code == 6 and "connected" in caught.value.hint
    link.close()


def test_a_server_of_raw_bytes_is_no_rfc2217_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"rfc2217://127.0.0.1:{listening.getsockname()[1]}?timeout=0.3"
        with pytest.raises(PortError, match="cannot open") as caught:
            open_link(f"serial:{url}", BOARD)
    assert "socket://" in caught.value.hint


def test_a_server_on_tcp_whose_device_ends(program: Path) -> None:
    """socket://: the device is there, and then it is not."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        processes: list[subprocess.Popen[bytes]] = []

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                processes.append(subprocess.Popen([program], stdin=connection, stdout=connection))
                processes[0].wait()

        thread = threading.Thread(target=serve)
        thread.start()
        link = open_link(f"serial:socket://127.0.0.1:{listening.getsockname()[1]}", BOARD)
        session = Session(link, patience=PATIENCE)
        session.memory()
        processes[0].terminate()
        thread.join()
        with pytest.raises(PortError, match="failed"):
            session.memory()
        link.close()


def test_a_server_where_nothing_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        link = open_link(f"serial:socket://127.0.0.1:{listening.getsockname()[1]}", BOARD)
        with pytest.raises(LinkTimeout):
            Session(link, patience=Patience(reply_s=0.05, quiet_s=0.01))
        link.close()
