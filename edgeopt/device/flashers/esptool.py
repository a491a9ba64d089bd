"""esptool: Espressif's chips over their serial port. `args` choose the chip: ["--chip", "esp32c3"].

It is run as a command and never imported (GPL). An ESP-IDF program's ELF is laid out for the chip's boot loader
(elf2image), looked at (image-info) and written to where the default partition table has the application, behind the
boot loader and the partition table that the chip must already have; its hash is compared with the chip's.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from shutil import which

from edgeopt.device.flasher import FLASHERS, Command, FlashTool, Job, Plan, options_of
from edgeopt.errors import BoardError

APPLICATION = 0x1_0000  # ESP-IDF, partitions_singleapp.csv: `factory`, remembered
_CHIP = "--chip"
_HINTS = (
    (r"permission denied", "you may not use the port: join the group `dialout`"),
    (r"port is busy or doesn't exist|could not open", "is --port the board's, and does no other program use it?"),
    (r"this chip is|chip type|wrong chip|not an? esp", "is this the board? see --board"),
    (r"failed to connect|no serial data|wrong boot mode", "hold BOOT, press and release EN (RESET), and try again"),
    (r"hash of data|md5|digest", "what was written is not what was sent: a bad cable, or a worn flash; try again"),
    (r"no such command|unknown command|invalid choice", "this esptool is too old: pip install -U esptool"),
)


def _program() -> str | None:
    """On PATH, or beside this Python, where pip put it."""
    beside = Path(sys.executable).with_name("esptool")
    return which("esptool") or (str(beside) if beside.is_file() else None)


def _plan(job: Job) -> Plan:
    chip = options_of(job, "esptool", (_CHIP,)).get(_CHIP)
    if chip is None:
        raise BoardError(f"{job.board.name}: `esptool` needs a chip", 'give args = ["--chip", "esp32c3"]')
    path = job.beside(".bin")
    program = _program() or "esptool"
    run: Callable[..., tuple[str, ...]] = lambda *words: (program, _CHIP, chip, *words)  # noqa: E731
    convert = Command(
        "laying the image out", run("elf2image", "-o", str(path), str(job.elf.resolve())), "Success", "", _HINTS
    )
    look = Command("looking at the image", run("image-info", str(path)), r"(?i)checksum.*valid", "", _HINTS)
    port = job.needed_port("esptool")
    argv = run("--port", port, "--connect-attempts", "5", "write-flash", f"{APPLICATION:#x}", str(path))
    percent = r"Writing at 0x[0-9a-f]+.*?(\d+(?:\.\d+)?) ?%"
    return Plan(
        (convert, look, Command("writing and verifying with esptool", argv, "Hash of data verified", percent, _HINTS))
    )


FLASHERS.register("esptool")(
    FlashTool(
        name="esptool",
        purpose="flash Espressif's chips over their serial port",
        find=_program,
        install="pip install esptool",
        verified="hash computed by the chip, compared by esptool",
        plan=_plan,
        version=("version",),
        converts=True,
        by_port=True,
    )
)
