"""`edgeopt monitor` from the command line: on the virtual board in target time, and what can be given wrongly."""

import socket
import threading
from pathlib import Path

import pytest
from support.cli import assert_refused, edgeopt

from edgeopt import pipeline
from edgeopt.board import load_board

BOARD = "nucleo-l4r5zi"
Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, small_model: bytes, any_toolchain: None) -> Path:
    folder = tmp_path_factory.mktemp("monitor")
    (folder / "small.tflite").write_bytes(small_model)
    pipeline.generate(folder / "small.tflite", load_board(BOARD), folder / "fw")
    pipeline.build(folder / "fw")
    return folder / "fw"


def test_a_minute_of_target_time(built: Path, capsys: Capture) -> None:
    """Six inferences in a minute of the board's time, which takes the host seconds."""
    pytest.importorskip("unicorn", reason="pip install unicorn")
    outcome = edgeopt(capsys, "monitor", built, "--on", "virtual", "--every", "10s", "--for", "60s")
    assert outcome.exit_code == 0, outcome.stderr
    lines = outcome.stdout.splitlines()
    assert sum("inference " in line and "outputs " in line and "stack " in line for line in lines) == 6
    assert f"{BOARD} on virtual" in outcome.stdout and "the same every time" in outcome.stdout
    document = edgeopt(capsys, "monitor", built, "--on", "virtual", "--every", "10s", "--for", "60s", "--json").document
    assert document["schema"] == "edgeopt.monitor/1" and document["label"] == "simulated"
    assert (document["inferences"], document["unstable"], document["errors"], document["restarts"]) == (6, 0, 0, 0)
    assert 60 <= document["duration_s"] < 61 and document["latency"]["least_ms"] > 0
    assert 0 < document["stack_used_bytes"] <= document["stack_reserved_bytes"]


def test_json_has_the_lines_on_stderr(built: Path, capsys: Capture) -> None:
    pytest.importorskip("unicorn", reason="pip install unicorn")
    outcome = edgeopt(capsys, "monitor", built, "--on", "virtual", "--every", "1s", "--for", "2s", "--json")
    assert "inference 2: " in outcome.stderr and outcome.document["inferences"] == 2


def test_a_board_that_says_garbage_is_shown_escaped(capsys: Capture) -> None:
    """Only listened to, over a TCP serial server that says again and again what a wrong baud rate looks like."""
    server = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            while not ended.wait(0.05):
                try:
                    connection.sendall(b"\x00\xf8\xe0\x1b[2J\xffx\r\n")
                except OSError:
                    return

    thread = threading.Thread(target=serve)
    thread.start()
    url = f"serial:socket://127.0.0.1:{server.getsockname()[1]}"
    outcome = edgeopt(capsys, "monitor", "--board", BOARD, "--on", url, "--for", "2s")
    ended.set()
    thread.join()
    server.close()
    assert "\\x00\\xf8\\xe0\\x1b[2J\\xffx" in outcome.stdout and "\x1b" not in outcome.stdout
    assert outcome.exit_code == 0 and "unasked" in outcome.stdout


def test_wrong_words(built: Path, tmp_path: Path, capsys: Capture) -> None:
    def refused(*arguments: object, words: tuple[str, ...], exit_code: int = 2) -> None:
        assert_refused(edgeopt(capsys, "monitor", *arguments), *words, exit_code=exit_code)

    refused(words=("neither a project nor a board is named",))
    refused(tmp_path, words=("is not a project",))
    refused(built, "--board", "nucleo-f446re", words=(f"was generated for {BOARD}",))
    refused(built, "--on", "virtual", "--every", "10", words=("has no unit",))
    refused(built, "--on", "virtual", "--for", "0s", words=("--for needs more than 0 s",))
    refused(built, "--on", "serail:x", words=("no link is called",))
    refused(built, "--on", "serial:/dev/edgeopt-no-such-port", "--for", "1s", words=("/dev/edgeopt",), exit_code=6)
    refused("--board", BOARD, "--on", "virtual", "--for", "1s", words=("needs the firmware's ELF",))
