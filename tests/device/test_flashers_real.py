"""The real tools, as far as they go without hardware: they take our words, and fail without a board as we say."""

import subprocess
from pathlib import Path

import pytest
from intelhex import IntelHex
from support.elves import RISCV, Segment, elf_bytes

from edgeopt.board import board_names, load_board
from edgeopt.device.flasher import FLASHERS, Command, Job, write
from edgeopt.errors import DeviceError
from edgeopt.firmware.image import Chunk, Image, read_image, to_bin, to_hex
from edgeopt.firmware.uf2 import read_uf2, to_uf2

NO_PORT = "/dev/edgeopt-no-such-port"


def tool(name: str) -> str:
    path = FLASHERS.get(name).find()
    if path is None:
        pytest.skip(f"install it: {FLASHERS.get(name).install}")
    return path


def ask(*argv: str) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, errors="replace", timeout=60, check=False)
    return done.stdout + done.stderr


def job_for(board_name: str, tool_name: str, folder: Path, port: str | None = None) -> Job:
    board = load_board(board_name)
    (arguments,) = (entry.args for entry in board.flashers if entry.tool == tool_name)
    elf = folder / "firmware.elf"
    elf.write_bytes(elf_bytes([Segment(board.code_origin, board.code_origin, bytes(4096))], board.code_origin))
    return Job(board, elf, read_image(elf), arguments, port)


def fails(tool_name: str, job: Job, timeout_s: float = 60.0) -> DeviceError:
    with pytest.raises(DeviceError) as error:
        write(FLASHERS.get(tool_name).plan(job), timeout_s, lambda what, share: None)
    return error.value


def test_openocd_has_every_script_that_a_board_names() -> None:
    program = tool("openocd")
    scripts = {word for name in board_names() for entry in load_board(name).flashers for word in entry.args}
    for script in sorted(word for word in scripts if word.endswith(".cfg")):
        # A target's script needs the transport of its adapter, which is not here: so the file is looked for.
        said = ask(program, "-c", f"puts [find {script}]; shutdown")
        assert f"scripts/{script}" in said, said


def test_openocd_runs_our_command_on_its_dummy_adapter(tmp_path: Path) -> None:
    """A Cortex-M behind the dummy adapter, which reads all ones: `program` starts, with our path, and gives up."""
    program = tool("openocd")
    folder = tmp_path / "a folder [exec false] $x"
    folder.mkdir()
    job = job_for("nucleo-f446re", "openocd", folder)
    (step,) = FLASHERS.get("openocd").plan(job).steps
    assert isinstance(step, Command)
    target = (
        "source [find target/swj-dp.tcl]; swj_newdap chip cpu -irlen 4; dap create chip.dap -chain-position chip.cpu; "
    )
    target += "target create chip.cpu cortex_m -dap chip.dap"
    argv = (program, "-f", "interface/dummy.cfg", "-c", f"adapter speed 100; transport select jtag; {target}")
    argv += step.argv[-2:]
    with pytest.raises(DeviceError, match=r"`openocd` failed: .*(Programming Failed|init failed|Unable to reset)"):
        Command(step.what, argv, step.proof, hints=step.hints).do(lambda what, share: None, 60.0)


def test_openocd_keeps_a_braced_path_as_it_is(tmp_path: Path) -> None:
    program = tool("openocd")
    path = f"{tmp_path}/a [exec false] $x; y"
    assert f"<{path}>" in ask(program, "-c", f'puts "<[set p {{{path}}}]>"; shutdown')


def test_openocd_without_a_probe(tmp_path: Path) -> None:
    tool("openocd")
    error = fails("openocd", job_for("nucleo-f446re", "openocd", tmp_path))
    if "open failed" not in error.message:
        pytest.skip("an ST-LINK is connected")
    assert "connect the board's debug port" in error.hint


def test_stm32flash_without_a_port(tmp_path: Path) -> None:
    tool("stm32flash")
    error = fails("stm32flash", job_for("nucleo-g071rb", "stm32flash", tmp_path, NO_PORT))
    assert NO_PORT in error.message and "--port" in error.hint


def test_bossac_without_a_port(tmp_path: Path) -> None:
    from edgeopt.device.flashers.bossac import command

    tool("bossac")
    job = job_for("arduino-nano-33-ble-sense", "bossac", tmp_path, NO_PORT)
    job.beside(".bin").write_bytes(to_bin(job.image))
    with pytest.raises(DeviceError, match="No device found") as error:
        command(job, NO_PORT).do(lambda what, share: None, 60.0)
    assert "reset button" in error.value.hint


def test_teensy_loader_reads_our_hex_and_is_ended_when_no_board_comes(tmp_path: Path) -> None:
    tool("teensy_loader_cli")
    job = job_for("teensy-4-1", "teensy_loader_cli", tmp_path)
    error = fails("teensy_loader_cli", job, 3.0)
    assert "did not end within 3 s" in error.message
    assert "4096 bytes" in error.message, "the size that it read from the hex file"
    assert "press the button" in error.hint


def test_teensy_loader_knows_the_chip() -> None:
    program = tool("teensy_loader_cli")
    (entry,) = load_board("teensy-4-1").flashers
    (argument,) = entry.args
    assert f" - {argument.removeprefix('--mcu=')}\n" in ask(program, "--list-mcus")


def test_esptool_knows_the_chips() -> None:
    program = tool("esptool")
    chips = [e.args[1] for n in board_names() for e in load_board(n).flashers if e.tool == "esptool"]
    assert len(chips) == 3
    for chip in chips:
        assert "write-flash" in ask(program, "--chip", chip, "--help")


def test_esptool_lays_an_elf_out_and_finds_no_port(tmp_path: Path) -> None:
    """elf2image and image-info are real; then the port is missing."""
    tool("esptool")
    board = load_board("esp32-c3-devkitm-1")
    elf = tmp_path / "app.elf"
    # esptool takes sections: code in the RAM that the boot loader copies it into.
    elf.write_bytes(elf_bytes([Segment(0x4038_0000, 0x4038_0000, bytes(64))], 0x4038_0000, RISCV, sections=True))
    plan = FLASHERS.get("esptool").plan(Job(board, elf, read_image(elf), board.flashers[0].args, NO_PORT))
    seen: list[str] = []
    with pytest.raises(DeviceError) as error:
        write(plan, 60.0, lambda what, share: seen.append(what))
    assert any(what.startswith("looking at the image") for what in seen), "elf2image made no image"
    assert "Could not open" in error.value.message and "is --port the board's" in error.value.hint


def test_merge_bin_of_esptool_makes_the_same_hex_and_uf2(tmp_path: Path) -> None:
    """Another writer of these formats, byte by byte where they say the same."""
    program = tool("esptool")
    data = bytes(i * 7 & 0xFF for i in range(4096))
    image = Image("RISC-V", 0x1_0000, (Chunk(0x1_0000, data),))
    source = tmp_path / "app.bin"
    source.write_bytes(to_bin(image))
    options = ("--chip", "esp32c3", "merge-bin", "0x10000", str(source))
    ask(program, *options[:3], "-f", "hex", "-o", str(tmp_path / "app.hex"), *options[3:])
    ours = tmp_path / "ours.hex"
    ours.write_bytes(to_hex(image))
    theirs, mine = IntelHex(str(tmp_path / "app.hex")), IntelHex(str(ours))
    assert theirs.tobinstr(start=0x1_0000, size=len(data)) == mine.tobinstr(start=0x1_0000, size=len(data)) == data
    uf2 = tmp_path / "app.uf2"
    flags = ("-f", "uf2", "--chunk-size", "256", "--md5-disable", "-o", str(uf2))
    ask(program, *options[:3], *flags, *options[3:])
    assert read_uf2(uf2.read_bytes()) == read_uf2(to_uf2(image, "esp32c3"))
    assert uf2.read_bytes() == to_uf2(image, "esp32c3")
