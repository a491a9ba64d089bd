"""Fake flashers on PATH: scripts that take the tool's arguments, say what it says, and keep what they were given.

How one behaves is in the environment: FAKE_TOOL is `ok`, `fails` (in the middle), `hangs`, `wrong` (another chip),
`none` (no device), `silent` (ends well without a word) or `floods`. FAKE_BOARD is a folder in which it leaves `written`
(the file) and `argv`. What they say is what the tools said here without hardware, and what their users' reports show.
"""

import stat
import sys
from pathlib import Path

import pytest

_FRAME = """#!{python}
import os, shutil, sys, time
from pathlib import Path
mode, board = os.environ["FAKE_TOOL"], Path(os.environ["FAKE_BOARD"])
say = lambda *lines: [print(line, flush=True) for line in lines]
part = lambda text: (sys.stdout.write(text), sys.stdout.flush())
(board / "argv").write_text("\\n".join(sys.argv[1:]))
def given(suffix):
    return next(Path(word) for word in sys.argv if word.endswith(suffix))
def keep(path):
    shutil.copyfile(path, board / "written")
if mode == "silent":
    sys.exit(0)
if mode == "hangs":
    say("working on it")
    child = os.fork()
    (board / ("child" if not child else "parent")).write_text(str(os.getpid()))
    time.sleep(3600)
while mode == "floods":
    say("the same line again " * 40)
"""

_BODIES = {
    "openocd": """
program = sys.argv[-1]
path = program[program.index("{") + 1:program.index("}")]
say("Open On-Chip Debugger 0.12.0", "Licensed under GNU GPL v2", "Info : clock speed 2000 kHz")
if mode == "none":
    say("Error: open failed", "in procedure 'program'", "** OpenOCD init failed **", "shutdown command invoked")
    sys.exit(1)
say("Info : STLINK V2J30M19 (API v2) VID:PID 0483:374B", "Info : Target voltage: 3.024852")
if mode == "wrong":
    say("Warn : UNEXPECTED idcode: 0x2ba01477", "Error: expected 1 of 1: 0x1ba01477", "** OpenOCD init failed **")
    sys.exit(1)
say("** Programming Started **")
if mode == "fails":
    say("Error: flash memory write protected", "** Programming Failed **", "shutdown command invoked")
    sys.exit(1)
keep(path)
say("** Programming Finished **", "** Verify Started **", "** Verified OK **", "** Resetting Target **")
""",
    "stm32flash": """
say("stm32flash 0.7", "", "Using Parser : Raw BINARY")
if mode == "none":
    say('Error probing interface "serial_posix"', 'Cannot handle device "/dev/ttyNOPE"', "Failed to open port: /dev/x")
    sys.exit(1)
if mode == "wrong":
    say("Unknown/unsupported device (Device ID: 0x000)")
    sys.exit(1)
say("Interface serial_posix: 115200 8E1", "Version      : 0x31", "Write to memory", "Erasing memory")
for at in (0, 50, 100):
    part(f"\\rWrote and verified address 0x{0x08000000 + at:08x} ({at:.2f}%) ")
    if mode == "fails":
        say("", "Failed to verify at address 0x08000010, expected 0x00 and found 0xff")
        sys.exit(1)
keep(given(".bin"))
say("Done.", "", "Starting execution at address 0x08000000... done.")
""",
    "bossac": """
if mode == "none":
    say("No device found on ttyNOPE")
    sys.exit(1)
if mode == "wrong":
    say("Set binary mode", "Device unsupported")
    sys.exit(1)
say("Device       : nRF52840-QIAA", "Erase flash", "", "Done in 0.001 seconds", "Write 84088 bytes to flash (21 pages)")
for page in (0, 10, 21):
    part(f"\\r[{'=' * page}] {100 * page // 21}% ({page}/21 pages)")
    if mode == "fails" and page:
        say("", "SAM-BA operation failed")
        sys.exit(1)
keep(given(".bin"))
say("", "Done in 3.297 seconds", "Verify 84088 bytes of flash", "", "Verify successful", "Done in 1.2 seconds")
""",
    "teensy_loader_cli": """
say("Teensy Loader, Command Line, Version 2.2")
path = given(".hex")
if mode == "wrong":
    say('Unknown MCU type "TEENSY99"')
    sys.exit(1)
if mode == "none":
    say("Error opening USB device: No error", "Waiting for Teensy device...", " (hint: press the reset button)")
    time.sleep(3600)
say(f'Read "{path}": 355478 bytes, 4.4% usage', "Found HalfKay Bootloader")
part("Programming")
for _ in range(20):
    part(".")
if mode == "fails":
    say("error writing to Teensy")
    sys.exit(1)
keep(path)
say("", "Booting")
""",
    "esptool": """
say("esptool v5.6.0")
if "elf2image" in sys.argv:
    out = sys.argv[sys.argv.index("-o") + 1]
    shutil.copyfile(sys.argv[-1], out)
    say("Creating ESP32-C3 image...", "Successfully created ESP32-C3 image.")
    sys.exit(0)
if "image-info" in sys.argv:
    say("Image size: 123456 bytes", "Checksum: 0x1e (valid)", "Validation hash: 00 (valid)")
    sys.exit(0)
if mode == "none":
    say("Serial port /dev/ttyNOPE:")
    say("A fatal error occurred: Could not open /dev/ttyNOPE, the port is busy or doesn't exist.")
    sys.exit(2)
if mode == "wrong":
    say("A fatal error occurred: This chip is ESP32-S3, not ESP32-C3. Wrong chip argument?")
    sys.exit(2)
for percent in (0, 40, 100):
    say(f"Writing at 0x00010000 [====>     ] {percent}.0% 4096/10240 bytes...")
    if mode == "fails" and percent:
        say("A fatal error occurred: Serial data stream stopped: Possible serial noise or corruption.")
        sys.exit(2)
keep(given(".bin"))
say("Wrote 10240 bytes (4096 compressed) at 0x00010000.", "Hash of data verified.", "Hard resetting via RTS pin...")
""",
}


class FakeTools:
    """The fake tools of one test. `board`: what they leave behind."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._bin, self.board = folder / "bin", folder / "board"
        self._monkeypatch = monkeypatch
        for path in (self._bin, self.board):
            path.mkdir()
        monkeypatch.setenv("PATH", str(self._bin))

    def install(self, tool: str, mode: str = "ok") -> None:
        """Puts a tool onto PATH, which has nothing else."""
        path = self._bin / tool
        path.write_text(_FRAME.replace("{python}", sys.executable) + _BODIES[tool])
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        self._monkeypatch.setenv("FAKE_TOOL", mode)
        self._monkeypatch.setenv("FAKE_BOARD", str(self.board))

    @property
    def argv(self) -> list[str]:
        """The arguments of the last call."""
        return (self.board / "argv").read_text().split("\n")

    @property
    def written(self) -> bytes:
        """The file that was written into the board."""
        return (self.board / "written").read_bytes()

    def pids(self) -> list[int]:
        """The processes of a tool that hangs."""
        return [int((self.board / name).read_text()) for name in ("parent", "child")]
