"""stm32flash: the boot loader in the ROM of every STM32, over a UART. `args` are its own: ["-b", "115200"].

The chip must have been started into its boot loader (BOOT0 high at reset), unless `args` have a GPIO sequence (-i).
"""

from edgeopt.device.flasher import FLASHERS, Command, FlashTool, Job, Plan, on_path, program_path
from edgeopt.firmware.image import to_bin

_HINTS = (
    (r"failed to init device", "the boot loader does not answer: set BOOT0 high, reset the board, and try again"),
    (r"failed to open port.*denied|permission", "you may not use the port: join the group `dialout`"),
    (r"cannot handle device|failed to open port|no such file", "is --port the port that the chip's UART is on?"),
    (r"busy|already open", "another program uses the port: close it"),
    (r"write-protected|read-protect", "the flash is protected: remove that with stm32flash -u (it erases the flash)"),
    (r"failed to verify", "the flash does not keep what was written: erase it with stm32flash -o, and try again"),
    (r"unknown/unsupported device|device id", "is this the board? see --board"),
)


def _plan(job: Job) -> Plan:
    path = job.beside(".bin")
    argv = [program_path("stm32flash"), *job.arguments, "-w", str(path), "-S", f"{job.image.begin:#010x}", "-v"]
    argv += ["-g", f"{job.board.code_origin:#010x}", job.needed_port("stm32flash")]
    # "Wrote and verified address 0x08000100 (1.23%)", one after the other, and "Done." at the end.
    percent = r"Wrote (?:and verified )?address 0x[0-9a-f]+ \((\d+(?:\.\d+)?)%\)"
    proof = r"Wrote and verified address 0x[0-9a-f]+ \(100(?:\.0+)?%\)"
    command = Command("writing and verifying with stm32flash", tuple(argv), proof, percent, _HINTS)
    return Plan((command,), ((path, to_bin(job.image)),))


FLASHERS.register("stm32flash")(
    FlashTool(
        name="stm32flash",
        purpose="flash an STM32 over a serial port, by the boot loader in its ROM",
        find=on_path("stm32flash"),
        install="sudo apt-get install stm32flash",
        verified="read back by stm32flash",
        plan=_plan,
        by_port=True,
    )
)
