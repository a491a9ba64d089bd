"""Flashers against fake tools on PATH: what they are told, and what becomes of success, failure, hangs and absence."""

import os
import re
import time
from pathlib import Path

import pytest
from support.elves import ARM, XTENSA, Segment, elf_bytes
from support.fake_tools import FakeTools

from edgeopt.board import Board, board_names, load_board
from edgeopt.device.flasher import FLASHERS, Job, Plan, chosen_flasher, write
from edgeopt.errors import BoardError, DeviceError, ToolchainError, UsageError
from edgeopt.firmware.image import read_image, to_bin

BOARDS = {  # tool -> a board that has it, and --port
    "openocd": ("nucleo-f446re", None),
    "stm32flash": ("nucleo-g071rb", "/dev/ttyUSB0"),
    "teensy_loader_cli": ("teensy-4-1", None),
    "esptool": ("esp32-devkit", "/dev/ttyUSB0"),
}
TOOLS = tuple(BOARDS)
LONG_S = 60.0  # that no test waits for


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeTools:
    return FakeTools(tmp_path, monkeypatch)


def job_for(board: Board, folder: Path, arguments: tuple[str, ...], port: str | None, probe: str | None = None) -> Job:
    begin = board.code_origin
    segments = [Segment(begin, begin, bytes(range(200))), Segment(board.ram.origin, begin + 208, b"data")]
    folder.mkdir(exist_ok=True)
    elf = folder / "firmware.elf"
    elf.write_bytes(elf_bytes(segments, begin, XTENSA if board.core.startswith("xtensa") else ARM))
    return Job(board, elf, read_image(elf), arguments, port, probe)


def plan_for(tool: str, folder: Path, **options: str) -> tuple[Plan, Job]:
    name, port = BOARDS[tool]
    board = load_board(name)
    flasher, arguments = chosen_flasher(board, tool)
    job = job_for(board, folder, arguments, port, **options)
    return flasher.plan(job), job


def test_an_elf_is_not_written_over_by_what_is_made_of_it(tmp_path: Path) -> None:
    job = job_for(load_board("nucleo-g071rb"), tmp_path, (), None)
    assert job.beside(".bin").name == "firmware.bin" and job.beside(".elf").name == "firmware.elf.elf"
    named = Job(job.board, job.elf.rename(tmp_path / "program.bin"), job.image)
    assert named.beside(".bin").name == "program.bin.bin" and named.beside(".hex").name == "program.hex"


@pytest.mark.parametrize("tool", TOOLS)
def test_a_write_that_succeeds(tool: str, tools: FakeTools, tmp_path: Path) -> None:
    tools.install(tool)
    plan, job = plan_for(tool, tmp_path / "a folder with blanks; $(and more)")
    assert not list(job.elf.parent.glob("*.[bhu]*")), "a plan does nothing"
    seen: list[tuple[str, float | None]] = []
    write(plan, LONG_S, lambda what, share: seen.append((what, share)))
    shares = [share for _, share in seen if share is not None]
    assert shares == sorted(shares) and all(0 <= share <= 1 for share in shares)
    if tool in ("stm32flash", "esptool"):
        assert shares[0] == 0 and shares[-1] == 1
    written = tools.written
    if tool in ("openocd", "esptool"):  # the fake esptool's image is the ELF
        assert written == job.elf.read_bytes()
    elif tool == "stm32flash":
        assert written == to_bin(job.image)
    else:
        assert written.startswith(b":") and written.endswith(b":00000001FF\n")


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("fails", {"openocd": "Programming Failed", "stm32flash": "Failed to verify", "esptool": "stream stopped"}),
        ("wrong", {"openocd": "0x1ba01477", "stm32flash": "unsupported device", "esptool": "ESP32-S3"}),
        ("none", {"openocd": "open failed", "stm32flash": "Failed to open port", "esptool": "busy or doesn't exist"}),
        ("silent", dict.fromkeys(TOOLS, "without saying that all was written, and said nothing")),
    ],
)
@pytest.mark.parametrize("tool", TOOLS)
def test_a_write_that_fails(tool: str, mode: str, words: dict[str, str], tools: FakeTools, tmp_path: Path) -> None:
    tools.install(tool, mode)
    plan, _ = plan_for(tool, tmp_path / "fw")
    with pytest.raises(DeviceError) as error:
        write(plan, 3.0 if tool == "teensy_loader_cli" and mode == "none" else LONG_S, lambda what, share: None)
    teensy = {"fails": "error writing", "wrong": "Unknown MCU", "none": "Waiting for Teensy"}
    word = words.get(tool) or teensy[mode]
    assert word in error.value.message and f"`{tool}`" in error.value.message
    assert "\n" not in error.value.message and error.value.hint
    assert not (tools.board / "written").exists()


HINTS = {
    ("openocd", "none"): "connect the board's debug port",
    ("openocd", "wrong"): "is this the board",
    ("stm32flash", "wrong"): "is this the board",
    ("stm32flash", "fails"): "does not keep",
    ("teensy_loader_cli", "none"): "press the button",
    ("esptool", "wrong"): "is this the board",
    ("esptool", "none"): "is --port the board's",
}


@pytest.mark.parametrize(("tool", "mode"), HINTS)
def test_a_failure_says_what_to_do(tool: str, mode: str, tools: FakeTools, tmp_path: Path) -> None:
    tools.install(tool, mode)
    with pytest.raises(DeviceError) as error:
        write(plan_for(tool, tmp_path / "fw")[0], 3.0 if mode == "none" else LONG_S, lambda what, share: None)
    assert HINTS[tool, mode] in error.value.hint


def gone(pid: int) -> bool:
    """Whether the process ends soon: a killed child of nobody is a zombie until somebody has waited for it."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc, as Linux has it")
def test_a_tool_that_hangs_is_ended_with_its_children(tools: FakeTools, tmp_path: Path) -> None:
    tools.install("openocd", "hangs")
    with pytest.raises(DeviceError, match=r"did not end within 3 s, and was stopped: working on it"):
        write(plan_for("openocd", tmp_path / "fw")[0], 3.0, lambda what, share: None)
    assert all(gone(pid) for pid in tools.pids())


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc, as Linux has it")
def test_an_interrupt_ends_the_tool(tools: FakeTools, tmp_path: Path) -> None:
    tools.install("openocd", "hangs")

    def interrupt(what: str, share: float | None) -> None:
        if what.endswith("working on it"):
            while not (tools.board / "child").exists() or not (tools.board / "parent").exists():
                time.sleep(0.01)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(plan_for("openocd", tmp_path / "fw")[0], LONG_S, interrupt)
    assert all(gone(pid) for pid in tools.pids())


@pytest.mark.skipif(os.name != "posix", reason="forks")
def test_what_a_tool_leaves_behind_is_not_waited_for(tools: FakeTools, tmp_path: Path) -> None:
    """A server that the tool starts and that keeps its output open: the tool has ended all the same."""
    tools.install("openocd")
    path = tools.board.parent / "bin" / "openocd"
    leave = "if not os.fork():\n    (board / 'server').write_text(str(os.getpid()))\n    time.sleep(3600)\n"
    path.write_text(path.read_text() + leave)
    write(plan_for("openocd", tmp_path / "fw")[0], LONG_S, lambda what, share: None)
    server = tools.board / "server"
    for _ in range(200):
        if server.exists() and server.read_text():
            break
        time.sleep(0.05)
    os.kill(int(server.read_text()), 9)


def test_a_tool_that_floods_takes_no_memory(tools: FakeTools, tmp_path: Path) -> None:
    tools.install("openocd", "floods")
    with pytest.raises(DeviceError) as error:
        write(plan_for("openocd", tmp_path / "fw")[0], 3.0, lambda what, share: None)
    assert "the same line again" in error.value.message and len(error.value.message) < 500


@pytest.mark.parametrize("tool", ["openocd", "stm32flash", "teensy_loader_cli", "bossac"])
def test_a_missing_tool_says_how_to_install_it(tool: str, tools: FakeTools) -> None:
    with pytest.raises(ToolchainError, match=f"`{tool}` is not installed") as error:
        FLASHERS.get(tool).check_installed()
    assert "apt-get install" in error.value.hint


def test_what_openocd_is_told(tools: FakeTools, tmp_path: Path) -> None:
    tools.install("openocd")
    plan, job = plan_for("openocd", tmp_path / "fw", probe="0668FF323532")
    write(plan, LONG_S, lambda what, share: None)
    program = f"program {{{job.elf}}} verify reset exit"
    assert tools.argv == ["-f", "board/st_nucleo_f4.cfg", "-c", "adapter serial 0668FF323532", "-c", program]


def test_what_stm32flash_is_told(tools: FakeTools, tmp_path: Path) -> None:
    tools.install("stm32flash")
    plan, job = plan_for("stm32flash", tmp_path / "fw")
    write(plan, LONG_S, lambda what, share: None)
    begin = "0x08000000"
    assert tools.argv == (
        ["-b", "115200", "-w", str(job.beside(".bin")), "-S", begin, "-v", "-g", begin, "/dev/ttyUSB0"]
    )


def test_what_esptool_is_told(tools: FakeTools, tmp_path: Path) -> None:
    tools.install("esptool")
    plan, job = plan_for("esptool", tmp_path / "fw")
    write(plan, LONG_S, lambda what, share: None)
    image = str(job.beside(".bin"))
    words = ["--chip", "esp32", "--port", "/dev/ttyUSB0", "--connect-attempts", "5", "write-flash", "0x10000", image]
    assert tools.argv == words


@pytest.mark.parametrize("probe", ["a b", "x; shutdown", "{x}", "[exec ls]", "-c", "", "x\ny"])
def test_a_probe_cannot_bring_commands_along(probe: str, tmp_path: Path) -> None:
    for tool in ("openocd", "pyocd"):
        board = load_board("nucleo-f446re")
        flasher, arguments = chosen_flasher(board, tool)
        with pytest.raises(UsageError, match="not a probe's id"):
            flasher.plan(job_for(board, tmp_path / "fw", arguments, None, probe))


@pytest.mark.parametrize("folder", ["{", "a}b", "back\\slash"])
def test_a_path_cannot_bring_tcl_along(folder: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="OpenOCD cannot read a path"):
        plan_for("openocd", tmp_path / folder)


@pytest.mark.parametrize("port", ["-R", "--help", "a\nb"])
def test_a_port_is_no_option(port: str, tmp_path: Path) -> None:
    for tool in ("stm32flash", "esptool"):
        board = load_board(BOARDS[tool][0])
        flasher, arguments = chosen_flasher(board, tool)
        with pytest.raises(UsageError, match="not a serial port"):
            flasher.plan(job_for(board, tmp_path / "fw", arguments, port))


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("pyocd", ()),
        ("pyocd", ("--target",)),
        ("pyocd", ("flash", "--target")),
        ("pyocd", ("--target", "x", "--target", "y")),
        ("esptool", ()),
        ("esptool", ("--chip", "esp32", "--before", "no-reset")),
        ("uf2", ()),
        ("uf2", ("rp2040",)),
    ],
)
def test_arguments_that_a_tool_does_not_take(tool: str, arguments: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(BoardError) as error:
        FLASHERS.get(tool).plan(job_for(load_board("nucleo-f446re"), tmp_path / "fw", arguments, "/dev/ttyUSB0"))
    assert error.value.hint


def test_the_board_names_its_flashers() -> None:
    board = load_board("nucleo-f446re")
    assert chosen_flasher(board)[0].name == "openocd"
    assert chosen_flasher(board, "pyocd")[1] == ("--target", "stm32f446retx")
    with pytest.raises(UsageError, match=r"no \[\[flashers\]\] entry for `uf2`"):
        chosen_flasher(board, "uf2")
    with pytest.raises(UsageError, match="no flasher is called `pyodc`"):
        chosen_flasher(board, "pyodc")
    with pytest.raises(BoardError, match="names no flasher"):
        chosen_flasher(load_board("mps2-an386"))


@pytest.mark.parametrize("name", board_names())
def test_every_entry_of_every_board_makes_a_plan(name: str, tmp_path: Path) -> None:
    board = load_board(name)
    for entry in board.flashers:
        flasher = FLASHERS.get(entry.tool)
        job = job_for(board, tmp_path / entry.tool, entry.args, "/dev/ttyUSB0" if flasher.by_port else None)
        plan = flasher.plan(job)
        assert plan.steps and all(step.shown for step in plan.steps)
        assert all(path.parent == job.elf.parent and data for path, data in plan.files)
    real = board.link == "serial" and board.name != "apollo4-plus-evb"  # of which no flasher here knows the chip
    assert bool(board.flashers) == real


def test_every_flasher_says_what_a_user_must_know() -> None:
    for name, flasher in FLASHERS:
        assert name == flasher.name and flasher.purpose and flasher.verified
        assert flasher.install or name == "uf2"
        assert re.fullmatch(r"[a-z0-9_]+", name)
    assert set(FLASHERS.names()) == {*TOOLS, "bossac", "pyocd", "uf2"}


@pytest.mark.skipif(os.name != "posix", reason="a program that a signal ends is a matter of POSIX")
def test_a_tool_that_dies(tools: FakeTools, tmp_path: Path) -> None:
    tools.install("openocd")
    path = tools.board.parent / "bin" / "openocd"
    path.write_text(path.read_text() + "\nos.kill(os.getpid(), 9)\n")
    with pytest.raises(DeviceError, match=r"was ended by signal 9"):
        write(plan_for("openocd", tmp_path / "fw")[0], LONG_S, lambda what, share: None)


def test_a_tool_that_cannot_be_started(tools: FakeTools, tmp_path: Path) -> None:
    tools.install("openocd")
    (tools.board.parent / "bin" / "openocd").write_text("#!/no/such/interpreter\n")
    with pytest.raises(ToolchainError, match="cannot be run"):
        write(plan_for("openocd", tmp_path / "fw")[0], LONG_S, lambda what, share: None)
