"""teensy_loader_cli: the HalfKay boot loader of Teensy boards. `args` are its own: ["--mcu=TEENSY41"].

It waits for ever for a board (-w, -s): the time-out ends it. It takes Intel hex only and does not read back.
"""

from edgeopt.device.flasher import FLASHERS, Command, FlashTool, Job, Plan, on_path, program_path
from edgeopt.firmware.image import to_hex

_HINTS = (
    (r"unable to claim|unable to open|check USB permissions", "you may not use the board: install PJRC's udev rules"),
    (r"waiting for teensy|unable to find rebootor", "press the button on the Teensy, and keep it on USB"),
    (r"unknown MCU", "the args of the board file name a chip that this teensy_loader_cli does not know: update it"),
    (r"error writing", "the connection broke: press the button on the Teensy and try again"),
)


def _plan(job: Job) -> Plan:
    path = job.beside(".hex")
    argv = (program_path("teensy_loader_cli"), *job.arguments, "-w", "-s", "-v", str(path))
    command = Command("writing with teensy_loader_cli", argv, r"^Booting", hints=_HINTS)
    return Plan((command,), ((path, to_hex(job.image)),))


FLASHERS.register("teensy_loader_cli")(
    FlashTool(
        name="teensy_loader_cli",
        purpose="flash a Teensy by its boot loader",
        find=on_path("teensy_loader_cli"),
        install="sudo apt-get install teensy-loader-cli",
        verified="not verified: the Teensy's boot loader cannot be read",
        plan=_plan,
    )
)
