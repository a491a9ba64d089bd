"""`edgeopt run --on serial:...` where the port, the board or its firmware is another: what to do, exit code 6."""

import json
import os
import pty
from collections.abc import Callable
from pathlib import Path

import pytest
from support.cli import Outcome, assert_refused, edgeopt
from support.fake_device import build_program
from support.serial_device import on_pty

Run = Callable[..., Outcome]


@pytest.fixture
def project(tmp_path: Path, small_model: bytes, capsys: pytest.CaptureFixture[str]) -> Path:
    """A project that nobody built: a board on a port has its firmware already."""
    (tmp_path / "small.tflite").write_bytes(small_model)
    assert edgeopt(capsys, "generate", tmp_path / "small.tflite", "-o", tmp_path / "fw").exit_code == 0
    return tmp_path / "fw"


@pytest.fixture
def run(project: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(target: str, *more: object) -> Outcome:
        return edgeopt(capsys, "run", project, "--on", target, "--timeout", 1, *more)

    return call


def test_no_such_port(run: Run) -> None:
    assert_refused(run("serial:/dev/no-such-port"), "cannot open", "there is no such port", exit_code=6)


def test_a_server_that_is_not_there(run: Run) -> None:
    assert_refused(run("serial:socket://127.0.0.1:1"), "connection refused", "is the server running", exit_code=6)


def test_another_board(run: Run, tmp_path: Path) -> None:
    with on_pty(build_program(tmp_path)) as path:
        outcome = run(f"serial:{path}")
    words = "for another board", "built for `fake-board`, not for `nucleo-l4r5zi`", "edgeopt ports"
    assert_refused(outcome, *words, exit_code=6)


def test_an_error_is_a_document_too(run: Run) -> None:
    outcome = run("serial:/dev/null", "--json")
    error = json.loads(outcome.stdout)
    assert error["error"]["kind"] == "PortError" and error["exit_code"] == 6 and error["error"]["hint"]


def test_a_busy_port(run: Run) -> None:
    import fcntl

    host, device = pty.openpty()
    fcntl.flock(device, fcntl.LOCK_EX)
    try:
        assert_refused(run(f"serial:{os.ttyname(device)}"), "is busy", "close that program", exit_code=6)
    finally:
        os.close(host)
        os.close(device)
