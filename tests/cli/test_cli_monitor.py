"""`edgeopt monitor` from the command line: on the virtual board in target time, and what can be given wrongly."""

import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from support.cli import assert_refused, edgeopt

from edgeopt import pipeline
from edgeopt.board import load_board
from edgeopt.device.crash import Crash, fault_line
from edgeopt.device.link import MEASURED, LinkTraits
from edgeopt.device.monitor import Monitor
from edgeopt.device.watched import Options

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


def test_no_time_is_told_where_there_is_none(
    tmp_path: Path, small_model: bytes, any_toolchain: None, capsys: Capture
) -> None:
    """QEMU's counter counts something, which is no silicon's time."""
    if shutil.which("qemu-system-arm") is None:
        pytest.skip("install it: sudo apt-get install qemu-system-arm")
    (tmp_path / "small.tflite").write_bytes(small_model)
    pipeline.generate(tmp_path / "small.tflite", load_board("mps2-an386"), tmp_path / "fw")
    pipeline.build(tmp_path / "fw")
    watch = ("monitor", tmp_path / "fw", "--on", "qemu", "--every", "1s", "--for", "1s")
    outcome = edgeopt(capsys, *watch)
    assert outcome.exit_code == 0, outcome.stderr
    assert "inference 1: no time, outputs" in outcome.stdout and "latency" not in outcome.stdout
    document = edgeopt(capsys, *watch, "--json").document
    assert document["inferences"] == 1 and document["latency"] is None


def test_a_reader_who_has_read_enough_ends_it(built: Path) -> None:
    """As `edgeopt monitor ... | head -1`: what would go on for a thousand hours ends."""
    pytest.importorskip("unicorn", reason="pip install unicorn")
    argv = [
        sys.executable,
        "-m",
        "edgeopt",
        "monitor",
        str(built),
        "--on",
        "virtual",
        "--every",
        "1s",
        "--for",
        "1000h",
    ]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stderr is not None
    assert "last reset: " in process.stdout.readline()
    process.stdout.close()
    assert process.wait(60) == 0 and process.stderr.read() == ""
    process.stderr.close()


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
    refused(built, "--on", "virtual", "--for", "1s", "--watchdog", "50d", words=("--watchdog takes 1d at most",))
    refused(built, "--on", "virtual", "--every", "1s", words=("needs an end", "--for"))
    refused(built, "--on", "serail:x", words=("no link is called",))
    refused(built, "--on", "serial:/dev/edgeopt-no-such-port", "--for", "1s", words=("/dev/edgeopt",), exit_code=6)
    refused("--board", BOARD, "--on", "virtual", "--for", "1s", words=("needs the firmware's ELF",))


class SayingLink:
    """A board that says this, and then nothing more."""

    traits = LinkTraits(MEASURED, deterministic=False, timed=True)

    def __init__(self, said: bytes, clock: Callable[[float], None]) -> None:
        self._said, self._wait = said, clock

    def write(self, data: bytes) -> None:
        """Nobody listens."""

    def read(self, timeout_s: float) -> bytes:
        said, self._said = self._said, b""
        if not said:
            self._wait(timeout_s)
        return said

    def close(self) -> None:
        """Nothing to close."""


def test_a_fault_is_told_by_the_function_of_the_projects_elf(built: Path) -> None:
    elf = built / "build" / "firmware.elf"
    with elf.open("rb") as file:
        table = ELFFile(file).get_section_by_name(".symtab")
        (function,) = table.get_symbol_by_name("eo_inference_run")
        address = function["st_value"] & ~1
    said = fault_line(Crash(6, address + 4, 0, 0, 0x2000_0100, 1 << 25, 0, 0, 0, 400)) + b"\r\n"
    said += b"m-timestamp-mode-performance\r\nm-lap-us-0\r\nm-init-done\r\nm-ready\r\n"
    now = [0.0]

    def wait(seconds: float) -> None:
        now[0] += seconds

    lines: list[str] = []
    monitor = Monitor(
        lambda: SayingLink(said, wait),
        Options(for_s=5.0, known=False, elf=elf),
        lambda at_s, line: lines.append(line),
        clock=lambda: now[0],
        sleep=wait,
    )
    seen = monitor.run()
    assert seen.faults == 1 and "in eo_inference_run" in seen.told_restarts[0].fault
    assert "UsageFault: the program divides by zero" in lines[-1]
