"""`edgeopt flash`: a built project and an ELF, dry run, check, and everything that a user can give wrongly."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from support.cli import Outcome, assert_refused, edgeopt
from support.elves import Segment, elf_bytes
from support.fake_tools import FakeTools
from support.serving import serve_link

from edgeopt import device, pipeline
from edgeopt.board import load_board
from edgeopt.cli._session import INTERRUPTED
from edgeopt.device import ports
from edgeopt.firmware.uf2 import read_uf2

BOARD = "nucleo-l4r5zi"
Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, small_model: bytes, any_toolchain: None) -> Path:
    """A built project; its tests copy what they change."""
    return build(tmp_path_factory.mktemp("flash"), small_model, BOARD)


def build(folder: Path, model: bytes, board: str) -> Path:
    (folder / "small.tflite").write_bytes(model)
    pipeline.generate(folder / "small.tflite", load_board(board), folder / "fw")
    pipeline.build(folder / "fw")
    return folder / "fw"


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeTools:
    return FakeTools(tmp_path, monkeypatch)


def test_a_project_is_flashed(built: Path, tools: FakeTools, capsys: Capture) -> None:
    tools.install("openocd")
    outcome = edgeopt(capsys, "flash", built)
    assert outcome.exit_code == 0 and outcome.stderr == ""
    assert f"Flashed {BOARD}" in outcome.stdout and "read back by openocd" in outcome.stdout
    assert tools.written == (built / "build" / "firmware.elf").read_bytes()
    document = edgeopt(capsys, "flash", built, "--json").document
    assert document["schema"] == "edgeopt.flash/1" and document["address"] == 0x0800_0000
    assert (document["tool"], document["dry_run"], document["build_id"]) == ("openocd", False, None)


def test_verbose_shows_what_the_tool_says(built: Path, tools: FakeTools, capsys: Capture) -> None:
    tools.install("openocd")
    assert "** Programming Finished **" in edgeopt(capsys, "flash", built, "-v").stderr


@pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal is a matter of POSIX")
@pytest.mark.parametrize("switches", [[], ["-v"]])
def test_what_a_tool_prints_does_not_steer_the_terminal(switches: list[str], built: Path, tools: FakeTools) -> None:
    """Neither escape sequences nor what would be markup of the library that draws the progress."""
    import pty

    tools.install("openocd")
    path = tools.board.parent / "bin" / "openocd"
    path.write_text(
        path.read_text() + "say('[/red] [bold', '\\x1b[2J\\x1b]0;title\\x07', 'the end of it')\ntime.sleep(1)\n"
    )
    master, slave = pty.openpty()
    argv = [sys.executable, "-m", "edgeopt", "flash", str(built), *switches]
    environment = {**os.environ, "TERM": "xterm"}
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=slave, env=environment)
    os.close(slave)
    said = b""
    try:
        while data := os.read(master, 4096):
            said += data
    except OSError:  # so ends a pseudo-terminal on Linux
        pass
    finally:
        os.close(master)
    assert process.communicate(timeout=60)[0] and process.returncode == 0, said
    assert b"the end of it" in said
    assert b"\x1b[2J" not in said and b"\x07" not in said


def test_a_dry_run_does_nothing(built: Path, tools: FakeTools, capsys: Capture) -> None:
    tools.install("openocd")
    outcome = edgeopt(capsys, "flash", built, "--dry-run")
    assert outcome.exit_code == 0 and "Would flash" in outcome.stdout and "program {" in outcome.stdout
    assert not (tools.board / "argv").exists()


def test_a_dry_run_needs_no_tool(built: Path, tools: FakeTools, capsys: Capture) -> None:
    outcome = edgeopt(capsys, "flash", built, "--dry-run", "--json")
    assert outcome.exit_code == 0 and outcome.document["missing"] == "sudo apt-get install openocd"


def test_an_elf_with_its_board(built: Path, tools: FakeTools, capsys: Capture) -> None:
    tools.install("openocd")
    elf = built / "build" / "firmware.elf"
    assert edgeopt(capsys, "flash", elf, "--board", BOARD).exit_code == 0
    assert tools.written == elf.read_bytes()


def test_a_write_that_fails_ends_with_6(built: Path, tools: FakeTools, capsys: Capture) -> None:
    tools.install("openocd", "fails")
    assert_refused(edgeopt(capsys, "flash", built), "`openocd` failed", "write protected", exit_code=6)


def test_a_tool_that_hangs_ends_with_6(built: Path, tools: FakeTools, capsys: Capture) -> None:
    tools.install("openocd", "hangs")
    outcome = edgeopt(capsys, "flash", built, "--timeout", "2")
    assert_refused(outcome, "did not end within 2 s", exit_code=6)


@pytest.mark.parametrize(("console", "word"), [((), "it cannot talk there"), (("--console", "rtt"), "tells no times")])
def test_what_the_firmware_does_not_set_up(
    console: tuple[str, ...], word: str, small_model: bytes, any_toolchain: None, capsys: Capture, tmp_path: Path
) -> None:
    """Firmware that talks through a debug probe needs no pins."""
    (tmp_path / "small.tflite").write_bytes(small_model)
    board = ("--board", "raspberry-pi-pico-2")
    folder = tmp_path / "fw"
    assert edgeopt(capsys, "generate", tmp_path / "small.tflite", *board, *console, "-o", folder).exit_code == 0
    assert edgeopt(capsys, "build", folder).exit_code == 0
    (warning,) = edgeopt(capsys, "flash", folder, "--dry-run", "--json").document["warnings"]
    assert word in warning


def test_a_missing_tool_ends_with_7(built: Path, tools: FakeTools, capsys: Capture) -> None:
    outcome = edgeopt(capsys, "flash", built)
    assert_refused(outcome, "`openocd` is not installed", "sudo apt-get install openocd", exit_code=7)


def test_wrong_words(built: Path, tools: FakeTools, capsys: Capture, tmp_path: Path) -> None:
    elf = built / "build" / "firmware.elf"

    def refused(*arguments: object, words: tuple[str, ...]) -> Outcome:
        outcome = edgeopt(capsys, "flash", *arguments)
        assert_refused(outcome, *words)
        return outcome

    refused(tmp_path, words=("is not a project that edgeopt generated", "edgeopt generate"))
    refused(elf, words=("does not say its board", "--board"))
    refused(elf, "--board", "raspberry-pi-pico", words=("outside of raspberry-pi-pico's flash", "0x08000000"))
    refused(elf, "--board", "esp32-devkit", words=("is for Arm, esp32-devkit has xtensa-lx6",))
    refused(built, "--board", "nucleo-f446re", words=(f"was generated for {BOARD}, not for nucleo-f446re",))
    refused(built, "--with", "uf2", words=("no [[flashers]] entry for `uf2`", "openocd, pyocd"))
    refused(built, "--with", "opnocd", words=("did you mean `openocd`",))
    for seconds in ("nan", "inf", "-1", "1e9"):
        refused(built, "--timeout", seconds, words=("'--timeout'", "is not in the range"))
    refused(built, "--probe", "x; shutdown", words=("is not a probe's id",))
    refused(elf, "--board", BOARD, "--check", words=("--check compares with a project",))
    refused(tmp_path / "nothing", words=("does not exist",))


def test_a_project_that_is_not_built(built: Path, tools: FakeTools, capsys: Capture, tmp_path: Path) -> None:
    copied = shutil.copytree(built, tmp_path / "copied")
    shutil.rmtree(copied / "build")
    assert_refused(edgeopt(capsys, "flash", copied), "is not built", f"edgeopt build {copied}")


def test_a_build_of_another_project(built: Path, tools: FakeTools, capsys: Capture, tmp_path: Path) -> None:
    """The project was generated anew, and not built again: its build id is not in the ELF."""
    tools.install("openocd")
    copied = shutil.copytree(built, tmp_path / "copied")
    elf = copied / "build" / "firmware.elf"
    build_id = json.loads((copied / "manifest.json").read_text())["build_id"].encode()
    elf.write_bytes(elf.read_bytes().replace(build_id, build_id[::-1]))
    assert_refused(edgeopt(capsys, "flash", copied), "was not built from this project as it is now", "edgeopt build")


def test_an_elf_that_is_too_large(tools: FakeTools, capsys: Capture, tmp_path: Path) -> None:
    begin = load_board(BOARD).flash.origin
    (tmp_path / "big.elf").write_bytes(elf_bytes([Segment(begin, begin, bytes((2 << 20) + 1))], begin))
    outcome = edgeopt(capsys, "flash", tmp_path / "big.elf", "--board", BOARD)
    assert_refused(outcome, "needs 2,097,153 B of flash", exit_code=4)


def test_a_drive_is_flashed(
    small_model: bytes, any_toolchain: None, tools: FakeTools, capsys: Capture, tmp_path: Path
) -> None:
    """A boot loader's drive, which a thread takes away when it has had every block, as a board would."""
    folder = build(tmp_path, small_model, "raspberry-pi-pico")
    drive, taken = tmp_path / "RPI-RP2", []
    drive.mkdir()
    (drive / "INFO_UF2.TXT").write_text("Board-ID: RPI-RP2\n")

    def boot_loader() -> None:
        for _ in range(600):
            time.sleep(0.05)
            data = b"".join(file.read_bytes() for file in drive.glob("*.UF2"))
            if len(data) >= 512 and len(data) == 512 * int.from_bytes(data[24:28], "little"):
                taken.append(data)
                (drive / "INFO_UF2.TXT").unlink()
                return

    thread = threading.Thread(target=boot_loader)
    thread.start()
    outcome = edgeopt(capsys, "flash", folder, "--port", drive)
    thread.join()
    assert outcome.exit_code == 0, outcome.stderr
    blocks = read_uf2(taken[0])
    assert blocks[0].address == 0x1000_0000 and blocks[0].data != b"\xff" * 256, "the second-stage boot loader"
    assert taken[0] == (folder / "build" / "firmware.uf2").read_bytes()
    outcome = edgeopt(capsys, "flash", folder, "--port", drive)
    assert_refused(outcome, f"`{drive}` is no boot loader's drive", "BOOTSEL", exit_code=6)


def test_check_asks_the_board(built: Path, tools: FakeTools, capsys: Capture) -> None:
    pytest.importorskip("unicorn", reason="pip install unicorn")
    tools.install("openocd")
    build_id = json.loads((built / "manifest.json").read_text())["build_id"]
    link = device.open_link("virtual:uncounted", load_board(BOARD), built / "build" / "firmware.elf")
    with serve_link(link) as url:
        outcome = edgeopt(capsys, "flash", built, "--check", "--on", f"serial:{url}", "--json")
    assert outcome.exit_code == 0, outcome.stderr
    assert outcome.document["build_id"] == build_id


def test_check_sees_another_build(
    built: Path, tools: FakeTools, capsys: Capture, small_model: bytes, tmp_path: Path
) -> None:
    """The tool says that it wrote, and the board goes on with what it had."""
    pytest.importorskip("unicorn", reason="pip install unicorn")
    tools.install("openocd")
    with_other_goal = tmp_path / "other"
    (tmp_path / "small.tflite").write_bytes(small_model)
    pipeline.generate(tmp_path / "small.tflite", load_board(BOARD), with_other_goal, goal="flash")
    pipeline.build(with_other_goal)
    link = device.open_link("virtual:uncounted", load_board(BOARD), with_other_goal / "build" / "firmware.elf")
    with serve_link(link) as url:
        outcome = edgeopt(capsys, "flash", built, "--check", "--on", f"serial:{url}")
    assert_refused(outcome, "the device runs build", exit_code=6)


def test_a_port_that_is_not_named_is_looked_for(tmp_path: Path, tools: FakeTools, capsys: Capture) -> None:
    tools.install("stm32flash")
    board = load_board("nucleo-g071rb")
    begin = board.flash.origin
    elf = tmp_path / "x.elf"
    elf.write_bytes(elf_bytes([Segment(begin, begin, bytes(64))], begin))
    arguments = ("flash", elf, "--board", board.name, "--with", "stm32flash")
    outcome = edgeopt(capsys, *arguments, "--dry-run", "--json")
    assert outcome.exit_code == 0 and outcome.document["steps"][0].endswith(" PORT")
    if ports.ports([board]) and any(port.boards for port in ports.ports([board])):
        pytest.skip("an ST-LINK is connected")
    assert_refused(edgeopt(capsys, *arguments), "no serial port of `nucleo-g071rb` was found", exit_code=6)


@pytest.mark.skipif(os.name != "posix", reason="a terminal's interrupt is a matter of POSIX")
def test_ctrl_c_ends_edgeopt_and_the_tool(built: Path, tools: FakeTools) -> None:
    tools.install("openocd", "hangs")
    argv = [sys.executable, "-m", "edgeopt", "flash", str(built)]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for _ in range(600):
        if (tools.board / "child").exists() and (tools.board / "parent").exists():
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == INTERRUPTED and stderr.splitlines()[-1] == "interrupted"
    for pid in tools.pids():
        for _ in range(100):
            try:
                os.kill(pid, 0)
                if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                    break
            except OSError:
                break
            time.sleep(0.05)
        else:
            pytest.fail(f"process {pid} is left over")
